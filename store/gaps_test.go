package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func place(prefix string, n int) []byte {
	return binary.BigEndian.AppendUint32([]byte(prefix), uint32(n))
}

// Whatever is written and deleted, and whoever scans at an older moment meanwhile, a scan finds what a map has.
func TestGapsHideNothing(t *testing.T) {
	e := opened(t, t.TempDir(), quiet)
	defer closed(t, e)
	now := map[string]bool{}
	prefix := rapid.SampledFrom([]string{"p", "q"})
	spot := rapid.IntRange(0, 200)
	check := func(r *rapid.T, rd Reader, state map[string]bool) {
		for range 3 {
			from, to := []byte("p"), []byte("r")
			if rapid.Bool().Draw(r, "inside") {
				from = place(prefix.Draw(r, "prefix"), spot.Draw(r, "from"))
				to = place(prefix.Draw(r, "prefix"), spot.Draw(r, "to"))
			}
			if rapid.IntRange(0, 9).Draw(r, "open") == 0 {
				to = nil
			}
			var got, want []string
			for kv, err := range rd.Scan(from, to, rapid.IntRange(0, 4).Draw(r, "reverse") == 0, 0) {
				if err != nil {
					r.Fatal(err)
				}
				got = append(got, string(kv.Key))
			}
			for k := range state {
				if between(k, from, to) {
					want = append(want, k)
				}
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				r.Fatalf("%q to %q: %q, want %q", from, to, got, want)
			}
		}
	}
	write := func(r *rapid.T, tx Tx) error {
		for range rapid.IntRange(1, 3).Draw(r, "runs") {
			p, put, at := prefix.Draw(r, "prefix"), rapid.Bool().Draw(r, "put"), spot.Draw(r, "at")
			for k := range rapid.IntRange(1, 120).Draw(r, "rows") {
				if key := place(p, at+k); put {
					now[string(key)] = true
				} else {
					delete(now, string(key))
				}
				if err := setOrDelete(tx, place(p, at+k), put); err != nil {
					return err
				}
			}
		}
		check(r, tx, now)
		return nil
	}
	rapid.Check(t, func(r *rapid.T) {
		for range rapid.IntRange(1, 5).Draw(r, "batches") {
			before := maps.Clone(now)
			err := e.View(t.Context(), func(old Reader) error {
				err := e.Update(t.Context(), func(tx Tx) error { return write(r, tx) })
				if rapid.Bool().Draw(r, "followed") {
					untilFollowed(e)
				}
				check(r, old, before)
				return err
			})
			if err == nil {
				err = e.View(t.Context(), func(rd Reader) error { check(r, rd, now); return nil })
			}
			if err != nil {
				r.Fatal(err)
			}
		}
	})
	if e.Stats().Leaps == 0 {
		t.Error("no scan has leapt")
	}
}

// A queue through which rows went: the first row that is left costs the same as if there had been no other. With one
// that stays in front, so does the second.
func BenchmarkQueue(b *testing.B) {
	for _, gone := range []int{0, 1_000, 100_000} {
		b.Run(fmt.Sprintf("gone=%d", gone), func(b *testing.B) {
			e, err := Open(b.TempDir(), quiet)
			if err != nil {
				b.Fatal(err)
			}
			defer e.Close()
			update := func(put bool, rows ...int) {
				if err := e.Update(b.Context(), func(tx Tx) (err error) {
					for _, k := range rows {
						err = errors.Join(err, setOrDelete(tx, place("q", k), put))
					}
					return err
				}); err != nil {
					b.Fatal(err)
				}
			}
			rows := make([]int, 1000)
			for from := 0; from < gone; from += len(rows) {
				for k := range rows {
					rows[k] = from + k + 1
				}
				update(true, rows...)
				update(false, rows...)
			}
			update(true, 0, gone+1)
			untilFollowed(e)
			for b.Loop() {
				found := 0
				err := e.View(b.Context(), func(rd Reader) (err error) {
					for _, broken := range rd.Scan([]byte("q"), []byte("r"), false, 2) {
						found, err = found+1, errors.Join(err, broken)
					}
					return err
				})
				if err != nil || found != 2 {
					b.Fatal(found, err)
				}
			}
		})
	}
}

// untilFollowed returns when Badger has what is durable.
func untilFollowed(e *Engine) {
	for e.Stats().Unapplied > 0 {
		runtime.Gosched()
	}
}

func setOrDelete(tx Tx, key []byte, put bool) error {
	if put {
		return tx.Set(key, []byte("v"))
	}
	return tx.Delete(key)
}
