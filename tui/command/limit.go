package command

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// periods that a bound can have; total is for vendors only.
var periods = []string{"purchase", "day", "week", "month", "total"}

// limitCommands are the bounds of what may be spent (claims 23, 24).
func limitCommands() []Command {
	return []Command{
		{
			Path: "limits", Help: "list the spending limits and how much of each is used", Role: ledger.RoleUser,
			Place: "limits",
			JSON:  view.Page[view.Limit]{}, Run: runLimits,
		},
		{
			Path: "limits set", Help: "set one limit", Role: ledger.RoleUser, Place: "limits", Key: "limits:enter limits:e",
			Asks: true,
			Long: "PERIOD is purchase, day, week or month; with --vendor also total. AMOUNT none lifts the limit.\n" +
				"A limit that becomes looser needs --yes: without it, the command says what would change.\n" +
				"CURRENCY may be left out while the wallet has one account.",
			Inputs: []Input{
				arg(KindPeriod), arg(KindBound), arg(KindCurrency).optional(),
				option("vendor", KindVendor, "the limit at this vendor only"),
			},
			JSON: view.LimitSet{}, Run: runLimitsSet,
		},
	}
}

// runLimits lists every bound in one table, those at vendors after those of the accounts: a purchase has to be within
// all of them (claim 23).
func runLimits(r *Run) error {
	all, err := r.Service.Limits(r.Ctx, r.Who)
	return answerList(r, all, err, "No limits yet: they come with the first account.", view.LimitTable)
}

// runLimitsSet changes one bound and shows all. The service says in a sentence if the new bound is exceeded already.
func runLimitsSet(r *Run) error {
	change := ledger.LimitChange{Period: r.Args[0], Vendor: r.flag("vendor"), Confirmed: r.Yes}
	if change.Period == "total" && change.Vendor == "" {
		return r.misuse("A total is a limit at one vendor: add --vendor VENDOR.")
	}
	// Most wallets have one account, and then its currency need not be typed.
	code := ""
	if len(r.Args) > 2 {
		code = r.Args[2]
	}
	var err error
	if change.Currency, err = r.currencyOr(code); err != nil {
		return err
	}
	if change.Max, err = view.ParseBound(r.Args[1], change.Currency); err != nil {
		return r.misread("AMOUNT", err)
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
