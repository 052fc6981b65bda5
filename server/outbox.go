package server

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// The journal is the outbox: the dispatcher follows it with a cursor and writes one delivery per event and endpoint in
// the commit that moves the cursor. So a sale costs no row for its event, and a crash repeats an event with the same id
// rather than losing it.
const outboxCursor = "outbox"

const (
	outboxStride = 500 // entries read at once
	// outboxWrites is how many deliveries are enough for one commit. Each is three rows, and the last entry of a commit may
	// have some dozens more: all of it has to fit a transaction of the store.
	outboxWrites = 1000
)

// makeDeliveries turns all new entries into deliveries.
func (s *Server) makeDeliveries(ctx context.Context, now time.Time) error {
	for more := true; more; {
		var err error
		if more, err = s.fillOutbox(ctx, now); err != nil {
			return err
		}
	}
	return nil
}

// deliveryLog is how long it is known how a delivery went. By then it has long arrived or been given up.
const deliveryLog = 30 * 24 * time.Hour

// sweepDeliveries forgets old deliveries. The events themselves stay in the journal.
func (s *Server) sweepDeliveries(ctx context.Context, now time.Time) error {
	var old []books.Delivery
	err := s.view(ctx, func(r books.Reader) (err error) {
		old, err = r.OldDeliveries(now.Add(-deliveryLog), outboxWrites)
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	return s.update(ctx, func(tx books.Tx) error {
		for _, d := range old {
			if err := tx.DropDelivery(d); err != nil {
				return err
			}
		}
		return nil
	})
}

// fillOutbox reads the next entries and writes their deliveries; more says that there may be further ones. Entries that
// nobody wants to hear of are read once: the stored cursor lags behind them by less than a stride.
func (s *Server) fillOutbox(ctx context.Context, now time.Time) (more bool, err error) {
	var cursor, to ledger.EntryNo
	var made []books.Delivery
	err = s.view(ctx, func(r books.Reader) error {
		made, more = nil, false
		raw, _, err := r.Meta(outboxCursor)
		if err != nil {
			return err
		}
		cursor = refEntry(raw)
		from := max(cursor, ledger.EntryNo(s.quiet.Load()))
		to = from
		vendors := vendorNames{r: r}
		for rec, err := range r.Journal(from, outboxStride) {
			if err != nil {
				return err
			}
			to, more = rec.No, rec.No-from == outboxStride
			if rec.Vendor == 0 {
				continue
			}
			v, err := vendors.get(rec.Vendor)
			if err != nil {
				return err
			}
			for _, h := range v.Hooks {
				made = append(made, deliveries(rec, h, now)...)
			}
			if len(made) >= outboxWrites {
				more = true
				break
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return false, err
	case len(made) == 0:
		s.quiet.Store(uint64(to))
		if to-cursor < outboxStride {
			return false, nil
		}
	}
	err = s.update(ctx, func(tx books.Tx) error {
		raw, _, err := tx.Meta(outboxCursor)
		if err != nil || refEntry(raw) != cursor {
			return err
		}
		for _, d := range made {
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		return tx.PutMeta(outboxCursor, binary.BigEndian.AppendUint64(nil, uint64(to)))
	})
	return more, err
}

// deliveries are the events of one entry for one endpoint.
func deliveries(rec books.Record, h ledger.Endpoint, now time.Time) (all []books.Delivery) {
	if !h.Disabled.IsZero() || rec.At.Before(h.Created) {
		return nil
	}
	for i, event := range eventsOf(rec.Entry) {
		if len(h.Events) == 0 || slices.Contains(h.Events, event) {
			all = append(all, books.Delivery{Event: rec.No, Seq: uint16(i), Endpoint: h.Number, Vendor: rec.Vendor, Type: event, Created: now, Due: now})
		}
	}
	return all
}

// eventsOf says which events an entry is for its vendor.
func eventsOf(e ledger.Entry) []string {
	switch e.Kind {
	case ledger.KindPurchase:
		if e.Sale != nil && e.Sale.Checkout != (ledger.CheckoutID{}) {
			return []string{"charge.succeeded", "checkout.completed"}
		}
		return []string{"charge.succeeded"}
	case ledger.KindCapture:
		return []string{"charge.succeeded"}
	case ledger.KindRefund:
		return []string{"charge.refunded"}
	case ledger.KindDispute:
		if e.Dispute != nil && e.Dispute.State == ledger.DisputeAutoResolved {
			return []string{"dispute.opened", "dispute.closed", "charge.refunded"}
		}
		return []string{"dispute.opened"}
	case ledger.KindDisputeDecided:
		if e.Dispute != nil && e.Dispute.State == ledger.DisputeWon {
			return []string{"dispute.closed", "charge.refunded"}
		}
		return []string{"dispute.closed"}
	case ledger.KindConsumed:
		if e.Change != nil && e.Change.New == string(ledger.GrantExhausted) {
			return []string{"grant.exhausted"}
		}
	case ledger.KindLink:
		return []string{"link.created"}
	case ledger.KindUnlink:
		return []string{"link.revoked"}
	}
	return nil
}

// eventID names an event; further events of one entry have a number behind the name.
func (s *Server) eventID(d books.Delivery) string {
	id := s.seal.Event(d.Event)
	if d.Seq > 0 {
		id += "." + strconv.FormatUint(uint64(d.Seq), 10)
	}
	return id
}

// eventData has the key fields of an event: enough to look it up, nothing about a person.
func (s *Server) eventData(r books.Reader, event string, rec books.Record) (map[string]any, error) {
	data := map[string]any{"wallet": s.seal.Pseudonym(rec.User, rec.Vendor)}
	if rec.Amount.Currency != "" {
		data["amount"] = map[string]string{"amount": rec.Amount.Number(), "currency": string(rec.Amount.Currency)}
	}
	object, _, _ := strings.Cut(event, ".")
	switch object {
	case "checkout":
		data["id"] = s.seal.Checkout(rec.Sale.Checkout)
		data["charge_id"] = s.seal.Charge(rec.No)
	case "dispute":
		data["id"] = s.seal.Dispute(rec.Dispute.No)
		data["charge_id"], data["stage"], data["reason"] = s.seal.Charge(rec.Dispute.Purchase), string(rec.Dispute.State), rec.Dispute.Reason
	case "link":
		data["currency"] = string(rec.Change.Currency)
		l, err := linkOf(r, rec.User, rec.Vendor, rec.Change.Currency)
		if err != nil {
			return nil, err
		}
		if l != nil {
			data["id"] = s.seal.Link(l.ID)
		}
	case "grant":
		data["id"], data["charge_id"] = s.seal.Grant(rec.Cause), s.seal.Charge(rec.Cause)
	default: // charge
		no := rec.No
		switch {
		case rec.Dispute != nil:
			no = rec.Dispute.Purchase
		case rec.Kind == ledger.KindRefund:
			no = rec.Cause
			data["refund_id"] = s.seal.Refund(rec.No)
		case rec.Kind == ledger.KindCapture:
			no = rec.Cause
		}
		data["id"] = s.seal.Charge(no)
		if rec.Sale != nil && rec.Sale.ClientRef != "" {
			data["client_reference_id"] = rec.Sale.ClientRef
		}
	}
	return data, nil
}
