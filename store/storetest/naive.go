package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"tuppence/store"

	"github.com/dgraph-io/badger/v4"
)

// naive is the yardstick: one durable Badger transaction for each function, as a first version would be written. What
// an engine of ours costs in code has to be worth its difference to this one.
type naive struct {
	db     *badger.DB
	mu     sync.RWMutex // held for reading while a transaction runs
	closed bool
}

// Naive opens the yardstick engine in dir: Badger with SyncWrites, one transaction for each Update, functions run again
// after a conflict. It is no store for money: on a failed sync it goes on.
func Naive(dir string) (store.Store, error) {
	db, err := badger.Open(badger.DefaultOptions(dir).WithSyncWrites(true).WithLogger(nil).WithMetricsEnabled(false).
		WithMemTableSize(32 << 20).WithBlockCacheSize(64 << 20).WithIndexCacheSize(32 << 20))
	if err != nil {
		return nil, err
	}
	return &naive{db: db}, nil
}

// begin keeps the store open until the transaction is over. It comes before anything else, so that an ended context
// runs nothing.
func (n *naive) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n.mu.RLock()
	if n.closed {
		n.mu.RUnlock()
		return store.ErrClosed
	}
	return nil
}

// Update runs the function again as long as it loses against others. That is what makes a hot row slow here: with many
// callers almost every attempt is for nothing.
func (n *naive) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := n.begin(ctx); err != nil {
		return err
	}
	defer n.mu.RUnlock()
	for {
		err := n.try(fn)
		if !errors.Is(err, badger.ErrConflict) {
			return err
		}
		if err := ctx.Err(); err != nil { // nothing has happened yet
			return err
		}
	}
}

// try runs the function once and waits for its sync.
func (n *naive) try(fn func(store.Tx) error) (err error) {
	txn := n.db.NewTransaction(true)
	defer txn.Discard()
	tx := &naiveTx{naiveReader{txn}}
	if err := contained(tx, fn); err != nil {
		return err
	}
	return txn.Commit()
}

// contained makes an error of a panic, as the suite wants it of every engine. The transaction is discarded by its
// caller like one that was refused.
func contained(tx store.Tx, fn func(store.Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("store: the function panicked: %v", p)
		}
	}()
	return fn(tx)
}

// View reads at the newest commit. Badger keeps the versions that it sees until it is over.
func (n *naive) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := n.begin(ctx); err != nil {
		return err
	}
	defer n.mu.RUnlock()
	txn := n.db.NewTransaction(false)
	defer txn.Discard()
	return fn(naiveReader{txn})
}

// Close waits for transactions that have begun: the lock is theirs for reading. A second call does nothing, as the
// suite wants it.
func (n *naive) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil
	}
	n.closed = true
	return n.db.Close()
}

// rowKey sets the keys of callers apart from those that Badger keeps for itself ("!badger!…"), and makes room for
// none at the upper end of a scan.
func rowKey(key []byte) []byte { return append([]byte{'r'}, key...) }

// naiveReader reads at one version of Badger, which is what makes it a snapshot.
type naiveReader struct{ txn *badger.Txn }

// Get copies the value: Badger takes it back when the transaction ends.
func (r naiveReader) Get(key []byte) ([]byte, error) {
	item, err := r.txn.Get(rowKey(key))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return item.ValueCopy(nil)
}

// Scan reads all rows before it yields the first: Badger allows one iterator at a time in a transaction that writes.
func (r naiveReader) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		rows, err := r.rows(rowKey(from), to, reverse, limit)
		for _, kv := range rows {
			if !yield(kv, nil) {
				return
			}
		}
		if err != nil {
			yield(store.KV{}, err)
		}
	}
}

// rows collects a scan. Its bounds are those of the suite, the keys those of Badger, one byte longer.
func (r naiveReader) rows(from, to []byte, reverse bool, limit int) (out []store.KV, err error) {
	end := []byte{'r' + 1}
	if to != nil {
		end = rowKey(to)
	}
	it := r.txn.NewIterator(badger.IteratorOptions{Reverse: reverse})
	defer it.Close()
	if reverse { // Badger seeks to the bound itself, which a scan leaves out
		it.Seek(end)
		if it.Valid() && bytes.Equal(it.Item().Key(), end) {
			it.Next()
		}
	} else {
		it.Seek(from)
	}
	for ; it.Valid() && (limit == 0 || len(out) < limit); it.Next() {
		k := it.Item().KeyCopy(nil)
		if bytes.Compare(k, from) < 0 || bytes.Compare(k, end) >= 0 {
			break
		}
		v, err := it.Item().ValueCopy(nil)
		if err != nil {
			return out, err
		}
		out = append(out, store.KV{Key: k[1:], Value: v})
	}
	return out, nil
}

// naiveTx writes into the same transaction. Badger lays its own writes over what it reads, so there is no overlay here.
type naiveTx struct{ naiveReader }

// Set refuses an empty key as every engine does; Badger would take the byte in front of it for one.
func (t *naiveTx) Set(key, value []byte) error {
	if len(key) == 0 {
		return errors.New("store: empty key")
	}
	return tooBig(t.txn.Set(rowKey(key), value))
}

// Put encodes at once: a naive engine keeps nothing.
func (t *naiveTx) Put(key []byte, v store.Value) error { return t.Set(key, v.Append([]byte{})) }

// Load decodes each time. The difference to an engine that keeps rows decoded is part of what is measured.
func (r naiveReader) Load(key []byte, d store.Decoder) (store.Value, error) {
	b, err := r.Get(key)
	if err != nil {
		return nil, err
	}
	return d.Decode(key, b)
}

// Delete needs no row to be there: Badger writes a mark in either case.
func (t *naiveTx) Delete(key []byte) error { return tooBig(t.txn.Delete(rowKey(key))) }

// tooBig translates the one error of Badger that callers of a store know by another name.
func tooBig(err error) error {
	if errors.Is(err, badger.ErrTxnTooBig) {
		return store.ErrTooLarge
	}
	return err
}
