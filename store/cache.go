package store

import "sync/atomic"

// cache holds rows as the writer sees them: those written last and those read last. A row that Badger does not have
// yet is never forgotten. It belongs to the writer's goroutine.
//
// There are two generations. A hit moves a row to the young one; when that is full the old one is thrown away and the
// young one becomes old.
type cache struct {
	young, old map[string]cached
	bytes      int64 // of young
	half       int64
	carried    int64 // bytes that could not be forgotten at the last turn
	applied    *atomic.Uint64
}

type cached struct {
	row
	seq uint64 // of the batch that wrote it, 0: read from Badger
}

func newCache(size int64, applied *atomic.Uint64) *cache {
	return &cache{young: map[string]cached{}, half: size / 2, applied: applied}
}

func (c *cache) get(key []byte) (row, bool) {
	if r, ok := c.young[string(key)]; ok {
		return r.row, true
	}
	r, ok := c.old[string(key)]
	if !ok {
		return row{}, false
	}
	delete(c.old, string(key))
	c.insert(string(key), r)
	return r.row, true
}

// put sets a row that batch seq wrote, or that was read from Badger when seq is 0.
func (c *cache) put(key string, r row, seq uint64) {
	if seq == 0 && int64(len(key)+len(r.value)) > c.half/64 {
		return // one large value must not push out everything else
	}
	delete(c.old, key)
	c.insert(key, cached{r, seq})
}

func (c *cache) insert(key string, r cached) {
	if was, ok := c.young[key]; ok {
		c.bytes += int64(len(r.value) - len(was.value))
	} else {
		c.bytes += int64(len(key)+len(r.value)) + rowOverhead
	}
	c.young[key] = r
	if c.bytes > max(c.half, 2*c.carried) {
		c.turn()
	}
}

func (c *cache) turn() {
	applied := c.applied.Load()
	last := c.old
	c.old, c.young, c.bytes = c.young, map[string]cached{}, 0
	for k, r := range last {
		if r.seq > applied {
			c.young[k] = r
			c.bytes += int64(len(k)+len(r.value)) + rowOverhead
		}
	}
	c.carried = c.bytes
}
