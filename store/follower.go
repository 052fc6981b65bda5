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
		group, n, last := e.nextGroup()
		if group == nil {
			if last {
				return
			}
			<-e.apply
			continue
		}
		if err := applyLayer(e.db, group); err != nil {
			e.fail("index", err)
			return
		}
		e.appliedSeq.Store(group.last)
		e.mu.Lock()
		var bytes int64
		for _, l := range e.layers[:n] {
			bytes += l.bytes
		}
		e.layers = append([]*layer(nil), e.layers[n:]...)
		e.applied = group.last
		e.unapplied -= bytes
		discard := e.oldestReader()
		e.progress.Broadcast()
		e.mu.Unlock()
		e.db.SetDiscardTs(discard)
	}
}

// nextGroup joins the earliest layers into one that fits a transaction of Badger. last says that no more will come.
func (e *Engine) nextGroup() (group *layer, n int, last bool) {
	e.mu.Lock()
	layers, last := e.layers, e.finished
	e.mu.Unlock()
	for _, l := range layers {
		if group == nil {
			group, n = l, 1
			continue
		}
		if group.bytes+l.bytes > maxBatchBytes || len(group.rows)+len(l.rows) > maxBatchRows {
			break
		}
		group, n = joined(group, l), n+1
	}
	return group, n, last
}

// applyLayer writes rows and position in one transaction of Badger.
func applyLayer(db *badger.DB, l *layer) error {
	txn := db.NewTransactionAt(l.last, true)
	defer txn.Discard()
	for k, r := range l.rows {
		var err error
		if r.deleted {
			err = txn.Delete(rowKey([]byte(k)))
		} else {
			err = txn.Set(rowKey([]byte(k)), r.value)
		}
		if err != nil {
			return fmt.Errorf("store: index: %w", err)
		}
	}
	if err := txn.Set(appliedKey, append(binary.BigEndian.AppendUint64(nil, l.last), l.hash[:]...)); err != nil {
		return fmt.Errorf("store: index: %w", err)
	}
	if err := txn.CommitAt(l.last, nil); err != nil {
		return fmt.Errorf("store: index: %w", err)
	}
	return nil
}
