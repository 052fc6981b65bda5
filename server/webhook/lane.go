package webhook

import (
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// laneRoom is how many deliveries of one class to one endpoint are known in memory. Those behind stay in the books.
const laneRoom = 256

// class divides the events of an endpoint. The classes take turns, so however many permissions are given and taken
// back, an event about money waits for at most one of them. Within a class the oldest goes first.
type class int

const (
	money class = iota // sales, refunds, disputes, grants
	links              // permissions: a buyer without money can make them at will
	classes
)

func classOf(d books.Delivery) class {
	if strings.HasPrefix(d.Type, "link.") {
		return links
	}
	return money
}

// queue is what waits in one class.
type queue struct {
	waiting []books.Delivery
	missed  *books.Delivery // the first for which there was no room
}

// laneID is one endpoint. Numbers of endpoints are counted per vendor, so it takes both.
type laneID struct {
	vendor   ledger.VendorID
	endpoint uint64
}

// lane is what the courier knows of one endpoint.
type lane struct {
	laneID
	queues   [classes]queue
	turn     class // which class has its turn
	room     int   // attempts at once
	inFlight []books.Delivery
	// retryHead is the delivery that failed first. It keeps its schedule, however many wait: in the end it is what tells
	// that an endpoint is dead.
	retryHead  *books.Delivery
	silent     int       // attempts in a row to which nothing came back
	pauseUntil time.Time // nothing is sent before
}

// note takes down what an attempt tells of the endpoint. One that does not answer is left alone for a while: it costs
// an attempt as long as an answer may take, and a delivery its place in the schedule.
func (l *lane) note(r result, now time.Time) {
	switch {
	case r.err != nil:
		l.pauseUntil = now.Add(lookEvery)
	case r.blocked:
		l.pauseUntil = now.Add(blockedPause)
	case !r.silent:
		l.silent, l.pauseUntil = 0, time.Time{}
	case !now.Before(l.pauseUntil): // or it is of the time before the pause
		l.pauseUntil = now.Add(retries[min(l.silent, 1)])
		l.silent++
	}
}

// add puts a due delivery behind the others of its class, unless it is known.
func (l *lane) add(d books.Delivery) {
	q := &l.queues[classOf(d)]
	switch {
	case l.retryHead != nil && l.retryHead.Same(d):
	case slices.ContainsFunc(l.inFlight, d.Same), slices.ContainsFunc(q.waiting, d.Same):
	case len(q.waiting) >= laneRoom:
		l.miss(d)
	default:
		q.waiting = append(q.waiting, d)
	}
}

// miss notes a delivery that must be read again.
func (l *lane) miss(d books.Delivery) {
	if q := &l.queues[classOf(d)]; q.missed == nil || d.Before(*q.missed) {
		q.missed = &d
	}
}

// readAgain returns where reading has to begin for a class that has run empty and missed something.
func (l *lane) readAgain() (from *books.Delivery) {
	for i := range l.queues {
		q := &l.queues[i]
		if q.missed == nil || len(q.waiting) > 0 {
			continue
		}
		if from == nil || q.missed.Before(*from) {
			from = q.missed
		}
		q.missed = nil
	}
	return from
}

// next takes what is to be sent next, if anything may be sent now.
func (l *lane) next(now time.Time) (d books.Delivery, ready bool) {
	room := max(l.room, 1)
	if l.silent > 0 {
		room = 1
	}
	if len(l.inFlight) >= room || now.Before(l.pauseUntil) {
		return d, false
	}
	if l.retryDue(now) {
		return *l.retryHead, true
	}
	for range classes {
		q := &l.queues[l.turn]
		l.turn = (l.turn + 1) % classes
		if len(q.waiting) > 0 {
			d, q.waiting = q.waiting[0], q.waiting[1:]
			return d, true
		}
	}
	return d, false
}

// retryDue tells whether the oldest failed delivery is to be tried again.
func (l *lane) retryDue(now time.Time) bool {
	return l.retryHead != nil && !now.Before(l.retryHead.Due) && !slices.ContainsFunc(l.inFlight, l.retryHead.Same)
}

// idle says that there is nothing to know about the endpoint.
func (l *lane) idle(now time.Time) bool {
	for _, q := range l.queues {
		if len(q.waiting) > 0 || q.missed != nil {
			return false
		}
	}
	return len(l.inFlight) == 0 && l.retryHead == nil && !now.Before(l.pauseUntil)
}
