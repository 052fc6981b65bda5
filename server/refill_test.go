package server

import (
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// refillOf is the weekly budget of a wallet.
func (f *fixture) refillOf(who view.Caller) view.Refill {
	f.t.Helper()
	all, err := f.Refills(f.ctx, who)
	if err != nil || len(all) != 1 {
		f.t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// debits are the debits that a weekly budget has ordered, the newest first.
func (f *fixture) debits(who view.Caller) (all []ledger.Deposit) {
	f.t.Helper()
	u := f.user(who)
	f.read(func(r books.Reader) error {
		list, err := r.Deposits(u.ID, 0)
		for _, d := range list {
			if d.Refill != 0 {
				all = append(all, d)
			}
		}
		return err
	})
	return all
}

// passTo lets the time pass until an instant, with a sweep on the way and one there.
func (f *fixture) passTo(at time.Time) {
	f.t.Helper()
	f.time.Pass(at.Sub(f.clock()))
	f.Sweep(f.ctx)
}

// A weekly budget is announced, filled up by what is missing, once each week, skipped when its owner says so, and what
// is above it goes back.
func TestRefill(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.funded("ann", eur(700))
	f.adds(ann, "EUR")
	f.decides(func(p *ledger.Policy) { p.Redeem.Hold = 0 })
	q := view.RefillRequest{Budget: eur(2000), Weekday: time.Monday, Surplus: true}
	if _, err := f.RefillTerms(f.ctx, ann, q); err != nil {
		t.Fatal(err)
	}
	v, err := f.SetRefill(f.ctx, ann, q)
	if err != nil {
		t.Fatal(err)
	}
	due := v.Due.Time
	if due.Weekday() != time.Monday || due.Sub(f.clock()) < 48*time.Hour || due.Sub(f.clock()) > 9*24*time.Hour {
		t.Fatalf("due at %s, set at %s", due, f.clock())
	}
	f.passTo(due.Add(-48 * time.Hour))
	if v = f.refillOf(ann); !v.Announced || len(f.debits(ann)) != 0 {
		t.Errorf("two days before: %+v", v)
	}
	f.passTo(due)
	f.Sweep(f.ctx)
	got := f.debits(ann)
	if len(got) != 1 || got[0].Amount != eur(1300) || got[0].Method != "autodebit" {
		t.Fatalf("%+v, %+v", got, f.refillOf(ann))
	}
	f.sends("autodebit")
	f.clean()
	// The next week finds a debit on its way.
	if v = f.refillOf(ann); !v.Due.Time.Equal(due.Add(7 * 24 * time.Hour)) {
		t.Errorf("next at %s", v.Due.Time)
	}
	f.passTo(v.Due.Time.Add(-48 * time.Hour))
	if _, err := f.SkipRefill(f.ctx, ann, "EUR"); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.SkipRefill(f.ctx, ann, "EUR"); return err })
	f.passTo(v.Due.Time)
	if v = f.refillOf(ann); len(f.debits(ann)) != 1 || v.Reason != "Skipped, as you said." {
		t.Errorf("skipped: %+v", v)
	}
	// What comes above the budget goes back to the bank account.
	f.touch(ann)
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(9000), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	f.passTo(v.Due.Time.Add(-48 * time.Hour))
	f.passTo(v.Due.Time)
	all, err := f.Redemptions(f.ctx, ann, view.Paging{})
	if err != nil || len(all) != 1 || all[0].Why != ledger.RedeemSurplus {
		t.Fatalf("%+v, %v, %+v", all, err, f.refillOf(ann))
	}
	if w := f.spendable(ann, "EUR"); w.Paid-w.AtRisk(f.clock()) < 0 || w.Paid < 2000*10_000 {
		t.Errorf("left: %+v", w)
	}
	if _, err := f.EndRefill(f.ctx, ann, "EUR"); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.EndRefill(f.ctx, ann, "EUR"); return err })
	f.clean()
}

// A debit that comes back pauses it, one that clears lets it go on, the second in a row ends it.
func TestRefillReturned(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.join("ann")
	f.adds(ann, "EUR")
	set := func() view.Refill {
		t.Helper()
		f.touch(ann)
		v, err := f.SetRefill(f.ctx, ann, view.RefillRequest{Budget: eur(2000), Weekday: time.Friday})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := set()
	back := func() {
		t.Helper()
		f.write(func(tx books.Tx) error {
			d := f.debits(ann)[0]
			d, _, err := tx.Deposit(d.ID)
			if err != nil {
				return err
			}
			for _, to := range []ledger.DepositState{ledger.DepositSubmitted, ledger.DepositReturned} {
				if err == nil && d.State != to {
					ev := ledger.DepositEvent{To: to, External: "X" + d.Created.String(), Actor: systemActor}
					d, err = advance(tx, d, ev, f.clock())
				}
			}
			if err != nil {
				return err
			}
			return f.refillDebited(tx, d, false, f.clock())
		})
	}
	week := func() {
		t.Helper()
		f.passTo(v.Due.Time.Add(-48 * time.Hour))
		f.passTo(v.Due.Time)
	}
	week()
	if len(f.debits(ann)) != 1 {
		t.Fatalf("%+v", f.refillOf(ann))
	}
	back()
	if v = f.refillOf(ann); v.State != "paused" || v.Returns != 1 {
		t.Fatalf("%+v", v)
	}
	f.time.Pass(30 * 24 * time.Hour)
	f.Sweep(f.ctx)
	if len(f.debits(ann)) != 1 {
		t.Error("it goes on while it is paused")
	}
	if v = set(); v.State != "active" || v.Returns != 1 {
		t.Fatalf("%+v", v)
	}
	week()
	back()
	if v = f.refillOf(ann); v.State != "ended" || v.Returns != 2 {
		t.Fatalf("%+v", v)
	}
	f.clean()
}
