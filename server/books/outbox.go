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

func dueKey(d Delivery) []byte {
	if d.Event == 0 || !d.Done.IsZero() || d.Failed {
		return nil
	}
	return key(tDueDelivery, d.Due, d.Event, d.Seq, d.Vendor, d.Endpoint)
}

// PutDelivery writes a delivery and its place in the queue.
func (t Tx) PutDelivery(d Delivery) error {
	k := deliveryKey(d)
	old, _, err := load[Delivery](t.Reader, k)
	if err != nil {
		return err
	}
	if err := t.index(dueKey(old), dueKey(d), k); err != nil {
		return err
	}
	if err := t.tx.Set(key(tVendorDelivery, d.Vendor, d.Event, d.Seq, d.Endpoint), k); err != nil {
		return err
	}
	return t.put(k, d)
}

// Delivery reads one delivery.
func (r Reader) Delivery(event ledger.EntryNo, seq uint16, v ledger.VendorID, endpoint uint64) (Delivery, bool, error) {
	return load[Delivery](r, deliveryKey(Delivery{Event: event, Seq: seq, Vendor: v, Endpoint: endpoint}))
}

// DueDeliveries reads what must be sent now, the longest due first.
func (r Reader) DueDeliveries(now time.Time, limit int) ([]Delivery, error) {
	return scan(r, key(tDueDelivery), key(tDueDelivery, now.Add(time.Microsecond)), false, limit, pointed[Delivery](r))
}

// Deliveries reads the deliveries of a vendor for events before an entry (0: all), newest first.
func (r Reader) Deliveries(v ledger.VendorID, before ledger.EntryNo, limit int) ([]Delivery, error) {
	to := after(key(tVendorDelivery, v))
	if before > 0 {
		to = key(tVendorDelivery, v, before)
	}
	return scan(r, key(tVendorDelivery, v), to, true, limit, pointed[Delivery](r))
}
