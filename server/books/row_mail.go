package books

import (
	"bytes"
	"context"
	"crypto/sha256"
	"time"

	"tuppence/server/ledger"
)

// letterRow is a letter of a batch.
type letterRow struct {
	User     ledger.UserID   `cbor:"1,keyasint,omitempty" since:"2"`
	Currency ledger.Currency `cbor:"2,keyasint,omitempty" since:"2"`
	Bill     ledger.EntryNo  `cbor:"3,keyasint,omitempty" since:"2"`
	Reminder uint32          `cbor:"4,keyasint,omitempty" since:"2"`
}

// mailingRow is stored in a row with the sealed file, and in the entry that froze it without.
type mailingRow struct {
	Number  uint64      `cbor:"1,keyasint,omitempty" since:"2"`
	Letters []letterRow `cbor:"2,keyasint,omitempty" since:"2"`
	Hash    [32]byte    `cbor:"3,keyasint,omitzero" since:"2"`
	Sealed  [32]byte    `cbor:"4,keyasint,omitzero" since:"2"`
	At      instant     `cbor:"5,keyasint,omitempty" since:"2"`
	Bytes   []byte      `cbor:"6,keyasint,omitempty" since:"2"`
	Dropped instant     `cbor:"7,keyasint,omitempty" since:"2"`
}

// FrozenMailing is a batch of letters with its sealed file.
type FrozenMailing struct {
	ledger.Mailing
	Bytes   []byte    // empty once they were dropped
	Dropped time.Time // when: a file has addresses in it, and is not kept for ever
}

var mailings = codec[FrozenMailing, mailingRow]{
	pack: func(f FrozenMailing) mailingRow {
		r := packMailing(f.Mailing)
		r.Bytes, r.Dropped = f.Bytes, pack(f.Dropped)
		return r
	},
	unpack: func(r mailingRow) FrozenMailing { return FrozenMailing{r.unpack(), r.Bytes, r.Dropped.time()} },
}

func packMailing(m ledger.Mailing) mailingRow {
	return mailingRow{
		Number: m.Number, Hash: m.Hash, Sealed: m.Sealed, At: pack(m.At),
		Letters: each(m.Letters, func(l ledger.Letter) letterRow { return letterRow(l) }),
	}
}

func (r mailingRow) unpack() ledger.Mailing {
	return ledger.Mailing{
		Number: r.Number, Hash: r.Hash, Sealed: r.Sealed, At: r.At.time(),
		Letters: each(r.Letters, func(l letterRow) ledger.Letter { return ledger.Letter(l) }),
	}
}

func mailingKey(number uint64) []byte { return key(tMailing, number) }

// Mailing reads a batch of letters by its number.
func (r Reader) Mailing(number uint64) (FrozenMailing, bool, error) {
	return load(r, mailingKey(number), mailings)
}

// Mailings reads batches of letters, newest first, those before a number (0: all).
func (r Reader) Mailings(before uint64, limit int) ([]FrozenMailing, error) {
	to := after(key(tMailing))
	if before > 0 {
		to = mailingKey(before)
	}
	return scan(r, key(tMailing), to, true, limit, mailings.decode)
}

// NextMailing returns the number of a new batch, from 1.
func (t Tx) NextMailing() (uint64, error) { return next[uint64](t, "mailing") }

// PutMailing writes a batch of letters.
func (t Tx) PutMailing(f FrozenMailing) error { return put(t, mailingKey(f.Number), mailings, f) }

// mailed is what the journal says of letters: the entry of each batch, and the bills with what was printed of them.
type mailed struct {
	batches map[uint64]ledger.EntryNo
	bills   map[ledger.EntryNo]ledger.Bill
}

func newMailed() mailed {
	return mailed{map[uint64]ledger.EntryNo{}, map[ledger.EntryNo]ledger.Bill{}}
}

// mailing follows the letters about each bill: the bill itself once and first, then reminders in their order.
func (a *auditor) mailing(rec Record) {
	m := rec.Mailing
	if m == nil {
		return
	}
	if _, twice := a.mailed.batches[m.Number]; twice {
		a.find(rowsEqual, "entry %d freezes batch %d of letters again", rec.No, m.Number)
	}
	a.mailed.batches[m.Number] = rec.No
	for _, l := range m.Letters {
		had := a.mailed.bills[l.Bill]
		if !a.bills[l.Bill] || had.Mailed.IsZero() != (l.Reminder == 0) || l.Reminder > 0 && l.Reminder <= had.Reminded {
			a.find(rowsEqual, "letter %d about bill %d in entry %d does not follow from those before it",
				l.Reminder, l.Bill, rec.No)
		}
		a.mailed.bills[l.Bill] = had.After(l, m.At)
	}
}

// mailingRows checks that batches are those that were frozen, byte for byte, or were dropped.
func (a *auditor) mailingRows(ctx context.Context) error {
	at := func(f FrozenMailing) []byte { return mailingKey(f.Number) }
	err := rows(ctx, a, tMailing, mailings, at, func(_ []byte, f FrozenMailing) error {
		no := a.mailed.batches[f.Number]
		delete(a.mailed.batches, f.Number)
		e, found, err := a.entryAt(no)
		if err != nil {
			return err
		}
		same := found && bytes.Equal(mailings.encode(FrozenMailing{Mailing: *e.Mailing}),
			mailings.encode(FrozenMailing{Mailing: f.Mailing}))
		whole := f.Dropped.IsZero() && sha256.Sum256(f.Bytes) == f.Sealed || !f.Dropped.IsZero() && len(f.Bytes) == 0
		if !same || !whole {
			a.find(rowsEqual, "batch %d of letters is not what was frozen", f.Number)
		}
		return nil
	})
	for number := range a.mailed.batches {
		a.find(rowsEqual, "batch %d of letters has no row", number)
	}
	return err
}
