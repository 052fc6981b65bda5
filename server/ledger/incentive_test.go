package ledger

import (
	"fmt"
	"testing"
	"time"
)

func ExampleNewIncentive() {
	f := IncentiveFacts{
		No: 20, User: User{ID: 7, Status: UserActive}, Wallet: Wallet{User: 7, Currency: "EUR"}, Policy: DefaultPolicy(),
	}
	o := IncentiveOrder{Amount: Amount{Unit, "EUR"}, Life: 30 * day, Reason: "Welcome.", Actor: Actor{Role: RoleRep}}
	out, err := NewIncentive(o, f, start)
	fmt.Println(out.Entry.Postings, err)
	w := f.Wallet.After(out.Entry)
	fmt.Println(w.IncentivesFor(&Offer{}, start), w.IncentivesFor(&Offer{}, start.Add(30*day)))
	// Output:
	// [{EUR/5010 1000000} {EUR/2020/20 -1000000}] <nil>
	// 1000000 0
}

// give gives an incentive to the buyer.
func (s *market) give(cents int64, v VendorID, life time.Duration, who Actor) Incentive {
	s.t.Helper()
	f := IncentiveFacts{No: s.no + 1, User: s.user, Wallet: s.wallet, Till: s.vendorBalance(), Policy: s.policy}
	o := IncentiveOrder{Amount: eur(cents), Vendor: v, Life: life, Reason: "x", Actor: who}
	out, err := NewIncentive(o, f, s.now)
	must(s.t, err)
	s.post(out.Entry)
	return out.Incentive
}

// left is what is left of an incentive.
func (s *market) left(i Incentive) int64 {
	for _, l := range s.wallet.Incentives {
		if l.No == i.No {
			return l.Left
		}
	}
	return -1
}

// What is bound to the vendor is spent before what is not, what expires first before the rest, and both before paid
// tokens and credit.
func TestOrderOfSpending(t *testing.T) {
	s := newMarket(t, 100)
	late, soon := s.give(10, 0, 30*day, rep), s.give(10, 0, 20*day, rep)
	bound, other := s.give(10, s.vendor.ID, 40*day, rep), s.give(100, 99, day, rep)
	s.buy(s.request()) // 0.25
	is(t, "bound", s.left(bound), 0)
	is(t, "what expires first", s.left(soon), 0)
	is(t, "what expires later", s.left(late), 50_000)
	is(t, "paid", s.wallet.Paid, 1_000_000)
	is(t, "at another vendor", s.left(other), 1_000_000)
	s.buy(s.request())
	is(t, "what expires later", s.left(late), 0)
	is(t, "paid", s.wallet.Paid, 800_000)
	_, err := DecideTransfer(TransferOrder{Amount: eur(81)}, s.transferFacts(Transfer{}, s.user), s.now)
	refused(t, err, ErrFunds)
}

// A refund gives paid tokens back before incentives, and those as incentives; after they have expired they go back to
// who paid for them.
func TestIncentivesComeBackAsIncentives(t *testing.T) {
	s := newMarket(t, 100)
	i := s.give(10, 0, 2*day, rep)
	e, p := s.buy(s.request())
	out, err := DecideRefund(RefundRequest{Amount: 200_000}, s.sale(e, p), s.now)
	p = s.wrote(out, err)
	is(t, "paid", s.wallet.Paid, 1_000_000)
	is(t, "given", s.left(i), 50_000)
	s.now = s.now.Add(2 * day)
	out, err = DecideRefund(RefundRequest{}, s.sale(e, p), s.now)
	s.wrote(out, err)
	is(t, "given", s.left(i), 50_000)
	is(t, "paid by the service", s.sums[Account{PromoGiven, "EUR", 0}], 50_000)
	end, err := EndIncentive(IncentiveFacts{No: s.no + 1, Wallet: s.wallet, Incentive: i}, s.now)
	must(t, err)
	s.post(end.Entry)
	is(t, "given", s.left(i), 0)
	is(t, "paid by the service", s.sums[Account{PromoGiven, "EUR", 0}], 0)
	_, err = EndIncentive(IncentiveFacts{No: s.no + 1, Wallet: s.wallet, Incentive: end.Incentive}, s.now)
	refused(t, err, ErrState)
}

// A vendor pays for what it gives out of what it has earned, and gets back what has expired.
func TestVendorPaysForIncentives(t *testing.T) {
	s := newMarket(t, 2000)
	s.buy(s.request())
	f := IncentiveFacts{User: s.user, Wallet: s.wallet, Till: s.vendorBalance(), Policy: s.policy, No: s.no + 1}
	o := IncentiveOrder{Amount: eur(50), Vendor: s.vendor.ID, Life: day, Reason: "x", Actor: Actor{Role: RoleVendor}}
	_, err := NewIncentive(o, f, s.now)
	refused(t, err, ErrState)
	for range 40 {
		s.buy(s.request())
	}
	had := s.vendorBalance().Pending
	i := s.give(50, s.vendor.ID, day, Actor{Role: RoleVendor})
	is(t, "pending", s.vendorBalance().Pending, had-eur(50).Micros)
	s.now = s.now.Add(day)
	end, err := EndIncentive(IncentiveFacts{No: s.no + 1, Wallet: s.wallet, Incentive: i}, s.now)
	must(t, err)
	s.post(end.Entry)
	is(t, "pending", s.vendorBalance().Pending, had)
}

// A vendor gives one buyer a few at a time, and a wallet remembers a bounded number of those that are over.
func TestIncentivesOfAWalletAreBounded(t *testing.T) {
	s := newMarket(t, 2000)
	for range 60 {
		s.buy(s.request())
	}
	for range vendorIncentives {
		s.give(1, s.vendor.ID, day, Actor{Role: RoleVendor})
	}
	o := IncentiveOrder{Amount: eur(1), Vendor: s.vendor.ID, Life: day, Reason: "x", Actor: Actor{Role: RoleVendor}}
	f := IncentiveFacts{No: s.no + 1, User: s.user, Wallet: s.wallet, Till: s.vendorBalance(), Policy: s.policy}
	_, err := NewIncentive(o, f, s.now)
	refused(t, err, ErrState)
	for range 5 * maxForgone {
		s.now = s.now.Add(day)
		i := s.give(1, s.vendor.ID, day, Actor{Role: RoleVendor})
		s.now = s.now.Add(day)
		end, err := EndIncentive(IncentiveFacts{No: s.no + 1, Wallet: s.wallet, Incentive: i}, s.now)
		must(t, err)
		s.post(end.Entry)
	}
	if n := len(s.wallet.Incentives); n > maxForgone+maxIncentives+1 {
		t.Errorf("%d are remembered", n)
	}
}

func TestIncentiveRefuses(t *testing.T) {
	s := newMarket(t, 100)
	for name, c := range map[string]struct {
		change func(*IncentiveOrder, *IncentiveFacts)
		want   error
	}{
		"own wallet":    {func(_ *IncentiveOrder, f *IncentiveFacts) { f.Staff.Wallet = f.User.ID }, ErrNotAllowed},
		"frozen wallet": {func(_ *IncentiveOrder, f *IncentiveFacts) { f.User.Status = UserFrozen }, ErrFrozen},
		"no reason":     {func(o *IncentiveOrder, _ *IncentiveFacts) { o.Reason = "" }, ErrInvalid},
		"too much":      {func(o *IncentiveOrder, _ *IncentiveFacts) { o.Amount.Micros = 6 * Unit }, ErrInvalid},
		"nothing":       {func(o *IncentiveOrder, _ *IncentiveFacts) { o.Amount.Micros = 0 }, ErrInvalid},
		"too short":     {func(o *IncentiveOrder, _ *IncentiveFacts) { o.Life = 0 }, ErrInvalid},
		"too long":      {func(o *IncentiveOrder, _ *IncentiveFacts) { o.Life = 733 * day }, ErrInvalid},
		"currency":      {func(o *IncentiveOrder, _ *IncentiveFacts) { o.Amount.Currency = "USD" }, ErrInvalid},
		"more than a day": {func(_ *IncentiveOrder, f *IncentiveFacts) {
			f.Staff.Day, f.Staff.Moved = dayOf(s.now), []Amount{{500 * Unit, "EUR"}}
		}, ErrLimit},
		"too many": {func(_ *IncentiveOrder, f *IncentiveFacts) {
			for range maxIncentives {
				f.Wallet.Incentives = append(f.Wallet.Incentives, IncentiveLot{Expires: s.now.Add(day)})
			}
		}, ErrLimit},
	} {
		t.Run(name, func(t *testing.T) {
			o := IncentiveOrder{Amount: eur(50), Life: day, Reason: "x", Actor: rep}
			f := IncentiveFacts{No: s.no + 1, User: s.user, Wallet: s.wallet, Policy: s.policy}
			c.change(&o, &f)
			_, err := NewIncentive(o, f, s.now)
			refused(t, err, c.want)
		})
	}
}
