package command

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// deskCommands are what a representative does (claim 35).
func deskCommands() []Command {
	// The three steps differ in one word only: they share their inputs and the rule that the amount is typed again.
	step := func(word, help string) Command {
		return Command{
			Path: "deposit " + word, Help: help, Role: ledger.RoleRep, Place: "desk", Acts: true,
			Long:   "AMOUNT and CURRENCY must be what was announced under the reference.",
			Inputs: []Input{arg(KindReference).repeated(), arg(KindAmount), arg(KindCurrency)},
			JSON:   view.Deposit{}, Run: func(r *Run) error { return runStep(r, word) },
		}
	}
	return []Command{
		{
			Path: "desk disputes", Help: "list disputes that wait for a decision, oldest promise first", Role: ledger.RoleRep,
			Place: "desk", Key: "desk:enter", Inputs: queueInputs("an id, a wallet, a vendor, a title or an amount"),
			JSON: view.Page[view.Dispute]{}, Run: runDeskDisputes,
		},
		{
			Path: "desk deposits", Help: "list offline deposits that are on their way", Role: ledger.RoleRep, Place: "desk",
			Key: "desk:/", Inputs: queueInputs("a reference, an id, a wallet, a state or an amount"),
			JSON: view.Page[view.Deposit]{}, Run: runDeskDeposits,
		},
		{
			Path: "decide", Help: "decide a dispute, for the user or for the vendor", Role: ledger.RoleRep, Moves: true,
			Long: "The money waits until the side that lost has let it stand or its time to appeal is over.\n" +
				"The decision of an appeal is another person's, and final.",
			Place: "desk", Key: "case:enter", Acts: true,
			Inputs: []Input{
				arg(KindDispute),
				on("user", "the user gets the money back"),
				on("vendor", "the vendor keeps the money"),
				option("reason", KindWords, "why, in words that both sides read").needed(),
			},
			OneOf: []string{"user", "vendor"},
			JSON:  view.Dispute{}, Run: runDecide,
		},
		askCommand(),
		paylinkCommand(),
		step("received", "the instrument of an offline deposit has come: its tokens are uncollected"),
		step("cleared", "an offline deposit has cleared: its tokens are paid"),
		step("returned", "the bank took a cleared deposit back: so are its tokens, and the wallet is frozen"),
		step("bounced", "an offline deposit has bounced: its tokens go back"),
	}
}

// queueInputs are those of the lists of the desk.
func queueInputs(text string) []Input {
	return []Input{
		option("text", KindWords, "only rows with this: "+text), pageSize(),
		option("cursor", KindCursor, "go on after the page that ended with this"),
	}
}

// answerQueue is a page of a queue of the desk.
func answerQueue[T any](
	r *Run, list func(context.Context, view.Caller, view.DeskQuery) (view.Page[T], error), none string,
	table func([]T, view.Format, bool) view.Table,
) error {
	q := view.DeskQuery{Text: r.flag("text"), Paging: view.Paging{Before: view.Cursor(r.flag("cursor"))}}
	var err error
	if q.Limit, err = r.limit(); err != nil {
		return err
	}
	if q.Text != "" || q.Before != "" { // a search that finds nothing does not mean that nothing waits
		none = "Nothing like that."
	}
	p, err := list(r.Ctx, r.Who, q)
	return answerPage(r, p, err, none, func(all []T, f view.Format) view.Table { return table(all, f, true) })
}

// runDeskDisputes lists the queue with the wallets: staff decides between two sides, and has to see both.
func runDeskDisputes(r *Run) error {
	return answerQueue(r, r.Service.DeskDisputes, "No dispute waits for a decision.", view.DisputeTable)
}

// runDeskDeposits lists what came by post or will come, by the reference that is written on it (claim 39).
func runDeskDeposits(r *Run) error {
	return answerQueue(r, r.Service.DeskDeposits, "No offline deposit is on its way.", view.DepositTable)
}

// runDecide decides a dispute. Without --yes it says who would get what, and calls nothing that changes.
func runDecide(r *Run) error {
	user, id, reason := r.on("user"), r.Args[0], r.flag("reason")
	if !r.Yes {
		return r.wouldDecide(id, user, reason)
	}
	return r.answerDispute(r.Service.Decide(r.Ctx, r.Who, id, user, reason))
}

// runStep moves an offline deposit on. A reference is shown in groups and copied so: it may be several words, and the
// last two are the sum.
func runStep(r *Run, step string) error {
	last := len(r.Args) - 2
	amount, err := r.amount(r.Args[last], r.Args[last+1])
	if err != nil {
		return err
	}
	d, err := r.Service.AdvanceDeposit(r.Ctx, r.Who, strings.Join(r.Args[:last], " "), step, amount)
	return r.answerOf(d, err, func(s *textWriter) { s.deposit("", d) })
}

// wouldDecide says what a decision would do: to whom, how much and for what.
func (r *Run) wouldDecide(id string, user bool, reason string) error {
	queue, err := r.Service.DeskDisputes(r.Ctx, r.Who, view.DeskQuery{Text: id})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(queue.Data, func(d view.Dispute) bool { return d.ID == id })
	if i < 0 {
		return ledger.Refuse(ledger.ErrNotFound, "Copy the id from: desk disputes", "No dispute %s waits for a decision.",
			typed(id))
	}
	d, ends := queue.Data[i], "once nobody has appealed"
	if d.State == view.State(ledger.DisputeAppealed) {
		ends = "for good"
	}
	side, happens := "--vendor", fmt.Sprintf("leave %s for %q to the vendor %s", d.Amount, d.Title, d.Vendor)
	if user {
		side = "--user"
		happens = fmt.Sprintf("give %s for %q back to %s, from the vendor %s", d.Amount, d.Title, d.Handle, d.Vendor)
	}
	return confirm("decide "+id+" "+side+" --reason "+quote(reason)+" --yes", "", "This would %s, %s.", happens, ends)
}
