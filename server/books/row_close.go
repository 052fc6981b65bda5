package books

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"tuppence/server/ledger"
)

// closeRow is a month that is closed: in a row of its own, and in the entry that closed it.
type closeRow struct {
	From   instant        `cbor:"1,keyasint,omitempty" since:"2"`
	Until  instant        `cbor:"2,keyasint,omitempty" since:"2"`
	Last   ledger.EntryNo `cbor:"3,keyasint,omitempty" since:"2"`
	Head   [32]byte       `cbor:"4,keyasint,omitzero" since:"2"`
	Totals []leg          `cbor:"5,keyasint,omitempty" since:"2"`
}

var closes = codec[ledger.Close, closeRow]{pack: packClose, unpack: closeRow.unpack}

func packClose(c ledger.Close) closeRow {
	return closeRow{
		From: pack(c.From), Until: pack(c.Until), Last: c.Last, Head: c.Head, Totals: each(c.Totals, packLeg),
	}
}

func (r closeRow) unpack() ledger.Close {
	return ledger.Close{
		From: r.From.time(), Until: r.Until.time(), Last: r.Last, Head: r.Head, Totals: each(r.Totals, leg.unpack),
	}
}

func closeKey(c ledger.Close) []byte { return key(tClose, c.From) }

// CloseOf reads the close of the month that begins at an instant; false for one that is not closed.
func (r Reader) CloseOf(from time.Time) (ledger.Close, bool, error) {
	return load(r, key(tClose, from), closes)
}

// Closes reads the closed months, newest first, those before an instant (zero: all).
func (r Reader) Closes(before time.Time, limit int) ([]ledger.Close, error) {
	to := after(key(tClose))
	if !before.IsZero() {
		to = key(tClose, before)
	}
	return scan(r, key(tClose), to, true, limit, closes.decode)
}

// PutClose writes a closed month.
func (t Tx) PutClose(c ledger.Close) error { return put(t, closeKey(c), closes, c) }

// errOpen says that an entry of the month came behind what was taken for its end.
var errOpen = errors.New("books: the month goes on")

// MonthEnd returns the last entry before an instant, its hash, and what each class stood at behind it. It begins with
// the control totals of now and takes off what came since, so it costs the entries since that instant, and never the
// history.
func (r Reader) MonthEnd(ctx context.Context, until time.Time) (c ledger.Close, err error) {
	totals, err := r.Totals()
	if err != nil {
		return c, err
	}
	for rec, err := range r.JournalDown(0, 0) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return c, err
		}
		if rec.At.Before(until) {
			c.Last, c.Head = rec.No, rec.Hash
			break
		}
		for _, g := range rec.Postings {
			takeOff(totals, g)
		}
	}
	for _, t := range totals {
		if t.Micros != 0 {
			c.Totals = append(c.Totals, t)
		}
	}
	return c, nil
}

// takeOff takes a posting off the total of its class.
func takeOff(totals []ledger.Posting, g ledger.Posting) {
	for i := range totals {
		if t := &totals[i]; t.Account.Class == g.Account.Class && t.Account.Currency == g.Account.Currency {
			t.Micros -= g.Micros
		}
	}
}

// StillEnds returns an error if an entry behind the end of a month is dated before that.
func (r Reader) StillEnds(c ledger.Close, seen ledger.EntryNo) error {
	for rec, err := range r.Journal(max(c.Last, seen), 0) {
		if err != nil {
			return err
		}
		if rec.At.Before(c.Until) {
			return fmt.Errorf("%w: entry %d", errOpen, rec.No)
		}
	}
	return nil
}

// closing is what the journal says of closed months.
type closing struct {
	totals map[ledger.Account]int64 // of each class and currency so far
	last   ledger.Close             // the newest
	months map[int64]ledger.EntryNo // by their beginning: the entries that closed them
}

func newClosing() closing {
	return closing{totals: map[ledger.Account]int64{}, months: map[int64]ledger.EntryNo{}}
}

// closed adds an entry up, and checks it against the month that was closed last; an entry that closes a month is
// checked against what the journal says of it.
func (a *auditor) closed(rec Record) error {
	for _, g := range rec.Postings {
		at := ledger.Account{Class: g.Account.Class, Currency: g.Account.Currency}
		if a.closing.totals[at] += g.Micros; a.closing.totals[at] == 0 {
			delete(a.closing.totals, at)
		}
	}
	if had := a.closing.last; rec.At.Before(had.Until) {
		a.find(i18, "entry %d is booked into %s, which is closed", rec.No, had.Month())
	}
	c := rec.Close
	if c == nil {
		return nil
	}
	had := a.closing.last
	a.closing.last = *c
	a.closing.months[c.From.UnixMicro()] = rec.No
	from, until := ledger.MonthOf(c.From)
	follows := had.Until.IsZero() || had.Until.Equal(c.From)
	if !from.Equal(c.From) || !until.Equal(c.Until) || !follows || c.Last < had.Last || c.Last >= rec.No ||
		rec.At.Before(c.Until) {
		a.find(i18, "entry %d closes %s up to entry %d, which does not follow on %s up to %d",
			rec.No, c.Month(), c.Last, had.Month(), had.Last)
	}
	return a.closeSums(rec, *c)
}

// closeSums compares what a close says with the journal.
func (a *auditor) closeSums(rec Record, c ledger.Close) error {
	totals := maps.Clone(a.closing.totals)
	for no := c.Last + 1; no < rec.No; no++ { // what came between the end of the month and its close
		e, found, err := a.entryAt(no)
		if err != nil {
			return err
		}
		if found && e.At.Before(c.Until) {
			a.find(i18, "entry %d is of %s, which entry %d closes without it", no, c.Month(), rec.No)
		}
		for _, g := range e.Postings {
			totals[ledger.Account{Class: g.Account.Class, Currency: g.Account.Currency}] -= g.Micros
		}
	}
	for _, t := range c.Totals {
		if totals[t.Account] != t.Micros {
			a.find(i18, "%s closes with %s at %d micros, the journal says %d",
				c.Month(), t.Account, t.Micros, totals[t.Account])
		}
		delete(totals, t.Account)
	}
	for acc, n := range totals {
		if n != 0 {
			a.find(i18, "%s closes without %s, which stood at %d micros", c.Month(), acc, n)
		}
	}
	if c.Last == 0 {
		return nil
	}
	at, found, err := a.r.Entry(c.Last)
	if err := a.damage(i12, err); err != nil {
		return err
	}
	if err == nil && (!found || at.Hash != c.Head || !at.At.Before(c.Until)) {
		a.find(i18, "%s closes with entry %d, which is another one by now", c.Month(), c.Last)
	}
	return nil
}

// closeRows compares the rows of closed months with their entries, and the head with the newest of them.
func (a *auditor) closeRows(ctx context.Context) error {
	err := rows(ctx, a, tClose, closes, closeKey, func(_ []byte, c ledger.Close) error {
		no := a.closing.months[c.From.UnixMicro()]
		delete(a.closing.months, c.From.UnixMicro())
		e, found, err := a.entryAt(no)
		if err == nil && (!found || !bytes.Equal(closes.encode(*e.Close), closes.encode(c))) {
			a.find(rowsEqual, "the close of %s is another one than the journal says", c.Month())
		}
		return err
	})
	for _, no := range a.closing.months {
		a.find(rowsEqual, "the month that entry %d closes has no row", no)
	}
	h, _, headErr := load(a.r, headKey, heads)
	if headErr == nil && h.Closed != pack(a.closing.last.Until) {
		a.find(i18, "the head is open from %s on, the last month was closed up to %s",
			h.Closed.time(), a.closing.last.Until)
	}
	return err
}
