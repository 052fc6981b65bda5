package store

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
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
	*layer
	calls []*call
}

// A batch fits into one Badger transaction whatever the options, and takes in at least one function of any legal size.
const (
	maxBatchBytes = 2 << 20
	maxBatchRows  = 2 * MaxWrites
	// maxRun is how long a batch is filled while more functions wait.
	maxRun = 5 * time.Millisecond
)

// writer runs functions. All its fields belong to its goroutine.
type writer struct {
	e       *Engine
	cache   *cache
	batch   *batch
	next    uint64 // sequence of the batch being filled
	current *call
	tx      *tx
	carry   *tx // what the current function wrote, when it did not fit
	clean   bool
}

func (e *Engine) newWriter() *writer {
	return &writer{e: e, cache: newCache(e.o.Cache, &e.appliedSeq), batch: &batch{layer: newLayer()}, next: e.durable.Number + 1}
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
	close(w.e.batchQ)
	w.clean = true
}

// fill takes functions until the syncer is idle and nobody waits, then hands the batch over. It returns false when the
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
	start := time.Now()
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

func (w *writer) full() bool {
	return w.carry != nil || len(w.batch.calls) >= w.e.o.MaxBatch || w.batch.bytes >= maxBatchBytes/2
}

// take runs one function and keeps what it wrote if it succeeds.
func (w *writer) take(c *call) {
	if !c.state.CompareAndSwap(callWaits, callRuns) {
		return
	}
	if err := w.e.refusal(); err != nil {
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
	if w.batch.bytes+w.tx.bytes > maxBatchBytes || len(w.batch.rows)+len(w.tx.rows) > maxBatchRows {
		w.batch.calls = w.batch.calls[:len(w.batch.calls)-1]
		w.carry = w.tx
		w.carry.call = c
		w.tx = nil
		return
	}
	w.fold(w.tx)
}

func (w *writer) fold(t *tx) {
	for k, r := range t.rows {
		w.batch.set(k, r)
		w.cache.put(k, r, w.next)
	}
}

// seal hands the batch to the syncer, which is idle, and begins another.
func (w *writer) seal() {
	if w.tx != nil {
		w.tx.release()
	}
	b := w.batch
	w.batch = &batch{layer: newLayer()}
	if len(b.rows) > 0 {
		w.next++
		w.e.mu.Lock()
		w.e.flying = b.layer
		w.e.mu.Unlock()
	}
	w.e.batchQ <- b
	if c := w.carry; c != nil { // it was decided on the state that this batch made
		w.carry = nil
		c.release()
		w.batch.calls = append(w.batch.calls, c.call)
		w.fold(c)
	}
	w.e.waitForFollower()
}

// waitForFollower keeps what is in memory only within bounds.
func (e *Engine) waitForFollower() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.unapplied > e.o.MaxUnapplied && e.failure == nil {
		e.progress.Wait()
	}
}

// refuseRest answers what still waits when the store is closed. Nobody can enter the queue any more.
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
