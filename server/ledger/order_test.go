package ledger

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// depositOrder is a good order of a deposit of any kind. The buyer has credit for it.
func (s *market) depositOrder(kind DepositKind, a Amount, fee int64) DepositOrder {
	r := DepositOrder{Method: "m", Kind: kind, Amount: a, Fee: fee, Mandate: permitted}
	switch kind {
	case DepositOnOrder:
		if s.user.Credit == nil {
			s.user = s.user.withCredit(OrderCredit{Currency: "EUR", Limit: eur(10_000).Micros, By: "SHA256:lender"})
		}
		r.Fee = 0
		r.Order = PurchaseOrder{Number: fmt.Sprintf("PO-%d", s.no), Until: s.now.Add(90 * day), Signer: "SHA256:ann"}
	case DepositOnBill:
		if s.biller.Name == "" {
			s.biller = Biller{
				Name: "northnet", Title: "Northnet", Method: MethodISP, Currency: "EUR", Cap: max(s.biller.Cap, 50e6),
			}
			s.account = BillerAccount{Biller: "northnet", Mark: [32]byte{1}, User: s.user.ID, State: BillerConfirmed}
		}
		r.Bill = OnBill{Biller: "northnet", Mark: [32]byte{1}, Last4: "0731"}
	}
	return r
}

func (s *market) depositFacts(d Deposit) DepositFacts {
	return DepositFacts{
		No: s.no + 1, User: s.user, Wallet: s.wallet, Policy: s.policy, Deposit: d, Biller: s.biller, Account: s.account,
	}
}

// wroteDeposit writes a step of a deposit.
func (s *market) wroteDeposit(out DepositOutcome) {
	s.t.Helper()
	s.post(out.Entry)
	s.user, s.account = out.User, out.Account
	s.refresh()
}

func ExampleOrderText() {
	o := OrderText{
		Number: "PO-2026-17", House: "pay.example", Account: "w_7g2v", Amount: eur(12_000),
		Until: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC),
	}
	fmt.Print(o)
	// Output:
	// PURCHASE-ORDER 1
	// number: PO-2026-17
	// house: pay.example
	// account: w_7g2v
	// amount: 120.00 EUR
	// valid-until: 2026-12-31
}

// The text of an order reads as the order that it was made of, and no other text reads as one.
func TestOrderTextIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := OrderText{
			Number: rapid.StringMatching(`[A-Za-z0-9./-]{1,35}`).Draw(t, "number"), House: "pay.example", Account: "w_7g2v",
			Amount: eur(rapid.Int64Range(1, 1e9).Draw(t, "cents")),
			Until:  start.Truncate(day).Add(time.Duration(rapid.IntRange(0, 80).Draw(t, "days")) * day),
		}
		if RefuseCard(o.Number) != nil {
			t.Skip("a card")
		}
		got, err := ParseOrderText(o.String())
		must(t, err)
		is(t, "order", got, o)
		text := []byte(o.String())
		text[rapid.IntRange(0, len(text)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "bits"))
		if got, err := ParseOrderText(string(text)); err == nil && got.String() != string(text) {
			t.Fatalf("%q reads as %v", text, got)
		}
	})
}

func FuzzOrderText(f *testing.F) {
	f.Add(OrderText{Number: "1", House: "h", Account: "a", Amount: eur(100), Until: start}.String())
	f.Add("PURCHASE-ORDER 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		if o, err := ParseOrderText(text); err == nil && o.String() != text {
			t.Fatalf("%q reads as %v", text, o)
		} else if err != nil {
			refused(t, err, ErrInvalid)
		}
	})
}

func TestNewOrderRefuses(t *testing.T) {
	good := OrderText{Number: "PO-1", Until: start}
	o, err := NewOrder(good, "SHA256:ann", [32]byte{1}, start)
	must(t, err)
	is(t, "until", o.Until, start.Truncate(day).Add(day-time.Second))
	for name, change := range map[string]func(*OrderText){
		"yesterday":   func(o *OrderText) { o.Until = start.Add(-day) },
		"too far":     func(o *OrderText) { o.Until = start.Add(92 * day) },
		"no number":   func(o *OrderText) { o.Number = "" },
		"long number": func(o *OrderText) { o.Number = strings.Repeat("1", 36) },
		"two lines":   func(o *OrderText) { o.Number = "1\nhouse: x" },
		"card":        func(o *OrderText) { o.Number = "4111111111111111" },
	} {
		t.Run(name, func(t *testing.T) {
			o := good
			change(&o)
			_, err := NewOrder(o, "", [32]byte{}, start)
			refused(t, err, ErrInvalid)
		})
	}
}

// Two persons decide about lent money: who set the limit or typed the order does not accept it, and who accepted it
// does not write it off nor, above the bound, say that it was paid.
func TestTwoPersonsLend(t *testing.T) {
	s := newMarket(t, 0)
	s.policy.Risk.StaffDay = 500 * Unit
	out, err := NewDeposit(s.depositOrder(DepositOnOrder, eur(3000), 0), s.depositFacts(Deposit{}), s.now)
	must(t, err)
	s.wroteDeposit(out)
	lender := Staff{Fingerprint: "SHA256:lender", Role: RoleOperator}
	rita, mia := Staff{Fingerprint: "SHA256:rita", Role: RoleRep}, Staff{Fingerprint: "SHA256:mia", Role: RoleRep}
	act := func(d Deposit, st, receiver Staff, to DepositState) (DepositOutcome, error) {
		f := s.depositFacts(d)
		f.Staff, f.Receiver, f.Lender = st, receiver, lender
		return DecideDeposit(DepositEvent{To: to, Actor: Actor{Role: st.Role, Key: st.Fingerprint}}, f, s.now)
	}
	_, err = act(out.Deposit, lender, Staff{}, DepositAccepted)
	refused(t, err, ErrNotAllowed)
	_, err = act(out.Deposit, rita, rita, DepositAccepted) // she typed it
	refused(t, err, ErrNotAllowed)
	out, err = act(out.Deposit, rita, Staff{}, DepositAccepted)
	must(t, err)
	is(t, "moved", out.Staff.Moved[0], eur(3000))
	s.wroteDeposit(out)
	d := s.step(s.step(out.Deposit, DepositIssued), DepositInvoiced)
	_, err = act(d, rita, rita, DepositPaid)
	refused(t, err, ErrNotAllowed)
	_, err = act(d, mia, rita, DepositPaid)
	must(t, err)
	s.now = d.Order.Due
	d = s.step(d, DepositOverdue)
	_, err = act(d, rita, rita, DepositWrittenOff)
	refused(t, err, ErrNotAllowed)
	out, err = act(d, mia, rita, DepositWrittenOff)
	must(t, err)
	is(t, "frozen", out.User.Status, UserFrozen)
	is(t, "used stays", out.User.creditIn("EUR").Used, eur(3000).Micros)
}

// What is lent can be spent and not sent, until it is paid.
func TestLentMoneyStays(t *testing.T) {
	w := Wallet{User: 7, Currency: "EUR", Paid: 100}
	d := Deposit{Kind: DepositOnOrder, Amount: Amount{100, "EUR"}, State: DepositAccepted, Free: untilPaid}
	w = w.After(Entry{No: 1, At: start, Kind: KindDeposit, User: 7, Deposit: &d})
	is(t, "transferable", w.Transferable(start.Add(900*day)), 0)
	is(t, "paid in", w.Past.PaidIn, 0)
	no := refuseAtRisk("Send", "sent", Amount{0, "EUR"}, w.TransferableFrom(100, start))
	is(t, "remedy", no.Remedy, "Pay the invoice of the purchase order.")
	d.State = DepositPaid
	w = w.After(Entry{No: 2, At: start, Kind: KindDeposit, User: 7, Deposit: &d})
	is(t, "after it was paid", w.Transferable(start), 100)
	is(t, "paid in", w.Past.PaidIn, 100)
}

func TestCredit(t *testing.T) {
	s := newMarket(t, 0)
	staff := Staff{Fingerprint: "SHA256:otto", Role: RoleOperator}
	set := func(a Amount, st Staff) (OrderLimitOutcome, error) {
		f := OrderLimitFacts{No: s.no + 1, User: s.user, Staff: st, Policy: s.policy}
		return DecideOrderLimit(OrderLimitRequest{Limit: a, Actor: Actor{RoleOperator, st.Fingerprint}}, f, s.now)
	}
	out, err := set(eur(5000), staff)
	must(t, err)
	is(t, "limit", out.User.creditIn("EUR"), OrderCredit{Currency: "EUR", Limit: eur(5000).Micros, By: "SHA256:otto"})
	is(t, "told", *out.Entry.Change, Change{
		Name: "credit", Old: "0.00 EUR", New: "50.00 EUR", Currency: "EUR", Number: 50_000_000,
	})
	is(t, "is a row", out.Entry.Shown(s.user.ID), true)
	_, err = set(eur(-1), staff)
	refused(t, err, ErrInvalid)
	_, err = set(Amount{1, "XXX"}, staff)
	refused(t, err, ErrInvalid)
	staff.Wallet = s.user.ID
	_, err = set(eur(1), staff)
	refused(t, err, ErrNotAllowed)
	s.user = out.User
	_, err = NewDeposit(s.depositOrder(DepositOnOrder, eur(5001), 0), s.depositFacts(Deposit{}), s.now)
	refused(t, err, ErrLimit)
}
