package ledger

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func ExampleDecideRefund() {
	sold := Entry{No: 12, Kind: KindPurchase, User: 7, Vendor: 3, Amount: eur(25), Sale: &Sale{}, Postings: []Posting{
		{
			Account{Paid, "EUR", 7},
			250_000,
		}, {Account{VendorPending, "EUR", 3}, -237_500}, {Account{Commission, "EUR", 0}, -12_500},
	}}
	out, err := DecideRefund(RefundRequest{Amount: 100_000},
		SaleFacts{No: 13, Sold: sold, Purchase: NewPurchase(sold), Till: Till{Pending: 50_000}}, start)
	for _, p := range out.Entry.Postings {
		fmt.Println(p.Account, p.Micros)
	}
	fmt.Println(StateWord(out.Purchase.State), err)
	// Output:
	// EUR/2100/3 50000
	// EUR/2110/3 45000
	// EUR/4000 5000
	// EUR/2000/7 -100000
	// partially_refunded <nil>
}

// Parts in any order give back exactly everything: to the buyer, and from each receiver.
func TestRefundOfAllParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMarket(t, 10_000)
		s.policy.Commission = rapid.Uint32Range(0, 10_000).Draw(t, "commission")
		s.offer.Price.Micros = rapid.Int64Range(1, 5_000_000).Draw(t, "price")
		s.offer.Royalties = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Royalty {
			return Royalty{
				Payee: PayeeID(rapid.IntRange(1, 3).Draw(t, "payee")), Name: "x", Role: "author",
				BasisPoints: rapid.Uint32Range(0, 4000).Draw(t, "bp"), Fixed: rapid.Int64Range(0, 30).Draw(t, "fixed"),
			}
		}), 0, 4).Draw(t, "plan")
		before := s.wallet.Paid
		e, p := s.buy(s.request())
		if rapid.Bool().Draw(t, "became available") { // the vendor's money has left 2100
			n := s.vendorBalance().Pending
			if n > 0 {
				moved := entry(s.no+1, s.now, KindStaff, Actor{})
				moved.Postings = []Posting{{Account{VendorPending, "EUR", 3}, n}, {Account{VendorAvailable, "EUR", 3}, -n}}
				s.post(moved)
			}
		}
		for i := 0; p.left() > 0; i++ {
			x := rapid.Int64Range(1, p.left()).Draw(t, "part")
			if i == 20 {
				x = 0
			}
			left := p.left()
			p = s.wrote(DecideRefund(RefundRequest{Amount: x}, s.sale(e, p), s.now))
			if x == 0 {
				x = left
			}
			if p.left() != left-x || sum(p.Receivers) != p.left() || sum(p.Sources) != p.left() {
				t.Fatalf("left %d, receivers %d, sources %d", p.left(), sum(p.Receivers), sum(p.Sources))
			}
			for _, r := range append(p.Receivers, p.Sources...) {
				if r.Micros < 0 {
					t.Fatalf("negative leg %+v", r)
				}
			}
			if revoked := !p.Grant.Revoked.IsZero(); revoked != (p.left() == 0) {
				t.Fatalf("revoked %v with %d left", revoked, p.left())
			}
		}
		is(t, "balance", s.wallet.Paid, before)
		is(t, "state", p.State, PurchaseRefunded)
		for a, n := range s.sums {
			if a.Class == Commission || a.Class == RoyaltyPayable {
				is(t, a.String(), n, 0)
			}
		}
		is(t, "vendor", s.vendorBalance().Pending+s.vendorBalance().Available, 0)
		_, err := DecideRefund(RefundRequest{}, s.sale(e, p), s.now)
		refused(t, err, ErrState)
	})
}

func TestRefundRefuses(t *testing.T) {
	s := newMarket(t, 1000)
	e, p := s.buy(s.request())
	for _, x := range []int64{-1, 250_001} {
		_, err := DecideRefund(RefundRequest{Amount: x}, s.sale(e, p), s.now)
		is(t, "param", refused(t, err, ErrInvalid).Param, "amount")
	}
	_, err := DecideRefund(RefundRequest{Reason: "whim"}, s.sale(e, p), s.now)
	is(
		t,
		"remedy",
		refused(t, err, ErrInvalid).Remedy,
		"Say not_delivered, not_as_described, duplicate, goodwill or vendor_error.",
	)
	p.Disputed = 250_000
	_, err = DecideRefund(RefundRequest{}, s.sale(e, p), s.now)
	refused(t, err, ErrState)
}

// What the wallet owes after a chargeback is paid first.
func TestRefundPaysTheDebtFirst(t *testing.T) {
	s := newMarket(t, 0)
	d := s.fund(eur(1000))
	e, p := s.buy(s.request())
	s.step(d, DepositChargedBack)
	is(t, "owed", s.wallet.Owed, 250_000)
	is(t, "status", s.user.Status, UserFrozen)
	p = s.wrote(DecideRefund(RefundRequest{Amount: 100_000}, s.sale(e, p), s.now))
	is(t, "owed after a part", s.wallet.Owed, 150_000)
	s.wrote(DecideRefund(RefundRequest{}, s.sale(e, p), s.now))
	is(t, "owed at the end", s.wallet.Owed, 0)
	is(t, "paid", s.wallet.Paid, 0)
}

// Records that do not belong together are a bug of ours, not of a person.
func TestRefundOfDamagedRecord(t *testing.T) {
	s := newMarket(t, 1000)
	e, p := s.buy(s.request())
	p.Sources = nil
	if _, err := DecideRefund(RefundRequest{}, s.sale(e, p), s.now); err == nil || Code(err) != "internal" {
		t.Errorf("got %v", err)
	}
	p.Receivers = nil
	if _, err := DecideRefund(RefundRequest{}, s.sale(e, p), s.now); err == nil || Code(err) != "internal" {
		t.Errorf("got %v", err)
	}
}
