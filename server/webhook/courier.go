package webhook

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Bounds of what is in flight. Four slow vendors leave half of the places to all others.
const (
	attemptsAtOnce    = 32 // in flight in total
	attemptsPerVendor = 4
	// blockedPause is how long a disabled endpoint is not looked at; one that is made live is looked at at once.
	blockedPause = time.Minute
	// lookAhead is how many due deliveries are read between two looks at what has come back.
	lookAhead = 1000
	// lookEvery is how often the courier looks without having been woken: for what becomes due by the clock.
	lookEvery = 5 * time.Second
)

// courier brings deliveries to their endpoints. Each endpoint has a lane of its own, oldest first; the lanes take
// turns, and no endpoint and no vendor can have all attempts that are in flight. So an endpoint that is slow, or has a
// backlog, waits alone. Of one buyer only the oldest event stands in the queue: the next one is released by the end of
// the one before, so the order of a buyer's events holds however many attempts are made at once.
//
// The queue in the books is ordered by time over all endpoints, and the courier reads it once, forward: what is due
// goes into the lanes, and the next look begins where the last one ended. A backlog that is not taken is therefore not
// read again with each event. When a lane is full, it notes the first delivery that found no room, and when it has run
// empty, reading starts again there. Lanes are memory only: after a restart the queue is read from its beginning.
//
// One goroutine owns a courier. The attempts are goroutines of their own; their results come by the channel.
type courier struct {
	o        *Outbox
	lanes    map[laneID]*lane
	turns    []*lane
	turn     int
	from     books.Delivery // all that is due before this one is in a lane, or behind what the lane missed
	seen     time.Time      // the newest time of a look
	vendors  map[ledger.VendorID]int
	inFlight int
	results  chan result
	attempts sync.WaitGroup
}

// newCourier makes a courier that knows no lane yet: it reads the queue from the beginning.
func newCourier(o *Outbox) *courier {
	return &courier{
		o: o, lanes: map[laneID]*lane{}, vendors: map[ledger.VendorID]int{},
		results: make(chan result, attemptsAtOnce), // never full: an attempt that has ended waits for no reader
	}
}

// run sends until ctx ends, and returns when all attempts have ended too.
func (c *courier) run(ctx context.Context) {
	defer c.attempts.Wait()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	again := make(chan struct{}) // always ready
	close(again)
	c.makeDeliveries(ctx)
	for {
		more := (<-chan struct{})(nil)
		if c.round(ctx) {
			more = again
		}
		select {
		case <-ctx.Done():
			return
		case r := <-c.results:
			c.onResult(r)
		case <-more:
		case <-c.o.due:
			c.makeDeliveries(ctx)
		case <-tick.C:
			c.makeDeliveries(ctx)
		}
	}
}

// once sends everything that is due and waits for it.
func (c *courier) once(ctx context.Context) {
	c.makeDeliveries(ctx)
	for c.round(ctx) || c.inFlight > 0 {
		if c.inFlight > 0 {
			c.onResult(<-c.results)
		}
	}
}

// makeDeliveries is done by the courier, between its looks: so nothing comes to stand before the place where it reads
// on.
func (c *courier) makeDeliveries(ctx context.Context) {
	from, live := c.o.resumed.take()
	if !from.IsZero() && !from.After(c.from.Due) { // also of the same microsecond: an older event stands before it
		c.from = books.Delivery{Due: from}
	}
	for _, id := range live {
		if l := c.lanes[id]; l != nil {
			l.silent, l.pauseUntil = 0, time.Time{}
		}
	}
	c.o.Do(ctx, "make webhooks", func(ctx context.Context) error { return c.o.makeDeliveries(ctx, c.now()) })
}

// round reads what has become due and starts what can be started; more says that not all was read.
func (c *courier) round(ctx context.Context) (more bool) {
	if c.o.Send == nil || ctx.Err() != nil {
		return false
	}
	c.o.Do(ctx, "read webhooks", func(ctx context.Context) (err error) {
		now := c.now()
		more, err = c.read(ctx, now)
		c.start(ctx, now)
		return err
	})
	return more
}

// now is the time. If the clock was put back, what was made since may stand before the place where reading goes on.
func (c *courier) now() time.Time {
	now := c.o.Now()
	if now.Before(c.seen) {
		c.from = books.Delivery{}
		for _, l := range c.turns {
			l.pauseUntil = time.Time{}
		}
	}
	c.seen = now
	return now
}

// read puts what is due into the lanes, up to a bound; more says that there may be further ones.
func (c *courier) read(ctx context.Context, now time.Time) (more bool, err error) {
	c.turns = slices.DeleteFunc(c.turns, func(l *lane) bool {
		if !now.Before(l.pauseUntil) {
			if from := l.readAgain(); from != nil {
				if from.Before(c.from) {
					c.from = *from
				}
				return false
			}
		}
		if !l.idle(now) {
			return false
		}
		delete(c.lanes, l.laneID)
		return true
	})
	var due []books.Delivery
	err = c.o.View(ctx, func(r books.Reader) (err error) {
		due, err = r.DueDeliveriesFrom(c.from, now, lookAhead)
		return err
	})
	if err != nil {
		return false, err
	}
	for _, d := range due {
		c.lane(d).add(d)
		c.from = d
	}
	return len(due) == lookAhead, nil
}

// lane is the lane of a delivery. It is made when it is first needed, and dropped when it is idle.
func (c *courier) lane(d books.Delivery) *lane {
	id := laneID{d.Vendor, d.Endpoint}
	l := c.lanes[id]
	if l == nil {
		l = &lane{laneID: id}
		c.lanes[id] = l
		c.turns = append(c.turns, l)
	}
	return l
}

// start lets the lanes take turns until none has anything to send, or enough is in flight. A vendor with many endpoints
// has no more attempts than one with a few.
func (c *courier) start(ctx context.Context, now time.Time) {
	for passed := 0; passed < len(c.turns) && c.inFlight < attemptsAtOnce; passed++ {
		c.turn = (c.turn + 1) % len(c.turns)
		l := c.turns[c.turn]
		if c.vendors[l.vendor] >= attemptsPerVendor {
			continue
		}
		d, ready := l.next(now)
		if !ready {
			continue
		}
		passed = -1
		l.inFlight = append(l.inFlight, d)
		c.vendors[l.vendor]++
		c.inFlight++
		c.attempts.Go(func() { c.results <- c.attempt(ctx, d) })
	}
}

// errNoResult is the error of an attempt that ended in a panic.
var errNoResult = errors.New("the attempt did not end")

// attempt makes one attempt in its own goroutine.
func (c *courier) attempt(ctx context.Context, d books.Delivery) result {
	r := result{d: d, err: errNoResult}
	c.o.Do(ctx, "deliver webhook "+c.o.Seal.Event(d.Event), func(ctx context.Context) error {
		r = c.o.attempt(ctx, d)
		return r.err
	})
	return r
}

// onResult takes an attempt that has ended.
func (c *courier) onResult(r result) {
	l, now := c.lane(r.d), c.now()
	l.inFlight = slices.DeleteFunc(l.inFlight, r.d.Same)
	c.inFlight--
	if c.vendors[l.vendor]--; c.vendors[l.vendor] == 0 {
		delete(c.vendors, l.vendor)
	}
	l.note(r, now)
	if r.parallel > 0 {
		l.room = r.parallel
	}
	if r.next != nil {
		l.add(*r.next)
	}
	head := l.retryHead != nil && l.retryHead.Same(r.d)
	switch {
	case !r.d.Waits():
		if head {
			l.retryHead = nil
		}
	case head || l.retryHead == nil:
		l.retryHead = &r.d
	case r.d.Before(c.from): // rare: its time came before it was written
		l.miss(r.d)
	}
}
