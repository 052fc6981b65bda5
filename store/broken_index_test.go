package store

import (
	"errors"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// wantUnreadable reads in every way there is: each must answer ErrReadOnly, at once and without a panic.
func wantUnreadable(t *testing.T, e *Engine) {
	t.Helper()
	view := func(fn func(Reader) error) error { return e.View(t.Context(), fn) }
	scan := func(r Reader) error {
		for _, err := range r.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
		}
		return nil
	}
	for what, err := range map[string]error{
		"get":    view(func(r Reader) error { _, err := r.Get([]byte("row00001")); return err }),
		"scan":   view(scan),
		"backup": e.Backup(t.Context(), new(strings.Builder)),
		"update": e.Update(t.Context(), func(tx Tx) error { return tx.Set([]byte("k"), nil) }),
		"ready":  e.Ready(),
		"scrub":  e.Scrub(t.Context()),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v, want ErrReadOnly", what, err)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.readers) > 0 {
		t.Errorf("snapshots that were not released: %v", e.readers)
	}
}

// restarts closes a store whose index has failed and opens it again: everything is there and goes on.
func restarts(t *testing.T, e *Engine, rows int) {
	t.Helper()
	if err := e.Close(); err == nil {
		t.Error("close does not say that the index had failed")
	}
	e = opened(t, e.dir, quiet)
	wantRows(t, e, rows)
	fillRows(t, e, rows, rows+1)
	wantRows(t, e, rows+1)
	closed(t, e)
}

// Whoever meets a Badger that has gone gets an error and no panic, and so does everybody after.
func TestIndexGone(t *testing.T) {
	for what, meet := range map[string]func(*Engine) error{
		"get": func(e *Engine) error {
			return e.View(t.Context(), func(r Reader) error { _, err := r.Get([]byte("row00001")); return err })
		},
		"scan": func(e *Engine) error {
			return e.View(t.Context(), func(r Reader) error {
				for _, err := range r.Scan(nil, nil, true, 5) {
					return err
				}
				return nil
			})
		},
		"get of the writer": func(e *Engine) error {
			return e.Update(t.Context(), func(tx Tx) error { _, err := tx.Get([]byte("another")); return err })
		},
		"scan of the writer": func(e *Engine) error {
			return e.Update(t.Context(), func(tx Tx) error {
				for _, err := range tx.Scan(nil, nil, false, 0) {
					return err
				}
				return nil
			})
		},
	} {
		t.Run(what, func(t *testing.T) {
			e := opened(t, filepath.Join(t.TempDir(), "books"), quiet)
			fillRows(t, e, 0, 20)
			waitApplied(e)
			if err := e.db.Close(); err != nil { // underneath
				t.Fatal(err)
			}
			if err := meet(e); !errors.Is(err, ErrReadOnly) {
				t.Errorf("%v, want ErrReadOnly", err)
			}
			wantUnreadable(t, e)
			restarts(t, e, 20)
		})
	}
}

// A file that Badger has mapped can turn unreadable below it: that is a fault of memory, not an error.
func TestIndexFault(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	e := opened(t, dir, quiet)
	fillRows(t, e, 0, 400)
	closed(t, e) // it leaves tables
	e = opened(t, dir, quiet)
	tables, err := filepath.Glob(filepath.Join(e.index, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("tables: %v, %v", tables, err)
	}
	for _, name := range tables {
		if err := os.Truncate(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.View(t.Context(), func(r Reader) error { _, err := r.Get([]byte("row00001")); return err }); !errors.Is(
		err,
		ErrReadOnly,
	) {
		t.Errorf("%v, want ErrReadOnly", err)
	}
	wantUnreadable(t, e)
	restarts(t, e, 400)
}

// A follower that fails stops reads too: Badger may be in pieces. A view that is open at that moment is told as well.
func TestFollowerFails(t *testing.T) {
	e := opened(t, filepath.Join(t.TempDir(), "books"), quiet)
	fillRows(t, e, 0, 20)
	waitApplied(e)
	var open, told sync.WaitGroup
	open.Add(1)
	failed := make(chan struct{})
	told.Go(func() {
		err := e.View(t.Context(), func(r Reader) error {
			open.Done()
			<-failed
			_, err := r.Get([]byte("row00001"))
			return err
		})
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("the open view: %v, want ErrReadOnly", err)
		}
	})
	open.Wait()
	if err := e.db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := e.Update(t.Context(), func(tx Tx) error { return tx.Set([]byte("row00020"), nil) }); err != nil {
		t.Fatal(err) // the journal has it
	}
	e.mu.Lock()
	for e.failure == nil {
		e.progress.Wait()
	}
	e.mu.Unlock()
	close(failed)
	told.Wait()
	wantUnreadable(t, e)
	if err := e.Close(); err == nil {
		t.Error("close does not say that the index had failed")
	}
	e = opened(t, e.dir, quiet)
	if err := e.View(t.Context(), func(r Reader) error { _, err := r.Get([]byte("row00020")); return err }); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	closed(t, e)
}

// A reader that is used after its view, or a scan that is left open, panics nowhere and says nothing about the index.
func TestReaderOutlivesView(t *testing.T) {
	e := opened(t, filepath.Join(t.TempDir(), "books"), quiet)
	fillRows(t, e, 0, 20)
	waitApplied(e)
	var kept Reader
	if err := e.View(t.Context(), func(r Reader) error { kept = r; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := kept.Get([]byte("row00001")); !errors.Is(err, errOver) {
		t.Errorf("get: %v, want %v", err, errOver)
	}
	for _, err := range kept.Scan(nil, nil, false, 0) {
		if !errors.Is(err, errOver) {
			t.Errorf("scan: %v, want %v", err, errOver)
		}
	}
	if err := e.View(t.Context(), func(r Reader) error {
		next, _ := iter.Pull2(r.Scan(nil, nil, false, 0)) // and nobody stops it
		_, _, _ = next()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	wantRows(t, e, 20)
	if err := e.Ready(); err != nil {
		t.Error(err)
	}
	closed(t, e)
}

// limitFiles sets how many files this process may have open, until the test ends.
func limitFiles(t *testing.T) (set func(n uint64)) {
	t.Helper()
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	set = func(n uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: n, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { set(was.Cur) })
	return set
}

// A scrub that finds no descriptor has not found damage: everything goes on.
func TestScrubWithoutDescriptors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	e := opened(t, dir, quiet)
	fillRows(t, e, 0, 20)
	closed(t, e)
	e = opened(t, dir, quiet)
	if e.Stats().IndexBytes == 0 {
		t.Error("there is no table to look at")
	}
	set := limitFiles(t)
	set(0)
	err := e.Scrub(t.Context())
	set(1024)
	if !errors.Is(err, syscall.EMFILE) {
		t.Errorf("scrub: %v, want EMFILE", err)
	}
	if err := e.Ready(); err != nil {
		t.Error(err)
	}
	wantRows(t, e, 20)
	if err := e.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
	closed(t, e)
}

// A program that may open only few files is told so at the start.
func TestFewOpenFiles(t *testing.T) {
	set := limitFiles(t)
	for limit, want := range map[uint64]bool{1000: true, fewFiles: false} {
		set(limit)
		var log strings.Builder
		o := quiet
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		closed(t, opened(t, filepath.Join(t.TempDir(), "books"), o))
		if got := strings.Contains(log.String(), "limit=1000"); got != want {
			t.Errorf("with a limit of %d a warning %v, want %v:\n%s", limit, got, want, log.String())
		}
	}
}
