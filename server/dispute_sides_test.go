package server

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// contestFixture is a vendor and a buyer with a dispute between them about 10.00 EUR.
type contestFixture struct {
	*fixture
	shop ledger.Vendor
	v    *Seller
	ann  view.Caller
	d    view.Dispute
	no   ledger.EntryNo
	sold view.Receipt
}

// contested sells, uses what was sold so often, and disputes it.
func contested(t *testing.T, used int) *contestFixture {
	t.Helper()
	c := &contestFixture{fixture: newFixture(t)}
	shop, key := c.vendor("news")
	c.shop = shop
	var err error
	if c.v, err = c.Authenticate(c.ctx, key); err != nil {
		t.Fatal(err)
	}
	c.ann = c.funded("ann", eur(5000))
	c.unlimited(c.ann)
	c.sold = c.buys(c.ann, shop, "Archive of a week", eur(1000))
	for i := range used {
		use := Use{Grant: opened(t, c.seal.OpenCharge, c.sold.ID), N: 1, RequestID: fmt.Sprint(i)}
		if _, _, err := c.v.Consume(c.ctx, Request{}, use); err != nil {
			t.Fatal(err)
		}
	}
	c.d, err = c.Dispute(c.ctx, c.ann, view.DisputeRequest{ID: c.sold.ID, Reason: "not_as_described", Text: "half of it"})
	if err != nil {
		t.Fatal(err)
	}
	c.no = opened(t, c.seal.OpenDispute, c.d.ID)
	return c
}

// now is the dispute as it stands for its buyer.
func (c *contestFixture) now() view.Dispute {
	c.t.Helper()
	all, err := c.Disputes(c.ctx, c.ann)
	if err != nil || len(all) != 1 {
		c.t.Fatal(all, err)
	}
	return all[0]
}

// does wants an act of the buyer to be done.
func (c *contestFixture) does(act, text string) view.Dispute {
	c.t.Helper()
	d, err := c.ContestDispute(c.ctx, c.ann, view.DisputeAct{ID: c.d.ID, Act: act, Text: text})
	if err != nil {
		c.t.Fatal(err)
	}
	return d
}

// steps are who did what.
func steps(all []view.CaseStep) (out []string) {
	for _, s := range all {
		out = append(out, s.Who+" "+s.What)
	}
	return out
}

// An offer that is taken is a refund of that part, an object that the vendor finds, and the rest is the vendor's again.
func TestOfferIsTaken(t *testing.T) {
	c := contested(t, 0)
	before := c.vendorOf().Balance[0]
	is(t, "the vendor's part waits", before.Disputed, "9.50")
	is(t, "the buyer's money waits", c.overview(c.ann).Wallets[0].Disputed, eur(1000))
	shown, _, err := c.v.OfferDispute(c.ctx, asking("o", "o"), c.no, eur(400), "Half of it came.")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "stage", shown.Stage, "offered")
	again, replayed, err := c.v.OfferDispute(c.ctx, asking("o", "o"), c.no, eur(400), "Half of it came.")
	if diff := cmp.Diff(shown, again); err != nil || !replayed || diff != "" {
		t.Errorf("again: replayed %v, %v %s", replayed, err, diff)
	}
	d := c.now()
	is(t, "offer", *d.Offer, eur(400))
	if diff := cmp.Diff([]string{"accept", "decline", "withdraw"}, []string(d.Can)); diff != "" {
		t.Error(diff)
	}
	is(t, "offers that wait", c.overview(c.ann).Offers, 1)
	d = c.does("accept", "")
	is(t, "state", d.State, "accepted")
	is(t, "balance", c.balance(c.ann), eur(4400).Micros)
	is(t, "nothing waits", c.overview(c.ann).Wallets[0].Disputed, eur(0))
	is(t, "nothing of the vendor's waits", c.vendorOf().Balance[0].Disputed, "0.00")
	of, err := c.v.DisputeOf(c.ctx, c.no)
	if err != nil {
		t.Fatal(err)
	}
	refund, err := c.v.RefundMade(c.ctx, opened(t, c.seal.OpenRefund, of.RefundID))
	if err != nil {
		t.Fatal(err)
	}
	is(t, "refund", refund.Amount, eur(400))
	is(t, "of the dispute", refund.DisputeID, c.d.ID)
	list, err := c.v.Refunds(c.ctx, RefundsQuery{})
	if err != nil || len(list.Data) != 1 || list.Data[0] != refund {
		t.Errorf("refunds: %+v, %v", list, err)
	}
	want := []string{"buyer opened", "service ruled", "vendor offered", "buyer accepted"}
	if diff := cmp.Diff(want, steps(d.Case)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, steps(of.Case)); diff != "" {
		t.Error(diff)
	}
	c.refused(ledger.ErrState, func() error {
		_, err := c.ContestDispute(c.ctx, c.ann, view.DisputeAct{ID: c.d.ID, Act: "withdraw"})
		return err
	})
	c.clean()
}

func (c *contestFixture) vendorOf() view.Vendor {
	c.t.Helper()
	v, err := c.v.Vendor(c.ctx)
	if err != nil {
		c.t.Fatal(err)
	}
	return v
}

// What was answered is decided by one person and, once it is appealed, by another.
func TestAppealIsDecidedByAnother(t *testing.T) {
	c := contested(t, 2)
	rita, own := caller("rita"), caller("rita's other key")
	for who, wallet := range map[*view.Caller]string{&rita: "", &own: ""} {
		if _, err := c.StaffAdd(c.ctx, c.operator, keyOf(*who), ledger.RoleRep, wallet); err != nil {
			t.Fatal(err)
		}
	}
	is(t, "views", c.d.Used, 2)
	is(t, "silence", c.d.Silence, "review")
	if _, _, err := c.v.AnswerDispute(c.ctx, asking("a", "a"), c.no, "Opened \x1b[2Jtwice."); err != nil {
		t.Fatal(err)
	}
	asked, err := c.AskVendor(c.ctx, rita, c.d.ID, "From where?")
	if err != nil || asked.State != "needs_response" || asked.Silence != "review" {
		t.Fatalf("%+v, %v", asked, err)
	}
	if _, _, err := c.v.AnswerDispute(c.ctx, asking("b", "b"), c.no, "From the page of the order."); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Decide(c.ctx, rita, c.d.ID, false, "It was opened twice."); err != nil {
		t.Fatal(err)
	}
	c.refused(ledger.ErrNotAllowed, func() error {
		_, _, err := c.v.AppealDispute(c.ctx, asking("p", "p"), c.no, "we won")
		return err
	})
	c.refused(ledger.ErrInvalid, func() error {
		_, err := c.ContestDispute(c.ctx, c.ann, view.DisputeAct{ID: c.d.ID, Act: "appeal", Text: " "})
		return err
	})
	c.does("appeal", "By a stranger: I was asleep.")
	c.refused(ledger.ErrNotAllowed, func() error {
		_, err := c.Decide(c.ctx, rita, c.d.ID, false, "as before")
		return err
	})
	d, err := c.Decide(c.ctx, c.operator, c.d.ID, true, "The address is another one.")
	if err != nil {
		t.Fatal(err)
	}
	is(t, "state", d.State, "won")
	is(t, "balance", c.balance(c.ann), eur(5000).Micros)
	want := []string{
		"buyer opened", "service ruled", "vendor answered", "staff asked", "vendor answered", "staff decided_for_vendor",
		"buyer appealed", "staff decided_for_buyer",
	}
	if diff := cmp.Diff(want, steps(c.now().Case)); diff != "" {
		t.Error(diff)
	}
	is(t, "evidence is cleaned", c.now().Case[2].Text, "Opened twice.")
	c.clean()
}

// Silence is for the buyer where nothing was opened, and for nobody where something was; an appeal that nobody makes
// and an offer that nobody answers end by the clock, too.
func TestClockOfADispute(t *testing.T) {
	for _, tt := range []struct {
		name  string
		used  int
		do    func(*contestFixture) error
		state view.State
	}{
		{"never opened", 0, func(*contestFixture) error { return nil }, "won"},
		{"opened", 1, func(*contestFixture) error { return nil }, "under_review"},
		{"an offer", 0, func(c *contestFixture) error {
			_, _, err := c.v.OfferDispute(c.ctx, asking("o", "o"), c.no, eur(1), "a cent")
			return err
		}, "under_review"},
		{"a verdict for the vendor", 1, func(c *contestFixture) error {
			_, err := c.Decide(c.ctx, c.operator, c.d.ID, false, "opened")
			return err
		}, "lost"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := contested(t, tt.used)
			if err := tt.do(c); err != nil {
				t.Fatal(err)
			}
			was := c.now()
			c.time.Pass(was.DueBy.Sub(c.clock()) - time.Second)
			c.Sweep(c.ctx)
			is(t, "a second before", c.now().State, was.State)
			c.time.Pass(time.Second)
			c.Sweep(c.ctx)
			c.Sweep(c.ctx)
			is(t, "at the time", c.now().State, tt.state)
			want := eur(4000).Micros
			if tt.state == "won" {
				want = eur(5000).Micros
			}
			is(t, "balance", c.balance(c.ann), want)
			c.clean()
		})
	}
}

// What is not one's own is not there, whoever asks.
func TestForeignDisputes(t *testing.T) {
	c := contested(t, 0)
	bob := c.funded("bob", eur(100))
	for _, act := range []string{"accept", "decline", "appeal", "withdraw"} {
		c.refused(ledger.ErrNotFound, func() error {
			_, err := c.ContestDispute(c.ctx, bob, view.DisputeAct{ID: c.d.ID, Act: act, Text: "x"})
			return err
		})
	}
	c.refused(ledger.ErrInvalid, func() error {
		_, err := c.ContestDispute(c.ctx, c.ann, view.DisputeAct{ID: c.d.ID, Act: "win"})
		return err
	})
	_, key := c.vendor("games")
	other, err := c.Authenticate(c.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, do := range map[string]func() error{
		"accept": func() error { _, _, err := other.AcceptDispute(c.ctx, asking("a", "a"), c.no); return err },
		"offer":  func() error { _, _, err := other.OfferDispute(c.ctx, asking("b", "b"), c.no, eur(1), "x"); return err },
		"answer": func() error { _, _, err := other.AnswerDispute(c.ctx, asking("c", "c"), c.no, "x"); return err },
		"appeal": func() error { _, _, err := other.AppealDispute(c.ctx, asking("d", "d"), c.no, "x"); return err },
		"look":   func() error { _, err := other.DisputeOf(c.ctx, c.no); return err },
		"nobody": func() error { _, _, err := c.v.AcceptDispute(c.ctx, asking("e", "e"), 99_999); return err },
	} {
		if r := c.refused(ledger.ErrNotFound, do); r.Detail != "There is no such dispute." {
			t.Errorf("%s: %v", name, r)
		}
	}
	c.refused(ledger.ErrNotAllowed, func() error {
		_, err := c.AskVendor(c.ctx, c.ann, c.d.ID, "why?")
		return err
	})
	c.refused(ledger.ErrInvalid, func() error {
		dollars := ledger.Amount{Micros: 9, Currency: "USD"}
		_, _, err := c.v.OfferDispute(c.ctx, asking("f", "f"), c.no, dollars, "x")
		return err
	})
	c.refused(ledger.ErrKeyMissing, func() error { _, _, err := c.v.AcceptDispute(c.ctx, Request{}, c.no); return err })
}

// A list of one stage has all of that stage and nothing else, whatever the size of its pages.
func TestDisputesOfAStage(t *testing.T) {
	c := contested(t, 0)
	want := map[ledger.DisputeState][]string{ledger.DisputeNeedsResponse: {c.d.ID}}
	for i := range 6 {
		bought := c.buys(c.ann, c.shop, fmt.Sprint("Archive ", i), eur(200))
		d, err := c.Dispute(c.ctx, c.ann, view.DisputeRequest{ID: bought.ID, Reason: "not_delivered"})
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			_, _, err := c.v.AcceptDispute(c.ctx, asking(d.ID, d.ID), opened(t, c.seal.OpenDispute, d.ID))
			if err != nil {
				t.Fatal(err)
			}
			want[ledger.DisputeWon] = slices.Insert(want[ledger.DisputeWon], 0, d.ID)
			continue
		}
		want[ledger.DisputeNeedsResponse] = slices.Insert(want[ledger.DisputeNeedsResponse], 0, d.ID)
	}
	for stage, ids := range want {
		for limit := 1; limit <= len(ids)+1; limit++ {
			var got []string
			q := DisputesQuery{Stage: stage, Paging: view.Paging{Limit: limit}}
			for {
				page, err := c.v.Disputes(c.ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range page.Data {
					got = append(got, d.ID)
				}
				if q.Before = page.Next; q.Before == "" {
					break
				}
				if len(got) >= len(ids) {
					t.Fatalf("%s by %d: more is promised behind all", stage, limit)
				}
			}
			if diff := cmp.Diff(ids, got); diff != "" {
				t.Errorf("%s by %d: %s", stage, limit, diff)
			}
		}
	}
}

// Whoever is asked for money reads how disputes with the vendor went, once there are enough of them to tell.
func TestRecordIsShownAtApproval(t *testing.T) {
	c := contested(t, 0)
	shown := func() *view.VendorRecord {
		t.Helper()
		code := c.asks(c.shop, "Another week", eur(10)).UserCode
		a, err := c.Approval(c.ctx, c.ann, code)
		if err != nil {
			t.Fatal(err)
		}
		return a.Record
	}
	for i := range 10 {
		if shown() != nil {
			t.Fatalf("%d disputes say something", i)
		}
		d, err := c.Dispute(c.ctx, c.ann, view.DisputeRequest{
			ID: c.buys(c.ann, c.shop, fmt.Sprint("Week ", i), eur(200)).ID, Reason: "duplicate",
		})
		if err != nil {
			t.Fatal(err)
		}
		c.time.Pass(time.Hour)
		no := opened(t, c.seal.OpenDispute, d.ID)
		if _, _, err := c.v.AcceptDispute(c.ctx, asking(d.ID, d.ID), no); err != nil {
			t.Fatal(err)
		}
		c.touch(c.ann)
	}
	if got := shown().Words(); got != "money went back in 10 of the last 10; it answers in 1 hour" {
		t.Error(got)
	}
}
