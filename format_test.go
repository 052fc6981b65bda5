package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/seal"
	"tuppence/server/view"
	"tuppence/store"
)

// released are the books of each format, made by the program that had it: see testdata/fixture.txtar.
func released(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("testdata/books*.tar.gz")
	if err != nil || len(all) == 0 {
		t.Fatalf("no books of earlier formats: %v", err)
	}
	return all
}

// Books of every format that was released are audited as they are, opened, sold from and audited again; and this
// program's own, from which it starts without converting anything.
func TestBooksOfEveryFormat(t *testing.T) {
	for _, archive := range released(t) {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			dir := unpack(t, archive)
			engine := openBooks(t, dir)
			mustBeClean(t, engine)
			sellFrom(t, engine, dir, "first")
			mustBeClean(t, engine)
			if err := engine.Close(); err != nil {
				t.Fatal(err)
			}
			engine = openBooks(t, dir)
			defer engine.Close()
			if err := books.Upgrade(t.Context(), engine, books.UpgradeOptions{Progress: func(done, all uint64) {
				t.Errorf("upgraded once more: %d of %d", done, all)
			}}); err != nil {
				t.Fatal(err)
			}
			sellFrom(t, engine, dir, "second")
			mustBeClean(t, engine)
		})
	}
}

// An upgrade that is killed anywhere leaves books that are clean as they are, that an older program refuses, and that
// the next start brings to the end.
func TestUpgradeKilledAnywhere(t *testing.T) {
	const kills = 20
	for _, archive := range released(t) {
		name := strings.TrimSuffix(filepath.Base(archive), ".tar.gz")
		if strings.HasPrefix(books.Format, strings.Replace(name, "books", "books ", 1)+".") {
			continue // of this program's own generation: nothing is converted
		}
		seen := 0
		for kill := 1; kill <= kills; kill++ {
			dir := unpack(t, archive)
			if upgradeUntil(t, dir, kill) {
				seen++
			}
		}
		if seen < kills {
			t.Errorf("%s: the upgrade was cut off at %d places, want %d", archive, seen, kills)
		}
	}
}

// upgradeUntil copies the books as they lie on the disk after so many commits of their upgrade, and goes on with the
// copy. It tells whether the upgrade got so far.
func upgradeUntil(t *testing.T, dir string, commits int) (cut bool) {
	t.Helper()
	engine := openBooks(t, dir)
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	n := 0
	err := books.Upgrade(ctx, engine, books.UpgradeOptions{Batch: 5, Progress: func(done, all uint64) {
		if n++; n == commits && done < all {
			cut = true
			kill()
		}
	}})
	if cut != errors.Is(err, context.Canceled) {
		t.Fatalf("after %d commits: %v", n, err)
	}
	left := copyOf(t, dir) // what a kill leaves: nothing is closed
	if err := engine.Close(); err != nil {
		t.Fatal(err)
	}
	engine = openBooks(t, left)
	defer engine.Close()
	mustBeClean(t, engine)
	sellFrom(t, engine, left, "after the kill")
	mustBeClean(t, engine)
	return cut
}

// copyOf copies a data directory as it lies on the disk, but for the ballast.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "data")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ballast {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), raw, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// A store of a newer format is refused in words, whole and unchanged.
func TestNewerBooksAreRefused(t *testing.T) {
	dir := unpack(t, released(t)[0])
	engine := openBooks(t, dir)
	defer engine.Close()
	err := engine.Update(t.Context(), func(kv store.Tx) error {
		return books.Write(kv).PutMeta(books.FormatName, []byte("books 9.1"))
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = openServer(engine, dir)
	if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "or a newer one") {
		t.Errorf("opened: %v", err)
	}
	if _, err := audit(t.Context(), engine, io.Discard, nil); !errors.Is(err, store.ErrNewer) {
		t.Errorf("audited: %v", err)
	}
}

// Books that this service may not have are not converted either.
func TestWrongSecretConvertsNothing(t *testing.T) {
	dir := unpack(t, released(t)[0])
	engine := openBooks(t, dir)
	defer engine.Close()
	other := base64.StdEncoding.EncodeToString(make([]byte, seal.MasterSize))
	if err := os.WriteFile(filepath.Join(dir, secretFile), []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openServer(engine, dir); err == nil || !strings.Contains(err.Error(), "secret") {
		t.Errorf("opened under another secret: %v", err)
	}
	err := engine.View(t.Context(), func(kv store.Reader) error {
		format, _, err := books.Read(kv).Meta(books.FormatName)
		if string(format) != "books 1" {
			t.Errorf("converted to %q", format)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func openBooks(t *testing.T, dir string) *store.Engine {
	t.Helper()
	engine, err := store.Open(filepath.Join(dir, booksDir), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// mustBeClean wants an audit without findings, and books that another program could have.
func mustBeClean(t *testing.T, s store.Store) {
	t.Helper()
	var report strings.Builder
	if clean, err := audit(t.Context(), s, &report, nil); err != nil || !clean {
		t.Fatalf("%v\n%s", err, report.String())
	}
	if err := exportFrom(t.Context(), s, books.ExportOptions{Format: "csv"}, io.Discard); err != nil {
		t.Fatal(err)
	}
}

func openServer(engine *store.Engine, dir string) (*server.Server, error) {
	secret, err := masterSecret(dir)
	if err != nil {
		return nil, err
	}
	sealer, err := seal.New(secret, rand.Reader)
	if err != nil {
		return nil, err
	}
	return server.Open(context.Background(), server.Options{
		Store: engine, Seal: sealer, Now: time.Now, Log: slog.New(slog.DiscardHandler), House: view.House{Simulated: true},
		Methods: []funding.Method{&funding.SimulatedCard{}, funding.Check{}},
	})
}

// sellFrom charges the link of the buyer for each offer of the vendor, and repeats a sale under its key.
func sellFrom(t *testing.T, engine *store.Engine, dir, name string) {
	t.Helper()
	ctx := t.Context()
	svc, err := openServer(engine, dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.Touch(ctx, view.Caller{Fingerprint: readFile(t, dir, buyerFile)}); err != nil {
		t.Fatal(err)
	}
	seller, err := svc.Authenticate(ctx, readFile(t, dir, vendorKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	links, err := seller.Links(ctx, view.Paging{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	active := slices.IndexFunc(links.Data, func(l view.VendorLink) bool { return l.Status == "active" })
	offers, err := seller.Offers(ctx, view.Paging{Limit: 10})
	if err != nil || active < 0 || len(offers.Data) == 0 {
		t.Fatalf("link %d, %d offers, %v", active, len(offers.Data), err)
	}
	var order server.ChargeOrder
	if order.Link, err = svc.Sealer().OpenLink(links.Data[active].ID); err != nil {
		t.Fatal(err)
	}
	if order.Offer, err = svc.Sealer().OpenOffer(offers.Data[0].ID); err != nil {
		t.Fatal(err)
	}
	for again := range 2 {
		request := server.Request{Key: "format test, " + name, Fingerprint: [32]byte{7}}
		if _, replayed, err := seller.Charge(ctx, request, order); err != nil || replayed != (again == 1) {
			t.Fatalf("%s: replayed %v, %v", name, replayed, err)
		}
	}
}

func readFile(t *testing.T, dir, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}
