package server

import (
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
	if l, err = f.Unlink(f.ctx, ann, "news", false); err != nil || l.Status != "revoked" {
		t.Fatalf("%+v, %v", l, err)
	}
	if l, err = f.Link(f.ctx, ann, q); err != nil || l.Status != "active" || l.ID == first {
		t.Errorf("given again: %+v, %v", l, err)
	}
	if l, err = f.Unlink(f.ctx, ann, "news", true); err != nil || l.Status != "blocked" {
		t.Errorf("blocked: %+v, %v", l, err)
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Unlink(f.ctx, ann, "nobody\x1b[1m", false); return err })
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
	if l, err := f.Unlink(f.ctx, ann, "news", true); err != nil || l.Status != "blocked" {
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
	if _, err := f.Unlink(f.ctx, bob, "news", true); err != nil {
		t.Fatal(err)
	}
	dollars = f.asks(v, "Gossip", ledger.Amount{Micros: 100_000, Currency: "USD"})
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Answer(f.ctx, bob, view.Answer{Code: dollars.UserCode, Yes: true})
		return err
	})
}
