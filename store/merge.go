package store

import (
	"bytes"
	"iter"
)

// source is a sorted run of rows: what one layer has in the range of a scan.
type source struct {
	keys    []string
	rows    map[string]row
	reverse bool
}

func (s *source) head() (string, bool) {
	switch {
	case len(s.keys) == 0:
		return "", false
	case s.reverse:
		return s.keys[len(s.keys)-1], true
	}
	return s.keys[0], true
}

func (s *source) next() {
	if s.reverse {
		s.keys = s.keys[:len(s.keys)-1]
	} else {
		s.keys = s.keys[1:]
	}
}

func layerSources(layers []*layer, from, to []byte) []source {
	sources := make([]source, 0, len(layers)+2)
	for _, l := range layers {
		if keys := bounds(l.sorted(), from, to); len(keys) > 0 {
			sources = append(sources, source{keys: keys, rows: l.rows})
		}
	}
	return sources
}

// before says whether a comes before b in the direction of the scan.
func before(a, b string, reverse bool) bool { return a != b && (a < b) != reverse }

// first finds the next key among the sources and its latest row, and steps over it in all of them.
func first(sources []source, reverse bool) (key string, r row, ok bool) {
	for i := range sources {
		if k, has := sources[i].head(); has && (!ok || !before(key, k, reverse)) {
			key, r, ok = k, sources[i].rows[k], true // a later source wins an equal key
		}
	}
	return key, r, ok
}

func stepOver(sources []source, key string) {
	for i := range sources {
		if k, has := sources[i].head(); has && k == key {
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
		below := s.e.openCursor(s.txn, from, to, reverse)
		defer below.close()
		for n := 0; limit <= 0 || n < limit; {
			stored, hasStored := below.key()
			if below.err != nil {
				yield(KV{}, below.err)
				return
			}
			key, r, ok := first(heads, reverse)
			switch {
			case !ok && !hasStored:
				return
			case ok && (!hasStored || !before(string(stored), key, reverse)):
				stepOver(heads, key)
				if hasStored && string(stored) == key {
					below.next()
				}
				if r.deleted {
					continue
				}
				n++
				if !yield(KV{Key: []byte(key), Value: r.value}, nil) {
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
