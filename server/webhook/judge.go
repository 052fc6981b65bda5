package webhook

import (
	"errors"
	"net/http"
	"net/url"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// What an attempt means for its delivery and for its endpoint. An event that fails alone is the event's fault: it is
// parked, and the endpoint stays. An endpoint that takes nothing at all for days is disabled, and keeps what it has not
// taken.

// retries is how long to wait before each further attempt (Standard Webhooks 1.0.0).
var retries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 24 * time.Hour,
}

const (
	// poisonAttempts is after how many an event is parked whose endpoint takes other events: two and a half hours, for
	// which later events of its buyer wait.
	poisonAttempts = 5
	// deadAfter is for how long different events must have failed, with no success between, until an endpoint is
	// disabled.
	deadAfter = 72 * time.Hour
	// maxWait bounds what an endpoint may ask for by Retry-After.
	maxWait = 24 * time.Hour
)

// answer is what came back of an attempt.
type answer struct {
	at     time.Time
	status int           // 0: nothing came back
	wait   time.Duration // Retry-After
	jitter int64         // see [Outbox.jitter]
	text   string        // what went wrong, "" if only the status tells
}

// judge returns a delivery and the health of its endpoint after an attempt, and why the endpoint is to be disabled, if
// it is.
func judge(d books.Delivery, h books.Health, a answer) (books.Delivery, books.Health, string) {
	d.Attempt++
	d.Status, d.Error = uint32(max(a.status, 0)), a.text
	if a.status >= 200 && a.status < 300 {
		d.Done = a.at
		h.Success, h.Failing, h.Event, h.Others, h.Next = a.at, time.Time{}, 0, false, time.Time{}
		return d, h, ""
	}
	if h.Failing.IsZero() {
		h.Failing, h.Event = a.at, d.Event
	}
	h.Others = h.Others || h.Event != d.Event
	h.Failed, h.Status, h.Error = a.at, d.Status, d.Error
	switch {
	case a.status == http.StatusGone:
		return again(d, a.at), stopped(h), "it said that it is gone (410)"
	case int(d.Attempt) <= len(retries) && !poisons(d, h, a.at):
		wait := max(retries[d.Attempt-1], min(a.wait, maxWait))
		d.Due = a.at.Add(wait + wait*time.Duration(a.jitter)/2560)
		h.Next = d.Due
	case h.Others && a.at.Sub(h.Failing) >= deadAfter:
		return again(d, a.at), stopped(h), "it took no event for three days"
	default:
		d.Failed = true
	}
	return d, h, ""
}

// poisons tells whether an event has failed often enough while its endpoint has taken others: also since the attempt
// before this one, or the endpoint may be down by now.
func poisons(d books.Delivery, h books.Health, at time.Time) bool {
	return d.Attempt >= poisonAttempts && h.Success.After(at.Add(-retries[d.Attempt-2]))
}

// again is a delivery as if it had never been tried: it goes first when its endpoint is live again.
func again(d books.Delivery, at time.Time) books.Delivery {
	d.Attempt, d.Due = 0, at
	return d
}

// stopped is the health of an endpoint that is not tried any more.
func stopped(h books.Health) books.Health {
	h.Next = time.Time{}
	return h
}

// reason says in a few words why nothing came back. The address is left out: it may hold a secret of the vendor.
func reason(err error) string {
	if of, ok := errors.AsType[*url.Error](err); ok {
		err = of.Err
	}
	if err == nil {
		return ""
	}
	return ledger.CleanLine(err.Error(), 200)
}
