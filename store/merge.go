package store

import (
	"bytes"
	"iter"
)

// source is a sorted run of encoded rows: what one layer has in the range of a scan.
type source struct {
	rows    []keyRow
	reverse bool
}

// head is the next row in the direction of the scan.
func (s *source) head() (keyRow, bool) {
	switch {
	case len(s.rows) == 0:
		return keyRow{}, false
	case s.reverse:
		return s.rows[len(s.rows)-1], true
	}
	return s.rows[0], true
}

// next drops the row that head has returned.
func (s *source) next() {
	if s.reverse {
		s.rows = s.rows[:len(s.rows)-1]
	} else {
		s.rows = s.rows[1:]
	}
}

// layerSources cuts the range of a scan out of each layer, the earliest layer first. It leaves room for the two sources
// that a transaction adds.
func layerSources(layers []*layer, from, to []byte) []source {
	sources := make([]source, 0, len(layers)+2)
	for _, l := range layers {
		l.finish()
		if rows := bounds(l.rows, from, to); len(rows) > 0 {
			sources = append(sources, source{rows: rows})
		}
	}
	return sources
}

// before says whether a comes before b in the direction of the scan.
func before(a, b string, reverse bool) bool { return a != b && (a < b) != reverse }

// first finds the next key among the sources and its latest row.
func first(sources []source, reverse bool) (found keyRow, ok bool) {
	for i := range sources {
		if r, has := sources[i].head(); has && (!ok || !before(found.key, r.key, reverse)) {
			found, ok = r, true // a later source wins an equal key
		}
	}
	return found, ok
}

// stepOver goes on behind a key in all sources.
func stepOver(sources []source, key string) {
	for i := range sources {
		if r, has := sources[i].head(); has && r.key == key {
			sources[i].next()
		}
	}
}

// merge visits the rows of the sources, the earliest first, laid over what the snapshot sees in Badger.
func (s *snapshot) merge(sources []source, from, to []byte, reverse bool, limit int) iter.Seq2[KV, error] {
	return func(yield func(KV, error) bool) {
		if to != nil && bytes.Compare(from, to) >= 0 {
			return
		}
		heads := append([]source(nil), sources...)
		for i := range heads {
			heads[i].reverse = reverse
		}
		below := s.cursor(from, to, reverse)
		defer below.close()
		for n := 0; limit <= 0 || n < limit; {
			stored, hasStored := below.key()
			if below.err != nil {
				yield(KV{}, below.err)
				return
			}
			r, ok := first(heads, reverse)
			switch {
			case !ok && !hasStored:
				return
			case ok && (!hasStored || !before(string(stored), r.key, reverse)):
				stepOver(heads, r.key)
				if hasStored && string(stored) == r.key {
					below.next()
				}
				if r.deleted {
					continue
				}
				n++
				if !yield(KV{Key: []byte(r.key), Value: r.value}, nil) {
					return
				}
			default:
				kv, err := below.take()
				if err != nil {
					yield(KV{}, err)
					return
				}
				n++
				if !yield(kv, nil) {
					return
				}
			}
		}
	}
}
