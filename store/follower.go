package store

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// followLoop brings durable batches to Badger, several in one of its transactions, without syncing: what a crash takes
// from Badger the journal has.
func (e *Engine) followLoop() {
	defer e.done.Done()
	for {
		e.gather()
		group, last := e.nextGroup()
		if len(group) == 0 {
			if last {
				return
			}
			<-e.apply
			continue
		}
		if err := e.follow(group); err != nil {
			return
		}
		n, at := len(group), group[len(group)-1].last
		e.seen.follow(group)
		e.gaps.follow(group)
		e.appliedSeq.Store(at)
		e.mu.Lock()
		var bytes int64
		for _, l := range e.layers[:n] {
			bytes += l.bytes
		}
		e.layers = append([]*layer(nil), e.layers[n:]...)
		e.applied = at
		e.unapplied -= bytes
		// Badger may drop versions that no open view can see any more.
		discard := e.oldestReader()
		e.progress.Broadcast()
		e.mu.Unlock()
		e.db.SetDiscardTs(discard)
	}
}

// gatherFor is how long the follower lets durable batches come together. What all sales share is in each of them, and
// reaches Badger once. Until then reads find the rows in memory.
const gatherFor = 20 * time.Millisecond

// gather returns when something has waited for gatherFor, or at once when nothing is gained by waiting: nothing is
// there, so much that it fills a transaction or the writer may be waiting, or the store is being closed.
func (e *Engine) gather() {
	// One timer for the whole wait: signals of the syncer in between do not make it longer.
	timer := time.NewTimer(gatherFor)
	defer timer.Stop()
	for e.gathering() {
		select {
		case <-e.apply:
		case <-e.quit:
			return
		case <-timer.C:
			return
		}
	}
}

// gathering says whether the follower may still wait. Half of what the writer tolerates is the end of it, so that the
// writer never waits for a timer.
func (e *Engine) gathering() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.layers) > 0 && !e.finished && e.failure == nil && e.unapplied < min(maxBatchBytes, e.o.MaxUnapplied/2)
}

// nextGroup takes the earliest layers that fit into one transaction of Badger together. last says that no more will
// come.
func (e *Engine) nextGroup() (group []*layer, last bool) {
	e.mu.Lock()
	layers, last := e.layers, e.finished
	if e.tight { // what is durable can wait; Badger would die of a write to a full disk
		layers = nil
	}
	e.mu.Unlock()
	var bytes int64
	rows := 0
	for n, l := range layers {
		bytes, rows = bytes+l.bytes, rows+len(l.rows)
		if n > 0 && (bytes > maxBatchBytes || rows > maxBatchRows) {
			return layers[:n], last
		}
	}
	return layers, last
}

// follow brings layers to Badger. When it cannot, Badger may be in pieces: nothing is read through it any more either.
func (e *Engine) follow(layers []*layer) (err error) {
	if err := e.unreadable(); err != nil {
		return err
	}
	defer e.contain(&err)
	if err := apply(e.db, layers...); err != nil {
		return e.failIndex(err)
	}
	return nil
}

// apply writes the rows of layers that follow each other, and the position after the last, in one transaction of
// Badger. Of a key that several of them have it writes the latest row only.
func apply(db *badger.DB, layers ...*layer) error {
	last := layers[len(layers)-1]
	txn := db.NewTransactionAt(last.last, true)
	defer txn.Discard()
	rows, bytes := latest(layers)
	entries := make([]badger.Entry, len(rows)) // entries and keys each in one piece of memory
	keys := make([]byte, 0, bytes+len(rows))
	for i, r := range rows {
		from := len(keys)
		keys = append(append(keys, rowPrefix), r.key...)
		e := &entries[i]
		e.Key, e.Value = keys[from:len(keys):len(keys)], r.value
		var err error
		if r.deleted {
			err = txn.Delete(e.Key)
		} else {
			err = txn.SetEntry(e)
		}
		if err != nil {
			return fmt.Errorf("store: index: %w", err)
		}
	}
	if err := txn.Set(appliedKey, append(binary.BigEndian.AppendUint64(nil, last.last), last.hash[:]...)); err != nil {
		return fmt.Errorf("store: index: %w", err)
	}
	if err := txn.CommitAt(last.last, nil); err != nil {
		return fmt.Errorf("store: index: %w", err)
	}
	return nil
}

// latest returns the rows of layers that follow each other, of each key the latest, and how long their keys are
// together.
func latest(layers []*layer) (rows []keyRow, keyBytes int) {
	if len(layers) == 1 {
		rows = layers[0].rows
	} else {
		n := 0
		for _, l := range layers {
			n += len(l.rows)
		}
		rows = make([]keyRow, 0, n)
		seen := make(map[string]struct{}, n)
		for i := len(layers) - 1; i >= 0; i-- {
			for _, r := range layers[i].rows {
				if _, ok := seen[r.key]; !ok {
					seen[r.key] = struct{}{}
					rows = append(rows, r)
				}
			}
		}
	}
	for _, r := range rows {
		keyBytes += len(r.key)
	}
	return rows, keyBytes
}
