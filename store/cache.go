package store

import "sync/atomic"

// cache holds rows as the writer sees them: those written last and those read last, as bytes or decoded. A row that
// Badger does not have yet is never forgotten. It belongs to the writer's goroutine.
//
// It is two clocks: in each a hand goes round over the rows and forgets those that were not read since it came by last.
// Half of what a purchase writes is hardly ever read again, so rows that were only written have a small clock of their
// own: they would take most of the memory, and the collector would look at each of them again and again.
type cache struct {
	slots   map[string]*slot
	unread  clock // rows that were written and not read since they came in
	asked   clock // the others
	limit   int64
	applied *atomic.Uint64 // up to here Badger has everything
}

// clock is some of the slots in the order in which its hand passes.
type clock struct {
	slots []*slot
	hand  int
	bytes int64
}

// slot is a row in the cache.
type slot struct {
	keyRow
	in   *clock
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
		s = c.insert(&c.unread, key)
	} else {
		before, again = s.row, s.seq == seq
		s.in.bytes -= s.size()
	}
	s.row, s.seq = r, seq
	s.in.bytes += s.size()
	c.evict()
	return s, before, again
}

// read sets a row that was read from Badger.
func (c *cache) read(key []byte, r row) {
	s := &slot{keyRow: keyRow{string(key), r}}
	if s.size() > c.limit/64 || c.slots[s.key] != nil {
		return // one large value must not push out everything else; a row that is there is as new or newer
	}
	s = c.insert(&c.asked, s.key)
	s.row = r
	s.in.bytes += s.size()
	c.evict()
}

// keep lays the decoded form beside a row. Its bytes go if Badger has them: one of both forms is enough.
func (c *cache) keep(s *slot, v Value) {
	s.in.bytes -= s.size()
	s.kept = v
	if s.seq == 0 {
		s.value = nil
	}
	s.in.bytes += s.size()
}

// insert adds an empty slot. It begins as not used: what is read once and never again costs one round of the hand.
func (c *cache) insert(in *clock, key string) *slot {
	s := &slot{keyRow: keyRow{key: key}, in: in}
	c.slots[key] = s
	in.slots = append(in.slots, s)
	return s
}

// maxSteps bounds how far a hand goes at once. Each row that comes in moves it, so it forgets faster than rows come.
const maxSteps = 32

// evict moves the hands until the cache has its size again.
func (c *cache) evict() {
	for range maxSteps {
		tooMuch := c.unread.bytes+c.asked.bytes > c.limit
		if !tooMuch && c.unread.bytes <= c.limit/8 {
			return
		}
		c.step(&c.unread)
		if tooMuch {
			c.step(&c.asked)
		}
	}
}

// step moves one hand over one row.
func (c *cache) step(k *clock) {
	if len(k.slots) == 0 {
		return
	}
	if k.hand >= len(k.slots) {
		k.hand = 0
	}
	s := k.slots[k.hand]
	switch {
	case s.used && k == &c.unread:
		k.drop(s)
		s.in, s.used = &c.asked, false
		c.asked.slots = append(c.asked.slots, s)
		c.asked.bytes += s.size()
	case s.used:
		s.used = false
		k.hand++
	case s.seq > c.applied.Load():
		k.hand++
	default:
		k.drop(s)
		delete(c.slots, s.key)
		s.gone = true
	}
}

// drop takes out the slot under the hand. The last one takes its place: the order of a clock matters little, and
// nothing has to be moved up.
func (k *clock) drop(s *slot) {
	k.bytes -= s.size()
	last := len(k.slots) - 1
	k.slots[k.hand], k.slots[last] = k.slots[last], nil
	k.slots = k.slots[:last]
}
