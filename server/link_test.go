package server

import (
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

func TestLinkIsGivenAndEnded(t *testing.T) {
	f := newFixture(t)
	f.vendor("news")
	ann := f.join("ann")
	q := view.LinkRequest{
		Vendor: "news", Currency: "EUR", Total: eur(1000).Micros,
		Limits: ledger.Limits{
			PerPurchase: eur(50).Micros,
			PerDay:      eur(200).Micros,
			PerWeek:     ledger.NoLimit,
			PerMonth:    ledger.NoLimit,
		},
	}
	l, err := f.Link(f.ctx, ann, q)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "status", l.Status, "active")
	is(t, "site", l.Site, "https://news.example")
	first := l.ID
	if l, err = f.Unlink(f.ctx, ann, "news"); err != nil || l.Status != "revoked" {
		t.Fatalf("%+v, %v", l, err)
	}
	if l, err = f.Link(f.ctx, ann, q); err != nil || l.Status != "active" || l.ID == first {
		t.Errorf("given again: %+v, %v", l, err)
	}
	if l, err = f.Block(f.ctx, ann, "news"); err != nil || l.Status != "blocked" {
		t.Errorf("blocked: %+v, %v", l, err)
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Unlink(f.ctx, ann, "nobody\x1b[1m"); return err })
	f.refused(
		ledger.ErrNotFound,
		func() error { _, err := f.Link(f.ctx, ann, view.LinkRequest{Vendor: "nobody"}); return err },
	)
}

// A vendor that was never seen can be blocked before it asks.
func TestBlockAStranger(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	if l, err := f.Block(f.ctx, ann, "news"); err != nil || l.Status != "blocked" {
		t.Fatalf("%+v, %v", l, err)
	}
	c := f.asks(v, "Gossip", eur(10))
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
		return err
	})
}

// A blocked vendor is blocked in every currency, and saying it again is no error.
func TestBlockHoldsInEveryCurrency(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	f.buys(ann, v, "Rivers", eur(10))
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: f.asks(v, "Gossip", eur(10)).UserCode, Block: true}); err != nil {
		t.Fatal(err)
	}
	dollars := f.asks(v, "Gossip", ledger.Amount{Micros: 100_000, Currency: "USD"})
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: dollars.UserCode, Yes: true})
		return err
	})
	r, err := f.Answer(f.ctx, ann, view.Answer{Code: dollars.UserCode, Block: true})
	if err != nil || r.Status != view.State(ledger.CheckoutDenied) {
		t.Errorf("no to a vendor that is blocked already: %+v, %v", r, err)
	}
	bob := f.funded("bob", eur(1000))
	f.buys(bob, v, "Rivers", eur(10))
	if _, err := f.Block(f.ctx, bob, "news"); err != nil {
		t.Fatal(err)
	}
	dollars = f.asks(v, "Gossip", ledger.Amount{Micros: 100_000, Currency: "USD"})
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Answer(f.ctx, bob, view.Answer{Code: dollars.UserCode, Yes: true})
		return err
	})
}

// A block is taken back: the vendor asks again, and nothing that it was allowed before comes back by itself. Both are
// one entry each, and the vendor cannot tell a block from the end of a permission.
func TestUnblock(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	f.refused(ledger.ErrState, func() error { _, err := f.Unblock(f.ctx, ann, "news"); return err })
	q := view.LinkRequest{Vendor: "news", Currency: "EUR", Total: eur(500).Micros}
	if _, err := f.Link(f.ctx, ann, q); err != nil {
		t.Fatal(err)
	}
	f.buys(ann, v, "Rivers", eur(10))
	before := f.head()
	if l, err := f.Block(f.ctx, ann, "news"); err != nil || l.Status != "blocked" {
		t.Fatalf("%+v, %v", l, err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.Block(f.ctx, ann, "news"); return err })
	no := f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Answer(f.ctx, ann, view.Answer{Code: f.asks(v, "Gossip", eur(10)).UserCode, Yes: true})
		return err
	})
	is(t, "remedy", strings.Contains(no.Remedy, "unblock VENDOR"), true)
	l, err := f.Unblock(f.ctx, ann, "news")
	if err != nil || l.Status != "revoked" || l.Permission() != "asks each time" {
		t.Fatalf("%+v, %v", l, err)
	}
	is(t, "entries", f.head(), before+2)
	f.buys(ann, v, "Lakes", eur(10))
	// A vendor that was never allowed anything is known again, and was no link of the vendor's meanwhile.
	bob := f.funded("bob", eur(1000))
	f.buys(bob, v, "Rivers", eur(10))
	if _, err := f.Block(f.ctx, bob, "news"); err != nil {
		t.Fatal(err)
	}
	seller := Seller{s: f.Server, ID: v.ID}
	links, err := seller.Links(f.ctx, view.Paging{Limit: 10})
	if err != nil || len(links.Data) != 1 {
		t.Errorf("the vendor sees %d links, %v; want that of ann", len(links.Data), err)
	}
	if l, err = f.Unblock(f.ctx, bob, "news"); err != nil || l.Status != "known" {
		t.Errorf("%+v, %v", l, err)
	}
	f.clean()
}

// What was spent at a vendor is the price of the purchases that are counted beside it: over all permissions, and those
// that were refunded too.
func TestSpentIsForWhatWasBought(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	seller := Seller{s: f.Server, ID: v.ID}
	ann := f.funded("ann", eur(1000))
	f.buys(ann, v, "Rivers", eur(10))
	q := view.LinkRequest{Vendor: "news", Currency: "EUR", Total: eur(500).Micros}
	for n := range 2 { // two permissions, one after the other
		if _, err := f.Link(f.ctx, ann, q); err != nil {
			t.Fatal(err)
		}
		sold := f.buys(ann, v, "Lakes", eur(20))
		if n == 0 {
			order := RefundOrder{Charge: opened(t, f.seal.OpenCharge, sold.ID), Reason: "goodwill"}
			if _, _, err := seller.Refund(f.ctx, asking("back", "back"), order); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.Unlink(f.ctx, ann, "news"); err != nil {
			t.Fatal(err)
		}
	}
	all, err := f.Vendors(f.ctx, ann)
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	is(t, "bought", all[0].Count, 3)
	is(t, "spent", all[0].Spent, eur(50))
	f.clean()
}
