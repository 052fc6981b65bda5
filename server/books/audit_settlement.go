package books

import (
	"bytes"
	"context"
	"slices"

	"tuppence/server/ledger"
)

const i16 = "I16 every sale is in one statement, and statements are what was posted"

// settled is what the journal says of settlements.
type settled struct {
	open map[ledger.Party]ledger.Tally      // what each party has got since its last statement
	last map[ledger.Party]ledger.Settlement // that closed a period
	kept map[ledger.Party]int64             // micros that issues of tokens have kept since
	all  map[ledger.EntryNo]ledger.EntryNo  // the newest entry about each settlement
	runs map[uint64]ledger.SettleRun        // control totals
	// accounts has the newest entry about each account that payouts go to.
	accounts map[payAccountOf]ledger.PayAccount
}

func newSettled() settled {
	return settled{
		open: map[ledger.Party]ledger.Tally{}, last: map[ledger.Party]ledger.Settlement{},
		kept: map[ledger.Party]int64{},
		all:  map[ledger.EntryNo]ledger.EntryNo{}, runs: map[uint64]ledger.SettleRun{},
		accounts: map[payAccountOf]ledger.PayAccount{},
	}
}

// settlement adds an entry to the statements that it belongs to, and compares a settlement with them.
func (a *auditor) settlement(rec Record) error {
	if rec.Vendor != 0 && rec.Amount.Currency != "" {
		for _, p := range parties(rec) {
			if l, ok := rec.LineOf(p); ok {
				a.settled.open[p] = a.settled.open[p].Add(l)
			}
		}
	}
	s := rec.Settlement
	if s == nil {
		return nil
	}
	if _, again := a.settled.all[s.No]; again == (rec.Kind == ledger.KindSettlement) || !again && s.No != rec.No {
		a.find(i16, "entry %d tells of settlement %d, which it does not continue", rec.No, s.No)
	}
	a.settled.all[s.No] = rec.No
	if rec.Kind != ledger.KindSettlement || !s.Closes() {
		return nil
	}
	n := a.settled.runs[s.Run].After(0, "", []ledger.Settlement{*s})
	n.Tills = 0
	a.settled.runs[s.Run] = n
	return a.period(rec, *s)
}

// parties are those on whose accounts an entry has postings, each once.
func parties(rec Record) (all []ledger.Party) {
	for _, g := range rec.Postings {
		p := ledger.Party{Vendor: rec.Vendor, Currency: g.Account.Currency}
		if g.Account.Class == ledger.RoyaltyPayable {
			p.Payee = ledger.PayeeID(g.Account.Owner)
		}
		if p.Owns(g.Account) && !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// period compares a settlement with the entries of its period, of which those behind it belong to the next one.
func (a *auditor) period(rec Record, s ledger.Settlement) error {
	p := s.Party()
	last, sum := a.settled.last[p], a.settled.open[p]
	if s.From != last.To || s.Opening != last.Closing || s.To < s.From || s.To >= s.No {
		a.find(i16, "settlement %d is of entries %d to %d and opens with %d micros; the one before ends with %d and %d",
			s.No, s.From, s.To, s.Opening, last.To, last.Closing)
	}
	var later ledger.Tally
	err := a.r.VendorDown(p.Vendor, p.Currency, rec.PrevVendor, func(r Record) (bool, error) {
		if r.No <= s.To {
			return false, nil
		}
		if l, ok := r.LineOf(p); ok {
			later = later.Add(l)
		}
		return true, nil
	})
	if err != nil {
		return a.damage(i16, err)
	}
	if got := sum.Minus(later); got != s.Sum {
		a.find(i16, "settlement %d states %v, the journal says %v", s.No, s.Sum, got)
	}
	if want := s.Opening + s.Sum.Net - s.Amount.Micros - s.Fee; s.Closing != want {
		a.find(i16, "settlement %d carries %d micros forward, its rows add up to %d", s.No, s.Closing, want)
	}
	a.kept(s, last)
	a.settled.open[p], a.settled.last[p] = later, s
	return nil
}

// kept compares a settlement with its own postings, and the parts of a reserve with the account.
func (a *auditor) kept(s, last ledger.Settlement) {
	sum := func(all []ledger.Kept) (n int64) {
		for _, k := range all {
			n += k.Micros
		}
		return n
	}
	had := sum(last.Kept) + a.settled.kept[s.Party()]
	delete(a.settled.kept, s.Party())
	if sum(s.Kept) != had+s.Withheld-s.Freed-s.Recovered {
		a.find(i16, "settlement %d keeps %d micros, of %d it kept %d more and let %d go",
			s.No, sum(s.Kept), had, s.Withheld, s.Freed+s.Recovered)
	}
	reserve := ledger.Account{Class: ledger.VendorReserve, Currency: s.Amount.Currency, Owner: uint64(s.Vendor)}
	if n := -a.balances[reserve]; s.Payee == 0 && n != sum(s.Kept) {
		a.find(i16, "settlement %d keeps %d micros, %s stands at %d", s.No, sum(s.Kept), reserve, n)
	}
}

// payouts adds what is on its way to the accounts that must stand so: 2200 of each settlement.
func (a *auditor) payouts(due map[ledger.Account]int64) error {
	for no, at := range a.settled.all {
		e, found, err := a.entryAt(at)
		if err != nil {
			return err
		}
		if s := e.Settlement; found && s.State.InTransit() {
			due[ledger.Account{Class: ledger.PayoutTransit, Currency: s.Amount.Currency, Owner: uint64(no)}] = -s.Amount.Micros
		}
	}
	return nil
}

// settlementRows compares each settlement with the copy in its newest entry, as depositRows does, and the last
// statement of each party with its digest.
func (a *auditor) settlementRows(ctx context.Context) error {
	missing := make(map[ledger.EntryNo]bool, len(a.settled.all))
	for no := range a.settled.all {
		missing[no] = true
	}
	at := func(s ledger.Settlement) []byte { return key(tSettlement, s.No) }
	err := rows(ctx, a, tSettlement, settlements, at, func(_ []byte, s ledger.Settlement) error {
		delete(missing, s.No)
		e, found, err := a.entryAt(a.settled.all[s.No])
		if err == nil && (!found || !bytes.Equal(settlements.encode(*e.Settlement), settlements.encode(s))) {
			a.find(rowsEqual, "settlement %d is %q in its row, the journal says otherwise", s.No, s.State)
		}
		return err
	})
	for no := range missing {
		a.find(rowsEqual, "settlement %d has no row", no)
	}
	if err != nil {
		return err
	}
	a.earned()
	return a.statements(ctx)
}

// statements makes the last statement of each party anew and compares it with its digest. Those of a vendor and its
// payees are made in one walk.
func (a *auditor) statements(ctx context.Context) error {
	byTill := map[tillID][]ledger.Settlement{}
	for p, s := range a.settled.last {
		id := tillID{p.Vendor, p.Currency}
		byTill[id] = append(byTill[id], s)
	}
	for id, all := range byTill {
		if err := ctx.Err(); err != nil {
			return err
		}
		lines, err := a.r.lines(id, all)
		if err != nil {
			if err = a.damage(i16, err); err != nil {
				return err
			}
			continue
		}
		for i, s := range all {
			if sum, err := Digest(s.Rows(upward(lines[i]))); err != nil || sum != s.Digest {
				a.find(i16, "the statement of settlement %d is not the one that was sealed", s.No)
			}
		}
	}
	return nil
}

// earned compares what each party has now with its last statement and what came after it (I7): so in - out = pending +
// available + reserve, and what is on its way has left by a statement.
func (a *auditor) earned() {
	has := map[ledger.Party]int64{}
	for acc, n := range a.balances {
		switch acc.Class {
		case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
			has[ledger.Party{Vendor: ledger.VendorID(acc.Owner), Currency: acc.Currency}] -= n
		}
	}
	for p := range a.settled.open {
		if p.Payee != 0 {
			acc := ledger.Account{Class: ledger.RoyaltyPayable, Currency: p.Currency, Owner: uint64(p.Payee)}
			has[p] = -a.balances[acc]
		} else if _, some := has[p]; !some {
			has[p] = 0
		}
	}
	for p, n := range has {
		if want := a.settled.last[p].Closing + a.settled.open[p].Net; n != want {
			a.find(i7, "vendor %d, payee %d has %d micros of %s, its statements say %d", p.Vendor, p.Payee, n, p.Currency, want)
		}
	}
}

// runRows compares the control totals of runs with the settlements that they made.
func (a *auditor) runRows(ctx context.Context) error {
	at := func(n ledger.SettleRun) []byte { return key(tRun, n.Number) }
	err := rows(ctx, a, tRun, runs, at, func(_ []byte, n ledger.SettleRun) error {
		j := a.settled.runs[n.Number]
		delete(a.settled.runs, n.Number)
		if n.Settled != j.Settled || !slices.Equal(n.Payouts, j.Payouts) || !slices.Equal(n.Fees, j.Fees) {
			a.find(rowsEqual, "run %d made %d settlements of %v, the journal says %d of %v",
				n.Number, n.Settled, n.Payouts, j.Settled, j.Payouts)
		}
		return nil
	})
	for n, j := range a.settled.runs {
		a.find(rowsEqual, "run %d of %d settlements has no row", n, j.Settled)
	}
	return err
}
