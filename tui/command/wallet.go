package command

import (
	"cmp"
	"fmt"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// walletCommands only read, so a script may call them as often as it likes: they are the status of the accounts (claims
// 9, 10, 34).
func walletCommands() []Command {
	return []Command{
		{
			Path: "balance", Help: "show what can be spent, per currency", Role: ledger.RoleUser, Place: "home",
			JSON: view.Overview{}, Run: runBalance,
		},
		{
			Path: "spending", Help: "show what was spent on each of the last 30 days", Role: ledger.RoleUser, Place: "home",
			Long: "Days are those of your time zone. The end of a hold is taken off while its day runs, a refund is not.",
			JSON: view.Page[view.Spending]{}, Run: runSpending,
		},
		{
			Path: "accounts", Help: "show the accounts with their limits", Role: ledger.RoleUser, Place: "accounts",
			JSON: view.Page[view.Wallet]{}, Run: runAccounts,
		},
	}
}

// runBalance is what a person looks at first: the accounts, and what waits for an answer.
func runBalance(r *Run) error {
	o, err := r.Service.Overview(r.Ctx, r.Who)
	return r.answerOf(o, err, func(s *textWriter) {
		if len(o.Wallets) == 0 {
			s.line("No tokens yet. To add funds, type: fund AMOUNT CURRENCY --method METHOD")
		} else {
			s.table("", view.Wallets(o.Wallets))
		}
		// Each note ends with the command that follows from it.
		notes := s.atRisk(o.Wallets)
		if n := len(o.Pending); n > 0 {
			notes = append(notes, view.Plural(uint64(n), "request")+" for your answer: pending")
		}
		if o.Disputes > 0 {
			notes = append(notes, view.Plural(uint64(o.Disputes), "open dispute")+": disputes")
		}
		for _, k := range o.NewKeys {
			notes = append(notes, "A key was added "+s.at(k.Added)+": "+cmp.Or(k.Name, k.Fingerprint)+
				". If it is not yours: keys end "+quote(cmp.Or(k.Name, k.Fingerprint)))
		}
		for _, a := range o.NewAgents {
			notes = append(notes, "A program pays since "+s.at(a.Added)+" with the key "+a.Name+
				". If it is not yours: agent end "+quote(a.Name))
		}
		if held, is := o.Restraint(s.format()); is {
			notes = append(notes, held.Title+". Works: "+held.Works+". Waits: "+held.Waits+".", held.Remedy)
		}
		if len(notes) > 0 {
			s.gap()
		}
		for _, n := range notes {
			s.line(n)
		}
	})
}

// runSpending shows the days of each account with a bar, the newest last, as a chart has them.
func runSpending(r *Run) error {
	o, err := r.Service.Overview(r.Ctx, r.Who)
	all := view.Map(o.Wallets, func(w view.Wallet) view.Spending { return w.Spending })
	return r.answerOf(view.All(all), err, func(s *textWriter) {
		for i, v := range all {
			if i > 0 {
				s.gap()
			}
			s.line("Spent in 30 days: " + v.Words())
			switch {
			case v.Sum.Micros == 0:
				continue
			case s.plain:
				s.spokenDays(v)
				continue
			}
			s.line("Most " + v.Most.Number() + ", a day " + v.Mean.Number() + ", today " + v.Today.Number())
			s.gap()
			s.table("", view.SpendingTable(v))
		}
	})
}

// spokenDays reads out the days on which something was spent: thirty lines of nothing are no chart.
func (s *textWriter) spokenDays(v view.Spending) {
	s.line("Most " + v.Most.String() + ", a day " + v.Mean.String() + ", today " + v.Today.String() + ".")
	for _, d := range v.Days {
		if d.Spent.Micros != 0 {
			s.sentence(s.spoken("", d.Date) + ": " + d.Spent.String())
		}
	}
}

// runAccounts shows each account with its limits, because a balance alone does not say what may be spent today.
func runAccounts(r *Run) error {
	o, err := r.Service.Overview(r.Ctx, r.Who)
	return r.answerOf(view.All(o.Wallets), err, func(s *textWriter) {
		if len(o.Wallets) == 0 {
			s.line("No account yet. The first deposit in a currency opens one: fund AMOUNT CURRENCY --method METHOD")
			return
		}
		s.table("", view.Wallets(o.Wallets))
		for _, l := range s.atRisk(o.Wallets) {
			s.line(l)
		}
		for _, w := range o.Wallets {
			s.gap()
			s.line(fmt.Sprintf("Limits in %s", w.Currency))
			s.table("  ", view.LimitTable(w.Limits, s.format()))
		}
	})
}

// atRisk tells of each account what of it can be transferred, where that is not all.
func (s *textWriter) atRisk(all []view.Wallet) (lines []string) {
	for _, w := range all {
		if l := w.AtRisk(s.format()); l != "" {
			lines = append(lines, l)
		}
	}
	return lines
}
