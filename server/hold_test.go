package server

import (
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// newHolding is a service with a linked buyer of an article, whose vendor lets money wait.
func newHolding(t *testing.T) (f *fixture, s *Seller, o ChargeOrder, ann view.Caller) {
	t.Helper()
	f, s, id, ann := newEscrow(t)
	f.unlimited(ann)
	l := view.LinkRequest{Vendor: "acme", Currency: "EUR", Total: ledger.NoLimit, Limits: ledger.Limits{
		PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
	}}
	if _, err := f.Link(f.ctx, ann, l); err != nil {
		t.Fatal(err)
	}
	f.touch(ann)
	return f, s, ChargeOrder{Link: ledger.LinkID{
		User: f.user(ann).ID, Vendor: s.ID, Currency: "EUR", Generation: 1,
	}, Offer: id, Hold: true}, ann
}

// holds lets the money of a sale wait.
func (f *fixture) holds(s *Seller, o ChargeOrder, key string) (view.Charge, ledger.EntryNo) {
	f.t.Helper()
	c, _, err := s.Charge(f.ctx, asking("hold "+key, key), o)
	if err != nil {
		f.t.Fatal(err)
	}
	return c, opened(f.t, f.seal.OpenCharge, c.ID)
}

// TestHeldMoneyWaits lets money wait: nobody has it. The vendor takes a part once, and the rest is back, in the limits
// too. The content opens with the capture.
func TestHeldMoneyWaits(t *testing.T) {
	f, s, o, ann := newHolding(t)
	had := f.walletOf(ann)
	c, no := f.holds(s, o, "a")
	is(t, "status", c.Status, "held")
	is(t, "until", c.HoldUntil.Time, f.clock().Add(7*24*time.Hour))
	if w := f.walletOf(ann); w.Paid != had.Paid-1_000_000 || w.Held != 1_000_000 {
		t.Errorf("while it waits: %+v", w)
	}
	is(t, "earned", f.balanceOf(s).Pending, "0.00")
	f.refused(ledger.ErrState, func() error { _, err := f.OpenContent(f.ctx, ann, c.ID); return err })

	part := CaptureOrder{Charge: no, Amount: ledger.Amount{Micros: 400_000, Currency: "EUR"}}
	for i, again := range []bool{false, true} {
		got, replayed, err := s.Capture(f.ctx, asking("take", "400"), part)
		taken := got.Status == "captured" && got.Captured == part.Amount && got.HoldUntil == nil
		if err != nil || replayed != again || !taken {
			t.Fatalf("%d: %+v, %v, %v", i, got, replayed, err)
		}
	}
	w := f.walletOf(ann)
	if w.Paid != had.Paid-400_000 || w.Held != 0 || w.Spent.Day.Spent != had.Spent.Day.Spent+400_000 {
		t.Errorf("after a part of it: %+v", w)
	}
	f.refused(ledger.ErrState, func() error { _, _, err := s.Capture(f.ctx, asking("more", ""), part); return err })
	f.refused(ledger.ErrState, func() error { _, _, err := s.Void(f.ctx, asking("back", ""), no); return err })
	f.clean()
}

// TestHoldsEnd gives money back that no vendor takes: when it says so, and after seven days by itself. A vendor that is
// suspended takes nothing.
func TestHoldsEnd(t *testing.T) {
	f, s, o, ann := newHolding(t)
	had := f.balance(ann)
	_, void := f.holds(s, o, "void")
	if c, _, err := s.Void(f.ctx, asking("v", ""), void); err != nil || c.Status != "voided" {
		t.Fatal(c, err)
	}
	late, no := f.holds(s, o, "late")
	f.time.Pass(7*24*time.Hour - time.Second)
	f.Sweep(f.ctx)
	if f.balance(ann) != had-1_000_000 {
		t.Error("it went back before its time")
	}
	f.time.Pass(time.Second)
	f.refused(ledger.ErrState, func() error {
		_, _, err := s.Capture(f.ctx, asking("l", ""), CaptureOrder{Charge: no})
		return err
	})
	f.Sweep(f.ctx)
	f.Sweep(f.ctx)
	if c, err := s.Sale(f.ctx, no); err != nil || c.Status != "expired" || f.balance(ann) != had {
		t.Errorf("%s: %+v, %v, %d", late.ID, c, err, f.balance(ann))
	}
	f.touch(ann)
	_, gone := f.holds(s, o, "gone")
	f.suspends(s)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, _, err := s.Capture(f.ctx, asking("g", ""), CaptureOrder{Charge: gone})
		return err
	})
	if _, _, err := s.Void(f.ctx, asking("g2", ""), gone); err != nil || f.balance(ann) != had {
		t.Error(err)
	}
	f.clean()
}

// TestWrongCaptures refuses what is not the vendor's to take.
func TestWrongCaptures(t *testing.T) {
	f, s, o, ann := newHolding(t)
	_, no := f.holds(s, o, "a")
	other, _ := f.vendor("other")
	bad := []struct {
		want error
		by   *Seller
		o    CaptureOrder
	}{
		{ledger.ErrInvalid, s, CaptureOrder{Charge: no, Amount: ledger.Amount{Micros: 1_000_001, Currency: "EUR"}}},
		{ledger.ErrInvalid, s, CaptureOrder{Charge: no, Amount: ledger.Amount{Micros: 1, Currency: "USD"}}},
		{ledger.ErrInvalid, s, CaptureOrder{Charge: no, Amount: ledger.Amount{Currency: "EUR"}}},
		{ledger.ErrInvalid, s, CaptureOrder{Charge: no, Amount: ledger.Amount{Micros: -1, Currency: "EUR"}}},
		{ledger.ErrNotFound, &Seller{s: f.Server, ID: other.ID}, CaptureOrder{Charge: no}},
		{ledger.ErrNotFound, s, CaptureOrder{Charge: no + 1}},
	}
	before := f.head()
	for i, b := range bad {
		f.refused(b.want, func() error {
			_, _, err := b.by.Capture(f.ctx, asking("bad", string(rune('a'+i))), b.o)
			return err
		})
	}
	f.refused(ledger.ErrNotFound, func() error { _, _, err := bad[4].by.Void(f.ctx, asking("x", ""), no); return err })
	if f.head() != before || f.walletOf(ann).Held != 1_000_000 {
		t.Error("a refusal has changed the books")
	}
}

// TestAHoldIsAsked asks the buyer where a charge may not pass: the yes lets the money wait, and the same key returns
// that sale. A checkout may ask for it, too, in words that say so.
func TestAHoldIsAsked(t *testing.T) {
	f, s, o, ann := newHolding(t)
	if err := f.Lock(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Charge(f.ctx, asking("k", "b"), o)
	no := f.refused(ledger.ErrWindow, func() error { return err })
	a, err := f.Approval(f.ctx, ann, no.Approve)
	if err != nil || a.Mode != ledger.ModeHold {
		t.Fatal(a, err)
	}
	waits := "for up to 7 days: the vendor takes what it delivers, at most the price"
	is(t, "what is said of it", a.Request(view.Format{})[4].Value, waits)
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: no.Approve, Yes: true}); err != nil {
		t.Fatal(err)
	}
	if c, _, err := s.Charge(f.ctx, asking("k", "b"), o); err != nil || c.Status != "held" {
		t.Errorf("%+v, %v", c, err)
	}
	c, _, err := s.CreateCheckout(f.ctx, asking("c", ""), CheckoutOrder{Mode: ledger.ModeHold, OfferID: o.Offer})
	if err != nil || c.Mode != "hold" || c.Amount == nil {
		t.Fatal(c, err)
	}
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true}); err != nil {
		t.Fatal(err)
	}
	is(t, "held", f.walletOf(ann).Held, 2_000_000)
	f.clean()
}

// suspends suspends the vendor of a seller.
func (f *fixture) suspends(s *Seller) {
	f.t.Helper()
	f.write(func(tx books.Tx) error {
		v, _, err := tx.Vendor(s.ID)
		if err != nil {
			return err
		}
		v.Status = ledger.VendorSuspended
		return tx.PutVendor(v)
	})
}
