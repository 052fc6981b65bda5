package store_test

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"

	"tuppence/store"

	"pgregory.net/rapid"
)

// filtered are options under which every look that the filter does not answer goes to Badger.
func filtered() store.Options {
	return store.Options{
		MostlyAbsent: [][]byte{[]byte("f/"), {0xff}}, Cache: 1, MaxUnapplied: 1, MinFree: -1, Ballast: -1, ScrubEvery: -1,
		MemTable: 16 << 20, Segment: 64 << 10,
	}
}

func waitForFilter(s *store.Engine) {
	for !s.Stats().FilterReady {
		runtime.Gosched()
	}
}

// The filter never says of a row that is there that it is absent: random writes and deletions, read back in each
// transaction, over many starts, while the filter is read through and after that.
func TestFilterForgetsNothing(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, filtered())
	defer func() { _ = s.Close() }()
	rows := map[string]string{}
	written := 0
	rapid.Check(t, func(rt *rapid.T) {
		if rapid.IntRange(0, 9).Draw(rt, "reopen") == 0 {
			if err := s.Close(); err != nil {
				rt.Fatal(err)
			}
			s = mustOpen(t, dir, filtered())
		}
		if rapid.Bool().Draw(rt, "wait") {
			waitForFilter(s)
		}
		prefix := rapid.SampledFrom([]string{"f/", "\xff", "other/"}).Draw(rt, "prefix")
		fresh := rapid.IntRange(1, 20).Draw(rt, "fresh")
		gone := rapid.IntRange(0, 3).Draw(rt, "gone")
		err := s.Update(t.Context(), func(tx store.Tx) error {
			for _, k := range slices.Sorted(maps.Keys(rows)) {
				if v, err := tx.Get([]byte(k)); err != nil || string(v) != rows[k] {
					return fmt.Errorf("%q = %q, %w, want %q", k, v, err, rows[k])
				}
				if gone > 0 && len(k)%3 == 0 {
					gone--
					delete(rows, k)
					if err := tx.Delete([]byte(k)); err != nil {
						return err
					}
				}
			}
			for range fresh {
				written++
				k := fmt.Sprint(prefix, written)
				if _, err := tx.Get([]byte(k)); !errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%q: %w, want that it is absent", k, err)
				}
				rows[k] = fmt.Sprint("value ", written)
				if err := tx.Set([]byte(k), []byte(rows[k])); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			rt.Fatal(err)
		}
	})
	waitForFilter(s)
	before := s.Stats()
	if before.FilterBytes == 0 {
		t.Error("the filter takes no memory")
	}
	const absent = 1000
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		for i := range absent {
			for _, k := range []string{"f/never", "other/never"} {
				if _, err := tx.Get(fmt.Append([]byte(k), i)); !errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("%s%d: %w, want that it is absent", k, i, err)
				}
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if saved := s.Stats().FilterSaved - before.FilterSaved; saved < absent*9/10 || saved > absent {
		t.Errorf("the filter answered for %d of %d absent keys of its prefixes", saved, absent)
	}
}
