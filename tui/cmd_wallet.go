package tui

import (
	"fmt"

	"tuppence/server/ledger"
)

func walletCommands() []Command {
	return []Command{
		{
			Path: "balance", Help: "show what can be spent, per currency", Role: ledger.RoleUser, Place: "home",
			JSON: balanceJSON{}, Run: runBalance,
		},
		{
			Path: "accounts", Help: "show the accounts with their limits", Role: ledger.RoleUser, Place: "accounts",
			JSON: []walletJSON(nil), Run: runAccounts,
		},
	}
}

func runBalance(r *Run) error {
	o, err := r.Service.Overview(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wireBalance(o), func(s *sheet) {
		if len(o.Wallets) == 0 {
			s.line("No tokens yet. To add funds, type: fund AMOUNT CURRENCY --method METHOD")
		} else {
			s.drawAccounts(o.Wallets)
		}
		var notes []string
		if n := len(o.Pending); n > 0 {
			notes = append(notes, plural(uint64(n), "request")+" for your answer: pending")
		}
		if o.Disputes > 0 {
			notes = append(notes, plural(uint64(o.Disputes), "open dispute")+": disputes")
		}
		if !o.LockedUntil.IsZero() {
			notes = append(notes, "After a recovery money cannot leave before "+s.at(o.LockedUntil)+".")
		}
		if len(notes) > 0 {
			s.gap()
		}
		for _, n := range notes {
			s.line(n)
		}
	})
}

// drawAccounts is one line per account.
func (s *sheet) drawAccounts(all []ledger.WalletView) {
	rows := make([][]string, 0, len(all))
	for _, w := range all {
		simulated := ""
		if w.Simulated {
			simulated = "simulated"
		}
		rows = append(rows, []string{string(w.Currency), decimal(w.Available.Micros), decimal(w.Held.Micros), decimal(w.Uncollected.Micros), simulated})
	}
	s.table("", []column{
		{title: "Account"},
		{title: "Available", right: true},
		{title: "Held", right: true},
		{title: "Uncollected", right: true},
		{},
	}, rows)
}

func runAccounts(r *Run) error {
	o, err := r.Service.Overview(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(o.Wallets, wireWallet), func(s *sheet) {
		if len(o.Wallets) == 0 {
			s.line("No account yet. The first deposit in a currency opens one: fund AMOUNT CURRENCY --method METHOD")
			return
		}
		s.drawAccounts(o.Wallets)
		for _, w := range o.Wallets {
			s.gap()
			s.line(fmt.Sprintf("Limits in %s", w.Currency))
			s.drawLimits("  ", w.Limits)
		}
	})
}
