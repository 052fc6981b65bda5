package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tuppence/store"
)

// until asks every 20 ms, for ten seconds at most.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		if ok() {
			return
		}
		<-tick.C
	}
	t.Fatalf("waited in vain: %s", what)
}

func (d *disk) setRoom(n int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.room = n
}

// TestRoom: before the disk is full updates are refused, when it is full the ballast is given up, reads go on, a start
// is possible, and with room again everything comes back by itself. Without any room the store does not start: Badger
// would die.
func TestRoom(t *testing.T) {
	const mib = 1 << 20
	root := t.TempDir()
	dir := filepath.Join(root, "books")
	ballast := filepath.Join(dir, "BALLAST")
	d := newDisk(root)
	d.room = 1000 * mib
	o := small(d)
	o.MinFree, o.Ballast = 80*mib, 4*mib
	held := func() int64 {
		info, err := os.Stat(ballast)
		if err != nil {
			return -1
		}
		return info.Size()
	}
	s := mustOpen(t, dir, o)
	first := load(s, "first", 4, 5)
	if held() != 4*mib {
		t.Errorf("the ballast holds %d bytes", held())
	}
	refuses := func() bool { return errors.Is(s.Ready(), store.ErrReadOnly) }
	serves := func() bool { return s.Ready() == nil }
	check := func(lives ...*outcomes) {
		t.Helper()
		rows, err := rowsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range lives {
			if lost := o.lost(rows, false); lost != "" {
				t.Fatal(lost)
			}
		}
	}
	d.setRoom(79 * mib)
	until(t, "refusal", refuses)
	if err := s.Update(t.Context(), addRow("row/no")); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("update: %v, want ErrReadOnly", err)
	}
	check(first)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	s = mustOpen(t, dir, o) // on a nearly full disk
	if !refuses() {
		t.Errorf("a start on a nearly full disk: %v", s.Ready())
	}
	check(first)
	d.setRoom(0) // Badger must not write
	until(t, "the ballast is given up", func() bool { return held() == 0 })
	d.setRoom(200 * mib)
	until(t, "service", serves)
	until(t, "the ballast is taken back", func() bool { return held() == 4*mib })
	second := load(s, "second", 4, 5)
	check(first, second)

	d.setRoom(0)
	until(t, "refusal", refuses)
	check(first, second)
	d.setRoom(200 * mib)
	until(t, "service", serves)
	third := load(s, "third", 4, 5)
	check(first, second, third)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	d.setRoom(5 * mib)
	if _, err := store.Open(dir, o); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("a start on a full disk: %v, want ErrReadOnly", err)
	}
	d.setRoom(200 * mib)
	s = mustOpen(t, dir, o)
	check(first, second, third)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A reader, as an audit opens one, outlives the tick at which a store that serves looks after its files.
func TestReaderStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	d := newDisk(filepath.Dir(dir))
	s := mustOpen(t, dir, small(d))
	first := load(s, "first", 2, 3)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	o := small(d)
	o.ReadOnly = true
	s = mustOpen(t, dir, o)
	tick := time.NewTicker(1200 * time.Millisecond)
	defer tick.Stop()
	<-tick.C
	rows, err := rowsOf(s)
	if lost := first.lost(rows, false); err != nil || lost != "" {
		t.Error(err, lost)
	}
	if err := errors.Join(s.Scrub(t.Context()), s.Close()); err != nil {
		t.Error(err)
	}
}

// A writer that waits for the follower does not wait for room: Close comes to its end on a full disk.
func TestCloseWithoutRoom(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "books")
	d := newDisk(root)
	o := small(d)
	o.MinFree, o.MaxUnapplied = 80<<20, 1
	s := mustOpen(t, dir, o)
	var first *outcomes
	done := make(chan struct{})
	go func() { first = load(s, "first", 8, 1<<20); close(done) }() // until it is refused
	until(t, "some rows", func() bool { return s.Head().Number > 3 })
	d.setRoom(0)
	<-done
	closing := make(chan error)
	go func() { closing <- s.Close() }()
	select {
	case err := <-closing:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("Close does not return")
	}
	d.setRoom(200 << 20)
	// Badger was left open; a start elsewhere, as of another process, has the journal alone.
	moved := filepath.Join(root, "moved")
	d.mu.Lock()
	for name, n := range d.names {
		if rel, err := filepath.Rel(dir, name); err == nil && filepath.IsLocal(rel) {
			delete(d.names, name)
			d.names[filepath.Join(moved, rel)] = n
		}
	}
	d.mu.Unlock()
	if err := os.MkdirAll(moved, 0o700); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, moved, o)
	rows, err := rowsOf(s)
	if lost := first.lost(rows, false); err != nil || lost != "" {
		t.Error(err, lost)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
