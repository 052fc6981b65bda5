package store

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// call is one function that waits for its answer.
type call struct {
	fn    func(Tx) error
	err   error
	done  chan struct{}
	state atomic.Int32
}

const (
	callWaits int32 = iota // in the queue
	callRuns               // the writer has begun it: its outcome counts
	callLeft               // its caller gave up while it waited
)

// batch is what one frame makes durable, and who waits for it. Functions that wrote nothing wait too: what they have
// read may not be durable yet.
type batch struct {
	*layer         // filled when the batch is sealed, but for its size
	slots  []*slot // of the rows written so far; the cache forgets none of them
	calls  []*call
}

// inBounds returns the rows in [from, to), sorted and encoded.
func (b *batch) inBounds(from, to []byte) (rows []keyRow) {
	for _, s := range b.slots {
		if between(s.key, from, to) {
			rows = append(rows, keyRow{s.key, row{value: s.bytes(), deleted: s.deleted}})
		}
	}
	slices.SortFunc(rows, compareKeys)
	return rows
}

// A batch fits into one Badger transaction whatever the options, and takes in at least one function of any legal size.
const (
	maxBatchBytes = 2 << 20
	maxBatchRows  = 2 * MaxWrites
	// maxRun is how long a batch is filled while more functions wait.
	maxRun = 5 * time.Millisecond
	// maxYields is how often the writer lets others go first when a batch is much smaller than the last. Without that two
	// cores settle on small batches, and a quarter of the rate is lost.
	maxYields = 2
)

// writer runs functions. All its fields belong to its goroutine.
type writer struct {
	e       *Engine
	cache   *cache
	filter  *filter
	batch   *batch
	next    uint64 // sequence of the batch being filled
	current *call
	tx      *tx
	newest  *badger.Txn // reads what Badger has at the moment
	carry   *tx         // what the current function wrote, when it did not fit
	last    int         // functions in the last batch
	yields  int         // since then
	undone  int         // as far as the engine's count is known here
	stale   bool        // the cache holds rows of a batch that the disk had no room for
	clean   bool
}

// newWriter begins behind the last durable batch, with an empty cache.
func (e *Engine) newWriter() *writer {
	return &writer{
		e: e, cache: newCache(e.o.Cache, &e.appliedSeq), filter: e.filter, batch: &batch{layer: &layer{}},
		next: e.durable.Number + 1, newest: e.db.NewTransactionAt(^uint64(0), false),
	}
}

// loop ends when the store is closed. A function that ends its goroutine (runtime.Goexit, as t.FailNow does) must not
// take the writer with it: another goroutine goes on where it stood.
func (w *writer) loop() {
	defer func() {
		if w.clean {
			w.e.done.Done()
			return
		}
		if c := w.current; c != nil {
			c.err = errors.New("store: the function ended its goroutine")
			w.batch.calls = append(w.batch.calls, c)
			w.current = nil
		}
		go w.loop()
	}()
	for w.fill() {
	}
	w.refuseRest()
	discard(w.newest)
	close(w.e.batchQ)
	w.clean = true
}

// fill takes functions until the syncer is idle and no call waits, then hands the batch over. It returns false when the
// store is closed and nothing is left to hand over.
func (w *writer) fill() bool {
	if len(w.batch.calls) == 0 {
		select {
		case c := <-w.e.queue:
			w.take(c)
		case <-w.e.quit:
			return false
		}
	}
	start := time.Now() //nolint:forbidigo // it bounds a batch and decides nothing else
	for n := 1; !w.full() && (n%16 != 0 || time.Since(start) < maxRun); n++ {
		select {
		case c := <-w.e.queue:
			w.take(c)
			continue
		default:
		}
		break
	}
	if w.full() {
		<-w.e.idle
		w.seal()
		return true
	}
	if w.yields < maxYields && len(w.batch.calls) < w.last/2 {
		w.yields++
		runtime.Gosched() // those who were answered just now are about to ask again
		return true
	}
	select {
	case <-w.e.idle: // first, if both are possible
		w.seal()
		return true
	default:
	}
	select {
	case c := <-w.e.queue:
		w.take(c)
	case <-w.e.idle:
		w.seal()
	}
	return true
}

// full says whether the batch takes no more functions. Half of the bytes of a transaction is the mark, so that one more
// function of any size still fits beside it, or is carried over to the next batch.
func (w *writer) full() bool {
	return w.carry != nil || len(w.batch.calls) >= w.e.o.MaxBatch || w.batch.bytes >= maxBatchBytes/2
}

// take runs one function and keeps what it wrote if it succeeds.
func (w *writer) take(c *call) {
	if !c.state.CompareAndSwap(callWaits, callRuns) {
		return
	}
	err := w.e.refusal()
	if err == nil && w.stale {
		err = w.forget()
	}
	if err != nil {
		c.err = err
		close(c.done)
		return
	}
	if w.tx == nil {
		w.tx = &tx{w: w}
	}
	w.tx.reset()
	w.current = c
	c.err = runContained(w.tx, c.fn)
	w.current = nil
	w.tx.over = true
	if c.err == nil && w.tx.failed != nil {
		c.err = w.tx.failed // the function looked away from an error of the store
	}
	w.batch.calls = append(w.batch.calls, c)
	w.e.counters.functions.Add(1)
	if c.err != nil {
		w.e.counters.refused.Add(1)
		return
	}
	// It has run already and was right to succeed, so it is not run again: its rows go into the next batch, which no other
	// function may enter before.
	if w.batch.bytes+w.tx.bytes > maxBatchBytes || len(w.batch.slots)+len(w.tx.own.rows) > maxBatchRows {
		w.batch.calls = w.batch.calls[:len(w.batch.calls)-1]
		w.carry = w.tx
		w.carry.call = c
		w.tx = nil
		return
	}
	w.fold(w.tx)
}

// fold takes what a function wrote into the batch. Only here does it reach the cache.
func (w *writer) fold(t *tx) {
	for _, r := range t.own.rows {
		s, before, again := w.cache.write(r.key, r.slot, r.row, w.next)
		w.batch.bytes += r.most()
		if again {
			w.batch.bytes -= before.most()
			continue
		}
		w.batch.bytes += int64(len(r.key)) + rowOverhead
		w.batch.slots = append(w.batch.slots, s)
		if !r.deleted {
			w.filter.add(r.key)
		}
	}
}

// seal hands the batch to the syncer, which is idle, and begins another.
func (w *writer) seal() {
	if w.undo() {
		return
	}
	b := w.batch
	w.batch = &batch{layer: &layer{}}
	w.last, w.yields = len(b.calls), 0
	if len(b.slots) > 0 {
		// The rows are copied as they are now, because the next functions write into the same slots.
		b.rows = make([]keyRow, len(b.slots)) // as they are now: the next batch writes into the same slots
		for i, s := range b.slots {
			b.rows[i] = s.keyRow
		}
		b.slots = nil
		w.next++
		w.e.mu.Lock()
		w.e.inFlight = b.layer
		w.e.mu.Unlock()
	}
	w.e.batchQ <- b
	if c := w.carry; c != nil { // it was decided on the state that this batch made
		w.carry = nil
		w.batch.calls = append(w.batch.calls, c.call)
		w.fold(c)
	}
	w.e.waitForFollower()
}

// undo refuses the batch being filled if the one before did not happen: the functions were decided on its rows.
func (w *writer) undo() bool {
	w.e.mu.Lock()
	undone := w.e.undone
	w.e.mu.Unlock()
	if undone == w.undone {
		return false
	}
	w.undone, w.stale = undone, true
	calls := w.batch.calls
	w.batch = &batch{layer: &layer{}}
	if c := w.carry; c != nil {
		w.carry = nil
		calls = append(calls, c.call)
	}
	for _, c := range calls {
		c.err = fmt.Errorf("%w: what came before did not fit on the disk", ErrReadOnly)
		close(c.done)
	}
	w.e.idle <- struct{}{}
	return true
}

// forget empties the cache once Badger has every durable row.
func (w *writer) forget() error {
	e := w.e
	e.mu.Lock()
	for len(e.layers) > 0 && e.follows() {
		e.progress.Wait()
	}
	w.next, w.stale = e.durable.Number+1, len(e.layers) > 0
	e.mu.Unlock()
	if w.stale {
		return fmt.Errorf("%w: the index does not follow", ErrReadOnly)
	}
	w.cache = newCache(e.o.Cache, &e.appliedSeq)
	return nil
}

// waitForFollower keeps what is in memory only within bounds.
func (e *Engine) waitForFollower() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.unapplied > e.o.MaxUnapplied && e.follows() {
		e.progress.Wait()
	}
}

// follows says whether the follower is at work; without it updates are refused. The lock must be held.
func (e *Engine) follows() bool { return e.failure == nil && !e.tight }

// refuseRest refuses what still waits when the store is closed. No call can enter the queue any more.
func (w *writer) refuseRest() {
	for {
		select {
		case c := <-w.e.queue:
			if c.state.CompareAndSwap(callWaits, callRuns) {
				c.err = fmt.Errorf("%w while the function waited", ErrClosed)
				close(c.done)
			}
		default:
			return
		}
	}
}
