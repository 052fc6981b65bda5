package server

import (
	"testing"

	"tuppence/server/ledger"
)

// A vendor gives tokens, and words with them, only to a buyer whose permission stands; a repetition gives them once.
func TestVendorGivesToItsBuyersOnly(t *testing.T) {
	s := sellingHouse(t)
	if _, err := s.charges("c", s.offer); err != nil {
		t.Fatal(err)
	}
	o := IncentiveOrder{Link: s.link, Amount: eur(5), Days: 3, Reason: "thank you"}
	for _, again := range []bool{false, true} {
		_, replayed, err := s.v.GiveIncentive(s.ctx, asking("i", "i"), o)
		if err != nil || replayed != again {
			t.Fatalf("replayed %t, %v", replayed, err)
		}
	}
	all, err := s.Incentives(s.ctx, s.who)
	if err != nil || len(all) != 1 || all[0].Left != eur(5) {
		t.Errorf("given: %+v, %v", all, err)
	}
	s.refused(ledger.ErrState, func() error {
		o := o
		o.Amount = eur(100)
		_, _, err := s.v.GiveIncentive(s.ctx, asking("much", "much"), o)
		return err
	})
	if _, err := s.Block(s.ctx, s.who, "news"); err != nil {
		t.Fatal(err)
	}
	s.refused(ledger.ErrNotFound, func() error {
		_, _, err := s.v.GiveIncentive(s.ctx, asking("blocked", "blocked"), o)
		return err
	})
}
