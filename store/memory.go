package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"sort"
	"sync"
)

// Memory keeps everything in a sorted slice: the second engine, for tests. Its zero value is not ready; use
// [NewMemory].
type Memory struct {
	write  sync.Mutex           // one Update at a time
	mu     sync.Mutex           // guards rows and closed
	rows   []KV                 // sorted, replaced as a whole by every commit: a snapshot is a slice
	kept   map[string]keptValue // decoded rows; guarded by write
	closed bool
	twice  bool
}

// MemoryOption changes how a [Memory] works.
type MemoryOption func(*Memory)

// Twice runs every function given to Update twice and throws the first run away: it finds functions that do not set
// their captured results from scratch.
func Twice() MemoryOption { return func(m *Memory) { m.twice = true } }

// NewMemory makes an empty store.
func NewMemory(opts ...MemoryOption) *Memory {
	m := &Memory{kept: map[string]keptValue{}}
	for _, o := range opts {
		o(m)
	}
	return m
}

// snapshot is the rows as they are now. Commits replace the slice and never change it.
func (m *Memory) snapshot() ([]KV, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	return m.rows, nil
}

// View runs fn on the rows as they are now.
func (m *Memory) View(ctx context.Context, fn func(Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	rows, err := m.snapshot()
	if err != nil {
		return err
	}
	v := memoryView{rows, loaded{}}
	defer v.loaded.check()
	return fn(v)
}

// Update runs fn on an overlay and keeps it if fn returns nil.
func (m *Memory) Update(ctx context.Context, fn func(Tx) error) error {
	m.write.Lock()
	defer m.write.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	rows, err := m.snapshot()
	if err != nil {
		return err
	}
	if m.twice {
		_ = m.run(&memoryTx{m: m, base: rows, loaded: loaded{}}, fn)
	}
	tx := &memoryTx{m: m, base: rows, loaded: loaded{}}
	if err := m.run(tx, fn); err != nil {
		return err
	}
	for k := range tx.writes {
		delete(m.kept, k)
	}
	maps.Copy(m.kept, tx.kept)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = tx.merged()
	return nil
}

// run runs fn, and panics in its name if it has changed a decoded row that it was given.
func (m *Memory) run(tx *memoryTx, fn func(Tx) error) error {
	return runContained(tx, func(Tx) error {
		defer tx.loaded.check()
		return fn(tx)
	})
}

// loaded is what a function was given decoded.
type loaded map[string]keptValue

// check panics if the function has changed some of it.
func (l loaded) check() {
	for key, v := range l {
		if !bytes.Equal(v.Append(nil), v.was) {
			panic(fmt.Sprintf("store: it has changed the decoded row %q, which other functions have too", key))
		}
	}
}

// memoryView is a snapshot that finds out whether what it has given decoded was changed.
type memoryView struct {
	sortedRows
	loaded loaded
}

// Load decodes each time: the decoded rows that transactions share may be newer than the snapshot.
func (v memoryView) Load(key []byte, d Decoder) (Value, error) {
	b, err := v.Get(key)
	if err != nil {
		return nil, err
	}
	one, err := d.Decode(key, b)
	if err == nil {
		v.loaded[string(key)] = keptValue{one, one.Append(nil)}
	}
	return one, err
}

// runContained turns a panic of fn into an error: one broken function must not take the store with it.
func runContained(tx Tx, fn func(Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: the function panicked: %v", p)
		}
	}()
	return fn(tx)
}

// Close waits for a running Update and refuses everything later.
func (m *Memory) Close() error {
	m.write.Lock()
	defer m.write.Unlock()
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return nil
}

// sortedRows is a snapshot.
type sortedRows []KV

// find returns where a key stands, or where it would stand.
func (s sortedRows) find(key []byte) (int, bool) {
	i := sort.Search(len(s), func(i int) bool { return bytes.Compare(s[i].Key, key) >= 0 })
	return i, i < len(s) && bytes.Equal(s[i].Key, key)
}

// Get is Reader.Get.
func (s sortedRows) Get(key []byte) ([]byte, error) {
	if i, ok := s.find(key); ok {
		return s[i].Value, nil
	}
	return nil, ErrNotFound
}

// Scan is Reader.Scan. A range that ends before it begins is empty.
func (s sortedRows) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[KV, error] {
	lo, _ := s.find(from)
	hi := len(s)
	if to != nil {
		hi, _ = s.find(to)
	}
	return func(yield func(KV, error) bool) {
		for n := 0; n < hi-lo && (limit == 0 || n < limit); n++ {
			i := lo + n
			if reverse {
				i = hi - 1 - n
			}
			if !yield(s[i], nil) {
				return
			}
		}
	}
}

// memoryTx is a snapshot with an overlay.
type memoryTx struct {
	m      *Memory
	base   []KV
	writes map[string][]byte    // nil value: deleted
	kept   map[string]keptValue // decoded forms of some of them
	loaded loaded
}

// Get looks into the overlay first: what a function writes, it reads.
func (t *memoryTx) Get(key []byte) ([]byte, error) {
	if v, ok := t.writes[string(key)]; ok {
		if v == nil {
			return nil, ErrNotFound
		}
		return v, nil
	}
	return sortedRows(t.base).Get(key)
}

// Set keeps an empty value apart from none at all, which means deleted.
func (t *memoryTx) Set(key, value []byte) error {
	if len(key) == 0 {
		return errors.New("store: empty key")
	}
	if value == nil {
		value = []byte{}
	}
	t.put(key, value)
	return nil
}

// keptValue is a decoded row with the bytes that it had, by which a change of it is found.
type keptValue struct {
	Value
	was []byte
}

// Put encodes at once.
func (t *memoryTx) Put(key []byte, v Value) error {
	b := v.Append([]byte{})
	if err := t.Set(key, b); err != nil {
		return err
	}
	if t.kept == nil {
		t.kept = map[string]keptValue{}
	}
	t.kept[string(key)] = keptValue{v, b}
	return nil
}

// Load hands the same Value to every function, as the engine on disk does.
func (t *memoryTx) Load(key []byte, d Decoder) (Value, error) {
	b, err := t.Get(key)
	if err != nil {
		return nil, err
	}
	_, written := t.writes[string(key)]
	v, ok := t.kept[string(key)]
	if !ok && !written {
		v, ok = t.m.kept[string(key)]
	}
	if !ok {
		if v.Value, err = d.Decode(key, b); err != nil {
			return nil, err
		}
		if v.was = v.Append(nil); !written {
			t.m.kept[string(key)] = v
		}
	}
	t.loaded[string(key)] = v
	return v.Value, nil
}

// Delete hides the row below, whether there is one or not.
func (t *memoryTx) Delete(key []byte) error {
	t.put(key, nil)
	return nil
}

// put forgets the decoded form, which is of the value before.
func (t *memoryTx) put(key, value []byte) {
	if t.writes == nil {
		t.writes = map[string][]byte{}
	}
	t.writes[string(key)] = value
	delete(t.kept, string(key))
}

// Scan merges first. That is slow with many rows and plain enough to be trusted.
func (t *memoryTx) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[KV, error] {
	return sortedRows(t.merged()).Scan(from, to, reverse, limit)
}

// merged is the snapshot with the overlay applied.
func (t *memoryTx) merged() []KV {
	if len(t.writes) == 0 {
		return t.base
	}
	keys := make([]string, 0, len(t.writes))
	for k := range t.writes {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	out := make([]KV, 0, len(t.base)+len(keys))
	i := 0
	for _, k := range keys {
		for i < len(t.base) && string(t.base[i].Key) < k {
			out = append(out, t.base[i])
			i++
		}
		if i < len(t.base) && string(t.base[i].Key) == k {
			i++
		}
		if v := t.writes[k]; v != nil {
			out = append(out, KV{Key: []byte(k), Value: v})
		}
	}
	return append(out, t.base[i:]...)
}
