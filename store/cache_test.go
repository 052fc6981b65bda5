package store

import (
	"fmt"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

// block is a decoded row of some size.
type block int

func (b block) Append(to []byte) []byte { return append(to, make([]byte, b)...) }
func (b block) Size() int               { return int(b) }

// The cache counts every byte it holds, never forgets what Badger does not have, and is otherwise no larger than it may
// be, whatever is written, read, laid beside, and brought to Badger.
func TestCacheIsExact(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var applied atomic.Uint64
		c := newCache(rapid.Int64Range(1, 20_000).Draw(rt, "limit"), &applied)
		newest := map[string]uint64{} // the last batch that wrote a key
		seq := uint64(1)
		rt.Repeat(map[string]func(*rapid.T){
			"write": func(rt *rapid.T) {
				k, n := drawKey(rt), rapid.IntRange(0, 500).Draw(rt, "size")
				r := row{value: make([]byte, n)}
				switch rapid.IntRange(0, 2).Draw(rt, "form") {
				case 1:
					r = row{kept: block(n)}
				case 2:
					r = row{deleted: true}
				}
				c.write(k, c.slots[k], r, seq)
				newest[k] = seq
			},
			"read": func(rt *rapid.T) {
				k := drawKey(rt)
				if s := c.get([]byte(k)); s == nil {
					c.read([]byte(k), row{value: make([]byte, rapid.IntRange(0, 500).Draw(rt, "size"))})
				} else if s.kept == nil && !s.deleted {
					c.keep(s, block(rapid.IntRange(0, 500).Draw(rt, "kept")))
				}
			},
			"batch": func(*rapid.T) { seq++ },
			"apply": func(rt *rapid.T) { applied.Store(rapid.Uint64Range(applied.Load(), seq-1).Draw(rt, "applied")) },
			"": func(rt *rapid.T) {
				rows := 0
				for _, k := range []*clock{&c.unread, &c.asked} {
					var all int64
					for _, s := range k.slots {
						all += s.size()
						if c.slots[s.key] != s || s.in != k {
							rt.Fatalf("%q is in a clock and not in the map, or in another", s.key)
						}
					}
					if all != k.bytes {
						rt.Fatalf("%d bytes in %d rows, %d counted", all, len(k.slots), k.bytes)
					}
					rows += len(k.slots)
				}
				if rows != len(c.slots) {
					rt.Fatalf("%d rows in the clocks, %d in the map", rows, len(c.slots))
				}
				for k, at := range newest {
					if s := c.slots[k]; at > applied.Load() && (s == nil || s.seq != at) {
						rt.Fatalf("%q of batch %d is forgotten, Badger has %d", k, at, applied.Load())
					}
				}
			},
		})
		applied.Store(seq)
		for range 4 * len(c.slots) { // what nobody reads goes, and the bounds hold
			c.evict()
		}
		if c.unread.bytes > c.limit/8 || c.unread.bytes+c.asked.bytes > c.limit {
			rt.Fatalf("%d bytes, %d of them unread: %d are allowed", c.unread.bytes+c.asked.bytes, c.unread.bytes, c.limit)
		}
	})
}

func drawKey(rt *rapid.T) string { return fmt.Sprint("key", rapid.IntRange(0, 40).Draw(rt, "key")) }

// What was read stays longer than what was only written, and few rows cannot be pushed out by many.
func TestCacheKeepsWhatIsRead(t *testing.T) {
	var applied atomic.Uint64
	applied.Store(1)
	c := newCache(100*(slotOverhead+200), &applied)
	hot := []byte("hot")
	c.read(hot, row{value: []byte("x")})
	for i := range 10_000 {
		if c.get(hot) == nil {
			t.Fatalf("after %d rows that nobody read a row is gone that was read each time", i)
		}
		c.write(fmt.Sprint("cold", i), nil, row{value: make([]byte, 100)}, 1)
	}
	if all := c.unread.bytes + c.asked.bytes; all > c.limit {
		t.Errorf("%d bytes, %d are allowed", all, c.limit)
	}
}
