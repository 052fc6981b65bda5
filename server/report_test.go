package server

import (
	"slices"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// reporting is a service that has sold, given back and settled disputes.
func reporting(t *testing.T) selling {
	t.Helper()
	s := sellingOn(t, store.NewMemory())
	s.unlimited(s.who)
	s.trades("early", 3)
	return s
}

// The trial balance is that of the journal, and sums to nothing; what covers what is owed is the sum of its classes.
func TestTrialBalance(t *testing.T) {
	s := reporting(t)
	want := map[ledger.Account]int64{}
	s.read(func(r books.Reader) error {
		for rec, err := range r.Journal(0, 0) {
			if err != nil {
				return err
			}
			for _, g := range rec.Postings {
				want[ledger.Account{Class: g.Account.Class, Currency: g.Account.Currency}] += g.Micros
			}
		}
		return nil
	})
	page, err := s.Trial(s.ctx, s.operator)
	if err != nil || len(page.Data) != len(want) {
		t.Fatalf("%d classes, want %d: %v", len(page.Data), len(want), err)
	}
	sum := int64(0)
	for _, l := range page.Data {
		acc := ledger.Account{Class: ledger.Class(l.Class), Currency: l.Balance.Currency}
		is(t, acc.String(), l.Balance.Micros, want[acc])
		is(t, acc.String()+" by its sides", l.Debit.Micros-l.Credit.Micros, l.Balance.Micros)
		sum += l.Balance.Micros
	}
	is(t, "sum", sum, int64(0))
	covered, err := s.Coverage(s.ctx, s.operator)
	if err != nil || len(covered.Data) != 1 {
		t.Fatalf("%+v, %v", covered, err)
	}
	c := covered.Data[0]
	is(t, "gap", c.Gap.Micros, c.Assets.Micros-c.Owed.Micros)
	is(t, "covered", c.Covered, c.Gap.Micros >= 0)
	is(t, "assets", c.Assets.Micros, want[ledger.Account{Class: ledger.PSPClearing, Currency: "EUR"}])
}

// The pages of the general ledger have every posting of its class once, newest first, whatever their size; and the
// postings add up to what the trial balance says.
func TestGeneralLedger(t *testing.T) {
	s := reporting(t)
	trial, err := s.Trial(s.ctx, s.operator)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range trial.Data {
		for _, limit := range []int{1, 3, 200} {
			q := view.LedgerQuery{Class: ledger.Class(l.Class), Paging: view.Paging{Limit: limit}}
			var sum int64
			var seen []uint64
			for pages := 0; ; pages++ {
				page, err := s.GeneralLedger(s.ctx, s.operator, q)
				if err != nil || pages > 100 || pages > 0 && len(page.Data) == 0 {
					t.Fatalf("page %d of class %d: %+v, %v", pages, l.Class, page, err)
				}
				for _, p := range page.Data {
					sum += p.Debit.Micros - p.Credit.Micros
					seen = append(seen, p.Entry)
				}
				if q.Before = page.Next; q.Before == "" {
					break
				}
			}
			is(t, "sum of "+q.Class.String(), sum, l.Balance.Micros)
			if !slices.IsSortedFunc(seen, func(a, b uint64) int { return int(b) - int(a) }) {
				t.Errorf("class %d: not newest first: %v", l.Class, seen)
			}
		}
	}
}

// A part of the ledger is found by its times, also behind what a clock that was set back has stamped.
func TestGeneralLedgerByTime(t *testing.T) {
	s := sellingOn(t, store.NewMemory())
	s.unlimited(s.who)
	s.trades("early", 1)
	later := func() time.Time {
		s.time.Pass(48 * time.Hour)
		if err := s.Touch(s.ctx, s.who); err != nil {
			t.Fatal(err)
		}
		return s.clock()
	}
	from := later()
	s.trades("late", 2)
	until := later()
	s.trades("later", 1)
	s.time.Pass(-200 * time.Hour)
	s.entries(outOfOrder - 1)
	s.time.Pass(200 * time.Hour)
	q := view.LedgerQuery{Class: ledger.Commission, Since: from, Until: until, Paging: view.Paging{Limit: 200}}
	page, err := s.GeneralLedger(s.ctx, s.operator, q)
	if err != nil || len(page.Data) == 0 || page.Next != "" {
		t.Fatalf("%+v, %v", page, err)
	}
	for _, l := range page.Data {
		if l.At.Before(from) || !l.At.Before(until) {
			t.Errorf("entry %d of %s", l.Entry, l.At)
		}
	}
	q.Since, q.Until = time.Time{}, time.Time{}
	all, err := s.GeneralLedger(s.ctx, s.operator, q)
	inside := 0
	for _, l := range all.Data {
		if !l.At.Before(from) && l.At.Before(until) {
			inside++
		}
	}
	is(t, "lines between the times", len(page.Data), inside)
	if err != nil || len(all.Data) <= inside {
		t.Errorf("%d lines, %d of them between the times: %v", len(all.Data), inside, err)
	}
}

// A class that is seldom moved costs so many entries a page, and the page says how far it got.
func TestGeneralLedgerIsBounded(t *testing.T) {
	s := reporting(t)
	s.entries(ledgerWalk + 1)
	q := view.LedgerQuery{Class: ledger.Commission}
	page, err := s.GeneralLedger(s.ctx, s.operator, q)
	if err != nil || len(page.Data) != 0 || page.Next == "" || page.Searched.IsZero() {
		t.Fatalf("%+v, %v", page, err)
	}
	q.Before = page.Next
	if page, err = s.GeneralLedger(s.ctx, s.operator, q); err != nil || len(page.Data) == 0 || !page.Searched.IsZero() {
		t.Fatalf("%+v, %v", page, err)
	}
}

// Reports are for the operator, and each is a line of the staff log, once a day.
func TestReportsAreLogged(t *testing.T) {
	s := reporting(t)
	reports := []struct {
		act string
		do  func(view.Caller) error
	}{
		{"report trial", func(who view.Caller) error { _, err := s.Trial(s.ctx, who); return err }},
		{"report coverage", func(who view.Caller) error { _, err := s.Coverage(s.ctx, who); return err }},
		{"report ledger 2000", func(who view.Caller) error {
			_, err := s.GeneralLedger(s.ctx, who, view.LedgerQuery{Class: ledger.Paid})
			return err
		}},
	}
	rep := caller("mia")
	if _, err := s.StaffAdd(s.ctx, s.operator, keyOf(rep), ledger.RoleRep, ""); err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		for range 2 {
			if err := r.do(s.operator); err != nil {
				t.Fatal(err)
			}
		}
		for _, who := range []view.Caller{rep, s.who, caller("nobody")} {
			s.refused(ledger.ErrNotAllowed, func() error { return r.do(who) })
		}
	}
	log, err := s.StaffLog(s.ctx, s.operator, view.AuditQuery{Paging: view.Paging{Limit: 4}})
	if err != nil || len(log.Data) != 4 {
		t.Fatalf("%+v, %v", log, err)
	}
	for i, r := range reports {
		l := log.Data[len(reports)-1-i]
		if l.Act != r.act || l.Key != s.operator.Fingerprint || l.Handle != "" {
			t.Errorf("%+v, want %s", l, r.act)
		}
	}
	is(t, "before them", log.Data[3].Act, "staff add")
	s.refused(ledger.ErrInvalid, func() error {
		_, err := s.GeneralLedger(s.ctx, s.operator, view.LedgerQuery{Class: 2001})
		return err
	})
	s.refused(ledger.ErrInvalid, func() error {
		q := view.LedgerQuery{Class: ledger.Paid, Paging: view.Paging{Before: "nothing"}}
		_, err := s.GeneralLedger(s.ctx, s.operator, q)
		return err
	})
}
