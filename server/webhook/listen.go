package webhook

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Bounds of listeners: each is memory and a signature for each event.
const (
	listenersOfOne = 5 // of a vendor
	listenersOfAll = 64
	// listenRoom is how many entries wait for a client that reads slowly. What is more is passed over, and counted.
	listenRoom = 1000
)

// Listener is a client that is told the events of its vendor as they come, for as long as it is there: no endpoint is
// made for it, and nothing of it is stored.
type Listener struct {
	Vendor ledger.VendorID
	Key    string // the fingerprint of who listens
	Secret string // whsec_…, signs what it is told
	// May refuses who may listen no more. It is asked in the snapshot of each event.
	May func(books.Reader) error
	// Tell is called with each event; it may take as long as it wants.
	Tell func(view.Heard) error

	seen    ledger.EntryNo // the last entry that it could have
	waiting chan heard
	lost    uint64 // passed over since the last that waits
}

// heard is what waits for a listener: an entry, or a sample.
type heard struct {
	entry  ledger.Entry
	sample *view.Webhook
	id     string // of the sample
	lost   uint64 // were passed over before it
}

// listeners are all that listen now.
type listeners struct {
	mu  sync.Mutex // guards all, and seen and lost of each
	all []*Listener
}

// Listen tells a listener the events from now on until ctx ends, Tell fails, or May refuses. It refuses with ErrState
// one listener too many.
func (o *Outbox) Listen(ctx context.Context, l *Listener) error {
	l.waiting = make(chan heard, listenRoom)
	if err := o.listening.add(l); err != nil {
		return err
	}
	defer o.listening.remove(l)
	var head ledger.EntryNo
	err := o.View(ctx, func(r books.Reader) (err error) {
		if err := l.May(r); err != nil {
			return err
		}
		head, _, err = r.Head() // what comes later is heard: the listener was there before this look
		return err
	})
	if err == nil {
		err = l.Tell(view.Heard{Secret: l.Secret})
	}
	if err != nil {
		return err
	}
	for n := uint64(0); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case h := <-l.waiting:
			if h.sample == nil && h.entry.No <= head {
				continue
			}
			if err := o.tell(ctx, l, h, &n); err != nil {
				return err
			}
			if lost := o.listening.passedOver(l); lost > 0 {
				if err := l.Tell(view.Heard{Dropped: lost}); err != nil {
					return err
				}
			}
		}
	}
}

// tell puts together what a listener hears of an entry, signs it, and tells it. n counts its events.
func (o *Outbox) tell(ctx context.Context, l *Listener, h heard, n *uint64) error {
	if h.lost > 0 {
		if err := l.Tell(view.Heard{Dropped: h.lost}); err != nil {
			return err
		}
	}
	var all []view.Webhook
	var ids []string
	err := o.View(ctx, func(r books.Reader) error {
		all, ids = nil, nil
		if err := l.May(r); err != nil {
			return err
		}
		if h.sample != nil {
			all, ids = []view.Webhook{*h.sample}, []string{h.id}
			return nil
		}
		for i, event := range eventsOf(h.entry) {
			w, err := body(o.Seal, r, event.name, h.entry)
			if err != nil {
				return err
			}
			all, ids = append(all, w), append(ids, o.eventID(h.entry.No, uint16(i)))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, w := range all {
		*n++
		w.Sequence = *n
		raw, err := json.Marshal(w)
		if err != nil {
			return err
		}
		d := Delivery{ID: ids[i], Secrets: []string{l.Secret}, Body: raw, At: o.Now()}
		headers, err := d.headers()
		if err != nil {
			return err
		}
		out := view.Heard{ID: d.ID, Type: w.Type, At: &w.At, Payload: string(raw), Headers: headers}
		if err := l.Tell(out); err != nil {
			return err
		}
	}
	return nil
}

// headers are those of Standard Webhooks, signed at the time of the attempt.
func (d Delivery) headers() (map[string]string, error) {
	h := http.Header{}
	if err := d.sign(h); err != nil {
		return nil, err
	}
	all := map[string]string{"content-type": "application/json"}
	for _, name := range []string{
		standardwebhooks.HeaderWebhookID, standardwebhooks.HeaderWebhookTimestamp, standardwebhooks.HeaderWebhookSignature,
	} {
		all[name] = h.Get(name)
	}
	return all, nil
}

func (l *listeners) add(one *Listener) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := 0
	for _, other := range l.all {
		if other.Vendor == one.Vendor {
			same++
		}
	}
	if same >= listenersOfOne || len(l.all) >= listenersOfAll {
		return ledger.Refuse(ledger.ErrState, "End one of the others first.", "As many listen already as can.")
	}
	l.all = append(l.all, one)
	return nil
}

func (l *listeners) remove(one *Listener) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = slices.DeleteFunc(l.all, func(other *Listener) bool { return other == one })
}

// hear lets all listeners of a vendor have an entry. It never waits: for who has no room it is counted. An entry that
// is read once more is told once.
func (l *listeners) hear(e ledger.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, one := range l.all {
		if one.Vendor == e.Vendor && e.No > one.seen {
			if one.seen = e.No; len(eventsOf(e)) > 0 {
				one.put(heard{entry: e})
			}
		}
	}
}

// put lets something wait for a listener, if there is room.
func (l *Listener) put(h heard) bool {
	h.lost = l.lost
	select {
	case l.waiting <- h:
		l.lost = 0
		return true
	default:
		l.lost++
		return false
	}
}

// passedOver is how many events were passed over behind the last, once nothing waits any more.
func (l *listeners) passedOver(one *Listener) (n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(one.waiting) == 0 {
		n, one.lost = one.lost, 0
	}
	return n
}
