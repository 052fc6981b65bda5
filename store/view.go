package store

import (
	"bytes"
	"context"
	"iter"
	"sync"

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
	if r, ok := s.e.seen.get(key, s.at); ok && r.kept == nil {
		return r.get()
	}
	value, err := s.e.fetch(s.txn, key)
	if err == nil {
		s.e.seen.put(key, row{value: value}, s.at)
	}
	return value, err
}

// Load is Get for a decoded row.
func (s *snapshot) Load(key []byte, d Decoder) (Value, error) {
	if r, ok := find(s.layers, key); ok {
		return r.load(key, d, func(Value) {})
	}
	r, ok := s.e.seen.get(key, s.at)
	if !ok {
		value, err := s.e.fetch(s.txn, key)
		if err != nil {
			return nil, err
		}
		r.value = value
	}
	return r.load(key, d, func(v Value) { s.e.seen.put(key, row{kept: v}, s.at) })
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

// seen holds rows that views have read from Badger, as Badger has them now. Clients that call again and again ask for
// the same few, and a look into Badger costs more than all else of a small view.
type seen struct {
	mu   sync.Mutex
	rows *cache
	at   uint64 // the position in Badger at which its rows are as here; a view of another one has to look itself
}

// get returns the row of a key at a position, if it is here.
func (s *seen) get(key []byte, at uint64) (row, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at != at {
		return row{}, false
	}
	if had := s.rows.get(key); had != nil {
		return had.row, true
	}
	return row{}, false
}

// put keeps a row that was read from Badger at a position, as bytes or decoded. The decoded form takes the place of the
// bytes.
func (s *seen) put(key []byte, r row, at uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at != at {
		return
	}
	if had := s.rows.get(key); had != nil && r.kept != nil {
		s.rows.keep(had, r.kept)
	} else {
		s.rows.read(key, r)
	}
}

// follow moves on to the position at which Badger has these layers, too. It is called once Badger has them, and before
// any view begins there: no view sees a row older than its position.
func (s *seen) follow(layers []*layer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range layers {
		for i := range l.rows {
			if had := s.rows.slots[l.rows[i].key]; had != nil {
				// A copy, because the rows of a layer share their memory.
				s.rows.write(had.key, had, row{value: bytes.Clone(l.rows[i].value), deleted: l.rows[i].deleted}, 0)
			}
		}
		s.at = l.last
	}
}
