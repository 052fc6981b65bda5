package store

import (
	"errors"
	"fmt"
	"iter"
)

// tx is what a function sees: its own writes over those of the batch, over the journal's, over Badger. It belongs to the
// writer's goroutine.
type tx struct {
	w      *writer
	rows   map[string]row
	bytes  int64
	call   *call // set when it is carried over to the next batch
	failed error // an error of the store that the function may have looked away from
	over   bool  // the function has returned
}

var errOver = errors.New("store: a transaction was used after its function returned")

func (t *tx) reset() {
	if t.rows == nil || len(t.rows) > 64 {
		t.rows = map[string]row{}
	}
	clear(t.rows)
	t.bytes, t.failed, t.over = 0, nil, false
}

// Get looks where the row can be, nearest first. Rows that Badger does not have yet are all in the cache, so what is
// asked of Badger is the newest there is.
func (t *tx) Get(key []byte) ([]byte, error) {
	if t.over {
		return nil, errOver
	}
	if r, ok := t.rows[string(key)]; ok {
		return r.get()
	}
	if r, ok := t.w.cache.get(key); ok {
		return r.get()
	}
	value, err := t.w.e.fetch(t.w.newest, key)
	switch {
	case errors.Is(err, ErrNotFound):
		t.w.cache.put(string(key), row{deleted: true}, 0) // a key that is not there is asked for again, too
		return nil, err
	case err != nil:
		t.failed = err
		return nil, err
	}
	t.w.cache.put(string(key), row{value: value}, 0)
	return value, nil
}

// get is the value, or that there is none.
func (r row) get() ([]byte, error) {
	if r.deleted {
		return nil, ErrNotFound
	}
	return r.value, nil
}

// Scan lays everything that is not in Badger over a snapshot of it.
func (t *tx) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[KV, error] {
	return func(yield func(KV, error) bool) {
		if t.over {
			yield(KV{}, errOver)
			return
		}
		s := t.w.e.snapshot(true)
		defer s.release()
		sources := layerSources(s.layers, from, to)
		for _, rows := range []map[string]row{t.w.batch.rows, t.rows} {
			if keys := inBounds(rows, from, to); len(keys) > 0 {
				sources = append(sources, source{keys: keys, rows: rows})
			}
		}
		for kv, err := range s.merge(sources, from, to, reverse, limit) {
			if err != nil {
				t.failed = err
			}
			if !yield(kv, err) {
				return
			}
		}
	}
}

// Set writes a row.
func (t *tx) Set(key, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	return t.put(key, row{value: value})
}

// Delete removes a row; one that is not there is no error.
func (t *tx) Delete(key []byte) error { return t.put(key, row{deleted: true}) }

func (t *tx) put(key []byte, r row) error {
	switch {
	case t.over:
		return errOver
	case len(key) == 0 || len(key) > MaxKey:
		t.failed = fmt.Errorf("%w: a key has 1 to %d bytes, this one %d", ErrTooLarge, MaxKey, len(key))
	case t.bytes+int64(len(key)+len(r.value)) > maxBytes || len(t.rows) >= MaxWrites:
		t.failed = ErrTooLarge
	default:
		t.bytes += int64(len(key) + len(r.value))
		t.rows[string(key)] = r
		return nil
	}
	return t.failed
}
