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
	Error    string    // of the last attempt, for the vendor
	// Sequence is the number of the event at its endpoint, in the order of the journal; 0 is that of deliveries which
	// were made before there were such numbers.
	Sequence uint64
	Buyer    ledger.UserID // 0: the event is about no buyer
	Held     bool          // waits for an earlier event of its buyer
	Again    bool          // asked for once more by its vendor: in no order
}

// Waits returns whether a delivery is neither done nor parked.
func (d Delivery) Waits() bool { return d.Done.IsZero() && !d.Failed }

// Ordered returns whether a delivery keeps its place among those of its buyer.
func (d Delivery) Ordered() bool { return d.Sequence > 0 && !d.Again }

// deliveryKey begins with the event, so that old deliveries are found and swept in the order of the journal.
func deliveryKey(d Delivery) []byte { return key(tDelivery, d.Event, d.Seq, d.Vendor, d.Endpoint) }

// PutDelivery writes a delivery and its places in the queue and among the vendor's.
func (t Tx) PutDelivery(d Delivery) error {
	return putIndexed(t, deliveryKey(d), deliveries, d, deliveryIndexes)
}

// FirstOfBuyer reads the oldest event that an endpoint has still to get about a buyer: the one that may be sent.
func (r Reader) FirstOfBuyer(v ledger.VendorID, endpoint uint64, u ledger.UserID) (d Delivery, found bool, err error) {
	k := key(tBuyerDelivery, v, endpoint, u)
	all, err := scan(r, k, after(k), false, 1, deref(r, deliveries))
	if err != nil || len(all) == 0 {
		return d, false, err
	}
	return all[0], true, nil
}

// WaitingAt reads deliveries that an endpoint has still to get, in the order of buyers, at most limit of them.
func (r Reader) WaitingAt(v ledger.VendorID, endpoint uint64, limit int) ([]Delivery, error) {
	k := key(tBuyerDelivery, v, endpoint)
	return scan(r, k, after(k), false, limit, deref(r, deliveries))
}

// DeliveriesOf reads the deliveries of one event entry for a vendor.
func (r Reader) DeliveriesOf(v ledger.VendorID, event ledger.EntryNo) ([]Delivery, error) {
	k := key(tVendorDelivery, v, event)
	return scan(r, k, after(k), false, 0, deref(r, deliveries))
}

// Health is how an endpoint takes its events.
type Health struct {
	Vendor   ledger.VendorID
	Endpoint uint64
	Sequence uint64         // how many events it was given so far
	Success  time.Time      // the last one
	Failing  time.Time      // since when nothing has succeeded; zero while it takes events
	Event    ledger.EntryNo // the event that failed first since then
	Others   bool           // whether other events have failed since then, too
	Failed   time.Time      // the last failure, with what came back
	Status   uint32
	Error    string
	Next     time.Time // when what failed last is tried again
}

func healthKey(h Health) []byte { return key(tHealth, h.Vendor, h.Endpoint) }

// Health reads how an endpoint takes its events; one that was never tried has an empty one.
func (r Reader) Health(v ledger.VendorID, endpoint uint64) (Health, error) {
	h, _, err := load(r, healthKey(Health{Vendor: v, Endpoint: endpoint}), healths)
	h.Vendor, h.Endpoint = v, endpoint
	return h, err
}

// PutHealth writes how an endpoint takes its events.
func (t Tx) PutHealth(h Health) error { return put(t, healthKey(h), healths, h) }

// DropHealth deletes it, with its endpoint.
func (t Tx) DropHealth(v ledger.VendorID, endpoint uint64) error {
	return t.tx.Delete(healthKey(Health{Vendor: v, Endpoint: endpoint}))
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
