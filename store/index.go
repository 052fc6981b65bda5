package store

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"syscall"

	"github.com/dgraph-io/badger/v4"
)

// Every read of a running engine goes through this file: Badger panics once it has lost a table in memory, and faults
// when a file under one of its maps goes bad. After the first of that nothing reads through it any more.

// unreadable says at once why nothing is read through Badger any more, nil while all is well. It wraps ErrReadOnly.
func (e *Engine) unreadable() error {
	if err := e.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// failIndex stops writes, and reads through Badger, and returns what unreadable says from now on.
func (e *Engine) failIndex(err error) error {
	if errors.Is(err, badger.ErrDiscardedTxn) {
		return errOver // the reader is to blame
	}
	first := fmt.Errorf("%w: index: %w", ErrReadOnly, err)
	e.broken.CompareAndSwap(nil, &first)
	e.fail("index", err)
	return e.unreadable()
}

// contain is deferred around what Badger does: a panic becomes an error.
func (e *Engine) contain(err *error) {
	p := recover()
	if p == nil {
		return
	}
	if e.unreadable() == nil {
		e.o.Log.Error("badger panicked", "err", p, "stack", string(debug.Stack()))
	}
	cause, ok := p.(error)
	if !ok {
		cause = fmt.Errorf("%v", p)
	}
	*err = e.failIndex(fmt.Errorf("badger: %w", cause))
}

// fetch reads a row from Badger.
func (e *Engine) fetch(txn *badger.Txn, key []byte) (value []byte, err error) {
	if len(key) == 0 || len(key) > MaxKey {
		return nil, ErrNotFound
	}
	if err := e.unreadable(); err != nil {
		return nil, err
	}
	defer e.contain(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	item, err := txn.Get(rowKey(key))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, ErrNotFound
	}
	if err == nil {
		value, err = item.ValueCopy(nil)
	}
	if err != nil {
		return nil, e.failIndex(err)
	}
	return value, nil
}

// cursor walks over the rows of Badger in a range, as a snapshot has them.
type cursor struct {
	e        *Engine
	at       uint64           // the position of the snapshot
	it       *badger.Iterator // nil if Badger did not give one
	from, to []byte           // with the prefix
	reverse  bool
	err      error  // why there is nothing more
	last     []byte // forward: the key that it has seen last
	gone     run    // … and the deleted rows since the last one that is there
}

// cursor never fails: what is wrong is in err. to is nil for: to the last row.
func (s *snapshot) cursor(from, to []byte, reverse bool) *cursor {
	c := &cursor{e: s.e, at: s.at, from: rowKey(from), to: []byte{rowPrefix + 1}, reverse: reverse}
	if to != nil {
		c.to = rowKey(to)
	}
	if c.err = s.e.unreadable(); c.err == nil {
		c.open(s.txn)
	}
	return c
}

// open places the cursor on the first row of its range in its direction. Forward it sees every version of a key, newest
// first, because Badger itself would step over all that was deleted, to the end of the range and beyond. Seek finds a
// key or the next one in that direction, so a walk backward begins at the upper bound and steps over it.
func (c *cursor) open(txn *badger.Txn) {
	defer c.e.contain(&c.err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	// Without its prefetching: that copies values, which lie beside their keys, in goroutines of its own.
	c.it = txn.NewIterator(badger.IteratorOptions{Reverse: c.reverse, AllVersions: !c.reverse})
	if !c.reverse {
		c.it.Seek(c.from)
		c.settle()
		return
	}
	c.it.Seek(c.to)
	for c.it.Valid() && bytes.Compare(c.it.Item().Key(), c.to) >= 0 {
		c.it.Next() // to itself is outside
	}
}

// settle goes forward to the next row that is there, or to the end of the range.
func (c *cursor) settle() {
	for c.it.Valid() {
		item := c.it.Item()
		key := item.Key()
		if bytes.Compare(key, c.to) >= 0 {
			break
		}
		older := bytes.Equal(key, c.last)
		c.last = append(c.last[:0], key...)
		switch {
		case older:
			c.it.Next()
		case !item.IsDeletedOrExpired():
			c.gone.end(c, key)
			return
		default:
			c.gone.step(c, key)
		}
	}
	c.gone.end(c, c.to)
}

// key is the key the cursor stands at, without the prefix; it is valid until next.
func (c *cursor) key() ([]byte, bool) {
	if c.err != nil || !c.it.Valid() {
		return nil, false
	}
	k := c.it.Item().Key()
	if c.reverse && bytes.Compare(k, c.from) < 0 || !c.reverse && bytes.Compare(k, c.to) >= 0 {
		return nil, false
	}
	return k[1:], true
}

// next steps on. It looks first whether the index has failed meanwhile: a scan can last long.
func (c *cursor) next() {
	if c.err = c.e.unreadable(); c.err != nil {
		return
	}
	defer c.e.contain(&c.err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	if c.it.Next(); !c.reverse {
		c.settle()
	}
}

// take copies the row the cursor stands at and goes on.
func (c *cursor) take() (KV, error) {
	item := c.it.Item()
	key := item.KeyCopy(nil)
	value, err := item.ValueCopy(nil)
	if err != nil {
		return KV{}, c.e.failIndex(err)
	}
	c.next()
	return KV{Key: key[1:], Value: value}, nil
}

// close frees what the iterator holds. A panic of Badger in it is contained like any other.
func (c *cursor) close() {
	if c.it == nil {
		return
	}
	defer c.e.contain(&c.err)
	c.it.Close()
}

// discard ends a transaction that only reads. Badger panics if an iterator is open, and counts one that it failed to
// make as open; the transaction holds nothing.
func discard(txn *badger.Txn) {
	defer func() { _ = recover() }()
	txn.Discard()
}

// closeIndex closes Badger.
func (e *Engine) closeIndex() (err error) {
	defer e.contain(&err)
	return e.db.Close()
}

// tables tells of the tables that Badger uses now.
func (e *Engine) tables() (all []badger.TableInfo, err error) {
	if err := e.unreadable(); err != nil {
		return nil, err
	}
	defer e.contain(&err)
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	return e.db.Tables(), nil
}

// noDescriptor says whether a file could not be opened because too many are: that is no damage.
func noDescriptor(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
