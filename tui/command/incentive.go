package command

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// incentiveCommands are about tokens that are given away (claim 7).
func incentiveCommands() []Command {
	return []Command{{
		Path: "incentives", Help: "list tokens that were given to you: what is left, where they buy", Role: ledger.RoleUser,
		Place: "accounts",
		Long: "They are spent before your own tokens, those for one vendor first. They cannot be sent, exchanged or paid\n" +
			"out. When they expire, what is left goes back to who gave them.",
		Inputs: arrangeInputs(), JSON: view.Page[view.Incentive]{}, Run: runIncentives,
	}}
}

// giveCommands are about tokens that the service gives.
func giveCommands() []Command {
	return []Command{{
		Path: "incentive give", Help: "give tokens of the service to a wallet", Role: ledger.RoleRep, Place: "desk",
		Long: "The service pays for them, up to incentive_max at a time and staff_day in a day.",
		Inputs: []Input{
			arg(KindHandle), arg(KindAmount), arg(KindCurrency),
			option("vendor", KindName, "where they buy; left out: everywhere"),
			option("days", KindCount, "how long they can be spent; left out: 90"),
			option("reason", KindWords, "why, in words that their owner reads").needed(), onceKey(),
		},
		JSON: view.Incentive{}, Run: runGive,
	}}
}

// onceKey is the flag by which a line that is typed again gives nothing twice.
func onceKey() Input {
	return option("key", KindIdempotency, "typed again with the same key, it gives nothing twice")
}

func runIncentives(r *Run) error {
	all, err := r.Service.Incentives(r.Ctx, r.Who)
	return answerList(r, all, err, "Nothing was given to you yet.", view.IncentiveTable)
}

func runGive(r *Run) error {
	amount, err := r.amount(r.Args[1], r.Args[2])
	if err != nil {
		return err
	}
	q := view.IncentiveRequest{
		Wallet: r.Args[0], Amount: amount, Vendor: r.flag("vendor"), Days: 90, Reason: r.flag("reason"),
	}
	if r.Flags.Changed("days") {
		days, err := r.Flags.GetInt("days")
		if err != nil {
			return err
		}
		q.Days = uint32(min(max(days, 0), 10_000)) // what is out of bounds the service refuses
	}
	return r.answerFacts(r.Service.GiveIncentive(r.Ctx, r.Who, q))
}
