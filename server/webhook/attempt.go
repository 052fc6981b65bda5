package webhook

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Delivery is one attempt to bring one event to one endpoint (Standard Webhooks 1.0.0).
type Delivery struct {
	ID      string // the same in every attempt
	URL     string
	Secrets []string // whsec_…, newest first
	Body    []byte
	At      time.Time
}

// retries is how long to wait before each further attempt; after the last one the delivery is given up.
var retries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 24 * time.Hour,
}

// result is how an attempt went.
type result struct {
	d      books.Delivery // as it is stored now
	silent bool           // nothing came back
	err    error          // the books could not be read or written: the delivery is where it was
}

// attempt makes one attempt and stores how it went. The books are not held while the endpoint is called: putting
// together and storing are two steps, and a crash in between sends the same event again.
func (o *Outbox) attempt(ctx context.Context, d books.Delivery) result {
	at := o.Now()
	out, live, err := o.compose(ctx, d, at)
	if err != nil {
		return result{d: d, err: err}
	}
	if !live { // the endpoint is gone
		gone := d
		gone.Failed, gone.Error = true, "the endpoint was removed"
		if err := o.Update(ctx, func(tx books.Tx) error { return tx.PutDelivery(gone) }); err != nil {
			return result{d: d, err: err}
		}
		return result{d: gone}
	}
	// No transaction is open here: an endpoint may take as long as an attempt is allowed to.
	status, wait, sendErr := o.Send(ctx, out)
	if ctx.Err() != nil {
		return result{d: d} // we are stopping: the attempt is made again
	}
	after, err := o.after(d, status, wait, sendErr)
	if err != nil {
		return result{d: d, err: err}
	}
	err = o.Update(ctx, func(tx books.Tx) error {
		if after.Failed {
			if err := disable(tx, after, at); err != nil {
				return err
			}
		}
		return tx.PutDelivery(after)
	})
	if err != nil {
		return result{d: d, err: err}
	}
	return result{d: after, silent: status == 0}
}

// after is a delivery after an attempt: done, given up, or due once more. A vendor may ask for a longer pause by
// Retry-After, of at most a day.
func (o *Outbox) after(d books.Delivery, status int, wait time.Duration, sendErr error) (books.Delivery, error) {
	d.Attempt++
	d.Status, d.Error = uint32(max(status, 0)), ""
	if sendErr != nil {
		d.Error = ledger.CleanLine(sendErr.Error(), 200)
	}
	switch {
	case status >= 200 && status < 300:
		d.Done = o.Now()
	case status == http.StatusGone, int(d.Attempt) > len(retries):
		d.Failed = true
	default:
		later, err := o.jitter(max(retries[d.Attempt-1], min(wait, 24*time.Hour)))
		if err != nil {
			return d, err
		}
		d.Due = o.Now().Add(later)
	}
	return d, nil
}

// jitter adds up to a tenth, so that what failed together does not come back together.
func (o *Outbox) jitter(d time.Duration) (time.Duration, error) {
	raw, err := o.Seal.Random(1)
	if err != nil {
		return 0, err
	}
	return d + d*time.Duration(raw[0])/2560, nil
}

// compose puts an attempt together. Live is false if its endpoint is gone.
func (o *Outbox) compose(ctx context.Context, d books.Delivery, at time.Time) (out Delivery, live bool, err error) {
	err = o.View(ctx, func(r books.Reader) error {
		live = false
		v, _, err := r.Vendor(d.Vendor)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(v.Hooks, func(h ledger.Endpoint) bool {
			return h.Number == d.Endpoint && h.Disabled.IsZero()
		})
		rec, found, err := r.Entry(d.Event)
		if err != nil || !found || i < 0 {
			return err
		}
		live = true
		out = Delivery{ID: o.eventID(d), URL: v.Hooks[i].URL, At: at}
		for _, sealed := range v.Hooks[i].Secrets {
			secret, err := o.Seal.Open(sealed, secretPurpose)
			if err != nil {
				return err
			}
			out.Secrets = append(out.Secrets, string(secret))
		}
		w, err := body(o.Seal, r, d.Type, rec.Entry)
		if err != nil {
			return err
		}
		out.Body, err = json.Marshal(w)
		return err
	})
	return out, live, err
}
