package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// ChargeIn sells on a link (claims 13, 21): no browser, no question.
//
// The offer's version guards against a price that changed in between; the client's reference and metadata are kept and
// given back, never read.
type ChargeIn struct {
	LinkID    string            `json:"link_id" maxLength:"64"`
	OfferID   string            `json:"offer_id" maxLength:"64"`
	Version   uint32            `json:"offer_version,omitempty"`
	Quantity  uint32            `json:"quantity,omitempty" default:"1" maximum:"10000"`
	Capture   *bool             `json:"capture,omitempty" doc:"false: the money waits for a capture."`
	ClientRef string            `json:"client_reference_id,omitempty" maxLength:"200"`
	Metadata  map[string]string `json:"metadata,omitempty"`
}

// chargeRequest is a charge with its idempotency key.
type chargeRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    ChargeIn
}

// A charge is what the books call a purchase.
func (a *api) chargeRoutes() {
	register(a, needsKey(made(op(http.MethodPost, "/charges", "charges:write", "create-charge",
		"Sell on a link, without a question"))),
		a.charge)
	many := needsKey(op(http.MethodPost, "/charges/bulk", "charges:write", "create-charges",
		"Sell on up to 1000 links at once, each with its own result"))
	register(a, takesLarge(many, maxBulkBody, &largeBodies{most: bulkAtOnce, each: bulkOfOne}), a.bulkCharge)
	register(a, byMetadata(op(http.MethodGet, "/charges", "charges:read", "list-charges",
		"The sales of the vendor, newest first")),
		a.charges)
	one(a, op(http.MethodGet, "/charges/{id}", "charges:read", "get-charge", "A sale as it stands"),
		"charge", a.names.OpenCharge, (*server.Seller).Sale)
	a.holdRoutes()
}

// charge sells at once. Where only the buyer can help, the refusal is a 402 with the page on which to say yes, and the
// same key sells once that was said.
func (a *api) charge(ctx context.Context, v *server.Seller, in *chargeRequest) (*IdempotentBody[view.Charge], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o := server.ChargeOrder{
		Version: in.Body.Version, Quantity: in.Body.Quantity, ClientRef: in.Body.ClientRef, Metadata: in.Body.Metadata,
		Hold: in.Body.Capture != nil && !*in.Body.Capture,
	}
	if o.Link, err = a.names.OpenLink(in.Body.LinkID); err != nil {
		return nil, named(ledger.RefuseNotFound("link"), "link_id")
	}
	if o.Offer, err = a.names.OpenOffer(in.Body.OfferID); err != nil {
		return nil, named(ledger.RefuseNotFound("offer"), "offer_id")
	}
	return idempotent(v.Charge(ctx, q, o))
}

// ChargeFilter chooses sales.
type ChargeFilter struct {
	Entries
	Status    string `query:"status" enum:"held,captured,voided,expired,partially_refunded,refunded" doc:"Its state."`
	OfferID   string `query:"offer_id" maxLength:"64" doc:"Only sales of this offer."`
	ClientRef string `query:"client_reference_id" maxLength:"200" doc:"Only those with exactly this reference."`
}

// charges lists sales.
func (a *api) charges(ctx context.Context, v *server.Seller, in *ChargeFilter) (*Body[List[view.Charge]], error) {
	q := server.SalesQuery{EntriesQuery: in.entries(), Status: in.Status, ClientRef: in.ClientRef}
	var err error
	if in.OfferID != "" {
		if q.Offer, err = a.names.OpenOffer(in.OfferID); err != nil {
			return nil, named(ledger.RefuseNotFound("offer"), "offer_id")
		}
	}
	if q.Metadata, err = metadataFilter(callOf(ctx).query); err != nil {
		return nil, err
	}
	return list(v.Sales(ctx, q))
}
