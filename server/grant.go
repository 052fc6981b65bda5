package server

import (
	"context"
	"strconv"
	"time"

	"tuppence/server/seal"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Use is one use of a grant: n views, counted once per request id.
type Use struct {
	Grant ledger.EntryNo // the entry of the sale
	N     uint32         // views, 0: one
	// RequestID makes a repetition count once, for as long as the grant lives.
	RequestID string
}

// useOwner is whose keys the request ids of a grant are.
func useOwner(grant ledger.EntryNo) string { return "g/" + strconv.FormatUint(uint64(grant), 10) }

// usesKept is for how long uses of a grant without an end in time are remembered: about as long as a time.Duration can
// say, which is longer than any vendor repeats a request.
const usesKept = 290 * 365 * 24 * time.Hour

// counted tells whether a use of a grant was counted before. It refuses with ErrKeyReused another number of views under
// the same request id.
func counted(r books.Reader, q Use) (bool, error) {
	had, found, err := r.Idempotency(useOwner(q.Grant), q.RequestID)
	if err == nil && found && had.Fingerprint != q.fingerprint() {
		return true, ledger.RefuseUseReused()
	}
	return found, err
}

// remember writes that a use was counted. The record stays until the grant has ended, and then as long as any other.
func (q Use) remember(tx books.Tx, e ledger.Entry, sold *ledger.Sale, p ledger.Purchase) error {
	keep := ledger.GrantEnds(sold, p)
	if keep.IsZero() {
		keep = e.At.Add(usesKept)
	}
	return tx.PutIdempotency(useOwner(q.Grant), q.RequestID, books.IdempotencyRecord{
		Fingerprint: q.fingerprint(), Kind: "consume", Ref: entryRef(e.No), At: keep,
	})
}

// fingerprint is the hash of what a use asks for.
func (q Use) fingerprint() [32]byte { return fingerprint(strconv.FormatUint(uint64(q.N), 10)) }

// Consume counts views of what was sold (claim 44). It refuses with ErrGrantOver, naming the bound. A request id that
// was counted before returns the grant as it stands, and so does an idempotency key. It refuses with ErrNotFound a
// grant of another vendor, and with ErrRate more than a vendor may count in a day: see [Bounds].
func (v *Seller) Consume(ctx context.Context, q Request, use Use) (view.VendorGrant, bool, error) {
	use.N = max(use.N, 1)
	at := v.s.clock()
	if err := spend(v.s.budgets.views, v.client(), "uses of grants", at); err != nil {
		return view.VendorGrant{}, false, err
	}
	var user ledger.UserID
	_, replayed, err := v.perhaps(ctx, q, at, func(tx books.Tx) (kind string, ref []byte, err error) {
		user, err = v.consume(tx, use, at)
		return "consumed", entryRef(use.Grant), err
	})
	if err != nil {
		return view.VendorGrant{}, false, err
	}
	if user != 0 {
		v.s.notifier.wake(topicUser(user))
		v.s.webhooks.Wake()
	}
	shown, err := v.Grant(ctx, use.Grant)
	return shown, replayed, err
}

// consume is Consume inside its transaction. It returns whose grant was used, 0 if this use was counted before.
func (v *Seller) consume(tx books.Tx, use Use, at time.Time) (ledger.UserID, error) {
	f, err := v.saleFacts(tx, use.Grant, "grant")
	if err != nil {
		return 0, err
	}
	if again, err := counted(tx.Reader, use); err != nil || again {
		return 0, err
	}
	out, err := ledger.Consume(ledger.ConsumeRequest{N: use.N, RequestID: use.RequestID, Actor: v.actor()}, f, at)
	if err != nil || out.Again {
		return 0, err
	}
	rec, err := tx.Append(out.Entry)
	if err != nil {
		return 0, err
	}
	if err := use.remember(tx, rec.Entry, f.Sold.Sale, out.Purchase); err != nil {
		return 0, err
	}
	return f.Sold.User, tx.PutPurchase(out.Purchase)
}

// Grant reads the right that a sale gave. It refuses with ErrNotFound one of another vendor.
func (v *Seller) Grant(ctx context.Context, no ledger.EntryNo) (shown view.VendorGrant, err error) {
	at := v.s.clock()
	err = v.view(ctx, func(r books.Reader) error {
		me, err := v.record(r)
		if err != nil {
			return err
		}
		sold, err := v.sale(r, no, "grant")
		if err == nil {
			shown = v.grantView(me, sold.entry, sold.purchase, at)
		}
		return err
	})
	return shown, err
}

// grantView shows a grant to its vendor, with what the token of an active one needs. The token itself is signed where
// it is sent.
func (v *Seller) grantView(me ledger.Vendor, sold ledger.Entry, p ledger.Purchase, at time.Time) view.VendorGrant {
	names, terms := v.s.seal, sold.Sale.Grant
	return view.VendorGrant{
		ID: names.Grant(sold.No), ChargeID: names.Charge(sold.No), Status: string(ledger.GrantStatus(sold.Sale, p, at)),
		ViewsTotal: terms.Bounds.Views, ViewsUsed: p.Grant.Used, Hours: terms.Bounds.Hours,
		From: view.At(terms.From), Until: view.Maybe(ledger.GrantEnds(sold.Sale, p)), Resource: sold.Sale.ContentURL,
		Wallet: names.Pseudonym(sold.User, sold.Vendor), TxnID: names.TxnOf(sold), Sites: verifiedSites(me),
	}
}

// GrantClaims are what the token says of a grant.
func GrantClaims(issuer string, g view.VendorGrant, now time.Time) seal.GrantClaims {
	out := seal.Granted{
		Issuer: issuer, Wallet: g.Wallet, Sites: g.Sites, ID: g.ID, Txn: g.TxnID, Resource: g.Resource,
		Views: g.ViewsTotal, Used: g.ViewsUsed,
	}
	if g.Until != nil {
		out.Until = g.Until.Time
	}
	return out.Claims(now)
}
