package server

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// spring is a campaign of the service that anybody with money of their own may take from.
func spring(budget, each int64) view.CampaignRequest {
	return view.CampaignRequest{
		Name: "Welcome to spring", Code: "spring26", Budget: eur(budget), Each: eur(each), PerWallet: 1, Days: 30, Open: 60,
	}
}

// A wallet costs nothing, so what a code gives goes to wallets that have paid in money of their own, once, while there
// is something left; what nobody took comes back.
func TestCampaignIsTakenByCode(t *testing.T) {
	s := sellingHouse(t)
	if _, err := s.OpenCampaign(s.ctx, s.operator, spring(100, 50)); err != nil {
		t.Fatal(err)
	}
	take := func(who view.Caller, code string) func() error {
		return func() error { _, err := s.TakeIncentive(s.ctx, who, code); return err }
	}
	s.refused(ledger.ErrNotFound, take(s.who, "SUMMER"))
	stranger := s.join("stranger")
	s.refused(ledger.ErrNotAllowed, take(stranger, "SPRING26"))
	given, err := s.TakeIncentive(s.ctx, s.who, " Spring26 ")
	if err != nil || given.Left != eur(50) || given.Reason != "Welcome to spring" {
		t.Errorf("taken: %+v, %v", given, err)
	}
	s.refused(ledger.ErrLimit, take(s.who, "SPRING26"))
	all, err := s.Campaigns(s.ctx, s.operator, "", view.Paging{})
	if err != nil || len(all.Data) != 1 || all.Data[0].Left != eur(50) || all.Data[0].Given != 1 {
		t.Errorf("campaigns: %+v, %v", all, err)
	}
	s.time.Pass(61 * 24 * time.Hour)
	s.Sweep(s.ctx)
	s.refused(ledger.ErrNotFound, take(stranger, "SPRING26"))
	all, err = s.Campaigns(s.ctx, s.operator, "", view.Paging{})
	if err != nil || all.Data[0].State != "ended" || all.Data[0].Left != eur(0) || all.Data[0].Given != 1 {
		t.Errorf("campaigns: %+v, %v", all, err)
	}
	s.clean()
}

// What the service gives above the bound for one person is paid in when another person approves.
func TestCampaignOfTheServiceNeedsTwo(t *testing.T) {
	s := sellingHouse(t)
	c, err := s.OpenCampaign(s.ctx, s.operator, spring(10_000, 50))
	if err != nil || c.State != "proposed" || c.Left != eur(0) {
		t.Fatalf("opened: %+v, %v", c, err)
	}
	s.refused(ledger.ErrState, func() error { // the code is taken while it waits
		_, err := s.OpenCampaign(s.ctx, s.operator, spring(100, 50))
		return err
	})
	s.refused(ledger.ErrNotAllowed, func() error {
		_, err := s.ApproveCampaign(s.ctx, s.operator, c.ID)
		return err
	})
	other := caller("colleague")
	if _, err := s.StaffAdd(s.ctx, s.operator, keyOf(other), ledger.RoleOperator, ""); err != nil {
		t.Fatal(err)
	}
	if c, err = s.ApproveCampaign(s.ctx, other, c.ID); err != nil || c.State != "open" || c.Left != eur(10_000) {
		t.Errorf("approved: %+v, %v", c, err)
	}
	if c, err = s.CloseCampaign(s.ctx, s.operator, c.ID); err != nil || c.State != "ended" {
		t.Errorf("closed: %+v, %v", c, err)
	}
	s.refused(ledger.ErrState, func() error {
		_, err := s.CloseCampaign(s.ctx, s.operator, c.ID)
		return err
	})
	s.clean()
}

// A vendor pays in out of what it has earned, says what its tokens buy, and gets back what nobody took.
func TestVendorsCampaign(t *testing.T) {
	s := sellingHouse(t)
	for _, key := range []string{"a", "b"} {
		if _, err := s.charges(key, s.offer); err != nil {
			t.Fatal(err)
		}
	}
	other := s.offers("Other", eur(20))
	o := CampaignOrder{
		Name: "thanks", Audience: ledger.AudienceChosen, Each: eur(10), Budget: eur(20), Offer: other.ID, Days: 9,
	}
	c, _, err := s.v.OpenCampaign(s.ctx, asking("c", "c"), o)
	if err != nil {
		t.Fatal(err)
	}
	no := opened(t, s.seal.OpenCampaign, c.ID)
	for _, again := range []bool{false, true} {
		_, replayed, err := s.v.GiveGift(s.ctx, asking("g", "g"), no, s.link, "")
		if err != nil || replayed != again {
			t.Fatalf("replayed %t, %v", replayed, err)
		}
	}
	s.refused(ledger.ErrLimit, func() error {
		_, _, err := s.v.GiveGift(s.ctx, asking("g2", "g2"), no, s.link, "")
		return err
	})
	before := s.balance(s.who)
	if _, err := s.charges("not this one", s.offer); err != nil {
		t.Fatal(err)
	}
	price := s.balance(s.who) - before
	before = s.balance(s.who)
	if _, err := s.charges("this one", other); err != nil {
		t.Fatal(err)
	}
	if got := s.balance(s.who) - before; price >= 0 || got != -eur(10).Micros {
		t.Errorf("paid %d of the other, %d of this one", price, got)
	}
	if c, _, err = s.v.CloseCampaign(s.ctx, asking("close", "close"), no); err != nil || c.State != "ended" {
		t.Errorf("closed: %+v, %v", c, err)
	}
	s.clean()
}

// An offer that names campaigns is bought with their tokens, and with no others of its vendor (claim 44).
func TestOfferNamesWhatBuysIt(t *testing.T) {
	s := sellingHouse(t)
	if _, err := s.charges("sold", s.offer); err != nil {
		t.Fatal(err)
	}
	c, _, err := s.v.OpenCampaign(s.ctx, asking("c", "c"), CampaignOrder{
		Name: "thanks", Audience: ledger.AudienceChosen, Each: eur(1), Budget: eur(1), Days: 9,
	})
	if err != nil {
		t.Fatal(err)
	}
	named := ledger.Offer{Title: "Named", Price: eur(20), Kind: ledger.Goods, Incentives: []string{c.ID, "my-own-words"}}
	made, _, err := s.v.CreateOffer(s.ctx, Request{}, named)
	if err != nil {
		t.Fatal(err)
	}
	offer := s.offer
	offer.ID = opened(t, s.seal.OpenOffer, made.ID)
	if _, _, err := s.v.GiveIncentive(s.ctx, asking("i", "i"), IncentiveOrder{
		Link: s.link, Amount: eur(5), Days: 3, Reason: "thank you",
	}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.v.GiveGift(s.ctx, asking("g", "g"), opened(t, s.seal.OpenCampaign, c.ID), s.link, "x"); err != nil {
		t.Fatal(err)
	}
	before := s.balance(s.who)
	if _, err := s.charges("named", offer); err != nil {
		t.Fatal(err)
	}
	if got := s.balance(s.who) - before; got != -eur(19).Micros {
		t.Errorf("paid %d", got)
	}
	s.refused(ledger.ErrInvalid, func() error {
		named.Incentives = []string{"cmp_00000000000000000000000000"}
		_, _, err := s.v.CreateOffer(s.ctx, Request{}, named)
		return err
	})
	s.clean()
}
