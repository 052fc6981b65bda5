package webhook

import (
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// laneRoom is how many deliveries to one endpoint are known in memory. Those behind stay in the books.
const laneRoom = 256

// laneID is one endpoint. Numbers of endpoints are counted per vendor, so it takes both.
type laneID struct {
	vendor   ledger.VendorID
	endpoint uint64
}

// lane is what the courier knows of one endpoint.
type lane struct {
	laneID
	queue    []books.Delivery
	inFlight []books.Delivery
	// retryHead is the delivery that failed first. It keeps its schedule, however many wait: in the end it is what tells
	// that an endpoint is dead.
	retryHead  *books.Delivery
	missed     *books.Delivery // the first for which there was no room
	silent     int             // attempts in a row to which nothing came back
	pauseUntil time.Time       // nothing is sent before
}

// note takes down what an attempt tells of the endpoint. One that does not answer is left alone for a while: it costs
// an attempt as long as an answer may take, and a delivery its place in the schedule.
func (l *lane) note(r result, now time.Time) {
	switch {
	case r.err != nil:
		l.pauseUntil = now.Add(lookEvery)
	case !r.silent:
		l.silent, l.pauseUntil = 0, time.Time{}
	case !now.Before(l.pauseUntil): // or it is of the time before the pause
		l.pauseUntil = now.Add(retries[min(l.silent, 1)])
		l.silent++
	}
}

// add puts a due delivery behind the others, unless it is known.
func (l *lane) add(d books.Delivery) {
	switch {
	case l.retryHead != nil && l.retryHead.Same(d):
	case slices.ContainsFunc(l.inFlight, d.Same), slices.ContainsFunc(l.queue, d.Same):
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
	case len(l.inFlight) >= room || now.Before(l.pauseUntil):
		return d, false
	case l.retryDue(now):
		return *l.retryHead, true
	case len(l.queue) == 0:
		return d, false
	}
	d, l.queue = l.queue[0], l.queue[1:]
	return d, true
}

// retryDue tells whether the oldest failed delivery is to be tried again.
func (l *lane) retryDue(now time.Time) bool {
	return l.retryHead != nil && !now.Before(l.retryHead.Due) && !slices.ContainsFunc(l.inFlight, l.retryHead.Same)
}

// idle says that there is nothing to know about the endpoint.
func (l *lane) idle(now time.Time) bool {
	return len(l.queue) == 0 && len(l.inFlight) == 0 && l.retryHead == nil && l.missed == nil &&
		!now.Before(l.pauseUntil)
}
