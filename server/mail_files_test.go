package server

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/store"
)

// mails is a service on a store with a postpaid wallet whose bill and first two reminders were printed, in three
// batches.
func mails(t *testing.T, kv store.Store) lent {
	t.Helper()
	d := lent{fixture: newFixtureOn(t, kv)}
	d.ann = d.join("ann")
	d.shop, _ = d.vendor("news")
	d.methods = append(d.methods, funding.MailedBill{To: funding.Payee{Name: "Tuppence Ltd", IBAN: annsIBAN}})
	v, err := d.SetCredit(d.ctx, d.operator, d.user(d.ann).Handle, eur(500), "known for years")
	must(t, err)
	_, err = d.SetAddress(d.ctx, d.ann, annsAddress)
	must(t, err)
	d.buysFive()
	d.until(v.NextBill.Time)
	d.Sweep(d.ctx)
	for _, wait := range []time.Duration{0, 21 * 24 * time.Hour, 14 * 24 * time.Hour} {
		d.time.Pass(wait)
		_, err := d.PrintBills(d.ctx, d.operator, 0)
		must(t, err)
	}
	return d
}

// kept is how many batches of letters have their file still.
func (d lent) kept() (n int) {
	d.t.Helper()
	d.read(func(r books.Reader) error {
		n = 0
		all, err := r.Mailings(0, 100)
		for _, f := range all {
			if len(f.Bytes) > 0 {
				n++
			}
		}
		return err
	})
	return n
}

// The files of letters are deleted when their time is over, whether anything is printed again or not, and also those
// that a stop has left over.
func TestLettersAreDeletedByTheClock(t *testing.T) {
	kv := &dying{Store: store.NewMemory(), left: 1 << 30}
	d := mails(t, kv)
	d.Sweep(d.ctx)
	is(t, "kept", d.kept(), 3)
	d.time.Pass(fileRetention + time.Second)
	d.refused(ledger.ErrState, func() error { _, err := d.PrintBills(d.ctx, d.operator, 3); return err })
	kv.left, kv.after = 0, true
	if err := d.sweepFiles(d.ctx, d.clock()); !errors.Is(err, errKilled) {
		t.Fatalf("not killed: %v", err)
	}
	kv.left, kv.after = 1<<30, false
	d.Sweep(d.ctx)
	is(t, "kept by the next sweep", d.kept(), 0)
	d.clean()
}

// A postal address is nowhere in clear: not in the files of the store, not in a backup, not in the log, and not in what
// is kept of the letters.
func TestAddressInNoBytes(t *testing.T) {
	dir := t.TempDir()
	kv, err := store.Open(dir, store.Options{})
	must(t, err)
	var log bytes.Buffer
	d := mails(t, kv)
	d.log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	_, err = d.PrintBills(d.ctx, d.operator, 1)
	must(t, err)
	_, err = d.RemoveAddress(d.ctx, d.ann)
	must(t, err)
	d.time.Pass(fileRetention + time.Second)
	d.Sweep(d.ctx)
	is(t, "kept", d.kept(), 0)
	var backup bytes.Buffer
	must(t, kv.Backup(d.ctx, &backup))
	seen := map[string][]byte{"the log": log.Bytes(), "a backup": backup.Bytes()}
	must(t, filepath.WalkDir(dir, func(path string, f fs.DirEntry, err error) error {
		if err == nil && !f.IsDir() {
			seen[f.Name()], err = os.ReadFile(path)
		}
		return err
	}))
	handle, there := []byte(d.user(d.ann).Handle), 0
	for _, raw := range seen {
		if bytes.Contains(raw, handle) {
			there++
		}
	}
	if there < 2 { // in the journal and in the backup: what is in clear would be seen
		t.Fatalf("the handle of the wallet is in %d of %d files", there, len(seen))
	}
	a := annsAddress
	for name, raw := range seen {
		for _, text := range []string{a.Name, a.Street, "Hauptstra\xdfe", "Hauptstra", a.Postcode, a.Town, "K\xf6ln"} {
			coded := base64.StdEncoding.EncodeToString([]byte(text))
			if bytes.Contains(raw, []byte(text)) || bytes.Contains(raw, []byte(coded)) {
				t.Errorf("%s has %q in clear", name, text)
			}
		}
	}
}
