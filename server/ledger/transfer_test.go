package ledger

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleDecideTransfer() {
	ann := User{ID: 7, Status: UserActive, WindowUntil: start.Add(time.Minute)}
	f := TransferFacts{
		No:     20,
		User:   ann,
		Wallet: Wallet{User: 7, Currency: "EUR", Paid: 10 * Unit},
		Policy: DefaultPolicy(),
	}
	sent, err := DecideTransfer(TransferOrder{Amount: Amount{4 * Unit, "EUR"}}, f, start)
	fmt.Println(sent.Transfer.State, sent.Entry.Postings, err)
	f.No, f.User, f.Transfer = 21, User{ID: 8, Status: UserActive}, sent.Transfer
	f.Wallet = Wallet{User: 8, Currency: "EUR"}
	got, err := DecideClaim(Actor{}, f, start)
	fmt.Println(got.Transfer.State, got.Entry.Postings, err)
	// Output:
	// sent [{EUR/2000/7 4000000} {EUR/2010/20 -4000000}] <nil>
	// claimed [{EUR/2010/20 4000000} {EUR/2000/8 -4000000}] <nil>
}

func (s *market) transferFacts(t Transfer, u User) TransferFacts {
	w := s.wallet
	if u.ID != w.User {
		w = Wallet{User: u.ID, Currency: w.Currency}
	}
	return TransferFacts{No: s.no + 1, User: u, Wallet: w, Policy: s.policy, Transfer: t}
}

func TestTransfer(t *testing.T) {
	bob := User{ID: 8, Status: UserActive}
	for _, end := range []string{TransferClaimed, TransferRecalled, TransferExpired} {
		s := newMarket(t, 1000)
		out, err := DecideTransfer(
			TransferOrder{Amount: eur(400), Code: [32]byte{1}},
			s.transferFacts(Transfer{}, s.user),
			s.now,
		)
		must(t, err)
		s.post(out.Entry)
		s.refresh()
		is(t, "left", s.wallet.Paid, 6_000_000)
		is(t, "expires", out.Transfer.Expires, start.Add(7*day))
		is(t, "code", out.Transfer.Code, [32]byte{1})
		now := s.now.Add(7*day - time.Second)
		switch end {
		case TransferClaimed:
			out, err = DecideClaim(Actor{}, s.transferFacts(out.Transfer, bob), now)
		case TransferRecalled:
			s.user.Status = UserFrozen
			out, err = DecideRecall(Actor{Role: RoleUser}, s.transferFacts(out.Transfer, s.user), now)
		default:
			_, err = DecideRecall(system, s.transferFacts(out.Transfer, s.user), now)
			refused(t, err, ErrState)
			_, err = DecideClaim(Actor{}, s.transferFacts(out.Transfer, bob), out.Transfer.Expires)
			refused(t, err, ErrState)
			out, err = DecideRecall(system, s.transferFacts(out.Transfer, s.user), out.Transfer.Expires)
		}
		must(t, err)
		s.post(out.Entry)
		s.refresh()
		is(t, "state", out.Transfer.State, end)
		is(t, "cause", out.Entry.Cause, out.Transfer.No)
		is(t, "held", s.sums[out.Transfer.hold()], 0)
		claimed := end == TransferClaimed
		is(t, "bob", -s.sums[Account{Paid, "EUR", 8}] == 4_000_000, claimed)
		is(t, "ann", s.wallet.Paid == 6_000_000, claimed)
		is(t, "other wallet", out.Entry.Counterparty == 8, claimed)
		_, err = DecideClaim(Actor{}, s.transferFacts(out.Transfer, bob), now)
		refused(t, err, ErrState)
		_, err = DecideRecall(Actor{}, s.transferFacts(out.Transfer, s.user), now)
		refused(t, err, ErrState)
	}
}

func TestTransferRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		want error
		do   func(*TransferOrder, *TransferFacts)
	}{
		{"frozen", ErrFrozen, func(_ *TransferOrder, f *TransferFacts) { f.User.Status = UserFrozen }},
		{"locked", ErrNotAllowed, func(_ *TransferOrder, f *TransferFacts) { f.User.LockedUntil = start.Add(time.Second) }},
		{"window", ErrWindow, func(_ *TransferOrder, f *TransferFacts) { f.User.WindowUntil = start }},
		{"currency", ErrInvalid, func(r *TransferOrder, _ *TransferFacts) { r.Amount.Currency = "USD" }},
		{"foreign wallet", ErrInvalid, func(_ *TransferOrder, f *TransferFacts) { f.Wallet.User = 8 }},
		{"nothing", ErrInvalid, func(r *TransferOrder, _ *TransferFacts) { r.Amount.Micros = 0 }},
		{"negative", ErrInvalid, func(r *TransferOrder, _ *TransferFacts) { r.Amount.Micros = -1 }},
		{"too much", ErrInvalid, func(r *TransferOrder, _ *TransferFacts) { r.Amount.Micros = MaxMicros + 1 }},
		{"no funds", ErrFunds, func(r *TransferOrder, _ *TransferFacts) { r.Amount = eur(10_001) }},
		{"not collected", ErrFunds, func(r *TransferOrder, f *TransferFacts) {
			f.Wallet.Paid, f.Wallet.Uncollected = 0, Unit
		}},
		{"above the bound", ErrLimit, func(r *TransferOrder, _ *TransferFacts) { r.Amount = eur(5001) }},
		{"above the bound by now", ErrLimit, func(r *TransferOrder, f *TransferFacts) {
			r.Amount, f.Sent = eur(2000), 30*Unit+1
		}},
	} {
		s := newMarket(t, 10_000)
		r, f := TransferOrder{Amount: eur(100)}, s.transferFacts(Transfer{}, s.user)
		c.do(&r, &f)
		_, err := DecideTransfer(r, f, s.now)
		if err == nil {
			t.Errorf("%s: allowed", c.name)
			continue
		}
		refused(t, err, c.want)
	}
	s := newMarket(t, 10_000)
	f := s.transferFacts(Transfer{No: 5, From: 7, Amount: eur(1), State: TransferSent, Expires: start.Add(day)}, s.user)
	_, err := DecideClaim(Actor{}, f, s.now)
	refused(t, err, ErrNotAllowed) // one's own
	f.User = User{ID: 8, Status: UserFrozen}
	_, err = DecideClaim(Actor{}, f, s.now)
	refused(t, err, ErrFrozen)
	_, err = DecideRecall(Actor{}, f, s.now)
	refused(t, err, ErrNotFound) // another's
}

// sentTransfer is a transfer of 4 EUR by user 7 in entry 20, as its receiver 8 finds it.
func sentTransfer() TransferFacts {
	t := Transfer{No: 20, From: 7, Amount: eur(400), Created: start, Expires: start.Add(7 * day), State: TransferSent}
	return TransferFacts{
		No: 21, User: User{ID: 8, Status: UserActive}, Wallet: Wallet{User: 8, Currency: t.Amount.Currency}, Transfer: t,
	}
}

func ExampleDecideClaim() {
	f := sentTransfer()
	out, err := DecideClaim(Actor{Role: RoleUser}, f, start)
	fmt.Println(out.Transfer.State, out.Entry.Counterparty, out.Entry.Postings, err)
	f.Sender.LockedUntil = start.Add(day) // the sender's wallet was just recovered: a thief may have sent it
	_, err = DecideClaim(Actor{Role: RoleUser}, f, start)
	fmt.Println(err)
	// Output:
	// claimed 8 [{EUR/2010/20 4000000} {EUR/2000/8 -4000000}] <nil>
	// Nothing can leave the sender's wallet at the moment. Ask the sender, or try again in a day.
}

func ExampleDecideRecall() {
	f := sentTransfer()
	f.User.ID = 7
	out, err := DecideRecall(Actor{Role: RoleUser}, f, start)
	fmt.Println(out.Transfer.State, out.Entry.Postings, err)
	_, err = DecideRecall(Actor{Role: RoleSystem}, f, start)
	fmt.Println(err)
	// Output:
	// recalled [{EUR/2010/20 4000000} {EUR/2000/7 -4000000}] <nil>
	// The transfer is open until 2026-12-01 10:00 UTC. Look at it again: another call was faster, or it is over.
}

// What is sent in 24 hours never exceeds the bound, in sum and in number, however it is cut.
func TestTransfersStayInsideTheBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newMarket(t, 100_000)
		s.policy.TransferMax = rapid.Int64Range(1, 50).Draw(t, "bound")
		var sent int64
		count := rapid.SampledFrom([]int{0, TransfersPerDay - 3}).Draw(t, "sent before")
		for range rapid.IntRange(1, 12).Draw(t, "transfers") {
			x := rapid.Int64Range(-1, 30).Draw(t, "micros")
			f := s.transferFacts(Transfer{}, s.user)
			f.Sent, f.Count = sent, count
			out, err := DecideTransfer(TransferOrder{Amount: Amount{x, "EUR"}}, f, s.now)
			if can := x > 0 && sent+x <= s.policy.TransferMax && count < TransfersPerDay; can != (err == nil) {
				t.Fatalf("%d after %d in %d transfers, bound %d: %v", x, sent, count, s.policy.TransferMax, err)
			}
			if err == nil {
				s.post(out.Entry)
				s.refresh()
				sent, count = sent+x, count+1
			}
		}
	})
}
