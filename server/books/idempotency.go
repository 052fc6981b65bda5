package books

import (
	"bytes"
	"context"
	"slices"
	"time"

	"tuppence/server/ledger"
)

// IdempotencyRecord is what an idempotency key was used for: enough to return the same response again
// (draft-ietf-httpapi-idempotency-key-header).
type IdempotencyRecord struct {
	Fingerprint [32]byte  // hash of the request: another request under the same key is refused
	Kind        string    // what was done ("charge", "refund", …): never empty
	Ref         []byte    // the number of what was made, as its kind writes it
	At          time.Time // of the first use: retention counts from here
}

// Idempotency reads what an owner's key was used for; owner and name may be any text. Nearly every key is new, which
// the store knows without a look into its index ([MostlyAbsent]).
func (r Reader) Idempotency(owner, name string) (IdempotencyRecord, bool, error) {
	return load(r, idempotencyKey(owner, name), idempotencyRecords)
}

// PutIdempotency stores what a key was used for, in the commit of what it did. It is put decoded only so that the
// writer need not encode it.
func (t Tx) PutIdempotency(owner, name string, rec IdempotencyRecord) error {
	return putDecoded(t, idempotencyKey(owner, name), &idempotencyRecords, rec)
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
		rec, err := idempotencyRecords.decode(kv.Key, kv.Value)
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

// ForgetIdempotency deletes those of the records under keys that are from before an instant: a key may have been
// used again since [Reader.OldIdempotency] returned it.
func (t Tx) ForgetIdempotency(keys [][]byte, before time.Time) error {
	for _, k := range keys {
		rec, found, err := load(t.Reader, k, idempotencyRecords)
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

// IdempotencyFrom returns a place in the table of idempotency keys for a walk that is to begin anywhere: sweeps that
// are cut off early and always begin at the same place would never reach the end.
func IdempotencyFrom(n uint64) []byte { return numberKey(tIdempotency, n) }

// MostlyAbsent returns the tables in which use cases mostly look to learn that there is no such record, for
// store.Options: an idempotency key is nearly always new, and few charges were asked for in a terminal before.
func MostlyAbsent() [][]byte { return [][]byte{key(tIdempotency), key(tCheckout)} }

// idempotencyKeys checks the idempotency keys (I10): each says what it was used for, and names an entry that no other
// key names. Those of format "books 1" stand in a table of their own until an upgrade is through.
func (a *auditor) idempotencyKeys(ctx context.Context) error {
	if err := a.idempotencyTable(ctx, tIdempotency, 1+16); err != nil {
		return err
	}
	return a.idempotencyTable(ctx, tOldIdempotency, 1+4+16)
}

// idempotencyTable checks one table of idempotency keys, all of one length. Entries lose their mark when a key names
// them, so a second key for the same entry is found.
func (a *auditor) idempotencyTable(ctx context.Context, table byte, length int) error {
	return rows(ctx, a, table, idempotencyRecords, nil, func(k []byte, r IdempotencyRecord) error {
		switch {
		case r.Kind == "":
			a.find(i10, "idempotency key %x does not say what it was used for", k[1:])
		case len(k) != length:
			a.find(i10, "idempotency key %x is not in its place", k[1:])
		case r.Kind == "charges":
			a.manyKeyed(k, r.Ref)
		case !slices.Contains([]string{"charge", "refund", "transfer", "exchange"}, r.Kind):
		case len(r.Ref) != 8 || !a.keyed.clear(ledger.EntryNo(last(r.Ref))):
			a.find(i10, "idempotency key %x was used for %s %x, which is not there or was made with another key",
				k[1:], r.Kind, r.Ref)
		}
		return nil
	})
}

// manyKeyed checks the key of many charges: 8 bytes for each, zero for one that was refused.
func (a *auditor) manyKeyed(k, ref []byte) {
	if len(ref) == 0 || len(ref)%8 != 0 {
		a.find(i10, "idempotency key %x was used for charges %x, which are no numbers", k[1:], ref)
		return
	}
	for one := range slices.Chunk(ref, 8) {
		if no := ledger.EntryNo(last(one)); no != 0 && !a.keyed.clear(no) {
			a.find(i10, "idempotency key %x was used for charge %d, which is not there or was made with another key",
				k[1:], no)
		}
	}
}
