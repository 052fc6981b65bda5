package server

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const lotLife = 366 * 24 * time.Hour

// spentElsewhere is a house in which bob has tokens that news has issued, one day before their end, and another vendor
// with an offer of one euro.
func spentElsewhere(t *testing.T) (s selling, bob view.Caller, other *Seller, offer ledger.OfferID) {
	t.Helper()
	s = sellingHouse(t)
	v, key := s.vendor("other")
	other, err := s.Authenticate(s.ctx, key)
	must(t, err)
	_, o := s.opensAt(v, ledger.Bounds{Views: 2})
	made, _, err := other.CreateOffer(s.ctx, Request{}, o)
	must(t, err)
	s.unlimited(s.who)
	s.buys(s.who, s.sellerOf(s.v), "Sea", eur(300))
	s.time.Pass(7 * 24 * time.Hour)
	voucher, err := s.issues("v", IssueOrder{Amount: eur(100)})
	must(t, err)
	bob = s.join("bob")
	_, err = s.RedeemVoucher(s.ctx, bob, voucher.Codes[0])
	must(t, err)
	s.time.Pass(lotLife - 24*time.Hour)
	s.touch(bob)
	return s, bob, other, opened(t, s.seal.OpenOffer, made.ID)
}

// ends checks that bob has nothing of the tokens left, and that news has them back.
func (s selling) ends(bob view.Caller, had ledger.Till) {
	s.t.Helper()
	s.clean()
	w := s.walletOf(bob)
	is(s.t, "held", w.Held, 0)
	for _, l := range w.Incentives {
		is(s.t, "left of the tokens", l.Left, 0)
	}
	is(s.t, "back with its issuer", s.till().Pending-had.Pending, 1_000_000)
}

// Tokens of one vendor that were spent at another and are given back after their time end in favour of who has issued
// them, in the same commit.
func TestIssuedTokensComeBackAfterTheirTime(t *testing.T) {
	s, bob, other, _ := spentElsewhere(t)
	sold := s.buys(bob, s.sellerOf(other), "B", eur(100))
	s.time.Pass(2 * 24 * time.Hour)
	s.Sweep(s.ctx)
	had := s.till()
	q := RefundOrder{Charge: opened(t, s.seal.OpenCharge, sold.ID), Amount: eur(100)}
	_, _, err := other.Refund(s.ctx, asking("r", "r"), q)
	must(t, err)
	s.ends(bob, had)
}

// A hold of such tokens ends like any other, and none that waits behind it waits longer.
func TestHoldOfIssuedTokensEnds(t *testing.T) {
	s, bob, _, offer := spentElsewhere(t)
	_, err := s.holdFor(s.ctx, bob, offer, nil)
	must(t, err)
	s.touch(s.who)
	_, err = s.holdFor(s.ctx, s.who, offer, nil)
	must(t, err)
	had := s.till()
	s.time.Pass(8 * 24 * time.Hour)
	s.Sweep(s.ctx)
	is(t, "held behind it", s.walletOf(s.who).Held, 0)
	s.ends(bob, had)
}

// A wallet that closes gives its tokens back to who has issued them. Opened again, what comes back is there until its
// time is over, and ends then.
func TestIssuedTokensOfAReopenedWalletEnd(t *testing.T) {
	s, _, other, _ := spentElsewhere(t)
	v, err := s.issues("again", IssueOrder{Amount: eur(100)})
	must(t, err)
	carl := caller("carl")
	j, err := s.Join(s.ctx, carl, view.JoinRequest{Accept: true})
	must(t, err)
	_, err = s.RedeemVoucher(s.ctx, carl, v.Codes[0])
	must(t, err)
	s.touch(carl)
	sold := s.buys(carl, s.sellerOf(other), "B", eur(100))
	s.closes(carl)
	carl = caller("carl's new key")
	_, err = s.Recover(s.ctx, carl, j.RecoveryCode)
	must(t, err)
	q := RefundOrder{Charge: opened(t, s.seal.OpenCharge, sold.ID), Amount: eur(100)}
	_, _, err = other.Refund(s.ctx, asking("r", "r"), q)
	must(t, err)
	s.clean()
	is(t, "can be spent", s.walletOf(carl).IncentivesOpen(s.clock()), 1_000_000)
	s.time.Pass(2 * 24 * time.Hour) // bob's are over
	s.Sweep(s.ctx)
	had := s.till()
	s.time.Pass(lotLife)
	s.Sweep(s.ctx)
	s.touch(carl)
	s.ends(carl, had)
}

// Whatever is issued, spent, held, refunded, disputed and closed, in whatever order and whenever its time is over: the
// books are clean after each step, and no sale waits longer than it may.
func TestWhateverIsIssuedEnds(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newModel(t)
		vouchers := []string{}
		r.Repeat(map[string]func(*rapid.T){
			"charge": w.charge, "refund": w.refund, "end a hold": w.endHold, "dispute": w.dispute, "verdict": w.verdict,
			"contest": w.contest, "incentive": w.incentive, "closing": w.closing, "time": w.pass,
			"issue": func(r *rapid.T) { vouchers = w.issueTokens(r, vouchers) },
			"year": func(*rapid.T) {
				w.time.Pass(lotLife)
				w.Sweep(w.ctx)
				clear(w.charged) // keys are forgotten meanwhile
				for _, who := range w.people {
					_ = w.Touch(w.ctx, who) // but for those who have closed
				}
			},
			"": func(r *rapid.T) { w.audit(r) },
		})
		w.time.Pass(8 * 24 * time.Hour)
		w.Sweep(w.ctx)
		w.read(func(rd books.Reader) error {
			due, err := rd.DueHolds(ledger.Purchase{}, w.clock(), 10)
			if len(due) > 0 {
				r.Fatalf("%d holds wait for ever", len(due))
			}
			return err
		})
		w.audit(r)
	})
}

// issueTokens issues vouchers of a vendor, and redeems one.
func (w *model) issueTokens(r *rapid.T, vouchers []string) []string {
	v := rapid.SampledFrom(w.sellers).Draw(r, "issuer")
	a := ledger.Amount{Micros: rapid.Int64Range(10_000, 300_000).Draw(r, "each"), Currency: "EUR"}
	key := rapid.StringMatching("[a-z]{6}").Draw(r, "key")
	made, _, err := v.IssueTokens(w.ctx, asking("issue "+key, key), IssueOrder{Amount: a, Count: 2})
	if w.ok(r, err) {
		vouchers = append(vouchers, made.Codes...)
	}
	_, err = w.RedeemVoucher(w.ctx, w.who(r), one(r, "voucher", vouchers))
	w.ok(r, err)
	return vouchers
}
