package books

import (
	"cmp"
	"time"
)

// DueDeliveriesFrom reads what must be sent now from the place of one delivery in the queue on, that one included if it
// still stands there. The zero delivery is before all others.
func (r Reader) DueDeliveriesFrom(from Delivery, now time.Time, limit int) ([]Delivery, error) {
	first := key(tDueDelivery)
	if !from.Due.IsZero() {
		first = key(tDueDelivery, from.Due, from.Event, from.Seq, from.Vendor, from.Endpoint)
	}
	return scan(r, first, key(tDueDelivery, now.Add(time.Microsecond)), false, limit, pointed(r, deliveries))
}

// Before tells whether a delivery that waits is in the queue before another one.
func (d Delivery) Before(o Delivery) bool {
	return cmp.Or(d.Due.Compare(o.Due), cmp.Compare(d.Event, o.Event), cmp.Compare(d.Seq, o.Seq),
		cmp.Compare(d.Vendor, o.Vendor), cmp.Compare(d.Endpoint, o.Endpoint)) < 0
}

// Same tells whether two deliveries are the same event on its way to the same endpoint.
func (d Delivery) Same(o Delivery) bool {
	return d.Event == o.Event && d.Seq == o.Seq && d.Vendor == o.Vendor && d.Endpoint == o.Endpoint
}
