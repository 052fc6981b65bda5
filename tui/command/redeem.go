package command

import (
	"github.com/spf13/cobra"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// redeemCommands turn paid tokens back into money.
func redeemCommands() []Command {
	return []Command{
		{
			Path: "redeem", Help: "turn tokens back into money, at par", Role: ledger.RoleUser, Moves: true, Place: "accounts",
			Long: "The money goes back to where it came from if the method can, else to a bank account of the wallet, else\n" +
				"by check. What was given to you is never money, and what can still be taken back from you stays.\n" +
				"With the same --key it is the same redemption, however often it is typed.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency),
				option("to", KindName, "a method by which you paid, bank or check"),
				option("bank", KindBank, "which bank account; without it the newest one that takes it"),
				option("payee", KindWords, "for a check: name and address"),
				option("key", KindIdempotency, "idempotency key of this redemption"),
			},
			JSON: redeemed{}, Run: runRedeem,
		},
		{
			Path: "redemptions", Help: "list what you turned back into money, newest first", Role: ledger.RoleUser,
			Place: "accounts", Inputs: []Input{pageSize()}, JSON: view.Page[view.Redemption]{}, Run: runRedemptions,
		},
		{
			Path: "redemptions show", Help: "show one redemption", Role: ledger.RoleUser, Place: "accounts",
			Inputs: []Input{arg(KindRedemption)}, JSON: view.Redemption{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.Redemption(r.Ctx, r.Who, r.Args[0])) },
		},
		{
			Path: "redemptions cancel", Help: "take a redemption back that has not left", Role: ledger.RoleUser,
			Place: "accounts", Inputs: []Input{arg(KindRedemption)}, JSON: view.Redemption{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.CancelRedemption(r.Ctx, r.Who, r.Args[0])) },
		},
	}
}

// redemptionDeskCommands are what staff do about redemptions.
func redemptionDeskCommands() []Command {
	reason := option("reason", KindWords, "why: the owner of the wallet reads it").needed()
	return []Command{
		{
			Path: "redemptions list", Help: "list the redemptions of all wallets, newest first", Role: ledger.RoleRep,
			Inputs: []Input{
				option("state", KindRedeemState, "those in a state"),
				option("file", KindFile, "those in a file"),
				pageSize(), option("cursor", KindCursor, "go on after the page that ended with this"),
			},
			JSON: view.Page[view.Redemption]{}, Run: runDeskRedemptions,
		},
		{
			Path: "redemption approve", Help: "let a redemption leave", Role: ledger.RoleRep,
			Long:   "Above the setting redeem_approve, and to a check, a person looks at it. It is never the own wallet's.",
			Inputs: []Input{arg(KindRedemption)}, JSON: view.RedemptionsMoved{},
			Run: func(r *Run) error { return runRedemption(r, ledger.RedeemApprove) },
		},
		{
			Path: "redemption deny", Help: "stop a redemption that has not left: its tokens go back", Role: ledger.RoleRep,
			Inputs: []Input{arg(KindRedemption), reason}, JSON: view.RedemptionsMoved{},
			Run: func(r *Run) error { return runRedemption(r, ledger.RedeemDeny) },
		},
		{
			Path: "redemptions submit", Help: "put what is approved into a new file", Role: ledger.RoleOperator,
			Long:   "From then on its bytes are fixed. Print them with: bank file ID > FILE",
			Inputs: []Input{arg(KindCurrency), option("to", KindRedeemTo, "without it bank accounts")},
			JSON:   view.RedemptionFile{}, Run: runRedemptionsSubmit,
		},
		{
			Path: "redemption paid", Help: "a redemption has left, or all that are still open in a file",
			Role: ledger.RoleOperator, Long: askedFirst,
			Inputs: []Input{arg(KindRedemptions)}, JSON: view.RedemptionsMoved{},
			Run: func(r *Run) error { return runRedemption(r, ledger.RedeemPaid) },
		},
		{
			Path: "redemption failed", Help: "a redemption did not leave: its tokens go back", Role: ledger.RoleOperator,
			Long:   askedFirst,
			Inputs: []Input{arg(KindRedemption), reason}, JSON: view.RedemptionsMoved{},
			Run: func(r *Run) error { return runRedemption(r, ledger.RedeemFail) },
		},
		{
			Path: "redemption returned", Help: "a redemption came back: its tokens go back", Role: ledger.RoleOperator,
			Long:   askedFirst,
			Inputs: []Input{arg(KindRedemption), reason}, JSON: view.RedemptionsMoved{},
			Run: func(r *Run) error { return runRedemption(r, ledger.RedeemReturn) },
		},
	}
}

// askedFirst says when staff may say what became of a redemption that a processor has.
const askedFirst = "What a processor has it is asked about first, and its word holds. Where it is set up no more,\n" +
	"or says nothing for three days, say what its own pages tell."

// redeemed is a redemption with the key that makes it safe to repeat.
type redeemed struct {
	view.Redemption
	Key string `json:"key"`
}

// runRedeem turns tokens back into money. Without --yes it says what that costs and where the money goes.
func runRedeem(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	q := view.RedeemRequest{Amount: amount, To: r.flag("to"), Bank: r.flag("bank"), Payee: r.flag("payee"), Key: r.key()}
	if !r.Yes {
		return r.wouldRedeem(q)
	}
	v, err := r.Service.Redeem(r.Ctx, r.Who, q)
	return r.answerOf(redeemed{v, q.Key}, err, func(s *textWriter) {
		s.facts("", append(v.Facts(s.format()), fact("Key", q.Key))...)
	})
}

// wouldRedeem says what a redemption would be, and refuses at once what cannot be.
func (r *Run) wouldRedeem(q view.RedeemRequest) error {
	t, err := r.Service.RedeemTerms(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	// Where it was said to go is confirmed, not what would be chosen by then.
	if q.To == "" && q.Bank == "" {
		q.To = t.To
	}
	if q.To == ledger.RedeemBank {
		q.Bank = t.Bank
	}
	again := "redeem " + q.Amount.Number() + " " + string(q.Amount.Currency)
	for _, f := range []struct{ name, value string }{
		{"to", q.To}, {"bank", q.Bank}, {"payee", q.Payee}, {"key", q.Key},
	} {
		if f.value != "" {
			again += " --" + f.name + " " + quote(f.value)
		}
	}
	where, cost, waits := view.RedeemTo(t.To), "", ""
	if t.Account != "" {
		where += " " + t.Account
	}
	if t.Fee.Micros > 0 {
		cost = " It costs " + t.Fee.String() + ", so " + t.Arrives.String() + " arrive."
	}
	if t.Waits {
		waits = " A person of the service looks at it before it leaves."
	}
	return confirm(again+" --yes", q.Key, "This would take %s out of your account: %s.%s%s", t.Amount, where, cost, waits)
}

func runRedemptions(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	all, err := r.Service.Redemptions(r.Ctx, r.Who, view.Paging{Limit: limit})
	return answerList(r, all, err, "No tokens were turned back into money yet: help redeem", view.RedemptionTable)
}

func runDeskRedemptions(r *Run) error {
	q := view.RedemptionQuery{
		State: r.flag("state"), File: r.flag("file"), Paging: view.Paging{Before: view.Cursor(r.flag("cursor"))},
	}
	var err error
	if q.Limit, err = r.limit(); err != nil {
		return err
	}
	p, err := r.Service.DeskRedemptions(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "No redemption is like that.", view.RedemptionTable)
}

// runRedemption takes one step.
func runRedemption(r *Run, event string) error {
	q := view.RedemptionStep{ID: r.Args[0], Event: event}
	if r.Flags.Lookup("reason") != nil {
		q.Reason = r.flag("reason")
	}
	v, err := r.Service.RedemptionStep(r.Ctx, r.Who, q)
	return r.answerOf(v, err, func(s *textWriter) {
		s.table("", view.RedemptionTable(v.Redemptions, s.format()))
	})
}

func runRedemptionsSubmit(r *Run) error {
	c, err := r.currency(r.Args[0])
	if err != nil {
		return err
	}
	to := r.flag("to")
	if to == "" {
		to = ledger.RedeemBank
	}
	return r.answerFacts(r.Service.RedemptionSubmit(r.Ctx, r.Who, c, to))
}

// knownRedemptions are the wallet's redemptions, or those that staff may move on.
func (r *Run) knownRedemptions() ([]cobra.Completion, error) {
	word := func(v view.Redemption) cobra.Completion { return choice(v.ID, v.Amount.String()+" "+v.State.Words()) }
	if r.Me.Role == ledger.RoleUser {
		all, err := r.Service.Redemptions(r.Ctx, r.Who, view.Paging{Limit: view.MaxRows})
		return view.Map(all, word), err
	}
	p, err := r.Service.DeskRedemptions(r.Ctx, r.Who, view.RedemptionQuery{Paging: view.Paging{Limit: view.MaxRows}})
	return view.Map(p.Data, word), err
}
