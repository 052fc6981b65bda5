package books

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

func used(n int, at time.Time) IdempotencyRecord {
	return IdempotencyRecord{Fingerprint: [32]byte{byte(n)}, Kind: "checkout", Ref: keyNumber(ledger.EntryNo(n)), At: at}
}

// wants checks which of the keys 0 to n-1 of v/1 are known.
func (w *world) wants(n int, known func(int) bool) {
	w.t.Helper()
	w.see(func(r Reader) error {
		for i := range n {
			got, found, err := r.Idempotency("v/1", fmt.Sprint(i))
			if err != nil {
				return err
			}
			if found != known(i) || found && cmp.Diff(byte(i), got.Fingerprint[0]) != "" {
				w.t.Fatalf("key %d: found %v, %+v", i, found, got)
			}
		}
		return nil
	})
}

// A walk in small steps from anywhere, and once more from the beginning, meets all old records and no young one.
func TestSweepOfIdempotencyKeys(t *testing.T) {
	w := newWorld(t)
	const n = 60
	limit := w.now
	w.do(func(tx Tx) error {
		for i := range n {
			at := limit.Add(time.Duration(i%3-1) * time.Microsecond) // before, at and after the limit
			if err := tx.PutIdempotency("v/1", fmt.Sprint(i), used(i, at)); err != nil {
				return err
			}
		}
		return nil
	})
	var all [][]byte
	for _, from := range [][]byte{IdempotencyFrom(1 << 63), nil} {
		for steps := 0; ; steps++ {
			var old, next [][]byte
			w.see(func(r Reader) error {
				found, at, err := r.OldIdempotency(from, limit, 7)
				old, from = found, at
				next = append(next, at)
				return err
			})
			all = append(all, old...)
			if next[0] == nil {
				break
			}
			if steps > n {
				t.Fatal("the walk does not end")
			}
		}
	}
	if len(all) < n/3 {
		t.Fatalf("%d old records, want at least %d", len(all), n/3)
	}
	// Key 0 was in use again before the sweep came to delete.
	w.do(func(tx Tx) error { return tx.PutIdempotency("v/1", "0", used(0, limit)) })
	w.do(func(tx Tx) error { return tx.ForgetIdempotency(all, limit) })
	w.wants(n, func(i int) bool { return i == 0 || i%3 != 0 })
}

// Records of the layout of "books 1" are found under their keys after an upgrade that was cut off after each commit,
// and nothing is left where they stood.
func TestUpgradeMovesIdempotencyKeys(t *testing.T) {
	w := newWorld(t)
	const n = 25
	w.do(func(tx Tx) error {
		for i := range n {
			k := idempotencyKey("v/1", fmt.Sprint(i))
			old := key(tOldIdempotency, uint32(680+i%4), k[1:])
			if err := tx.tx.Set(old, idempotencyRecords.encode(used(i, w.now))); err != nil {
				return err
			}
		}
		if err := tx.PutMeta(FormatName, []byte("books 1")); err != nil {
			return err
		}
		return tx.tx.Set(key(tOldMonths), []byte{1, 0x82, 0x18, 0x20, 0x18, 0x21})
	})
	w.clean()
	for starts := 0; ; starts++ {
		ctx, kill := context.WithCancel(t.Context())
		o := UpgradeOptions{Batch: 4, Progress: func(_, _ uint64) { kill() }}
		err := Upgrade(ctx, w.kv, o)
		kill()
		w.clean()
		if err == nil {
			break
		}
		if !errors.Is(err, context.Canceled) || starts > 10*n {
			t.Fatalf("start %d: %v", starts, err)
		}
	}
	w.wants(n, func(int) bool { return true })
	w.see(func(r Reader) error {
		for _, table := range []byte{tOldIdempotency, tOldMonths} {
			for kv := range r.kv.Scan(key(table), after(key(table)), false, 0) {
				t.Errorf("left behind: %s", keyName(kv.Key))
			}
		}
		return nil
	})
}

// Owner and name of a key cannot run together.
func TestIdempotencyKeysDiffer(t *testing.T) {
	kv := store.NewMemory()
	long := string(make([]byte, 2*maxHashed))
	for i, k := range [][2]string{
		{"v/1", "2"}, {"v/12", ""}, {"v/", "12"}, {"", "v/12"}, {"v/1", long}, {"v/1", long + "x"},
	} {
		if err := kv.Update(t.Context(), func(tx store.Tx) error {
			if had, found, err := Write(tx).Idempotency(k[0], k[1]); err != nil || found {
				t.Errorf("%q: %+v, %v, want nothing", k, had, err)
			}
			return Write(tx).PutIdempotency(k[0], k[1], used(i, morning))
		}); err != nil {
			t.Fatal(err)
		}
	}
}
