package store_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata/format1.tar.gz anew; only for a format that was never released")

const fixture = "testdata/format1.tar.gz"

// fixtureLives are the rows that each life of the fixture sets, "" deletes.
func fixtureLives() []map[string]string {
	lives := make([]map[string]string, 3)
	for life := range lives {
		rows := map[string]string{
			"\x00\xff": fmt.Sprint("any bytes ", life), "empty": "", "large": strings.Repeat(fmt.Sprint(life), 20_000),
		}
		for i := range 40 {
			rows[fmt.Sprintf("row%03d", life*20+i)] = fmt.Sprintf("value %d of life %d", i, life)
		}
		lives[life] = rows
	}
	return lives
}

// fixtureRows is what the fixture holds in the end: the rows of the first life that end in 7 are deleted in the last.
func fixtureRows() map[string]string {
	all := map[string]string{}
	for _, rows := range fixtureLives() {
		maps.Copy(all, rows)
	}
	for k := range fixtureLives()[0] {
		if strings.HasSuffix(k, "7") {
			delete(all, k)
		}
	}
	return all
}

func makeFixture(t *testing.T) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "books")
	lives := fixtureLives()
	for life, rows := range lives {
		s := mustOpen(t, dir, store.Options{Segment: 4 << 10, Ballast: -1, MinFree: -1})
		for _, k := range slices.Sorted(maps.Keys(rows)) {
			if err := s.Update(t.Context(), func(tx store.Tx) error { return tx.Set([]byte(k), []byte(rows[k])) }); err != nil {
				t.Fatal(err)
			}
		}
		if life == 2 {
			if err := s.Update(t.Context(), func(tx store.Tx) error {
				for k := range lives[0] {
					if strings.HasSuffix(k, "7") {
						if err := tx.Delete([]byte(k)); err != nil {
							return err
						}
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	var packed bytes.Buffer
	zip := gzip.NewWriter(&packed)
	out := tar.NewWriter(zip)
	if err := errors.Join(
		out.AddFS(os.DirFS(dir)),
		out.Close(),
		zip.Close(),
		os.MkdirAll(filepath.Dir(fixture), 0o755),
		os.WriteFile(fixture, packed.Bytes(), 0o644),
	); err != nil {
		t.Fatal(err)
	}
}

func unpackFixture(t *testing.T) string {
	t.Helper()
	f, err := os.Open(fixture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	zip, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "books")
	for in := tar.NewReader(zip); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.FileInfo().Mode()&fs.ModeDir != 0 {
			err = os.MkdirAll(path, 0o700)
		} else if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
			var data []byte
			if data, err = io.ReadAll(in); err == nil {
				err = os.WriteFile(path, data, 0o600)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestFormat1 opens a store that the first format's program wrote: with its index, without it, and for reading only.
func TestFormat1(t *testing.T) {
	if *update {
		makeFixture(t)
	}
	plain, without := unpackFixture(t), unpackFixture(t)
	if err := os.RemoveAll(filepath.Join(without, "index")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir string
		o   store.Options
	}{
		{plain, store.Options{ReadOnly: true}},
		{plain, store.Options{}},
		{plain, store.Options{}},
		{without, store.Options{}},
	} {
		s := mustOpen(t, c.dir, c.o)
		got := map[string]string{}
		if err := s.View(t.Context(), func(r store.Reader) error {
			for kv, err := range r.Scan(nil, nil, false, 0) {
				if err != nil {
					return err
				}
				got[string(kv.Key)] = string(kv.Value)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(fixtureRows(), got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", c.o, diff)
		}
		if err := errors.Join(s.Scrub(t.Context()), s.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestNewerFormat: what a later program wrote is refused and not touched.
func TestNewerFormat(t *testing.T) {
	dir := unpackFixture(t)
	if err := os.WriteFile(filepath.Join(dir, "FORMAT"), []byte("tuppence store 2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []store.Options{{}, {ReadOnly: true}} {
		if _, err := store.Open(dir, o); !errors.Is(err, store.ErrNewer) {
			t.Errorf("got %v, want ErrNewer", err)
		}
	}
}
