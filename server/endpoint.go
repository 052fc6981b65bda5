package server

import (
	"context"
	"time"

	"tuppence/server/view"
	"tuppence/server/webhook"
)

// EndpointSettings are what a vendor decides about a webhook endpoint; in a change, what is nil stays.
type EndpointSettings = webhook.Settings

// EventQuery asks for events of a vendor.
type EventQuery = webhook.EventQuery

// SecretOverlap is for how long an old secret signs beside a new one, unless the vendor says otherwise.
const SecretOverlap = webhook.Overlap

// owner is the vendor as the owner of its webhook endpoints.
func (v *Seller) owner() webhook.Owner { return webhook.Owner{Vendor: v.ID, Actor: v.actor()} }

// EventTypes returns the types of events that a webhook endpoint may ask for.
func EventTypes() []string { return webhook.EventTypes() }

// CreateEndpoint adds a webhook endpoint and returns its secret, once. It refuses with ErrInvalid an address that can
// never be called and a type that is not there, and with ErrState one endpoint too many. A repetition with the same key
// returns the first answer, with its secret.
func (v *Seller) CreateEndpoint(ctx context.Context, q Request, to EndpointSettings) (view.Endpoint, bool, error) {
	return carryOut(ctx, v, q, "endpoint", func() (webhook.Step[view.Endpoint], error) {
		return v.s.webhooks.Adding(ctx, v.owner(), to)
	})
}

// carryOut carries a step out, once for each idempotency key.
func carryOut[T any](
	ctx context.Context, v *Seller, q Request, kind string, prepare func() (webhook.Step[T], error),
) (out T, replayed bool, err error) {
	if err := v.takeRequest(); err != nil {
		return out, false, err
	}
	step, err := prepare()
	if err != nil {
		return out, false, err
	}
	if out, replayed, err = once(ctx, v, q, kind, step.Do); err == nil {
		step.Done()
	}
	return out, replayed, err
}

// Endpoints lists the vendor's webhook endpoints and how they take events, without their secrets.
func (v *Seller) Endpoints(ctx context.Context) ([]view.Endpoint, error) {
	return v.s.webhooks.Endpoints(ctx, v.owner())
}

// Endpoint shows one webhook endpoint. It refuses with ErrNotFound.
func (v *Seller) Endpoint(ctx context.Context, number uint64) (view.Endpoint, error) {
	return v.s.webhooks.Endpoint(ctx, v.owner(), number)
}

// ChangeEndpoint changes a webhook endpoint, disables it, or makes it live again: then it gets what has waited. It
// refuses with ErrNotFound and ErrInvalid.
func (v *Seller) ChangeEndpoint(
	ctx context.Context, q Request, number uint64, to EndpointSettings,
) (view.Endpoint, bool, error) {
	return carryOut(ctx, v, q, "endpoint", func() (webhook.Step[view.Endpoint], error) {
		return v.s.webhooks.Changing(ctx, v.owner(), number, to)
	})
}

// RemoveEndpoint ends a webhook endpoint. It refuses with ErrNotFound.
func (v *Seller) RemoveEndpoint(ctx context.Context, number uint64) error {
	return v.s.webhooks.Remove(ctx, v.owner(), number)
}

// RotateEndpoint gives an endpoint a new secret; old ones sign too for the overlap, at most 7 days. It refuses with
// ErrNotFound, ErrInvalid, and with ErrState while two old ones sign.
func (v *Seller) RotateEndpoint(
	ctx context.Context, q Request, number uint64, overlap time.Duration,
) (view.Endpoint, bool, error) {
	return carryOut(ctx, v, q, "secret", func() (webhook.Step[view.Endpoint], error) {
		return v.s.webhooks.Rotating(v.owner(), number, overlap)
	})
}

// Events lists the events of the last 30 days that were for the vendor's endpoints, newest first. It refuses with
// ErrInvalid.
func (v *Seller) Events(ctx context.Context, q EventQuery) (view.Page[view.VendorEvent], error) {
	return v.s.webhooks.Events(ctx, v.owner(), q)
}

// Redeliver sends an event once more, to one endpoint or with the number 0 to all that it was for. It refuses with
// ErrNotFound, and with ErrState what is on its way already.
func (v *Seller) Redeliver(
	ctx context.Context, q Request, event string, endpoint uint64,
) (view.VendorEvent, bool, error) {
	return carryOut(ctx, v, q, "event", func() (webhook.Step[view.VendorEvent], error) {
		return v.s.webhooks.Redelivering(v.owner(), event, endpoint)
	})
}
