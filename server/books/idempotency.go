package books

import (
	"bytes"
	"time"
)

// IdempotencyRecord is what an idempotency key was used for: enough to give the same answer again.
type IdempotencyRecord struct {
	Fingerprint [32]byte // of the request
	Kind        string   // what was done: never empty
	Ref         []byte   // to which thing
	At          time.Time
}

// Idempotency reads what an owner's key was used for. Nearly every key is new, so the store answers without a look into
// its index ([MostlyAbsent]).
func (r Reader) Idempotency(owner, name string) (IdempotencyRecord, bool, error) {
	return load(r, idempotencyKey(owner, name), remembereds)
}

// PutIdempotency stores what a key was used for, in the commit of what it did. It is put decoded only so that the
// writer need not encode it.
func (t Tx) PutIdempotency(owner, name string, rec IdempotencyRecord) error {
	return putHot(t, idempotencyKey(owner, name), &remembereds, rec)
}

// OldIdempotency looks at the limit records that follow a key of the store (nil: from the first) and returns the keys
// of those from before an instant, and where to go on: nil when the end was reached. Records lie in the order of a
// hash, so a walk that begins anywhere meets all ages alike.
func (r Reader) OldIdempotency(from []byte, before time.Time, limit int) (old [][]byte, next []byte, err error) {
	if from == nil {
		from = key(tIdempotency)
	}
	seen := 0
	for kv, err := range r.kv.Scan(from, after(key(tIdempotency)), false, limit) {
		if err != nil {
			return nil, nil, err
		}
		rec, err := remembereds.decode(kv.Key, kv.Value)
		if err != nil {
			return nil, nil, err
		}
		if rec.At.Before(before) {
			old = append(old, bytes.Clone(kv.Key))
		}
		if seen++; seen == limit {
			next = append(bytes.Clone(kv.Key), 0)
		}
	}
	return old, next, nil
}

// ForgetIdempotency deletes those of the records under keys that are from before an instant: a key may be in use again
// since somebody looked.
func (t Tx) ForgetIdempotency(keys [][]byte, before time.Time) error {
	for _, k := range keys {
		rec, found, err := load(t.Reader, k, remembereds)
		if err != nil {
			return err
		}
		if !found || !rec.At.Before(before) {
			continue
		}
		if err := t.tx.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// IdempotencyFrom is the place in the table of idempotency keys at which a walk begins that is to begin anywhere.
func IdempotencyFrom(n uint64) []byte { return numberKey(tIdempotency, n) }

// MostlyAbsent are the tables in which use cases mostly look to learn that there is no such record, for
// store.Options: an idempotency key is nearly always new, and few charges were asked for in a terminal before.
func MostlyAbsent() [][]byte { return [][]byte{key(tIdempotency), key(tCheckout)} }
