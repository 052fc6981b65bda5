package server

import (
	"context"
	"slices"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

const (
	attemptsAtOnce    = 32 // in flight in total
	attemptsPerVendor = 4
	attemptsPerLane   = 2
	// laneRoom is how many deliveries to one endpoint are known in memory. Those behind stay in the books.
	laneRoom = 256
	// lookAhead is how many due deliveries are read between two looks at what has come back.
	lookAhead = 1000
)

// courier brings deliveries to their endpoints. Each endpoint has a lane of its own, oldest first; the lanes take turns,
// and no endpoint and no vendor can have all attempts that are in flight. So whoever is slow, or has a backlog, waits
// alone.
//
// The queue in the books is ordered by time over all endpoints, and the courier reads it once, forward: what is due goes
// into the lanes, and the next look begins where the last one ended. A backlog that nobody takes is therefore not read
// again with each event. When a lane is full, it notes the first delivery that found no room, and when it has run empty,
// reading starts again there. Lanes are memory only: after a restart the queue is read from its beginning.
//
// One goroutine owns a courier. The attempts are goroutines of their own; they answer by the channel.
type courier struct {
	s       *Server
	lanes   map[laneID]*lane
	turns   []*lane
	turn    int
	from    books.Delivery // all that is due before this one is in a lane, or behind what the lane missed
	seen    time.Time      // the newest time of a look
	vendors map[ledger.VendorID]int
	flying  int
	back    chan attempted
	flights sync.WaitGroup
}

type laneID struct {
	vendor   ledger.VendorID
	endpoint uint64
}

// lane is one endpoint's.
type lane struct {
	laneID
	queue  []books.Delivery
	flying []books.Delivery
	// held is the delivery that failed first. It keeps its schedule, however many wait: in the end it is what tells that
	// an endpoint is dead.
	held   *books.Delivery
	missed *books.Delivery // the first for which there was no room
	silent int             // attempts in a row to which nothing came back
	until  time.Time       // nothing is sent before
}

func newCourier(s *Server) *courier {
	return &courier{
		s: s, lanes: map[laneID]*lane{}, vendors: map[ledger.VendorID]int{},
		back: make(chan attempted, attemptsAtOnce), // never full: an attempt that has come back waits for nobody
	}
}

// run sends until ctx ends, and returns when all attempts have ended too.
func (c *courier) run(ctx context.Context) {
	defer c.flights.Wait()
	tick := time.NewTicker(sweepEvery)
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
		case a := <-c.back:
			c.land(a)
		case <-more:
		case <-c.s.due:
			c.makeDeliveries(ctx)
		case <-tick.C:
			c.makeDeliveries(ctx)
		}
	}
}

// once sends everything that is due and waits for it.
func (c *courier) once(ctx context.Context) {
	c.makeDeliveries(ctx)
	for c.round(ctx) || c.flying > 0 {
		if c.flying > 0 {
			c.land(<-c.back)
		}
	}
}

// makeDeliveries is done by the courier, between its looks: so nothing comes to stand before the place where it reads on.
func (c *courier) makeDeliveries(ctx context.Context) {
	c.s.keep(ctx, "webhooks", func(ctx context.Context, _ time.Time) error { return c.s.makeDeliveries(ctx, c.now()) })
}

// round reads what has become due and starts what can be started; more says that not all was read.
func (c *courier) round(ctx context.Context) (more bool) {
	if c.s.deliver == nil || ctx.Err() != nil {
		return false
	}
	c.s.keep(ctx, "webhooks", func(ctx context.Context, _ time.Time) (err error) {
		now := c.now()
		more, err = c.read(ctx, now)
		c.start(ctx, now)
		return err
	})
	return more
}

// now is the time. If the clock was put back, what was made since may stand before the place where reading goes on.
func (c *courier) now() time.Time {
	now := c.s.clock()
	if now.Before(c.seen) {
		c.from = books.Delivery{}
		for _, l := range c.turns {
			l.until = time.Time{}
		}
	}
	c.seen = now
	return now
}

// read puts what is due into the lanes, up to a bound; more says that there may be further ones.
func (c *courier) read(ctx context.Context, now time.Time) (more bool, err error) {
	c.turns = slices.DeleteFunc(c.turns, func(l *lane) bool {
		if l.missed != nil && len(l.queue) == 0 && !now.Before(l.until) {
			if l.missed.Before(c.from) {
				c.from = *l.missed
			}
			l.missed = nil
			return false
		}
		if !l.idle(now) {
			return false
		}
		delete(c.lanes, l.laneID)
		return true
	})
	var due []books.Delivery
	err = c.s.view(ctx, func(r books.Reader) (err error) {
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

// lane is the lane of a delivery.
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

// start lets the lanes take turns until none has anything to send, or enough is in flight.
func (c *courier) start(ctx context.Context, now time.Time) {
	for passed := 0; passed < len(c.turns) && c.flying < attemptsAtOnce; passed++ {
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
		l.flying = append(l.flying, d)
		c.vendors[l.vendor]++
		c.flying++
		c.flights.Go(func() { c.back <- c.fly(ctx, d) })
	}
}

// fly makes one attempt.
func (c *courier) fly(ctx context.Context, d books.Delivery) attempted {
	a := attempted{d: d}
	a.err = safely(func() (err error) {
		a, err = c.s.send(ctx, d)
		return err
	})
	if a.err != nil && ctx.Err() == nil {
		c.s.log.Error("deliver webhook", "event", c.s.seal.Event(d.Event), "error", a.err)
	}
	return a
}

// land takes an attempt that has come back.
func (c *courier) land(a attempted) {
	l, now := c.lane(a.d), c.now()
	l.flying = slices.DeleteFunc(l.flying, a.d.Same)
	c.flying--
	if c.vendors[l.vendor]--; c.vendors[l.vendor] == 0 {
		delete(c.vendors, l.vendor)
	}
	l.heard(a, now)
	held := l.held != nil && l.held.Same(a.d)
	switch {
	case !a.d.Done.IsZero() || a.d.Failed:
		if held {
			l.held = nil
		}
	case held || l.held == nil:
		l.held = &a.d
	case a.d.Before(c.from): // rare: its time came before it was written
		l.miss(a.d)
	}
}

// heard notes what an attempt tells of the endpoint. One that does not answer is left alone for a while: it costs an
// attempt as long as an answer may take, and a delivery its place in the schedule.
func (l *lane) heard(a attempted, now time.Time) {
	switch {
	case a.err != nil:
		l.until = now.Add(sweepEvery)
	case !a.silent:
		l.silent, l.until = 0, time.Time{}
	case !now.Before(l.until): // or it is of the time before the pause
		l.until = now.Add(retries[min(l.silent, 1)])
		l.silent++
	}
}

// add puts a due delivery behind the others, unless it is known.
func (l *lane) add(d books.Delivery) {
	switch {
	case l.held != nil && l.held.Same(d), slices.ContainsFunc(l.flying, d.Same), slices.ContainsFunc(l.queue, d.Same):
	case len(l.queue) >= laneRoom:
		l.miss(d)
	default:
		l.queue = append(l.queue, d)
	}
}

// miss notes a delivery that must be read again.
func (l *lane) miss(d books.Delivery) {
	if l.missed == nil || d.Before(*l.missed) {
		l.missed = &d
	}
}

// next takes what is to be sent next, if anything may be sent now.
func (l *lane) next(now time.Time) (d books.Delivery, ready bool) {
	room := attemptsPerLane
	if l.silent > 0 {
		room = 1
	}
	switch {
	case len(l.flying) >= room || now.Before(l.until):
		return d, false
	case l.held != nil && !now.Before(l.held.Due) && !slices.ContainsFunc(l.flying, l.held.Same):
		return *l.held, true
	case len(l.queue) == 0:
		return d, false
	}
	d, l.queue = l.queue[0], l.queue[1:]
	return d, true
}

// idle says that there is nothing to know about the endpoint.
func (l *lane) idle(now time.Time) bool {
	return len(l.queue) == 0 && len(l.flying) == 0 && l.held == nil && l.missed == nil && !now.Before(l.until)
}
