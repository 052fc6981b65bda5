package storetest

import (
	"fmt"
	"slices"
	"testing"

	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

// anyBytes: keys and values are bytes of any kind; an empty value is there, an empty key is refused. Some of the keys
// look like those that an engine or Badger keeps for itself: they must not meet.
func anyBytes(t *testing.T, s store.Store) {
	t.Helper()
	// The least and the greatest bytes, prefixes of each other, a long one, and letters that engines use as tables.
	keys := []string{
		"\x00", "\x00\x00", "a\x00", "!badger!x", "\xff", "\xff\xff\xff", "~head", "h", "r", string(make([]byte, 200)),
	}
	err := s.Update(t.Context(), func(tx store.Tx) error {
		for i, k := range keys {
			if err := tx.Set([]byte(k), []byte{byte(i)}); err != nil {
				return err
			}
		}
		if err := tx.Set([]byte("empty"), []byte{}); err != nil {
			return err
		}
		return tx.Set([]byte("nil"), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range keys {
		if got := get(t, s, k); got != string([]byte{byte(i)}) {
			t.Errorf("key %q: got %q", k, got)
		}
	}
	for _, k := range []string{"empty", "nil"} {
		if got := get(t, s, k); got != "" {
			t.Errorf("%s value: got %q, want it to be there and empty", k, got)
		}
	}
	if err := s.View(t.Context(), func(r store.Reader) error {
		got, err := list(r, "", "", false, 0)
		if len(got) != len(keys)+2 {
			t.Errorf("got %d rows, want %d: %q", len(got), len(keys)+2, got)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Set(nil, []byte("x")) }); err == nil {
		t.Error("an empty key was accepted")
	}
}

// bounds are scans over the keys b, bb, c, d, \xff and what they visit.
var bounds = []struct {
	from, to string
	reverse  bool
	limit    int
	want     []string
}{
	// Without bounds: what an engine keeps for itself must not show at either end.
	{"", "", false, 0, []string{"b=1", "bb=2", "c=3", "d=4", "\xff=5"}},
	{"", "", true, 0, []string{"\xff=5", "d=4", "c=3", "bb=2", "b=1"}},
	// With bounds that are keys: the lower one is in, the upper one is not.
	{"b", "d", false, 0, []string{"b=1", "bb=2", "c=3"}},
	{"b", "d", true, 0, []string{"c=3", "bb=2", "b=1"}},
	// With bounds just behind a key, as paging makes them.
	{"b\x00", "c", false, 0, []string{"bb=2"}},
	{"b\x00", "c\x00", true, 0, []string{"c=3", "bb=2"}},
	// A limit counts from the end where the scan begins.
	{"", "", false, 2, []string{"b=1", "bb=2"}},
	{"", "", true, 2, []string{"\xff=5", "d=4"}},
	{"bc", "", true, 9, []string{"\xff=5", "d=4", "c=3"}},
	// Nothing between the bounds, or bounds the wrong way round: no rows and no error.
	{"a", "b", false, 0, []string{}},
	{"a", "b", true, 0, []string{}},
	{"c", "c", false, 0, []string{}},
	{"d", "b", false, 0, []string{}},
	{"d", "b", true, 0, []string{}},
	{"e", "", false, 1, []string{"\xff=5"}},
}

// checkBounds runs all scans of the table on one reader. The same table is used for views, for stored rows and for rows
// of the function itself, which each take another way through an engine.
func checkBounds(t *testing.T, r store.Reader, where string) {
	t.Helper()
	for _, b := range bounds {
		got, err := list(r, b.from, b.to, b.reverse, b.limit)
		if err != nil {
			t.Errorf("%s, %+v: %v", where, b, err)
		}
		if diff := cmp.Diff(b.want, got); diff != "" {
			t.Errorf("%s: scan [%q, %q) reverse %v limit %d (-want +got):\n%s", where, b.from, b.to, b.reverse, b.limit, diff)
		}
	}
}

// scanBounds: in both directions, with and without bounds and limits, over durable rows and over those of the function.
// The lower bound is inside, the upper one is not, whatever the direction.
func scanBounds(t *testing.T, s store.Store) {
	t.Helper()
	rows := []string{"b", "1", "bb", "2", "c", "3", "d", "4", "\xff", "5"}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		for i := 0; i < len(rows); i += 2 {
			if err := tx.Set([]byte(rows[i]), []byte(rows[i+1])); err != nil {
				return err
			}
		}
		// Nothing is stored yet: all rows come from what the function wrote.
		checkBounds(t, tx, "own rows")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.View(t.Context(), func(r store.Reader) error { checkBounds(t, r, "view"); return nil }); err != nil {
		t.Error(err)
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		checkBounds(t, tx, "stored rows")
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// scanOverlay: rows of the function lie over stored ones, replace them, and hide what it deleted. The result is the
// same table of scans, so every way of merging is compared with plain rows.
func scanOverlay(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "b", "old", "bb", "2", "bx", "gone", "d", "4", "e", "gone")
	err := s.Update(t.Context(), func(tx store.Tx) error {
		// One deleted row inside, one at the end, and one that was never there.
		for _, k := range []string{"bx", "e", "never"} {
			if err := tx.Delete([]byte(k)); err != nil {
				return err
			}
		}
		// One row over a stored one, one between two, one behind all.
		for _, kv := range [][2]string{{"b", "1"}, {"c", "3"}, {"\xff", "5"}} {
			if err := tx.Set([]byte(kv[0]), []byte(kv[1])); err != nil {
				return err
			}
		}
		checkBounds(t, tx, "overlay")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.View(t.Context(), func(r store.Reader) error { checkBounds(t, r, "after"); return nil }); err != nil {
		t.Error(err)
	}
}

// scanStops: a caller that stops early is given nothing more, and the store goes on. An iterator of Badger that is not
// closed would block the end of its transaction.
func scanStops(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "a", "1", "b", "2", "c", "3")
	// Several times: what is left open adds up until the store refuses or hangs.
	for range 3 {
		if err := s.View(t.Context(), func(r store.Reader) error {
			n := 0
			for _, err := range r.Scan(nil, nil, false, 0) {
				if err != nil {
					return err
				}
				n++
				break
			}
			if n != 1 {
				t.Errorf("%d rows, want 1", n)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}
	put(t, s, "d", "4")
}

// scanNested: scans inside scans, and an iterator that is used twice. A use case walks over links and reads the entries
// of each: it does not know that both are scans.
func scanNested(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "a", "1", "b", "2", "c", "3")
	// An iterator that keeps its place in itself gives nothing the second time.
	pairs := func(r store.Reader) (got []string) {
		outer := r.Scan([]byte("a"), []byte("c"), false, 0)
		for range 2 {
			for x, err := range outer {
				if err != nil {
					t.Error(err)
				}
				for y, err := range r.Scan([]byte("b"), nil, true, 0) {
					if err != nil {
						t.Error(err)
					}
					got = append(got, string(x.Key)+string(y.Key))
				}
			}
		}
		return got
	}
	want := []string{"ac", "ab", "bc", "bb", "ac", "ab", "bc", "bb"}
	if err := s.View(t.Context(), func(r store.Reader) error {
		if got := pairs(r); !slices.Equal(got, want) {
			t.Errorf("view: got %q, want %q", got, want)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		if got := pairs(tx); !slices.Equal(got, want) {
			t.Errorf("update: got %q, want %q", got, want)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// scanAfterDelete: a deleted row is gone from gets and scans for ever, also when many lie side by side. Queues are such
// stretches: what was done lies before what waits.
func scanAfterDelete(t *testing.T, s store.Store) {
	t.Helper()
	// So many that a deleted stretch is longer than what an iterator looks at in one step.
	const n = 300
	key := func(i int) []byte { return fmt.Appendf(nil, "k%04d", i) }
	must := func(fn func(store.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	must(func(tx store.Tx) error {
		for i := range n {
			if err := tx.Set(key(i), []byte("x")); err != nil {
				return err
			}
		}
		return nil
	})
	must(func(tx store.Tx) error {
		for i := range n {
			if i%10 != 0 {
				if err := tx.Delete(key(i)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	// A row that comes back inside the deleted stretch must be found where it was.
	must(func(tx store.Tx) error { return tx.Set(key(5), []byte("again")) })
	check := func(r store.Reader) error {
		for _, reverse := range []bool{false, true} {
			got, err := list(r, "", "", reverse, 0)
			if err != nil {
				return err
			}
			if len(got) != n/10+1 {
				t.Errorf("reverse %v: %d rows, want %d", reverse, len(got), n/10+1)
			}
		}
		got, err := list(r, "k0001", "", false, 2)
		if diff := cmp.Diff([]string{"k0005=again", "k0010=x"}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return err
	}
	if err := s.View(t.Context(), check); err != nil {
		t.Error(err)
	}
	must(func(tx store.Tx) error { return check(tx) }) // a function may read another way than a view
}
