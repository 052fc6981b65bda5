package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// RefundIn gives money of a sale back. The reason is one of a list, for statistics and disputes; the buyer reads it.
type RefundIn struct {
	ChargeID string `json:"charge_id" maxLength:"64"`
	Amount   *Money `json:"amount,omitempty" doc:"Left out: all that is left."`
	Reason   string `json:"reason,omitempty" default:"goodwill"`
}

// refundRequest is a refund with its idempotency key.
type refundRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    RefundIn
}

// Money goes back to the wallet that it came from; there is no other way out of a sale for a vendor.
func (a *api) refundRoutes() {
	register(a, needsKey(made(op(http.MethodPost, "/refunds", "refunds:write", "create-refund",
		"Give a sale back, whole or in part"))),
		a.refund)
	register(a, op(http.MethodGet, "/refunds", "refunds:read", "list-refunds",
		"What the vendor gave back, newest first"), a.refunds)
	one(a, op(http.MethodGet, "/refunds/{id}", "refunds:read", "get-refund", "A refund"),
		"refund", a.names.OpenRefund, (*server.Seller).RefundMade)
}

// refund gives back what was asked for, or all that is left.
func (a *api) refund(ctx context.Context, v *server.Seller, in *refundRequest) (*IdempotentBody[view.Refund], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o := server.RefundOrder{Reason: in.Body.Reason}
	if o.Charge, err = a.names.OpenCharge(in.Body.ChargeID); err != nil {
		return nil, named(ledger.RefuseNotFound("charge"), "charge_id")
	}
	if in.Body.Amount != nil {
		if o.Amount, err = in.Body.Amount.amount("amount"); err != nil {
			return nil, err
		}
	}
	return idempotent(v.Refund(ctx, q, o))
}

// RefundFilter chooses refunds.
type RefundFilter struct {
	Entries
	ChargeID string `query:"charge_id" maxLength:"64" doc:"Only refunds of this sale."`
}

// refunds lists what was given back.
func (a *api) refunds(ctx context.Context, v *server.Seller, in *RefundFilter) (*Body[List[view.Refund]], error) {
	q := server.RefundsQuery{EntriesQuery: in.entries()}
	if in.ChargeID != "" {
		var err error
		if q.Charge, err = a.names.OpenCharge(in.ChargeID); err != nil {
			return nil, named(ledger.RefuseNotFound("charge"), "charge_id")
		}
	}
	return list(v.Refunds(ctx, q))
}
