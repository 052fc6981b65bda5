package ledger

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleUncount() {
	p := periodsAt(start, nil)
	spent := Counters{}.add(3*Unit, p)
	held := &Sale{Day: spent.Day.Start, Week: spent.Week.Start, Month: spent.Month.Start}
	spent = Uncount(spent, Unit, held) // a hold of 3 was captured for 2
	fmt.Println(spent.Day.Spent, spent.Month.Spent)
	tomorrow := spent.at(periodsAt(start.Add(day), nil))
	fmt.Println(tomorrow.Day.Spent, tomorrow.Month.Spent)
	// Output:
	// 2000000 2000000
	// 0 2000000
}

// A vendor's counters never count more than the wallet's, and both name the same periods after each purchase, whatever
// zone the person is in.
func TestVendorFollowsTheWallet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "start"), 0)
		var wallet, vendor Counters
		for range rapid.IntRange(1, 40).Draw(t, "purchases") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 60*3600).Draw(t, "pause")) * time.Second)
			p := periodsAt(now, zone(t, rapid.SampledFrom(zoneNames).Draw(t, "zone")))
			x := rapid.Int64Range(1, 100).Draw(t, "price")
			wallet = wallet.add(x, p)
			if rapid.Bool().Draw(t, "here") {
				vendor = vendor.follow(wallet, x)
			}
			for name, c := range map[string][2]Counter{
				"day": {wallet.Day, vendor.Day}, "week": {wallet.Week, vendor.Week}, "month": {wallet.Month, vendor.Month},
			} {
				w, v := c[0], c[1]
				if v.Start == w.Start && v.Spent > w.Spent || v.Start > w.Start {
					t.Fatalf("%s: the vendor has %+v, the wallet %+v", name, v, w)
				}
			}
		}
	})
}

// Taking back exactly what was added leaves the counters as they were, in the period itself and later.
func TestUncountUndoesAdd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := start.Add(time.Duration(rapid.Int64Range(0, 60*24*3600).Draw(t, "later")) * time.Second)
		before := Counters{}.add(rapid.Int64Range(1, 50).Draw(t, "spent"), periodsAt(start, nil)).at(periodsAt(now, nil))
		x := rapid.Int64Range(0, 50).Draw(t, "held")
		after := before.add(x, periodsAt(now, nil))
		sale := &Sale{Day: after.Day.Start, Week: after.Week.Start, Month: after.Month.Start}
		got := Uncount(after, x, sale)
		for i, c := range [][2]Counter{{before.Day, got.Day}, {before.Week, got.Week}, {before.Month, got.Month}} {
			if c[0].Start != c[1].Start || c[0].Spent != c[1].Spent {
				t.Fatalf("period %d: %+v became %+v", i, c[0], c[1])
			}
		}
		// A part that was counted in a period that is over is not taken out of the running one.
		next := after.add(7, periodsAt(now.Add(day), nil))
		if got := Uncount(next, x, sale); got.Day.Start != after.Day.Start && got.Day.Spent != 7 {
			t.Fatalf("the next day has %+v", got.Day)
		}
	})
}

// A hold takes back at most what is counted, and nothing of a period that is over.
func TestUncount(t *testing.T) {
	c := Counters{}.add(100, periodsAt(start, nil))
	sale := &Sale{Day: c.Day.Start, Week: c.Week.Start, Month: c.Month.Start}
	later := c.add(7, periodsAt(start.Add(day), nil)) // same week and month
	got := Uncount(later, 60, sale)
	is(t, "day after", got.Day.Spent, 7)
	is(t, "week", got.Week.Spent, 47)
	is(t, "month", got.Month.Spent, 47)
	is(t, "never below zero", Uncount(c, 500, sale).Day.Spent, 0)
}
