// Package books keeps typed records over the byte store: it is the only place that knows keys and codecs. Rules live in
// package ledger; what books adds is that every posting changes exactly the rows it must, that the journal is numbered
// without gaps and hash-chained, and that an auditor can recompute everything from it ([Audit]).
//
// # How a record gains a field
//
// Language of an offer, for example, is four lines in two files:
//
//  1. ledger/offer.go: the field. Empty must mean what offers meant before it.
//  2. row_offer.go, offerRow: Language string `cbor:"18,keyasint,omitempty" since:"2"`, with the next free number.
//  3. row_offer.go, packOffer and unpack: the field there and back.
//
// Then go test ./server/books -update adds the number to testdata/numbers.golden and the bytes to version2.golden. No
// other line of them may change, and version1.golden never does. Old records are read with the field empty; programs
// before it refuse the store in words, because [Format] counts numbers. What must not be empty is set by [Upgrade].
package books

import (
	"errors"
	"fmt"

	"tuppence/server/ledger"
	"tuppence/store"
)

// Reader reads typed records of one snapshot. Getters return whether there is such a record; errors are faults of the
// store, damaged bytes ([store.ErrDamaged]) or records of a newer program ([store.ErrNewer]). What they return may be
// shared: callers change no list and no map inside it.
type Reader struct{ kv store.Reader }

// Tx is a [Reader] that writes, inside one function of store.Update. It reads its own writes; nothing of it is seen
// outside before the function returns nil, and nothing stays if it returns an error.
type Tx struct {
	Reader
	tx store.Tx
	// late are wallets that an entry has left something in that does not stay there.
	late *lateWallets
}

// Read makes a Reader of a snapshot.
func Read(kv store.Reader) Reader { return Reader{kv: kv} }

// Write makes a Tx of a transaction.
func Write(tx store.Tx) Tx { return Tx{Reader{tx}, tx, new(lateWallets)} }

// load reads the record under a key from its bytes. Rows that every sale touches are read with loadDecoded.
func load[T, R any](r Reader, k []byte, c codec[T, R]) (v T, found bool, err error) {
	b, found, err := r.get(k)
	if err != nil || !found {
		return v, false, err
	}
	v, err = c.decode(k, b)
	return v, err == nil, err
}

// get reads the bytes under a key. The value of an index row is the key of its record, so one more get with it reads
// the record.
func (r Reader) get(k []byte) (b []byte, found bool, err error) {
	b, err = r.kv.Get(k)
	found, err = foundOr(err)
	return b, found, err
}

// foundOr returns store.ErrNotFound as a fact and not as an error: to rules, a missing record is a fact like others.
func foundOr(err error) (found bool, other error) {
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// put writes the record of a noun under a key.
func put[T, R any](t Tx, k []byte, c codec[T, R], v T) error { return t.tx.Set(k, c.encode(v)) }

// number reads the number at the end of the key that an index row holds: a user, a vendor, an entry.
func number[T ~uint64](r Reader, index []byte) (T, bool, error) {
	b, found, err := r.get(index)
	if err != nil || !found {
		return 0, false, err
	}
	if len(b) != 9 {
		return 0, false, damaged(index, errCut)
	}
	return T(last(b)), true, nil
}

// pair reads the two numbers of the key that an index row holds: a checkout or a deposit.
func pair(r Reader, index []byte) (a, b uint64, found bool, err error) {
	v, found, err := r.get(index)
	if err != nil || !found {
		return 0, 0, false, err
	}
	if len(v) != 17 {
		return 0, 0, false, damaged(index, errCut)
	}
	return last(v[:9]), last(v), true, nil
}

// next counts up one of the counters. Numbers are given in the commit that uses them, so a refused one is not lost.
func next[T ~uint64](t Tx, name string) (T, error) {
	n, _, err := load(t.Reader, key(tCounter, name), counts)
	if err != nil {
		return 0, err
	}
	n = following(n)
	return T(n), put(t, key(tCounter, name), counts, n)
}

// following returns the number after n in the same shard: 12 leading bits name the shard, so counting is done in the
// other 52. It panics after 2^52 numbers, and the store refuses that one transaction: at a million sales/s in 142
// years.
func following[N ~uint64](n N) N {
	return ledger.InShard[N](ledger.ShardOf(n), uint64(n)&ledger.MaxSequence+1)
}

// NextUser returns the number of a new user, from 1.
func (t Tx) NextUser() (ledger.UserID, error) { return next[ledger.UserID](t, "user") }

// NextVendor returns the number of a new vendor, from 1.
func (t Tx) NextVendor() (ledger.VendorID, error) { return next[ledger.VendorID](t, "vendor") }

// NextPayee returns the number of a new payee, from 1, of whatever vendor.
func (t Tx) NextPayee() (ledger.PayeeID, error) { return next[ledger.PayeeID](t, "payee") }

// Meta reads a small named value, such as [FormatName]: settings of the store and not facts of the books.
func (r Reader) Meta(name string) ([]byte, bool, error) { return load(r, key(tMeta, name), blobs) }

// PutMeta writes a small named value.
func (t Tx) PutMeta(name string, value []byte) error { return put(t, key(tMeta, name), blobs, value) }

// DropMeta deletes a small named value; it is no error if there is none.
func (t Tx) DropMeta(name string) error { return t.tx.Delete(key(tMeta, name)) }

// Policy reads the rules that the operator has set; there are none before the first start of a service.
func (r Reader) Policy() (ledger.Policy, bool, error) { return loadDecoded(r, policyKey, &policies) }

// PutPolicy writes the policy. That it changed is an entry of the journal, which the caller appends.
func (t Tx) PutPolicy(p ledger.Policy) error { return putDecoded(t, policyKey, &policies, p) }

// Rates reads the newest rates that were loaded.
func (r Reader) Rates() (ledger.Rates, bool, error) { return load(r, key(tRates), rates) }

// PutRates writes the newest rates. That they were loaded is an entry of the journal, which the caller appends.
func (t Tx) PutRates(r ledger.Rates) error { return put(t, key(tRates), rates, r) }

// scan reads the records of a range into a list, at most limit of them (0: all). reverse reads from the end: "to" is
// left out as always.
func scan[T any](r Reader, from, to []byte, reverse bool, limit int, read func(k, v []byte) (T, error)) ([]T, error) {
	var all []T
	for kv, err := range r.kv.Scan(from, to, reverse, limit) {
		if err != nil {
			return nil, err
		}
		v, err := read(kv.Key, kv.Value)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, nil
}

// staleRun is how many records in a row may be too old before [recent] stops: a clock that was behind has stamped what
// is new as if it were old, and what is older must not be hidden by it.
const staleRun = 10

// recent visits the newest records under a prefix, in the order of their numbers, and returns those that are young. It
// stops after many that are not: what was long ago costs little.
func recent[T any](
	r Reader, prefix []byte, limit int, read func(k, v []byte) (T, error), young func(T) bool,
) ([]T, error) {
	var all []T
	stale := 0
	for kv, err := range r.kv.Scan(prefix, after(prefix), true, 0) {
		if err != nil {
			return nil, err
		}
		v, err := read(kv.Key, kv.Value)
		if err != nil {
			return nil, err
		}
		if !young(v) {
			if stale++; stale == staleRun {
				break
			}
			continue
		}
		stale = 0
		if all = append(all, v); len(all) == limit {
			break
		}
	}
	return all, nil
}

// deref returns a function for scan that decodes the record that an index row leads to.
func deref[T, R any](r Reader, c codec[T, R]) func(k, v []byte) (T, error) {
	return func(k, v []byte) (T, error) {
		out, found, err := load(r, v, c)
		if err == nil && !found {
			err = damaged(k, fmt.Errorf("points to %s, which is not there", keyName(v)))
		}
		return out, err
	}
}
