package webhook

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// EventQuery asks for events of a vendor, newest first.
type EventQuery struct {
	view.Paging
	Type  string // "": all
	Since string // id of an event: only later ones
}

// eventsLooked bounds the deliveries that one page looks at.
const eventsLooked = 2000

// Events lists what was sent to the vendor's endpoints or is on its way, for 30 days. It refuses with ErrInvalid a
// cursor or an event that it does not know; a name from before a restore that lost it is one of those.
func (o *Outbox) Events(r books.Reader, by Owner, q EventQuery) (page view.Page[view.VendorEvent], err error) {
	before, since := ledger.EntryNo(0), ledger.EntryNo(0)
	if q.Before != "" {
		n, err := o.Seal.OpenCursor(string(q.Before))
		if err != nil {
			return page, ledger.Invalid("before", "Begin again without it.", "This place in the list is not known.")
		}
		before = ledger.EntryNo(n)
	}
	if q.Since != "" {
		if since, _, err = o.openEvent(q.Since); err != nil {
			return page, ledger.Invalid("since", "Begin again without it.", "There is no such event.")
		}
	}
	if q.Type != "" {
		if err := checkTypes([]string{q.Type}); err != nil {
			return page, err
		}
	}
	return o.events(r, by, q, before, since)
}

// events makes a page. It ends between two entries, so the deliveries of one event are never divided.
func (o *Outbox) events(
	r books.Reader, by Owner, q EventQuery, before, since ledger.EntryNo,
) (page view.Page[view.VendorEvent], err error) {
	all, err := r.Deliveries(by.Vendor, before, eventsLooked)
	if err != nil {
		return page, err
	}
	var looked ledger.EntryNo       // the last entry that was
	cut := len(all) == eventsLooked // the last entry may have further deliveries
	for len(all) > 0 && all[0].Event > since {
		n := 0
		for n < len(all) && all[n].Event == all[0].Event {
			n++
		}
		if cut && n == len(all) {
			rec, _, err := r.Entry(looked)
			page.Next, page.Searched = view.Cursor(o.Seal.Cursor(uint64(looked))), view.At(rec.At)
			return page, err
		}
		shown, err := o.eventsOf(r, by, all[:n], q.Type)
		switch {
		case err != nil:
			return page, err
		case len(shown) > 0 && len(page.Data) >= q.Rows():
			page.Next = view.Cursor(o.Seal.Cursor(uint64(looked)))
			return page, nil
		}
		page.Data = append(page.Data, shown...)
		looked, all = all[0].Event, all[n:]
	}
	return page, nil
}

// eventsOf shows the events of one entry, of all types or of one.
func (o *Outbox) eventsOf(
	r books.Reader, by Owner, all []books.Delivery, only string,
) (shown []view.VendorEvent, err error) {
	slices.SortFunc(all, func(a, b books.Delivery) int { return int(a.Seq) - int(b.Seq) })
	rec, found, err := r.Entry(all[0].Event)
	if err != nil || !found {
		return nil, err
	}
	for _, d := range all {
		if only != "" && d.Type != only {
			continue
		}
		id := o.eventID(d.Event, d.Seq)
		if len(shown) == 0 || shown[len(shown)-1].ID != id {
			w, err := body(o.Seal, r, d.Type, rec.Entry)
			if err != nil {
				return nil, err
			}
			shown = append(shown, view.VendorEvent{ID: id, Type: w.Type, At: w.At, Data: w.Data})
		}
		e := &shown[len(shown)-1]
		e.Deliveries = append(e.Deliveries, o.deliveryView(by, d))
	}
	return shown, nil
}

// deliveryView shows how far an event is on its way to an endpoint.
func (o *Outbox) deliveryView(by Owner, d books.Delivery) view.EventDelivery {
	out := view.EventDelivery{
		EndpointID: o.Seal.Endpoint(by.Vendor, d.Endpoint), Status: "waiting", Sequence: d.Sequence,
		Attempts: int(d.Attempt), HTTP: int(d.Status), Text: d.Error, Delivered: view.Maybe(d.Done),
	}
	switch {
	case !d.Done.IsZero():
		out.Status = "delivered"
	case d.Failed:
		out.Status = "parked"
	case !d.Held:
		out.Next = view.Maybe(d.Due)
	}
	return out
}

// Redelivering makes the step that sends an event once more: to one endpoint, or with the number 0 to all that it was
// for. It goes at once and in no order with others. It refuses with ErrNotFound an event that is not the vendor's or
// older than 30 days, and with ErrState what is on its way already or for an endpoint that is disabled.
func (o *Outbox) Redelivering(by Owner, id string, endpoint uint64) (step Step[view.VendorEvent], err error) {
	no, seq, err := o.openEvent(id)
	if err != nil {
		return step, refuseEvent()
	}
	at := o.Now()
	var to []books.Delivery
	step.Do = func(tx books.Tx) (shown view.VendorEvent, err error) {
		v, err := vendorOf(tx.Reader, by)
		if err != nil {
			return shown, err
		}
		if to, err = redeliverable(tx, v, no, seq, endpoint); err != nil {
			return shown, err
		}
		for _, d := range to {
			d.Again, d.Failed, d.Done = true, false, time.Time{}
			if err := tx.PutDelivery(again(d, at)); err != nil {
				return shown, err
			}
		}
		all, err := tx.DeliveriesOf(by.Vendor, no)
		if err != nil {
			return shown, err
		}
		events, err := o.eventsOf(tx.Reader, by, all, to[0].Type)
		if err == nil {
			shown = events[0]
		}
		return shown, err
	}
	step.Done = func() {
		for _, d := range to {
			o.goOn(at, laneID{by.Vendor, d.Endpoint})
		}
	}
	return step, nil
}

// redeliverable returns the deliveries of an event that can be made once more.
func redeliverable(
	tx books.Tx, v ledger.Vendor, no ledger.EntryNo, seq uint16, endpoint uint64,
) (to []books.Delivery, err error) {
	all, err := tx.DeliveriesOf(v.ID, no)
	if err != nil {
		return nil, err
	}
	disabled, waits := false, false
	for _, d := range all {
		i := indexOf(v, d.Endpoint)
		switch {
		case d.Seq != seq || i < 0 || endpoint != 0 && d.Endpoint != endpoint:
		case d.Waits():
			waits = true
		case !v.Hooks[i].Disabled.IsZero():
			disabled = true
		default:
			to = append(to, d)
		}
	}
	switch {
	case len(to) > 0:
		return to, nil
	case waits:
		return nil, ledger.Refuse(ledger.ErrState, "Wait for its next attempt.", "The event is on its way already.")
	case disabled:
		return nil, ledger.Refuse(
			ledger.ErrState, "Set the endpoint to live first; what has waited comes by itself.", "The endpoint is disabled.",
		)
	}
	return nil, refuseEvent()
}

// refuseEvent says no to an event that is not there.
func refuseEvent() error {
	return ledger.Refuse(
		ledger.ErrNotFound, "See the events with GET /v1/events.", "There is no such event, or it is older than 30 days.",
	)
}

// openEvent reads the id of an event. It refuses with [seal.ErrName].
func (o *Outbox) openEvent(id string) (no ledger.EntryNo, seq uint16, err error) {
	name, number, further := strings.Cut(id, ".")
	if no, err = o.Seal.OpenEvent(name); err != nil || !further {
		return no, 0, err
	}
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil || o.eventID(no, uint16(n)) != id {
		return 0, 0, seal.ErrName
	}
	return no, uint16(n), nil
}
