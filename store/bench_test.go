package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tuppence/store"
	"tuppence/store/storetest"
)

// BenchmarkSale measures durable purchases, one per Update, by callers that each wait for their answer. It shares the
// cores with them. The naive engine is the yardstick: one synced Badger transaction for each purchase, with the same
// work, and alone, without what all sales share.
//
//	go test -run '^$' -bench Sale -benchtime 5s ./store
func BenchmarkSale(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(dir string) (store.Store, error)
		run  func(storetest.Sale, store.Tx) error
	}{
		{"journal", func(dir string) (store.Store, error) { return store.Open(dir, store.Options{}) }, storetest.Sale.Run},
		{"naive", storetest.Naive, storetest.Sale.Run},
		{"naive-alone", storetest.Naive, storetest.Sale.RunAlone},
	} {
		for _, shop := range []struct {
			name string
			hot  bool
		}{{"uniform", false}, {"hot", true}} {
			for _, callers := range []int{1, 64, 256} {
				b.Run(fmt.Sprintf("%s/%s/callers=%d", engine.name, shop.name, callers), func(b *testing.B) {
					s, err := engine.open(b.TempDir())
					if err != nil {
						b.Fatal(err)
					}
					defer func() {
						if err := s.Close(); err != nil {
							b.Error(err)
						}
					}()
					if err := storetest.Seed(b.Context(), s); err != nil {
						b.Fatal(err)
					}
					sell(b, s, callers, shop.hot, engine.run)
				})
			}
		}
	}
}

// sell runs b.N sales and reports their rate and how long a caller waited.
func sell(b *testing.B, s store.Store, callers int, hot bool, run func(storetest.Sale, store.Tx) error) {
	b.Helper()
	var (
		seed  atomic.Uint64
		mu    sync.Mutex
		waits []time.Duration
	)
	procs := runtime.GOMAXPROCS(0)
	parallelism := (callers + procs - 1) / procs
	b.SetParallelism(parallelism)
	sales := func(next func() bool) {
		r := rand.New(rand.NewPCG(seed.Add(1), 5))
		var mine []time.Duration
		for next() {
			sale := storetest.NewSale(r, hot)
			once := func(tx store.Tx) error { return run(sale, tx) }
			began := time.Now()
			err := s.Update(context.Background(), once)
			for errors.Is(err, store.ErrBusy) {
				runtime.Gosched()
				err = s.Update(context.Background(), once)
			}
			if err != nil {
				b.Error(err)
				return
			}
			mine = append(mine, time.Since(began))
		}
		mu.Lock()
		defer mu.Unlock()
		waits = append(waits, mine...)
	}
	before, keys, cpu := written(s), keysOf(b, s), cpuTime()
	b.ResetTimer()
	if callers == 1 {
		sales(b.Loop)
	} else {
		b.RunParallel(func(pb *testing.PB) { sales(pb.Next) })
	}
	b.StopTimer()
	if len(waits) == 0 {
		return
	}
	n := float64(len(waits))
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/n, "cpu-µs/sale")
	b.ReportMetric(float64(keysOf(b, s)-keys)/n, "keys/sale")
	if after := written(s); after.JournalBytes > 0 {
		b.ReportMetric(float64(after.JournalBytes-before.JournalBytes)/n, "journal-B/sale")
		b.ReportMetric(float64(after.Rows-before.Rows)/n, "rows/sale")
		b.ReportMetric(n/float64(after.Batches-before.Batches), "sales/batch")
	}
	slices.Sort(waits)
	b.ReportMetric(float64(len(waits))/b.Elapsed().Seconds(), "sales/s")
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(0, "ns/op")
	if n, err := storetest.CheckSales(context.Background(), s); err != nil || n != uint64(len(waits)) {
		b.Errorf("%d sales in the books, %d answered: %v", n, len(waits), err)
	}
}

// written is what an engine with a journal has written.
func written(s store.Store) store.Stats {
	if e, ok := s.(*store.Engine); ok {
		return e.Stats()
	}
	return store.Stats{}
}

func keysOf(b *testing.B, s store.Store) (n int) {
	b.Helper()
	if err := s.View(context.Background(), func(r store.Reader) error {
		for _, err := range r.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
			n++
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	return n
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkView measures readers beside one busy writer: the newest 20 rows of a random user.
func BenchmarkView(b *testing.B) {
	s, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := storetest.Seed(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	var writer sync.WaitGroup
	writer.Go(func() {
		r := rand.New(rand.NewPCG(1, 5))
		for ctx.Err() == nil {
			if err := s.Update(context.WithoutCancel(ctx), storetest.NewSale(r, false).Run); err != nil {
				b.Error(err)
				return
			}
		}
	})
	var seed atomic.Uint64
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		r := rand.New(rand.NewPCG(seed.Add(1), 6))
		for pb.Next() {
			user := r.Uint32N(storetest.Users)
			if err := s.View(context.Background(), func(v store.Reader) error {
				from := []byte{'u', byte(user >> 24), byte(user >> 16), byte(user >> 8), byte(user)}
				to := append(slices.Clone(from), 0xff)
				for _, err := range v.Scan(from, to, true, 20) {
					if err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	cancel()
	writer.Wait()
	if err := s.Close(); err != nil {
		b.Error(err)
	}
}
