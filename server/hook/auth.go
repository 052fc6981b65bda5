package hook

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tuppence/server"
	"tuppence/server/ledger"
)

// authenticate finds the vendor behind the API key (a bearer token, RFC 6750), has it judged for the scope of the
// operation and the address of the client, and bounds the rate of the vendor. What the key may not do takes nothing of
// that. It is the only place that reads the key: handlers get the vendor that it found.
func (a *api) authenticate(ctx huma.Context, next func(huma.Context)) {
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	r, w := humago.Unwrap(ctx)
	seller, err := a.vendor(r, w.Header(), scopeOf(ctx.Operation()))
	if err != nil {
		a.refuse(ctx, err)
		return
	}
	if large, is := ctx.Operation().Metadata[largeBody].(*largeBodies); is {
		if !large.enter(seller.ID) {
			a.refuse(ctx, ledger.RefuseRate(time.Second))
			return
		}
		defer large.leave(seller.ID)
	}
	c := callOf(ctx.Context())
	c.seller, c.most = seller, ctx.Operation().MaxBodyBytes
	next(ctx)
}

// vendor finds the vendor behind the key of a request that needs a scope, and takes one out of its rate.
func (a *api) vendor(r *http.Request, h http.Header, scope string) (*server.Seller, error) {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return nil, ledger.RefuseUnauthenticated()
	}
	seller, err := a.svc.AuthenticateUse(r.Context(), token, server.KeyUse{
		Scope: scope, From: server.NetworkAddr(r.RemoteAddr),
	})
	if err != nil {
		return nil, err
	}
	return seller, a.limits.allow(h, seller.ID)
}

// refuse writes an error from outside of a handler.
func (a *api) refuse(ctx huma.Context, err error) {
	_, w := humago.Unwrap(ctx)
	a.write(w, a.problem(ctx.Context(), err))
}

// register adds an operation that a vendor's key opens. Errors of the handler become problems here, once.
func register[I, O any](a *api, o huma.Operation, handle func(context.Context, *server.Seller, *I) (*O, error)) {
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = maxBody
	}
	if o.DefaultStatus == 0 {
		o.DefaultStatus = http.StatusOK
	}
	huma.Register(a.huma, o, func(ctx context.Context, in *I) (*O, error) {
		seller := callOf(ctx).seller
		if seller == nil { // an operation that no middleware guards
			return nil, a.problem(ctx, ledger.RefuseUnauthenticated())
		}
		out, err := handle(ctx, seller, in)
		if err != nil {
			return nil, a.problem(ctx, err)
		}
		return out, nil
	})
}

// op describes an operation and the scope that a restricted key needs for it. Ids and summaries are what generated
// clients are made of: a changed id breaks them.
func op(method, path, scope, id, summary string) huma.Operation {
	return huma.Operation{
		Method: method, Path: "/v1" + path, OperationID: id, Summary: summary,
		Security: []map[string][]string{{"key": {scope}}}, // authenticate looks at this
	}
}

// scopeOf is the scope that an operation needs, "" if none was named.
func scopeOf(o *huma.Operation) string {
	for _, by := range o.Security {
		if scopes := by["key"]; len(scopes) == 1 {
			return scopes[0]
		}
	}
	return ""
}

// made marks an operation that creates something: its status is 201.
func made(o huma.Operation) huma.Operation {
	o.DefaultStatus = http.StatusCreated
	return o
}

// onlyReads marks operations in their metadata.
const onlyReads = "only reads"

// reads marks an operation that changes nothing, though what it is asked comes in a body.
func reads(o huma.Operation) huma.Operation {
	o.Metadata = map[string]any{onlyReads: true}
	return o
}

// gone marks an operation that leaves nothing to show: its status is 204.
func gone(o huma.Operation) huma.Operation {
	o.DefaultStatus = http.StatusNoContent
	return o
}

// one registers an operation on the thing that the path names: open reads the name, and do returns the body. What has
// no such name, and what belongs to another vendor, is not found: the difference is no vendor's business.
func one[K, B any](
	a *api, o huma.Operation, noun string, open func(string) (K, error),
	do func(*server.Seller, context.Context, K) (B, error),
) {
	register(a, o, func(ctx context.Context, v *server.Seller, in *ID) (*Body[B], error) {
		key, err := open(in.ID)
		if err != nil {
			return nil, ledger.RefuseNotFound(noun)
		}
		return body(do(v, ctx, key))
	})
}
