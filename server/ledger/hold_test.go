package ledger

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// heldSale is a hold of 0.25 EUR in entry 12.
func heldSale() SaleFacts {
	sold := Entry{
		No: 12, At: start, Kind: KindHold, User: 7, Vendor: 3, Amount: eur(25),
		Postings: []Posting{{Account{Paid, "EUR", 7}, 250_000}, {Account{Held, "EUR", 12}, -250_000}},
		Sale:     &Sale{Price: eur(25), Commission: 12_500, HoldUntil: start.Add(time.Hour)},
	}
	return SaleFacts{No: 13, Sold: sold, Purchase: NewPurchase(sold)}
}

func ExampleDecideCapture() {
	out, err := DecideCapture(CaptureRequest{Amount: 100_000}, heldSale(), start)
	for _, p := range out.Entry.Postings {
		fmt.Println(p.Account, p.Micros)
	}
	fmt.Println(StateWord(out.Purchase.State), out.Purchase.Captured, err)
	// Output:
	// EUR/2010/12 250000
	// EUR/2100/3 -95000
	// EUR/4000 -5000
	// EUR/2000/7 -150000
	// captured 100000 <nil>
}

func ExampleDecideVoid() {
	_, err := DecideVoid(VoidRequest{Expired: true}, heldSale(), start)
	fmt.Println(err)
	out, err := DecideVoid(VoidRequest{Expired: true}, heldSale(), start.Add(time.Hour))
	fmt.Println(StateWord(out.Purchase.State), out.Entry.Postings, err)
	// Output:
	// The hold is not over before 2026-11-24 11:00 UTC. Look at it again: another call was faster, or it is over.
	// expired [{EUR/2010/12 250000} {EUR/2000/7 -250000}] <nil>
}

func TestHoldAndCapture(t *testing.T) {
	for _, x := range []int64{0, 250_000, 249_999, 100_000, 7, 1} {
		s := newMarket(t, 1000)
		r := s.request()
		r.Hold = true
		e, p := s.buy(r)
		is(t, "held", p.Held, 250_000)
		is(t, "until", p.HoldUntil, start.Add(7*day))
		is(t, "spendable", s.wallet.Paid, 9_750_000)
		is(t, "grant", GrantStatus(e.Sale, p, s.now), GrantPending)
		p = s.wrote(DecideCapture(CaptureRequest{Amount: x}, s.sale(e, p), s.now))
		if x == 0 {
			x = 250_000
		}
		is(t, "captured", p.Captured, x)
		is(t, "sources", sum(p.Sources), x)
		is(t, "receivers", sum(p.Receivers), x)
		is(t, "spendable after", s.wallet.Paid, 10_000_000-x)
		is(t, "counted", s.wallet.Spent.Day.Spent, x)
		is(t, "counted at the vendor", s.link.Spent.Month.Spent, x)
		is(t, "sum of the link", s.link.Sum, x)
		is(t, "commission", -s.sums[Account{Commission, "EUR", 0}], commissionOf(x, 500))
		is(t, "nothing held", s.sums[Account{Held, "EUR", uint64(e.No)}], 0)
		_, err := DecideCapture(CaptureRequest{}, s.sale(e, p), s.now)
		refused(t, err, ErrState)
		_, err = DecideVoid(VoidRequest{}, s.sale(e, p), s.now)
		refused(t, err, ErrState)
	}
}

// The commission of the whole price is pinned, also where it is all of it or nothing.
func TestCaptureKeepsTheTerms(t *testing.T) {
	for _, bp := range []uint32{0, 10_000, 1} {
		s := newMarket(t, 1000)
		s.policy.Commission = bp
		r := s.request()
		r.Hold = true
		e, p := s.buy(r)
		s.policy.Commission = 777
		s.wrote(DecideCapture(CaptureRequest{Amount: 100_001}, s.sale(e, p), s.now))
		is(t, "commission", -s.sums[Account{Commission, "EUR", 0}], commissionOf(100_001, bp))
	}
}

func TestCaptureRefuses(t *testing.T) {
	s := newMarket(t, 1000)
	r := s.request()
	r.Hold, r.HoldFor = true, time.Hour
	e, p := s.buy(r)
	for _, x := range []int64{-1, 250_001} {
		_, err := DecideCapture(CaptureRequest{Amount: x}, s.sale(e, p), s.now)
		refused(t, err, ErrInvalid)
	}
	_, err := DecideCapture(CaptureRequest{}, s.sale(e, p), s.now.Add(time.Hour))
	refused(t, err, ErrState)
	_, err = DecideRefund(RefundRequest{}, s.sale(e, p), s.now)
	refused(t, err, ErrState)
	_, err = DecideVoid(VoidRequest{Expired: true}, s.sale(e, p), s.now)
	refused(t, err, ErrState)
	p = s.wrote(DecideVoid(VoidRequest{Expired: true}, s.sale(e, p), s.now.Add(time.Hour)))
	is(t, "state", p.State, PurchaseExpired)
	is(t, "spendable", s.wallet.Paid, 10_000_000)
	is(t, "counted", s.wallet.Spent.Day.Spent, 0)
	is(t, "grant", GrantStatus(e.Sale, p, s.now), GrantRevoked)
	e, p = s.buy(r)
	p = s.wrote(DecideVoid(VoidRequest{}, s.sale(e, p), s.now))
	is(t, "state", p.State, PurchaseVoided)
}

// A void after a new permission was given does not make room in it.
func TestVoidOfAnOlderHoldLeavesTheSum(t *testing.T) {
	s := newMarket(t, 1000)
	r := s.request()
	r.Hold = true
	e, p := s.buy(r)
	s.now = s.now.Add(time.Minute)
	out, err := DecideLink(
		LinkOrder{Currency: "EUR", Total: Unit},
		LinkFacts{No: s.no + 1, User: s.user, Vendor: s.vendor, Link: s.link},
		s.now,
	)
	must(t, err)
	s.post(out.Entry)
	s.link = &out.Link
	is(t, "fresh sum", s.link.Sum, 0)
	s.buy(s.request())
	s.wrote(DecideVoid(VoidRequest{}, s.sale(e, p), s.now))
	is(t, "sum", s.link.Sum, 250_000)
	is(t, "month", s.link.Spent.Month.Spent, 250_000)
}

// A capture of any part gives each receiver what its share of the whole promises, less than one micro off, and what was
// held is what is captured plus what comes back.
func TestCaptureKeepsTheProportions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMarket(t, 10_000)
		s.policy.Commission = rapid.Uint32Range(0, 3000).Draw(t, "commission")
		r := s.request()
		r.Offer.Price.Micros = rapid.Int64Range(40_000, 2_000_000).Draw(t, "price")
		r.Hold = true
		e, p := s.buy(r)
		before := s.wallet.Paid
		x := rapid.Int64Range(1, p.Held).Draw(t, "part")
		p = s.wrote(DecideCapture(CaptureRequest{Amount: x}, s.sale(e, p), s.now))
		is(t, "came back", s.wallet.Paid-before, e.Amount.Micros-x)
		is(t, "receivers", sum(p.Receivers), x)
		for i, share := range e.Sale.Royalties {
			var got int64
			for _, g := range p.Receivers {
				if g.Account.Class == RoyaltyPayable && g.Account.Owner == uint64(share.Payee) {
					got += g.Micros
				}
			}
			exact := big.NewRat(share.Micros, e.Amount.Micros-e.Sale.Commission)
			exact.Mul(exact, big.NewRat(x-commissionPart(e, x), 1))
			if off := exact.Sub(exact, big.NewRat(got, 1)); off.Abs(off).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("payee %d gets %d of %d, promised were %d of %d", i, got, x, share.Micros, e.Amount.Micros)
			}
		}
	})
}

// commissionPart is the commission of a part of a held sale: its share of the whole, rounded up.
func commissionPart(e Entry, x int64) int64 {
	n := new(big.Int).Mul(big.NewInt(x), big.NewInt(e.Sale.Commission))
	n.Add(n, big.NewInt(e.Amount.Micros-1)).Div(n, big.NewInt(e.Amount.Micros))
	return n.Int64()
}
