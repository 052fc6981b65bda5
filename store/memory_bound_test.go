package store_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"tuppence/store"
	"tuppence/store/storetest"
)

// TestMemoryIsBounded: what is alive on the heap under full load follows from the options, however long the load lasts.
func TestMemoryIsBounded(t *testing.T) {
	const mib = 1 << 20
	o := store.Options{
		Cache: 8 * mib, MemTable: 16 * mib, MaxUnapplied: 8 * mib, Segment: 16 * mib,
		Ballast: -1, ScrubEvery: -1,
	}
	s := mustOpen(t, t.TempDir(), o)
	defer s.Close()
	if err := storetest.Seed(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rounds(4, 60))*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for c := range 256 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 9))
			for ctx.Err() == nil {
				if err := s.Update(ctx, storetest.NewSale(r, false).Run); err != nil && !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
					return
				}
			}
		})
	}
	// Badger: four tables in memory, each with room for one more batch and its nodes; its cache of indexes; the buffers
	// in which it builds tables, each as large as a table in memory and with an index beside it: it keeps eight for use
	// again, and a load has no more than as many at work, though its code allows 27 (DESIGN.md). Ours: cache, durable
	// rows, which the cache holds once more in its own form, two batches with their frame. The rest is callers.
	tables, indexes := 4*(o.MemTable*13/10), int64(32*mib)
	building := 16 * (o.MemTable + 4*mib)
	bound := tables + indexes + building + o.Cache + 3*o.MaxUnapplied + 4*4*mib + 16*mib
	var most uint64
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
			metrics.Read(live)
			most = max(most, live[0].Value.Uint64())
		}
	}
	wg.Wait()
	runtime.GC()
	metrics.Read(live)
	st := s.Stats()
	t.Logf(
		"%d sales, at most %d MiB alive, %d at the end, bound %d", st.Functions, most/mib, live[0].Value.Uint64()/mib,
		bound/mib,
	)
	if int64(most) > bound {
		t.Errorf("%d MiB are alive, the options allow %d", most/mib, bound/mib)
	}
}
