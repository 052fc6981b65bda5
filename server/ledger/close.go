package ledger

import "time"

// Close seals a month of the books (UTC): what each class stood at behind its last entry. Nothing is booked into a
// month that is closed: entries follow by number, and none behind Last is dated before Until.
type Close struct {
	From, Until time.Time // the month: not before From, before Until
	Last        EntryNo   // the last entry of the month, or of one before it
	Head        [32]byte  // its hash, which seals all before it
	Totals      []Posting // of each class and currency: their accounts have no owner
}

// MonthOf returns the first instant of the month (UTC) of an instant, and that of the next one.
func MonthOf(at time.Time) (from, until time.Time) {
	y, m, _ := at.UTC().Date()
	from = time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
	return from, from.AddDate(0, 1, 0)
}

// Month is its name: 2026-11.
func (c Close) Month() string { return c.From.UTC().Format("2006-01") }

// closeAfter is how long after the end of a month it is closed: what was decided in its last second is booked by then.
const closeAfter = time.Minute

// Due reports whether a month can be closed now.
func (c Close) Due(now time.Time) bool { return !now.Before(c.Until.Add(closeAfter)) }

// CloseMonth closes a month.
func CloseMonth(c Close, no EntryNo, now time.Time) Entry {
	e := entry(no, now, KindClose, Actor{Role: RoleSystem})
	e.Close = &c
	return e
}
