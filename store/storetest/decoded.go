package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"tuppence/store"
)

// text is a decoded row, and its own decoder. It is the simplest one that there can be: what the suite finds is then
// the engine's fault.
type text string

// Append is the text itself, so that a test can read it in either form.
func (v text) Append(b []byte) []byte { return append(b, v...) }

// Size is the header of a string and its bytes, as an engine's cache has to count it.
func (v text) Size() int { return 16 + len(v) }

// Decode needs no text: any one is a decoder of all.
func (text) Decode(_, value []byte) (store.Value, error) { return text(value), nil }

// decoded is value by way of Load: "-" when there is no row, as there.
func decoded(r store.Reader, key string) (string, error) {
	v, err := r.Load([]byte(key), text(""))
	if errors.Is(err, store.ErrNotFound) {
		return "-", nil
	}
	if err != nil {
		return "", err
	}
	return string(v.(text)), nil
}

// both reads a row in both forms, which must say the same. An engine may keep them in different places, and one of them
// may have been left behind.
func both(r store.Reader, key string) (string, error) {
	a, err := value(r, key)
	if err != nil {
		return "", err
	}
	b, err := decoded(r, key)
	if err == nil && a != b {
		err = fmt.Errorf("%s is %q as bytes and %q decoded", key, a, b)
	}
	return a, err
}

// decodedOrNot: rows are written and read in either form, and a scan and a view see all of them.
func decodedOrNot(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "bytes", "1", "gone", "x")
	// Each look is one in both forms, whichever the row was written in.
	check := func(tx store.Tx, key, want string) {
		t.Helper()
		if got, err := both(tx, key); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", key, got, err, want)
		}
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		check(tx, "bytes", "1")
		check(tx, "never", "-")
		if err := errors.Join(
			tx.Put([]byte("new"), text("2")),
			tx.Put([]byte("bytes"), text("3")),
			tx.Delete([]byte("gone")),
		); err != nil {
			return err
		}
		check(tx, "new", "2")
		check(tx, "bytes", "3")
		check(tx, "gone", "-")
		// Bytes over a decoded row, and a decoded row over a deleted one.
		if err := errors.Join(tx.Set([]byte("new"), []byte("4")), tx.Put([]byte("gone"), text(""))); err != nil {
			return err
		}
		check(tx, "new", "4")
		check(tx, "gone", "")
		// A scan sees bytes, so an engine has to encode what it holds decoded, also when it is read backward.
		got, err := list(tx, "", "", true, 0)
		if want := "[new=4 gone= bytes=3]"; fmt.Sprint(got) != want {
			t.Errorf("scan: %q, want %s", got, want)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	// A view reads what has reached the journal, where there are bytes only.
	if got := get(t, s, "bytes") + get(t, s, "new") + get(t, s, "gone"); got != "34" {
		t.Errorf("a view: %q, want 34", got)
	}
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		check(tx, "bytes", "3")
		check(tx, "gone", "")
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// failing is a decoder that knows no row, as an old program has for the rows of a newer one.
type failing struct{ err error }

// Decode fails, whatever the row is.
func (f failing) Decode([]byte, []byte) (store.Value, error) { return nil, f.err }

// decodeError: an error of the decoder comes back, is no fault of the store, and is not remembered.
func decodeError(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "a", "1")
	strange := errors.New("a strange row")
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		// A use case may decide what a strange row means, so it has to see the error of its own decoder.
		if v, err := tx.Load([]byte("a"), failing{strange}); !errors.Is(err, strange) {
			t.Errorf("got %v, %v, want the error of the decoder", v, err)
		}
		if _, err := tx.Load([]byte("b"), failing{strange}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("got %v, want that there is no row to decode", err)
		}
		return tx.Set([]byte("b"), []byte("2"))
	}); err != nil {
		t.Errorf("the function may go on: %v", err)
	}
	// The next function has the right decoder: an engine that kept the failure would fail here as well.
	if err := s.Update(t.Context(), func(tx store.Tx) error {
		v, err := both(tx, "a")
		if v != "1" {
			t.Errorf("afterwards: %q", v)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	if got := get(t, s, "b"); got != "2" {
		t.Errorf("got %q, want 2", got)
	}
}

// decodedUnderPressure: many callers count in decoded rows, some are refused after they wrote, while large rows pass
// through. No count is lost and none of a refusal stays. On an engine with a tiny cache the counters are forgotten and
// decoded again all the time, with the same sums.
func decodedUnderPressure(t *testing.T, s store.Store) {
	t.Helper()
	// Few counters, so that callers meet, and rows large enough to push them out of a small cache.
	const callers, each, keys = 16, 30, 5
	refusal := errors.New("no")
	var wg sync.WaitGroup
	var mu sync.Mutex // of want: callers count what the store has confirmed to them
	want := map[string]int{}
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				key := fmt.Sprint("count", (c+i)%keys)
				var end error
				if (c*7+i)%3 == 0 {
					end = refusal
				}
				err := s.Update(t.Context(), func(tx store.Tx) error {
					n, err := decoded(tx, key)
					if err != nil {
						return err
					}
					had, _ := strconv.Atoi(n)
					large := fmt.Append(nil, "large/", c, "/", i)
					return errors.Join(tx.Put([]byte(key), text(strconv.Itoa(had+1))), tx.Set(large, make([]byte, 2000)), end)
				})
				if !errors.Is(err, end) {
					t.Errorf("got %v, want %v", err, end)
				}
				if end == nil {
					mu.Lock()
					want[key]++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	for key, n := range want {
		if got := get(t, s, key); got != strconv.Itoa(n) {
			t.Errorf("%s is %s, want %d", key, got, n)
		}
	}
}
