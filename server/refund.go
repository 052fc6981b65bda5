package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// RefundOrder gives money of a sale back.
type RefundOrder struct {
	Charge ledger.EntryNo
	// Amount is in the currency of the sale. Without a currency all that is left goes back; zero of one is refused, for
	// it is a mistake of the caller.
	Amount ledger.Amount
	Reason string // one of [ledger.RefundReasons]
}

// Refund gives a sale back, whole or in part, at once. A repetition with the same key returns the first refund.
//
// It refuses with ErrNotFound a sale of another vendor, with ErrInvalid more than is left, another currency or an
// unknown reason, and with ErrState what is in dispute.
func (v *Seller) Refund(
	ctx context.Context, q Request, o RefundOrder,
) (shown view.Refund, replayed bool, err error) {
	if o.Amount.Currency != "" && o.Amount.Micros <= 0 {
		return shown, false, ledger.Invalid(
			"amount", "Leave it out to give back all that is left.", "The amount has to be more than zero.",
		)
	}
	at := v.s.clock()
	var user ledger.UserID
	ref, replayed, err := v.idempotent(ctx, q, at, func(tx books.Tx) (string, []byte, error) {
		made, err := v.refund(tx, o, at)
		if err != nil {
			return "", nil, err
		}
		user, shown = made.User, v.refundView(made)
		return "refund", entryRef(made.No), nil
	})
	// A repetition reads the refund from the books: what the first call returned is gone with that call.
	switch {
	case err != nil:
		return view.Refund{}, false, err
	case replayed:
		shown, err = v.RefundMade(ctx, refEntry(ref))
		return shown, true, err
	}
	v.s.notifier.wake(topicUser(user))
	v.s.webhooks.Wake()
	return shown, false, nil
}

// refund is a refund inside its transaction.
func (v *Seller) refund(tx books.Tx, o RefundOrder, at time.Time) (ledger.Entry, error) {
	f, err := v.saleFacts(tx, o.Charge, "charge")
	if err != nil {
		return ledger.Entry{}, err
	}
	if c := f.Sold.Amount.Currency; o.Amount.Currency != "" && o.Amount.Currency != c {
		return ledger.Entry{}, ledger.Invalid("amount", "Refund in the currency of the sale.", "The sale was in %s.", c)
	}
	out, err := ledger.DecideRefund(
		ledger.RefundRequest{Amount: o.Amount.Micros, Reason: o.Reason, Actor: v.actor()}, f, at,
	)
	if err != nil {
		return ledger.Entry{}, err
	}
	// The entry gives the money back and, if all of it goes, ends the grant with the purchase.
	rec, err := tx.Append(out.Entry)
	if err != nil {
		return ledger.Entry{}, err
	}
	return rec.Entry, tx.PutPurchase(out.Purchase)
}

// RefundMade reads one of the vendor's refunds. It refuses with ErrNotFound what is no refund of this vendor.
func (v *Seller) RefundMade(ctx context.Context, no ledger.EntryNo) (shown view.Refund, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		rec, found, err := r.Entry(no)
		if err == nil && (!found || rec.Vendor != v.ID || rec.GivenBack().Micros == 0) {
			err = ledger.RefuseNotFound("refund")
		}
		shown = v.refundView(rec.Entry)
		return err
	})
	return shown, err
}

// RefundsQuery filters refunds. A zero field filters nothing.
type RefundsQuery struct {
	EntriesQuery
	Charge ledger.EntryNo
}

// Refunds lists what the vendor gave back, newest first. It refuses with ErrInvalid an unknown cursor.
func (v *Seller) Refunds(ctx context.Context, q RefundsQuery) (page view.Page[view.Refund], err error) {
	return entriesOf(ctx, v, q.EntriesQuery, func(_ books.Reader, rec books.Record) (view.Refund, bool, error) {
		return v.refundView(rec.Entry), rec.GivenBack().Micros > 0 && (q.Charge == 0 || rec.Cause == q.Charge), nil
	})
}

// refundView shows a refund to its vendor, also one that came of a dispute. A refund is done when its entry is written,
// so it has no other state.
func (v *Seller) refundView(e ledger.Entry) view.Refund {
	out := view.Refund{
		ID: v.s.seal.Refund(e.No), ChargeID: v.s.seal.Charge(e.Cause), Status: "succeeded", Amount: e.GivenBack(),
		Reason: e.Reason, Created: view.At(e.At),
	}
	if e.Dispute != nil {
		out.Reason, out.DisputeID = e.Dispute.Reason, v.s.seal.Dispute(e.Dispute.No)
	}
	return out
}
