package ledger

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var (
	rep    = Actor{Role: RoleRep, Key: "SHA256:rep"}
	rep2   = Actor{Role: RoleRep, Key: "SHA256:rep2"}
	system = Actor{Role: RoleSystem}
)

// known are the facts about a sale to a wallet that has paid in 100.00 EUR.
func known(f SaleFacts) DisputeFacts {
	f.Wallet.Past.PaidIn = 100 * Unit
	return DisputeFacts{SaleFacts: f}
}

func TestAutomaticDispute(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(*market, *Purchase, *DisputeFacts)
		rule string
	}{
		{"small, fresh, unused", func(*market, *Purchase, *DisputeFacts) {}, "at_once"},
		{"used once", func(_ *market, p *Purchase, _ *DisputeFacts) { p.Grant.Used = 1 }, "used"},
		{"no money of its own", func(_ *market, _ *Purchase, f *DisputeFacts) { f.Wallet.Past = Past{} }, "paid_in"},
		{"fresh money", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.Wallet.Past.PaidIn, f.Wallet.Lots = 2_500_000, []Lot{{2_500_000, 1 << 20}}
		}, "at_once"},
		{"too little fresh money", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.Wallet.Past.PaidIn, f.Wallet.Lots = 2_499_990, []Lot{{2_499_990, 1 << 20}}
		}, "often"},
		{"silence has given back what was paid in", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.Policy.DisputeAuto, f.Wallet.Past.Waited = 0, 99_750_001
		}, "paid_in"},
		{"its share is given back", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.Wallet.Past.Returned = 9_750_001
		}, "often"},
		{"just inside its share", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.Wallet.Past.Returned = 9_750_000
		}, "at_once"},
		{"few disputes", func(_ *market, _ *Purchase, f *DisputeFacts) { f.Wallet.Past.Disputes = 1 }, "at_once"},
		{"disputes half of what it buys", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.Wallet.Past.Disputes, f.Wallet.Past.Sales = 4, 10
		}, "past"},
		{"disputes a fifth of what it buys", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.Wallet.Past.Disputes, f.Wallet.Past.Sales = 1, 10
		}, "at_once"},
		{"vendor with few returns", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.VendorReturns = 4
		}, "at_once"},
		{"vendor whose sales come back", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.VendorReturns, f.Till.Count = 5, 29
		}, "past"},
		{"vendor with many sales", func(_ *market, _ *Purchase, f *DisputeFacts) {
			f.VendorReturns, f.Till.Count = 5, 30
		}, "at_once"},
		{"too large", func(_ *market, _ *Purchase, f *DisputeFacts) { f.Policy.DisputeAuto = 249_999 }, "amount"},
		{"too late", func(s *market, _ *Purchase, _ *DisputeFacts) { s.now = s.now.Add(2 * day) }, "age"},
		{"just in time", func(s *market, _ *Purchase, _ *DisputeFacts) {
			s.now = s.now.Add(2*day - time.Second)
		}, "at_once"},
		{"too often", func(_ *market, _ *Purchase, f *DisputeFacts) { f.Autos = 3 }, "often"},
		{"often", func(_ *market, _ *Purchase, f *DisputeFacts) { f.Autos = 2 }, "at_once"},
		{"frozen buyer", func(s *market, _ *Purchase, f *DisputeFacts) { f.User.Status = UserFrozen }, "at_once"},
	} {
		s := newMarket(t, 1000)
		e, p := s.buy(s.request())
		f := known(s.sale(e, p))
		c.do(s, &f.Purchase, &f)
		out, err := DecideDispute(DisputeCase{Reason: "not_delivered", Text: "empty\x1b[2Jpage"}, f, s.now)
		d, p := s.disputed(out, err)
		is(t, c.name, d.Rule, c.rule)
		is(t, c.name+": words", d.Why != "", true)
		is(t, c.name+": silence refers", d.Refer, c.rule == "used" || c.rule == "past" || c.rule == "paid_in")
		is(t, "text", d.Text, "emptypage")
		is(t, "auto needs a note", d.Note != "", c.rule == "at_once")
		if c.rule == "at_once" {
			is(t, c.name, d.State, DisputeAutoResolved)
			is(t, "balance", s.wallet.Paid, 10_000_000)
			is(t, "returned", p.Returned, 250_000)
			is(t, "grant", GrantStatus(e.Sale, p, s.now), GrantRevoked)
			is(t, "decided", d.Decided, out.Entry.At)
		} else {
			is(t, "on hold", -s.sums[Account{DisputeHold, "EUR", uint64(d.No)}], 250_000)
			is(t, c.name, d.State, DisputeNeedsResponse)
			is(t, "due", d.DueBy, out.Entry.At.Add(7*day))
			is(t, "disputed", p.Disputed, 250_000)
			is(t, "left", sum(p.Receivers)+sum(p.Sources), 0)
			is(t, "grant rests", GrantStatus(e.Sale, p, s.now), GrantPending)
		}
		refused(t, CanDispute(e, p, s.now), ErrState)
	}
}

// The money of the dispute goes to the side that wins, to the micro; the part that was refunded before stays refunded.
func TestVerdict(t *testing.T) {
	for _, end := range []DisputeState{DisputeWon, DisputeLost, DisputeWithdrawn} {
		for _, available := range []bool{false, true} {
			s := newMarket(t, 1000)
			s.policy.DisputeAuto = 0
			e, p := s.buy(s.request())
			p = s.wrote(DecideRefund(RefundRequest{Amount: 50_001}, s.sale(e, p), s.now))
			receivers := slices.Clone(p.Receivers)
			if available {
				n := s.vendorBalance().Pending - 11
				moved := entry(s.no+1, s.now, KindStaff, Actor{})
				moved.Postings = []Posting{{Account{VendorPending, "EUR", 3}, n}, {Account{VendorAvailable, "EUR", 3}, -n}}
				s.post(moved)
			}
			till := s.vendorBalance()
			d, p := s.disputed(DecideDispute(DisputeCase{Reason: "duplicate"}, known(s.sale(e, p)), s.now))
			_, err := DecideRefund(RefundRequest{}, s.sale(e, p), s.now)
			refused(t, err, ErrState)
			f := DisputeFacts{SaleFacts: s.sale(e, p), Dispute: d}
			switch end {
			case DisputeWithdrawn:
				d, p = s.disputed(DecideWithdraw(Actor{Role: RoleUser}, f, s.now))
			default:
				d, p = s.disputed(DecideVerdict(VerdictRequest{UserWins: end == DisputeWon, Reason: "seen", Actor: rep}, f, s.now))
				is(t, "still on hold", -s.sums[disputeHold(d)], 199_999)
				f = DisputeFacts{SaleFacts: s.sale(e, p), Dispute: d}
				_, err := DecideOverdue(f, d.DueBy.Add(-time.Microsecond))
				refused(t, err, ErrState)
				d, p = s.disputed(DecideOverdue(f, d.DueBy))
			}
			is(t, "state", d.State, end)
			is(t, "nothing on hold", s.sums[disputeHold(d)], 0)
			is(t, "disputed", p.Disputed, 0)
			if end == DisputeWon {
				is(t, "balance", s.wallet.Paid, 10_000_000)
				is(t, "state of the purchase", p.State, PurchaseRefunded)
			} else {
				is(t, "balance", s.wallet.Paid, 9_800_001)
				is(t, "state of the purchase", p.State, PurchasePartlyRefunded)
				is(t, "vendor balance", s.vendorBalance(), till)
				is(t, "receivers", slices.Equal(p.Receivers, receivers), true)
				p = s.wrote(DecideRefund(RefundRequest{}, s.sale(e, p), s.now))
				is(t, "balance after all", s.wallet.Paid, 10_000_000)
			}
			_, err = DecideVerdict(
				VerdictRequest{UserWins: true, Reason: "again", Actor: rep},
				DisputeFacts{SaleFacts: s.sale(e, p), Dispute: d},
				s.now,
			)
			refused(t, err, ErrState)
			_, err = DecideWithdraw(Actor{}, DisputeFacts{SaleFacts: s.sale(e, p), Dispute: d}, s.now)
			refused(t, err, ErrState)
		}
	}
}

func TestVerdictRefuses(t *testing.T) {
	s := newMarket(t, 1000)
	s.policy.DisputeAuto = 0
	e, p := s.buy(s.request())
	d, p := s.disputed(DecideDispute(DisputeCase{Reason: "unauthorized"}, known(s.sale(e, p)), s.now))
	f := DisputeFacts{SaleFacts: s.sale(e, p), Dispute: d}
	late := d.DueBy
	for _, c := range []struct {
		name string
		r    VerdictRequest
		now  time.Time
		want error
	}{
		{"no reason", VerdictRequest{UserWins: true, Reason: " \x00", Actor: rep}, s.now, ErrInvalid},
		{
			"own wallet",
			VerdictRequest{UserWins: true, Reason: "mine", Actor: Actor{Role: RoleOperator, Key: "SHA256:ann"}},
			s.now, ErrNotAllowed,
		},
		{"the buyer", VerdictRequest{UserWins: true, Reason: "mine", Actor: Actor{Role: RoleUser}}, s.now, ErrNotAllowed},
		{"the vendor", VerdictRequest{Reason: "mine", Actor: Actor{Role: RoleVendor}}, s.now, ErrNotAllowed},
		{"the clock", VerdictRequest{UserWins: true, Reason: "late", Actor: system}, late, ErrNotAllowed},
		{"more than a day may have", VerdictRequest{UserWins: true, Reason: "x", Actor: rep}, s.now, ErrLimit},
	} {
		f := f
		if errors.Is(c.want, ErrLimit) {
			f.Policy.Risk.StaffDay = 0
		}
		_, err := DecideVerdict(c.r, f, c.now)
		if err == nil {
			t.Errorf("%s: allowed", c.name)
			continue
		}
		refused(t, err, c.want)
	}
	g := f
	g.Purchase.Disputed = 5
	if _, err := DecideVerdict(VerdictRequest{UserWins: true, Reason: "x", Actor: rep}, g, s.now); Code(
		err,
	) != "internal" {
		t.Errorf("records that do not belong together: %v", err)
	}
}

func TestCanDispute(t *testing.T) {
	s := newMarket(t, 1000)
	e, p := s.buy(s.request())
	auto, last := DisputeWindow(e, s.policy)
	is(t, "auto", auto, start.Add(2*day))
	is(t, "last", last, start.Add(60*day))
	must(t, CanDispute(e, p, last.Add(-time.Second)))
	refused(t, CanDispute(e, p, last), ErrState)
	refused(t, CanDispute(Entry{}, p, s.now), ErrNotFound)
	_, err := DecideDispute(DisputeCase{Reason: "because"}, known(s.sale(e, p)), s.now)
	is(t, "param", refused(t, err, ErrInvalid).Param, "reason")
	r := s.request()
	r.Hold = true
	e, p = s.buy(r)
	_, err = DecideDispute(DisputeCase{Reason: "duplicate"}, known(s.sale(e, p)), s.now)
	refused(t, err, ErrState)
}

// disputedSale is a disputed purchase of 0.25 EUR in entry 12, and a policy under which no dispute is decided at once.
func disputedSale() DisputeFacts {
	sold := Entry{
		No:     12,
		At:     start,
		Kind:   KindPurchase,
		User:   7,
		Vendor: 3,
		Amount: eur(25),
		Sale:   &Sale{},
		Postings: []Posting{
			{Account{Paid, "EUR", 7}, 250_000},
			{Account{VendorPending, "EUR", 3}, -237_500},
			{Account{Commission, "EUR", 0}, -12_500},
		},
	}
	f := known(SaleFacts{
		No: 13, Sold: sold, Purchase: NewPurchase(sold), Till: Till{Pending: 237_500}, Policy: DefaultPolicy(),
	})
	f.Policy.DisputeAuto = 0
	out, err := DecideDispute(DisputeCase{Reason: "not_delivered"}, f, start)
	if err != nil {
		panic(err)
	}
	f.No, f.Dispute, f.Purchase, f.Till = 14, out.Dispute, out.Purchase, Till{}
	return f
}

func ExampleDecideDispute() {
	f := disputedSale()
	fmt.Println(f.Dispute.State, "until", f.Dispute.DueBy.Format(time.DateOnly), f.Purchase.Disputed)
	_, err := DecideDispute(DisputeCase{Reason: "not_delivered"}, f, start)
	fmt.Println(err)
	// Output:
	// needs_response until 2026-12-01 250000
	// This purchase was disputed already. See how it stands with: disputes.
}

func ExampleDecideVerdict() {
	f := disputedSale()
	out, err := DecideVerdict(VerdictRequest{UserWins: true, Reason: "No page came.", Actor: rep}, f, start)
	fmt.Println(out.Dispute.State, "until", out.Dispute.DueBy.Format(time.DateOnly), len(out.Entry.Postings), err)
	f.Dispute, f.Purchase = out.Dispute, out.Purchase
	out, err = DecideOverdue(f, out.Dispute.DueBy)
	for _, p := range out.Entry.Postings {
		fmt.Println(p.Account, p.Micros)
	}
	fmt.Println(out.Dispute.State, StateWord(out.Purchase.State), err)
	// Output:
	// for_buyer until 2026-12-01 0 <nil>
	// EUR/2300/13 250000
	// EUR/2000/7 -250000
	// won refunded <nil>
}

func ExampleDecideWithdraw() {
	out, err := DecideWithdraw(Actor{Role: RoleUser}, disputedSale(), start)
	for _, p := range out.Entry.Postings {
		fmt.Println(p.Account, p.Micros)
	}
	fmt.Println(out.Dispute.State, StateWord(out.Purchase.State), err)
	// Output:
	// EUR/2300/13 250000
	// EUR/2100/3 -237500
	// EUR/4000 -12500
	// withdrawn captured <nil>
}

func ExampleDisputeWindow() {
	auto, last := DisputeWindow(Entry{At: start}, DefaultPolicy())
	fmt.Println(auto.Format(time.DateOnly), last.Format(time.DateOnly))
	// Output: 2026-11-26 2027-01-23
}

// A dispute is refunded at once exactly when all four bounds of the rule hold.
func TestRefundAtOnceNeedsAllFourBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMarket(t, 1000)
		e, p := s.buy(s.request())
		f := known(s.sale(e, p))
		f.Autos = rapid.Uint32Range(0, 5).Draw(t, "autos")
		f.Policy.DisputeAuto = rapid.SampledFrom([]int64{0, 249_999, 250_000, Unit}).Draw(t, "up to")
		f.Policy.DisputesPerMonth = rapid.Uint32Range(0, 5).Draw(t, "a month")
		f.Policy.DisputeWindow = time.Duration(rapid.Int64Range(0, 80*24).Draw(t, "hours")) * time.Hour
		f.Purchase.Grant.Used = rapid.Uint32Range(0, 3).Draw(t, "views")
		now := s.now.Add(time.Duration(rapid.Int64Range(0, 60*24-1).Draw(t, "later")) * time.Hour)
		want := f.Policy.DisputeAuto >= 250_000 && now.Sub(e.At) < f.Policy.DisputeWindow && f.Purchase.Grant.Used == 0 &&
			f.Autos < f.Policy.DisputesPerMonth
		out, err := DecideDispute(DisputeCase{Reason: "duplicate"}, f, now)
		must(t, err)
		is(t, "at once", out.Dispute.State == DisputeAutoResolved, want)
		is(t, "silence is for the buyer", out.Dispute.State == DisputeNeedsResponse && !out.Dispute.Refer,
			!want && f.Purchase.Grant.Used == 0)
		s.post(out.Entry)
	})
}
