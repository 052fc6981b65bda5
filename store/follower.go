package store

import (
	"encoding/binary"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// followLoop brings durable batches to Badger, several in one of its transactions, without syncing: what a crash takes
// from Badger the journal has.
func (e *Engine) followLoop() {
	defer e.done.Done()
	for {
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
		e.appliedSeq.Store(at)
		e.mu.Lock()
		var bytes int64
		for _, l := range e.layers[:n] {
			bytes += l.bytes
		}
		e.layers = append([]*layer(nil), e.layers[n:]...)
		e.applied = at
		e.unapplied -= bytes
		discard := e.oldestReader()
		e.progress.Broadcast()
		e.mu.Unlock()
		e.db.SetDiscardTs(discard)
	}
}

// nextGroup takes the earliest layers that fit into one transaction of Badger together. last says that no more will come.
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

// follow brings layers to Badger. When it cannot, Badger may be in pieces: nobody reads through it any more either.
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

// apply writes the rows of layers that follow each other, and the position after the last, in one transaction of Badger.
func apply(db *badger.DB, layers ...*layer) error {
	last := layers[len(layers)-1]
	txn := db.NewTransactionAt(last.last, true)
	defer txn.Discard()
	for _, l := range layers {
		for k, r := range l.rows {
			var err error
			if r.deleted {
				err = txn.Delete(rowKey(k))
			} else {
				err = txn.Set(rowKey(k), r.value)
			}
			if err != nil {
				return fmt.Errorf("store: index: %w", err)
			}
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
