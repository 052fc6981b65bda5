package store

import (
	"slices"
	"strings"
	"sync"
)

// gaps knows runs of keys that were deleted. To Badger a deleted row is still a row until it merges its tables, so a
// scan of a queue from its front would step over each row that ever went through it: the cost of a look would grow with
// the history. A scan that has stepped over many leaves a gap behind, and the next one leaps.
//
// Nothing of it is stored. The first scan after a start walks.
type gaps struct {
	mu  sync.Mutex
	all []gap  // they do not overlap; the one used last comes last
	at  uint64 // the position in Badger at which they hold; a view of another one has to walk itself

	leaps uint64 // how often a scan went over one
}

// gap is a range of keys in which Badger has no row.
type gap struct{ from, to string }

const (
	maxGaps = 32
	minGap  = 32 // deleted rows that are worth a gap
)

// leap returns the end of the gap that a key lies in, at a position.
func (g *gaps) leap(key []byte, at uint64) (to string, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at != at {
		return "", false
	}
	for i, one := range g.all {
		if one.from <= string(key) && string(key) < one.to {
			g.all = append(slices.Delete(g.all, i, i+1), one)
			g.leaps++
			return one.to, true
		}
	}
	return "", false
}

func (g *gaps) leapt() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.leaps
}

// learn keeps a gap that a scan at a position has walked through. It takes the place of those that it touches, since a
// scan that came through them went on.
func (g *gaps) learn(from, to []byte, at uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.at != at {
		return
	}
	fresh := gap{string(from), string(to)}
	g.all = slices.DeleteFunc(g.all, func(had gap) bool {
		touches := had.from <= fresh.to && fresh.from <= had.to
		if touches {
			fresh = gap{min(had.from, fresh.from), max(had.to, fresh.to)}
		}
		return touches
	})
	if len(g.all) == maxGaps {
		g.all = slices.Delete(g.all, 0, 1)
	}
	g.all = append(g.all, fresh)
}

// follow moves on to the position at which Badger has these layers, too. It is called before any view begins there. A
// row in a gap ends it.
func (g *gaps) follow(layers []*layer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range layers {
		l.finish()
		for i := range g.all {
			g.all[i].to = firstRow(l.rows, g.all[i])
		}
		g.at = l.last
	}
	g.all = slices.DeleteFunc(g.all, func(one gap) bool { return one.from == one.to })
}

// firstRow returns the key of the first row that sorted rows put into a gap, its end if there is none.
func firstRow(rows []keyRow, in gap) string {
	i, _ := slices.BinarySearchFunc(rows, in.from, func(r keyRow, k string) int { return strings.Compare(r.key, k) })
	for ; i < len(rows) && rows[i].key < in.to; i++ {
		if !rows[i].deleted {
			return strings.Clone(rows[i].key) // the rows of a layer share their memory
		}
	}
	return in.to
}

// run is the deleted rows that a cursor steps over, one behind the other.
type run struct {
	first []byte // with the prefix
	rows  int
}

// step goes over a deleted row, and over the gap that it lies in.
func (r *run) step(c *cursor, key []byte) {
	if r.rows == 0 {
		r.first = append(r.first[:0], key...)
	}
	if r.rows++; r.rows%minGap == 1 {
		if to, ok := c.e.gaps.leap(key[1:], c.at); ok {
			c.it.Seek(rowKey([]byte(to)))
			return
		}
	}
	c.it.Next()
}

// end is at a row that is there, or at the end of the range. What took long to walk through is a gap.
func (r *run) end(c *cursor, key []byte) {
	if r.rows >= minGap && key[0] == rowPrefix {
		c.e.gaps.learn(r.first[1:], key[1:], c.at)
	}
	r.rows = 0
}
