package server

import (
	"errors"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopReads are all that a member may read of a vendor's things, by their ids.
func (f *fixture) shopReads(who view.Caller, sale, offer, dispute, settlement string) map[string]func() error {
	return map[string]func() error{
		"sale":         func() error { return errOf(f.ShopSale(f.ctx, who, sale)) },
		"offer":        func() error { return errOf(f.ShopOffer(f.ctx, who, offer)) },
		"dispute":      func() error { return errOf(f.ShopDispute(f.ctx, who, dispute)) },
		"settlement":   func() error { return errOf(f.ShopSettlement(f.ctx, who, settlement)) },
		"statement":    func() error { return errOf(f.ShopStatement(f.ctx, who, settlement)) },
		"sheet":        func() error { return errOf(f.ShopSheet(f.ctx, who, settlement)) },
		"sales of one": func() error { return errOf(f.ShopSales(f.ctx, who, view.ShopSalesQuery{Offer: offer})) },
	}
}

// shopLists are all lists of a vendor.
func (f *fixture) shopLists(who view.Caller) map[string]func() (int, error) {
	return map[string]func() (int, error){
		"today": func() (int, error) {
			d, err := f.ShopToday(f.ctx, who)
			return len(d.Sums) + len(d.Disputes) + len(d.Balance), err
		},
		"offers":      func() (int, error) { return rowsIn(f.ShopOffers(f.ctx, who, view.Paging{})) },
		"sales":       func() (int, error) { return rowsIn(f.ShopSales(f.ctx, who, view.ShopSalesQuery{})) },
		"disputes":    func() (int, error) { return rowsIn(f.ShopDisputes(f.ctx, who, "", view.Paging{})) },
		"settlements": func() (int, error) { return rowsIn(f.ShopSettlements(f.ctx, who, view.Paging{})) },
		"events":      func() (int, error) { return rowsIn(f.ShopEvents(f.ctx, who, "", view.Paging{})) },
		"campaigns":   func() (int, error) { return rowsIn(f.ShopCampaigns(f.ctx, who, view.Paging{})) },
		"hooks": func() (int, error) {
			all, err := f.ShopHooks(f.ctx, who)
			return len(all), err
		},
		"plans": func() (int, error) {
			all, err := f.ShopPlans(f.ctx, who)
			return len(all), err
		},
	}
}

func rowsIn[T any](p view.Page[T], err error) (int, error) { return len(p.Data), err }

// shopped is a vendor with an offer, a sale that is disputed, and a settlement, and another vendor with nothing.
func shopped(t *testing.T) (c *contestFixture, offer, settlement string, nora, max view.Caller) {
	t.Helper()
	c = contested(t, 0)
	c.vendor("maps")
	made, _, err := c.v.CreateOffer(c.ctx, Request{}, ledger.Offer{
		Title: "Rivers", Kind: ledger.Content, Price: eur(25), ContentURL: "https://news.example/a", Created: c.time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	c.buys(c.ann, c.shop, "Archive of a month", eur(1000)) // nobody disputes it
	c.settlesAtOnce()
	c.runs(view.SettleOrder{Vendor: "news"})
	settlement = c.settlements(view.SettlementQuery{})[0].ID
	return c, made.ID, settlement, c.owner("news", "nora"), c.owner("maps", "max")
}

// A member of one vendor reads nothing of another one: neither by its ids nor in a list. Who is in no team reads
// nothing at all, and a member reads nothing from the moment on at which the place ends.
func TestShopsAreApart(t *testing.T) {
	c, offer, settlement, nora, max := shopped(t)
	c.hooked()
	for what, read := range c.shopReads(nora, c.sold.ID, offer, c.d.ID, settlement) {
		if err := read(); err != nil {
			t.Errorf("nora, %s: %v", what, err)
		}
	}
	for what, read := range c.shopReads(max, c.sold.ID, offer, c.d.ID, settlement) {
		if err := read(); !errors.Is(err, ledger.ErrNotFound) {
			t.Errorf("max, %s: %v", what, err)
		}
	}
	for what, read := range c.shopLists(max) {
		if n, err := read(); err != nil || n != 0 {
			t.Errorf("max reads %d of %s, %v", n, what, err)
		}
	}
	for _, what := range []string{"today", "offers", "sales", "disputes", "settlements", "events", "hooks"} {
		if n, err := c.shopLists(nora)[what](); err != nil || n == 0 {
			t.Errorf("nora reads %d of %s, %v", n, what, err)
		}
	}
	rob := c.teamed(nora, "rob", ledger.TeamRead)
	if _, err := c.TeamRemove(c.ctx, nora, "rob"); err != nil {
		t.Fatal(err)
	}
	for _, who := range []view.Caller{rob, c.ann, c.operator, caller("stranger"), {}} {
		for _, read := range c.shopReads(who, c.sold.ID, offer, c.d.ID, settlement) {
			c.refused(ledger.ErrNotAllowed, read)
		}
		for _, read := range c.shopLists(who) {
			c.refused(ledger.ErrNotAllowed, func() error { return errOf(read()) })
		}
		c.refused(ledger.ErrNotAllowed, func() error { return errOf(c.Team(c.ctx, who)) })
	}
}

// A member whose place ends between the look at it and the act does nothing.
func TestRemovedMemberActsNoMore(t *testing.T) {
	c, _, _, nora, _ := shopped(t)
	finn := c.teamed(nora, "finn", ledger.TeamFinance)
	v, err := c.Server.shop(c.ctx, finn, teamAct{words: "shop refund", roles: []ledger.TeamRole{ledger.TeamFinance}})
	if err != nil {
		t.Fatal(err)
	}
	sale := opened(t, c.seal.OpenCharge, c.sold.ID)
	if _, err := c.TeamRemove(c.ctx, nora, "finn"); err != nil {
		t.Fatal(err)
	}
	c.refused(ledger.ErrNotAllowed, func() error {
		_, _, err := v.AcceptDispute(c.ctx, asking("k", "k"), c.no)
		return err
	})
	c.refused(ledger.ErrNotAllowed, func() error { return errOf(v.Sale(c.ctx, sale)) })
	c.refused(ledger.ErrNotAllowed, func() error { return errOf(v.Events(c.ctx, EventQuery{})) })
	c.refused(ledger.ErrNotAllowed, func() error { return errOf(v.Endpoints(c.ctx)) })
}

// What was sold today and in the last seven days is counted by its day in UTC; what is older is not.
func TestShopToday(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	sell := func(key string) {
		t.Helper()
		s.touch(s.who)
		if _, err := s.charges(key, s.offer); err != nil {
			t.Fatal(err)
		}
	}
	sell("a")
	s.time.Pass(8 * 24 * time.Hour)
	sell("b")
	s.time.Pass(2 * 24 * time.Hour)
	sell("c")
	sold, err := s.charges("d", s.offer)
	if err != nil {
		t.Fatal(err)
	}
	q := RefundOrder{Charge: opened(t, s.seal.OpenCharge, sold.ID), Reason: "goodwill"}
	if _, _, err := s.v.Refund(s.ctx, asking("r", "r"), q); err != nil {
		t.Fatal(err)
	}
	d, err := s.ShopToday(s.ctx, nora)
	if err != nil || len(d.Sums) != 1 {
		t.Fatalf("today %+v, %v", d, err)
	}
	is(t, "today", d.Sums[0].Today.Words(), "2 sales 0.50 EUR, 1 refund 0.25 EUR")
	is(t, "the week", d.Sums[0].Week.Words(), "3 sales 0.75 EUR, 1 refund 0.25 EUR")
	is(t, "days", len(d.Sums[0].Days), shopDays)
	is(t, "the day before yesterday", d.Sums[0].Days[4].Sold, eur(25))
	is(t, "counted", d.Counted.IsZero(), true)
	is(t, "role", d.Role, "owner")
	if _, err := s.VendorSuspend(s.ctx, s.operator, "news", "its pages are empty"); err != nil {
		t.Fatal(err)
	}
	if d, err := s.ShopToday(s.ctx, nora); err != nil || d.Status != "suspended" {
		t.Errorf("a suspended vendor reads %+v, %v", d, err)
	}
}
