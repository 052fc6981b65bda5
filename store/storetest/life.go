package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"tuppence/store"
)

// answerThenVisible: once Update has returned, every view that begins later shows what it wrote, to its own caller and
// to all others. A buyer who was told yes must see the purchase on the next screen.
func answerThenVisible(t *testing.T, s store.Store) {
	t.Helper()
	var wg sync.WaitGroup
	for c := range 16 {
		wg.Go(func() {
			for i := range 20 {
				key := fmt.Sprint("c", c, "i", i)
				put(t, s, key, "x")
				if got := get(t, s, key); got != "x" {
					t.Errorf("%s: %q right after the answer", key, got)
				}
			}
		})
	}
	wg.Wait()
}

// snapshotIsStable: a view stays what it was while the writer goes on. An audit or a statement reads for a long time
// and has to add up.
func snapshotIsStable(t *testing.T, s store.Store) {
	t.Helper()
	// One row that will change, one that will not, one that will be deleted.
	put(t, s, "a", "1", "b", "1", "gone", "1")
	err := s.View(t.Context(), func(r store.Reader) error {
		before, err := list(r, "", "", false, 0)
		if err != nil {
			return err
		}
		// Enough batches for an engine to move them out of its memory while the view is open.
		for i := range 200 {
			put(t, s, "a", fmt.Sprint("new", i), fmt.Sprint("n", i), "x") // one row that changes, one that is new
		}
		if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Delete([]byte("gone")) }); err != nil {
			return err
		}
		after, err := list(r, "", "", false, 0)
		if err != nil {
			return err
		}
		if fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("scan: %q became %q", before, after)
		}
		for _, k := range []string{"a", "gone"} {
			if v, err := both(r, k); err != nil || v != "1" {
				t.Errorf("get %s: %q, %v, want 1", k, v, err)
			}
		}
		if v, err := both(r, "n5"); err != nil || v != "-" {
			t.Errorf("get n5: %q, %v, want nothing", v, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if got := get(t, s, "a") + get(t, s, "gone"); got != "new199-" {
		t.Errorf("a fresh view: %q", got)
	}
}

// snapshotsOfManyAges: views opened at different moments each keep their own state. Engines that merge batches on their
// way to an index must not merge over the moment of an open view.
func snapshotsOfManyAges(t *testing.T, s store.Store) {
	t.Helper()
	// Each view is held open over all that comes later, so an engine has to keep as many versions.
	const ages = 12
	release := make(chan struct{})
	var wg sync.WaitGroup
	for age := range ages {
		put(t, s, "a", fmt.Sprint(age), fmt.Sprint("only", age), "x")
		// Each age has one row that only it has, so a view of another age cannot pass for it.
		if age > 0 {
			if err := s.Update(t.Context(), func(tx store.Tx) error {
				return tx.Delete(fmt.Append(nil, "only", age-1))
			}); err != nil {
				t.Fatal(err)
			}
		}
		opened := make(chan struct{})
		wg.Go(func() {
			if err := s.View(t.Context(), func(r store.Reader) error {
				close(opened)
				<-release
				v, err := both(r, "a")
				rows, err2 := list(r, "only", "onlz", true, 0)
				if want := fmt.Sprintf("[only%d=x]", age); v != fmt.Sprint(age) || fmt.Sprint(rows) != want {
					t.Errorf("age %d: a = %q, rows %q", age, v, rows)
				}
				return errors.Join(err, err2)
			}); err != nil {
				t.Error(err)
			}
		})
		<-opened
		// Work between two ages, so that they do not fall into one batch.
		for i := range 30 {
			put(t, s, "busy", fmt.Sprint(age, i))
		}
	}
	close(release)
	wg.Wait()
}

// viewSeesDurable: what a running function has written is seen by no other reader. The view is opened from inside the
// function, which also shows that a view does not wait for the writer.
func viewSeesDurable(t *testing.T, s store.Store) {
	t.Helper()
	put(t, s, "a", "1")
	began, seen := make(chan struct{}), make(chan string, 1)
	var once sync.Once
	go func() {
		// The store is closed while functions run and others wait in the queue.
		<-began
		var out string
		_ = s.View(context.Background(), func(r store.Reader) (err error) { out, err = both(r, "a"); return err })
		seen <- out
	}()
	err := s.Update(t.Context(), func(tx store.Tx) error {
		if err := tx.Set([]byte("a"), []byte("2")); err != nil {
			return err
		}
		once.Do(func() {
			close(began)
			if got := <-seen; got != "1" {
				t.Errorf("a view saw %q of an unfinished function", got)
			}
		})
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if got := get(t, s, "a"); got != "2" {
		t.Errorf("got %q, want 2", got)
	}
}

// largeTransaction: 5 000 rows go in or stay out as one. A use case never writes so many; a restore does.
func largeTransaction(t *testing.T, s store.Store) {
	t.Helper()
	// Refused once and accepted once: a part that stays shows either way.
	refusal := errors.New("no")
	write := func(tx store.Tx) error {
		for i := range 5000 {
			if err := tx.Set(fmt.Appendf(nil, "row%05d", i), bytes.Repeat([]byte{byte(i)}, 40)); err != nil {
				return err
			}
		}
		return nil
	}
	// Counted by a scan: single gets could miss a row that should not be there.
	rows := func() (n int) {
		if err := s.View(t.Context(), func(r store.Reader) error {
			got, err := list(r, "", "", false, 0)
			n = len(got)
			return err
		}); err != nil {
			t.Error(err)
		}
		return n
	}
	err := s.Update(t.Context(), func(tx store.Tx) error { return errors.Join(write(tx), refusal) })
	if !errors.Is(err, refusal) {
		t.Errorf("got %v, want the refusal", err)
	}
	if n := rows(); n != 0 {
		t.Errorf("%d rows of a refused transaction", n)
	}
	if err := s.Update(t.Context(), write); err != nil {
		t.Error(err)
	}
	if n := rows(); n != 5000 {
		t.Errorf("%d rows, want 5000", n)
	}
}

// tooLarge: an engine with a limit says ErrTooLarge, keeps nothing of it, and goes on; one without takes it. Splitting
// it would be the worst: half of a transaction could survive a crash.
func tooLarge(t *testing.T, s store.Store) {
	t.Helper()
	err := s.Update(t.Context(), func(tx store.Tx) error {
		// 64 MiB: more than any engine takes in one transaction, if it has a limit at all.
		for i := range 256 {
			if err := tx.Set(fmt.Appendf(nil, "big%03d", i), make([]byte, 256<<10)); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, store.ErrTooLarge):
		if got := get(t, s, "big000"); got != "-" {
			t.Error("a part of it stayed")
		}
	case err != nil:
		t.Errorf("got %v, want ErrTooLarge or nil", err)
	}
	// The writer goes on with the next function, whatever it said to this one.
	put(t, s, "a", "1")
}

// contextBeforeStart: a context that has ended lets nothing begin, neither a function nor a view.
func contextBeforeStart(t *testing.T, s store.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	if err := s.Update(ctx, func(store.Tx) error { ran = true; return nil }); !errors.Is(err, context.Canceled) || ran {
		t.Errorf("Update: %v, ran: %v", err, ran)
	}
	if err := s.View(ctx, func(store.Reader) error { ran = true; return nil }); !errors.Is(err, context.Canceled) || ran {
		t.Errorf("View: %v, ran: %v", err, ran)
	}
}

// contextAfterStart: a caller that leaves while its function runs learns the outcome all the same. Otherwise it would
// have to treat a purchase that happened as one that may not have.
func contextAfterStart(t *testing.T, s store.Store) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if err := s.Update(ctx, func(tx store.Tx) error { cancel(); return tx.Set([]byte("a"), []byte("1")) }); err != nil {
		t.Errorf("got %v, want the outcome", err)
	}
	if got := get(t, s, "a"); got != "1" {
		t.Errorf("got %q, want 1", got)
	}
}

// closeFinishes: every caller of a store that is being closed learns either that its rows are in or that nothing
// happened. A restart in full service leaves no caller in doubt.
func closeFinishes(t *testing.T, s store.Store) {
	t.Helper()
	began := make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	// More callers than one batch is likely to hold, so that some wait in the queue when the store is closed.
	for c := range 32 {
		wg.Go(func() {
			for i := range 1000 {
				err := s.Update(t.Context(), func(tx store.Tx) error {
					once.Do(func() { close(began) })
					return tx.Set(fmt.Append(nil, c, "/", i), nil)
				})
				if errors.Is(err, store.ErrClosed) { // nothing happened: the caller may ask again after the restart
					return
				}
				if err != nil {
					t.Errorf("got %v, want nil or ErrClosed", err)
					return
				}
			}
		})
	}
	<-began
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	wg.Wait()
	closedRefuses(t, s)
}

// closedRefuses: a closed store runs nothing, says so with ErrClosed, and may be closed again, because several parts of
// a program may each close it at its end.
func closedRefuses(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := s.Update(t.Context(), func(store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Update: %v, want ErrClosed", err)
	}
	if err := s.View(t.Context(), func(store.Reader) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("View: %v, want ErrClosed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("a second Close: %v", err)
	}
}
