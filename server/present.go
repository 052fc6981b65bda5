package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A vendor that was shown an attestation asks here whether it is good for what it sells now, and takes the money once
// it has delivered. What the buyer agreed to is in the sale; the attestation only leads to it. What is said of it in
// the request that brings it is the buyer's word, and compared with the sale.

// Presented is a payment as a program shows it to a vendor, and what the vendor asks for now.
type Presented struct {
	Attestation string
	Vendor      ledger.VendorID // who is to be paid
	Price       ledger.Amount
	Resource    ledger.Resource // its Until says nothing
	// Repeat says that what was paid may be delivered again for as long as the attestation may be shown.
	Repeat bool
}

// VerifyPayment tells whether a payment is good for what the vendor asks. It changes nothing.
func (v *Seller) VerifyPayment(ctx context.Context, p Presented) (out view.Verified, err error) {
	at := v.s.clock()
	opened := v.open(p)
	err = v.s.view(ctx, func(r books.Reader) error {
		sold, reason, err := v.presented(r, opened, at)
		if err != nil {
			return err
		}
		captured := sold.purchase.State != ledger.PurchaseHeld && sold.purchase.Captured > 0
		if reason == "" && captured && !p.Repeat {
			reason = ledger.ProofSettled
		}
		out = view.Verified{Valid: reason == "", Reason: reason, Payer: v.payer(sold)}
		return nil
	})
	return out, err
}

// SettlePayment takes money for a payment that was shown in time: all of it, or a part where the price was the most;
// nothing gives all of it back. The second time the same amount has the same answer, and moves nothing.
func (v *Seller) SettlePayment(ctx context.Context, p Presented, take int64) (out view.Settled, err error) {
	at := v.s.clock()
	opened := v.open(p)
	var user ledger.UserID
	err = v.update(ctx, func(tx books.Tx) error {
		user = 0
		sold, reason, err := v.presented(tx.Reader, opened, at)
		if err != nil {
			return err
		}
		if reason == "" || reason == ledger.ProofLate {
			reason = ""
			if sold.purchase.State == ledger.PurchaseHeld {
				if reason, err = v.settle(tx, sold, take, at); err == nil && reason == "" {
					user = sold.entry.User
					sold, _, err = saleOf(tx.Reader, sold.entry.No)
				}
			} else if take != sold.purchase.Captured {
				reason = ledger.ProofConflict
			}
		} else if take == 0 && (reason == ledger.ProofVoided || reason == ledger.ProofExpired) {
			reason = ""
		}
		if err != nil {
			return err
		}
		out = view.Settled{Success: reason == "", Reason: reason, Payer: v.payer(sold)}
		if reason == "" && sold.purchase.State == ledger.PurchaseHeld { // its time is over, and it goes back now
			sold.purchase.State = ledger.PurchaseExpired
		}
		if reason == "" {
			out.Charge, out.TxnID = v.s.seal.Charge(sold.entry.No), v.s.seal.TxnOf(sold.entry)
			out.Status, out.Taken = ledger.StateWord(sold.purchase.State), take
		}
		return nil
	})
	if err == nil && user != 0 {
		v.s.notifier.wake(topicUser(user))
		v.s.webhooks.Wake()
	}
	return out, err
}

// settle ends the hold of a sale.
func (v *Seller) settle(tx books.Tx, sold sale, take int64, at time.Time) (reason string, err error) {
	f, err := v.saleFacts(tx, sold.entry.No, "charge")
	if err != nil {
		return "", err
	}
	if take == 0 {
		out, err := ledger.DecideVoid(ledger.VoidRequest{Actor: v.actor()}, f, at)
		if err != nil {
			return "", err
		}
		return "", released(tx, out)
	}
	if take < 0 || take > f.Purchase.Held || !f.Sold.Sale.Resource.UpTo && take != f.Purchase.Held {
		return ledger.ProofAmount, nil
	}
	me, err := v.record(tx.Reader)
	if err != nil {
		return "", err
	}
	if me.Status != ledger.VendorActive {
		return ledger.ProofSuspended, nil
	}
	out, err := ledger.DecideCapture(ledger.CaptureRequest{Amount: take, Actor: v.actor()}, f, at)
	if err != nil {
		return "", err
	}
	return "", released(tx, out)
}

// shownPayment is a payment with what its attestation leads to.
type shownPayment struct {
	Presented
	sale ledger.EntryNo // 0: the attestation is none
	txn  string
}

// open reads an attestation. It is done before the books are asked: it takes longer than all that is asked of them, and
// nobody else sells meanwhile.
func (v *Seller) open(p Presented) shownPayment {
	out := shownPayment{Presented: p}
	claims, err := v.s.seal.OpenAttestation(p.Attestation)
	if err != nil {
		return out
	}
	if out.sale, err = v.s.seal.OpenCharge(claims.Charge); err != nil {
		out.sale = 0
	}
	out.txn = claims.ID
	return out
}

// presented finds the sale of a payment, and compares it with what is asked for now. The reason is "" if it is good.
func (v *Seller) presented(r books.Reader, p shownPayment, at time.Time) (sold sale, reason string, err error) {
	sold, found, err := saleOf(r, p.sale)
	if err != nil {
		return sold, "", err
	}
	if !found || sold.entry.Sale.Resource == nil || v.s.seal.TxnOf(sold.entry) != p.txn {
		return sale{}, ledger.ProofInvalid, nil
	}
	what := sold.entry.Sale.Resource
	switch {
	case sold.entry.Vendor != v.ID:
		return sale{}, ledger.ProofWrongPayee, nil // whose it is, is not told
	case p.Vendor != v.ID:
		return sold, ledger.ProofWrongPayee, nil
	case !what.Same(p.Resource) || sold.entry.Amount != p.Price:
		return sold, ledger.ProofTermsChanged, nil
	case !what.SameRequest(p.Resource):
		return sold, ledger.ProofRequestChanged, nil
	}
	switch state := sold.purchase.State; {
	case state == ledger.PurchaseVoided:
		reason = ledger.ProofVoided
	case state == ledger.PurchaseExpired, state == ledger.PurchaseHeld && !at.Before(sold.purchase.HoldUntil):
		reason = ledger.ProofExpired
	case !at.Before(what.Until):
		reason = ledger.ProofLate
	}
	return sold, reason, nil
}

// payer is what the vendor calls the buyer of a sale of its own, "" for another's.
func (v *Seller) payer(sold sale) string {
	if sold.entry.No == 0 || sold.entry.Vendor != v.ID {
		return ""
	}
	return v.s.seal.Pseudonym(sold.entry.User, sold.entry.Vendor)
}
