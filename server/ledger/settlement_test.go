package ledger

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleSettleFacts_Plan() {
	f := SettleFacts{
		Policy: DefaultPolicy(), Vendor: Vendor{ID: 3, Created: start}, Party: Party{Vendor: 3, Currency: "EUR"},
		Terms: Terms{
			Currency: "EUR", Amount: 20 * Unit, After: 7 * day, Minimum: 5 * Unit, Reserve: 1000, ReserveFor: 30 * day,
		},
		At: start.Add(day), Pending: 40_001_234, Young: 10 * Unit,
	}
	p, due := f.Plan()
	fmt.Println(due, p.Released, p.Withheld, p.Payout)
	f.Young = 25 * Unit
	_, due = f.Plan() // 13.50 are available: neither the amount nor the time
	f.At = start.Add(7 * day)
	p, later := f.Plan()
	fmt.Println(due, later, p.Payout)
	// Output:
	// true 30001234 3000124 27000000
	// false true 13500000
}

func TestPlanIsNotDue(t *testing.T) {
	due := SettleFacts{
		Policy: DefaultPolicy(), Vendor: Vendor{ID: 3, Created: start}, Party: Party{Vendor: 3, Currency: "EUR"},
		Terms: Terms{Currency: "EUR", Amount: 20 * Unit, After: 7 * day, Minimum: 5 * Unit, Fee: 250_000},
		At:    start.Add(7 * day), Pending: 6 * Unit,
	}
	if p, is := due.Plan(); !is || p.Payout != 5_750_000 {
		t.Fatalf("%+v, %v", p, is)
	}
	for name, change := range map[string]func(*SettleFacts){
		"below the minimum": func(f *SettleFacts) { f.Pending = 5_249_999 },
		"before its time":   func(f *SettleFacts) { f.At = f.At.Add(-1) },
		"too young":         func(f *SettleFacts) { f.Young = 6 * Unit },
		"a debt":            func(f *SettleFacts) { f.Free = -Unit },
		"settled lately":    func(f *SettleFacts) { f.Last = Settlement{No: 7, At: start.Add(1)} },
		"nothing":           func(f *SettleFacts) { f.Pending, f.Asked, f.Terms.Minimum = 0, true, 0 },
		"a payee who owes":  func(f *SettleFacts) { f.Party.Payee, f.Pending, f.Asked = 2, -Unit, true },
	} {
		f := due
		change(&f)
		if p, is := f.Plan(); is {
			t.Errorf("%s: %+v is due", name, p)
		}
	}
}

// Whatever is there, what is opened balances, is in whole cents, not below the minimum, and leaves neither pending nor
// reserve below nothing; what is kept is what the parts add up to; and available is below nothing only as a debt that
// the reserve could not pay, of which nothing is paid out.
func TestSettlementsBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(0, 50*Unit)
		var last Settlement
		var reserve int64
		for i := range rapid.IntRange(0, maxKept).Draw(t, "parts") {
			k := Kept{start.Add(time.Duration(i) * day), micros.Draw(t, "part") + 1}
			last.Kept, reserve = append(last.Kept, k), reserve+k.Micros
		}
		f := SettleFacts{
			No: 9, Policy: DefaultPolicy(), Party: Party{Vendor: 3, Currency: "EUR"}, Last: last,
			Pending: micros.Draw(t, "pending"), Young: micros.Draw(t, "young"), Reserve: reserve,
			Free: rapid.Int64Range(-90*Unit, 20*Unit).Draw(t, "free"), Asked: true,
			At: start.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "days")) * day),
			Terms: Terms{
				Reserve: rapid.Uint32Range(0, 5000).Draw(t, "share"), Fee: rapid.Int64Range(0, Unit).Draw(t, "fee"),
				ReserveFor: time.Duration(rapid.IntRange(0, 40).Draw(t, "for")) * day, Minimum: 2 * Unit,
			},
		}
		p, due := f.Plan()
		var kept int64
		for i, k := range p.Kept {
			kept += k.Micros
			if k.Micros <= 0 || i > 0 && k.Until.Before(p.Kept[i-1].Until) {
				t.Fatalf("kept %v", p.Kept)
			}
		}
		if kept != reserve+p.Withheld-p.Freed-p.Recovered || len(p.Kept) > maxKept {
			t.Fatalf("keeps %d of %d: %+v", kept, reserve, p)
		}
		if !due {
			return
		}
		out := f.OpenSettlement(p, Settlement{}, Actor{}, f.At)
		must(t, out.Entry.Balanced())
		left := map[Class]int64{VendorPending: f.Pending, VendorAvailable: f.Free, VendorReserve: reserve}
		for _, g := range out.Entry.Postings {
			left[g.Account.Class] -= g.Micros
		}
		if left[VendorPending] < 0 || left[VendorReserve] != kept || left[VendorAvailable] < 0 ||
			p.Payout%10_000 != 0 || p.Payout < f.Terms.Minimum || left[PayoutTransit] != p.Payout {
			t.Fatalf("%+v leaves %v", p, left)
		}
	})
}

// What was earned lately is too young, less what was taken back of it; what was taken back of older sales is not.
func TestYoung(t *testing.T) {
	sale := func(no EntryNo, at time.Time, micros int64) Entry {
		return Entry{
			No: no, At: at, Kind: KindPurchase, Vendor: 3, Amount: Amount{micros, "EUR"},
			Postings: []Posting{{Account{Paid, "EUR", 1}, micros}, {Account{VendorPending, "EUR", 3}, -micros}},
		}
	}
	back := func(no, of EntryNo, at time.Time, micros int64) Entry {
		e := sale(no, at, -micros)
		e.Kind, e.Cause = KindRefund, of
		return e
	}
	y := NewYoung(3, start)
	for _, e := range []Entry{back(9, 8, start.Add(9), 30), back(8, 2, start.Add(8), 5), sale(7, start.Add(7), 100)} {
		if !y.Add(e) {
			t.Fatal(e.No)
		}
	}
	if y.Add(sale(2, start, 1000)) {
		t.Error("a sale that is old enough counts as young")
	}
	if n := y.Of(Party{Vendor: 3, Currency: "EUR"}); n != 70 {
		t.Errorf("%d are too young, want 70", n)
	}
	if n := y.Of(Party{Vendor: 3, Payee: 4, Currency: "EUR"}); n != 0 {
		t.Errorf("%d of a payee are too young", n)
	}
}

// Each state takes the events of its table and no other; a step that needs a reason has one; postings balance.
func TestDecidePayout(t *testing.T) {
	events := []string{
		PayoutApprove, PayoutHold, PayoutSubmit, PayoutPaid, PayoutFail, PayoutReturn, PayoutReissue, "nothing",
	}
	for _, from := range []SettlementState{
		SettlementDue, SettlementHeld, SettlementApproved, SettlementSubmitted, SettlementPaid, SettlementFailed,
		SettlementReturned, SettlementReissued,
	} {
		for _, event := range events {
			f := PayoutFacts{No: 9, Policy: DefaultPolicy(), Settlement: Settlement{
				No: 5, Vendor: 3, State: from, Amount: Amount{10 * Unit, "EUR"}, Fee: Unit,
			}}
			to, can := settlementStates.next(from, event)
			out, err := DecidePayout(PayoutStep{Event: event, Reason: "so"}, f, start)
			if can = can && event != PayoutReissue; can != (err == nil) || can && out.Settlement.State != to {
				t.Errorf("%s of %s: %v, %v", event, from, out.Settlement.State, err)
			}
			if err == nil {
				must(t, out.Entry.Balanced())
			}
			needs := event == PayoutHold || event == PayoutFail || event == PayoutReturn ||
				from == SettlementHeld && event == PayoutPaid
			if _, err := DecidePayout(PayoutStep{Event: event}, f, start); err == nil && needs {
				t.Errorf("%s of %s needs no reason", event, from)
			}
			if _, _, err := DecideReissue(f, "", "", Actor{}, start); (err == nil) != (from == SettlementReturned) {
				t.Errorf("%s is paid again: %v", from, err)
			}
		}
	}
}

// Above the bound nobody approves what he has run himself, with whichever of his keys.
func TestWhoApproves(t *testing.T) {
	runner := Staff{Fingerprint: "a", Role: RoleOperator, Wallet: 7}
	f := PayoutFacts{Policy: DefaultPolicy(), Runner: runner, Settlement: Settlement{
		No: 5, Vendor: 3, State: SettlementDue, Amount: Amount{501 * Unit, "EUR"}, Runner: "a",
	}}
	for _, st := range []Staff{runner, {Fingerprint: "b", Wallet: 7}} {
		f.Staff = st
		if _, err := DecidePayout(PayoutStep{Event: PayoutApprove}, f, start); !errors.Is(err, ErrNotAllowed) {
			t.Errorf("%s: %v", st.Fingerprint, err)
		}
	}
	f.Staff = Staff{Fingerprint: "c", Wallet: 8}
	_, err := DecidePayout(PayoutStep{Event: PayoutApprove}, f, start)
	must(t, err)
	f.Settlement.State = SettlementHeld
	paid := PayoutStep{Event: PayoutPaid, Reason: "by hand"}
	_, err = DecidePayout(paid, f, start)
	must(t, err)
	f.Staff = runner
	if _, err = DecidePayout(paid, f, start); !errors.Is(err, ErrNotAllowed) {
		t.Errorf("who ran it says that it was paid by hand: %v", err)
	}
}

// Terms read what the policy reads, within its bounds, and change nothing that they were made of.
func TestDecideTerms(t *testing.T) {
	p, v, op := DefaultPolicy(), Vendor{ID: 3, Name: "news"}, Actor{Role: RoleOperator}
	set := func(name, value string) TermsChange {
		return TermsChange{Currency: "EUR", Set: map[string]string{name: value}}
	}
	out, err := DecideTerms(set("reserve", "5 %"), v, p, op, 4, start)
	must(t, err)
	out, err = DecideTerms(set("after", "1d"), out.Vendor, p, op, 4, start)
	must(t, err)
	got := out.Vendor.TermsIn("EUR", p)
	if got.Reserve != 500 || got.After != day || got.Delay != 7*day || len(v.Terms) != 0 {
		t.Errorf("%+v", got)
	}
	for name, err := range map[string]error{
		"who":      second(DecideTerms(TermsChange{Currency: "EUR"}, v, p, Actor{Role: RoleRep}, 4, start)),
		"currency": second(DecideTerms(TermsChange{Currency: "GBP"}, v, p, op, 4, start)),
		"reserve":  second(DecideTerms(set("reserve", "51 %"), v, p, op, 4, start)),
		"name":     second(DecideTerms(set("x", "1"), v, p, op, 4, start)),
		"account":  second(DecideTerms(set("to", " "), v, p, op, 4, start)),
	} {
		if Code(err) == "internal" || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
