package hook

import (
	"context"
	"encoding/json"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// ConsumeIn counts a use of a grant.
type ConsumeIn struct {
	N         uint32 `json:"n,omitempty" minimum:"1" maximum:"1000" default:"1"`
	RequestID string `json:"request_id" minLength:"1" maxLength:"100" doc:"The same id counts once."`
}

// consumeRequest is a use of the grant in the path.
type consumeRequest struct {
	ID
	Keyed
	RawBody []byte // for the fingerprint
	Body    ConsumeIn
}

// A grant is asked for when the buyer comes with it in a cookie: either each time, or with the token in between.
func (a *api) grantRoutes() {
	register(a, op(http.MethodGet, "/grants/{id}", "grants:read", "get-grant",
		"A grant as it stands, with a fresh token while it is active"), a.grant)
	register(a, op(http.MethodPost, "/grants/{id}/consume", "grants:write", "consume-grant",
		"Count a view; repeating a request id counts once"), a.consume)
	a.grantEndRoutes()
}

// grant reads a grant.
func (a *api) grant(ctx context.Context, v *server.Seller, in *ID) (*Body[view.VendorGrant], error) {
	no, err := a.names.OpenGrant(in.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("grant")
	}
	g, err := v.Grant(ctx, no)
	if err == nil {
		err = a.sign(&g)
	}
	return body(g, err)
}

// consume counts a view. The request id makes a repetition count once for as long as the grant lives, so no idempotency
// key is needed.
func (a *api) consume(
	ctx context.Context, v *server.Seller, in *consumeRequest,
) (*IdempotentBody[view.VendorGrant], error) {
	no, err := a.names.OpenGrant(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("grant")
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	g, again, err := v.Consume(ctx, q, server.Use{Grant: no, N: in.Body.N, RequestID: in.Body.RequestID})
	if err == nil {
		err = a.sign(&g)
	}
	return idempotent(g, again, err)
}

// sign puts a token into an active grant, which the vendor's site checks offline (claim 2).
func (a *api) sign(g *view.VendorGrant) (err error) {
	if g.Status == string(ledger.GrantActive) {
		g.Token, err = a.names.GrantToken(server.GrantClaims(a.base, *g, a.now()))
	}
	return err
}

// keys serves the public keys of grant tokens (RFC 7517).
func (a *api) keys(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*") // any page may check a grant in the browser: keys are public
	_ = json.NewEncoder(w).Encode(a.names.JWKS())      // the client went away: there is no one to tell
}
