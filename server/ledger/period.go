package ledger

import "time"

const day = 24 * time.Hour

// Periods are the first instants of the day, week and month around an instant, and of the following ones, as the
// calendar of the person's zone has them. A week begins on Monday.
type Periods struct{ Day, Week, Month, NextDay, NextWeek, NextMonth time.Time }

// PeriodStarts finds the periods around an instant; a nil zone is UTC.
func PeriodStarts(now time.Time, zone *time.Location) Periods {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := now.In(zone).Date()
	monday := d - (int(now.In(zone).Weekday())+6)%7
	return Periods{
		Day: midnight(y, m, d, zone), NextDay: midnight(y, m, d+1, zone),
		Week: midnight(y, m, monday, zone), NextWeek: midnight(y, m, monday+7, zone),
		Month: midnight(y, m, 1, zone), NextMonth: midnight(y, m+1, 1, zone),
	}
}

// midnight is the first instant of a local date. Where clocks change at midnight, 00:00 may not exist, or exist twice.
func midnight(y int, m time.Month, d int, zone *time.Location) time.Time {
	const step = 15 * time.Minute // zone offsets change by multiples of it
	date := time.Date(y, m, d, 12, 0, 0, 0, time.UTC)
	starts := func(t time.Time) bool { // the local date of t is not before the wanted one
		ty, tm, td := t.Date()
		return !time.Date(ty, tm, td, 12, 0, 0, 0, time.UTC).Before(date)
	}
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	for !starts(t) {
		t = t.Add(step)
	}
	for starts(t.Add(-step)) {
		t = t.Add(-step)
	}
	return t
}

// Shortest lengths of the periods. A counter that is younger goes on, even if the person has moved to a zone where a new
// period has begun: whoever travels, or has a clock that jumps back, gets no more budgets than the calendar gives. What
// counts is the start that the counter has, so that a sale and its counter always name the same period.
const (
	dayMin   = 23 * time.Hour
	weekMin  = 7*24*time.Hour - time.Hour
	monthMin = 28*24*time.Hour - time.Hour
)

// roll answers the counter of the period that begins at start.
func (c Counter) roll(start time.Time, shortest time.Duration) Counter {
	if c.Spent != 0 && start.Unix()-c.Start < int64(shortest/time.Second) {
		return c
	}
	return Counter{Start: start.Unix()}
}

// At rolls the counters over to the periods: what was spent in earlier ones counts no more.
func (c Counters) At(p Periods) Counters {
	return Counters{Day: c.Day.roll(p.Day, dayMin), Week: c.Week.roll(p.Week, weekMin), Month: c.Month.roll(p.Month, monthMin)}
}

// Count adds a purchase to the counters of its periods.
func Count(c Counters, micros int64, p Periods) Counters {
	c = c.At(p)
	c.Day.Spent += micros
	c.Week.Spent += micros
	c.Month.Spent += micros
	return c
}

// follow adds a purchase to the counters at a vendor, in the periods in which it counts for the wallet. The wallet has seen
// every purchase of the vendor, so its counters begin anew no sooner than those of the vendor may.
func follow(c, wallet Counters, micros int64) Counters {
	for _, k := range []struct {
		to    *Counter
		start int64
	}{{&c.Day, wallet.Day.Start}, {&c.Week, wallet.Week.Start}, {&c.Month, wallet.Month.Start}} {
		if k.to.Start != k.start {
			*k.to = Counter{Start: k.start}
		}
		k.to.Spent += micros
	}
	return c
}

// Uncount takes back what a hold had counted and did not use: its void, or the rest of its capture. What is counted in a
// period that is over stays there. A refund changes nothing.
func Uncount(c Counters, micros int64, s *Sale) Counters {
	less := func(k *Counter, start int64) {
		if k.Start == start {
			k.Spent = max(k.Spent-micros, 0)
		}
	}
	less(&c.Day, s.Day)
	less(&c.Week, s.Week)
	less(&c.Month, s.Month)
	return c
}
