package server

import (
	"errors"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// lent is a service with a wallet without tokens, a shop, and a representative.
type lent struct {
	*fixture
	ann, mia view.Caller
	shop     ledger.Vendor
}

func newLent(t *testing.T) lent {
	t.Helper()
	f := newFixture(t)
	d := lent{fixture: f, ann: f.join("ann"), mia: caller("mia")}
	d.shop, _ = f.vendor("news")
	if _, err := f.StaffAdd(f.ctx, f.operator, keyOf(d.mia), ledger.RoleRep, ""); err != nil {
		t.Fatal(err)
	}
	return d
}

// until lets time pass; the buyer's window is open then.
func (d lent) until(at time.Time) {
	d.time.Pass(at.Sub(d.clock()))
	d.touch(d.ann)
}

func (d lent) buysFive() {
	for range 5 {
		d.buys(d.ann, d.shop, "A river", eur(25))
	}
}

// tries answers yes to a request, and returns why nothing was bought.
func (d lent) tries(who view.Caller) error {
	_, err := d.Answer(d.ctx, who, view.Answer{Code: d.asks(d.shop, "A river", eur(25)).UserCode, Yes: true})
	return err
}

// An account with a credit line buys without tokens, gets its bill when the month is over, buys nothing while that is
// overdue, and goes on when it is paid by its reference.
func TestPostpaidAccount(t *testing.T) {
	d := newLent(t)
	ann := d.user(d.ann).Handle
	line := eur(500)
	if _, err := d.SetCredit(d.ctx, d.mia, ann, line, "x"); !errors.Is(err, ledger.ErrNotAllowed) {
		t.Errorf("a representative lends: %v", err)
	}
	v, err := d.SetCredit(d.ctx, d.operator, ann, line, "known for years")
	must(t, err)
	is(t, "state", v.State, "postpaid")
	o, err := d.Overview(d.ctx, d.ann)
	must(t, err)
	is(t, "available", o.Wallets[0].Available, line)

	d.buysFive()
	d.until(v.NextBill.Time)
	d.Sweep(d.ctx)
	bills, err := d.Bills(d.ctx, d.ann)
	must(t, err)
	is(t, "bills", len(bills), 1)
	is(t, "amount", bills[0].Amount, eur(125))
	is(t, "state", bills[0].State, view.State(ledger.BillOpen))
	all, err := d.Deposits(d.ctx, d.ann, view.Paging{})
	must(t, err)
	is(t, "announced", all[0].Reference, bills[0].Reference)
	d.Sweep(d.ctx)
	again, err := d.Bills(d.ctx, d.ann)
	must(t, err)
	is(t, "bills after another sweep", len(again), 1)

	d.until(bills[0].Due.Time)
	page, err := d.CreditList(d.ctx, d.mia, view.DeskQuery{Text: "overdue"})
	must(t, err)
	is(t, "overdue accounts", len(page.Data), 1)
	if err := d.tries(d.ann); !errors.Is(err, ledger.ErrWindow) {
		t.Errorf("bought while a bill is overdue: %v", err)
	}
	for _, step := range []string{"received", "cleared"} {
		_, err = d.AdvanceDeposit(d.ctx, d.mia, bills[0].Reference, step, eur(125))
		must(t, err)
	}
	bills, err = d.Bills(d.ctx, d.ann)
	must(t, err)
	is(t, "state", bills[0].State, view.State(ledger.BillPaid))
	d.buys(d.ann, d.shop, "A river", eur(25))
}

// A debt is given up by two operators, long after its bill was due.
func TestDebtIsGivenUpByTwo(t *testing.T) {
	d := newLent(t)
	ann := d.user(d.ann).Handle
	v, err := d.SetCredit(d.ctx, d.operator, ann, eur(500), "known for years")
	must(t, err)
	d.buysFive()
	d.until(v.NextBill.Time)
	d.Sweep(d.ctx)
	d.until(v.NextBill.Add((14 + 90) * 24 * time.Hour))
	second := caller("second operator")
	_, err = d.StaffAdd(d.ctx, d.operator, second.Fingerprint, ledger.RoleOperator, "")
	must(t, err)
	d.refused(ledger.ErrState, func() error {
		_, err := d.WriteOff(d.ctx, d.operator, ann, eur(124), "moved away")
		return err
	})
	for _, owed := range []ledger.Amount{eur(125), eur(124)} {
		v, err = d.WriteOff(d.ctx, d.operator, ann, owed, "moved away")
		must(t, err)
		is(t, "asked", v.Asked, true)
		if _, err = d.WriteOff(d.ctx, d.operator, ann, owed, "moved away"); !errors.Is(err, ledger.ErrNotAllowed) {
			t.Errorf("one person did both: %v", err)
		}
		d.refused(ledger.ErrState, func() error {
			_, err := d.WriteOff(d.ctx, second, ann, eur(126), "moved away")
			return err
		})
		if owed == eur(125) { // a cent of it is paid: that ends the word of the first person
			d.time.Pass(time.Second)
			_, err := d.DeskCredit(d.ctx, d.mia, ann, eur(1), "for the trouble")
			must(t, err)
			v, err = d.WriteOff(d.ctx, second, ann, eur(124), "moved away")
			must(t, err)
			is(t, "owed still", v.Owed, eur(124))
			d.time.Pass(73 * time.Hour)
		}
	}
	v, err = d.WriteOff(d.ctx, second, ann, eur(124), "moved away")
	must(t, err)
	is(t, "owed", v.Owed, eur(0))
	is(t, "line", v.Line, eur(0))
	bills, err := d.Bills(d.ctx, d.ann)
	must(t, err)
	is(t, "state", bills[0].State, view.State(ledger.BillWrittenOff))
	if err := d.tries(d.ann); !errors.Is(err, ledger.ErrFrozen) {
		t.Errorf("bought after a write-off: %v", err)
	}
	if _, err = d.WriteOff(d.ctx, second, ann, eur(0), "again"); !errors.Is(err, ledger.ErrState) {
		t.Errorf("given up twice: %v", err)
	}
}
