package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shortOf is by how much the assets in euro fall short of what is owed.
func (f *fixture) shortOf() int64 {
	f.t.Helper()
	short, err := f.Shortfall(f.ctx)
	if err != nil {
		f.t.Fatal(err)
	}
	return short["EUR"]
}

// strict gives the policy its defaults about risk.
func (f *fixture) strict() {
	f.t.Helper()
	f.decides(func(p *ledger.Policy) { p.Risk = ledger.DefaultRisk() })
}

// Money by card buys content and does not leave, so a charge-back finds what was not used for content: the house is
// short by no more than that. Free money that came from others leaves all the same.
func TestChargeBackOfMoneyThatWouldLeave(t *testing.T) {
	f := newFixture(t)
	f.strict()
	v, _ := f.vendor("news")
	eve, bob := f.funded("eve", eur(1016)), f.join("bob") // the processor will take it back
	no := f.refused(ledger.ErrLimit, func() error {
		_, err := f.Transfer(f.ctx, eve, view.TransferRequest{Amount: eur(500)})
		return err
	})
	is(t, "limit", no.Limit, "at_risk")
	if date := f.clock().Add(ledger.DefaultRisk().Online).Format("2006-01-"); !strings.Contains(no.Remedy, date) ||
		!strings.Contains(no.Detail, "Nothing can be sent now") || no.ResetsAt.IsZero() {
		t.Errorf("no words or date: %v, want a day of %s", no, date)
	}
	o, err := f.Overview(f.ctx, eve)
	if err != nil || o.Wallets[0].AtRisk(view.Format{}) == "" || o.Wallets[0].Transferable != eur(0) {
		t.Errorf("overview: %+v, %v", o.Wallets, err)
	}
	f.buys(eve, v, "How rivers freeze", eur(100))

	// What another one has sent is free, beside her own.
	ann := f.join("ann")
	f.decides(func(p *ledger.Policy) { p.Risk.Online = 0 })
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	f.strict()
	f.hands(ann, eve, eur(700))
	f.refused(ledger.ErrLimit, func() error {
		_, err := f.Transfer(f.ctx, eve, view.TransferRequest{Amount: eur(601)})
		return err
	})
	f.hands(eve, bob, eur(600)) // seven euro of ann's, less the one that content has cost
	f.hands(bob, ann, eur(600))

	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	is(t, "status", f.user(eve).Status, ledger.UserFrozen)
	is(t, "short", f.shortOf(), eur(0).Micros)
}

// hands passes tokens from one wallet to another.
func (f *fixture) hands(from, to view.Caller, a ledger.Amount) {
	f.t.Helper()
	v, err := f.Transfer(f.ctx, from, view.TransferRequest{Amount: a})
	if err == nil {
		_, err = f.Claim(f.ctx, to, v.Code)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// The same story without the rule: a house that takes the risk itself is short, and its log says so.
func TestAHouseThatTakesTheRiskIsShort(t *testing.T) {
	f := newFixture(t) // risk_online is 0 here
	eve, bob := f.funded("eve", eur(1016)), f.join("bob")
	f.hands(eve, bob, eur(500))
	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	is(t, "short", f.shortOf(), eur(500).Micros)
	is(t, "alarm", f.short.last["EUR"], eur(500).Micros)
}

// When the window of the risk is over the money leaves, and counts as the wallet's own.
func TestMoneyIsFreeAfterItsWindow(t *testing.T) {
	f := newFixture(t)
	f.strict()
	ann, bob := f.funded("ann", eur(3000)), f.join("bob")
	f.time.Pass(100 * 24 * time.Hour)
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(1000), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	f.time.Pass(21 * 24 * time.Hour)
	f.touch(ann)
	f.refused(ledger.ErrLimit, func() error {
		_, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(3001)})
		return err
	})
	f.hands(ann, bob, eur(3000))
	is(t, "left", f.balance(ann), eur(1000).Micros)
}

// A new wallet may do little: it sends on little in a day, announces few deposits, and vendors ask it above a small
// price.
func TestANewWalletMayDoLittle(t *testing.T) {
	s := sellingHouse(t)
	s.strict()
	bob := s.join("bob")
	s.decides(func(p *ledger.Policy) { p.Risk.Online = 0; p.TransferMax = eur(5000).Micros })
	ann := s.funded("ann2", eur(4000))
	s.strict()
	s.hands(ann, bob, eur(3000))
	s.refused(ledger.ErrLimit, func() error {
		_, err := s.Transfer(s.ctx, bob, view.TransferRequest{Amount: eur(1001)})
		return err
	})
	s.hands(bob, ann, eur(1000))

	for range ledger.DefaultRisk().OpenNew {
		if _, err := s.Fund(s.ctx, bob, view.FundRequest{Amount: eur(500), Method: "check"}); err != nil {
			t.Fatal(err)
		}
	}
	no := s.refused(ledger.ErrLimit, func() error {
		_, err := s.Fund(s.ctx, bob, view.FundRequest{Amount: eur(500), Method: "check"})
		return err
	})
	is(t, "limit", no.Limit, "open_new")

	s.unlimited(s.who)
	dear := s.offers("All of it", eur(101))
	if _, err := s.charges("dear", dear); ledger.Code(err) != "approval_required" {
		t.Errorf("a new wallet was charged %s without a question: %v", dear.Price, err)
	}
	s.time.Pass(ledger.DefaultRisk().NewFor)
	s.touch(s.who)
	if _, err := s.charges("dear later", dear); err != nil {
		t.Errorf("an old wallet: %v", err)
	}
}
