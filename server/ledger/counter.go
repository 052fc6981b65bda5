package ledger

import "time"

// Shortest lengths of a period that begins where the one before it ended in another zone. A day that would be shorter
// goes on to the midnight after it, so that no change of zone opens two budgets within a day. A week or a month may be
// shorter by what lies between the first and the last zone of the earth: it still ends with the next week or month of
// the calendar, and never one later.
const (
	zonesApart = 28 * time.Hour // 26 hours, and an hour of summer time at both ends
	dayMin     = 23 * time.Hour // the day on which clocks are set forward
	weekMin    = 7*day - zonesApart
	monthMin   = 28*day - zonesApart
)

// clockSlack is how far ahead of the clock a period may begin and still count: a clock that is set back by minutes over
// midnight opens no second budget of the same day. What begins later does not count now: a purchase while the clock
// stood a year ahead must not use up the limits of a year. So each time that the clock is set opens at most one budget
// more.
const clockSlack = 2 * time.Hour

// Counter is what was spent in one period. Its end is kept, not found anew: what a screen has promised happens at that
// instant, wherever the person is by then.
type Counter struct {
	Start int64 // first instant of the period, Unix seconds
	Spent int64 // micros
	End   int64 // first instant after the period, Unix seconds; 0: as the calendar has it
}

// Counters hold what was spent in the running day, week and month (claims 23, 24). They are kept incrementally: a
// purchase adds its price, a void takes the held part back, a refund changes nothing. The auditor recomputes them
// (DESIGN.md, I8, and Clocks and zones).
type Counters struct{ Day, Week, Month Counter }

// roll returns the counter of the period that p.now is in.
func (c Counter) roll(p periods, s span) Counter {
	start, now := s.start(p).Unix(), p.now.Unix()
	if c.Spent == 0 && c.End == 0 { // never used, or as good as that
		return Counter{Start: start}
	}
	end := c.ends(p, s)
	switch {
	case c.Start-now > int64(clockSlack/time.Second): // the clock was ahead, or is behind
		return Counter{Start: start}
	case now < end:
		return Counter{Start: c.Start, Spent: c.Spent, End: end}
	case start < end: // the zone has changed: a period begins where the last one ended
		return Counter{Start: end, End: s.from(time.Unix(end, 0).Add(s.shortest), p.zone).Unix()}
	}
	return Counter{Start: start}
}

// ends returns the end of the period. Records from before ends were kept have none: then it is the first end of the
// calendar that leaves the period its shortest length.
func (c Counter) ends(p periods, s span) int64 {
	if c.End != 0 {
		return c.End
	}
	return s.from(time.Unix(c.Start, 0).Add(s.shortest), p.zone).Unix()
}

// at rolls the counters over to the periods: what was spent in earlier ones counts no more.
func (c Counters) at(p periods) Counters {
	return Counters{c.Day.roll(p, days), c.Week.roll(p, weeks), c.Month.roll(p, months)}
}

// add counts a purchase in its periods.
func (c Counters) add(micros int64, p periods) Counters {
	c = c.at(p)
	return Counters{c.Day.plus(micros, p, days), c.Week.plus(micros, p, weeks), c.Month.plus(micros, p, months)}
}

func (c Counter) plus(micros int64, p periods, s span) Counter {
	c.Spent += micros
	if c.End == 0 {
		c.End = s.next(p).Unix()
	}
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

// follow counts in the period of another counter.
func (c Counter) follow(wallet Counter, micros int64) Counter {
	if c.Start != wallet.Start {
		c.Spent = 0
	}
	return Counter{Start: wallet.Start, Spent: c.Spent + micros, End: wallet.End}
}

// Recount adds a sale to counters by the periods that are pinned in it, for the auditor: the clock and the person's
// zone may have changed since. The ends of the periods are not in the journal.
func Recount(c Counters, s *Sale) Counters {
	return c.follow(Counters{Day: Counter{Start: s.Day}, Week: Counter{Start: s.Week}, Month: Counter{Start: s.Month}},
		s.Price.Micros)
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
