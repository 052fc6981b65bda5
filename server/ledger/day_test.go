package ledger

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleSpentOn() {
	w := Wallet{Spent: Counters{}.add(3*Unit, periodsAt(start, nil))}
	tomorrow := start.Add(day)
	next := w.Spent.add(2*Unit, periodsAt(tomorrow, nil))
	over := w.Spent.closes(next.Day.Start)
	on, before := SpentOn(Wallet{Spent: next}, Days{}.After(over), tomorrow, nil)
	for _, s := range on[SpentDays-3:] {
		fmt.Println(s.Date, s.Micros)
	}
	fmt.Println("before", before)
	// Output:
	// 2026-11-23 0
	// 2026-11-24 3000000
	// 2026-11-25 2000000
	// before 0
}

// bought is one purchase, void or pause of a property about days.
type bought struct {
	at     time.Time
	micros int64
}

// The days that are over and the counter of the running one have each purchase once, whatever zones the person was in,
// and no more of them than are kept. What is counted in one place is what a filter over all purchases counts.
func TestDaysHaveEachPurchaseOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "start"), 0)
		where := zone(t, rapid.SampledFrom(zoneNames).Draw(t, "zone"))
		var w Wallet
		var d Days
		var all []bought
		for range rapid.IntRange(1, 150).Draw(t, "purchases") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 60*3600).Draw(t, "pause")) * time.Second)
			x := rapid.Int64Range(1, 100).Draw(t, "price")
			next := w.Spent.add(x, periodsAt(now, where))
			before := slices.Clone(d.Last)
			if over := w.Spent.closes(next.Day.Start); over != (Day{}) {
				after := d.After(over)
				if !slices.Equal(d.Last, before) {
					t.Fatal("the list that there was has changed")
				}
				d = after
			}
			w.Spent, all = next, append(all, bought{now, x})
		}
		if n := len(d.Last); n > keptDays || uint64(n) != min(d.Closed, keptDays) {
			t.Fatalf("%d of %d days are kept", n, d.Closed)
		}
		later := now.Add(time.Duration(rapid.Int64Range(0, 20*24*3600).Draw(t, "later")) * time.Second)
		on, before := SpentOn(w, d, later, where)
		want := map[string]int64{}
		for _, b := range all {
			want[b.at.In(where).Format(time.DateOnly)] += b.micros
		}
		if on[SpentDays-1].Date != later.In(where).Format(time.DateOnly) {
			t.Fatalf("today is %s, not %s", on[SpentDays-1].Date, later.In(where))
		}
		for _, s := range on {
			if s.Micros != want[s.Date] {
				t.Fatalf("%s: %d, want %d", s.Date, s.Micros, want[s.Date])
			}
		}
		first, _ := time.Parse(time.DateOnly, on[0].Date)
		var wantBefore int64
		for i := range SpentDays {
			wantBefore += want[first.AddDate(0, 0, -1-i).Format(time.DateOnly)]
		}
		if before != wantBefore {
			t.Fatalf("before: %d, want %d", before, wantBefore)
		}
	})
}

// Moving about the earth loses nothing and counts nothing twice: the sum over all dates is what was spent.
func TestDaysOfATraveller(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "start"), 0)
		var w Wallet
		var d Days
		var sum int64
		for range rapid.IntRange(1, 20).Draw(t, "purchases") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 30*3600).Draw(t, "pause")) * time.Second)
			p := periodsAt(now, zone(t, rapid.SampledFrom(zoneNames).Draw(t, "zone")))
			next := w.Spent.add(5, p)
			if over := w.Spent.closes(next.Day.Start); over != (Day{}) {
				d = d.After(over)
			}
			w.Spent, sum = next, sum+5
		}
		on, before := SpentOn(w, d, now.Add(day), zone(t, rapid.SampledFrom(zoneNames).Draw(t, "last zone")))
		for _, s := range on {
			before += s.Micros
		}
		if before != sum {
			t.Fatalf("the dates have %d, spent were %d", before, sum)
		}
	})
}

// A day keeps what stood in its counter: the end of a hold is taken back while the day runs, and not later.
func TestDayFollowsItsCounter(t *testing.T) {
	for _, late := range []time.Duration{time.Hour, day} {
		had := Counters{}.add(100, periodsAt(start, nil))
		sale := &Sale{Day: had.Day.Start}
		now := start.Add(late)
		next := had
		if late < day {
			next = Uncount(had, 60, sale)
		}
		after := next.add(7, periodsAt(now.Add(day), nil))
		over := next.closes(after.Day.Start)
		is(t, "same day as the counter", over, Day{had.Day.Start, next.Day.Spent})
		is(t, "the new day is not touched", Uncount(after, 60, sale).Day.Spent, 7)
	}
}

// A clock that was ahead closes the day that it stood in; what it has closed counts when that date comes.
func TestDayOfAClockThatWasAhead(t *testing.T) {
	ahead := Counters{}.add(50, periodsAt(start.Add(40*day), nil))
	next := ahead.add(7, periodsAt(start, nil))
	d := Days{}.After(ahead.closes(next.Day.Start))
	w := Wallet{Spent: next}
	on, before := SpentOn(w, d, start, nil)
	is(t, "today", on[SpentDays-1].Micros, 7)
	is(t, "before", before, 0)
	on, before = SpentOn(w, d, start.Add(40*day), nil)
	is(t, "then", on[SpentDays-1].Micros, 50)
	is(t, "before, then", before, 7)
}
