package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// CreateOffer posts the first version of an offer (claim 44).
func (v *Seller) CreateOffer(ctx context.Context, o ledger.Offer) (made ledger.Offer, err error) {
	at := v.s.clock()
	err = v.s.update(ctx, func(tx books.Tx) error {
		me, err := v.record(tx.Reader)
		if err != nil {
			return err
		}
		if made, err = v.checked(tx, me, o, at); err != nil {
			return err
		}
		me.Offers++
		made.ID, made.Version, made.Status = ledger.OfferID{Vendor: v.ID, Number: me.Offers}, 1, ledger.OfferActive
		if err := tx.PutVendor(me); err != nil {
			return err
		}
		return v.post(tx, made)
	})
	return made, err
}

// ChangeOffer posts a new version; sales pin the one they were made with, so the old one stays as it is.
func (v *Seller) ChangeOffer(ctx context.Context, id ledger.OfferID, change func(*ledger.Offer)) (made ledger.Offer, err error) {
	at := v.s.clock()
	err = v.s.update(ctx, func(tx books.Tx) error {
		old, err := v.offer(tx.Reader, id)
		if err != nil {
			return err
		}
		me, err := v.record(tx.Reader)
		if err != nil {
			return err
		}
		next := old
		change(&next)
		if made, err = v.checked(tx, me, next, at); err != nil {
			return err
		}
		made.ID, made.Version = id, old.Version+1
		return v.post(tx, made)
	})
	return made, err
}

// checked is the offer as it can be sold from now on, with its payees numbered.
func (v *Seller) checked(tx books.Tx, me ledger.Vendor, o ledger.Offer, at time.Time) (ledger.Offer, error) {
	o.Created = at
	p, err := policy(tx.Reader)
	if err != nil {
		return o, err
	}
	if o, err = ledger.CheckOffer(o, me, p); err != nil {
		return o, err
	}
	for i, share := range o.Royalties {
		id, found, err := tx.Payee(v.ID, share.Name)
		if err != nil {
			return o, err
		}
		if !found {
			if id, err = tx.NextPayee(); err != nil {
				return o, err
			}
			if err := tx.PutPayee(v.ID, share.Name, id); err != nil {
				return o, err
			}
		}
		o.Royalties[i].Payee = id
	}
	return o, nil
}

// post writes a version and its entry.
func (v *Seller) post(tx books.Tx, o ledger.Offer) error {
	_, err := tx.Append(ledger.Entry{
		At: o.Created, Kind: ledger.KindOffer, Actor: v.actor(), Vendor: v.ID,
		Change: &ledger.Change{Name: v.s.seal.Offer(o.ID), New: o.Title + ", " + o.Price.String()},
	})
	if err != nil {
		return err
	}
	return tx.PutOffer(o)
}

// offer reads the newest version of one of the vendor's own offers.
func (v *Seller) offer(r books.Reader, id ledger.OfferID) (ledger.Offer, error) {
	if id.Vendor != v.ID {
		return ledger.Offer{}, ledger.RefuseNotFound("offer")
	}
	o, found, err := r.Offer(id, 0)
	if err == nil && !found {
		err = ledger.RefuseNotFound("offer")
	}
	return o, err
}

// Offer reads the newest version of an offer.
func (v *Seller) Offer(ctx context.Context, id ledger.OfferID) (o ledger.Offer, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		o, err = v.offer(r, id)
		return err
	})
	return o, err
}

// Offers lists the newest versions, newest offer first, with numbers below before (0: all).
func (v *Seller) Offers(ctx context.Context, before uint64, limit int) (all []ledger.Offer, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		all, err = r.Offers(v.ID, before, limit)
		return err
	})
	return all, err
}
