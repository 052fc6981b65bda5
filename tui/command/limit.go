package command

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// periods that a bound can have; total is for vendors only.
var periods = []string{"purchase", "day", "week", "month", "total"}

// limitCommands are the bounds of what may be spent (claims 23, 24).
func limitCommands() []Command {
	one := []Input{
		arg(KindPeriod), arg(KindBound), arg(KindCurrency).optional(),
		option("vendor", KindVendor, "the limit at this vendor only"),
	}
	return []Command{
		{
			Path: "limits", Help: "list the spending limits and how much of each is used", Role: ledger.RoleUser,
			Place:  "limits",
			Inputs: listInputs(), JSON: view.Page[view.Limit]{}, Run: runLimits,
		},
		{
			Path: "limits set", Help: "set one limit", Role: ledger.RoleUser, Asks: true,
			Place: "limits", Key: "limits:enter limits:z approval:L",
			Long: "PERIOD is purchase, day, week or month; with --vendor also total. AMOUNT none lifts the limit.\n" +
				"A limit that becomes looser needs --yes: without it, the command says what would change.\n" +
				"CURRENCY may be left out while the wallet has one account.",
			Inputs: one,
			JSON:   view.LimitSet{}, Run: runLimitsSet,
		},
		{
			Path: "limits try", Help: "say what a limit would have refused in the last 30 days", Role: ledger.RoleUser,
			Place: "limits",
			Long: "It sets nothing: the limit is held against the purchases that were made, as if it had been there.\n" +
				"At most 1,000 of them are looked at, the newest; the answer says so.",
			Inputs: one,
			JSON:   view.WhatIf{}, Run: runLimitsTry,
		},
	}
}

// runLimits lists every bound in one table, those at vendors after those of the accounts: a purchase has to be within
// all of them (claim 23).
func runLimits(r *Run) error {
	all, err := r.Service.Limits(r.Ctx, r.Who)
	return answerList(r, all, err, "No limits yet: they come with the first account.", view.LimitTable)
}

// limitChange reads the limit that is to be set or tried.
func (r *Run) limitChange() (change ledger.LimitChange, err error) {
	change = ledger.LimitChange{Period: r.Args[0], Vendor: r.flag("vendor"), Confirmed: r.Yes}
	if change.Period == "total" && change.Vendor == "" {
		return change, r.misuse("A total is a limit at one vendor: add --vendor VENDOR.")
	}
	// Most wallets have one account, and then its currency need not be typed.
	code := ""
	if len(r.Args) > 2 {
		code = r.Args[2]
	}
	if change.Currency, err = r.currencyOr(code); err != nil {
		return change, err
	}
	if change.Max, err = view.ParseBound(r.Args[1], change.Currency); err != nil {
		return change, r.misread("AMOUNT", err)
	}
	return change, nil
}

// runLimitsTry says what a limit would have done, in a sentence that names it as it was read.
func runLimitsTry(r *Run) error {
	change, err := r.limitChange()
	if err != nil {
		return err
	}
	w, err := r.Service.WhatIf(r.Ctx, r.Who, change)
	if err != nil {
		return err
	}
	most := "none"
	if change.Max >= 0 {
		most = ledger.Amount{Micros: change.Max, Currency: change.Currency}.String()
	}
	return r.answer(w, func(s *textWriter) { s.line(change.Period + " " + most + " " + w.Words(s.format()) + ".") })
}

// runLimitsSet changes one bound and shows all. The service says in a sentence if the new bound is exceeded already.
func runLimitsSet(r *Run) error {
	change, err := r.limitChange()
	if err != nil {
		return err
	}
	all, warning, err := r.Service.SetLimit(r.Ctx, r.Who, change)
	if err != nil {
		return r.confirmed(err)
	}
	return r.answer(view.LimitSet{Limits: all, Warning: warning}, func(s *textWriter) {
		if warning != "" {
			s.line("Note: " + warning)
			s.gap()
		}
		s.table("", view.LimitTable(all, s.format()))
	})
}
