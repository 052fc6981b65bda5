package books

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// sweeper is what deletes old idempotency keys: it begins anywhere, looks at a few in each step, and may be cut off.
type sweeper struct {
	from  []byte
	found [][]byte // by the last look, still to be deleted
	limit time.Time
}

// Whatever keys are used, used again and swept, in whatever order, a key is known with what it was used for last until
// it is older than the retention, and a whole round of the sweep leaves none that is older.
func TestIdempotencyKeysAgainstAMap(t *testing.T) {
	const retention = 30 * 24 * time.Hour
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		known := map[string]IdempotencyRecord{}
		gone := map[string]bool{} // may be forgotten by now
		var s sweeper
		name := rapid.IntRange(0, 9)
		t.Repeat(map[string]func(*rapid.T){
			"use": func(t *rapid.T) {
				k := fmt.Sprint(name.Draw(t, "key"))
				known[k] = used(rapid.IntRange(1, 255).Draw(t, "request"), w.now)
				delete(gone, k)
				w.do(func(tx Tx) error { return tx.PutIdempotency("v/1", k, known[k]) })
				known[k] = used(int(known[k].Fingerprint[0]), known[k].At)
			},
			"time passes": func(t *rapid.T) {
				w.now = w.now.Add(time.Duration(rapid.IntRange(0, 20*24).Draw(t, "hours")) * time.Hour)
			},
			"look": func(t *rapid.T) {
				s.limit = w.now.Add(-retention)
				if rapid.Bool().Draw(t, "anywhere") {
					s.from = IdempotencyFrom(rapid.Uint64().Draw(t, "from"))
				}
				n := rapid.IntRange(1, 5).Draw(t, "steps")
				w.see(func(r Reader) (err error) {
					s.found, s.from, err = r.OldIdempotency(s.from, s.limit, n)
					if len(s.found) > n {
						t.Fatalf("%d records of %d that were looked at", len(s.found), n)
					}
					return err
				})
			},
			"delete": func(*rapid.T) {
				w.do(func(tx Tx) error { return tx.ForgetIdempotency(s.found, s.limit) })
				for k, rec := range known {
					if rec.At.Before(s.limit) {
						gone[k] = true
					}
				}
			},
			"whole round": func(t *rapid.T) {
				limit := w.now.Add(-retention)
				w.sweep(limit, rapid.IntRange(1, 4).Draw(t, "step"))
				for k, rec := range known {
					if rec.At.Before(limit) {
						delete(known, k)
						delete(gone, k)
					}
				}
			},
			"": func(t *rapid.T) { checkKnown(t, w, known, gone) },
		})
	})
}

// sweep deletes all records from before an instant, a few at a time.
func (w *world) sweep(limit time.Time, step int) {
	w.t.Helper()
	var from []byte
	for steps := 0; ; steps++ {
		if steps > 100 {
			w.t.Fatal("the sweep does not end")
		}
		var old [][]byte
		w.see(func(r Reader) (err error) {
			old, from, err = r.OldIdempotency(from, limit, step)
			return err
		})
		w.do(func(tx Tx) error { return tx.ForgetIdempotency(old, limit) })
		if from == nil {
			return
		}
	}
}

// checkKnown wants all keys of the map to be known, but for those that a sweep may have reached, and no others.
func checkKnown(t *rapid.T, w *world, known map[string]IdempotencyRecord, gone map[string]bool) {
	t.Helper()
	w.see(func(r Reader) error {
		for i := range 10 {
			k := fmt.Sprint(i)
			got, found, err := r.Idempotency("v/1", k)
			if err != nil {
				return err
			}
			want, must := known[k]
			if !found && (!must || gone[k]) {
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" || !must {
				t.Fatalf("key %s: found %v (-want +got):\n%s", k, found, diff)
			}
		}
		return nil
	})
}
