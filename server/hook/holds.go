package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// CaptureIn takes held money.
type CaptureIn struct {
	Amount *Money `json:"amount,omitempty" doc:"At most what is held; the rest goes back. Left out: all of it."`
}

// captureRequest takes the money of the charge in the path.
type captureRequest struct {
	ID
	Keyed
	RawBody []byte // for the fingerprint
	Body    *CaptureIn
}

// holdRoutes end what waits: the vendor takes it, or gives it back.
func (a *api) holdRoutes() {
	register(a, needsKey(op(http.MethodPost, "/charges/{id}/capture", "charges:write", "capture-charge",
		"Take held money, or a part of it: the rest goes back")), a.capture)
	a.huma.OpenAPI().Paths["/v1/charges/{id}/capture"].Post.RequestBody.Required = false // without one: all of it
	step(a, needsKey(op(http.MethodPost, "/charges/{id}/void", "charges:write", "void-charge", "Give held money back")),
		"charge", a.names.OpenCharge, (*server.Seller).Void)
}

// capture takes held money.
func (a *api) capture(ctx context.Context, v *server.Seller, in *captureRequest) (*IdempotentBody[view.Charge], error) {
	no, err := a.names.OpenCharge(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("charge")
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	o := server.CaptureOrder{Charge: no}
	if in.Body != nil && in.Body.Amount != nil {
		if o.Amount, err = in.Body.Amount.amount("amount"); err != nil {
			return nil, err
		}
	}
	return idempotent(v.Capture(ctx, q, o))
}
