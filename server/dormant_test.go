package server

import (
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// budgeted is a service where balances of nobody are moved, with a wallet that a weekly budget fills up.
func budgeted(t *testing.T) (*bankFixture, view.Caller) {
	t.Helper()
	f := newBankFixture(t, store.NewMemory())
	ann := f.funded("ann", eur(500))
	f.adds(ann, "EUR")
	_, err := f.SetRefill(f.ctx, ann, view.RefillRequest{Budget: eur(2000), Weekday: time.Monday})
	must(t, err)
	_, err = f.SetPolicy(f.ctx, f.operator, "dormant_after", "60d")
	must(t, err)
	return f, ann
}

// unclaimedOf is what is announced or unclaimed of a wallet.
func (f *fixture) unclaimedOf(who view.Caller) (u ledger.Unclaimed) {
	f.t.Helper()
	id := f.user(who).ID
	f.read(func(r books.Reader) (err error) {
		u, _, err = r.Unclaimed(id, "EUR")
		return err
	})
	return u
}

// owedBy is what a wallet owes, if there is one of this name.
func (f *fixture) owedBy(wallet string, c ledger.Currency) ledger.Amount {
	f.t.Helper()
	owed := ledger.Amount{Currency: c}
	f.read(func(r books.Reader) error {
		u, err := walletNamed(r, wallet)
		if err != nil {
			return nil
		}
		w, _, err := r.Wallet(u, c)
		owed.Micros = w.Owed
		return err
	})
	return owed
}

// unclaimedBy is what is unclaimed of a wallet, if there is one of this name.
func (f *fixture) unclaimedBy(wallet string, c ledger.Currency) ledger.Amount {
	f.t.Helper()
	sum := ledger.Amount{Currency: c}
	f.read(func(r books.Reader) error {
		u, err := walletNamed(r, wallet)
		if err != nil {
			return nil
		}
		had, _, err := r.Unclaimed(u, c)
		sum.Micros = had.Micros
		return err
	})
	return sum
}

// A weekly budget that waits, because a debit came back, keeps no balance from becoming unclaimed, and ends with it: it
// debits nobody's bank account any more, whatever clears later.
func TestUnclaimedEndsTheWeeklyBudget(t *testing.T) {
	f, ann := budgeted(t)
	u := f.user(ann)
	f.write(func(tx books.Tx) error {
		rf, err := f.refillFacts(tx.Reader, u, "EUR", f.clock())
		if err != nil {
			return err
		}
		out, _ := ledger.RefillDebit(false, rf, f.clock())
		return putRefill(tx, out)
	})
	is(t, "state", f.refillOf(ann).State, view.State(ledger.RefillPaused))
	f.days(95)
	is(t, "unclaimed", f.unclaimedOf(ann).Micros, eur(500).Micros)
	is(t, "state", f.refillOf(ann).State, view.State(ledger.RefillEnded))
	f.refused(ledger.ErrState, func() error { _, err := f.FillNow(f.ctx, ann, "EUR"); return err })
}

// Books in which a weekly budget went on beside what is unclaimed are put right by the sweep, before it debits again.
func TestWeeklyBudgetBesideTheUnclaimed(t *testing.T) {
	f, ann := budgeted(t)
	u := f.user(ann)
	f.write(func(tx books.Tx) error { // as it was once moved
		had := ledger.DormantFacts{User: u, Policy: ledger.Policy{Dormancy: ledger.Dormancy{After: 1}}}
		var err error
		if had.Wallet, _, err = tx.Wallet(u.ID, "EUR"); err != nil {
			return err
		}
		for range 2 { // announced and moved
			if had.No, err = tx.Next(); err != nil {
				return err
			}
			out, _ := ledger.DecideDormant(had, f.clock())
			if err := putDormant(tx, out); err != nil {
				return err
			}
			had.Had = out.Now
		}
		return nil
	})
	is(t, "unclaimed", f.unclaimedOf(ann).Micros, eur(500).Micros)
	is(t, "state", f.refillOf(ann).State, view.State(ledger.RefillActive))
	f.time.Pass(61 * 24 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "state", f.refillOf(ann).State, view.State(ledger.RefillEnded))
	f.clean()
}

// A list of balances goes on behind many whose owners came back.
func TestUnclaimedGoesOnBehindThoseWhoCameBack(t *testing.T) {
	f, ann := budgeted(t)
	bob := f.funded("bob", eur(300))
	u := f.user(ann)
	for from := 0; from < queueWalk+10; from += 1000 {
		f.write(func(tx books.Tx) error {
			for i := from; i < from+1000; i++ {
				c := ledger.Currency([]byte{'A' + byte(i/676%26), 'A' + byte(i/26%26), 'A' + byte(i%26)})
				if err := tx.PutUnclaimed(ledger.Unclaimed{User: u.ID, Currency: c}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	f.time.Pass(61 * 24 * time.Hour)
	f.Sweep(f.ctx)
	var found int
	for p, pages := (view.Paging{}), 0; ; pages++ {
		page, err := f.Unclaimed(f.ctx, f.operator, p)
		must(t, err)
		for _, v := range page.Data {
			if v.Handle == f.user(bob).Handle {
				found++
			}
		}
		if p.Before = page.Next; p.Before == "" || pages > 9 {
			break
		}
	}
	is(t, "found", found, 1)
}
