package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// BenchmarkSettle settles TEST_SALES sales (20,000) of 1000 vendors with 3000 payees: once without an interruption, and
// once killed at 20 random commits. The control totals of both are compared, and a statement of the second is made
// anew. Sales are written without buyers: only what settlements read is there.
//
//	TEST_SALES=1000000 go test -run '^$' -bench Settle -benchtime 1x ./server
func BenchmarkSettle(b *testing.B) {
	sales := 20_000
	if text := os.Getenv("TEST_SALES"); text != "" {
		var err error
		if sales, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	const vendors = 1000
	for range b.N {
		dir := b.TempDir()
		built := time.Now()
		at := soldInto(b, filepath.Join(dir, "books"), vendors, sales)
		b.ReportMetric(time.Since(built).Seconds(), "s/building")
		if err := os.CopyFS(filepath.Join(dir, "again"), os.DirFS(filepath.Join(dir, "books"))); err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		peak := watchHeap()
		whole, took := settledFrom(b, filepath.Join(dir, "books"), at, nil)
		b.ReportMetric(took.Seconds(), "s/run")
		b.ReportMetric(float64(sales)/took.Seconds(), "sales/s")
		b.ReportMetric(float64(peak())/(1<<20), "MiB-peak-heap")
		chance := rand.New(rand.NewPCG(7, 7))
		kills := make([]int, 20)
		for i := range kills {
			kills[i] = 1 + chance.IntN(vendors/15)
		}
		again, _ := settledFrom(b, filepath.Join(dir, "again"), at, kills)
		if whole != again {
			b.Errorf("killed 20 times: %s, want %s", again, whole)
		}
		b.Log(whole)
	}
}

// watchHeap samples the heap until the function that it returns is called, which returns the largest sample.
func watchHeap() func() uint64 {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		var most uint64
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapInuse)
			select {
			case <-stop:
				done <- most
				return
			case <-tick.C:
			}
		}
	}()
	return func() uint64 {
		close(stop)
		return <-done
	}
}

func openBooks(b *testing.B, dir string) store.Store {
	b.Helper()
	kv, err := store.Open(dir, store.Options{MostlyAbsent: books.MostlyAbsent()})
	if err != nil {
		b.Fatal(err)
	}
	return kv
}

// soldInto makes books of so many vendors, with three payees each, and so many sales.
func soldInto(b *testing.B, dir string, vendors, sales int) (until time.Time) {
	b.Helper()
	kv := openBooks(b, dir)
	defer func() {
		if err := kv.Close(); err != nil {
			b.Fatal(err)
		}
	}()
	at := openFixture(b, kv, 7).clock()
	write := func(fn func(tx books.Tx) error) {
		b.Helper()
		if err := kv.Update(context.Background(), func(tx store.Tx) error { return fn(books.Write(tx)) }); err != nil {
			b.Fatal(err)
		}
	}
	write(func(tx books.Tx) error {
		p := ledger.DefaultPolicy()
		p.Settle = ledger.SettleRules{Delay: 24 * time.Hour, Approve: ledger.MaxMicros, Fee: 10_000}
		p.SettleAmount = 0
		all := []error{tx.PutPolicy(p)}
		for i := range vendors {
			id, err := tx.NextVendor()
			all = append(all, err, tx.PutVendor(ledger.Vendor{
				ID: id, Name: "vendor-" + strconv.Itoa(i), Status: ledger.VendorActive, Created: at,
			}))
			for _, name := range []string{"Ada", "Bea", "Cleo"} {
				payee, err := tx.NextPayee()
				all = append(all, err, tx.PutPayee(id, name, payee))
			}
		}
		return errors.Join(all...)
	})
	for n := 0; n < sales; {
		write(func(tx books.Tx) error {
			for i := n; i < min(n+500, sales); i++ {
				if _, err := tx.Append(soldAt(i%vendors, at.Add(time.Duration(i)*time.Second))); err != nil {
					return err
				}
			}
			return nil
		})
		n = min(n+500, sales)
	}
	return at.Add(time.Duration(sales)*time.Second + 24*time.Hour)
}

// soldAt is a sale of 0.25 EUR of a vendor, with three payees.
func soldAt(vendor int, at time.Time) ledger.Entry {
	in := func(c ledger.Class, owner int, micros int64) ledger.Posting {
		return ledger.Posting{Account: ledger.Account{Class: c, Currency: "EUR", Owner: uint64(owner)}, Micros: micros}
	}
	price := ledger.Amount{Micros: 250_000, Currency: "EUR"}
	shares := make([]ledger.Share, 3)
	for i, name := range []string{"Ada", "Bea", "Cleo"} {
		shares[i] = ledger.Share{Payee: ledger.PayeeID(3*vendor + i + 1), Name: name, Role: "author", Micros: 23_750}
	}
	return ledger.Entry{
		At: at, Kind: ledger.KindPurchase, Vendor: ledger.VendorID(vendor + 1), Amount: price,
		Postings: []ledger.Posting{
			in(ledger.PSPClearing, 0, 250_000), in(ledger.VendorPending, vendor+1, -166_250),
			in(ledger.RoyaltyPayable, 3*vendor+1, -23_750), in(ledger.RoyaltyPayable, 3*vendor+2, -23_750),
			in(ledger.RoyaltyPayable, 3*vendor+3, -23_750), in(ledger.Commission, 0, -12_500),
		},
		Sale: &ledger.Sale{
			Offer: ledger.OfferID{Vendor: ledger.VendorID(vendor + 1), Number: 1}, Version: 1, Title: "How rivers freeze",
			Quantity: 1, Price: price, Commission: 12_500, Royalties: shares,
		},
	}
}

// settledFrom runs a settlement over books, killed after each of so many commits, and returns its control totals, and
// how long the calls took. It audits the books then.
func settledFrom(b *testing.B, dir string, at time.Time, kills []int) (totals string, took time.Duration) {
	b.Helper()
	d := &dying{left: 1 << 30}
	var f *fixture
	open := func() {
		d.Store = openBooks(b, dir)
		f = benchFixture(b, d, at)
	}
	open()
	var run view.SettleRun
	for !run.Done {
		d.left = 1 << 30
		if len(kills) > 0 {
			d.left, d.after, kills = kills[0], len(kills)%2 == 0, kills[1:]
		}
		began := time.Now()
		var err error
		run, err = f.SettleRun(b.Context(), f.operator, view.SettleOrder{At: at})
		took += time.Since(began)
		if err != nil && !errors.Is(err, errKilled) {
			b.Fatal(err)
		}
		if d.left = 1 << 30; errors.Is(err, errKilled) {
			if err := d.Close(); err != nil {
				b.Fatal(err)
			}
			open()
		}
	}
	totals = fmt.Sprintf("%d tills, %d settlements, %s, fees %s",
		run.Tills, run.Settled, view.Amounts(run.Payouts), view.Amounts(run.Fees))
	f.checkSettlements(b)
	if err := d.Close(); err != nil {
		b.Fatal(err)
	}
	return totals, took
}

// benchFixture is a service over books that are there.
func benchFixture(b *testing.B, kv store.Store, at time.Time) *fixture {
	b.Helper()
	f := openFixture(b, kv, 7)
	f.time.Pass(at.Add(time.Hour).Sub(f.time.Now()))
	return f
}

// checkSettlements wants what the audit says of settlements to be nothing. Sales without buyers are not whole, so it
// says other things.
func (f *fixture) checkSettlements(b *testing.B) {
	b.Helper()
	err := f.store.View(b.Context(), func(kv store.Reader) error {
		report, err := books.Audit(b.Context(), kv, nil)
		for _, g := range report.Findings {
			if strings.HasPrefix(g.Invariant, "I7") || strings.HasPrefix(g.Invariant, "I16") ||
				strings.Contains(g.What, "settlement") || strings.Contains(g.What, "run ") {
				b.Errorf("audit: %s: %s", g.Invariant, g.What)
			}
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}
