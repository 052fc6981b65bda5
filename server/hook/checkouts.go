package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
)

// CheckoutIn asks a buyer, by way of the browser, to pay or to link.
type CheckoutIn struct {
	Mode       string            `json:"mode,omitempty" enum:"charge,link" default:"charge"`
	OfferID    string            `json:"offer_id,omitempty" maxLength:"64"`
	Offer      *OfferIn          `json:"offer,omitempty" doc:"An inline offer, sold once."`
	Quantity   uint32            `json:"quantity,omitempty" default:"1"`
	Limits     *LinkLimits       `json:"limits,omitempty" doc:"Mode link: what the vendor proposes; the buyer decides."`
	SuccessURL string            `json:"success_url,omitempty" maxLength:"2000" doc:"Where the browser goes with the one-time code; on a verified origin."`
	CancelURL  string            `json:"cancel_url,omitempty" maxLength:"2000"`
	ClientRef  string            `json:"client_reference_id,omitempty" maxLength:"200"`
	Metadata   map[string]string `json:"metadata,omitempty"`
	ExpiresIn  int               `json:"expires_in,omitempty" minimum:"0" maximum:"3600" doc:"Seconds; 0: 15 minutes."`
}

// Checkout is a request that a person answers in the terminal.
type Checkout struct {
	ID        string            `json:"id"`
	Mode      string            `json:"mode" enum:"charge,link"`
	URL       string            `json:"url" doc:"Send the browser here."`
	UserCode  string            `json:"user_code" doc:"What the buyer types to approve."`
	Status    string            `json:"status" enum:"open,approved,denied,redeemed,expired"`
	TxnID     string            `json:"txn_id" doc:"Seals the terms."`
	Amount    *Money            `json:"amount,omitempty"`
	Quantity  uint32            `json:"quantity,omitempty"`
	ClientRef string            `json:"client_reference_id,omitempty"`
	Metadata  map[string]string `json:"metadata,omitempty"`
	ExpiresAt time.Time         `json:"expires_at"`
	Created   time.Time         `json:"created"`
}

// Redeemed is what the one-time code turns into.
type Redeemed struct {
	Checkout Checkout `json:"checkout"`
	Charge   *Charge  `json:"charge,omitempty"`
	Grant    *Grant   `json:"grant,omitempty"`
	Link     *Link    `json:"link,omitempty"`
}

type checkoutAnswer struct {
	Replayed
	Body Checkout
}

func (a *api) checkoutRoutes() {
	register(a, made(op(http.MethodPost, "/checkouts", "create-checkout", "Ask a buyer to pay or to link")),
		func(ctx context.Context, v *server.Seller, in *struct {
			Keyed
			RawBody []byte
			Body    CheckoutIn
		},
		) (*checkoutAnswer, error) {
			q, err := in.request("POST /v1/checkouts", in.RawBody)
			if err != nil {
				return nil, err
			}
			o, err := a.checkoutOrder(in.Body)
			if err != nil {
				return nil, err
			}
			c, again, err := v.CreateCheckout(ctx, q, o)
			if err != nil {
				return nil, err
			}
			return &checkoutAnswer{Replayed: replayed(again), Body: a.checkout(c)}, nil
		})
	register(a, op(http.MethodGet, "/checkouts/{id}", "get-checkout", "A checkout as it stands"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Checkout], error) {
			id, err := a.names.OpenCheckout(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("checkout")
			}
			c, err := v.Checkout(ctx, id)
			if err != nil {
				return nil, err
			}
			return body(a.checkout(c)), nil
		})
	register(a, op(http.MethodPost, "/checkouts/{id}/expire", "expire-checkout", "End an open checkout now"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Checkout], error) {
			id, err := a.names.OpenCheckout(in.ID)
			if err != nil {
				return nil, ledger.RefuseNotFound("checkout")
			}
			c, err := v.ExpireCheckout(ctx, id)
			if err != nil {
				return nil, err
			}
			return body(a.checkout(c)), nil
		})
	register(a, op(http.MethodPost, "/checkouts/{id}/redeem", "redeem-checkout", "Turn the code that the browser brought back into the charge or the link"),
		a.redeem)
}

// redeemIn carries the one-time code.
type redeemIn struct {
	ID
	Keyed
	RawBody []byte
	Body    struct {
		Code string `json:"code" maxLength:"100"`
	}
}

type redeemAnswer struct {
	Replayed
	Body Redeemed
}

func (a *api) redeem(ctx context.Context, v *server.Seller, in *redeemIn) (*redeemAnswer, error) {
	id, err := a.names.OpenCheckout(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("checkout")
	}
	q, err := in.request("POST /v1/checkouts/"+in.ID.ID+"/redeem", in.RawBody)
	if err != nil {
		return nil, err
	}
	got, again, err := v.Redeem(ctx, q, id, in.Body.Code)
	if err != nil {
		return nil, err
	}
	out := &redeemAnswer{Replayed: replayed(again), Body: Redeemed{Checkout: a.checkout(got.Checkout)}}
	if got.Sold != nil {
		c := a.charge(*got.Sold)
		g, err := a.grant(ctx, v, *got.Sold)
		if err != nil {
			return nil, err
		}
		out.Body.Charge, out.Body.Grant = &c, &g
	}
	if got.Link != nil {
		l := a.link(*got.Link)
		out.Body.Link = &l
	}
	return out, nil
}

func (a *api) checkoutOrder(in CheckoutIn) (server.CheckoutOrder, error) {
	o := server.CheckoutOrder{
		Mode: ledger.CheckoutMode(in.Mode), Quantity: in.Quantity, SuccessURL: in.SuccessURL, CancelURL: in.CancelURL,
		ClientRef: in.ClientRef, Metadata: in.Metadata, Life: time.Duration(in.ExpiresIn) * time.Second,
	}
	if o.Mode == ledger.ModeLink {
		if in.OfferID != "" || in.Offer != nil {
			return o, ledger.Invalid("offer_id", "Leave the offer out, or use mode charge.", "A link is for a vendor, not for one offer.")
		}
		var err error
		o.Ask, o.Currency, err = in.Limits.limits()
		return o, err
	}
	switch {
	case in.Limits != nil:
		return o, ledger.Invalid("limits", "Leave them out, or use mode link.", "Limits belong to mode link.")
	case (in.OfferID == "") == (in.Offer == nil):
		return o, ledger.Invalid("offer_id", "Send either offer_id or offer.", "A checkout is for exactly one offer.")
	case in.Offer != nil:
		var err error
		o.Offer, err = in.Offer.offer()
		return o, err
	}
	id, err := a.names.OpenOffer(in.OfferID)
	if err != nil {
		return o, ledger.RefuseNotFound("offer")
	}
	o.OfferID = id
	return o, nil
}

func (a *api) checkout(c ledger.Checkout) Checkout {
	out := Checkout{
		ID: a.names.Checkout(c.ID), Mode: string(c.Mode), URL: a.base + "/c/" + c.TxnID, UserCode: c.UserCode, Status: string(c.Status),
		TxnID: c.TxnID, Quantity: c.Quantity, ClientRef: c.ClientRef, Metadata: c.Metadata, ExpiresAt: c.Expires, Created: c.Created,
	}
	if c.Mode == ledger.ModeCharge {
		m := money(c.Price)
		out.Amount = &m
	}
	return out
}
