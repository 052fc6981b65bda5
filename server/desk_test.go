package server

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// Attack: a wallet that never paid announces instruments as fast as it can. It gets a few, and the refusal says when
// there will be room.
func TestAnnouncementsOfAWalletAreBounded(t *testing.T) {
	f := newFixture(t)
	eve := f.join("eve")
	made, refused := 0, 0
	for range 11_000 {
		_, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(500), Method: "check"})
		switch {
		case err == nil:
			made++
		case errors.Is(err, ledger.ErrLimit), errors.Is(err, ledger.ErrRate):
			refused++
		default:
			t.Fatal(err)
		}
	}
	few := int(ledger.DefaultRisk().OpenNew)
	is(t, "announced", made, few)
	is(t, "refused", refused, 11_000-few)

	// Day after day it is no more, and cards that are declined are bounded as well.
	declined := 0
	for range 3 {
		f.time.Pass(24 * time.Hour)
		for range 3 * ledger.DepositsPerDay {
			if _, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(500), Method: "check"}); err == nil {
				t.Fatal("another announcement")
			}
			if _, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(1013), Method: "card"}); err == nil {
				declined++
			}
		}
	}
	is(t, "declined cards in three days", declined, 3*ledger.DepositsPerDay)
	f.time.Pass(ledger.DepositLife)
	f.Sweep(f.ctx)
	if _, err := f.Fund(f.ctx, eve, view.FundRequest{Amount: eur(500), Method: "check"}); err != nil {
		t.Errorf("after the others have expired: %v", err)
	}
}

// flood writes announcements of many wallets, as they may stand in books that were written before there was a bound.
func (f *fixture) flood(n int) {
	f.t.Helper()
	eve := f.join("eve")
	u := f.user(eve)
	for n > 0 {
		some := min(n, 200)
		f.write(func(tx books.Tx) error {
			now, _, err := tx.User(u.ID)
			if err != nil {
				return err
			}
			w, _, err := tx.Wallet(u.ID, "EUR")
			if err != nil {
				return err
			}
			for range some {
				no, err := tx.Next()
				if err != nil {
					return err
				}
				out, err := ledger.NewDeposit(ledger.DepositOrder{
					Method: "check", Kind: ledger.DepositPaper, Amount: eur(500), Actor: memberActor(eve),
				}, ledger.DepositFacts{No: no, User: now, Wallet: w, Policy: ledger.DefaultPolicy()}, f.clock())
				if err != nil {
					return err
				}
				if err := putDeposit(tx, out); err != nil {
					return err
				}
				now = out.User
			}
			return nil
		})
		n -= some
	}
}

// Attack: 11,000 announcements stand before all others. The charge-back of another wallet is seen, the desk finds
// every instrument, and a sweep with nothing to do reads a number of rows that does not depend on what waits.
func TestFloodOfAnnouncementsStarvesNobody(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := newFixtureOn(t, kv)
	f.flood(11_000)
	f.time.Pass(time.Minute)
	ann := f.funded("ann", eur(1016)) // is charged back
	bob := f.join("bob")
	honest, err := f.Fund(f.ctx, bob, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	is(t, "charged back", f.balance(ann), 0)

	page, err := f.DeskDeposits(f.ctx, f.operator, view.DeskQuery{Text: honest.Reference})
	if err != nil || len(page.Data) != 1 || page.Data[0].ID != honest.ID {
		t.Errorf("by its reference: %+v, %v", page, err)
	}
	handle := f.user(bob).Handle
	for name, q := range map[string]view.DeskQuery{
		"all": {}, "of a wallet": {Text: handle}, "of an amount": {Text: "20.00 EUR"},
		"by a part of the reference": {Text: honest.Reference[:9]},
	} {
		found, pages := f.turns(q, honest.ID)
		if !found {
			t.Errorf("%s: the honest one is on none of %d pages", name, pages)
		}
	}

	f.Sweep(f.ctx)
	kv.rows.Store(0)
	f.Sweep(f.ctx)
	if n := kv.rows.Load(); n > 3*duePage {
		t.Errorf("a sweep with nothing to do reads %d rows", n)
	}
}

// What is over expires, also if it is more than one page of a sweep.
func TestManyAnnouncementsExpire(t *testing.T) {
	f := newFixture(t)
	f.flood(duePage + 10)
	f.time.Pass(ledger.DepositLife)
	f.Sweep(f.ctx)
	left, err := f.DeskDeposits(f.ctx, f.operator, view.DeskQuery{})
	if err != nil || len(left.Data) != 0 {
		t.Errorf("%d are left at the desk, %v", len(left.Data), err)
	}
}

// turns pages through a queue and tells whether a deposit is in it.
func (f *fixture) turns(q view.DeskQuery, id string) (found bool, pages int) {
	f.t.Helper()
	for {
		page, err := f.DeskDeposits(f.ctx, f.operator, q)
		if err != nil {
			f.t.Fatal(err)
		}
		pages++
		found = found || slices.ContainsFunc(page.Data, func(d view.Deposit) bool { return d.ID == id })
		if q.Before = page.Next; page.Next == "" {
			return found, pages
		}
		if len(page.Data) == 0 && page.Searched.IsZero() {
			f.t.Fatal("an empty page does not say how far was looked")
		}
	}
}

// The queue of disputes is paged and searched, too.
func TestDeskPagesThroughDisputes(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(10_000))
	f.unlimited(ann)
	var all []string
	for i := range 7 {
		bought := f.buys(ann, v, fmt.Sprintf("Dear %d", i), eur(200))
		d, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "not_delivered"})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d.ID)
		f.time.Pass(time.Second)
	}
	var got []string
	for q := (view.DeskQuery{Paging: view.Paging{Limit: 3}}); ; {
		page, err := f.DeskDisputes(f.ctx, f.operator, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range page.Data {
			got = append(got, d.ID)
		}
		if q.Before = page.Next; page.Next == "" {
			break
		}
	}
	if diff := cmp.Diff(all, got); diff != "" {
		t.Error(diff)
	}
	for _, text := range []string{all[4], "dear 4"} {
		page, err := f.DeskDisputes(f.ctx, f.operator, view.DeskQuery{Text: text})
		if err != nil || len(page.Data) != 1 || page.Data[0].ID != all[4] {
			t.Errorf("%q: %+v, %v", text, page, err)
		}
	}
}
