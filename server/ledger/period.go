package ledger

import "time"

// day is a day of 24 hours: how long a promise holds. Days of the calendar are those of [periods].
const day = 24 * time.Hour

// periods are the first instants of the day, week and month around an instant, as the calendar of the person's zone has
// them (claim 23). A week begins on Monday (ISO 8601). The ends are found only when asked for: a decision that allows
// needs none.
type periods struct {
	Day, Week, Month time.Time

	now       time.Time
	zone      *time.Location
	year      int
	month     time.Month
	date, mon int // days of the month; mon, this week's Monday, may be below 1
}

// periodsAt finds the periods around an instant; a nil zone is UTC.
func periodsAt(now time.Time, zone *time.Location) periods {
	if zone == nil {
		zone = time.UTC
	}
	local := now.In(zone)
	p := periods{now: now, zone: zone}
	p.year, p.month, p.date = local.Date()
	p.mon = p.date - (int(local.Weekday())+6)%7
	p.Day = midnight(p.year, p.month, p.date, zone)
	p.Week, p.Month = p.Day, p.Day
	if p.mon != p.date {
		p.Week = midnight(p.year, p.month, p.mon, zone)
	}
	if p.date != 1 {
		p.Month = midnight(p.year, p.month, 1, zone)
	}
	return p
}

// Happened reports whether something of this time has happened by now. What a clock has stamped that was ahead has not:
// it counts toward no bound of a day or a month before that time has come. A clock that is a little behind is trusted.
func Happened(at, now time.Time) bool { return at.Sub(now) <= clockSlack }

// MonthStart returns the first instant of the calendar month around now in a zone; a nil zone is UTC.
func MonthStart(now time.Time, zone *time.Location) time.Time { return periodsAt(now, zone).Month }

func (p periods) nextDay() time.Time { return midnight(p.year, p.month, p.date+1, p.zone) }

func (p periods) nextWeek() time.Time { return midnight(p.year, p.month, p.mon+7, p.zone) }

func (p periods) nextMonth() time.Time { return midnight(p.year, p.month+1, 1, p.zone) }

// span is one kind of period: where it begins, where the next one does, and how short it may get by a change of zone.
type span struct {
	start, next func(periods) time.Time
	shortest    time.Duration
}

var (
	days   = span{func(p periods) time.Time { return p.Day }, periods.nextDay, dayMin}
	weeks  = span{func(p periods) time.Time { return p.Week }, periods.nextWeek, weekMin}
	months = span{func(p periods) time.Time { return p.Month }, periods.nextMonth, monthMin}
)

// from returns the first beginning of such a period at t or after it.
func (s span) from(t time.Time, zone *time.Location) time.Time {
	p := periodsAt(t, zone)
	if start := s.start(p); !start.Before(t) {
		return start
	}
	return s.next(p)
}

// midnight returns the first instant of a local date. Where clocks change at midnight, 00:00 may not exist, or exist
// twice, and time.Date does not say which side of the change it returns; a date that a zone skipped (Apia, 2011-12-30)
// begins with the one after it.
func midnight(y int, m time.Month, d int, zone *time.Location) time.Time {
	t := time.Date(y, m, d, 0, 0, 0, 0, zone)
	if zone == time.UTC {
		return t
	}
	return firstOf(localDay(time.Date(y, m, d, 0, 0, 0, 0, time.UTC)), t)
}

// firstOf returns the first instant of a local date, by its number, from an instant within hours of it.
func firstOf(date int64, t time.Time) time.Time {
	const step = 15 * time.Minute // zone offsets change by multiples of it
	for localDay(t) < date {
		t = t.Add(step)
	}
	for localDay(t.Add(-step)) >= date {
		t = t.Add(-step)
	}
	return t
}

// localDay numbers the local dates, from that of the Unix epoch.
func localDay(t time.Time) int64 {
	const seconds = int64(day / time.Second)
	_, offset := t.Zone()
	s := t.Unix() + int64(offset)
	if s < 0 {
		s -= seconds - 1 // round toward the past, as dates do
	}
	return s / seconds
}
