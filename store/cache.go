package store

import "sync/atomic"

// cache holds rows as the writer sees them: those written last and those read last, as bytes or decoded. A row that
// Badger does not have yet is never forgotten. It belongs to the writer's goroutine.
//
// It is a clock: a hand goes round over all rows and forgets those that were not read since it came by last. A row that
// is only written, as most rows of a purchase are, is forgotten first.
type cache struct {
	slots   map[string]*slot
	clock   []*slot // the same ones, in the order in which the hand passes
	hand    int
	bytes   int64
	limit   int64
	applied *atomic.Uint64 // up to here Badger has everything
}

// slot is a row in the cache.
type slot struct {
	keyRow
	seq  uint64 // of the batch that wrote it, 0: read from Badger
	used bool   // since the hand came by
	gone bool   // forgotten: a holder of a pointer to it has to look again
}

// slotOverhead is what a row takes beside key, value and decoded form: the slot itself in its size class, its places in
// map and clock, and the rounding of its key and value.
const slotOverhead = 96 + 48 + 8 + 16

// newCache makes an empty cache of limit bytes. applied is moved on by the follower.
func newCache(limit int64, applied *atomic.Uint64) *cache {
	return &cache{slots: map[string]*slot{}, limit: limit, applied: applied}
}

// size is how many bytes the slot counts for: of a value all that it keeps alive, which may be more than its length.
func (s *slot) size() int64 {
	n := int64(len(s.key)+cap(s.value)) + slotOverhead
	if s.kept != nil {
		n += int64(s.kept.Size())
	}
	return n
}

// get returns the slot of a key, nil if there is none. It is valid until the next call of another method.
func (c *cache) get(key []byte) *slot {
	s := c.slots[string(key)]
	if s != nil {
		s.used = true
	}
	return s
}

// write sets a row that batch seq wrote; known is its slot if the caller has it. It returns the slot, and what was
// there if the same batch had written it before.
func (c *cache) write(key string, known *slot, r row, seq uint64) (s *slot, before row, again bool) {
	if s = known; s == nil || s.gone {
		s = c.slots[key]
	}
	if s == nil {
		s = c.insert(key)
	} else {
		before, again = s.row, s.seq == seq
		c.bytes -= s.size()
	}
	s.row, s.seq = r, seq
	c.bytes += s.size()
	c.evict()
	return s, before, again
}

// read sets a row that was read from Badger.
func (c *cache) read(key []byte, r row) {
	s := &slot{keyRow: keyRow{string(key), r}}
	if s.size() > c.limit/64 || c.slots[s.key] != nil {
		return // one large value must not push out everything else; a row that is there is as new or newer
	}
	s = c.insert(s.key)
	s.row = r
	c.bytes += s.size()
	c.evict()
}

// keep lays the decoded form beside a row. Its bytes go if Badger has them: one of both forms is enough.
func (c *cache) keep(s *slot, v Value) {
	c.bytes -= s.size()
	s.kept = v
	if s.seq == 0 {
		s.value = nil
	}
	c.bytes += s.size()
}

// insert adds an empty slot. It begins as not used: what is read once and never again costs one round of the hand.
func (c *cache) insert(key string) *slot {
	s := &slot{keyRow: keyRow{key: key}}
	c.slots[key] = s
	c.clock = append(c.clock, s)
	return s
}

// maxSteps bounds how far the hand goes at once. Each row that comes in moves it, so it forgets faster than rows come.
const maxSteps = 64

// evict moves the hand until the cache has its size again.
func (c *cache) evict() {
	applied := c.applied.Load()
	for steps := 0; c.bytes > c.limit && steps < maxSteps && len(c.clock) > 0; steps++ {
		if c.hand >= len(c.clock) {
			c.hand = 0
		}
		switch s := c.clock[c.hand]; {
		case s.used:
			s.used = false
			c.hand++
		case s.seq > applied:
			c.hand++
		default:
			c.bytes -= s.size()
			s.gone = true
			// The last one takes its place: the order of a clock matters little, and nothing has to be moved up.
			delete(c.slots, s.key)
			last := len(c.clock) - 1
			c.clock[c.hand], c.clock[last] = c.clock[last], nil
			c.clock = c.clock[:last]
		}
	}
}
