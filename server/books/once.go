package books

import "time"

// Remembered is what an idempotency key was used for: enough to answer the same again.
type Remembered struct {
	Fingerprint [32]byte // of the request
	Kind        string   // what was done: never empty
	Ref         []byte   // to which thing
	At          time.Time
}

// margin is how far the clocks of two requests with one key may lie apart: around the turn of a month both buckets are
// open for so long.
const margin = 24 * time.Hour

// open is the first and the last month in which something may be remembered while a request made at now is under way.
func open(now time.Time) (first, last uint32) { return month(now.Add(-margin)), month(now.Add(margin)) }

// months is the span of months in which something was remembered.
func (r Reader) months() (span, bool, error) { return load(r, key(tMonths), spans) }

// RecallOld looks for a key in all months but the open ones. They never change, so it may be asked on a snapshot before
// the transaction.
func (r Reader) RecallOld(owner, name string, now time.Time) (Remembered, bool, error) {
	m, found, err := r.months()
	if err != nil || !found {
		return Remembered{}, false, err
	}
	from, to := open(now)
	for n := uint64(m.Last) + 1; n > uint64(m.First); n-- { // the newest first
		if bucket := uint32(n - 1); bucket < from || bucket > to {
			if had, found, err := load(r, onceKey(bucket, owner, name), remembereds); err != nil || found {
				return had, found, err
			}
		}
	}
	return Remembered{}, false, nil
}

// RecallNew looks for a key in the open months: this one, and for a day around its turn the one before or after. Together
// with an earlier RecallOld for the same now it sees everything, also what was remembered in between.
func (r Reader) RecallNew(owner, name string, now time.Time) (Remembered, bool, error) {
	from, to := open(now)
	for bucket := from; bucket <= to; bucket++ {
		if had, found, err := load(r, onceKey(bucket, owner, name), remembereds); err != nil || found {
			return had, found, err
		}
	}
	return Remembered{}, false, nil
}

// Remember stores what a key was used for, in the commit of what it did. It is kept for ever.
func (t Tx) Remember(owner, name string, m Remembered) error {
	all, found, err := t.months()
	if err != nil {
		return err
	}
	bucket := month(m.At)
	if !found {
		all = span{First: bucket, Last: bucket}
	}
	if !found || bucket < all.First || bucket > all.Last {
		all.First, all.Last = min(all.First, bucket), max(all.Last, bucket)
		if err := put(t, key(tMonths), spans, all); err != nil {
			return err
		}
	}
	return put(t, onceKey(bucket, owner, name), remembereds, m)
}
