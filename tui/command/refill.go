package command

import (
	"context"
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// refillCommands keep an account filled from a bank account, once a week (claim 38).
func refillCommands() []Command {
	return []Command{
		{
			Path: "refill", Help: "show the weekly budgets of your accounts", Role: ledger.RoleUser, Place: "accounts",
			JSON: view.Page[view.Refill]{}, Run: runRefills,
		},
		{
			Path: "refill set", Help: "fill an account up to a budget once a week, from a bank account", Role: ledger.RoleUser,
			Asks: true, Place: "accounts",
			Long: "On the day it is filled up at noon by your clock, by what is missing. At least two days before it is\n" +
				"announced, with amount, account and day, and can be skipped. A debit that comes back pauses it, the second\n" +
				"in a row ends it. The bank account has a mandate that permits the budget: bank add.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency), option("day", KindWeekday, "on which day; without it monday"),
				option("bank", KindBank, "which bank account; without it the newest one that permits it"),
				on("return-surplus", "what is above the budget then goes back to the bank account"),
			},
			JSON: view.Refill{}, Run: runRefillSet,
		},
		{
			Path: "refill skip", Help: "pass over the next week", Role: ledger.RoleUser, Place: "accounts",
			Inputs: []Input{arg(KindCurrency)}, JSON: view.Refill{},
			Run: func(r *Run) error { return runRefillStep(r, r.Service.SkipRefill) },
		},
		{
			Path: "refill now", Help: "fill an account up at once: it counts as this week's", Role: ledger.RoleUser,
			Place: "accounts", Inputs: []Input{arg(KindCurrency)}, JSON: view.Refill{},
			Run: func(r *Run) error { return runRefillStep(r, r.Service.FillNow) },
		},
		{
			Path: "refill off", Help: "end the weekly budget of an account", Role: ledger.RoleUser, Place: "accounts",
			Long:   "A debit that the bank has by now is carried out.",
			Inputs: []Input{arg(KindCurrency)}, JSON: view.Refill{},
			Run: func(r *Run) error { return runRefillStep(r, r.Service.EndRefill) },
		},
	}
}

func runRefills(r *Run) error {
	all, err := r.Service.Refills(r.Ctx, r.Who)
	return answerList(r, all, err, "No weekly budget. To set one, type: help refill set", view.RefillTable)
}

// runRefillSet sets a budget. Without --yes it says what that means.
func runRefillSet(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	day := r.flag("day")
	if day == "" {
		day = "monday"
	}
	q := view.RefillRequest{Budget: amount, Bank: r.flag("bank"), Surplus: r.on("return-surplus")}
	q.Weekday = time.Weekday((slices.Index(KindWeekday.Values(), day) + 1) % 7)
	if r.Yes {
		return r.answerFacts(r.Service.SetRefill(r.Ctx, r.Who, q))
	}
	t, err := r.Service.RefillTerms(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	// The account that was shown is the one that is confirmed: the newest may be another one by then.
	again := "refill set " + amount.Number() + " " + string(amount.Currency) + " --day " + day + " --bank " + quote(t.Bank)
	surplus := ""
	if q.Surplus {
		again += " --return-surplus"
		surplus = " What is above it then goes back."
	}
	return confirm(again+" --yes", "",
		"This would debit %s each %s by what your account is below %s then, first in week %s.%s", t.Account, day, amount,
		t.Week, surplus)
}

// runRefillStep does something about the weekly budget of an account.
func runRefillStep(
	r *Run, do func(ctx context.Context, who view.Caller, c ledger.Currency) (view.Refill, error),
) error {
	c, err := r.currency(r.Args[0])
	if err != nil {
		return err
	}
	return r.answerFacts(do(r.Ctx, r.Who, c))
}
