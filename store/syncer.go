package store

import (
	"errors"
	"fmt"
	"syscall"
)

// roomEvery is after how many bytes of the journal the room on the disk is looked at, beside every second.
const roomEvery = 1 << 20

// syncLoop makes batches durable, one frame and one sync each, and answers. While it syncs, the writer fills the next
// batch.
func (e *Engine) syncLoop() {
	defer e.done.Done()
	e.idle <- struct{}{}
	looked := uint64(0)
	for b := range e.batchQ {
		err := e.makeDurable(b)
		for _, c := range b.calls {
			if err != nil { // what it has read may not be durable either
				c.err = err
			}
			close(c.done)
		}
		e.idle <- struct{}{}
		if written := e.counters.journalBytes.Load(); written-looked > roomEvery {
			looked = written
			e.watchRoom()
		}
	}
	e.mu.Lock()
	e.finished = true
	e.mu.Unlock()
	e.wakeFollower()
}

// makeDurable brings a batch into the journal and into what views see.
func (e *Engine) makeDurable(b *batch) error {
	if err := e.stopped(); err != nil {
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	}
	if len(b.rows) == 0 {
		return nil
	}
	// First the journal, then the witness: the witness may never know more than the journal, or a start would take a
	// journal that is whole for one that has lost something.
	err := e.journal.append(b.layer)
	if err == nil {
		err = e.witness.set(e.journal.head)
	}
	if err != nil {
		var no errNotWritten
		notWritten := errors.As(err, &no)
		if notWritten && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)) {
			e.outOfRoom(err)
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
		e.fail("journal", err)
		if notWritten {
			return fmt.Errorf("%w: %w", ErrReadOnly, err)
		}
		return fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	e.counters.batches.Add(1)
	e.counters.journalBytes.Add(uint64(len(e.journal.buf)))
	e.counters.rows.Add(uint64(len(b.rows)))
	e.mu.Lock()
	// The list is replaced, not appended to: views that are open hold the one before.
	layers := make([]*layer, len(e.layers)+1)
	copy(layers, e.layers)
	layers[len(e.layers)] = b.layer
	e.layers, e.inFlight, e.durable = layers, nil, e.journal.head
	e.unapplied += b.bytes
	if e.journal.rotated {
		e.segments++
		e.journal.rotated = false
	}
	e.mu.Unlock()
	e.wakeFollower()
	return nil
}

// stopped is why nothing more may be written, nil while all is well.
func (e *Engine) stopped() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failure
}

// wakeFollower never waits: a signal that is already there says the same.
func (e *Engine) wakeFollower() {
	select {
	case e.apply <- struct{}{}:
	default:
	}
}
