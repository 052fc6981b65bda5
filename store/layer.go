package store

import (
	"slices"
	"strings"
	"sync"
)

// row is what one key is set to. A deleted key is a row too: it hides what lies below.
type row struct {
	value   []byte // nil in a row that is only kept decoded
	kept    Value  // the decoded form, nil if there is none
	deleted bool
}

// get is the value, or that there is none.
func (r row) get() ([]byte, error) {
	if r.deleted {
		return nil, ErrNotFound
	}
	return r.bytes(), nil
}

// bytes encodes the row if that was not done yet.
func (r row) bytes() []byte {
	if r.value == nil && r.kept != nil {
		return r.kept.Append(nil)
	}
	return r.value
}

// most is a bound of how many bytes the row has once it is encoded.
func (r row) most() int64 {
	if r.value == nil && r.kept != nil {
		return 2 * int64(r.kept.Size())
	}
	return int64(len(r.value))
}

// keyRow is a row with its key.
type keyRow struct {
	key string
	row
}

// compareKeys orders rows as Badger and the scans do: by the bytes of the key.
func compareKeys(a, b keyRow) int { return strings.Compare(a.key, b.key) }

// layer holds the rows of one batch, or of several that follow each other. Once it is finished it is never changed, so
// a view can keep it for as long as it likes.
type layer struct {
	last  uint64   // sequence of its last batch
	hash  hash     // of that batch's frame
	rows  []keyRow // each key once; sorted and encoded by finish
	bytes int64    // a bound until finish makes it exact

	finished sync.Once
	indexed  sync.Once
	index    map[string]int32 // where a key stands in rows; made when a view first asks
}

// rowOverhead is about what a row costs in memory beside its key and value.
const rowOverhead = 96

// set puts a row into a layer that will not be finished: what a start brings from the journal to Badger.
func (l *layer) set(key string, r row) {
	if l.index == nil {
		l.index = map[string]int32{}
	}
	if i, ok := l.index[key]; ok {
		l.bytes += int64(len(r.value) - len(l.rows[i].value))
		l.rows[i].row = r
		return
	}
	l.bytes += int64(len(key)+len(r.value)) + rowOverhead
	l.index[key] = int32(len(l.rows))
	l.rows = append(l.rows, keyRow{key, r})
}

// finish encodes and sorts the rows, once. The syncer does it, beside the writer, which goes on meanwhile; the writer
// does it where one of its functions scans over a batch that the syncer has not begun with.
func (l *layer) finish() {
	l.finished.Do(func() {
		// The journal gets the rows in order too: the same batch is the same frame, whatever the order of writes was.
		slices.SortFunc(l.rows, compareKeys)
		l.bytes = 0
		most := 0
		for _, r := range l.rows {
			if r.value == nil && r.kept != nil {
				most += 2 * r.kept.Size()
			}
		}
		var encoded []byte // all of them side by side: they live and go together
		for i := range l.rows {
			r := &l.rows[i]
			if r.value == nil && r.kept != nil {
				if cap(encoded)-len(encoded) < 2*r.kept.Size() {
					encoded = make([]byte, 0, max(min(most, 4<<10), 2*r.kept.Size()))
				}
				from := len(encoded)
				encoded = r.kept.Append(encoded)
				r.value = encoded[from:len(encoded):len(encoded)]
			}
			r.kept = nil // a batch is no place to keep what the cache may want to forget
			l.bytes += int64(len(r.key)+len(r.value)) + rowOverhead
		}
	})
}

// at returns where a key stands in the rows of a finished layer.
func (l *layer) at(key []byte) (int32, bool) {
	l.indexed.Do(func() {
		l.index = make(map[string]int32, len(l.rows))
		for i := range l.rows {
			l.index[l.rows[i].key] = int32(i)
		}
	})
	i, ok := l.index[string(key)]
	return i, ok
}

// find looks through finished layers from the latest to the first.
func find(layers []*layer, key []byte) (row, bool) {
	for i := len(layers) - 1; i >= 0; i-- {
		if at, ok := layers[i].at(key); ok {
			return layers[i].rows[at].row, true
		}
	}
	return row{}, false
}

// bounds returns the part of sorted rows that lies in [from, to).
func bounds(rows []keyRow, from, to []byte) []keyRow {
	at := func(key []byte) int {
		i, _ := slices.BinarySearchFunc(rows, string(key), func(r keyRow, k string) int { return strings.Compare(r.key, k) })
		return i
	}
	lo, hi := at(from), len(rows)
	if to != nil {
		hi = at(to)
	}
	if lo >= hi {
		return nil
	}
	return rows[lo:hi]
}

// between says whether a key lies in [from, to).
func between(key string, from, to []byte) bool {
	return key >= string(from) && (to == nil || key < string(to)) // compared without a copy
}
