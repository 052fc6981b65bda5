package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// CheckoutIn asks a buyer, by way of the browser, to pay or to link (claim 42).
type CheckoutIn struct {
	Mode       string            `json:"mode,omitempty" enum:"charge,hold,link" default:"charge"`
	OfferID    string            `json:"offer_id,omitempty" maxLength:"64"`
	Offer      *OfferIn          `json:"offer,omitempty" doc:"An inline offer, sold once."`
	Quantity   uint32            `json:"quantity,omitempty" default:"1" maximum:"10000"`
	Limits     *LinkLimits       `json:"limits,omitempty"`
	SuccessURL string            `json:"success_url,omitempty" maxLength:"2000"`
	CancelURL  string            `json:"cancel_url,omitempty" maxLength:"2000"`
	ClientRef  string            `json:"client_reference_id,omitempty" maxLength:"200"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	ExpiresIn  int               `json:"expires_in,omitempty" minimum:"0" maximum:"3600"`
}

// checkoutRequest is a checkout with its idempotency key.
type checkoutRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    CheckoutIn
}

// RedeemIn is the one-time code that the browser brought back.
type RedeemIn struct {
	Code string `json:"code" maxLength:"100"`
}

// redeemRequest is a code for the checkout in the path.
type redeemRequest struct {
	ID
	Keyed
	RawBody []byte
	Body    RedeemIn
}

// A checkout goes its way in four steps: the vendor asks, the buyer answers in the terminal, the browser brings a code
// back, and the vendor redeems it. What a browser carries is worth nothing without the vendor's key.
func (a *api) checkoutRoutes() {
	register(a, needsKey(made(op(http.MethodPost, "/checkouts", "checkouts:write", "create-checkout",
		"Ask a buyer to pay or to link"))),
		a.createCheckout)
	one(a, op(http.MethodGet, "/checkouts/{id}", "checkouts:read", "get-checkout", "A checkout as it stands"),
		"checkout", a.names.OpenCheckout, (*server.Seller).Checkout)
	step(a, op(http.MethodPost, "/checkouts/{id}/expire", "checkouts:write", "expire-checkout",
		"End an open checkout now"),
		"checkout", a.names.OpenCheckout, (*server.Seller).ExpireCheckout)
	register(a, needsKey(op(http.MethodPost, "/checkouts/{id}/redeem", "checkouts:write", "redeem-checkout",
		"Turn the code that the browser brought back into the charge or the link")), a.redeem)
}

// createCheckout opens a request to buy or to link.
func (a *api) createCheckout(
	ctx context.Context, v *server.Seller, in *checkoutRequest,
) (*IdempotentBody[view.Checkout], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o, err := a.checkoutOrder(v, in.Body)
	if err != nil {
		return nil, err
	}
	return idempotent(v.CreateCheckout(ctx, q, o))
}

// redeem turns the code into the sale or the link. The path is part of the fingerprint: one key for two checkouts is a
// mistake and refused.
func (a *api) redeem(ctx context.Context, v *server.Seller, in *redeemRequest) (*IdempotentBody[view.Redeemed], error) {
	id, err := a.names.OpenCheckout(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("checkout")
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	got, again, err := v.Redeem(ctx, q, id, in.Body.Code)
	if err == nil && got.Grant != nil {
		err = a.sign(got.Grant)
	}
	return idempotent(got, again, err)
}

// checkoutOrder reads what was posted: either a link with its limits, or one offer, by name or inline.
func (a *api) checkoutOrder(v *server.Seller, in CheckoutIn) (o server.CheckoutOrder, err error) {
	o = server.CheckoutOrder{
		Mode: ledger.CheckoutMode(in.Mode), Quantity: in.Quantity, SuccessURL: in.SuccessURL, CancelURL: in.CancelURL,
		ClientRef: in.ClientRef, Metadata: in.Metadata, Life: time.Duration(in.ExpiresIn) * time.Second,
	}
	switch {
	case o.Mode == ledger.ModeLink && (in.OfferID != "" || in.Offer != nil):
		return o, ledger.Invalid("offer_id", "Leave the offer out, or use mode charge or hold.",
			"A link is for a vendor, not for one offer.")
	case o.Mode == ledger.ModeLink:
		o.Ask, o.Currency, err = in.Limits.limits()
	case in.Limits != nil:
		return o, ledger.Invalid("limits", "Leave them out, or use mode link.", "Limits belong to mode link.")
	case (in.OfferID == "") == (in.Offer == nil):
		return o, ledger.Invalid("offer_id", "Send either offer_id or offer.", "A checkout is for exactly one offer.")
	case in.Offer != nil:
		o.Offer, err = a.offerOf(v, *in.Offer)
	default:
		if o.OfferID, err = a.names.OpenOffer(in.OfferID); err != nil {
			err = ledger.RefuseNotFound("offer")
		}
	}
	return o, err
}
