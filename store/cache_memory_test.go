package store

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"
	"weak"
)

// A row in the cache keeps no other row alive: when Badger has a batch, its layer and the piece of memory into which
// its rows were encoded go, though all of them are still in the cache.
func TestCacheKeepsNoBatch(t *testing.T) {
	o := quiet
	o.Cache = 1 << 20
	e, err := Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.hold(true) // so that the batch can be looked at
	const rows = 100
	if err := e.Update(t.Context(), func(tx Tx) error {
		for i := range rows {
			if err := tx.Put(fmt.Appendf(nil, "row %d", i), block(20)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	batch, encoded := e.watchBatch()
	e.hold(false)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for n := 0; batch.Value() != nil || encoded.Value() != nil; n++ {
		if n == 200 {
			t.Fatalf("alive after Badger has it: layer %v, encoded rows %v", batch.Value() != nil, encoded.Value() != nil)
		}
		<-tick.C
		runtime.GC()
	}
	if err := e.Update(context.Background(), func(x Tx) error {
		if n := len(x.(*tx).w.cache.slots); n < rows {
			t.Errorf("%d rows are in the cache, want all %d", n, rows)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// hold stops the follower, or lets it go on.
func (e *Engine) hold(still bool) {
	e.mu.Lock()
	e.tight = still
	e.mu.Unlock()
	select {
	case e.apply <- struct{}{}:
	default:
	}
}

// watchBatch returns the latest batch that Badger does not have, and its encoded rows, without keeping them alive.
func (e *Engine) watchBatch() (weak.Pointer[layer], weak.Pointer[byte]) {
	e.mu.Lock()
	defer e.mu.Unlock()
	l := e.layers[len(e.layers)-1]
	return weak.Make(l), weak.Make(&l.rows[0].value[0])
}

// A value counts with all the memory that it keeps alive, not only with its length.
func TestCacheCountsCapacity(t *testing.T) {
	s := slot{keyRow: keyRow{"k", row{value: make([]byte, 1, 4096)}}}
	if got, want := s.size(), int64(1+4096+slotOverhead); got != want {
		t.Errorf("a value of 1 byte in 4096 counts for %d bytes, want %d", got, want)
	}
}
