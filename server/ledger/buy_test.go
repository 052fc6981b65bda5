package ledger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func ExampleDecidePurchase() {
	out, err := DecidePurchase(
		PurchaseRequest{Offer: Offer{ID: OfferID{3, 1}, Title: "How rivers freeze", Price: Amount{250_000, "EUR"}}, Quantity: 1, Approved: true},
		PurchaseFacts{
			No: 12, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Status: VendorActive}, Policy: DefaultPolicy(),
			Wallet: Wallet{User: 7, Currency: "EUR", Paid: 10 * Unit, Limits: DefaultPolicy().Limits},
		}, time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	for _, p := range out.Entry.Postings {
		fmt.Println(p.Account, p.Micros)
	}
	fmt.Println(err)
	// Output:
	// EUR/2000/7 250000
	// EUR/2100/3 -237500
	// EUR/4000 -12500
	// <nil>
}

func TestPurchase(t *testing.T) {
	s := newShop(t, 1000)
	r := s.request()
	r.Quantity, r.TxnID, r.ClientRef, r.Metadata = 2, "txn_1", "1001", map[string]string{"a": "b"}
	r.Checkout, r.Expect = CheckoutID{3, 9}, eur(50)
	e, p := s.buy(r)
	is(t, "sources", sum(p.Sources), 500_000)
	is(t, "receivers", sum(p.Receivers), 500_000)
	want := []Posting{
		{Account{Paid, "EUR", 7}, 500_000},
		{Account{VendorPending, "EUR", 3}, -(475_000 - 158_318 - 40_000)},
		{Account{RoyaltyPayable, "EUR", 1}, -158_318},
		{Account{RoyaltyPayable, "EUR", 2}, -40_000},
		{Account{Commission, "EUR", 0}, -25_000},
	}
	if d := cmp.Diff(want, e.Postings); d != "" {
		t.Errorf("postings (-want +got):\n%s", d)
	}
	is(t, "left", s.wallet.Paid, 9_500_000)
	is(t, "day", s.wallet.Spent.Day.Spent, 500_000)
	is(t, "at the vendor", s.link.Spent.Week.Spent, 500_000)
	is(t, "known now", s.link.Status, LinkKnown)
	is(t, "purchases", s.link.Count, 1)
	is(t, "state", p.State, PurchaseCaptured)
	is(t, "until", e.Sale.Grant.Until, start.Add(30*day))
	is(t, "terms", fmt.Sprint(e.Sale.TxnID, e.Sale.ClientRef, e.Sale.Metadata["a"], e.Sale.Price, e.Sale.Checkout.Number), "txn_11001b0.50 EUR 9")
	is(t, "day of the sale", e.Sale.Day, s.wallet.Spent.Day.Start)
	is(t, "no link", e.Sale.Link, LinkID{})
	if d := cmp.Diff(NewPurchase(e), p); d != "" {
		t.Errorf("from the entry (-want +got):\n%s", d)
	}
}

func TestPurchaseRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		want error
		do   func(*shop, *PurchaseRequest)
	}{
		{"frozen", ErrFrozen, func(s *shop, _ *PurchaseRequest) { s.user.Status = UserFrozen }},
		{"closed", ErrFrozen, func(s *shop, _ *PurchaseRequest) { s.user.Status = UserClosed }},
		{"suspended vendor", ErrNotAllowed, func(s *shop, _ *PurchaseRequest) { s.vendor.Status = VendorSuspended }},
		{"offer of another vendor", ErrNotFound, func(s *shop, r *PurchaseRequest) { r.Offer.ID.Vendor = 4 }},
		{"retired offer", ErrOfferExpired, func(s *shop, r *PurchaseRequest) { r.Offer.Status = OfferRetired }},
		{"expired offer", ErrOfferExpired, func(s *shop, r *PurchaseRequest) { r.Offer.Bounds.Expires = start }},
		{"other price", ErrTermsChanged, func(s *shop, r *PurchaseRequest) { r.Expect = eur(24) }},
		{"other currency", ErrTermsChanged, func(s *shop, r *PurchaseRequest) { r.Expect = Amount{250_000, "USD"} }},
		{"no pieces", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Quantity = 0 }},
		{"too many pieces", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Quantity = 10_001 }},
		{"too dear", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Offer.Price.Micros, r.Quantity = MaxMicros, 2 }},
		{"for nothing", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Offer.Price.Micros = 0 }},
		{"negative price", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Offer.Price.Micros = -5 }},
		{"wallet of another currency", ErrInvalid, func(s *shop, _ *PurchaseRequest) { s.wallet.Currency = "USD" }},
		{"wallet of another person", ErrInvalid, func(s *shop, _ *PurchaseRequest) { s.wallet.User = 8 }},
		{"hold too long", ErrInvalid, func(_ *shop, r *PurchaseRequest) { r.Hold, r.HoldFor = true, 8*day }},
		{"blocked", ErrNotAllowed, func(s *shop, _ *PurchaseRequest) { s.link.Status = LinkBlocked }},
		{"link of another currency", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Approved, s.link.ID.Currency = false, "USD" }},
		{"link of another vendor", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Approved, s.link.ID.Vendor = false, 4 }},
		{"link of another person", ErrInvalid, func(s *shop, r *PurchaseRequest) { r.Approved, s.link.ID.User = false, 8 }},
		{"just recovered", ErrApproval, func(s *shop, r *PurchaseRequest) { r.Approved, s.user.LockedUntil = false, start.Add(day) }},
		{"nobody asked", ErrNotLinked, func(s *shop, r *PurchaseRequest) { r.Approved, s.link = false, nil }},
		{"only known", ErrNotLinked, func(s *shop, r *PurchaseRequest) { r.Approved, s.link.Status = false, LinkKnown }},
		{"revoked", ErrNotLinked, func(s *shop, r *PurchaseRequest) { r.Approved, s.link.Status = false, LinkRevoked }},
		{"link expired", ErrNotLinked, func(s *shop, r *PurchaseRequest) { r.Approved, s.link.Expires = false, start }},
		{"total used up", ErrApproval, func(s *shop, r *PurchaseRequest) { r.Approved, s.link.Total, s.link.Sum = false, 300_000, 60_000 }},
		{"window closed", ErrWindow, func(s *shop, r *PurchaseRequest) { r.Approved, s.user.WindowUntil = false, start }},
		{"limit", ErrLimit, func(s *shop, _ *PurchaseRequest) { s.wallet.Limits.PerDay = 249_999 }},
		{"limit at the vendor", ErrLimit, func(s *shop, _ *PurchaseRequest) { s.link.Limits.PerMonth = 0 }},
		{"no funds", ErrFunds, func(s *shop, _ *PurchaseRequest) { s.wallet.Paid = 249_999 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShop(t, 1000)
			l := newLink(7, 3, "EUR", start)
			l.Status = LinkActive
			s.link = &l
			r := s.request()
			c.do(s, &r)
			_, err := DecidePurchase(r, s.facts(), s.now)
			got := refused(t, err, c.want)
			if errors.Is(c.want, ErrFunds) {
				is(t, "shortfall", got.Shortfall, Amount{1, "EUR"})
			}
			if errors.Is(c.want, ErrApproval) && s.user.LockedUntil.IsZero() {
				is(t, "limit", got.Limit, "total")
			}
		})
	}
}

// A charge on a link needs nobody's yes while the window is open.
func TestSilentPurchase(t *testing.T) {
	s := newShop(t, 1000)
	out, err := DecideLink(LinkOrder{Currency: "EUR", Total: 600_000}, LinkFacts{No: s.no + 1, User: s.user, Vendor: s.vendor}, s.now)
	must(t, err)
	s.post(out.Entry)
	s.link = &out.Link
	r := s.request()
	r.Approved = false
	for range 2 {
		e, _ := s.buy(r)
		is(t, "link of the sale", e.Sale.Link, s.link.ID)
	}
	_, err = DecidePurchase(r, s.facts(), s.now)
	refused(t, err, ErrApproval)
	r.Approved = true // the person may go beyond the total
	s.buy(r)
	is(t, "sum", s.link.Sum, 750_000)
}

func TestHoldAndCapture(t *testing.T) {
	for _, x := range []int64{0, 250_000, 249_999, 100_000, 7, 1} {
		s := newShop(t, 1000)
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
		is(t, "commission", -s.sums[Account{Commission, "EUR", 0}], CommissionOf(x, 500))
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
		s := newShop(t, 1000)
		s.policy.Commission = bp
		r := s.request()
		r.Hold = true
		e, p := s.buy(r)
		s.policy.Commission = 777
		s.wrote(DecideCapture(CaptureRequest{Amount: 100_001}, s.sale(e, p), s.now))
		is(t, "commission", -s.sums[Account{Commission, "EUR", 0}], CommissionOf(100_001, bp))
	}
}

func TestCaptureRefuses(t *testing.T) {
	s := newShop(t, 1000)
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
	s := newShop(t, 1000)
	r := s.request()
	r.Hold = true
	e, p := s.buy(r)
	s.now = s.now.Add(time.Minute)
	out, err := DecideLink(LinkOrder{Currency: "EUR", Total: Unit}, LinkFacts{No: s.no + 1, User: s.user, Vendor: s.vendor, Link: s.link}, s.now)
	must(t, err)
	s.post(out.Entry)
	s.link = &out.Link
	is(t, "fresh sum", s.link.Sum, 0)
	s.buy(s.request())
	s.wrote(DecideVoid(VoidRequest{}, s.sale(e, p), s.now))
	is(t, "sum", s.link.Sum, 250_000)
	is(t, "month", s.link.Spent.Month.Spent, 250_000)
}
