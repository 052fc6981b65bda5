package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/badger/v4"
)

// Engine is the store on disk. Three goroutines share the work of an update:
//
//	callers ─ Update ─► queue ─► writer ─► syncer ─► answers
//	                                          └────► follower ─► Badger
//
// The writer runs the functions that wait, one after the other, on an overlay. The syncer appends a whole batch of them
// to the journal as one frame, syncs it, and answers. The follower brings durable batches to Badger. A keeper records
// the witness and watches the room on the disk; a librarian scrubs the journal and moves full files to the archive.
type Engine struct {
	o       Options
	dir     string
	lock    *os.File
	db      *badger.DB
	journal *journal // the syncer's
	witness *witness // the syncer sets it, the keeper brings it to the disk
	filter  *filter
	index   string // Badger's directory
	temp    string // the same if it is a reader's own, "" otherwise
	opened  Opened

	gate   sync.RWMutex // held for reading while a call enters the queue
	closed bool         // guarded by gate
	queue  chan *call
	quit   chan struct{} // closed by Close
	idle   chan struct{} // a token: the syncer waits for a batch
	batchQ chan *batch
	done   sync.WaitGroup
	views  sync.WaitGroup

	appliedSeq atomic.Uint64         // what the writer's cache may forget
	broken     atomic.Pointer[error] // set once: nothing is read through Badger any more
	seen       seen                  // what views read again and again
	gaps       gaps                  // runs of deleted rows, which scans leap over

	mu        sync.Mutex
	progress  *sync.Cond     // signalled when the follower is through with a group, or something failed
	layers    []*layer       // durable, not yet in Badger, the earliest first; replaced, never changed in place
	inFlight  *layer         // sealed, not yet durable
	durable   Head           //
	applied   uint64         // Badger has everything up to here
	unapplied int64          // bytes in layers
	readers   map[uint64]int // open views by the position in Badger at which they read
	failure   error          // set once: no more writes until reopened
	noRoom    error          // set while the disk is too full
	tight     bool           // so full that Badger must not write either
	undone    int            // batches that the disk had no room for
	finished  bool           // the syncer is through: the follower stops when all is applied
	segments  int            // files of the journal that are not in the archive
	damage    error          // what the last scrub found

	apply    chan struct{} // wakes the follower
	counters counters
	room     sync.Mutex // held while the room on the disk is looked at
	ballast  ballast
	library  sync.Mutex // held while the journal's files are read through or moved
}

// Opened says what Open found and did.
type Opened struct {
	Replayed int    // batches that Badger lacked
	Rebuilt  string // why Badger was built anew from the journal; empty when it was not
	Cut      int64  // bytes of a torn frame at the end of the journal, of which no caller was told
}

// Opened returns what Open found and did.
func (e *Engine) Opened() Opened { return e.opened }

// Head returns the last durable batch.
func (e *Engine) Head() Head {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.durable
}

// Ready is nil while Update is possible; otherwise it wraps ErrReadOnly or ErrClosed and says why.
func (e *Engine) Ready() error {
	e.gate.RLock()
	closed := e.closed
	e.gate.RUnlock()
	if closed {
		return ErrClosed
	}
	return e.refusal()
}

// refusal is why no function is run at the moment, nil if there is no reason. It is asked twice: where a call enters
// the queue, so that no caller waits in vain, and before the writer runs it, because the reason may have come
// meanwhile.
func (e *Engine) refusal() error {
	if e.o.ReadOnly {
		return fmt.Errorf("%w: opened so", ErrReadOnly)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.failure != nil:
		return fmt.Errorf("%w: %w", ErrReadOnly, e.failure)
	case e.noRoom != nil:
		return fmt.Errorf("%w: %w", ErrReadOnly, e.noRoom)
	}
	return nil
}

// Failure is why nothing can be written until the store is opened again, nil if there is no such reason. A full disk is
// none: it ends by itself.
func (e *Engine) Failure() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failure
}

// fail stops writing for good. Reads go on with what is durable, unless it was the index ([Engine.failIndex]).
func (e *Engine) fail(what string, err error) {
	e.mu.Lock()
	first := e.failure == nil
	if first {
		e.failure = fmt.Errorf("%s: %w", what, err)
	}
	e.progress.Broadcast()
	e.mu.Unlock()
	if first {
		e.o.Log.Error("the store takes no more writes until it is opened again", "part", what, "err", err)
	}
}

// Close waits for what has begun, refuses what has not, brings everything to Badger, and gives the directory back. It
// waits for open views. The store must not be used from inside one of its own functions to close it.
func (e *Engine) Close() error {
	// From here on no call enters the queue, so what the writer finds in it is all there is.
	e.gate.Lock()
	if e.closed {
		e.gate.Unlock()
		return nil
	}
	e.closed = true
	e.gate.Unlock()
	close(e.quit)
	e.done.Wait()
	e.views.Wait()
	e.mu.Lock()
	failure, head := e.failure, e.durable
	e.mu.Unlock()
	if failure == nil && e.witness != nil {
		failure = e.witness.finalize(head)
	}
	return errors.Join(failure, e.unload())
}

// enter counts a view or hands a call to the writer, unless the store is closed.
func (e *Engine) enter(then func() error) error {
	e.gate.RLock()
	defer e.gate.RUnlock()
	if e.closed {
		return ErrClosed
	}
	return then()
}

// Update runs fn as described at [Store].
func (e *Engine) Update(ctx context.Context, fn func(Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{fn: fn, done: make(chan struct{})}
	err := e.enter(func() error {
		if err := e.refusal(); err != nil {
			return err
		}
		select {
		case e.queue <- c:
			return nil
		default:
			e.counters.busy.Add(1)
			return ErrBusy
		}
	})
	if err != nil {
		return err
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		if c.state.CompareAndSwap(callWaits, callLeft) {
			return ctx.Err() // the writer will drop it
		}
		<-c.done
	}
	return c.err
}
