package ledger

import (
	"fmt"
	"time"
)

// Notice is what the owner of a weekly budget was told of its next debit: when, from where, and how much at the most.
// It holds for that debit alone. What is debited otherwise is told anew, with all of the time before it.
type Notice struct {
	At      time.Time // when it was told
	Due     time.Time // when the debit is ordered
	Budget  int64     // micros that it has at the most
	Mandate uint64
	Bank    uint64 // the record of the vault that has the account: a bank may correct it meanwhile
}

// Permits reports whether a debit of a weekly budget at an instant was announced as it is, and long enough before it.
func (n Notice) Permits(d Deposit, at time.Time) bool {
	return !n.At.IsZero() && d.Mandate == n.Mandate && d.Amount.Micros <= n.Budget && !at.Before(n.Due) &&
		n.Due.Sub(n.At) >= refillNotice
}

// IsAnnounced reports whether the next debit was announced as it is now.
func (r Refill) IsAnnounced() bool {
	n := r.Notice
	return r.Announced == r.Week && n.Due.Equal(r.Due) && n.Budget == r.Budget && n.Mandate == r.Mandate
}

// forget drops what was announced.
func (r Refill) forget() Refill {
	r.Announced, r.Notice = 0, Notice{}
	return r
}

// announce tells of the next debit. Where that is late the day of the debit moves, to the first noon that leaves the
// whole time before it: in another week it is that week's.
func (r Refill) announce(m Mandate, now time.Time, zone *time.Location) Refill {
	if first := noonFrom(now.Add(refillNotice), zone); r.Due.Before(now.Add(refillNotice)) {
		r.Due, r.Week = instant(first), WeekOf(first)
	}
	if r.Skip == r.Week {
		r.Reason = "Week " + WeekWords(r.Week) + " is skipped."
		return r
	}
	r.Announced = r.Week
	r.Notice = Notice{At: instant(now), Due: r.Due, Budget: r.Budget, Mandate: r.Mandate, Bank: m.Bank}
	r.Reason = fmt.Sprintf("It is filled up to %s at %s from %s. Skip it with: refill skip %s.",
		Amount{r.Budget, r.Currency}, stamp(r.Due.UTC()), m.Mask(), r.Currency)
	return r
}

// WeekOf is the ISO week of a local date, as year and number.
func WeekOf(t time.Time) uint32 {
	year, week := t.ISOWeek()
	return uint32(year*100 + week)
}

// WeekWords tells a week as ISO 8601 writes it: 2026-W53.
func WeekWords(week uint32) string { return fmt.Sprintf("%04d-W%02d", week/100, week%100) }

// noonFrom is the first noon at t or after it, by the clock of a zone; nil is UTC. It is counted in dates of the
// calendar, so a day of 23 or 25 hours moves nothing.
func noonFrom(t time.Time, zone *time.Location) time.Time {
	if zone == nil {
		zone = time.UTC
	}
	y, m, d := t.In(zone).Date()
	noon := time.Date(y, m, d, refillHour, 0, 0, 0, zone)
	if noon.Before(t) {
		noon = time.Date(y, m, d+1, refillHour, 0, 0, 0, zone)
	}
	return noon
}

// refillFrom is the first noon of a weekday at t or after it, as noonFrom counts.
func refillFrom(t time.Time, on time.Weekday, zone *time.Location) time.Time {
	noon := noonFrom(t, zone)
	return noon.AddDate(0, 0, (int(on)-int(noon.Weekday())+7)%7)
}

// at sets when it is filled up next: on its weekday, not before an instant, and in no week that is over.
func (r Refill) at(from time.Time, zone *time.Location) Refill {
	due := refillFrom(from, time.Weekday(r.Weekday), zone)
	for WeekOf(due) <= r.Done {
		due = refillFrom(due.Add(day), time.Weekday(r.Weekday), zone)
	}
	r.Due, r.Week = instant(due), WeekOf(due)
	return r
}

// behind goes on to the week after the one that is next, or to the first one after an instant that is later.
func (r Refill) behind(now time.Time, zone *time.Location) Refill {
	from := r.Due.Add(day)
	if from.Before(now) {
		from = now
	}
	return r.at(from, zone)
}

// Next is when something is to be done about it: it is announced, or filled up. Zero: never.
func (r Refill) Next() time.Time {
	switch {
	case r.State != RefillActive:
		return time.Time{}
	case r.IsAnnounced() || r.Skip == r.Week: // what is skipped is not announced
		return r.Due
	}
	return r.Due.Add(-refillTell)
}
