package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// CheckGrant tells whether a grant opens now, and why not. It counts no view. It refuses with ErrNotFound one of
// another vendor.
func (v *Seller) CheckGrant(ctx context.Context, no ledger.EntryNo) (shown view.GrantCheck, err error) {
	at := v.s.clock()
	err = v.view(ctx, func(r books.Reader) error {
		sold, err := v.sale(r, no, "grant")
		if err != nil {
			return err
		}
		e, p, names := sold.entry, sold.purchase, v.s.seal
		shown = view.GrantCheck{
			ID: names.Grant(no), ChargeID: names.Charge(no), Status: string(ledger.GrantStatus(e.Sale, p, at)),
			Why: ledger.WhyNot(e.Sale, p, at), Until: view.Maybe(ledger.GrantEnds(e.Sale, p)),
			Resource: e.Sale.ContentURL, Wallet: names.Pseudonym(e.User, e.Vendor),
		}
		shown.Active = shown.Why == ""
		if most := e.Sale.Grant.Bounds.Views; most > 0 {
			left := most - min(most, p.Grant.Used)
			shown.ViewsLeft = &left
		}
		if p.Grant.Revoked.IsZero() {
			return nil
		}
		ended, err := v.revocation(r, p)
		shown.Revoked, shown.By, shown.Reason = &ended.Revoked, ended.By, ended.Reason
		return err
	})
	return shown, err
}

// Revoke ends a grant before its time, with a reason for its buyer. Nothing goes back by that: a refund does it, or a
// dispute, which the buyer may open as before. A grant that was revoked before is returned as it stands. It refuses
// with ErrNotFound one of another vendor, with ErrInvalid, with ErrState one of a charge that was never captured, and
// with ErrGrantOver one that has ended by itself.
func (v *Seller) Revoke(
	ctx context.Context, q Request, no ledger.EntryNo, reason string,
) (view.VendorGrant, bool, error) {
	at := v.s.clock()
	var user ledger.UserID
	_, replayed, err := v.idempotent(ctx, q, at, func(tx books.Tx) (kind string, ref []byte, err error) {
		user, err = v.revoke(tx, no, reason, at)
		return "revoked", entryRef(no), err
	})
	if err != nil {
		return view.VendorGrant{}, false, err
	}
	if user != 0 {
		v.s.notifier.wake(topicUser(user))
		v.s.webhooks.Wake()
	}
	shown, err := v.Grant(ctx, no)
	return shown, replayed, err
}

// revoke is Revoke inside its transaction. It returns whose grant has ended, 0 if it had ended before.
func (v *Seller) revoke(tx books.Tx, no ledger.EntryNo, reason string, at time.Time) (ledger.UserID, error) {
	f, err := v.saleFacts(tx, no, "grant")
	if err != nil {
		return 0, err
	}
	out, err := ledger.DecideRevoke(ledger.RevokeRequest{Reason: reason, Actor: v.actor()}, f, at)
	if err != nil || out.Again {
		return 0, err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return 0, err
	}
	return f.Sold.User, tx.PutPurchase(out.Purchase)
}

// RevocationsQuery asks for grants that ended before their time.
type RevocationsQuery struct {
	view.Paging
	Since time.Time // revoked at this time or later; zero: all
}

// Revocations lists the vendor's grants that were revoked, the oldest first: by the vendor, or because all of the price
// went back. What it costs does not depend on how many there were before. It refuses with ErrInvalid an unknown cursor.
func (v *Seller) Revocations(ctx context.Context, q RevocationsQuery) (page view.Page[view.Revocation], err error) {
	before, err := history.OpenCursor(v.s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = v.view(ctx, func(r books.Reader) error {
		var last ledger.Purchase
		if before != 0 {
			sold, err := v.sale(r, ledger.EntryNo(before), "grant")
			if err != nil || sold.purchase.Grant.Vendor != v.ID {
				return history.RefuseCursor()
			}
			last = sold.purchase
		}
		found, err := r.Revoked(v.ID, q.Since, last, q.Rows()+1)
		if err != nil {
			return err
		}
		page, err = pageOfEach(
			v.s.seal, found, q.Rows(), func(p ledger.Purchase) (view.Revocation, error) { return v.revocation(r, p) },
			func(p ledger.Purchase) uint64 { return uint64(p.No) },
		)
		return err
	})
	return page, err
}

// revocation shows what has ended a grant: the entry that did, or, where an earlier program did not keep it, what gave
// all of the price back.
func (v *Seller) revocation(r books.Reader, p ledger.Purchase) (view.Revocation, error) {
	names := v.s.seal
	out := view.Revocation{
		ID: names.Grant(p.No), ChargeID: names.Charge(p.No), Revoked: view.At(p.Grant.Revoked), By: "refund",
	}
	if p.Grant.By == 0 {
		d, found, err := r.Dispute(p.Dispute)
		if found && d.GivenBack() > 0 {
			out.By, out.Reason = "dispute", d.Reason
		}
		return out, err
	}
	e, found, err := r.Entry(p.Grant.By)
	if err != nil || !found {
		return out, err
	}
	switch out.Reason = e.Reason; {
	case e.Kind == ledger.KindRevoked:
		out.By = "vendor"
	case e.Dispute != nil:
		out.By, out.Reason = "dispute", e.Dispute.Reason
	}
	return out, nil
}
