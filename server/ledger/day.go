package ledger

import (
	"slices"
	"time"
)

// Day is what was spent on one day of a wallet that is over: the counter of the day as it stood when the next one
// began. So it follows the rule of [Counters]: the end of a hold takes back what it has not used while its day runs,
// and nothing afterwards; a refund changes nothing.
type Day struct {
	Start int64 // first instant of the day, Unix seconds; the zero value of Day is no day
	Spent int64 // micros
}

// keptDays is how many days that are over a wallet keeps: two times thirty, and some for changes of zone, which can
// make two of one date.
const keptDays = 62

// Days are the days of a wallet that are over, on which something was sold. Days without a purchase are not among them.
type Days struct {
	User     UserID
	Currency Currency
	Closed   uint64 // how many there ever were
	Last     []Day  // the newest of them, at most 62, in the order in which they ended
}

// After returns the days with one more at the end. The list that there was stays as it is.
func (d Days) After(over Day) Days {
	last := d.Last[max(0, len(d.Last)-keptDays+1):]
	d.Last, d.Closed = append(slices.Clip(slices.Clone(last)), over), d.Closed+1
	return d
}

// closes returns the day that ends because a purchase counts in the day that begins at start; zero: none does.
func (c Counters) closes(start int64) Day {
	if c.Day.Start == 0 || c.Day.Start == start {
		return Day{}
	}
	return Day{c.Day.Start, c.Day.Spent}
}

// Closes returns the day that ends with a sale, by the day that is pinned in it; zero: none does. It is for the
// auditor, as [Recount] is.
func Closes(c Counters, s *Sale) Day { return c.closes(s.Day) }

// SpentDays is how many days [SpentOn] tells.
const SpentDays = 30

// Spent is what a wallet has spent on a date.
type Spent struct {
	Date   string // of the person's zone: 2026-11-24
	Micros int64
}

// SpentOn returns what a wallet has spent on each of the last 30 dates, the last of them today, and in the 30 days
// before them. The date of a day is that of its noon in the zone where the person is now: a day that began in another
// zone stands on one date all the same.
func SpentOn(w Wallet, d Days, now time.Time, zone *time.Location) (on [SpentDays]Spent, before int64) {
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	today := localDay(local)
	for i := range on {
		y, m, date := local.Date()
		on[i].Date = time.Date(y, m, date+i-SpentDays+1, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	// The counter of the day is the one that has not ended: today, or the last day on which something was sold.
	for _, over := range append(slices.Clip(d.Last), Day{w.Spent.Day.Start, w.Spent.Day.Spent}) {
		noon := time.Unix(over.Start, 0).Add(day / 2).In(zone)
		switch ago := today - localDay(noon); {
		case ago < 0: // of a clock that was ahead
		case ago < SpentDays:
			on[SpentDays-1-ago].Micros += over.Spent
		case ago < 2*SpentDays:
			before += over.Spent
		}
	}
	return on, before
}
