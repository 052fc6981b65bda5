package tui

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func linkCommands() []Command {
	return []Command{
		{
			Path: "vendors", Help: "list the vendors that this wallet knows", Role: ledger.RoleUser, Place: "vendors",
			JSON: []linkJSON(nil), Run: runVendors,
		},
		{
			Path: "link", Args: "VENDOR", Help: "let a vendor charge without asking, inside limits", Role: ledger.RoleUser, Place: "vendors",
			Long: "At least one of --per-charge, --budget and --total is needed. The limits of the wallet hold beside them.",
			Flags: func(fs *pflag.FlagSet) {
				linkFlags(fs)
				fs.String("total", "", "at most this `AMOUNT` over the life of the link")
				fs.String("currency", "", "account in `CURRENCY`; may be left out while there is one")
			},
			JSON: linkJSON{}, Run: runLink,
		},
		{
			Path: "unlink", Args: "VENDOR", Help: "end a vendor's permission to charge without asking", Role: ledger.RoleUser, Place: "vendors",
			Flags: func(fs *pflag.FlagSet) {
				fs.Bool("block", false, "refuse every later request of this vendor too")
			},
			JSON: linkJSON{}, Run: runUnlink,
		},
	}
}

// linkFlags are the limits of a standing permission.
func linkFlags(fs *pflag.FlagSet) {
	fs.String("per-charge", "", "at most this `AMOUNT` in one charge")
	fs.String("budget", "", "at most this `AMOUNT` in each period")
	periodFlag(fs)
}

func periodFlag(fs *pflag.FlagSet) {
	fs.String("period", "month", "`PERIOD` of the budget: day, week or month")
}

// unbounded are limits that bound nothing.
var unbounded = ledger.Limits{PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit}

// linkLimits reads a budget and the most of one charge.
func (r *Run) linkLimits(budget string) (ledger.Limits, error) {
	l := unbounded
	var err error
	if text := r.flag("per-charge"); text != "" {
		if l.PerPurchase, err = r.allowance("--per-charge", text); err != nil {
			return l, err
		}
	}
	var of *int64
	switch strings.ToLower(r.flag("period")) {
	case "day":
		of = &l.PerDay
	case "week":
		of = &l.PerWeek
	case "month":
		of = &l.PerMonth
	default:
		return l, r.misuse("--period is %q; it is one of day, week, month.", r.flag("period"))
	}
	if budget != "" {
		if *of, err = r.allowance("the budget", budget); err != nil {
			return l, err
		}
	} else if r.Flags.Changed("period") {
		return l, r.misuse("--period says how often a budget begins anew, and there is no budget.")
	}
	return l, nil
}

func runVendors(r *Run) error {
	all, err := r.Service.Vendors(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireLink), func(s *sheet) {
		if len(all) == 0 {
			s.line("Links appear with your first purchase at a vendor.")
			return
		}
		rows := make([][]string, 0, len(all))
		for _, l := range all {
			rows = append(rows, []string{l.Vendor, strings.ToUpper(l.Status), l.Site, fmt.Sprint(l.Count), money(in(l.Spent, l.Currency)), limitWords(l)})
		}
		s.table("", []column{
			{title: "Vendor"},
			{title: "State"},
			{title: "Site", elastic: true},
			{title: "Purchases", right: true},
			{title: "Spent", right: true},
			{title: "Without asking up to"},
		}, rows)
	})
}

// limitWords tells the bounds of a link in one cell.
func limitWords(l ledger.LinkView) string {
	if l.Status != "active" {
		return ""
	}
	var parts []string
	for _, v := range l.Limits {
		if v.None {
			continue
		}
		word := " a " + v.Period
		if v.Period == "total" {
			word = " in total"
		}
		parts = append(parts, decimal(v.Max.Micros)+word)
	}
	if len(parts) == 0 {
		return "the wallet's limits"
	}
	return strings.Join(parts, ", ")
}

func (s *sheet) drawLink(l ledger.LinkView) {
	s.facts("", fact{"vendor", l.Vendor}, fact{"title", l.Title}, fact{"site", l.Site}, fact{"account", string(l.Currency)},
		fact{"state", strings.ToUpper(l.Status)}, fact{"without asking", limitWords(l)}, fact{"purchases", fmt.Sprint(l.Count)},
		fact{"spent", money(in(l.Spent, l.Currency))}, fact{"link", l.ID}, fact{"since", s.at(l.Created)}, fact{"expires", s.at(l.Expires)})
}

func runLink(r *Run) error {
	budget, total := r.flag("budget"), r.flag("total")
	if budget == "" && total == "" && r.flag("per-charge") == "" {
		return r.misuse("How much may it charge? Give --per-charge, --budget or --total.")
	}
	limits, err := r.linkLimits(budget)
	if err != nil {
		return err
	}
	q := ledger.LinkRequest{Vendor: r.Args[0], Limits: limits, Total: ledger.NoLimit}
	if total != "" {
		if q.Total, err = r.allowance("--total", total); err != nil {
			return err
		}
	}
	if q.Currency, err = r.currencyOr(r.flag("currency")); err != nil {
		return err
	}
	l, err := r.Service.Link(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	return r.answer(wireLink(l), func(s *sheet) { s.drawLink(l) })
}

func runUnlink(r *Run) error {
	l, err := r.Service.Unlink(r.Ctx, r.Who, r.Args[0], r.on("block"))
	if err != nil {
		return err
	}
	return r.answer(wireLink(l), func(s *sheet) { s.drawLink(l) })
}
