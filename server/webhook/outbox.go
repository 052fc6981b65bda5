// Package webhook brings events to the servers of vendors (Standard Webhooks 1.0.0). The journal is the outbox: a
// cursor follows it, and one commit moves the cursor and writes the deliveries of the entries that it passed, one for
// each event and endpoint. So a sale costs no row for its event, and a crash repeats an event with the same id rather
// than losing it. The courier then brings the deliveries out, each endpoint at its own speed.
package webhook

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// cursorName is the row that says up to which entry the journal has been turned into deliveries.
const cursorName = "outbox"

const (
	outboxStride = 500 // entries read at once
	// outboxWrites is how many deliveries are enough for one commit. Each is three rows, and the last entry of a commit
	// may have some dozens more: all of it has to fit a transaction of the store.
	outboxWrites = 1000
)

// Options are what an outbox is made of.
type Options struct {
	View   func(ctx context.Context, fn func(books.Reader) error) error // on a snapshot
	Update func(ctx context.Context, fn func(books.Tx) error) error     // fn may run more than once
	Seal   *seal.Sealer
	Now    func() time.Time // UTC, whole microseconds
	// Do runs one step. It logs what goes wrong in it, be it a panic: nothing that an event does may end the courier.
	Do func(ctx context.Context, step string, do func(context.Context) error)
	// Send makes one attempt. Nil: deliveries are written and wait for a program that sends.
	Send   Send
	Target Target // where endpoints may be
	// Happened is told that something has happened at a vendor, perhaps more than once; it never waits. Nil: not needed.
	Happened func(ledger.VendorID)
}

// Send sends one delivery and returns the HTTP status, 0 if nothing came back, and how long Retry-After asked to wait.
type Send func(ctx context.Context, d Delivery) (status int, retryAfter time.Duration, err error)

// Outbox knows the endpoints of vendors and what is on its way to them.
type Outbox struct {
	Options
	// quiet is the entry up to which no event was found. The stored cursor lags behind it by less than a stride, so that
	// entries without events cost no commit.
	quiet   atomic.Uint64
	due     chan struct{} // something became due
	resumed resumed
	// listening are the clients that are told events as they come, see [Outbox.Listen].
	listening listeners
}

// resumed is what vendors have set going again since the courier looked: it reads the queue again from there.
type resumed struct {
	mu   sync.Mutex
	from time.Time // the earliest; zero: nothing
	live []laneID  // endpoints that are live again
}

func (r *resumed) add(at time.Time, id laneID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.from.IsZero() || at.Before(r.from) {
		r.from = at
	}
	if !slices.Contains(r.live, id) {
		r.live = append(r.live, id)
	}
}

func (r *resumed) take() (from time.Time, live []laneID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	from, live = r.from, r.live
	r.from, r.live = time.Time{}, nil
	return from, live
}

// New makes an outbox. It does nothing until [Outbox.Run] or [Outbox.Deliver] is called.
func New(o Options) *Outbox { return &Outbox{Options: o, due: make(chan struct{}, 1)} }

// Wake tells the courier that there may be new entries. It never blocks.
func (o *Outbox) Wake() {
	select {
	case o.due <- struct{}{}:
	default:
	}
}

// Run delivers until ctx ends, and returns when all attempts have ended too.
func (o *Outbox) Run(ctx context.Context) { newCourier(o).run(ctx) }

// Deliver sends everything that is due now, and waits for it: for a caller that does not call Run.
func (o *Outbox) Deliver(ctx context.Context) { newCourier(o).once(ctx) }

// deliveryLog is how long it is known how a delivery went. By then it has long arrived or been given up.
const deliveryLog = 30 * 24 * time.Hour

// Forget drops old deliveries, a bounded number at a time. The events themselves stay in the journal.
func (o *Outbox) Forget(ctx context.Context, now time.Time) error {
	var old []books.Delivery
	err := o.View(ctx, func(r books.Reader) (err error) {
		old, err = r.OldDeliveries(now.Add(-deliveryLog), outboxWrites)
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return o.Update(ctx, func(tx books.Tx) error {
		for _, d := range old {
			if err := tx.DropDelivery(d); err != nil {
				return err
			}
			if _, err := release(tx, d, now); err != nil {
				return err
			}
		}
		return nil
	})
}

// makeDeliveries turns all new entries into deliveries.
func (o *Outbox) makeDeliveries(ctx context.Context, now time.Time) error {
	for {
		b, err := o.readBatch(ctx, now)
		if err != nil {
			return err
		}
		if len(b.made) == 0 {
			o.quiet.Store(uint64(b.to))
		}
		if len(b.made) > 0 || b.to-b.cursor >= outboxStride {
			if err := o.writeBatch(ctx, b); err != nil {
				return err
			}
		}
		if !b.more {
			return nil
		}
	}
}

// batch is what some entries of the journal mean for endpoints.
type batch struct {
	cursor ledger.EntryNo // as it was stored when the entries were read
	to     ledger.EntryNo // the last of the entries
	made   []books.Delivery
	more   bool // there may be further entries
}

// readBatch reads the next entries, until there are enough deliveries for a commit.
func (o *Outbox) readBatch(ctx context.Context, now time.Time) (b batch, err error) {
	err = o.View(ctx, func(r books.Reader) error {
		b = batch{}
		if b.cursor, err = cursorOf(r); err != nil {
			return err
		}
		// Entries that were looked at and had no event are not read again, though the stored cursor lags behind them.
		from := max(b.cursor, ledger.EntryNo(o.quiet.Load()))
		b.to = from
		endpoints := map[ledger.VendorID][]ledger.Endpoint{}
		for rec, err := range r.Journal(from, outboxStride) {
			if err != nil {
				return err
			}
			b.to, b.more = rec.No, rec.No-from == outboxStride
			if rec.Vendor == 0 {
				continue
			}
			o.listening.hear(rec.Entry)
			if o.Happened != nil {
				o.Happened(rec.Vendor)
			}
			// A vendor is read once for a batch: its endpoints are those of this snapshot.
			if _, read := endpoints[rec.Vendor]; !read {
				v, _, err := r.Vendor(rec.Vendor)
				if err != nil {
					return err
				}
				endpoints[rec.Vendor] = v.Hooks
			}
			for _, to := range endpoints[rec.Vendor] {
				b.made = append(b.made, deliveries(rec.Entry, to, now)...)
			}
			if len(b.made) >= outboxWrites {
				b.more = true
				break
			}
		}
		return nil
	})
	return b, err
}

// writeBatch writes the deliveries and moves the cursor, unless another writer has moved it meanwhile.
func (o *Outbox) writeBatch(ctx context.Context, b batch) error {
	return o.Update(ctx, func(tx books.Tx) error {
		cursor, err := cursorOf(tx.Reader)
		if err != nil || cursor != b.cursor {
			return err
		}
		if err := putMade(tx, b.made); err != nil {
			return err
		}
		return tx.PutMeta(cursorName, binary.BigEndian.AppendUint64(nil, uint64(b.to)))
	})
}

// putMade numbers new deliveries for their endpoints, and lets one wait that is not the first of its buyer.
func putMade(tx books.Tx, made []books.Delivery) error {
	in, err := tx.Generation()
	if err != nil {
		return err
	}
	health := map[laneID]books.Health{}
	for _, d := range made {
		id := laneID{d.Vendor, d.Endpoint}
		h, read := health[id]
		if !read {
			if h, err = tx.Health(d.Vendor, d.Endpoint); err != nil {
				return err
			}
		}
		h.Sequence++
		health[id], d.Sequence = h, in.Owned(h.Sequence)
		if _, d.Held, err = tx.FirstOfBuyer(d.Vendor, d.Endpoint, d.Buyer); err != nil {
			return err
		}
		if err := tx.PutDelivery(d); err != nil {
			return err
		}
	}
	for _, h := range health {
		if err := tx.PutHealth(h); err != nil {
			return err
		}
	}
	return nil
}

// cursorOf is the entry up to which deliveries have been made, 0 before the first.
func cursorOf(r books.Reader) (ledger.EntryNo, error) {
	raw, _, err := r.Meta(cursorName)
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return ledger.EntryNo(binary.BigEndian.Uint64(raw)), nil
}

// deliveries are the events of one entry for one endpoint. An endpoint gets no event that is older than itself, and
// none about itself. Those for a disabled endpoint wait until it is live again, or too old to be kept.
func deliveries(e ledger.Entry, to ledger.Endpoint, now time.Time) (all []books.Delivery) {
	if to.Misses(e) || e.Kind == ledger.KindHook && e.Change.Number == to.Number {
		return nil
	}
	for i, event := range eventsOf(e) {
		if len(to.Events) == 0 || slices.Contains(to.Events, event.name) {
			all = append(all, books.Delivery{
				Event: e.No, Seq: uint16(i), Endpoint: to.Number, Vendor: e.Vendor, Type: event.name, Created: now, Due: now,
				Buyer: e.User,
			})
		}
	}
	return all
}

// eventID names an event; further events of one entry have a number behind the name.
func (o *Outbox) eventID(no ledger.EntryNo, seq uint16) string {
	id := o.Seal.Event(no)
	if seq > 0 {
		id += "." + strconv.FormatUint(uint64(seq), 10)
	}
	return id
}
