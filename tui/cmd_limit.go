package tui

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

// periods that a bound can have; total is for vendors only.
var periods = []string{"purchase", "day", "week", "month", "total"}

func limitCommands() []Command {
	return []Command{
		{
			Path: "limits", Help: "list the spending limits and how much of each is used", Role: ledger.RoleUser, Place: "limits",
			JSON: []limitJSON(nil), Run: runLimits,
		},
		{
			Path: "limits set", Args: "PERIOD AMOUNT [CURRENCY]", Help: "set one limit", Role: ledger.RoleUser, Place: "limits",
			Long: "PERIOD is purchase, day, week or month; with --vendor also total. AMOUNT none lifts the limit.\n" +
				"CURRENCY may be left out while the wallet has one account.",
			Flags: func(fs *pflag.FlagSet) {
				fs.String("vendor", "", "the limit at this `VENDOR` only")
			},
			JSON: limitSetJSON{}, Run: runLimitsSet,
		},
	}
}

func runLimits(r *Run) error {
	all, err := r.Service.Limits(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireLimit), func(s *sheet) {
		if len(all) == 0 {
			s.line("No limits yet: they come with the first account.")
			return
		}
		s.drawLimits("", all)
	})
}

// drawLimits is a table of bounds: what may be spent, what is spent, when it begins anew.
func (s *sheet) drawLimits(indent string, all []ledger.LimitView) {
	rows := make([][]string, 0, len(all))
	for _, l := range all {
		bound, left := "none", ""
		if !l.None {
			bound, left = decimal(l.Max.Micros), decimal(max(0, l.Max.Micros-l.Used.Micros))
		}
		used, vendor := decimal(l.Used.Micros), l.Vendor
		if l.Period == "purchase" {
			used, left = "", ""
		}
		if vendor == "" {
			vendor = "all"
		}
		rows = append(rows, []string{l.Period, vendor, string(l.Currency), bound, used, left, s.at(l.ResetsAt)})
	}
	s.table(indent, []column{
		{title: "Period"},
		{title: "Vendor", elastic: true},
		{title: "Currency"},
		{title: "Limit", right: true},
		{title: "Used", right: true},
		{title: "Left", right: true},
		{title: "Begins anew"},
	}, rows)
}

func runLimitsSet(r *Run) error {
	change := ledger.LimitChange{Period: strings.ToLower(r.Args[0]), Vendor: r.flag("vendor")}
	if !slices.Contains(periods, change.Period) {
		return r.misuse("PERIOD is %q; it is one of %s.", r.Args[0], strings.Join(periods, ", "))
	}
	if change.Period == "total" && change.Vendor == "" {
		return r.misuse("A total is a limit at one vendor: add --vendor VENDOR.")
	}
	var err error
	if change.Max, err = r.bound("AMOUNT", r.Args[1]); err != nil {
		return err
	}
	code := ""
	if len(r.Args) > 2 {
		code = r.Args[2]
	}
	if change.Currency, err = r.currencyOr(code); err != nil {
		return err
	}
	all, warning, err := r.Service.SetLimit(r.Ctx, r.Who, change)
	if err != nil {
		return err
	}
	return r.answer(limitSetJSON{wire(all, wireLimit), warning}, func(s *sheet) {
		if warning != "" {
			s.line("Note: " + warning)
			s.gap()
		}
		s.drawLimits("", all)
	})
}
