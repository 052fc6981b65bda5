package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"tuppence/store"
	"tuppence/store/storetest"
)

// BenchmarkStart measures how long Open takes after a kill, and when the index has to be built anew, in a store with
// 100 000 sales; 1 000 000 with TEST_SOAK, or as many as TEST_SALES says.
//
//	TEST_SOAK=1 go test -run '^$' -bench Start -benchtime 1x -timeout 30m ./store
func BenchmarkStart(b *testing.B) {
	sales := 100_000
	if os.Getenv("TEST_SOAK") != "" {
		sales = 1_000_000
	}
	if n, err := strconv.Atoi(os.Getenv("TEST_SALES")); err == nil {
		sales = n
	}
	work := filepath.Join(b.TempDir(), "work")
	s, err := store.Open(work, store.Options{Ballast: -1})
	if err != nil {
		b.Fatal(err)
	}
	if err := storetest.Seed(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	sellMany(b, s, sales)
	for s.Stats().Unapplied > 0 {
		time.Sleep(time.Millisecond)
	}
	killed := filepath.Join(b.TempDir(), "killed") // the directory as a kill leaves it
	err = os.CopyFS(killed, os.DirFS(work))
	if err := errors.Join(err, s.Close(), os.RemoveAll(work)); err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		index bool
	}{{"killed", true}, {"rebuilt", false}} {
		b.Run(c.name, func(b *testing.B) {
			var took time.Duration
			var replayed int
			for range b.N {
				dir := filepath.Join(b.TempDir(), "books")
				if err := os.CopyFS(dir, os.DirFS(killed)); err != nil {
					b.Fatal(err)
				}
				if !c.index {
					if err := os.RemoveAll(filepath.Join(dir, "index")); err != nil {
						b.Fatal(err)
					}
				}
				began := time.Now()
				s, err := store.Open(dir, store.Options{Ballast: -1})
				if err != nil {
					b.Fatal(err)
				}
				took += time.Since(began)
				replayed = s.Opened().Replayed
				n, err := storetest.CheckSales(b.Context(), s)
				if err := errors.Join(err, s.Close(), os.RemoveAll(dir)); err != nil || n != uint64(sales) {
					b.Fatalf("%d sales of %d: %v", n, sales, err)
				}
			}
			b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "open-ms")
			b.ReportMetric(float64(replayed), "batches-replayed")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func sellMany(b *testing.B, s store.Store, sales int) {
	b.Helper()
	const callers = 500
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 10))
			for i := c; i < sales; i += callers {
				if err := s.Update(context.Background(), storetest.NewSale(r, false).Run); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}
