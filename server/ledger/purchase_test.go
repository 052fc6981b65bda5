package ledger

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func ExampleDecidePurchase() {
	out, err := DecidePurchase(
		PurchaseRequest{
			Offer:    Offer{ID: OfferID{3, 1}, Title: "How rivers freeze", Price: Amount{250_000, "EUR"}},
			Quantity: 1,
			Approved: true,
		},
		PurchaseFacts{
			No: 12, User: User{ID: 7, Status: UserActive}, Vendor: Vendor{ID: 3, Status: VendorActive}, Policy: DefaultPolicy(),
			Wallet: Wallet{User: 7, Currency: "EUR", Paid: 10 * Unit, Limits: DefaultPolicy().Limits},
		},
		time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC),
	)
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
	s := newMarket(t, 1000)
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
	is(
		t,
		"terms",
		fmt.Sprint(e.Sale.TxnID, e.Sale.ClientRef, e.Sale.Metadata["a"], e.Sale.Price, e.Sale.Checkout.Number),
		"txn_11001b0.50 EUR 9",
	)
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
		do   func(*market, *PurchaseRequest)
	}{
		{"frozen", ErrFrozen, func(s *market, _ *PurchaseRequest) { s.user.Status = UserFrozen }},
		{"closed", ErrFrozen, func(s *market, _ *PurchaseRequest) { s.user.Status = UserClosed }},
		{"suspended vendor", ErrNotAllowed, func(s *market, _ *PurchaseRequest) { s.vendor.Status = VendorSuspended }},
		{"offer of another vendor", ErrNotFound, func(s *market, r *PurchaseRequest) { r.Offer.ID.Vendor = 4 }},
		{"retired offer", ErrOfferExpired, func(s *market, r *PurchaseRequest) { r.Offer.Status = OfferRetired }},
		{"expired offer", ErrOfferExpired, func(s *market, r *PurchaseRequest) { r.Offer.Bounds.Expires = start }},
		{"other price", ErrTermsChanged, func(s *market, r *PurchaseRequest) { r.Expect = eur(24) }},
		{"other currency", ErrTermsChanged, func(s *market, r *PurchaseRequest) { r.Expect = Amount{250_000, "USD"} }},
		{"no pieces", ErrInvalid, func(s *market, r *PurchaseRequest) { r.Quantity = 0 }},
		{"too many pieces", ErrInvalid, func(s *market, r *PurchaseRequest) { r.Quantity = 10_001 }},
		{"too dear", ErrInvalid, func(s *market, r *PurchaseRequest) { r.Offer.Price.Micros, r.Quantity = MaxMicros, 2 }},
		{"for nothing", ErrInvalid, func(s *market, r *PurchaseRequest) { r.Offer.Price.Micros = 0 }},
		{"negative price", ErrInvalid, func(s *market, r *PurchaseRequest) { r.Offer.Price.Micros = -5 }},
		{"wallet of another currency", ErrInvalid, func(s *market, _ *PurchaseRequest) { s.wallet.Currency = "USD" }},
		{"wallet of another person", ErrInvalid, func(s *market, _ *PurchaseRequest) { s.wallet.User = 8 }},
		{"hold too long", ErrInvalid, func(_ *market, r *PurchaseRequest) { r.Hold, r.HoldFor = true, 8*day }},
		{"blocked", ErrNotAllowed, func(s *market, _ *PurchaseRequest) { s.link.Status = LinkBlocked }},
		{"link of another currency", ErrInvalid, func(s *market, r *PurchaseRequest) {
			r.Approved, s.link.ID.Currency = false, "USD"
		}},
		{"link of another vendor", ErrInvalid, func(s *market, r *PurchaseRequest) {
			r.Approved, s.link.ID.Vendor = false, 4
		}},
		{"link of another person", ErrInvalid, func(s *market, r *PurchaseRequest) { r.Approved, s.link.ID.User = false, 8 }},
		{"just recovered", ErrApproval, func(s *market, r *PurchaseRequest) {
			r.Approved, s.user.LockedUntil = false, start.Add(day)
		}},
		{"no approval, no link", ErrNotLinked, func(s *market, r *PurchaseRequest) { r.Approved, s.link = false, nil }},
		{"only known", ErrNotLinked, func(s *market, r *PurchaseRequest) { r.Approved, s.link.Status = false, LinkKnown }},
		{"revoked", ErrNotLinked, func(s *market, r *PurchaseRequest) { r.Approved, s.link.Status = false, LinkRevoked }},
		{"link expired", ErrNotLinked, func(s *market, r *PurchaseRequest) { r.Approved, s.link.Expires = false, start }},
		{"total used up", ErrApproval, func(s *market, r *PurchaseRequest) {
			r.Approved, s.link.Total, s.link.Sum = false, 300_000, 60_000
		}},
		{"window closed", ErrWindow, func(s *market, r *PurchaseRequest) { r.Approved, s.user.WindowUntil = false, start }},
		{"limit", ErrLimit, func(s *market, _ *PurchaseRequest) { s.wallet.Limits.PerDay = 249_999 }},
		{"limit at the vendor", ErrLimit, func(s *market, _ *PurchaseRequest) { s.link.Limits.PerMonth = 0 }},
		{"no funds", ErrFunds, func(s *market, _ *PurchaseRequest) { s.wallet.Paid = 249_999 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newMarket(t, 1000)
			l := linkOrNew(nil, 7, 3, "EUR", Generation{}, start)
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

// A charge on a link needs no yes while the window is open.
func TestSilentPurchase(t *testing.T) {
	s := newMarket(t, 1000)
	out, err := DecideLink(
		LinkOrder{Currency: "EUR", Total: 600_000},
		LinkFacts{No: s.no + 1, User: s.user, Vendor: s.vendor},
		s.now,
	)
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

func ExamplePriceOf() {
	fmt.Println(PriceOf(Offer{Price: Amount{250_000, "EUR"}}, 3))
	_, err := PriceOf(Offer{Price: Amount{250_000, "EUR"}}, 0)
	fmt.Println(err)
	// Output:
	// 0.75 EUR <nil>
	// The quantity is out of bounds. Buy 1 to 10000 pieces.
}

func ExampleNewPurchase() {
	p := NewPurchase(Entry{No: 12, Kind: KindPurchase, Amount: eur(25), Postings: []Posting{
		{Account{Paid, "EUR", 7}, 250_000},
		{Account{VendorPending, "EUR", 3}, -237_500},
		{Account{Commission, "EUR", 0}, -12_500},
	}})
	fmt.Println(StateWord(p.State), p.Captured, p.Sources, p.Receivers)
	// Output: captured 250000 [{EUR/2000/7 250000}] [{EUR/2100/3 237500} {EUR/4000 12500}]
}

// obstacle is one reason to refuse a purchase, with what puts it in the way. They are in the order of DecidePurchase.
type obstacle struct {
	name string
	want error
	put  func(*PurchaseRequest, *PurchaseFacts)
}

func obstacles() []obstacle {
	return []obstacle{
		{"frozen wallet", ErrFrozen, func(_ *PurchaseRequest, f *PurchaseFacts) { f.User.Status = UserFrozen }},
		{"suspended vendor", ErrNotAllowed, func(_ *PurchaseRequest, f *PurchaseFacts) { f.Vendor.Status = VendorSuspended }},
		{"expired offer", ErrOfferExpired, func(r *PurchaseRequest, _ *PurchaseFacts) { r.Offer.Bounds.Expires = start }},
		{"no pieces", ErrInvalid, func(r *PurchaseRequest, _ *PurchaseFacts) { r.Quantity = 0 }},
		{"other terms", ErrTermsChanged, func(r *PurchaseRequest, _ *PurchaseFacts) { r.Expect = eur(1) }},
		{"expired link", ErrNotLinked, func(_ *PurchaseRequest, f *PurchaseFacts) { f.Link.Expires = start }},
		{"recovered", ErrApproval, func(_ *PurchaseRequest, f *PurchaseFacts) { f.User.LockedUntil = start.Add(1) }},
		{"total used up", ErrApproval, func(_ *PurchaseRequest, f *PurchaseFacts) { f.Link.Total = 1 }},
		{"closed window", ErrWindow, func(_ *PurchaseRequest, f *PurchaseFacts) { f.User.WindowUntil = start }},
		{"limit of the wallet", ErrLimit, func(_ *PurchaseRequest, f *PurchaseFacts) { f.Wallet.Limits.PerWeek = 1 }},
		{"limit at the vendor", ErrLimit, func(_ *PurchaseRequest, f *PurchaseFacts) { f.Link.Limits.PerPurchase = 1 }},
		{"no tokens", ErrFunds, func(_ *PurchaseRequest, f *PurchaseFacts) { f.Wallet.Paid = 1 }},
	}
}

// Whatever stands in the way together, the refusal names the first of it in the order that DecidePurchase states, and
// the purchase is allowed exactly when nothing does. The person's yes removes the questions of step 3 and nothing else.
func TestPurchaseRefusesTheFirstObstacle(t *testing.T) {
	all := obstacles()
	answered := map[string]bool{"expired link": true, "recovered": true, "total used up": true, "closed window": true}
	rapid.Check(t, func(t *rapid.T) {
		s, r := linkedMarket(t, time.UTC)
		f := s.facts()
		r.Approved = rapid.Bool().Draw(t, "approved")
		var want error
		var first string
		for _, o := range all {
			if rapid.IntRange(0, 3).Draw(t, o.name) > 0 {
				continue
			}
			o.put(&r, &f)
			if want == nil && (!r.Approved || !answered[o.name]) {
				want, first = o.want, o.name
			}
		}
		out, err := DecidePurchase(r, f, s.now)
		if want != nil {
			refused(t, err, want)
			if !reflect.DeepEqual(out, PurchaseOutcome{}) {
				t.Fatalf("%s: refused with an outcome", first)
			}
			return
		}
		must(t, err)
		s.post(out.Entry)
	})
}

// The writer of the books waits for this decision: it makes the entry, its postings, the sale and what is left of it,
// and nothing else.
func TestPurchaseAllocatesOnlyItsOutcome(t *testing.T) {
	for payees, most := range map[int]float64{0: 4, 2: 6} {
		s, r := linkedMarket(t, zone(t, "Europe/Berlin"))
		r.Offer.Royalties = r.Offer.Royalties[:payees]
		f := s.facts()
		got := testing.AllocsPerRun(100, func() {
			if _, err := DecidePurchase(r, f, s.now); err != nil {
				t.Fatal(err)
			}
		})
		if got > most {
			t.Errorf("%d payees: got %v allocations, want at most %v", payees, got, most)
		}
	}
}

// A sale names the periods that it counts in, and they are those of both counters, whatever the zone and the hour.
func TestSaleNamesItsPeriods(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := linkedMarket(t, zone(t, rapid.SampledFrom(zoneNames).Draw(t, "zone")))
		s.wallet.Limits = noLimits()
		for range rapid.IntRange(1, 6).Draw(t, "purchases") {
			s.now = s.now.Add(time.Duration(rapid.Int64Range(0, 40*24*3600).Draw(t, "pause")) * time.Second)
			r.Approved = true
			r.Offer.Price.Micros = rapid.Int64Range(1, 100_000).Draw(t, "price")
			e, _ := s.buy(r)
			for name, c := range map[string][3]int64{
				"day":   {e.Sale.Day, s.wallet.Spent.Day.Start, s.link.Spent.Day.Start},
				"week":  {e.Sale.Week, s.wallet.Spent.Week.Start, s.link.Spent.Week.Start},
				"month": {e.Sale.Month, s.wallet.Spent.Month.Start, s.link.Spent.Month.Start},
			} {
				if c[0] != c[1] || c[0] != c[2] || c[0] > s.now.Unix() {
					t.Fatalf("%s at %v: the sale names %d, the wallet %d, the link %d", name, s.now, c[0], c[1], c[2])
				}
			}
		}
	})
}
