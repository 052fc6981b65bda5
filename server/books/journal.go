package books

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"time"

	"tuppence/server/ledger"
)

// Record is an entry at its place: chained to the entry before it by hashes, and to the previous entries of its wallets
// and its vendor by numbers.
type Record struct {
	ledger.Entry
	// PrevUser, PrevUser2 and PrevVendor are the numbers of the entries before this one in the wallets of User and
	// Counterparty and in the till of Vendor, in the currency of Amount; 0 if there is none.
	PrevUser, PrevUser2, PrevVendor ledger.EntryNo

	Hash [32]byte // seals this entry and all before it
}

// Append numbers an entry, chains it and posts it: every balance, control total and chain that it concerns changes with
// it. It refuses entries that do not balance (ErrUnbalanced), leave an account on the wrong side (ErrSign) or move
// the account of a user or vendor that they do not name (ErrParty), with nothing changed; those are bugs of the caller,
// not of a person. What it returns has the number and the hash that it gave.
func (t Tx) Append(e ledger.Entry) (Record, error) { return t.append(e, nil) }

// AppendSpent is Append for a sale: w is the wallet of e.User as it was read in this transaction, with the limits and
// counters that it shall have. Balances and counters of a wallet are one row, so it is written once. The day that has
// ended with the sale, if any, goes to the days of the wallet in the same commit.
func (t Tx) AppendSpent(e ledger.Entry, w ledger.Wallet, over ledger.Day) (Record, error) {
	rec, err := t.append(e, &w)
	if err != nil || over == (ledger.Day{}) {
		return rec, err
	}
	d, err := t.Days(w.User, w.Currency)
	if err != nil {
		return rec, err
	}
	return rec, put(t, daysKey(w.User, w.Currency), daysOver, d.After(over))
}

func (t Tx) append(e ledger.Entry, spent *ledger.Wallet) (Record, error) {
	h, _, err := loadDecoded(t.Reader, headKey, &heads)
	if err != nil {
		return Record{}, err
	}
	e.No = following(h.No)
	if h.Closed != 0 && pack(e.At) < h.Closed { // the clock was set back: nothing is booked into a month that is closed
		e.At = h.Closed.time()
	}
	if err := e.Balanced(); err != nil {
		return Record{}, fmt.Errorf("%w: %w", ErrUnbalanced, err)
	}
	p := poster{r: t.Reader, e: &e, user: spent}
	if err := p.post(); err != nil {
		return Record{}, fmt.Errorf("books: entry %d of kind %d: %w", e.No, e.Kind, err)
	}
	if err := p.write(t); err != nil {
		return Record{}, err
	}
	s := stored{Entry: e, PrevUser: p.prevUser, PrevUser2: p.prevUser2, PrevVendor: p.prevVendor}
	buf := buffers.Get().(*bytes.Buffer) // the hash before, the entry, its hash
	defer buffers.Put(buf)
	buf.Reset()
	buf.Write(h.Hash[:])
	entries.write(buf, entries.pack(s))
	hash := sha256.Sum256(buf.Bytes())
	buf.Write(hash[:])
	if err := t.tx.Set(numberKey(tEntry, e.No), bytes.Clone(buf.Bytes()[len(h.Hash):])); err != nil {
		return Record{}, err
	}
	r := Record{Entry: e, PrevUser: s.PrevUser, PrevUser2: s.PrevUser2, PrevVendor: s.PrevVendor, Hash: hash}
	h.No, h.Hash = e.No, hash
	if e.Close != nil {
		h.Closed = pack(e.Close.Until)
	}
	return r, putDecoded(t, headKey, &heads, h)
}

// chain returns the hash of an entry (SHA-256): it seals the entry and everything before it.
func chain(prev [32]byte, entry []byte) [32]byte {
	h := sha256.New()
	h.Write(prev[:])
	h.Write(entry)
	return [32]byte(h.Sum(nil))
}

// Next returns the number that the next Append gives: decisions name it in what they make.
func (t Tx) Next() (ledger.EntryNo, error) {
	no, _, err := t.Head()
	return following(no), err
}

// Head returns the newest entry, 0 if there is none, and its hash, which seals the whole journal: written down
// somewhere else, it proves later that nothing before it was changed.
func (r Reader) Head() (ledger.EntryNo, [32]byte, error) {
	h, _, err := loadDecoded(r, headKey, &heads)
	return h.No, h.Hash, err
}

// split takes the hash off a stored record: it is not part of what is hashed, so it stands behind the CBOR.
func split(k, b []byte) (body []byte, hash [32]byte, err error) {
	n := len(b) - len(hash)
	if n < 1 {
		return nil, hash, damaged(k, errCut)
	}
	return b[:n], [32]byte(b[n:]), nil
}

// readRecord reads an entry under its key, whose number it must have. Its hash is compared by the audit only.
func readRecord(k, b []byte) (Record, error) {
	body, hash, err := split(k, b)
	if err != nil {
		return Record{}, err
	}
	s, err := entries.decode(k, body)
	if err != nil {
		return Record{}, err
	}
	if s.Entry.No != ledger.EntryNo(last(k)) {
		return Record{}, damaged(k, fmt.Errorf("holds entry %d", s.Entry.No))
	}
	return Record{Entry: s.Entry, PrevUser: s.PrevUser, PrevUser2: s.PrevUser2, PrevVendor: s.PrevVendor, Hash: hash}, nil
}

// Entry reads an entry with its hash.
func (r Reader) Entry(no ledger.EntryNo) (Record, bool, error) {
	k := numberKey(tEntry, no)
	b, found, err := r.get(k)
	if err != nil || !found {
		return Record{}, found, err
	}
	rec, err := readRecord(k, b)
	return rec, err == nil, err
}

// Journal visits the entries after a number in order, at most limit of them (0: all). An error is the last that it
// yields.
func (r Reader) Journal(after ledger.EntryNo, limit int) iter.Seq2[Record, error] {
	return r.records(key(tEntry, after+1), key(tEntry+1), false, limit)
}

// JournalDown visits the entries before a number (0: from the newest), newest first, at most limit of them (0: all). An
// error is the last that it yields.
func (r Reader) JournalDown(before ledger.EntryNo, limit int) iter.Seq2[Record, error] {
	to := key(tEntry + 1)
	if before > 0 {
		to = key(tEntry, before)
	}
	return r.records(key(tEntry), to, true, limit)
}

func (r Reader) records(from, to []byte, reverse bool, limit int) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for kv, err := range r.kv.Scan(from, to, reverse, limit) {
			var rec Record
			if err == nil {
				rec, err = readRecord(kv.Key, kv.Value)
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// UserEntries reads a wallet's entries before a number (0: from the newest), newest first, at most limit of them (0:
// all). It follows the chain of the wallet, so a page costs as many reads as it has entries. A number that is not in
// the wallet's history returns none: cursors come from outside.
func (r Reader) UserEntries(u ledger.UserID, c ledger.Currency, before ledger.EntryNo, limit int) ([]Record, error) {
	start := before
	if before == 0 {
		w, _, err := r.Wallet(u, c)
		if err != nil {
			return nil, err
		}
		start = w.Last
	}
	return r.walk(start, before != 0, limit, func(rec Record) (ledger.EntryNo, bool) {
		switch {
		case rec.Listed() != c:
			return 0, false
		case rec.User == u:
			return rec.PrevUser, true
		case rec.Counterparty == u:
			return rec.PrevUser2, true
		}
		return 0, false
	})
}

// VendorEntries reads a vendor's entries in one currency, as [Reader.UserEntries] reads a wallet's.
func (r Reader) VendorEntries(
	v ledger.VendorID, c ledger.Currency, before ledger.EntryNo, limit int,
) ([]Record, error) {
	start := before
	if before == 0 {
		till, _, err := r.Till(v, c)
		if err != nil {
			return nil, err
		}
		start = till.Last
	}
	return r.walk(start, before != 0, limit, func(rec Record) (ledger.EntryNo, bool) {
		return rec.PrevVendor, rec.Vendor == v && rec.Amount.Currency == c
	})
}

// walk follows a chain. skip leaves the first entry out; prev returns the next one, and whether this one belongs to the
// chain.
func (r Reader) walk(
	no ledger.EntryNo, skip bool, limit int, prev func(Record) (ledger.EntryNo, bool),
) ([]Record, error) {
	var all []Record
	for no != 0 && (limit == 0 || len(all) < limit) {
		k := numberKey(tEntry, no)
		b, found, err := r.get(k)
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, damaged(k, errors.New("a chain leads to an entry that is not there"))
		}
		rec, err := readRecord(k, b)
		if err != nil {
			return nil, err
		}
		to, mine := prev(rec)
		if !mine || to >= no {
			if skip { // a cursor that was made up
				return nil, nil
			}
			return nil, damaged(k, errors.New("a chain leads to a foreign entry"))
		}
		if !skip {
			all = append(all, rec)
		}
		skip, no = false, to
	}
	return all, nil
}

// Purchase reads a sale by its entry, with the entry: what has changed since, or as it was sold. Most sales never
// change and have no row of their own.
func (r Reader) Purchase(no ledger.EntryNo) (ledger.Purchase, Record, bool, error) {
	rec, found, err := r.Entry(no)
	if err != nil || !found || rec.Sale == nil {
		return ledger.Purchase{}, Record{}, false, err
	}
	p, err := r.PurchaseOf(rec)
	return p, rec, err == nil, err
}

// PurchaseOf is [Reader.Purchase] for a sale whose entry was read already.
func (r Reader) PurchaseOf(sold Record) (ledger.Purchase, error) {
	p, changed, err := load(r, key(tPurchase, sold.No), purchases)
	if err == nil && !changed {
		p = ledger.NewPurchase(sold.Entry)
	}
	return p, err
}

// PutPurchase writes what has changed about a sale.
func (t Tx) PutPurchase(p ledger.Purchase) error {
	return putIndexed(t, key(tPurchase, p.No), purchases, p, purchaseIndexes)
}

// DueHolds reads sales whose money waits no longer, in the order in which their time is over, those behind one (zero:
// from the first).
func (r Reader) DueHolds(behind ledger.Purchase, until time.Time, limit int) ([]ledger.Purchase, error) {
	from := key(tOpen, openHold)
	if behind.No != 0 {
		from = append(openHoldKey(behind), 0)
	}
	return scan(r, from, key(tOpen, openHold, until.Add(time.Microsecond)), false, limit, deref(r, purchases))
}
