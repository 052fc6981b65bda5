package ledger

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// credited is an entry about a deposit of some micros that came at an instant and can be taken back for a while.
func credited(no EntryNo, micros int64, at time.Time, window time.Duration) Entry {
	return Entry{No: no, At: at, Kind: KindDeposit, User: 7, Deposit: &Deposit{
		No: no, Amount: Amount{micros, "EUR"}, State: DepositSucceeded, Free: atRiskUntil(at, window),
	}}
}

// Whatever is paid in and taken back, a wallet has few lots, ordered by day, and they hold at least what can be taken
// back at any time; exactly that, up to the end of the day, as long as there are few different days.
func TestLotsHoldWhatCanBeTakenBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := Wallet{User: 7}
		var live []Entry
		now, days := start, map[int64]bool{}
		for no := range rapid.IntRange(1, 60).Draw(t, "deposits") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 200).Draw(t, "hours")) * time.Hour)
			window := time.Duration(rapid.SampledFrom([]int64{0, 1, 14, 120}).Draw(t, "days")) * day
			e := credited(EntryNo(no+1), rapid.Int64Range(1, 100).Draw(t, "micros"), now, window)
			w, live = w.After(e), append(live, e)
			days[freeDay(e.Deposit.Free)] = true
			if rapid.IntRange(0, 3).Draw(t, "taken back") == 0 {
				i := rapid.IntRange(0, len(live)-1).Draw(t, "which")
				back := live[i]
				live = append(live[:i:i], live[i+1:]...)
				d := *back.Deposit
				d.State = DepositChargedBack
				back.Deposit, back.At = &d, now
				w = w.After(back)
			}
			var paid int64
			for _, e := range live {
				paid += e.Deposit.net()
			}
			is(t, "paid in", w.Past.PaidIn, paid)
			if len(w.Lots) > maxLots {
				t.Fatalf("%d lots", len(w.Lots))
			}
			for later := now; later.Before(now.Add(130 * day)); later = later.Add(7 * time.Hour) {
				var least, most int64
				for _, e := range live {
					d := e.Deposit
					if d.Free.IsZero() {
						continue
					}
					if later.Before(d.Free) {
						least += d.net()
					}
					if later.Before(Lot{Day: freeDay(d.Free)}.free()) {
						most += d.net()
					}
				}
				got := w.AtRisk(later)
				if got < least || len(days) <= maxLots && got != most {
					t.Fatalf("at risk are %d, want %d to %d; lots %v", got, least, most, w.Lots)
				}
			}
		}
	})
}

// Money that is free pays for content first, so money at risk is still there when it is taken back; and what a refusal
// promises holds: on the day that it names the amount can leave, and not a moment before.
func TestMoneyAtRiskStays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, now := Wallet{User: 7, Currency: "EUR"}, start
		for no := range rapid.IntRange(1, 20).Draw(t, "deposits") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 100).Draw(t, "hours")) * time.Hour)
			window := time.Duration(rapid.SampledFrom([]int64{0, 3, 14, 120}).Draw(t, "days")) * day
			e := credited(EntryNo(no+1), rapid.Int64Range(1, 100).Draw(t, "micros"), now, window)
			w = w.After(e)
			w.Paid += e.Deposit.net()
		}
		w.Paid -= rapid.Int64Range(0, w.Paid).Draw(t, "spent")
		x := rapid.Int64Range(0, w.Paid).Draw(t, "sent")
		from := w.TransferableFrom(x, now)
		if from.IsZero() != (w.Transferable(now) >= x) {
			t.Fatalf("%d of %d can leave now, from %v; lots %v", w.Transferable(now), w.Paid, from, w.Lots)
		}
		if !from.IsZero() && (w.Transferable(from) < x || w.Transferable(from.Add(-1)) >= x) {
			t.Fatalf("%d cannot leave at %v; lots %v", x, from, w.Lots)
		}
	})
}

func ExampleWallet_Transferable() {
	w := Wallet{User: 7, Currency: "EUR", Paid: 70 * Unit}
	w = w.After(credited(1, 50*Unit, start, 14*day)) // the other 20 have come from someone else
	free := Amount{w.Transferable(start), "EUR"}
	fmt.Println(free, w.TransferableFrom(w.Paid, start).Format(time.DateOnly))
	fmt.Println(refuseAtRisk("Send", "sent", free, w.TransferableFrom(w.Paid, start)).Remedy)
	// Output:
	// 20.00 EUR 2026-12-09
	// Send at most 20.00 EUR, or wait until 2026-12-09 00:00 UTC.
}
