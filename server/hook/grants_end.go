package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A site asks whether a grant opens, ends one before its time, and learns of those that have ended so, however they
// did: a token that it checks offline is good for five minutes after its grant was revoked.
func (a *api) grantEndRoutes() {
	one(a, reads(op(http.MethodPost, "/grants/{id}/introspect", "grants:read", "introspect-grant",
		"Whether a grant opens now, and why not; no view is counted")),
		"grant", a.names.OpenGrant, (*server.Seller).CheckGrant)
	register(a, reads(op(http.MethodPost, "/grants/introspect", "grants:read", "introspect-grant-token",
		"The same by a token, if that is all that the site has")), a.checkToken)
	register(a, needsKey(op(http.MethodPost, "/grants/{id}/revoke", "grants:write", "revoke-grant",
		"End a grant before its time. The buyer reads the reason, gets nothing back by that alone, and may dispute")),
		a.revoke)
	register(a, op(http.MethodGet, "/revocations", "grants:read", "list-revocations",
		"Grants that ended before their time, by you, a refund or a dispute, oldest first. To follow, ask each minute "+
			"since two minutes before you last asked: none is missed, and some come twice"), a.revocations)
}

// TokenIn is a grant token whose grant is asked for.
type TokenIn struct {
	Token string `json:"token" minLength:"1" maxLength:"8192" doc:"What the buyer came with."`
}

// tokenRequest is the question about a grant token.
type tokenRequest struct{ Body TokenIn }

// checkToken tells whether a token opens: its grant does, and it is not too old. What another service has signed, or
// what is for another vendor, is not found.
func (a *api) checkToken(ctx context.Context, v *server.Seller, in *tokenRequest) (*Body[view.GrantCheck], error) {
	claims, err := a.names.GrantOf(in.Body.Token)
	if err != nil {
		return nil, named(ledger.RefuseNotFound("grant"), "token")
	}
	no, err := a.names.OpenGrant(claims.ID)
	if err != nil {
		return nil, named(ledger.RefuseNotFound("grant"), "token")
	}
	g, err := v.CheckGrant(ctx, no)
	if err != nil {
		return nil, err
	}
	if g.Active && !a.now().Before(claims.Expiry.Time()) {
		g.Active, g.Why = false, "token_expired"
	}
	return body(g, nil)
}

// RevokeIn says why a grant ends before its time.
type RevokeIn struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"What the buyer reads."`
}

// revokeRequest ends the grant in the path.
type revokeRequest struct {
	ID
	Keyed
	RawBody []byte // for the fingerprint
	Body    RevokeIn
}

// revoke ends a grant before its time.
func (a *api) revoke(
	ctx context.Context, v *server.Seller, in *revokeRequest,
) (*IdempotentBody[view.VendorGrant], error) {
	no, err := a.names.OpenGrant(in.ID.ID)
	if err != nil {
		return nil, ledger.RefuseNotFound("grant")
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	return idempotent(v.Revoke(ctx, q, no, in.Body.Reason))
}

// revocationList are the parameters of the list of revocations.
type revocationList struct {
	Paged
	Since time.Time `query:"since" doc:"Only what ended at this time or later. See the operation for how to follow."`
}

// revocations lists grants that ended before their time.
func (a *api) revocations(
	ctx context.Context, v *server.Seller, in *revocationList,
) (*Body[List[view.Revocation]], error) {
	return list(v.Revocations(ctx, server.RevocationsQuery{Paging: in.paging(), Since: in.Since}))
}
