package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// CreateOffer posts the first version of an offer (claim 44). It refuses with ErrInvalid, naming the field at fault,
// and with ErrOrigin a URL that is not on a verified site of the vendor (claim 28). A repetition with the same key
// returns the first answer; without a key it posts another offer.
func (v *Seller) CreateOffer(ctx context.Context, q Request, o ledger.Offer) (view.Offer, bool, error) {
	if err := v.takeRequest(); err != nil {
		return view.Offer{}, false, err
	}
	at := v.s.clock()
	return once(ctx, v, q, "offer", func(tx books.Tx) (view.Offer, error) { return v.addOffer(tx, o, at) })
}

// addOffer is CreateOffer inside its transaction.
func (v *Seller) addOffer(tx books.Tx, o ledger.Offer, at time.Time) (shown view.Offer, err error) {
	me, p, err := v.standing(tx.Reader)
	if err != nil {
		return shown, err
	}
	made, err := v.checked(tx, me, p, byDefault(me, o), at)
	if err != nil {
		return shown, err
	}
	in, err := tx.Generation()
	if err != nil {
		return shown, err
	}
	// Offers are numbered per vendor, so their number tells another vendor nothing.
	me.Offers++
	made.ID, made.Version, made.Status = ledger.OfferID{Vendor: v.ID, Number: in.Owned(me.Offers)}, 1, ledger.OfferActive
	if err := tx.PutVendor(me); err != nil {
		return shown, err
	}
	return v.offerView(made), v.post(tx, made)
}

// ChangeOffer posts a new version; sales pin the one they were made with, so the old one stays as it is. It refuses as
// [Seller.CreateOffer] does, and with ErrNotFound an offer of another vendor.
func (v *Seller) ChangeOffer(
	ctx context.Context, q Request, id ledger.OfferID, change func(*ledger.Offer),
) (view.Offer, bool, error) {
	if err := v.takeRequest(); err != nil {
		return view.Offer{}, false, err
	}
	at := v.s.clock()
	return once(ctx, v, q, "offer version", func(tx books.Tx) (view.Offer, error) {
		return v.nextOffer(tx, id, change, at)
	})
}

// nextOffer is ChangeOffer inside its transaction.
func (v *Seller) nextOffer(
	tx books.Tx, id ledger.OfferID, change func(*ledger.Offer), at time.Time,
) (shown view.Offer, err error) {
	old, err := v.offer(tx.Reader, id)
	if err != nil {
		return shown, err
	}
	me, p, err := v.standing(tx.Reader)
	if err != nil {
		return shown, err
	}
	// What the vendor left out stays, and all of it is checked again by the policy of now.
	next := old
	change(&next)
	if err := ledger.CheckRepriced(old, next); err != nil {
		return shown, err
	}
	made, err := v.checked(tx, me, p, next, at)
	if err != nil {
		return shown, err
	}
	made.ID, made.Version = id, old.Version+1
	return v.offerView(made), v.post(tx, made)
}

// checked is the offer as it can be sold from now on, with its payees numbered.
func (v *Seller) checked(
	tx books.Tx, me ledger.Vendor, p ledger.Policy, o ledger.Offer, at time.Time,
) (ledger.Offer, error) {
	o, err := v.sellable(tx.Reader, me, p, o, at)
	return v.numbered(tx, o, err)
}

// checkedInline is checked for an offer that a request has of its own. No version of it is kept that would name what is
// kept here, so its content needs a URL.
func (v *Seller) checkedInline(
	tx books.Tx, me ledger.Vendor, p ledger.Policy, o ledger.Offer, at time.Time,
) (ledger.Offer, error) {
	o, err := v.sellableAs(tx.Reader, me, p, o, false, at)
	return v.numbered(tx, o, err)
}

// numbered gives the payees of an offer that can be sold their numbers.
func (v *Seller) numbered(tx books.Tx, o ledger.Offer, err error) (ledger.Offer, error) {
	if err == nil && len(o.Royalties) > 0 {
		o.Royalties, err = payeesOf(tx, v.ID, o.Royalties)
	}
	return o, err
}

// sellable is checked without the numbers of payees, which only a writer gives.
func (v *Seller) sellable(
	r books.Reader, me ledger.Vendor, p ledger.Policy, o ledger.Offer, at time.Time,
) (ledger.Offer, error) {
	kept, err := v.opensHere(r, o)
	if err != nil {
		return o, err
	}
	return v.sellableAs(r, me, p, o, kept, at)
}

// opensHere reports whether the content of an offer is kept here, so that it needs no URL.
func (v *Seller) opensHere(r books.Reader, o ledger.Offer) (bool, error) {
	if o.ContentURL != "" || o.SHA256 == "" {
		return false, nil
	}
	_, found, err := r.CopyNamed(v.ID, o.SHA256)
	return found, err
}

// sellableAs is sellable for an offer of which it is known whether its content is kept here.
func (v *Seller) sellableAs(
	r books.Reader, me ledger.Vendor, p ledger.Policy, o ledger.Offer, kept bool, at time.Time,
) (ledger.Offer, error) {
	o.Created = at
	check := ledger.CheckOffer
	if kept {
		check = ledger.CheckKeptOffer
	}
	o, err := check(o, me, p)
	if err != nil {
		return o, err
	}
	if o.Plan == ledger.NoPlan {
		o.Plan = 0
	}
	if o.Plan != 0 {
		plan, err := v.plan(r, o.Plan)
		if err != nil {
			return o, err
		}
		if err := ledger.CheckOfferPlan(o, plan, p); err != nil {
			return o, err
		}
	}
	o.Campaigns, err = v.campaignsNamed(r, o.Incentives)
	return o, err
}

// byDefault is a new offer with the default plan of its vendor, if it names neither a plan nor royalties.
func byDefault(me ledger.Vendor, o ledger.Offer) ledger.Offer {
	if o.Plan == 0 && len(o.Royalties) == 0 {
		o.Plan = me.Plan
	}
	return o
}

// post writes a version and its entry. The entry tells what was posted and when; the version itself never changes.
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

// Offer reads the newest version of an offer. It refuses with ErrNotFound one of another vendor.
func (v *Seller) Offer(ctx context.Context, id ledger.OfferID) (shown view.Offer, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		o, err := v.offer(r, id)
		shown = v.offerView(o)
		return err
	})
	return shown, err
}

// Offers lists the newest versions, newest offer first. Older versions are in the sales that pinned them. It refuses
// with ErrInvalid an unknown cursor.
func (v *Seller) Offers(ctx context.Context, q view.Paging) (page view.Page[view.Offer], err error) {
	before, err := history.OpenCursor(v.s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = v.view(ctx, func(r books.Reader) error {
		list, err := r.Offers(v.ID, before, q.Rows()+1)
		page = pageOf(v.s.seal, list, q.Rows(), v.offerView, func(o ledger.Offer) uint64 { return o.ID.Number })
		return err
	})
	return page, err
}

// offerView shows an offer to its vendor. Fields that are empty are left out.
func (v *Seller) offerView(o ledger.Offer) view.Offer {
	out := view.Offer{
		ID: v.s.seal.Offer(o.ID), Version: o.Version, Status: string(o.Status), Title: o.Title,
		Description: o.Description, Price: o.Price, Kind: string(o.Kind), ContentURL: o.ContentURL,
		Views: o.Bounds.Views, Hours: o.Bounds.Hours, Days: o.Bounds.Days, ExpiresAt: view.Maybe(o.Bounds.Expires),
		Incentives: o.Incentives, MIME: o.MIME, SampleURL: o.SampleURL, SHA256: o.SHA256, Metadata: o.Metadata,
		Created: view.At(o.Created),
	}
	for _, r := range o.Royalties {
		out.Royalties = append(out.Royalties, royaltyView(r, o.Price.Currency))
	}
	if o.Plan != 0 {
		out.Plan = v.s.seal.Plan(v.ID, o.Plan)
	}
	return out
}
