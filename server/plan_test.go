package server

import (
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// author is a royalty plan of one share, in basis points.
func author(share uint32) RoyaltyPlanOrder {
	return RoyaltyPlanOrder{Name: "standard", Lines: []ledger.Royalty{{Name: "Ada", Role: "author", BasisPoints: share}}}
}

// A sale pins the version of its plan that was the newest: a later one changes later sales alone, and a refund reaches
// back to the shares of the first. Offers that name nothing get the default plan.
func TestSalePinsItsPlan(t *testing.T) {
	s := sellingHouse(t)
	o, on := author(1000), true
	o.Default = &on
	plan, _, err := s.v.CreateRoyaltyPlan(s.ctx, asking("p", "p"), o)
	if err != nil || plan.Version != 1 || !plan.Default {
		t.Fatalf("%+v, %v", plan, err)
	}
	posted, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{Title: "x", Kind: ledger.Goods, Price: eur(20)})
	if err != nil || posted.Plan != plan.ID {
		t.Fatalf("%+v, %v", posted, err)
	}
	offer, err := s.seal.OpenOffer(posted.ID)
	if err != nil {
		t.Fatal(err)
	}
	sell := func(key string) view.Charge {
		sold, _, err := s.v.Charge(s.ctx, asking(key, key), ChargeOrder{Link: s.link, Offer: offer})
		if err != nil {
			t.Fatal(err)
		}
		return sold
	}
	first := sell("1")
	number, err := s.v.OpenRoyaltyPlan(plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.v.ChangeRoyaltyPlan(s.ctx, Request{}, number, author(5000)); err != nil {
		t.Fatal(err)
	}
	second := sell("2")
	if first.PlanVersion != 1 || second.PlanVersion != 2 || first.Splits[0].Amount != "0.019" ||
		second.Splits[0].Amount != "0.095" {
		t.Errorf("sold by %+v and %+v", first, second)
	}
	no, err := s.seal.OpenCharge(first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.v.Refund(s.ctx, asking("r", "r"), RefundOrder{Charge: no}); err != nil {
		t.Fatal(err)
	}
	s.clean()
}

// A payee who buys pays itself. The policy refuses that, or lets it pass and flags the sale.
func TestSelfDealing(t *testing.T) {
	s := sellingHouse(t)
	plan, _, err := s.v.CreateRoyaltyPlan(s.ctx, asking("p", "p"), author(1000))
	if err != nil {
		t.Fatal(err)
	}
	number, err := s.v.OpenRoyaltyPlan(plan.ID)
	if err != nil {
		t.Fatal(err)
	}
	posted, _, err := s.v.CreateOffer(s.ctx, Request{}, ledger.Offer{
		Title: "x", Kind: ledger.Goods, Price: eur(20), Plan: number,
	})
	if err != nil {
		t.Fatal(err)
	}
	offer, err := s.seal.OpenOffer(posted.ID)
	if err != nil {
		t.Fatal(err)
	}
	me, err := s.WhoAmI(s.ctx, s.who)
	if err != nil {
		t.Fatal(err)
	}
	q := view.TermsChange{Vendor: "news", Payee: "Ada", Wallet: me.Handle}
	if _, err := s.SetPayTerms(s.ctx, s.operator, q); err != nil {
		t.Fatal(err)
	}
	sell := func(key string) (view.Charge, error) {
		sold, _, err := s.v.Charge(s.ctx, asking(key, key), ChargeOrder{Link: s.link, Offer: offer})
		return sold, err
	}
	s.refused(ledger.ErrNotAllowed, func() error { _, err := sell("own"); return err })
	if _, err := s.SetPolicy(s.ctx, s.operator, "self_dealing", "flag"); err != nil {
		t.Fatal(err)
	}
	if sold, err := sell("flagged"); err != nil || !sold.PaysBuyer {
		t.Errorf("%+v, %v", sold, err)
	}
}
