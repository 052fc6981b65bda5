package server

import (
	"context"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// RefundOrder gives money of a sale back; zero micros mean all that is left.
type RefundOrder struct {
	Charge ledger.EntryNo
	Amount ledger.Amount
	Reason string
}

// Refund gives a sale back, whole or in part, at once.
func (v *Seller) Refund(ctx context.Context, q Request, o RefundOrder) (out books.Record, replayed bool, err error) {
	if o.Amount.Currency != "" && o.Amount.Micros <= 0 {
		return out, false, ledger.Invalid("amount", "Leave it out to give back all that is left.", "The amount has to be more than zero.")
	}
	at := v.s.clock()
	ref, replayed, err := v.s.once(ctx, v.request(q, at), func(tx books.Tx) (string, []byte, error) {
		if _, err := v.sale(tx.Reader, o.Charge); err != nil {
			return "", nil, err
		}
		f, err := saleFacts(tx, o.Charge)
		if err != nil {
			return "", nil, err
		}
		if o.Amount.Currency != "" && o.Amount.Currency != f.Sold.Amount.Currency {
			return "", nil, ledger.Invalid("amount", "Refund in the currency of the sale.", "The sale was in %s.", f.Sold.Amount.Currency)
		}
		done, err := ledger.DecideRefund(ledger.RefundRequest{Amount: o.Amount.Micros, Reason: o.Reason, Actor: v.actor()}, f, at)
		if err != nil {
			return "", nil, err
		}
		if out, err = tx.Append(done.Entry); err != nil {
			return "", nil, err
		}
		return "refund", entryRef(out.No), tx.PutPurchase(done.Purchase)
	})
	if err != nil {
		return out, false, err
	}
	if replayed {
		out, err = v.RefundMade(ctx, refEntry(ref))
		return out, true, err
	}
	v.s.hub.wake(topicUser(out.User))
	v.s.soon()
	return out, false, nil
}

// RefundMade reads one of the vendor's refunds.
func (v *Seller) RefundMade(ctx context.Context, no ledger.EntryNo) (rec books.Record, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		var found bool
		rec, found, err = r.Entry(no)
		if err == nil && (!found || rec.Vendor != v.ID || rec.Kind != ledger.KindRefund) {
			err = ledger.RefuseNotFound("refund")
		}
		return err
	})
	return rec, err
}

// DisputeOf reads a dispute about one of the vendor's sales.
func (v *Seller) DisputeOf(ctx context.Context, no ledger.EntryNo) (d ledger.Dispute, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		var found bool
		d, found, err = r.Dispute(no)
		if err == nil && (!found || d.Vendor != v.ID) {
			err = ledger.RefuseNotFound("dispute")
		}
		return err
	})
	return d, err
}

// Disputes lists the disputes about the vendor's sales, newest first, older than before (0: all).
func (v *Seller) Disputes(ctx context.Context, before ledger.EntryNo, limit int) (all []ledger.Dispute, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		all, err = r.VendorDisputes(v.ID, before, limit)
		return err
	})
	return all, err
}
