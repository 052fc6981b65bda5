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

// closeSilence is how long nothing may have been booked around the end of a month that is closed by itself. Months that
// are closed are entries, too, so a service that nobody uses is never silent for so long, but one that was stopped, or
// whose clock has jumped ahead.
const closeSilence = 40 * day

// RefuseSilence refuses with ErrState a month around whose end nothing was booked for long: before and after are the
// instants of the entries on both sides, or of now. A month that a wrong clock has closed stays closed.
func (c Close) RefuseSilence(before, after time.Time) error {
	if after.Sub(before) <= closeSilence {
		return nil
	}
	return Refuse(ErrState, "Look at the clock of the server. If it is right: month close "+c.Month()+" --clock-is-right",
		"Nothing was booked between %s and %s: the clock may have jumped.", stamp(before.UTC()), stamp(after.UTC()))
}

// RefuseClosing refuses with ErrState to close months up to the one that begins at an instant, where c is the next one;
// known is false in books that have none.
func (c Close) RefuseClosing(from time.Time, known bool, now time.Time) error {
	last := Close{}
	last.From, last.Until = MonthOf(from)
	switch {
	case !known || from.Before(c.From):
		return RefuseState("month "+last.Month(), "closed, or before the first that is")
	case !last.Due(now):
		return RefuseState("month "+last.Month(), "not over")
	}
	return nil
}

// CloseMonth closes a month.
func CloseMonth(c Close, a Actor, no EntryNo, now time.Time) Entry {
	e := entry(no, now, KindClose, a)
	e.Close = &c
	return e
}
