package store

import (
	"context"
	"iter"

	"github.com/dgraph-io/badger/v4"
)

// snapshot is the state at one moment: a position in Badger, and the layers that lie over it.
type snapshot struct {
	e      *Engine
	at     uint64
	txn    *badger.Txn
	layers []*layer
}

// snapshot takes what is durable, and with inFlight also the batch that is being synced: only the writer may see that.
func (e *Engine) snapshot(inFlight bool) *snapshot {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := &snapshot{e: e, at: e.applied, layers: e.layers}
	if inFlight && e.inFlight != nil {
		s.layers = append(append([]*layer(nil), e.layers...), e.inFlight)
	}
	e.readers[s.at]++ // Badger keeps the versions that this position sees
	s.txn = e.db.NewTransactionAt(s.at, false)
	return s
}

// release lets Badger forget the versions that only this snapshot saw.
func (s *snapshot) release() {
	discard(s.txn)
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	if s.e.readers[s.at]--; s.e.readers[s.at] == 0 {
		delete(s.e.readers, s.at)
	}
}

// oldestReader is the earliest position in Badger that a view still reads at. The lock must be held.
func (e *Engine) oldestReader() uint64 {
	oldest := e.applied
	for at := range e.readers {
		oldest = min(oldest, at)
	}
	return oldest
}

// Get reads a row.
func (s *snapshot) Get(key []byte) ([]byte, error) {
	if r, ok := find(s.layers, key); ok {
		return r.get()
	}
	return s.e.fetch(s.txn, key)
}

// Scan visits rows in order.
func (s *snapshot) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[KV, error] {
	return s.merge(layerSources(s.layers, from, to), from, to, reverse, limit)
}

// View runs fn on one snapshot of durable data, beside the writer.
func (e *Engine) View(ctx context.Context, fn func(Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := e.enter(func() error { e.views.Add(1); return nil }); err != nil {
		return err
	}
	defer e.views.Done()
	if err := e.unreadable(); err != nil {
		return err
	}
	s := e.snapshot(false)
	defer s.release()
	return fn(s)
}
