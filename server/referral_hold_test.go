package server

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// holding is a buyer who was brought, and a permission by which another vendor may hold its tokens.
func holding(t *testing.T, g guided) (ann view.Caller, o ChargeOrder) {
	ann = g.brings("ann")
	made, _, err := g.other.CreateOffer(g.ctx, Request{}, ledger.Offer{
		Title: "Rivers", Kind: ledger.Content, Price: eur(1000), ContentURL: g.news.Origins[0].URL + "/a",
		Created: g.time.Now(),
	})
	must(t, err)
	g.time.Pass(40 * 24 * time.Hour)
	g.touch(ann)
	_, err = g.Link(g.ctx, ann, view.LinkRequest{
		Vendor: "news", Currency: "EUR", Total: ledger.NoLimit, Limits: ledger.Limits{
			PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
		},
	})
	must(t, err)
	return ann, ChargeOrder{
		Link:  ledger.LinkID{User: g.user(ann).ID, Vendor: g.news.ID, Currency: "EUR", Generation: 1},
		Offer: opened(t, g.seal.OpenOffer, made.ID), Hold: true,
	}
}

// A hold takes its place under the cap of what one user may bring, and leaves it when it ends with less: nobody uses up
// the reward of another vendor by holds that come to nothing.
func TestHoldThatEndsLeavesTheCap(t *testing.T) {
	g := guidedHouse(t)
	g.agrees(view.ReferralOrder{Most: "0.10"})
	ann, o := holding(t, g)
	counted := func(what string, want int64) {
		t.Helper()
		var sum int64
		for _, a := range g.user(ann).Brought.Earned {
			sum += a.Micros
		}
		is(t, what, sum, want)
		g.clean()
	}
	_, first := g.holds(g.other, o, "a")
	counted("while it is held", 100_000)
	_, _, err := g.other.Void(g.ctx, asking("v", ""), first)
	must(t, err)
	counted("after it was released", 0)
	_, second := g.holds(g.other, o, "b")
	g.time.Pass(8 * 24 * time.Hour)
	g.Sweep(g.ctx)
	counted("after it was over", 0)
	if _, _, err := g.other.Void(g.ctx, asking("w", ""), second); err == nil {
		t.Error("it is released twice")
	}
	g.touch(ann)
	_, third := g.holds(g.other, o, "c")
	_, _, err = g.other.Capture(g.ctx, asking("c1", ""), CaptureOrder{Charge: third, Amount: eur(100)})
	must(t, err)
	is(t, "earned by a tenth", g.waiting(), 10_000)
	counted("after a tenth was captured", 10_000)
	g.buys(ann, g.news, "Rivers", eur(1000))
	is(t, "earned up to the cap", g.waiting(), 100_000)
	counted("at the cap", 100_000)
}

// A hold that is paid with given tokens in part rewards nobody: what is not captured gives paid tokens back first, and
// what is left was given.
func TestHoldOfGivenTokensRewardsNobody(t *testing.T) {
	g := guidedHouse(t)
	ann, o := holding(t, g)
	v, err := g.IssueVouchers(g.ctx, g.operator, view.VoucherRequest{Amount: eur(500), Count: 1, Days: 30, Reason: "x"})
	must(t, err)
	_, err = g.RedeemVoucher(g.ctx, ann, v.Codes[0])
	must(t, err)
	g.touch(ann)
	_, no := g.holds(g.other, o, "a")
	_, _, err = g.other.Capture(g.ctx, asking("c", ""), CaptureOrder{Charge: no, Amount: eur(500)})
	must(t, err)
	is(t, "earned", g.waiting(), 0)
	g.clean()
}
