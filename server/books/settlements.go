package books

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"iter"

	"tuppence/server/ledger"
)

// Settlement reads a settlement by the entry that opened it.
func (r Reader) Settlement(no ledger.EntryNo) (ledger.Settlement, bool, error) {
	return load(r, key(tSettlement, no), settlements)
}

// PutSettlement writes a settlement and its places in the lists.
func (t Tx) PutSettlement(s ledger.Settlement) error {
	return putIndexed(t, key(tSettlement, s.No), settlements, s, settlementIndexes)
}

// LastSettlement reads the newest settlement that closed a period of a party; its number is 0 if there is none.
func (r Reader) LastSettlement(p ledger.Party) (last ledger.Settlement, err error) {
	list, err := scan(r, closedKey(p), after(closedKey(p)), true, 1, deref(r, settlements))
	if len(list) > 0 {
		last = list[0]
	}
	return last, err
}

// SettlementQuery asks for settlements, the newest first. The first of its fields that is set chooses the list; a zero
// query is all.
type SettlementQuery struct {
	Own    ledger.VendorID // a vendor's, without those of its payees
	Moving ledger.VendorID // those of them whose money is on its way
	Vendor ledger.VendorID
	State  ledger.SettlementState
	Run    uint64
	File   ledger.EntryNo
	Before ledger.EntryNo // 0: from the newest
}

// Settlements reads settlements, the newest first, at most limit of them (0: all).
func (r Reader) Settlements(q SettlementQuery, limit int) ([]ledger.Settlement, error) {
	prefix := key(tSettled, "3")
	switch {
	case q.Own != 0:
		prefix = key(tSettled, "7", q.Own)
	case q.Moving != 0:
		prefix = key(tSettled, "8", q.Moving)
	case q.Vendor != 0:
		prefix = key(tSettled, "2", q.Vendor)
	case q.State != "":
		prefix = key(tSettled, "4", string(q.State), "\x00")
	case q.Run != 0:
		prefix = key(tSettled, "6", q.Run)
	case q.File != 0:
		prefix = key(tSettled, "5", q.File)
	}
	to := after(prefix)
	if q.Before != 0 {
		to = binary.BigEndian.AppendUint64(prefix[:len(prefix):len(prefix)], uint64(q.Before))
	}
	return scan(r, prefix, to, true, limit, deref(r, settlements))
}

// SettlementsUp is Settlements with the oldest first, behind an entry.
func (r Reader) SettlementsUp(s ledger.SettlementState, behind ledger.EntryNo, limit int) ([]ledger.Settlement, error) {
	prefix := key(tSettled, "4", string(s), "\x00")
	from := binary.BigEndian.AppendUint64(prefix[:len(prefix):len(prefix)], uint64(behind)+1)
	return scan(r, from, after(prefix), false, limit, deref(r, settlements))
}

// NextRun returns the number of a new run of settlements.
func (t Tx) NextRun() (uint64, error) { return next[uint64](t, "run") }

// Run reads a run of settlements.
func (r Reader) Run(number uint64) (ledger.SettleRun, bool, error) {
	return load(r, key(tRun, number), runs)
}

// Runs reads the newest runs, the newest first, with numbers below before (0: all).
func (r Reader) Runs(before uint64, limit int) ([]ledger.SettleRun, error) {
	to := after(key(tRun))
	if before > 0 {
		to = key(tRun, before)
	}
	return scan(r, key(tRun), to, true, limit, runs.decode)
}

// PutRun writes a run of settlements.
func (t Tx) PutRun(n ledger.SettleRun) error { return put(t, key(tRun, n.Number), runs, n) }

// TillsBehind reads tills in the order of vendors and currencies, behind one of them (0: from the first).
func (r Reader) TillsBehind(v ledger.VendorID, c ledger.Currency, limit int) ([]ledger.Till, error) {
	from := key(tTill)
	if v != 0 {
		from = append(tillKey(v, c), 0)
	}
	return scan(r, from, after(key(tTill)), false, limit, tills.decode)
}

// Named is a payee with its name.
type Named struct {
	ID   ledger.PayeeID
	Name string
}

// PayeesOf reads the payees of a vendor, by name.
func (r Reader) PayeesOf(v ledger.VendorID) ([]Named, error) {
	prefix := key(tPayee, v)
	return scan(r, prefix, after(prefix), false, 0, func(k, b []byte) (Named, error) {
		id, err := payees.decode(k, b)
		return Named{id, string(k[len(prefix):])}, err
	})
}

// Royalties returns what a payee has earned and did not get yet, in micros; below zero it owes that.
func (r Reader) Royalties(p ledger.PayeeID, c ledger.Currency) (int64, error) {
	a := ledger.Account{Class: ledger.RoyaltyPayable, Currency: c, Owner: uint64(p)}
	n, _, err := loadDecoded(r, balanceKey(a), &amounts)
	return -n, err
}

// VendorDown visits the entries of a vendor in one currency from one of them down to the oldest; 0 visits none. visit
// returns whether to go on.
func (r Reader) VendorDown(
	v ledger.VendorID, c ledger.Currency, from ledger.EntryNo, visit func(Record) (bool, error),
) error {
	for no := from; no != 0; {
		k := numberKey(tEntry, no)
		rec, found, err := r.Entry(no)
		if err == nil && (!found || rec.Vendor != v || rec.Amount.Currency != c || rec.PrevVendor >= no) {
			err = damaged(k, errors.New("a chain leads to a foreign entry"))
		}
		if err != nil {
			return err
		}
		more, err := visit(rec)
		if err != nil || !more {
			return err
		}
		no = rec.PrevVendor
	}
	return nil
}

// Statement visits the rows of a settlement's statement, made anew from the journal. It costs what its period has.
func (r Reader) Statement(s ledger.Settlement) iter.Seq2[ledger.StatementRow, error] {
	return s.Rows(func(yield func(ledger.Line, error) bool) {
		lines, err := r.lines(tillID{s.Vendor, s.Amount.Currency}, []ledger.Settlement{s})
		if err != nil {
			yield(ledger.Line{}, err)
			return
		}
		upward(lines[0])(yield)
	})
}

// lines reads the lines of settlements of one vendor and its payees, each the newest first, in one walk.
func (r Reader) lines(id tillID, all []ledger.Settlement) ([][]ledger.Line, error) {
	lines := make([][]ledger.Line, len(all))
	from, to := all[0].From, ledger.EntryNo(0)
	for _, s := range all {
		from, to = min(from, s.From), max(to, s.To)
	}
	err := r.VendorDown(id.Vendor, id.Currency, to, func(rec Record) (bool, error) {
		if rec.No <= from {
			return false, nil
		}
		for i, s := range all {
			if rec.No <= s.From || rec.No > s.To {
				continue
			}
			if l, ok := LineOf(rec, s.Party()); ok {
				lines[i] = append(lines[i], l)
			}
		}
		return true, nil
	})
	return lines, err
}

// upward visits lines from the last to the first: as they are in a statement, the oldest first.
func upward(lines []ledger.Line) iter.Seq2[ledger.Line, error] {
	return func(yield func(ledger.Line, error) bool) {
		for i := len(lines) - 1; i >= 0; i-- {
			if !yield(lines[i], nil) {
				return
			}
		}
	}
}

// LineOf is the line of a record, with its hash.
func LineOf(rec Record, p ledger.Party) (ledger.Line, bool) {
	l, ok := rec.LineOf(p)
	l.Hash = rec.Hash
	return l, ok
}

// Digest returns the SHA-256 of the rows of a statement.
func Digest(rows iter.Seq2[ledger.StatementRow, error]) (sum [32]byte, err error) {
	h := sha256.New()
	for row, err := range rows {
		if err != nil {
			return sum, err
		}
		h.Write([]byte(row.Text() + "\n"))
	}
	return [32]byte(h.Sum(nil)), nil
}
