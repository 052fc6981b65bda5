package server

import (
	"context"
	"net/url"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/server/webhook"
)

// A vendor manages its sites itself (claim 28): it adds one, puts what it is told into a file of the site or into the
// DNS, and asks for a look. A site counts from then on. Only that the vendor writes to the site is proved by that, and
// only that is needed: a browser is sent there.

// proofs is how many looks for a proof a vendor may ask for in a day, proofs at once: each calls another machine.
const proofs = 100

// originStep lets a rule decide about a site of the vendor, and writes what follows.
func (v *Seller) originStep(
	tx books.Tx, at time.Time, decide func(ledger.OriginFacts) (ledger.OriginOutcome, error),
) (ledger.Vendor, error) {
	me, err := v.record(tx.Reader)
	if err != nil {
		return me, err
	}
	f := ledger.OriginFacts{Vendor: me, Actor: v.actor()}
	if f.No, err = tx.Next(); err != nil {
		return me, err
	}
	out, err := decide(f)
	if err != nil {
		return me, err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return me, err
	}
	return out.Vendor, tx.PutVendor(out.Vendor)
}

// AddOrigin notes a site of the vendor, and says what proves it. It refuses as [ledger.AddOrigin] does. A repetition
// with the same key returns the first answer.
func (v *Seller) AddOrigin(ctx context.Context, q Request, raw string) (view.OriginProof, bool, error) {
	if q.Key == "" {
		return view.OriginProof{}, false, ledger.RefuseKeyMissing()
	}
	if err := v.takeRequest(); err != nil {
		return view.OriginProof{}, false, err
	}
	at := v.s.clock()
	return once(ctx, v, q, "origin", func(tx books.Tx) (shown view.OriginProof, err error) {
		me, err := v.originStep(tx, at, func(f ledger.OriginFacts) (ledger.OriginOutcome, error) {
			return ledger.AddOrigin(raw, f, at)
		})
		if err != nil {
			return shown, err
		}
		return v.proof(me.Origins[len(me.Origins)-1]), nil
	})
}

// VerifyOrigin looks for the proof at a site of the vendor: in its file, or in the DNS. It refuses with ErrNotFound a
// site that is not on the list, with ErrOrigin where there is no proof, with what was found, and with ErrRate.
func (v *Seller) VerifyOrigin(
	ctx context.Context, q Request, raw string,
) (out view.OriginProof, again bool, err error) {
	origin, err := ledger.CheckOrigin(raw)
	if err != nil {
		return out, false, err
	}
	if q.Key == "" {
		return out, false, ledger.RefuseKeyMissing()
	}
	at := v.s.clock()
	if err := v.look(ctx, q, origin, at); err != nil {
		return out, false, err
	}
	return once(ctx, v, q, "origin verified", func(tx books.Tx) (shown view.OriginProof, err error) {
		me, err := v.originStep(tx, at, func(f ledger.OriginFacts) (ledger.OriginOutcome, error) {
			return ledger.VerifyOrigin(origin, f, at)
		})
		for _, o := range me.Origins {
			if o.URL == origin {
				shown = v.proof(o)
			}
		}
		return shown, err
	})
}

// look looks for the proof, unless this request was answered before. It is outside of the transaction: it waits for
// another machine.
func (v *Seller) look(ctx context.Context, q Request, origin string, at time.Time) error {
	known, answered := false, false
	asking := v.request(q, at)
	err := v.view(ctx, func(r books.Reader) (err error) {
		me, err := v.record(r)
		if err != nil {
			return err
		}
		known = slices.ContainsFunc(me.Origins, func(o ledger.Origin) bool { return o.URL == origin })
		_, answered, err = r.Idempotency(asking.Owner, asking.Key)
		return err
	})
	switch {
	case err != nil || answered:
		return err
	case !known:
		return ledger.RefuseNotFound("site")
	}
	if err := spend(v.s.budgets.proofs, v.client(), "looks at sites", at); err != nil {
		return err
	}
	return v.s.prove(ctx, origin, v.s.seal.OriginProof(v.ID, origin))
}

// RemoveOrigin takes a site off the list of the vendor. It refuses with ErrNotFound.
func (v *Seller) RemoveOrigin(ctx context.Context, q Request, raw string) (view.OriginProof, bool, error) {
	if q.Key == "" {
		return view.OriginProof{}, false, ledger.RefuseKeyMissing()
	}
	origin, err := ledger.CheckOrigin(raw)
	if err != nil {
		return view.OriginProof{}, false, err
	}
	at := v.s.clock()
	return once(ctx, v, q, "origin removed", func(tx books.Tx) (shown view.OriginProof, err error) {
		_, err = v.originStep(tx, at, func(f ledger.OriginFacts) (ledger.OriginOutcome, error) {
			return ledger.RemoveOrigin(origin, f, at)
		})
		return view.OriginProof{URL: origin}, err
	})
}

// proof is a site with what proves that it is the vendor's.
func (v *Seller) proof(o ledger.Origin) view.OriginProof {
	out := view.OriginProof{
		URL: o.URL, Verified: !o.Verified.IsZero(), Token: v.s.seal.OriginProof(v.ID, o.URL),
		File: o.URL + webhook.ProofPath,
	}
	if u, err := url.Parse(o.URL); err == nil {
		out.Record = webhook.ProofLabel + u.Hostname()
	}
	return out
}
