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
	}, {
		Path: "incentive take", Help: "take tokens that are given away under a code", Role: ledger.RoleUser,
		Place:  "accounts",
		Inputs: []Input{arg(KindCampaignCode)}, JSON: view.Incentive{},
		Run: func(r *Run) error { return r.answerFacts(r.Service.TakeIncentive(r.Ctx, r.Who, r.Args[0])) },
	}, {
		Path: "voucher redeem", Help: "add the tokens of a voucher", Role: ledger.RoleUser, Place: "accounts",
		Long: "They buy everywhere, after tokens that were given to you and before your own. They cannot be sent,\n" +
			"exchanged or paid out, and can be spent for a year.",
		Inputs: []Input{arg(KindVoucherCode)}, JSON: view.Incentive{},
		Run: func(r *Run) error { return r.answerFacts(r.Service.RedeemVoucher(r.Ctx, r.Who, r.Args[0])) },
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

// campaignCommands are about money of the service that is set aside to be given away.
func campaignCommands() []Command {
	return []Command{
		{
			Path: "campaigns", Help: "list campaigns of incentives: what is left, who may get it, until when",
			Role: ledger.RoleRep, Place: "desk",
			Inputs: []Input{
				option("vendor", KindName, "those that this vendor has paid for; left out: those of the service"), pageSize(),
				option("cursor", KindCursor, "go on after the page that ended with this"),
			},
			JSON: view.Page[view.Campaign]{}, Run: runCampaigns,
		},
		{
			Path: "campaign open", Help: "set tokens of the service aside to be given away", Role: ledger.RoleOperator,
			Place: "desk",
			Long: "A wallet takes a gift with: incentive take CODE. Who may: wallets that have paid in as much of their own\n" +
				"(funded), or of those, who has bought nothing at the vendor yet (new). What nobody got comes back at the end.\n" +
				"Above the setting two_persons another person approves it.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency),
				option("each", KindAmount, "what one gift is").needed(),
				option("code", KindName, "4 to 24 letters and digits by which it is taken").needed(),
				option("reason", KindWords, "its name, which who gets something reads").needed(),
				option("vendor", KindName, "where the tokens buy; left out: everywhere"),
				option("audience", KindAudience, "who may get it; left out: funded"),
				option("per-wallet", KindCount, "gifts to one wallet; left out: 1"),
				option("days", KindCount, "how long a gift can be spent; left out: 90"),
				option("open", KindCount, "days until it ends; left out: 30"), onceKey(),
			},
			JSON: view.Campaign{}, Run: runCampaignOpen,
		},
		{
			Path: "campaign approve", Help: "open a campaign that another person has proposed", Role: ledger.RoleOperator,
			Place: "desk", Inputs: []Input{arg(KindCampaign)}, JSON: view.Campaign{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.ApproveCampaign(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "campaign close", Help: "end a campaign: what nobody got comes back", Role: ledger.RoleOperator,
			Place: "desk", Inputs: []Input{arg(KindCampaign)}, JSON: view.Campaign{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.CloseCampaign(r.Ctx, r.Who, r.Args[0])) },
		},
	}
}

func runCampaigns(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	q := view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))}
	p, err := r.Service.Campaigns(r.Ctx, r.Who, r.flag("vendor"), q)
	return answerPage(r, p, err, "There is no campaign.", view.CampaignTable)
}

func runCampaignOpen(r *Run) error {
	budget, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	each, err := r.amount(r.flag("each"), r.Args[1])
	if err != nil {
		return err
	}
	q := view.CampaignRequest{
		Name: r.flag("reason"), Code: r.flag("code"), Budget: budget, Each: each, Vendor: r.flag("vendor"),
		Audience: r.flag("audience"), PerWallet: 1, Days: 90, Open: 30,
	}
	for name, to := range map[string]*uint32{"per-wallet": &q.PerWallet, "days": &q.Days, "open": &q.Open} {
		if !r.Flags.Changed(name) {
			continue
		}
		n, err := r.Flags.GetInt(name)
		if err != nil {
			return err
		}
		*to = uint32(min(max(n, 0), 10_000)) // what is out of bounds the service refuses
	}
	return r.answerFacts(r.Service.OpenCampaign(r.Ctx, r.Who, q))
}
