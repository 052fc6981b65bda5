package ledger

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleTry() {
	var c Counters
	var all []Bought
	for _, after := range []time.Duration{0, time.Hour, 2 * time.Hour, day} {
		now := start.Add(after)
		c = c.add(2*Unit, periodsAt(now, nil))
		all = append(all, Bought{At: now, Micros: 2 * Unit, Day: c.Day.Start, Week: c.Week.Start, Month: c.Month.Start})
	}
	l, total, _ := OnlyLimit("day", 4*Unit)
	t := Try(l, total, all)
	fmt.Println(t.Refused, "of", t.Purchases, "first at", t.First.Format("15:04"))
	// Output:
	// 1 of 4 first at 12:00
}

// What a what-if says is what the rule of a purchase would have done: a wallet and a link with these bounds, through
// which the same purchases go one after the other, refuse the same of them.
func TestTryIsTheRule(t *testing.T) {
	bounds := func(t *rapid.T) int64 { return rapid.Int64Range(-1, 400).Draw(t, "bound") }
	rapid.Check(t, func(t *rapid.T) {
		limits := Limits{bounds(t), bounds(t), bounds(t), bounds(t)}
		where := zone(t, rapid.SampledFrom(zoneNames).Draw(t, "zone"))
		now := time.Unix(rapid.Int64Range(1_600_000_000, 1_900_000_000).Draw(t, "start"), 0)
		free, tight := Wallet{}, Wallet{Limits: limits}
		var all []Bought
		var want Tried
		for range rapid.IntRange(1, 60).Draw(t, "purchases") {
			now = now.Add(time.Duration(rapid.Int64Range(0, 40*3600).Draw(t, "pause")) * time.Second)
			p, x := periodsAt(now, where), rapid.Int64Range(1, 200).Draw(t, "price")
			free.Spent = free.Spent.add(x, p)
			all = append(all, Bought{
				At: now, Micros: x, Day: free.Spent.Day.Start, Week: free.Spent.Week.Start, Month: free.Spent.Month.Start,
			})
			want.Purchases++
			if checkLimits(tight, nil, x, p) == nil {
				tight.Spent = tight.Spent.add(x, p)
				continue
			}
			want.Refused++
			want.Micros += x
			if want.First.IsZero() {
				want.First = now
			}
		}
		if got := Try(limits, NoLimit, all); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
		// The oldest fill their periods and are not told of, whatever part of all is asked for.
		n := rapid.IntRange(0, len(all)).Draw(t, "before")
		for i := range n {
			all[i].Before = true
		}
		got := Try(limits, NoLimit, all)
		if got.Purchases != want.Purchases-n || got.Refused > want.Refused {
			t.Fatalf("with %d before: %+v of %+v", n, got, want)
		}
	})
}

// A total bounds all purchases together, and only a known period has a limit.
func TestTryATotal(t *testing.T) {
	all := []Bought{{At: start, Micros: 3}, {At: start, Micros: 3}, {At: start, Micros: 1}}
	l, total, ok := OnlyLimit("total", 4)
	is(t, "known", ok, true)
	got := Try(l, total, all)
	is(t, "refused", got.Refused, 1)
	is(t, "micros", got.Micros, 3)
	_, _, ok = OnlyLimit("year", 4)
	is(t, "a year", ok, false)
}
