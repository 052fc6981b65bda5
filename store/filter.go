package store

import (
	"bytes"
	"hash/maphash"
	"sync/atomic"

	"github.com/dgraph-io/ristretto/v2/z"
)

// filter knows which keys of some prefixes are certainly absent, so that the writer need not look into Badger for them:
// idempotency keys, for example, are nearly always new. A key that it takes for present costs one look, no more; keys
// that were deleted stay present for it until the next start.
//
// It is not stored. A start reads the keys of these prefixes from the index in the background, and until it is through
// the filter says of no key that it is absent. Keys that are written meanwhile go into a set of the writer's own.
type filter struct {
	prefixes [][]byte
	seed     maphash.Seed
	stored   atomic.Pointer[keySet] // what was in the index at the start; nil until it was read through
	written  keySet                 // since then; the writer's
	saved    atomic.Uint64          // looks into the index that were not needed
	size     atomic.Int64           // bytes of both sets
}

// newFilter makes a filter that knows nothing yet. The seed is another one in each process: no client can choose keys
// that all look present, which would send every look-up to the index.
func newFilter(prefixes [][]byte) *filter {
	return &filter{prefixes: prefixes, seed: maphash.MakeSeed()}
}

// covers says whether the filter knows about keys like this one.
func (f *filter) covers(key []byte) bool {
	for _, p := range f.prefixes {
		if bytes.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

// absent is true only for a key that is neither in Badger nor was written since the start.
func (f *filter) absent(key []byte) bool {
	stored := f.stored.Load()
	if stored == nil || !f.covers(key) {
		return false
	}
	if h := maphash.Bytes(f.seed, key); stored.has(h) || f.written.has(h) {
		return false
	}
	f.saved.Add(1)
	return true
}

// add is called by the writer for each row that it writes, before the row can leave the cache.
func (f *filter) add(key string) {
	for _, p := range f.prefixes {
		if len(key) >= len(p) && key[:len(p)] == string(p) {
			f.size.Add(f.written.add(maphash.String(f.seed, key)))
			return
		}
	}
}

// read takes in the keys of a snapshot in which all is that was written before the first add. It gives up when stop is
// closed, or when the index fails.
func (f *filter) read(s *snapshot, stop <-chan struct{}) {
	defer s.release()
	var all keySet
	for _, p := range f.prefixes {
		c := s.cursor(p, successor(p), false)
		for n := 1; ; n++ {
			key, ok := c.key()
			if !ok || n%1024 == 0 && isClosed(stop) {
				break
			}
			f.size.Add(all.add(maphash.Bytes(f.seed, key)))
			c.next()
		}
		c.close()
		if c.err != nil || isClosed(stop) {
			return
		}
	}
	f.stored.Store(&all)
}

// isClosed asks without waiting.
func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// successor is the smallest key that is greater than every key with this prefix; nil if there is none.
func successor(prefix []byte) []byte {
	end := bytes.Clone(prefix)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i]++; end[i] != 0 {
			return end[:i+1]
		}
	}
	return nil
}

// keySet is a set of hashes that grows: Bloom filters, each four times as large as the one before. At ten bits for a
// key and seven probes one absent key in a hundred is taken for present. 20 million keys fill 43 MiB.
type keySet struct {
	blooms []*z.Bloom
	room   int // keys that the last one still takes
}

const (
	firstBloomBits = 1 << 20
	bloomGrowth    = 4
	bitsPerKey     = 10
	bloomProbes    = 7
)

// add returns how many bytes the set has grown by.
func (s *keySet) add(h uint64) (grown int64) {
	if s.room == 0 {
		bits := firstBloomBits
		for range s.blooms {
			bits *= bloomGrowth
		}
		b := z.NewBloomFilter(float64(bits), bloomProbes)
		s.blooms, s.room, grown = append(s.blooms, b), bits/bitsPerKey, int64(b.TotalSize())
	}
	s.blooms[len(s.blooms)-1].Add(h)
	s.room--
	return grown
}

// has may be true for a hash that was never added, and is never false for one that was.
func (s *keySet) has(h uint64) bool {
	for i := len(s.blooms) - 1; i >= 0; i-- { // the largest first
		if s.blooms[i].Has(h) {
			return true
		}
	}
	return false
}
