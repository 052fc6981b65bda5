package books

import (
	"cmp"
	"time"

	"tuppence/server/ledger"
)

// Delivery is one webhook on its way to one endpoint. The event is an entry of the journal; Seq tells apart several
// events of one entry.
type Delivery struct {
	Event    ledger.EntryNo
	Seq      uint16
	Endpoint uint64
	Vendor   ledger.VendorID
	Type     string
	Created  time.Time
	Attempt  uint32    // attempts so far
	Due      time.Time // next attempt
	Done     time.Time // zero while it waits
	Failed   bool      // given up
	Status   uint32    // HTTP status of the last response, 0 if none came
	Error    string    // of the last attempt, for staff
}

// deliveryKey begins with the event, so that old deliveries are found and swept in the order of the journal.
func deliveryKey(d Delivery) []byte { return key(tDelivery, d.Event, d.Seq, d.Vendor, d.Endpoint) }

// PutDelivery writes a delivery and its places in the queue and among the vendor's.
func (t Tx) PutDelivery(d Delivery) error {
	return putIndexed(t, deliveryKey(d), deliveries, d, deliveryIndexes)
}

// DueDeliveries reads what must be sent now, the longest due first, at most limit of them (0: all).
func (r Reader) DueDeliveries(now time.Time, limit int) ([]Delivery, error) {
	return scan(r, key(tDueDelivery), key(tDueDelivery, now.Add(time.Microsecond)), false, limit, deref(r, deliveries))
}

// Deliveries reads the deliveries of a vendor for events before an entry (0: all), newest first.
func (r Reader) Deliveries(v ledger.VendorID, before ledger.EntryNo, limit int) ([]Delivery, error) {
	to := after(key(tVendorDelivery, v))
	if before > 0 {
		to = key(tVendorDelivery, v, before)
	}
	return scan(r, key(tVendorDelivery, v), to, true, limit, deref(r, deliveries))
}

// OldDeliveries reads the deliveries of the oldest events, as long as they were made before an instant.
func (r Reader) OldDeliveries(before time.Time, limit int) (all []Delivery, err error) {
	for kv, err := range r.kv.Scan(key(tDelivery), after(key(tDelivery)), false, limit) {
		if err != nil {
			return nil, err
		}
		d, err := deliveries.decode(kv.Key, kv.Value)
		if err != nil {
			return nil, err
		}
		if !d.Created.Before(before) {
			break
		}
		all = append(all, d)
	}
	return all, nil
}

// DropDelivery deletes a delivery: the row and its index rows, as the stored row has them. It is no error if there is
// none.
func (t Tx) DropDelivery(d Delivery) error {
	k := deliveryKey(d)
	had, found, err := load(t.Reader, k, deliveries)
	if err != nil || !found {
		return err
	}
	for _, index := range deliveryIndexes(had) {
		if err := t.tx.Delete(index); err != nil {
			return err
		}
	}
	return t.tx.Delete(k)
}

// DueDeliveriesFrom reads what must be sent now from the place of one delivery in the queue on, that one included if it
// still stands there. The zero delivery is before all others.
func (r Reader) DueDeliveriesFrom(from Delivery, now time.Time, limit int) ([]Delivery, error) {
	first := key(tDueDelivery)
	if !from.Due.IsZero() {
		first = key(tDueDelivery, from.Due, from.Event, from.Seq, from.Vendor, from.Endpoint)
	}
	return scan(r, first, key(tDueDelivery, now.Add(time.Microsecond)), false, limit, deref(r, deliveries))
}

// Before returns whether a delivery that waits is in the queue before another one.
func (d Delivery) Before(o Delivery) bool {
	return cmp.Or(d.Due.Compare(o.Due), cmp.Compare(d.Event, o.Event), cmp.Compare(d.Seq, o.Seq),
		cmp.Compare(d.Vendor, o.Vendor), cmp.Compare(d.Endpoint, o.Endpoint)) < 0
}

// Same returns whether two deliveries are the same event on its way to the same endpoint.
func (d Delivery) Same(o Delivery) bool {
	return d.Event == o.Event && d.Seq == o.Seq && d.Vendor == o.Vendor && d.Endpoint == o.Endpoint
}
