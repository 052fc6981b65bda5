package store

import (
	"slices"
	"strings"
	"sync"
)

// row is what one key is set to. A deleted key is a row too: it hides what lies below.
type row struct {
	value   []byte
	deleted bool
}

// layer holds the rows of one batch, or of several that follow each other. Once sealed it is never changed, so a view
// can keep it for as long as it likes.
type layer struct {
	last  uint64 // sequence of its last batch
	hash  hash   // of that batch's frame
	rows  map[string]row
	bytes int64

	once sync.Once
	keys []string // sorted at the first scan
}

func newLayer() *layer { return &layer{rows: map[string]row{}} }

// set puts a row into a layer that is not sealed yet.
func (l *layer) set(key string, r row) {
	if old, ok := l.rows[key]; ok {
		l.bytes -= int64(len(old.value))
	} else {
		l.bytes += int64(len(key)) + rowOverhead
	}
	l.bytes += int64(len(r.value))
	l.rows[key] = r
}

// rowOverhead is about what a row costs in memory beside its key and value.
const rowOverhead = 64

func (l *layer) sorted() []string {
	l.once.Do(func() { l.keys = sortedKeys(l.rows) })
	return l.keys
}

func sortedKeys(rows map[string]row) []string {
	keys := make([]string, 0, len(rows))
	for k := range rows {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// find looks through layers from the latest to the first.
func find(layers []*layer, key []byte) (row, bool) {
	for i := len(layers) - 1; i >= 0; i-- {
		if r, ok := layers[i].rows[string(key)]; ok {
			return r, true
		}
	}
	return row{}, false
}

// bounds returns the part of sorted keys that lies in [from, to).
func bounds(keys []string, from, to []byte) []string {
	lo, _ := slices.BinarySearch(keys, string(from))
	hi := len(keys)
	if to != nil {
		hi, _ = slices.BinarySearch(keys, string(to))
	}
	if lo >= hi {
		return nil
	}
	return keys[lo:hi]
}

// inBounds collects and sorts the keys of an unsealed map that lie in [from, to).
func inBounds(rows map[string]row, from, to []byte) []string {
	var keys []string
	for k := range rows {
		if strings.Compare(k, string(from)) >= 0 && (to == nil || strings.Compare(k, string(to)) < 0) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
