package ledger

import (
	"cmp"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// typed is a step that gives an account with this number.
func typed(number uint64, known bool) PayAccountStep {
	return PayAccountStep{
		What: PayAccountGiven, Network: NetworkSEPA, Known: known, Actor: Actor{Role: RoleOperator, Key: "SHA256:op"},
		Kept: VaultRecord{ID: VaultID{VaultVendor, 1, number}, Country: "DE", Last4: "3000"},
	}
}

// The first account is used at once, another one after its time; what it takes the place of is gone then.
func TestPayAccountWaits(t *testing.T) {
	p, v, now := DefaultPolicy(), Vendor{ID: 1, Name: "news"}, time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	step := func(q PayAccountStep, at time.Time) PayAccountOutcome {
		t.Helper()
		out, err := StepPayAccount(q, v, p, 7, at)
		if err != nil {
			t.Fatal(err)
		}
		v = out.Vendor
		return out
	}
	if out := step(typed(1, false), now); out.Account.Payable() != 1 || out.Account.Next != 0 || len(out.Gone) > 0 {
		t.Errorf("the first account: %+v", out.Account)
	}
	out := step(typed(2, true), now)
	if a := out.Account; a.Payable() != 1 || a.Next != 2 || !a.From.Equal(now.Add(3*day)) {
		t.Errorf("another account: %+v", a)
	}
	if want := "DE•• … 3000; next DE•• … 3000, from 2026-12-01 12:00 UTC"; out.Entry.Change.New != want {
		t.Errorf("its vendor is told %q, want %q", out.Entry.Change.New, want)
	}
	use := PayAccountStep{What: PayAccountUsed, Network: NetworkSEPA}
	if _, err := StepPayAccount(use, v, p, 7, now.Add(3*day-1)); !errors.Is(err, ErrState) {
		t.Errorf("before its time: %v", err)
	}
	if out := step(use, now.Add(3*day)); out.Account.Payable() != 2 || !slices.Equal(out.Gone, []uint64{1}) {
		t.Errorf("at its time: %+v, gone %v", out.Account, out.Gone)
	}
	if out := step(PayAccountStep{What: PayAccountRefused, Network: NetworkSEPA}, now); out.Account.Payable() != 0 {
		t.Error("a payout goes to an account that the bank refuses")
	}
	remove := PayAccountStep{What: PayAccountRemoved, Network: NetworkSEPA}
	if out := step(remove, now); !slices.Equal(out.Gone, []uint64{2}) {
		t.Errorf("removed: gone %v", out.Gone)
	}
	if _, err := StepPayAccount(remove, v, p, 7, now); err == nil {
		t.Error("removed twice")
	}
}

// Where two persons are wanted, who typed an account does not approve it.
func TestPayAccountNeedsTwo(t *testing.T) {
	p, v, now := DefaultPolicy(), Vendor{ID: 1}, time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	p.Payouts.Two = true
	out, err := StepPayAccount(typed(1, false), v, p, 7, now)
	if err != nil || out.Account.Payable() != 0 || out.Account.Approved {
		t.Fatalf("%+v, %v", out.Account, err)
	}
	one, other := Staff{Fingerprint: "SHA256:op"}, Staff{Fingerprint: "SHA256:other"}
	q := PayAccountStep{What: PayAccountApproved, Network: NetworkSEPA, Staff: one, Giver: one, Mark: "3000-1"}
	if _, err := StepPayAccount(q, out.Vendor, p, 8, now); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("by who typed it: %v", err)
	}
	q.Staff = other
	later, err := StepPayAccount(typed(2, false), out.Vendor, p, 8, now) // another one with the same last characters
	if err != nil {
		t.Fatal(err)
	}
	if _, err := StepPayAccount(q, later.Vendor, p, 9, now); !errors.Is(err, ErrState) {
		t.Errorf("another one than was looked at: %v", err)
	}
	out, err = StepPayAccount(q, out.Vendor, p, 8, now)
	if err != nil || out.Account.Payable() != 1 {
		t.Errorf("by another: %+v, %v", out.Account, err)
	}
	if _, err := StepPayAccount(q, out.Vendor, p, 9, now); !errors.Is(err, ErrState) {
		t.Errorf("twice: %v", err)
	}
}

// Whatever is done, each record of the vault that was given is used, next, or gone, and none is gone twice; an account
// that is not the first one of its party is never used before its time.
func TestPayAccountsAreNotLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, v, now := DefaultPolicy(), Vendor{ID: 1}, time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
		p.Payouts.Two = rapid.Bool().Draw(t, "two")
		given, gone, first := map[uint64]time.Time{}, map[uint64]bool{}, uint64(0)
		for n := uint64(1); n <= 12; n++ {
			now = now.Add(time.Duration(rapid.IntRange(0, 100).Draw(t, "hours")) * time.Hour)
			q := typed(n, len(given) > 0)
			q.What = rapid.SampledFrom([]string{
				PayAccountGiven, PayAccountApproved, PayAccountUsed, PayAccountBank, PayAccountRefused, PayAccountRemoved,
			}).Draw(t, "what")
			had, _ := v.PayAccountOf(0, NetworkSEPA)
			q.Staff, q.Mark = Staff{Fingerprint: "SHA256:other"}, had.NextMark()
			out, err := StepPayAccount(q, v, p, EntryNo(n), now)
			if err != nil {
				continue
			}
			v = out.Vendor
			if q.What == PayAccountGiven || q.What == PayAccountBank {
				given[n] = now
				first = cmp.Or(first, n)
			}
			for _, number := range out.Gone {
				if gone[number] {
					t.Fatalf("account %d is gone twice", number)
				}
				gone[number] = true
			}
			a := out.Account
			for number, at := range given {
				if used := number == a.Number || number == a.Next; used == gone[number] {
					t.Fatalf("account %d is used: %v, gone: %v", number, used, gone[number])
				}
				early := number == a.Number && number != first && now.Before(at.Add(p.Payouts.Wait))
				if early && a.Used.Equal(now) {
					t.Fatalf("account %d is used before its time", number)
				}
			}
		}
	})
}
