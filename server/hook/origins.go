package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/view"
)

// OriginIn names a site.
type OriginIn struct {
	URL string `json:"url" maxLength:"300" doc:"Such as https://news.example, without a path."`
}

// originRequest is a site with an idempotency key.
type originRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    OriginIn
}

// A site counts when the vendor has proved that it writes there (claim 28).
func (a *api) originRoutes() {
	register(a,
		needsKey(made(op(http.MethodPost, "/vendor/origins", "vendor:write", "add-origin",
			"Add a site, and learn what proves it"))),
		a.origin((*server.Seller).AddOrigin))
	register(a, needsKey(op(http.MethodPost, "/vendor/origins/verify", "vendor:write", "verify-origin",
		"Look for the proof at a site")),
		a.origin((*server.Seller).VerifyOrigin))
	register(a, needsKey(op(http.MethodPost, "/vendor/origins/remove", "vendor:write", "remove-origin",
		"Take a site off the list")),
		a.origin((*server.Seller).RemoveOrigin))
}

// origin is an operation on the site that the body names.
func (*api) origin(
	do func(*server.Seller, context.Context, server.Request, string) (view.OriginProof, bool, error),
) func(context.Context, *server.Seller, *originRequest) (*IdempotentBody[view.OriginProof], error) {
	return func(
		ctx context.Context, v *server.Seller, in *originRequest,
	) (*IdempotentBody[view.OriginProof], error) {
		q, err := in.request(callOf(ctx).what, in.RawBody)
		if err != nil {
			return nil, err
		}
		return idempotent(do(v, ctx, q, in.Body.URL))
	}
}
