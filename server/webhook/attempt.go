package webhook

import (
	"context"
	"encoding/json"
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

// result is how an attempt went.
type result struct {
	d        books.Delivery  // as it is stored now
	next     *books.Delivery // of the same buyer, which may be sent now
	parallel int             // attempts at once that the endpoint takes
	silent   bool            // nothing came back
	blocked  bool            // nothing was sent: the endpoint is disabled
	err      error           // the books could not be read or written: the delivery is where it was
}

// attempt makes one attempt and stores how it went. The books are not held while the endpoint is called: putting
// together and storing are two steps, and a crash in between sends the same event again.
func (o *Outbox) attempt(ctx context.Context, d books.Delivery) result {
	out, to, err := o.compose(ctx, d, o.Now())
	switch {
	case err != nil:
		return result{d: d, err: err}
	case to.Number == 0:
		return o.store(ctx, d, func(tx books.Tx) (books.Delivery, error) { return removed(d), nil })
	case !to.Disabled.IsZero():
		return result{d: d, blocked: true}
	}
	// No transaction is open here: an endpoint may take as long as an attempt is allowed to.
	status, wait, sendErr := o.Send(ctx, out)
	if ctx.Err() != nil {
		return result{d: d} // we are stopping: the attempt is made again
	}
	tenth, err := o.jitter()
	if err != nil {
		return result{d: d, err: err}
	}
	a := answer{at: o.Now(), status: status, wait: wait, jitter: tenth, text: reason(sendErr)}
	r := o.store(ctx, d, func(tx books.Tx) (books.Delivery, error) { return record(tx, d, a) })
	r.silent, r.parallel = status == 0, max(int(to.Parallel), 1)
	return r
}

// store writes what became of a delivery, and lets the next one of its buyer go when it waits no more.
func (o *Outbox) store(ctx context.Context, d books.Delivery, change func(books.Tx) (books.Delivery, error)) result {
	var r result
	err := o.Update(ctx, func(tx books.Tx) (err error) {
		r = result{}
		if r.d, err = change(tx); err != nil {
			return err
		}
		if err := tx.PutDelivery(r.d); err != nil || r.d.Waits() {
			return err
		}
		r.next, err = release(tx, r.d, o.Now())
		return err
	})
	if err != nil {
		return result{d: d, err: err}
	}
	return r
}

// release lets the oldest event of a buyer go that waited for a delivery, and returns it.
func release(tx books.Tx, d books.Delivery, at time.Time) (*books.Delivery, error) {
	if !d.Ordered() {
		return nil, nil
	}
	next, found, err := tx.FirstOfBuyer(d.Vendor, d.Endpoint, d.Buyer)
	if err != nil || !found || !next.Held {
		return nil, err
	}
	next.Held, next.Due = false, at
	return &next, tx.PutDelivery(next)
}

// removed is a delivery to an endpoint that is gone.
func removed(d books.Delivery) books.Delivery {
	d.Failed, d.Error = true, "the endpoint was removed"
	return d
}

// record writes what an attempt tells of its endpoint, and returns the delivery as it is then.
func record(tx books.Tx, d books.Delivery, a answer) (books.Delivery, error) {
	v, found, err := tx.Vendor(d.Vendor)
	if err != nil {
		return d, err
	}
	if !found || indexOf(v, d.Endpoint) < 0 {
		return removed(d), nil
	}
	h, err := tx.Health(d.Vendor, d.Endpoint)
	if err != nil {
		return d, err
	}
	d, h, why := judge(d, h, a)
	if why != "" {
		if err := disable(tx, d, why, a.at); err != nil {
			return d, err
		}
	}
	return d, tx.PutHealth(h)
}

// jitter is up to a tenth, in parts of 2560, so that what failed together does not come back together.
func (o *Outbox) jitter() (int64, error) {
	raw, err := o.Seal.Random(1)
	if err != nil {
		return 0, err
	}
	return int64(raw[0]), nil
}

// compose puts an attempt together. to has no number if the endpoint is gone; nothing is put together for one that is
// disabled.
func (o *Outbox) compose(
	ctx context.Context, d books.Delivery, at time.Time,
) (out Delivery, to ledger.Endpoint, err error) {
	err = o.View(ctx, func(r books.Reader) error {
		to = ledger.Endpoint{}
		v, _, err := r.Vendor(d.Vendor)
		if err != nil {
			return err
		}
		rec, found, err := r.Entry(d.Event)
		i := indexOf(v, d.Endpoint)
		if err != nil || !found || i < 0 {
			return err
		}
		if to = v.Hooks[i]; !to.Disabled.IsZero() {
			return nil
		}
		out = Delivery{ID: o.eventID(d.Event, d.Seq), URL: to.URL, At: at}
		if out.Secrets, err = o.secretsOf(to, at); err != nil {
			return err
		}
		w, err := body(o.Seal, r, d.Type, rec.Entry)
		if err != nil {
			return err
		}
		w.Sequence = d.Sequence
		out.Body, err = json.Marshal(w)
		return err
	})
	return out, to, err
}
