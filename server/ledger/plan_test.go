package ledger

import (
	"errors"
	"testing"
)

// Fixed amounts are of one currency: nothing of another one is shared by them, and shares fit any.
func TestPlanSharesInItsCurrency(t *testing.T) {
	p := RoyaltyPlan{Name: "x", Currency: "JPY", Lines: []Royalty{{Name: "Ada", Role: "author", Fixed: 1}}}
	if _, _, err := PlanShares(p, eur(20), 1); !errors.Is(err, ErrInvalid) {
		t.Errorf("fixed amounts of another currency: %v", err)
	}
	p.Lines = []Royalty{{Name: "Ada", Role: "author", BasisPoints: 5000}}
	vendor, shares, err := PlanShares(p, eur(20), 1)
	if err != nil || vendor != 100_000 || shares[0].Micros != 100_000 {
		t.Errorf("shares: %d, %v, %v", vendor, shares, err)
	}
}

// A version is checked against the cheapest offer of each currency that is sold by the plan; one that says the same as
// before is no version, whatever has changed since.
func TestPlanFitsItsOffers(t *testing.T) {
	had := RoyaltyPlan{
		Vendor: 3, Number: 1, Version: 1, Name: "x", Currency: "EUR",
		Lines: []Royalty{{Name: "Ada", Role: "author", Fixed: 200_000}},
	}
	f := PlanFacts{No: 9, Vendor: Vendor{ID: 3, Plans: 1}, Plan: had, Policy: DefaultPolicy()}
	f.Cheapest = []Offer{{Title: "a", Price: eur(20)}} // with a commission it yields less
	for _, c := range []struct {
		fixed int64
		in    Currency
		want  error
	}{
		{200_000, "EUR", nil}, {199_000, "EUR", ErrInvalid}, {190_000, "EUR", nil}, {190_000, "JPY", ErrInvalid},
	} {
		f.Policy.Commission = 500
		f.Policy.Currencies = []Currency{"EUR", "JPY"}
		_, err := DecidePlan(PlanChange{
			Currency: c.in, Lines: []Royalty{{Name: "Ada", Role: "author", Fixed: c.fixed}},
		}, f, start)
		if !errors.Is(err, c.want) {
			t.Errorf("%d %s: %v, want %v", c.fixed, c.in, err, c.want)
		}
	}
}
