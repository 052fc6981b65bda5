package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A vendor may let money wait while it delivers: the buyer has it no more, and the vendor does not have it yet. It
// takes what it has delivered, or gives all of it back; after seven days it goes back by itself.

// CaptureOrder takes what waits for a vendor.
type CaptureOrder struct {
	Charge ledger.EntryNo
	// Amount is in the currency of the sale; the rest goes back to the buyer. Without a currency all of it is taken.
	Amount ledger.Amount
}

// Capture takes held money, at most what is held, and gives the rest back in the same entry. A repetition with the same
// key returns the first answer.
//
// It refuses with ErrNotFound a sale of another vendor, with ErrInvalid an amount out of bounds or in another currency,
// with ErrState what is not held any more, and with ErrNotAllowed a vendor that is suspended: what waits for it goes
// back.
func (v *Seller) Capture(ctx context.Context, q Request, o CaptureOrder) (view.Charge, bool, error) {
	if o.Amount.Currency != "" && o.Amount.Micros <= 0 {
		return view.Charge{}, false, ledger.Invalid(
			"amount", "Leave it out to take all of it, or void the charge.", "The amount has to be more than zero.",
		)
	}
	return v.endHold(ctx, q, o.Charge, "capture", func(
		tx books.Tx, f ledger.SaleFacts, at time.Time,
	) (out ledger.SaleOutcome, err error) {
		if c := f.Sold.Amount.Currency; o.Amount.Currency != "" && o.Amount.Currency != c {
			return out, ledger.Invalid("amount", "Take it in the currency of the sale.", "The sale is in %s.", c)
		}
		me, err := v.record(tx.Reader)
		if err != nil {
			return out, err
		}
		if me.Status != ledger.VendorActive {
			return out, ledger.RefuseSuspended()
		}
		return ledger.DecideCapture(ledger.CaptureRequest{Amount: o.Amount.Micros, Actor: v.actor()}, f, at)
	})
}

// Void gives held money back to the buyer. A repetition with the same key returns the first answer. It refuses with
// ErrNotFound a sale of another vendor, and with ErrState what is not held any more.
func (v *Seller) Void(ctx context.Context, q Request, charge ledger.EntryNo) (view.Charge, bool, error) {
	return v.endHold(ctx, q, charge, "void", func(
		_ books.Tx, f ledger.SaleFacts, at time.Time,
	) (ledger.SaleOutcome, error) {
		return ledger.DecideVoid(ledger.VoidRequest{Actor: v.actor()}, f, at)
	})
}

// endHold ends a hold of the vendor as decide says, once for a key.
func (v *Seller) endHold(
	ctx context.Context, q Request, charge ledger.EntryNo, what string,
	decide func(books.Tx, ledger.SaleFacts, time.Time) (ledger.SaleOutcome, error),
) (shown view.Charge, replayed bool, err error) {
	at := v.s.clock()
	var user ledger.UserID
	_, replayed, err = v.idempotent(ctx, q, at, func(tx books.Tx) (string, []byte, error) {
		f, err := v.saleFacts(tx, charge, "charge")
		if err != nil {
			return "", nil, err
		}
		if gets(f.Sold) {
			return "", nil, ledger.Refuse(ledger.ErrState, "Hand out the content.", "The buyer pays when the content has come.")
		}
		out, err := decide(tx, f, at)
		if err != nil {
			return "", nil, err
		}
		user = f.Sold.User
		return what, entryRef(charge), released(tx, out)
	})
	if err != nil {
		return shown, false, err
	}
	if !replayed {
		v.s.notifier.wake(topicUser(user))
		v.s.webhooks.Wake()
	}
	err = v.s.view(ctx, func(r books.Reader) error { // it is done, so it is shown, whatever the vendor has read
		sold, err := v.sale(r, charge, "charge")
		if err == nil {
			shown = v.chargeView(sold.entry, sold.purchase)
		}
		return err
	})
	return shown, replayed, err
}

// released writes the end of a hold: the entry moves the money, and the counters of wallet and link go with it.
func released(tx books.Tx, out ledger.SaleOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if err := tx.PutWallet(out.Wallet); err != nil {
		return err
	}
	if err := countReward(tx, out.Entry.User, out.Brought); err != nil {
		return err
	}
	if out.Agent != nil {
		if err := tx.RecountAgent(*out.Agent); err != nil {
			return err
		}
	}
	if out.Link != nil {
		if err := tx.RecountLink(*out.Link); err != nil {
			return err
		}
	}
	return tx.PutPurchase(out.Purchase)
}

// sweepHolds gives back what its vendor has not taken in time.
func (s *Server) sweepHolds(ctx context.Context, at time.Time) error {
	due := func(r books.Reader, behind ledger.Purchase, limit int) ([]ledger.Purchase, error) {
		return r.DueHolds(behind, at, limit)
	}
	return eachDue(ctx, s, due, func(p ledger.Purchase) error {
		var user ledger.UserID
		err := s.update(ctx, func(tx books.Tx) error {
			f, err := saleFacts(tx, p.No)
			if err != nil || f.Purchase.State != ledger.PurchaseHeld { // the vendor was faster
				return err
			}
			out, err := ledger.DecideVoid(ledger.VoidRequest{Expired: true, Actor: systemActor}, f, at)
			if err != nil {
				return err
			}
			user = f.Sold.User
			return released(tx, out)
		})
		if err == nil && user != 0 {
			s.notifier.wake(topicUser(user))
			s.webhooks.Wake()
		}
		return err
	})
}
