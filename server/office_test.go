package server

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Months are closed by the sweep, each once and in their order, also where nobody uses the service. Nothing is booked
// into one: an entry whose clock is behind is dated at its end.
func TestMonthsAreClosed(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	f.Sweep(f.ctx)
	page, err := f.Months(f.ctx, f.operator, view.Paging{})
	must(t, err)
	is(t, "closed at first", len(page.Data), 0)
	begun := f.clock()
	_, until := ledger.MonthOf(begun)
	f.time.Pass(until.Sub(begun) + time.Second)
	f.Sweep(f.ctx)
	page, err = f.Months(f.ctx, f.operator, view.Paging{})
	must(t, err)
	is(t, "closed within a minute of its end", len(page.Data), 0)
	for range 4 {
		f.time.Pass(24 * 24 * time.Hour)
		f.Sweep(f.ctx)
		f.Sweep(f.ctx)
	}
	page, err = f.Months(f.ctx, f.operator, view.Paging{})
	must(t, err)
	is(t, "closed", len(page.Data), 4)
	first, err := f.Month(f.ctx, f.operator, begun.Format("2006-01"))
	must(t, err)
	is(t, "last", first.Last, page.Data[3].Last)
	var sum int64
	for _, l := range first.Totals {
		sum += l.Balance.Micros
	}
	is(t, "sum", sum, 0)
	is(t, "classes", len(first.Totals) > 1, true)

	now := f.clock()
	f.time.Pass(-45 * 24 * time.Hour) // the clock is set back into a closed month
	f.touch(ann)
	_, _, err = f.SetLimit(f.ctx, ann, ledger.LimitChange{Currency: "EUR", Period: "day", Max: 1e6})
	must(t, err)
	f.clean()
	f.time.Pass(45 * 24 * time.Hour)
	f.read(func(r books.Reader) error {
		no, _, err := r.Head()
		must(t, err)
		rec, _, err := r.Entry(no)
		from, _ := ledger.MonthOf(now)
		is(t, "dated", rec.At, from)
		return err
	})
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Month(f.ctx, f.operator, "2031-01"); return err })
	f.refused(ledger.ErrInvalid, func() error { _, err := f.Month(f.ctx, f.operator, "June"); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.Month(f.ctx, ann, "2026-01"); return err })
	f.clean()
}

// closedMonths are the names of the months that are closed, newest first.
func (f *fixture) closedMonths() (names []string) {
	f.t.Helper()
	page, err := f.Months(f.ctx, f.operator, view.Paging{})
	must(f.t, err)
	for _, m := range page.Data {
		names = append(names, m.Month)
	}
	return names
}

// A clock that is far ahead closes no month, whatever the sweep books by it: an operator is told, and closes it when
// the clock is right. Nobody closes a month that is not over.
func TestClockFarAhead(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	_, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "check"}) // it expires by the wrong clock
	must(t, err)
	f.Sweep(f.ctx)
	month, before := f.clock().Format("2006-01"), f.head()
	f.refused(ledger.ErrState, func() error { _, err := f.CloseMonth(f.ctx, f.operator, month, true); return err })
	f.time.Pass(10 * 365 * 24 * time.Hour)
	f.Sweep(f.ctx)
	f.Sweep(f.ctx)
	is(t, "the sweep books", f.head() > before, true)
	is(t, "closed by a clock ten years ahead", len(f.closedMonths()), 0)
	id, err := f.WhoAmI(f.ctx, f.operator)
	must(t, err)
	if !strings.Contains(id.Alarm, "The month "+month+" is not closed.") {
		t.Errorf("alarm: %q", id.Alarm)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.CloseMonth(f.ctx, f.operator, month, false); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.CloseMonth(f.ctx, ann, month, true); return err })
	f.refused(ledger.ErrInvalid, func() error { _, err := f.CloseMonth(f.ctx, f.operator, "June", true); return err })

	f.time.Pass(-10 * 365 * 24 * time.Hour)
	f.touch(ann)
	f.time.Pass(31 * 24 * time.Hour)
	f.touch(ann)
	f.setLimit(ann, "day", 1e6) // by the right clock, in the next month
	f.Sweep(f.ctx)
	is(t, "closed beside what the wrong clock has booked", len(f.closedMonths()), 0)
	v, err := f.CloseMonth(f.ctx, f.operator, month, true)
	must(t, err)
	is(t, "closed by a person", v.Month, month)
	f.time.Pass(31 * 24 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "goes on by itself", len(f.closedMonths()), 2)
	f.clean()
}

// A service that was stopped for months is told to an operator, who closes them in one step.
func TestMonthsOfAStoppedService(t *testing.T) {
	f := newFixture(t)
	f.funded("ann", eur(500))
	f.Sweep(f.ctx)
	begun := f.clock()
	f.time.Pass(100 * 24 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "closed by themselves", len(f.closedMonths()), 0)
	from, _ := ledger.MonthOf(f.clock())
	last := from.AddDate(0, -1, 0).Format("2006-01")
	v, err := f.CloseMonth(f.ctx, f.operator, last, true)
	must(t, err)
	is(t, "closed", v.Month, last)
	all := f.closedMonths()
	is(t, "the first of them", all[len(all)-1], begun.Format("2006-01"))
	f.refused(ledger.ErrState, func() error { _, err := f.CloseMonth(f.ctx, f.operator, last, true); return err })
	id, err := f.WhoAmI(f.ctx, f.operator)
	must(t, err)
	is(t, "alarm", id.Alarm, "")
	f.time.Pass(31 * 24 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "goes on by itself", len(f.closedMonths()), len(all)+1)
	f.clean()
}

// What a person does while the clock is behind a closed month leaves clean books, whatever it is.
func TestClockBehindAClosedMonth(t *testing.T) {
	f := newFixture(t)
	f.Sweep(f.ctx)
	_, until := ledger.MonthOf(f.clock())
	f.time.Pass(until.Sub(f.clock()) + 2*time.Minute)
	f.Sweep(f.ctx)
	f.time.Pass(-10 * 24 * time.Hour)
	f.acts()
	f.clean()
}

// A balance whose owner is not seen is announced, becomes unclaimed property and never income, and comes back at par
// when the owner signs in; or two persons pay it to the state.
func TestUnclaimedProperty(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.funded("ann", eur(500)), f.funded("bob", eur(300))
	second := caller("second operator")
	_, err := f.StaffAdd(f.ctx, f.operator, second.Fingerprint, ledger.RoleOperator, "")
	must(t, err)
	f.time.Pass(900 * 24 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "off by default", f.balance(ann), eur(500).Micros)
	_, err = f.SetPolicy(f.ctx, f.operator, "dormant_after", "300d")
	must(t, err)
	f.Sweep(f.ctx)
	page, err := f.Unclaimed(f.ctx, f.operator, view.Paging{})
	must(t, err)
	is(t, "announced", len(page.Data), 2)
	is(t, "state", page.Data[0].State, "announced")
	is(t, "balance", f.balance(ann), eur(500).Micros)
	f.time.Pass(29 * 24 * time.Hour)
	_, err = f.WhoAmI(f.ctx, bob) // he is here
	must(t, err)
	f.touch(bob)
	f.time.Pass(2 * 24 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "unclaimed", f.balance(ann), 0)
	is(t, "seen in time", f.balance(bob), eur(300).Micros)
	f.clean()
	_, err = f.WhoAmI(f.ctx, ann)
	must(t, err)
	is(t, "back at par", f.balance(ann), eur(500).Micros)
	f.clean()

	for range 2 { // bob is announced, and moved
		f.time.Pass(301 * 24 * time.Hour)
		f.touch(ann)
		f.Sweep(f.ctx)
	}
	handle := f.user(bob).Handle
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.Remit(f.ctx, ann, handle, eur(300), "x"); return err })
	f.refused(ledger.ErrInvalid, func() error { _, err := f.Remit(f.ctx, f.operator, handle, eur(300), " "); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.Remit(f.ctx, f.operator, handle, eur(299), "x"); return err })
	v, err := f.Remit(f.ctx, f.operator, handle, eur(300), "the law of the place")
	must(t, err)
	is(t, "asked", v.Asked, true)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Remit(f.ctx, f.operator, handle, eur(300), "again")
		return err
	})
	f.refused(ledger.ErrState, func() error { _, err := f.Remit(f.ctx, second, handle, eur(301), "x"); return err })
	v, err = f.Remit(f.ctx, second, handle, eur(300), "the law of the place")
	must(t, err)
	is(t, "with the state", v.Remitted, eur(300))
	_, err = f.WhoAmI(f.ctx, bob)
	must(t, err)
	is(t, "gone", f.balance(bob), 0)
	f.refused(ledger.ErrState, func() error { _, err := f.Remit(f.ctx, second, handle, eur(0), "again"); return err })
	f.clean()
}

// An operator is told at sign-in that the assets do not cover what is owed; a representative and a wallet are not.
func TestAlarmOfCoverage(t *testing.T) {
	f := newFixture(t)
	ann, mia := f.funded("ann", eur(500)), caller("mia")
	_, err := f.StaffAdd(f.ctx, f.operator, mia.Fingerprint, ledger.RoleRep, "")
	must(t, err)
	id, err := f.WhoAmI(f.ctx, f.operator)
	must(t, err)
	is(t, "covered", id.Alarm, "")
	_, err = f.DeskCredit(f.ctx, f.operator, f.user(ann).Handle, eur(40), "for the trouble")
	must(t, err)
	id, err = f.WhoAmI(f.ctx, f.operator)
	must(t, err)
	is(t, "alarm", id.Alarm, "The assets fall short of what is owed by 0.40 EUR: report coverage")
	for _, who := range []view.Caller{ann, mia} {
		id, err := f.WhoAmI(f.ctx, who)
		must(t, err)
		is(t, "no alarm", id.Alarm, "")
	}
}

// Nothing new begins by a method that is frozen, for anybody; what runs goes on, and methods says why.
func TestFrozenMethod(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	f.touch(ann)
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "check"})
	must(t, err)
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.SetMethod(f.ctx, ann, "check", false, "x"); return err })
	f.refused(ledger.ErrInvalid, func() error { _, err := f.SetMethod(f.ctx, f.operator, "check", false, ""); return err })
	f.refused(ledger.ErrInvalid, func() error { _, err := f.SetMethod(f.ctx, f.operator, "gold", false, "x"); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.SetMethod(f.ctx, f.operator, "check", true, ""); return err })
	_, err = f.SetMethod(f.ctx, f.operator, "check", false, "The bank has a new address.")
	must(t, err)
	f.refused(ledger.ErrState, func() error { _, err := f.SetMethod(f.ctx, f.operator, "check", false, "x"); return err })
	_, err = f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "check"})
	if !errors.Is(err, ledger.ErrState) {
		t.Errorf("begun by a frozen method: %v", err)
	}
	all, err := f.Methods(f.ctx, ann)
	must(t, err)
	for _, m := range all {
		if m.Name == "check" {
			is(t, "why", m.Frozen, "The bank has a new address.")
		}
	}
	_, err = f.AdvanceDeposit(f.ctx, f.operator, d.Reference, "received", eur(500))
	must(t, err)
	_, err = f.SetMethod(f.ctx, f.operator, "check", true, "")
	must(t, err)
	_, err = f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(500), Method: "check"})
	must(t, err)
	f.clean()
}
