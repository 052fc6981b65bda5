package store_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tuppence/store"
)

func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) }

// rounds is how often a test of faults goes round: many times when TEST_SOAK is set, less with -short.
func rounds(usual, soak int) int {
	switch {
	case os.Getenv("TEST_SOAK") != "":
		return soak
	case testing.Short():
		return max(2, usual/4)
	}
	return usual
}

// outcomes is what callers were told about each row.
type outcomes struct {
	mu   sync.Mutex
	rows map[string]error
}

func (o *outcomes) put(row string, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rows[row] = err
}

// load has callers write rows, each until it is refused or has written enough. Every row raises one counter, so that a
// part of a transaction would show.
func load(s store.Store, life string, callers, each int) *outcomes {
	o := &outcomes{rows: map[string]error{}}
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			for i := range each {
				row := fmt.Sprintf("row/%s/%d/%d", life, c, i)
				err := s.Update(context.Background(), addRow(row))
				o.put(row, err)
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return o
}

func addRow(row string) func(store.Tx) error {
	return func(tx store.Tx) error {
		n := count(0)
		v, err := tx.Load([]byte("count"), n)
		switch {
		case err == nil:
			n = v.(count)
		case !errors.Is(err, store.ErrNotFound):
			return err
		}
		return errors.Join(tx.Set([]byte(row), []byte(strings.Repeat(row, 9))), tx.Put([]byte("count"), n+1))
	}
}

// count is a decoded row that all functions share.
type count int

func (c count) Append(b []byte) []byte { return strconv.AppendInt(b, int64(c), 10) }
func (c count) Size() int              { return 16 }

func (c count) Decode(_, value []byte) (store.Value, error) {
	n, err := strconv.Atoi(string(value))
	return count(n), err
}

func countOf(r store.Reader) (int, error) {
	v, err := r.Get([]byte("count"))
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(v))
}

// rowsOf reads all rows; what contradicts itself is an error.
func rowsOf(s store.Store) (map[string]bool, error) {
	rows := map[string]bool{}
	return rows, s.View(context.Background(), func(r store.Reader) error {
		for kv, err := range r.Scan([]byte("row/"), []byte("row0"), false, 0) {
			if err != nil {
				return err
			}
			if row := string(kv.Key); string(kv.Value) != strings.Repeat(row, 9) {
				return fmt.Errorf("%s has another value", row)
			}
			rows[string(kv.Key)] = true
		}
		if n, err := countOf(r); err != nil || n != len(rows) {
			return fmt.Errorf("%d rows, but %d were counted: %w", len(rows), n, err)
		}
		return nil
	})
}

// lost names a row that was answered and is not there, or was refused and is; "" if there is none. A row whose outcome
// is unknown may be there if unknown says so.
func (o *outcomes) lost(rows map[string]bool, unknown bool) string {
	for row, err := range o.rows {
		switch {
		case err == nil && !rows[row]:
			return row + " was answered and is lost"
		case err != nil && rows[row] && (!unknown || !errors.Is(err, store.ErrUnknown)):
			return fmt.Sprintf("%s is there, but was answered: %v", row, err)
		}
	}
	return ""
}

// small are options under which a short load begins many files. Nothing happens by itself.
func small(d *disk) store.Options {
	return store.Options{
		FS: d, Segment: 8 << 10, MinFree: -1, Ballast: -1, ScrubEvery: -1, MaxBatch: 8,
		MemTable: 16 << 20,
	}
}

func mustOpen(t *testing.T, dir string, o store.Options) *store.Engine {
	t.Helper()
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return s
}

// afterwards opens a store once more, checks what it has against what was answered, writes to it, cuts the power, and
// checks that all that was seen or answered is still there.
func afterwards(t *testing.T, r *rand.Rand, dir string, d *disk, lives ...*outcomes) {
	t.Helper()
	check := func(s store.Store) map[string]bool {
		rows, err := rowsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range lives {
			if lost := o.lost(rows, true); lost != "" {
				t.Fatal(lost)
			}
		}
		return rows
	}
	s := mustOpen(t, dir, small(d))
	seen := check(s)
	lives = append(lives, load(s, fmt.Sprint("afterwards", len(lives)), 2, 3))
	next := d.cut(r)
	_ = s.Close() // the machine is off
	indexAfterCut(t, r, dir)
	s = mustOpen(t, dir, small(next))
	rows := check(s)
	for row := range seen {
		if !rows[row] {
			t.Fatalf("%s was seen and is lost", row)
		}
	}
	if err := s.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// indexAfterCut leaves the index as it is, which is the most that a power cut can leave, or the least: nothing.
func indexAfterCut(t *testing.T, r *rand.Rand, dir string) {
	t.Helper()
	if r.IntN(2) == 0 {
		if err := os.RemoveAll(filepath.Join(dir, "index")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFaults fails the n-th sync, the n-th sync of a directory, and the n-th write, for each n from the making of the
// store on. After that the machine goes on, or the power is cut as well.
func TestFaults(t *testing.T) {
	for op, n := range map[string]int{"sync": rounds(24, 200), "syncdir": rounds(8, 60), "write": rounds(24, 200)} {
		t.Run(op, func(t *testing.T) {
			for i := range n {
				for _, power := range []bool{false, true} {
					t.Run(fmt.Sprintf("%d/power=%v", i+1, power), func(t *testing.T) { failOnce(t, op, i+1, power) })
				}
			}
		})
	}
}

func failOnce(t *testing.T, op string, nth int, power bool) {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "books")
	r := rand.New(rand.NewPCG(uint64(nth), 3))
	d := newDisk(root)
	count := 0
	d.fault = func(what, _ string, _ []byte) error {
		if what == op {
			count++
			if count == nth {
				return syscall.EIO
			}
		}
		return nil
	}
	s, err := store.Open(dir, small(d))
	if errors.Is(err, syscall.EIO) { // while it was made
		if power {
			d = d.cut(r)
		}
		afterwards(t, r, dir, d)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	o := load(s, "first", 6, 12)
	failed := s.Ready()
	rows, err := rowsOf(s) // reads go on
	if err != nil {
		t.Fatal(err)
	}
	if lost := o.lost(rows, false); lost != "" {
		t.Fatalf("while it runs: %s", lost)
	}
	for row, err := range o.rows {
		if err != nil && !errors.Is(err, store.ErrUnknown) && !errors.Is(err, store.ErrReadOnly) {
			t.Fatalf("%s: %v", row, err)
		}
	}
	if failed != nil {
		if err := s.Update(t.Context(), addRow("row/later")); !errors.Is(err, store.ErrReadOnly) {
			t.Fatalf("an update after the fault: %v, want ErrReadOnly", err)
		}
	}
	if power {
		next := d.cut(r)
		_ = s.Close()
		d = next
		indexAfterCut(t, r, dir)
	} else if err := s.Close(); (err == nil) != (failed == nil) && !errors.Is(err, syscall.EIO) {
		t.Fatalf("close: %v, but the store was: %v", err, failed)
	}
	d.mu.Lock()
	d.fault = nil // when the load was too short for it
	d.mu.Unlock()
	afterwards(t, r, dir, d, o)
}

// TestPowerCut cuts the power at a random moment of a load: each sector that was not synced is there or not.
func TestPowerCut(t *testing.T) {
	lost := 0
	for seed := range rounds(40, 1000) {
		lost += powerCut(t, uint64(seed), false)
	}
	if lost > 0 {
		t.Errorf("%d of the answered rows are lost", lost)
	}
}

// TestPowerCutControl shows that such a loss would be found: on a disk whose syncs do nothing rows get lost.
func TestPowerCutControl(t *testing.T) {
	lost := 0
	for seed := range 10 {
		lost += powerCut(t, uint64(seed), true)
	}
	if lost == 0 {
		t.Error("nothing was lost without syncs: the test does not see losses")
	}
}

func powerCut(t *testing.T, seed uint64, lies bool) (lost int) {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "books")
	r := rand.New(rand.NewPCG(seed, 4))
	d := newDisk(root)
	s := mustOpen(t, dir, small(d))
	d.mu.Lock()
	d.lies = lies
	left := 5 + r.IntN(300)
	var next *disk
	d.fault = func(string, string, []byte) error {
		if left--; left < 0 {
			return errDead
		}
		return nil
	}
	d.mu.Unlock()
	o := load(s, "first", 6, 40)
	next = d.cut(r)
	_ = s.Close()
	if lies {
		if err := os.RemoveAll(filepath.Join(dir, "index")); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(dir, small(next))
		if err != nil {
			return 1 // noticed
		}
		defer s.Close()
		rows, err := rowsOf(s)
		if err != nil || o.lost(rows, true) != "" {
			return 1
		}
		return 0
	}
	indexAfterCut(t, r, dir)
	afterwards(t, r, dir, next, o)
	return 0
}

// TestNoRoom: a write that finds the disk full leaves nothing of its batch nor of the next, later updates are refused,
// reads go on, and so does everything by itself when there is room again.
func TestNoRoom(t *testing.T) {
	for nth := range rounds(3, 20) {
		root := t.TempDir()
		dir := filepath.Join(root, "books")
		d := newDisk(root)
		s := mustOpen(t, dir, small(d))
		first := load(s, "first", 4, 2)
		full, count := false, 0
		d.mu.Lock()
		d.fault = func(op, name string, data []byte) error {
			if op == "write" && strings.HasSuffix(name, ".journal") && len(bytes.Trim(data, "\x00")) == 0 {
				if count++; count > nth {
					full = true
				}
				if full {
					return syscall.ENOSPC
				}
			}
			return nil
		}
		d.mu.Unlock()
		second := load(s, "second", 6, 400)
		if err := s.Ready(); !errors.Is(err, store.ErrReadOnly) || !isFull(err) {
			t.Fatalf("Ready: %v, want ErrReadOnly for want of room", err)
		}
		d.mu.Lock()
		d.fault = nil
		d.mu.Unlock()
		third := &outcomes{rows: map[string]error{}}
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			row := fmt.Sprint("row/third/", i)
			err := s.Update(t.Context(), addRow(row))
			third.put(row, err)
			if err == nil {
				break
			}
			if !errors.Is(err, store.ErrReadOnly) || i > 500 {
				t.Fatalf("with room again: %v", err)
			}
			<-tick.C
		}
		fourth := load(s, "fourth", 4, 5)
		rows, err := rowsOf(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range []*outcomes{first, second, third, fourth} {
			if lost := o.lost(rows, false); lost != "" {
				t.Fatal(lost)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		afterwards(t, rand.New(rand.NewPCG(1, 1)), dir, d, first, second, third, fourth)
	}
}
