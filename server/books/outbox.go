package books

import (
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
	Status   uint32    // of the last answer, 0 if none came
	Error    string    // of the last attempt, for staff
}

func deliveryKey(d Delivery) []byte { return key(tDelivery, d.Event, d.Seq, d.Vendor, d.Endpoint) }

// PutDelivery writes a delivery and its places in the queue and among the vendor's.
func (t Tx) PutDelivery(d Delivery) error {
	return putIndexed(t, deliveryKey(d), deliveries, d, deliveryIndexes)
}

// DueDeliveries reads what must be sent now, the longest due first.
func (r Reader) DueDeliveries(now time.Time, limit int) ([]Delivery, error) {
	return scan(r, key(tDueDelivery), key(tDueDelivery, now.Add(time.Microsecond)), false, limit, pointed(r, deliveries))
}

// Deliveries reads the deliveries of a vendor for events before an entry (0: all), newest first.
func (r Reader) Deliveries(v ledger.VendorID, before ledger.EntryNo, limit int) ([]Delivery, error) {
	to := after(key(tVendorDelivery, v))
	if before > 0 {
		to = key(tVendorDelivery, v, before)
	}
	return scan(r, key(tVendorDelivery, v), to, true, limit, pointed(r, deliveries))
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

// DropDelivery forgets a delivery: the row and its indexes.
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
