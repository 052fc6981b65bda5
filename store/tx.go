package store

import (
	"errors"
	"fmt"
	"iter"
	"slices"
)

// tx is what a function sees: its own writes over those of the batch, over the journal's, over Badger. It belongs to
// the writer's goroutine.
type tx struct {
	w      *writer
	own    overlay
	bytes  int64
	call   *call // set when it is carried over to the next batch
	failed error // an error of the store that the function may have looked away from
	over   bool  // the function has returned
}

// errOver is what a function gets that kept its transaction for later. It is a bug of the caller, which must not read
// or write in the middle of another function.
var errOver = errors.New("store: a transaction was used after its function returned")

// reset makes the transaction ready for the next function. One that was kept by a function that returned stays over
// until then.
func (t *tx) reset() {
	t.own.reset()
	t.bytes, t.failed, t.over = 0, nil, false
}

// Get looks where the row can be, nearest first. Rows that Badger does not have yet are all in the cache, so what is
// asked of Badger is the newest there is.
func (t *tx) Get(key []byte) ([]byte, error) {
	if t.over {
		return nil, errOver
	}
	if r := t.own.find(key); r != nil {
		return r.get()
	}
	s := t.w.cache.get(key)
	if s != nil && (s.seq != 0 || s.kept == nil) {
		return s.get()
	}
	value, err := t.fetch(key)
	if err == nil && s == nil {
		t.w.cache.read(key, row{value: value})
	}
	return value, err
}

// Load is Get for a decoded row.
func (t *tx) Load(key []byte, d Decoder) (Value, error) {
	if t.over {
		return nil, errOver
	}
	if r := t.own.find(key); r != nil {
		return r.load(key, d, func(v Value) { r.kept = v })
	}
	if s := t.w.cache.get(key); s != nil {
		return s.load(key, d, func(v Value) { t.w.cache.keep(s, v) })
	}
	value, err := t.fetch(key)
	if err != nil {
		return nil, err
	}
	v, err := d.Decode(key, value)
	if err == nil {
		t.w.cache.read(key, row{kept: v})
	}
	return v, err
}

// load returns the decoded form, which it makes and has kept if there is none yet.
func (r *row) load(key []byte, d Decoder, keep func(Value)) (Value, error) {
	switch {
	case r.deleted:
		return nil, ErrNotFound
	case r.kept != nil:
		return r.kept, nil
	}
	v, err := d.Decode(key, r.value)
	if err == nil {
		keep(v)
	}
	return v, err
}

// fetch reads a row that is not in memory.
func (t *tx) fetch(key []byte) ([]byte, error) {
	if t.w.filter.absent(key) {
		return nil, ErrNotFound
	}
	value, err := t.w.e.fetch(t.w.newest, key)
	switch {
	case errors.Is(err, ErrNotFound):
		// A false positive of the filter is not worth a place in the cache: it will hardly be asked for again.
		if !t.w.filter.covers(key) {
			t.w.cache.read(key, row{deleted: true}) // a key that is not there is asked for again, too
		}
	case err != nil:
		t.failed = err
	}
	return value, err
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
		for _, rows := range [][]keyRow{t.w.batch.inBounds(from, to), t.own.inBounds(from, to)} {
			if len(rows) > 0 {
				sources = append(sources, source{rows: rows})
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
	return t.write(key, row{value: value})
}

// Put writes a decoded row.
func (t *tx) Put(key []byte, v Value) error { return t.write(key, row{kept: v}) }

// Delete removes a row.
func (t *tx) Delete(key []byte) error { return t.write(key, row{deleted: true}) }

// write keeps the row in the overlay of the function. A row that is refused fails the whole function, even if it looks
// away from the error: half of what it wanted must not become durable.
func (t *tx) write(key []byte, r row) error {
	size := int64(len(key)) + r.most()
	switch {
	case t.over:
		return errOver
	case len(key) == 0 || len(key) > MaxKey:
		t.failed = fmt.Errorf("%w: a key has 1 to %d bytes, this one %d", ErrTooLarge, MaxKey, len(key))
	case t.bytes+size > maxBytes || len(t.own.rows) >= MaxWrites:
		t.failed = ErrTooLarge
	default:
		t.bytes += size
		if had := t.own.find(key); had != nil {
			*had = r
		} else {
			t.own.add(key, t.w.cache.slots[string(key)], r)
		}
		return nil
	}
	return t.failed
}

// overlay holds what one function wrote. Most write a dozen rows, which are found sooner by looking at each of them
// than by hashing keys.
type overlay struct {
	rows  []ownRow
	index map[string]int // once there are many
}

// ownRow is a row that a function wrote, with its slot in the cache if there was one: both have the same key, which
// need not be copied.
type ownRow struct {
	keyRow
	slot *slot
}

// fewRows is up to how many rows looking is faster than hashing, and a little more than a sale writes.
const fewRows = 24

// reset keeps the slice for the next function.
func (o *overlay) reset() {
	clear(o.rows) // they hold on to values
	o.rows = o.rows[:0]
	o.index = nil
}

// find returns the row of a key, nil if the function did not write it. It is valid until the next add.
func (o *overlay) find(key []byte) *row {
	if o.index != nil {
		if i, ok := o.index[string(key)]; ok {
			return &o.rows[i].row
		}
		return nil
	}
	for i := range o.rows {
		if o.rows[i].key == string(key) {
			return &o.rows[i].row
		}
	}
	return nil
}

// add appends a row whose key is not there yet.
func (o *overlay) add(key []byte, known *slot, r row) {
	own := ownRow{keyRow{row: r}, known}
	if known != nil {
		own.key = known.key
	} else {
		own.key = string(key)
	}
	o.rows = append(o.rows, own)
	switch {
	case o.index != nil:
		o.index[own.key] = len(o.rows) - 1
	case len(o.rows) > fewRows:
		o.index = make(map[string]int, 4*fewRows)
		for i := range o.rows {
			o.index[o.rows[i].key] = i
		}
	}
}

// inBounds returns the rows in [from, to), sorted and encoded.
func (o *overlay) inBounds(from, to []byte) (rows []keyRow) {
	for _, r := range o.rows {
		if between(r.key, from, to) {
			rows = append(rows, keyRow{r.key, row{value: r.bytes(), deleted: r.deleted}})
		}
	}
	slices.SortFunc(rows, compareKeys)
	return rows
}
