package hook

import (
	"context"
	"crypto/sha256"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gowebpki/jcs"

	"tuppence/server"
	"tuppence/server/ledger"
)

// Keyed is the header of a request that must not act twice (draft-ietf-httpapi-idempotency-key-header). What moves or
// prepares money needs it ([needsKey]); all else that changes something may have it.
type Keyed struct {
	Key string `header:"Idempotency-Key" example:"order-1001"`
}

// keyNeeded marks operations in their metadata.
const keyNeeded = "key needed"

// needsKey marks an operation that is refused without an idempotency key.
func needsKey(o huma.Operation) huma.Operation {
	o.Metadata = map[string]any{keyNeeded: true}
	return o
}

// request fingerprints a call: method and path, and the canonical form of its body (RFC 8785), so that the same request
// spelt in another way is the same. The form is stored as a hash for as long as the key: it may never change.
func (k Keyed) request(call string, body []byte) (server.Request, error) {
	key := k.Key
	if key == "" { // whether that is enough is the service's to say
		return server.Request{}, nil
	}
	if len(key) >= 2 && strings.HasPrefix(key, `"`) && strings.HasSuffix(key, `"`) { // a string of RFC 9651 is fine, too
		key = key[1 : len(key)-1]
	}
	if key == "" || !utf8.ValidString(key) {
		return server.Request{}, ledger.Invalid("Idempotency-Key", "Use 1 to 255 characters, for example a fresh UUID.",
			"The idempotency key is empty or no text.")
	}
	canonical := body
	if len(body) > 0 {
		var err error
		if canonical, err = jcs.Transform(body); err != nil {
			return server.Request{}, ledger.Invalid("body", "Send one JSON object.",
				"The body has no canonical form: %s.", ledger.CleanLine(err.Error(), 120))
		}
	}
	hashed := make([]byte, 0, len(call)+1+len(canonical))
	hashed = append(append(append(hashed, call...), '\n'), canonical...)
	return server.Request{Key: key, Fingerprint: sha256.Sum256(hashed)}, nil
}

// keyedID is a request without a body about the thing in the path.
type keyedID struct {
	ID
	Keyed
}

// step registers a step of the thing that the path names, which needs no more to be said: a body of its own it has not.
// It is [one] for what changes something.
func step[K, B any](
	a *api, o huma.Operation, noun string, open func(string) (K, error),
	do func(*server.Seller, context.Context, server.Request, K) (B, bool, error),
) {
	register(a, o, func(ctx context.Context, v *server.Seller, in *keyedID) (*IdempotentBody[B], error) {
		key, err := open(in.ID.ID)
		if err != nil {
			return nil, ledger.RefuseNotFound(noun)
		}
		q, err := in.request(callOf(ctx).what, nil)
		if err != nil {
			return nil, err
		}
		return idempotent(do(v, ctx, q, key))
	})
}

// Replayed marks the answer to a repeated request.
type Replayed struct {
	Again string `header:"Idempotent-Replayed" doc:"true if the request had been answered before."`
}

// IdempotentBody is the answer to a request with an idempotency key.
type IdempotentBody[T any] struct {
	Replayed
	Body T
}

// idempotent is the answer with what the service returned, or its error.
func idempotent[T any](v T, again bool, err error) (*IdempotentBody[T], error) {
	if err != nil {
		return nil, err
	}
	out := &IdempotentBody[T]{Body: v}
	if again {
		out.Again = "true"
	}
	return out, nil
}
