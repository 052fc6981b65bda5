package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// fixture is where the story fixture packs its data directory, "" for nowhere.
var fixture = flag.String("fixture", "", "archive to pack the data directory of the story fixture into")

// keep is the story command: it packs data/ with the vendor's API key and the fingerprint of the buyer's key.
func keep(ts *testscript.TestScript, _ bool, _ []string) {
	if *fixture == "" {
		return
	}
	ts.Check(os.WriteFile(ts.MkAbs("data/"+vendorKeyFile), []byte(ts.Getenv("APIKEY")), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("data/"+buyerFile), []byte(ts.Getenv("ann")), 0o600))
	f, err := os.Create(*fixture)
	ts.Check(err)
	ts.Check(errors.Join(pack(f, ts.MkAbs("data")), f.Close()))
}

// Files that only the fixtures have.
const (
	vendorKeyFile = "vendor_key" // the API key of the vendor that may charge without asking
	buyerFile     = "buyer"      // the fingerprint of the key that allowed it
)

// ballast is a file that only keeps room on the disk; the store makes it again.
const ballast = "BALLAST"

// pack writes the regular files of a directory as a compressed tar archive. The index of the books and their
// ballast are left out: both are made again.
func pack(w io.Writer, dir string) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	t := tar.NewWriter(z)
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(filepath.ToSlash(rel), "books/index") {
			return fs.SkipDir
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || d.Name() == ballast {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: filepath.ToSlash(rel), Mode: 0o600, Size: info.Size()}); err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil {
			_, err = t.Write(raw)
		}
		return err
	})
	return errors.Join(err, t.Close(), z.Close())
}

// unpack makes a data directory of an archive.
func unpack(t testing.TB, archive string) (dir string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "data")
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, filepath.FromSlash(h.Name))
		raw, err := io.ReadAll(tr)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o700)
		}
		if err == nil {
			err = os.WriteFile(path, raw, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
