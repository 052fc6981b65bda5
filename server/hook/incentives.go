package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// IncentiveIn gives tokens to a buyer.
type IncentiveIn struct {
	LinkID string `json:"link_id" maxLength:"64"`
	Amount Money  `json:"amount"`
	Days   uint32 `json:"days" minimum:"1" maximum:"732" doc:"How long they can be spent."`
	Reason string `json:"reason" maxLength:"500" doc:"The buyer reads it."`
}

// incentiveRequest is an incentive with its idempotency key.
type incentiveRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    IncentiveIn
}

// What a vendor gives buys at this vendor alone, and is paid for out of what it has earned (claims 6, 7).
func (a *api) incentiveRoutes() {
	register(a, needsKey(made(op(http.MethodPost, "/incentives", "incentives:write", "give-incentive",
		"Give tokens to a buyer"))), a.give)
	register(a, op(http.MethodGet, "/incentives", "incentives:read", "list-incentives",
		"What the vendor has given, newest first"), a.given)
	one(a, op(http.MethodGet, "/incentives/{id}", "incentives:read", "get-incentive", "An incentive"),
		"incentive", a.names.OpenIncentive, (*server.Seller).IncentiveGiven)
}

// give gives tokens to the buyer of a link.
func (a *api) give(
	ctx context.Context, v *server.Seller, in *incentiveRequest,
) (*IdempotentBody[view.VendorIncentive], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o := server.IncentiveOrder{Days: in.Body.Days, Reason: in.Body.Reason}
	if o.Link, err = a.names.OpenLink(in.Body.LinkID); err != nil {
		return nil, named(ledger.RefuseNotFound("link"), "link_id")
	}
	if o.Amount, err = in.Body.Amount.amount("amount"); err != nil {
		return nil, err
	}
	return idempotent(v.GiveIncentive(ctx, q, o))
}

// given lists what was given.
func (a *api) given(ctx context.Context, v *server.Seller, in *Entries) (*Body[List[view.VendorIncentive]], error) {
	return list(v.IncentivesGiven(ctx, in.entries()))
}
