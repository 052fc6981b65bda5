// Package books keeps typed records over the byte store: it is the only place that knows keys and codecs. Rules live in
// package ledger; what books adds is that every posting changes exactly the rows it must, that the journal is numbered
// without gaps and hash-chained, and that an auditor can recompute everything from it ([Audit]).
package books

import (
	"errors"
	"fmt"

	"tuppence/server/ledger"
	"tuppence/store"
)

// Reader reads typed records of one snapshot. Getters return whether there is such a record; errors are faults of the
// store or damaged bytes. What they return may be shared: nobody changes a list or a map inside it.
type Reader struct {
	kv store.Reader
	tx store.Tx // the same one inside a transaction, nil otherwise
}

// Tx is a [Reader] that writes, inside one function of store.Update.
type Tx struct{ Reader }

// Read makes a Reader of a snapshot.
func Read(kv store.Reader) Reader { return Reader{kv: kv} }

// Write makes a Tx of a transaction.
func Write(tx store.Tx) Tx { return Tx{Reader{tx, tx}} }

// load reads the record under a key.
func load[T, R any](r Reader, k []byte, f form[T, R]) (v T, found bool, err error) {
	b, found, err := r.get(k)
	if err != nil || !found {
		return v, false, err
	}
	v, err = f.decode(k, b)
	return v, err == nil, err
}

// get reads the bytes under a key. The value of an index row is the key of its record.
func (r Reader) get(k []byte) (b []byte, found bool, err error) {
	b, err = r.kv.Get(k)
	found, err = foundOr(err)
	return b, found, err
}

// foundOr makes a fact of store.ErrNotFound.
func foundOr(err error) (found bool, other error) {
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func put[T, R any](t Tx, k []byte, f form[T, R], v T) error { return t.tx.Set(k, f.encode(v)) }

// number reads the number that an index points to.
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

// pair reads the two numbers that an index points to.
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

// next counts up one of the counters.
func next[T ~uint64](t Tx, name string) (T, error) {
	n, _, err := load(t.Reader, key(tCounter, name), counts)
	if err != nil {
		return 0, err
	}
	n = following(n)
	return T(n), put(t, key(tCounter, name), counts, n)
}

// following is the number after n in the same shard.
func following[N ~uint64](n N) N {
	return ledger.InShard[N](ledger.ShardOf(n), uint64(n)&ledger.MaxSequence+1)
}

// NextUser numbers a new user.
func (t Tx) NextUser() (ledger.UserID, error) { return next[ledger.UserID](t, "user") }

// NextVendor numbers a new vendor.
func (t Tx) NextVendor() (ledger.VendorID, error) { return next[ledger.VendorID](t, "vendor") }

// NextPayee numbers a new payee.
func (t Tx) NextPayee() (ledger.PayeeID, error) { return next[ledger.PayeeID](t, "payee") }

// Meta reads a small named value.
func (r Reader) Meta(name string) ([]byte, bool, error) { return load(r, key(tMeta, name), blobs) }

// PutMeta writes a small named value.
func (t Tx) PutMeta(name string, value []byte) error { return put(t, key(tMeta, name), blobs, value) }

// DropMeta forgets a small named value.
func (t Tx) DropMeta(name string) error { return t.tx.Delete(key(tMeta, name)) }

// Policy is what the operator decided.
func (r Reader) Policy() (ledger.Policy, bool, error) { return loadHot(r, policyKey, &policies) }

// PutPolicy writes the policy.
func (t Tx) PutPolicy(p ledger.Policy) error { return putHot(t, policyKey, &policies, p) }

// scan visits the records of a range.
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

// recent visits the newest records under a prefix and stops at the first that is too old: what was long ago costs
// nothing.
func recent[T any](
	r Reader, prefix []byte, limit int, read func(k, v []byte) (T, error), young func(T) bool,
) ([]T, error) {
	var all []T
	for kv, err := range r.kv.Scan(prefix, after(prefix), true, limit) {
		if err != nil {
			return nil, err
		}
		v, err := read(kv.Key, kv.Value)
		if err != nil {
			return nil, err
		}
		if !young(v) {
			break
		}
		all = append(all, v)
	}
	return all, nil
}

// pointed decodes the record that an index row points to.
func pointed[T, R any](r Reader, f form[T, R]) func(k, v []byte) (T, error) {
	return func(k, v []byte) (T, error) {
		out, found, err := load(r, v, f)
		if err == nil && !found {
			err = damaged(k, fmt.Errorf("points to %s, which is not there", keyName(v)))
		}
		return out, err
	}
}
