package ledger

import "time"

// Shortest lengths of the periods. A counter that is younger goes on, even if the person has moved to a zone where a
// new period has begun: who travels, or has a clock that jumps back, gets no more budgets than the calendar gives. What
// counts is the start that the counter has, so that a sale and its counter always name the same period.
const (
	dayMin   = 23 * time.Hour // the day on which clocks are set forward
	weekMin  = 7*day - time.Hour
	monthMin = 28*day - time.Hour
)

// Counter is what was spent in one period.
type Counter struct {
	Start int64 // first instant of the period, Unix seconds
	Spent int64 // micros
}

// Counters hold what was spent in the running day, week and month (claims 23, 24). They are kept incrementally: a
// purchase adds its price, a void takes the held part back, a refund changes nothing. The auditor recomputes them
// (DESIGN.md, I8).
type Counters struct{ Day, Week, Month Counter }

// roll returns the counter of the period that begins at start: this one while it is too young to end, else an empty
// one.
func (c Counter) roll(start time.Time, shortest time.Duration) Counter {
	if c.Spent != 0 && start.Unix()-c.Start < int64(shortest/time.Second) {
		return c
	}
	return Counter{Start: start.Unix()}
}

// at rolls the counters over to the periods: what was spent in earlier ones counts no more.
func (c Counters) at(p periods) Counters {
	return Counters{c.Day.roll(p.Day, dayMin), c.Week.roll(p.Week, weekMin), c.Month.roll(p.Month, monthMin)}
}

// add counts a purchase in its periods.
func (c Counters) add(micros int64, p periods) Counters {
	c = c.at(p)
	c.Day.Spent += micros
	c.Week.Spent += micros
	c.Month.Spent += micros
	return c
}

// follow counts a purchase at a vendor, in the periods in which it counts for the wallet. The wallet has seen every
// purchase at the vendor, so its counters begin anew no sooner than those of the vendor may.
func (c Counters) follow(wallet Counters, micros int64) Counters {
	c.Day = c.Day.follow(wallet.Day, micros)
	c.Week = c.Week.follow(wallet.Week, micros)
	c.Month = c.Month.follow(wallet.Month, micros)
	return c
}

func (c Counter) follow(wallet Counter, micros int64) Counter {
	if c.Start != wallet.Start {
		c = Counter{Start: wallet.Start}
	}
	c.Spent += micros
	return c
}

// Uncount takes back the micros that a hold had counted and did not use: its void, or the rest of its capture. What was
// counted in a period that is over stays there.
func Uncount(c Counters, micros int64, s *Sale) Counters {
	c.Day = c.Day.less(s.Day, micros)
	c.Week = c.Week.less(s.Week, micros)
	c.Month = c.Month.less(s.Month, micros)
	return c
}

func (c Counter) less(start, micros int64) Counter {
	if c.Start == start {
		c.Spent = max(c.Spent-micros, 0)
	}
	return c
}
