package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// offerRequest posts an offer.
type offerRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    OfferIn
}

// changeRequest makes a new version of the offer in the path.
type changeRequest struct {
	ID
	Keyed
	RawBody []byte // for the fingerprint
	Body    OfferChange
}

// An offer is never changed in place: a sale pins the version that was sold (claim 44).
func (a *api) offerRoutes() {
	register(a, made(op(http.MethodPost, "/offers", "offers:write", "create-offer", "Post an offer")), a.createOffer)
	register(a, op(http.MethodGet, "/offers", "offers:read", "list-offers",
		"The offers of the vendor, newest version of each"),
		a.offers)
	one(a, op(http.MethodGet, "/offers/{id}", "offers:read", "get-offer", "The newest version of an offer"),
		"offer", a.names.OpenOffer, (*server.Seller).Offer)
	register(a, op(http.MethodGet, "/offers/{id}/static_link", "offers:read", "get-static-link",
		"An address that sells the offer from a page without a server"), a.staticLink)
	register(a, op(http.MethodPatch, "/offers/{id}", "offers:write", "change-offer",
		"Make a new version; sales keep theirs"),
		a.changeOffer)
	a.contentRoutes()
}

// createOffer posts the first version. Doing that twice makes two offers, which harms nothing: no key is needed.
func (a *api) createOffer(
	ctx context.Context, v *server.Seller, in *offerRequest,
) (*IdempotentBody[view.Offer], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o, err := a.offerOf(v, in.Body)
	if err != nil {
		return nil, err
	}
	return idempotent(v.CreateOffer(ctx, q, o))
}

// splits is the scope for what says who is paid, in an offer as in a plan.
const splits = "royalties:write"

// offerOf reads an offer with the plan that it names. It refuses with ErrScope a key that may not say who is paid.
func (a *api) offerOf(v *server.Seller, in OfferIn) (o ledger.Offer, err error) {
	if len(in.Royalties) > 0 || in.Plan != "" {
		if err := v.Needs(splits); err != nil {
			return o, err
		}
	}
	if o, err = in.offer(); err == nil && in.Plan != "" {
		o.Plan, err = planOf(v, in.Plan)
	}
	return o, err
}

// planOf reads which plan of the vendor an offer names.
func planOf(v *server.Seller, name string) (uint64, error) {
	if name == "none" {
		return ledger.NoPlan, nil
	}
	number, err := v.OpenRoyaltyPlan(name)
	if err != nil {
		err = named(err, "royalty_plan")
	}
	return number, err
}

// offers lists the newest version of each.
func (a *api) offers(ctx context.Context, v *server.Seller, in *Paged) (*Body[List[view.Offer]], error) {
	return list(v.Offers(ctx, in.paging()))
}

// changeOffer posts the next version: the change is applied inside of the transaction that reads the last one.
func (a *api) changeOffer(
	ctx context.Context, v *server.Seller, in *changeRequest,
) (*IdempotentBody[view.Offer], error) {
	id, err := a.names.OpenOffer(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("offer")
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	change, err := in.Body.change()
	if err != nil {
		return nil, err
	}
	if in.Body.Plan != nil {
		if err := v.Needs(splits); err != nil {
			return nil, err
		}
		plan, err := planOf(v, *in.Body.Plan)
		if err != nil {
			return nil, err
		}
		before := change
		change = func(o *ledger.Offer) { before(o); o.Plan = plan }
	}
	return idempotent(v.ChangeOffer(ctx, q, id, change))
}

// staticQuery asks for an address that sells the offer in the path.
type staticQuery struct {
	ID
	Success string `query:"success_url" maxLength:"2000" doc:"Where the browser goes; left out: where the content opens."`
	Cancel  string `query:"cancel_url" maxLength:"2000" doc:"Where the browser goes after a no."`
	Days    uint32 `query:"days" minimum:"1" maximum:"366" default:"366" doc:"How long it sells."`
}

// staticLink makes one. Nothing is kept of it: what it sells is sealed in it.
func (a *api) staticLink(ctx context.Context, v *server.Seller, in *staticQuery) (*Body[view.StaticLink], error) {
	id, err := a.names.OpenOffer(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("offer")
	}
	return body(v.StaticLink(ctx, server.StaticOrder{
		Offer: id, SuccessURL: in.Success, CancelURL: in.Cancel, Life: time.Duration(in.Days) * 24 * time.Hour,
	}))
}
