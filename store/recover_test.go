package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// quiet are options under which nothing happens by itself.
var quiet = Options{MemTable: 16 << 20, Segment: 16 << 10, MinFree: -1, Ballast: -1, ScrubEvery: -1}

func opened(t *testing.T, dir string, o Options) *Engine {
	t.Helper()
	e, err := Open(dir, o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return e
}

func closed(t *testing.T, e *Engine) {
	t.Helper()
	if err := e.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func fillRows(t *testing.T, e *Engine, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if err := e.Update(t.Context(), func(tx Tx) error {
			return tx.Set(fmt.Appendf(nil, "row%05d", i), bytes.Repeat([]byte{byte(i)}, 300))
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func wantRows(t *testing.T, e *Engine, n int) {
	t.Helper()
	i := 0
	if err := e.View(t.Context(), func(r Reader) error {
		for kv, err := range r.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
			if string(kv.Key) != fmt.Sprintf("row%05d", i) || !bytes.Equal(kv.Value, bytes.Repeat([]byte{byte(i)}, 300)) {
				return fmt.Errorf("row %d is %q", i, kv.Key)
			}
			i++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if i != n {
		t.Fatalf("%d rows, want %d", i, n)
	}
}

// waitApplied waits until Badger has everything.
func waitApplied(e *Engine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for len(e.layers) > 0 && e.failure == nil {
		e.progress.Wait()
	}
}

// image copies the directory of a store that runs.
func image(t *testing.T, e *Engine) string {
	t.Helper()
	waitApplied(e)
	dir := filepath.Join(t.TempDir(), "image")
	if err := os.CopyFS(dir, os.DirFS(e.dir)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A power cut can take the early part of Badger's log, which is never synced, and leave a later part with the position.
func TestIndexLogIsNotTrusted(t *testing.T) {
	e := opened(t, filepath.Join(t.TempDir(), "books"), quiet)
	fillRows(t, e, 0, 50)
	dir, head := image(t, e), e.Head()
	closed(t, e)

	other := filepath.Join(t.TempDir(), "other")
	db, err := openBadger(other, quiet.withDefaults())
	if err != nil {
		t.Fatal(err)
	}
	if err := apply(db, &layer{last: head.Number, hash: head.Hash}); err != nil {
		t.Fatal(err)
	}
	late, err := os.ReadFile(filepath.Join(other, "00001.mem"))
	if err := errors.Join(
		err,
		os.WriteFile(filepath.Join(dir, indexDir, "00002.mem"), late, 0o600),
		db.Close(),
	); err != nil {
		t.Fatal(err)
	}
	early := filepath.Join(dir, indexDir, "00001.mem")
	data, err := os.ReadFile(early)
	if err != nil {
		t.Fatal(err)
	}
	clear(data[200:]) // behind the header
	if err := os.WriteFile(early, data, 0o600); err != nil {
		t.Fatal(err)
	}
	e = opened(t, dir, quiet)
	wantRows(t, e, 50)
	closed(t, e)
}

// The index gets a batch only when it is durable, so it is a witness too: a journal that ends before it has lost
// frames.
func TestJournalBehindIndex(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	e := opened(t, dir, quiet)
	fillRows(t, e, 0, 9)
	before := e.Head()
	at := e.journal.off
	fillRows(t, e, 9, 10)
	closed(t, e)
	w, err := openWitness(systemFS{}, dir, before) // as after a power cut within a second
	if err != nil {
		t.Fatal(err)
	}
	if err := w.close(); err != nil {
		t.Fatal(err)
	}
	name := segmentPath(filepath.Join(dir, journalDir), 1)
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	data[at+frameHeader] ^= 1
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, quiet); !errors.Is(err, ErrDamaged) {
		t.Fatalf("open: %v, want ErrDamaged", err)
	}
	if after, _ := os.ReadFile(name); !bytes.Equal(after, data) {
		t.Error("a refused start changed the journal")
	}
}

// What a crash leaves while a store is made is no store yet; what is left of one that was used is no empty place.
func TestWithoutFormat(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	for _, d := range []string{journalDir, indexDir} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, indexDir, badger.ManifestFilename), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := opened(t, dir, quiet)
	fillRows(t, e, 0, 3)
	closed(t, e)
	for _, gone := range []string{formatFile, filepath.Join(journalDir, "0000000000000001.journal")} {
		if err := os.Remove(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, quiet); !errors.Is(err, ErrDamaged) {
			t.Fatalf("open without %s: %v, want ErrDamaged", gone, err)
		}
	}
}

// Any batch fits into one transaction of Badger, also with the smallest tables, also at a start.
func TestLargestBatches(t *testing.T) {
	o := quiet
	o.MemTable = 1
	dir := filepath.Join(t.TempDir(), "books")
	e := opened(t, dir, o)
	rows := 0
	for range 3 {
		if err := e.Update(t.Context(), func(tx Tx) error {
			for range MaxWrites {
				if err := tx.Set(fmt.Appendf(nil, "row%05d", rows), bytes.Repeat([]byte{byte(rows)}, 90)); err != nil {
					return err
				}
				rows++
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	copied := image(t, e)
	closed(t, e)
	if err := os.RemoveAll(filepath.Join(copied, indexDir)); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, copied} {
		e := opened(t, dir, o)
		n := 0
		if err := e.View(t.Context(), func(r Reader) error {
			for _, err := range r.Scan(nil, nil, false, 0) {
				if err != nil {
					return err
				}
				n++
			}
			return nil
		}); err != nil || n != rows {
			t.Errorf("%d rows of %d, %v", n, rows, err)
		}
		closed(t, e)
	}
}

// TestArchive: full files move, a start and a rebuild find them, a scrub finds damage in them, and without the archive
// the index is left alone.
func TestArchive(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "books")
	o := quiet
	o.Archive = filepath.Join(root, "other", "disk")
	e := opened(t, dir, o)
	fillRows(t, e, 0, 400)
	all := e.Stats().Segments
	if err := e.archive(t.Context()); err != nil {
		t.Fatal(err)
	}
	moved, err := listSegments(systemFS{}, o.Archive)
	if err != nil || len(moved) != all-inPlace || e.Stats().Segments != inPlace {
		t.Fatalf("%d of %d files are in the archive, %d in place: %v", len(moved), all, e.Stats().Segments, err)
	}
	fillRows(t, e, 400, 600)
	if err := errors.Join(e.archive(t.Context()), e.archive(t.Context()), e.Scrub(t.Context())); err != nil {
		t.Fatal(err)
	}
	closed(t, e)

	moved, err = listSegments(systemFS{}, o.Archive) // a crash between copy and removal
	if err != nil {
		t.Fatal(err)
	}
	last := moved[len(moved)-1]
	data, err := os.ReadFile(segmentPath(o.Archive, last))
	if err == nil {
		err = os.WriteFile(segmentPath(filepath.Join(dir, journalDir), last), data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	e = opened(t, dir, o)
	if err := errors.Join(e.Scrub(t.Context()), e.archive(t.Context()), e.Scrub(t.Context())); err != nil ||
		e.Stats().Segments != inPlace {
		t.Errorf("%d files in place: %v", e.Stats().Segments, err)
	}
	closed(t, e)

	rebuild := func(o Options) error {
		if err := os.WriteFile(filepath.Join(dir, indexDir, badger.ManifestFilename), []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
		e, err := Open(dir, o)
		if err != nil {
			return err
		}
		if e.Opened().Rebuilt == "" {
			t.Error("nothing was rebuilt")
		}
		wantRows(t, e, 600)
		return errors.Join(e.Scrub(t.Context()), e.Close())
	}
	if err := rebuild(o); err != nil {
		t.Fatal(err)
	}
	without := o
	without.Archive = ""
	if err := rebuild(without); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "archive") {
		t.Fatalf("rebuild without the archive: %v, want ErrDamaged that names the archive", err)
	}
	if tables, _ := filepath.Glob(filepath.Join(dir, indexDir, "*.sst")); len(tables) == 0 {
		t.Error("the index that could not be rebuilt was thrown away")
	}
	if err := rebuild(o); err != nil {
		t.Fatal(err)
	}

	e = opened(t, dir, without) // the index is whole: a start does not need the archive, a scrub does
	wantRows(t, e, 600)
	if err := e.Scrub(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("scrub without the archive: %v, want ErrDamaged", err)
	}
	closed(t, e)

	name := segmentPath(o.Archive, moved[1])
	if data, err = os.ReadFile(name); err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 4
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	e = opened(t, dir, o)
	if err := e.Scrub(t.Context()); !errors.Is(err, ErrDamaged) || e.Stats().Damage == nil {
		t.Errorf("scrub of a damaged archive: %v, want ErrDamaged", err)
	}
	if err := e.Ready(); err != nil {
		t.Errorf("damage in the archive harms nobody who sells: %v", err)
	}
	closed(t, e)
	if err := rebuild(o); !errors.Is(err, ErrDamaged) {
		t.Errorf("rebuild from a damaged archive: %v, want ErrDamaged", err)
	}
}

// A damaged file stays where it is, and so does one whose name is taken in the archive.
func TestArchiveRefuses(t *testing.T) {
	o := quiet
	o.Archive = filepath.Join(t.TempDir(), "archive")
	dir := filepath.Join(t.TempDir(), "books")
	e := opened(t, dir, o)
	fillRows(t, e, 0, 400)
	first := segmentPath(filepath.Join(dir, journalDir), 1)
	sound, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(sound)
	bad[len(bad)/2] ^= 1
	taken := segmentPath(o.Archive, 1)
	if err := errors.Join(os.WriteFile(first, bad, 0o600), os.MkdirAll(o.Archive, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := e.archive(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("damaged file: %v, want ErrDamaged", err)
	}
	if err := errors.Join(
		os.WriteFile(first, sound, 0o600),
		os.WriteFile(taken, []byte("another store's"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	if err := e.archive(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("name is taken: %v, want ErrDamaged", err)
	}
	if after, err := os.ReadFile(first); err != nil || !bytes.Equal(after, sound) {
		t.Errorf("the file went or changed: %v", err)
	}
	if err := os.Remove(taken); err != nil {
		t.Fatal(err)
	}
	if err := e.archive(context.Background()); err != nil {
		t.Error(err)
	}
	closed(t, e)
}

// A scrub finds damage in a table that Badger uses: nothing more is decided on it, and the next start heals it.
func TestScrubFindsDamagedTable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "books")
	e := opened(t, dir, quiet)
	fillRows(t, e, 0, 300)
	closed(t, e)
	e = opened(t, dir, quiet)
	tables, err := filepath.Glob(filepath.Join(dir, indexDir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	f, err := os.OpenFile(tables[0], os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 8)
	_, err = f.ReadAt(b, 100)
	b[3] ^= 8
	_, err2 := f.WriteAt(b, 100)
	if err := errors.Join(err, err2, f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := e.Scrub(t.Context()); err == nil {
		t.Error("the scrub found nothing")
	}
	if err := e.Update(t.Context(), func(Tx) error { return nil }); !errors.Is(err, ErrReadOnly) {
		t.Errorf("update: %v, want ErrReadOnly", err)
	}
	if err := e.Close(); err == nil {
		t.Error("Close says nothing of the damage")
	}
	e = opened(t, dir, quiet)
	if e.Opened().Rebuilt == "" {
		t.Error("nothing was rebuilt")
	}
	wantRows(t, e, 300)
	closed(t, e)
}

// After a kill the witness is exact: a last frame that cannot be read was answered, so the store is refused. Bytes of a
// frame behind it were not, so they are cut off.
func TestEndOfJournal(t *testing.T) {
	e := opened(t, filepath.Join(t.TempDir(), "books"), quiet)
	fillRows(t, e, 0, 9)
	at := e.journal.off
	fillRows(t, e, 9, 10)
	end := e.journal.off
	damaged, torn, both := image(t, e), image(t, e), image(t, e)
	closed(t, e)
	change := func(dir string, off int64, b []byte) {
		t.Helper()
		f, err := os.OpenFile(segmentPath(filepath.Join(dir, journalDir), 1), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt(b, off)
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	half, _ := sealFrame(
		appendRow(beginFrame(nil), "never answered", row{value: bytes.Repeat([]byte("x"), 900)}), frameRows, 11, hash{},
	)
	change(damaged, at+frameHeader+9, []byte("damage"))
	change(torn, end, half[:500])
	change(both, at+frameHeader+9, []byte("damage"))
	change(both, end, half[:500])
	for _, dir := range []string{damaged, both} {
		if _, err := Open(dir, quiet); !errors.Is(err, ErrDamaged) {
			t.Errorf("a damaged last frame: %v, want ErrDamaged", err)
		}
	}
	e = opened(t, torn, quiet)
	if e.Opened().Cut == 0 {
		t.Error("nothing was cut off")
	}
	wantRows(t, e, 10)
	fillRows(t, e, 10, 12)
	closed(t, e)
	e = opened(t, torn, quiet)
	wantRows(t, e, 12)
	if err := e.Scrub(t.Context()); err != nil {
		t.Error(err)
	}
	closed(t, e)
}
