package ledger

import (
	"fmt"
	"testing"
	"time"
)

func ExampleDecideCredit() {
	ann := User{ID: 7, Status: UserActive}
	f := CreditFacts{No: 20, User: ann, Wallet: Wallet{User: 7, Currency: "EUR"}, Policy: DefaultPolicy()}
	out, err := DecideCredit(CreditRequest{Line: 20 * Unit, Reason: "A customer for years."}, f, start)
	fmt.Println(out.Entry.Change.Old, "->", out.Entry.Change.New, err)
	fmt.Println("billed at", out.Terms.Until.Format(time.DateOnly))
	w := f.Wallet.After(out.Entry)
	fmt.Println(Amount{w.Spendable(start), "EUR"})
	// Output:
	// 0.00 EUR -> 20.00 EUR <nil>
	// billed at 2026-12-01
	// 20.00 EUR
}

// credit are the facts of the buyer's account.
func (s *market) creditFacts(t Postpaid) CreditFacts {
	return CreditFacts{
		No: s.no + 1, User: s.user, Wallet: s.wallet, Terms: t, Policy: s.policy, Zone: s.zone,
		Staff: Staff{Fingerprint: "a"},
	}
}

func (h *model) credit() CreditFacts { return h.creditFacts(h.terms) }

// lend gives the buyer a credit line.
func (s *market) lend(micros int64) Postpaid {
	s.t.Helper()
	out, err := DecideCredit(CreditRequest{Line: micros, Reason: "x"}, s.creditFacts(Postpaid{}), s.now)
	must(s.t, err)
	s.post(out.Entry)
	return out.Terms
}

// bill ends the month of the buyer.
func (s *market) bill(t Postpaid) CreditOutcome {
	s.t.Helper()
	s.now = t.Until
	out, err := NewBill(false, system, s.creditFacts(t), s.now)
	must(s.t, err)
	if s.user = out.User; out.Entry.No != 0 {
		s.post(out.Entry)
	}
	s.user, _ = s.user.Touch(s.now, s.policy)
	return out
}

// Paid tokens are spent before credit; what is bought on credit is billed when the month is over, is due two weeks
// later, and whatever comes in pays it first.
func TestPostpaid(t *testing.T) {
	s := newMarket(t, 0)
	s.policy.DepositMin = 1
	s.fund(eur(30))
	s.policy.DepositMin = Unit
	terms := s.lend(5 * Unit)
	for range 9 {
		s.buy(s.request())
	}
	is(t, "paid", s.wallet.Paid, 0)
	is(t, "owed", s.wallet.Owed, 1_950_000)
	is(t, "left", s.wallet.CreditLeft(s.now), 3_050_000)
	out := s.bill(terms)
	is(t, "bill", out.Bill.Amount, Amount{1_950_000, "EUR"})
	is(t, "due", out.Bill.Due, terms.Until.Add(14*day))
	is(t, "announced", out.Deposit.Amount, eur(195))
	is(t, "reference", out.Bill.Reference, out.Deposit.Reference)
	s.buy(s.request())
	is(t, "not billed", s.wallet.Unbilled(), 250_000)
	state, left := out.Bill.StateIn(s.wallet, s.now)
	is(t, "state", state, BillOpen)
	is(t, "left of the bill", left, 1_950_000)

	s.now = out.Bill.Due
	s.user, _ = s.user.Touch(s.now, s.policy)
	_, err := DecidePurchase(s.request(), s.facts(), s.now)
	refused(t, err, ErrWindow)
	state, _ = out.Bill.StateIn(s.wallet, s.now)
	is(t, "state", state, BillOverdue)
	s.fund(eur(300))
	is(t, "owed after a deposit", s.wallet.Owed, 0)
	is(t, "paid tokens", s.wallet.Paid, 800_000)
	state, _ = out.Bill.StateIn(s.wallet, s.now)
	is(t, "state", state, BillPaid)
	s.buy(s.request())
}

// A part of a payment leaves the rest overdue; the oldest bill is paid first.
func TestOldestBillIsPaidFirst(t *testing.T) {
	s := newMarket(t, 0)
	terms := s.lend(9 * Unit)
	for range 4 {
		s.buy(s.request())
	}
	first := s.bill(terms)
	for range 6 {
		s.buy(s.request())
	}
	s.policy.Billing.Due = 90 * day
	second := s.bill(first.Terms)
	is(t, "carried", second.Bill.Carried, 1_000_000)
	is(t, "second", second.Bill.Amount.Micros, 1_500_000)
	is(t, "number", second.Bill.Number, 2)
	s.fund(eur(120))
	_, left := first.Bill.StateIn(s.wallet, s.now)
	is(t, "left of the first", left, 0)
	_, left = second.Bill.StateIn(s.wallet, s.now)
	is(t, "left of the second", left, 1_300_000)
}

// What is captured of a hold is on credit as far as paid tokens did not reach; what is released goes back to the debt
// first, and a refund does, too.
func TestHoldOnCredit(t *testing.T) {
	s := newMarket(t, 0)
	s.policy.DepositMin = 1
	s.fund(eur(10))
	s.lend(Unit)
	r := s.request()
	r.Hold = true
	e, p := s.buy(r)
	is(t, "owed while it is held", s.wallet.Owed, 150_000)
	out, err := DecideCapture(CaptureRequest{Amount: 200_000}, s.sale(e, p), s.now)
	p = s.wrote(out, err)
	is(t, "owed", s.wallet.Owed, 100_000)
	is(t, "paid", s.wallet.Paid, 0)
	is(t, "sources", sum(p.Sources), 200_000)
	back, err := DecideRefund(RefundRequest{Amount: 150_000}, s.sale(e, p), s.now)
	s.wrote(back, err)
	is(t, "owed after a refund", s.wallet.Owed, 0)
	is(t, "paid after a refund", s.wallet.Paid, 50_000)
}

// Little is not billed while more can come; a line that is gone is billed to its last micro, and then no more.
func TestSmallBillsWait(t *testing.T) {
	s := newMarket(t, 0)
	terms := s.lend(Unit)
	s.buy(s.request())
	out := s.bill(terms)
	is(t, "entry", out.Entry.No, 0)
	is(t, "since", out.Terms.From, terms.From)
	s.now = s.now.Add(day)
	gone, err := DecideCredit(CreditRequest{Reason: "x"}, s.creditFacts(out.Terms), s.now)
	must(t, err)
	s.post(gone.Entry)
	out = s.bill(gone.Terms)
	is(t, "bill", out.Bill.Amount.Micros, 250_000)
	s.fund(eur(100))
	out = s.bill(out.Terms)
	is(t, "entry", out.Entry.No, 0)
	is(t, "next", out.Terms.Until.IsZero(), true)
}

// A debt is given up by two persons, long after it was due; the line ends and the wallet stays frozen.
func TestWriteOff(t *testing.T) {
	s := newMarket(t, 0)
	terms := s.lend(2 * Unit)
	for range 5 {
		s.buy(s.request())
	}
	out := s.bill(terms)
	f := func(who string, terms Postpaid) CreditFacts {
		f := s.creditFacts(terms)
		f.Staff.Fingerprint, f.Asked.Fingerprint = who, terms.GivenUp
		return f
	}
	r := WriteOffRequest{Owed: 1_250_000, Reason: "gone"}
	_, err := DecideWriteOff(r, f("a", out.Terms), s.now)
	refused(t, err, ErrState)
	s.now = out.Bill.Due.Add(89 * day)
	_, err = DecideWriteOff(r, f("a", out.Terms), s.now)
	refused(t, err, ErrState)
	s.now = out.Bill.Due.Add(90 * day)
	asked, err := DecideWriteOff(r, f("a", out.Terms), s.now)
	must(t, err)
	is(t, "entry", asked.Entry.No, 0)
	_, err = DecideWriteOff(r, f("a", asked.Terms), s.now)
	refused(t, err, ErrNotAllowed)
	later := s.now.Add(3 * day)
	anew, err := DecideWriteOff(r, f("b", asked.Terms), later)
	must(t, err)
	is(t, "entry after three days", anew.Entry.No, 0)
	is(t, "asked anew by", anew.Terms.GivenUp, "b")
	other := r
	other.Owed++
	_, err = DecideWriteOff(other, f("b", asked.Terms), s.now)
	refused(t, err, ErrState)
	moved := f("b", asked.Terms)
	moved.Moved = s.now.Add(time.Microsecond)
	anew, err = DecideWriteOff(r, moved, s.now)
	must(t, err)
	is(t, "entry after something has moved", anew.Entry.No, 0)
	done, err := DecideWriteOff(r, f("b", asked.Terms), s.now)
	must(t, err)
	s.post(done.Entry)
	s.refresh()
	is(t, "owed", s.wallet.Owed, 0)
	is(t, "line", s.wallet.Credit.Line, 0)
	is(t, "bills", len(s.wallet.Credit.Bills), 0)
	is(t, "wallet", done.User.Status, UserFrozen)
	is(t, "bad debt", s.sums[Account{BadDebt, "EUR", 0}], 1_250_000)
}

// Each refusal of a credit line has its own words.
func TestCreditRefuses(t *testing.T) {
	s := newMarket(t, 0)
	s.lend(Unit)
	ok := CreditRequest{Line: 2 * Unit, Reason: "x"}
	for name, c := range map[string]struct {
		change func(*CreditRequest, *CreditFacts)
		want   error
	}{
		"own wallet":    {func(_ *CreditRequest, f *CreditFacts) { f.Staff.Wallet = f.User.ID }, ErrNotAllowed},
		"no reason":     {func(r *CreditRequest, _ *CreditFacts) { r.Reason = " " }, ErrInvalid},
		"too much":      {func(r *CreditRequest, _ *CreditFacts) { r.Line = 201 * Unit }, ErrInvalid},
		"negative":      {func(r *CreditRequest, _ *CreditFacts) { r.Line = -1 }, ErrInvalid},
		"same":          {func(r *CreditRequest, _ *CreditFacts) { r.Line = Unit }, ErrState},
		"frozen wallet": {func(_ *CreditRequest, f *CreditFacts) { f.User.Status = UserFrozen }, ErrState},
		"overdue": {func(_ *CreditRequest, f *CreditFacts) {
			f.Wallet.Credit.Bills = []OpenBill{{1, 5, s.now}}
		}, ErrState},
	} {
		t.Run(name, func(t *testing.T) {
			r, f := ok, s.creditFacts(Postpaid{})
			c.change(&r, &f)
			_, err := DecideCredit(r, f, s.now)
			refused(t, err, c.want)
		})
	}
}

func TestReminders(t *testing.T) {
	b := OpenBill{Due: start}
	for after, want := range map[time.Duration]int{
		-day: 0, 0: 0, 7*day - 1: 0, 7 * day: 1, 21*day - 1: 1, 21 * day: 2, 35 * day: 3, 400 * day: 3,
	} {
		is(t, after.String(), b.Reminder(7*day, start.Add(after)), want)
	}
}
