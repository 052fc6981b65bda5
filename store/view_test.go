package store

import (
	"fmt"
	"maps"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// What views remember is what Badger has at their position, whatever other views have read before, at it or at another,
// and however late they say what they have read.
func TestSeenIsWhatBadgerHas(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &seen{rows: newCache(1<<20, new(atomic.Uint64))}
		keys := rapid.SampledFrom([]string{"a", "b", "c"})
		badger := []map[string]row{{"a": {value: []byte("at the start")}}} // by position
		rt.Repeat(map[string]func(*rapid.T){
			"batch": func(rt *rapid.T) {
				l := &layer{last: uint64(len(badger))}
				now := maps.Clone(badger[len(badger)-1])
				for _, k := range rapid.SliceOfDistinct(keys, rapid.ID).Draw(rt, "keys") {
					r := row{value: fmt.Appendf(nil, "%d", l.last), deleted: rapid.Bool().Draw(rt, "deleted")}
					if now[k] = r; r.deleted {
						r.value, now[k] = nil, row{deleted: true}
					}
					l.rows = append(l.rows, keyRow{k, r})
				}
				badger = append(badger, now)
				s.follow([]*layer{l})
			},
			"read": func(rt *rapid.T) {
				k, at := keys.Draw(rt, "key"), rapid.IntRange(0, len(badger)-1).Draw(rt, "position")
				want, there := badger[at][k]
				got, ok := s.get([]byte(k), uint64(at))
				switch {
				case ok && (got.deleted != (want.deleted || !there) || string(got.bytes()) != string(want.bytes())):
					rt.Fatalf("%s at %d: %q, want %q", k, at, got.bytes(), want.bytes())
				case !ok && there && !want.deleted && rapid.Bool().Draw(rt, "decoded"):
					s.put([]byte(k), row{kept: rawValue(want.value)}, uint64(at))
				case !ok && there && !want.deleted:
					s.put([]byte(k), row{value: want.value}, uint64(at))
				}
			},
		})
	})
}

// rawValue is a decoded row that is its own bytes.
type rawValue []byte

func (v rawValue) Append(b []byte) []byte { return append(b, v...) }

func (v rawValue) Size() int { return 24 + cap(v) }
