// Package books keeps typed records over the byte store: it is the only place that knows keys and codecs. Rules live in
// package ledger; what books adds is that every posting changes exactly the rows it must, that the journal is numbered
// without gaps and hash-chained, and that an auditor can recompute everything from it ([Audit]).
package books

import (
	"errors"
	"fmt"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// Reader reads typed records of one snapshot. Getters answer whether there is such a record; errors are faults of the
// store or damaged bytes.
type Reader struct{ kv store.Reader }

// Tx is a [Reader] that writes, inside one function of store.Update.
type Tx struct {
	Reader
	tx store.Tx
}

// Read makes a Reader of a snapshot.
func Read(kv store.Reader) Reader { return Reader{kv} }

// Write makes a Tx of a transaction.
func Write(tx store.Tx) Tx { return Tx{Reader{tx}, tx} }

// load reads the record under a key.
func load[T any](r Reader, k []byte) (v T, found bool, err error) {
	b, err := r.kv.Get(k)
	if errors.Is(err, store.ErrNotFound) {
		return v, false, nil
	}
	if err != nil {
		return v, false, err
	}
	if err := decode(k, b, &v); err != nil {
		return v, false, err
	}
	return v, true, nil
}

// follow reads the record that an index key points to: its value is the key of the record.
func follow(r Reader, index []byte) (target []byte, found bool, err error) {
	b, err := r.kv.Get(index)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	return b, err == nil, err
}

func (t Tx) put(k []byte, v any) error { return t.tx.Set(k, encode(v)) }

// index keeps one index row: gone is removed, want is made to point to target; nil means none.
func (t Tx) index(gone, want, target []byte) error {
	if gone != nil && string(gone) != string(want) {
		if err := t.tx.Delete(gone); err != nil {
			return err
		}
	}
	if want == nil {
		return nil
	}
	return t.tx.Set(want, target)
}

// number reads the number that an index points to.
func number[T ~uint64](r Reader, index []byte) (T, bool, error) {
	b, found, err := follow(r, index)
	if err != nil || !found {
		return 0, found, err
	}
	if len(b) < 8 {
		return 0, false, damaged(index, errCut)
	}
	return T(last(b)), true, nil
}

// next counts up one of the counters.
func next[T ~uint64](t Tx, name string) (T, error) {
	n, _, err := load[uint64](t.Reader, key(tCounter, name))
	if err != nil {
		return 0, err
	}
	n++
	return T(n), t.put(key(tCounter, name), n)
}

// NextUser numbers a new user.
func (t Tx) NextUser() (ledger.UserID, error) { return next[ledger.UserID](t, "user") }

// NextVendor numbers a new vendor.
func (t Tx) NextVendor() (ledger.VendorID, error) { return next[ledger.VendorID](t, "vendor") }

// NextPayee numbers a new payee.
func (t Tx) NextPayee() (ledger.PayeeID, error) { return next[ledger.PayeeID](t, "payee") }

// Meta reads a small named value.
func (r Reader) Meta(name string) ([]byte, bool, error) { return load[[]byte](r, key(tMeta, name)) }

// PutMeta writes a small named value.
func (t Tx) PutMeta(name string, value []byte) error { return t.put(key(tMeta, name), value) }

// Policy is what the operator decided.
func (r Reader) Policy() (ledger.Policy, bool, error) { return load[ledger.Policy](r, key(tPolicy)) }

// PutPolicy writes the policy.
func (t Tx) PutPolicy(p ledger.Policy) error { return t.put(key(tPolicy), p) }

// Remembered is what an idempotency key was used for: enough to answer the same again.
type Remembered struct {
	Fingerprint [32]byte
	Kind        string
	Ref         []byte
	At          time.Time
}

// RecallOld looks for a key in the months that are over. They never change, so it may be asked on a snapshot before the
// transaction.
func (r Reader) RecallOld(owner, name string, now time.Time) (Remembered, bool, error) {
	first, err := r.firstBucket()
	if err != nil {
		return Remembered{}, false, err
	}
	for m := month(now) - 2; m >= first && m < month(now); m-- {
		if had, found, err := load[Remembered](r, onceKey(m, owner, name)); err != nil || found {
			return had, found, err
		}
	}
	return Remembered{}, false, nil
}

// RecallNew looks for a key in this month and the one before it: a clock that is set back by less than a month changes
// nothing.
func (r Reader) RecallNew(owner, name string, now time.Time) (Remembered, bool, error) {
	for _, m := range []uint32{month(now), month(now) - 1, month(now) + 1} {
		if had, found, err := load[Remembered](r, onceKey(m, owner, name)); err != nil || found {
			return had, found, err
		}
	}
	return Remembered{}, false, nil
}

// Recall looks everywhere.
func (r Reader) Recall(owner, name string, now time.Time) (Remembered, bool, error) {
	if had, found, err := r.RecallNew(owner, name, now); err != nil || found {
		return had, found, err
	}
	return r.RecallOld(owner, name, now)
}

func (r Reader) firstBucket() (uint32, error) {
	first, found, err := load[uint32](r, key(tMeta, "first month"))
	if err == nil && !found {
		first = 1<<32 - 1 // nothing was ever remembered
	}
	return first, err
}

// Remember stores what a key was used for, in the commit of what it did.
func (t Tx) Remember(owner, name string, m Remembered) error {
	first, err := t.firstBucket()
	if err != nil {
		return err
	}
	if bucket := month(m.At); bucket < first {
		if err := t.put(key(tMeta, "first month"), bucket); err != nil {
			return err
		}
	}
	return t.put(onceKey(month(m.At), owner, name), m)
}

// scan visits the records of a range.
func scan[T any](r Reader, from, to []byte, reverse bool, limit int, read func(k, v []byte) (T, bool, error)) ([]T, error) {
	var all []T
	for kv, err := range r.kv.Scan(from, to, reverse, limit) {
		if err != nil {
			return nil, err
		}
		v, ok, err := read(kv.Key, kv.Value)
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, v)
		}
	}
	return all, nil
}

// whole decodes the value of a row.
func whole[T any](k, v []byte) (out T, ok bool, err error) {
	err = decode(k, v, &out)
	return out, err == nil, err
}

// pointed decodes the record that an index row points to.
func pointed[T any](r Reader) func(k, v []byte) (T, bool, error) {
	return func(k, v []byte) (T, bool, error) {
		out, found, err := load[T](r, v)
		if err == nil && !found {
			err = damaged(k, fmt.Errorf("points to %x, which is not there", v))
		}
		return out, found, err
	}
}
