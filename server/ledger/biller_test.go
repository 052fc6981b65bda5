package ledger

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleBiller_Takes() {
	b := Biller{Currency: "EUR", Cost: 800}
	fmt.Println(b.Takes(eur(2000), eur(2000)), b.Takes(eur(2000), eur(1840)), b.Takes(eur(2000), eur(1839)))
	// Output: true true false
}

// A biller keeps no more than it may, to the cent.
func TestBillerKeepsItsPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Biller{Currency: "EUR", Cost: rapid.Uint32Range(0, maxBillerCost).Draw(t, "cost")}
		charge := eur(rapid.Int64Range(1, 5000).Draw(t, "charge"))
		got := eur(rapid.Int64Range(0, 6000).Draw(t, "remitted"))
		kept := charge.Micros - got.Micros
		want := got.Micros > 0 && kept >= 0 && (kept-9_999)*10_000 <= charge.Micros*int64(b.Cost)
		is(t, "takes", b.Takes(charge, got), want)
	})
}

func TestSetBillerRefuses(t *testing.T) {
	good := Biller{Name: "northnet", Method: MethodISP, Currency: "EUR", Cap: 50 * Unit}
	p := DefaultPolicy()
	out, err := SetBiller(good, rep, BillerFacts{No: 3, Policy: p}, start)
	must(t, err)
	is(t, "title", out.Biller.Title, "northnet")
	had := out.Biller
	for name, change := range map[string]func(*Biller){
		"no name":  func(b *Biller) { b.Name = "" },
		"bad name": func(b *Biller) { b.Name = "North Net" },
		"method":   func(b *Biller) { b.Method = "bank" },
		"currency": func(b *Biller) { b.Currency = "XXX" },
		"kind":     func(b *Biller) { b.Method = MethodUtility },
		"no cap":   func(b *Biller) { b.Cap = 0 },
		"cost":     func(b *Biller) { b.Cost = 5001 },
	} {
		t.Run(name, func(t *testing.T) {
			b := good
			change(&b)
			_, err := SetBiller(b, rep, BillerFacts{No: 3, Policy: p, Biller: had}, start)
			refused(t, err, ErrInvalid)
		})
	}
}

func TestReadBillerAccount(t *testing.T) {
	for typed, want := range map[string]string{
		"isp-00731": "ISP-00731", " 12 34 ": "1234", "123": "", "4111 1111 1111 1111": "", "a\nbcd": "", "ÄBCDE": "",
	} {
		got, err := ReadBillerAccount(typed)
		is(t, typed, got, want)
		if want == "" {
			refused(t, err, ErrInvalid)
		}
	}
	is(t, "of a long one", Last4("ISP-00731"), "0731")
	is(t, "of a short one", Last4("1234"), "34")
}

// An account belongs to one wallet: to the first that asks, while its code may still come, and for good once it was
// typed.
func TestAccountsAtBillers(t *testing.T) {
	s := newMarket(t, 0)
	b := Biller{Name: "northnet", Title: "Northnet", Method: MethodISP, Currency: "EUR", Cap: 50 * Unit}
	asked := BillerAccount{Mark: [32]byte{1}, Last4: "0731", Code: [32]byte{9}}
	f := BillerFacts{No: 3, Biller: b, User: s.user}
	out, err := JoinBiller(asked, Actor{}, f, s.now)
	must(t, err)
	mine := out.Account
	is(t, "state", mine.State, BillerAsked)
	f.Account = mine
	_, err = JoinBiller(asked, Actor{}, f, s.now)
	refused(t, err, ErrState) // it has one
	other := BillerFacts{No: 4, Biller: b, User: User{ID: 8, Status: UserActive}, Taken: mine}
	_, err = JoinBiller(asked, Actor{}, other, s.now)
	refused(t, err, ErrNotAllowed)
	_, err = JoinBiller(asked, Actor{}, other, s.now.Add(billerCodeLife))
	must(t, err)
	_, err = ConfirmBiller([32]byte{8}, Actor{}, f, s.now)
	refused(t, err, ErrNotFound)
	out, err = ConfirmBiller([32]byte{9}, Actor{}, f, s.now)
	must(t, err)
	f.Account, other.Taken = out.Account, out.Account
	_, err = ConfirmBiller([32]byte{9}, Actor{}, f, s.now)
	refused(t, err, ErrState)
	_, err = JoinBiller(asked, Actor{}, other, s.now.Add(900*day))
	refused(t, err, ErrNotAllowed)
	f.Biller.Closed = true
	_, err = JoinBiller(asked, Actor{}, BillerFacts{Biller: f.Biller, User: s.user}, s.now)
	refused(t, err, ErrState)
}

// A month has its cap, whatever is charged and taken back in it; nothing is charged before the code was typed; and what
// a biller takes back ends the account.
func TestChargesOfAMonth(t *testing.T) {
	s := newMarket(t, 0)
	s.now = time.Date(2026, 11, 10, 0, 0, 0, 0, time.UTC)
	charge := func(a Amount) (Deposit, error) {
		out, err := NewDeposit(s.depositOrder(DepositOnBill, a, 0), s.depositFacts(Deposit{}), s.now)
		if err == nil {
			s.wroteDeposit(out)
		}
		return out.Deposit, err
	}
	first, err := charge(eur(3000))
	must(t, err)
	_, err = charge(eur(2001))
	no := refused(t, err, ErrLimit)
	is(t, "frees", no.ResetsAt, time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC))
	s.step(first, DepositFailed)
	second, err := charge(eur(5000))
	must(t, err)
	s.now = no.ResetsAt
	third, err := charge(eur(5000))
	must(t, err)
	s.step(second, DepositCanceled) // of the month before
	is(t, "charged", s.account.Charged, eur(5000).Micros)
	third = s.step(s.step(third, DepositBillerAccepted), DepositIssued)
	s.step(third, DepositBillerReversed)
	is(t, "account", s.account.State, BillerEnded)
	is(t, "wallet", s.user.Status, UserFrozen)
	s.user.Status, s.account.State = UserActive, BillerAsked
	_, err = charge(eur(100))
	refused(t, err, ErrState)
}
