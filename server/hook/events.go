package hook

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/view"
)

// eventRoutes are what a vendor does about events beside asking for them: see how an endpoint takes them, change it,
// look at what was sent, and have it sent again.
func (a *api) eventRoutes() {
	const path = "/webhook_endpoints/{id}"
	register(a, op(http.MethodGet, path, "webhooks:read", "get-webhook-endpoint",
		"An endpoint and how it takes events"), a.endpoint)
	register(a, op(http.MethodPatch, path, "webhooks:write", "change-webhook-endpoint",
		"Change an endpoint, disable it, or make it live again"), a.changeEndpoint)
	register(a, op(http.MethodGet, "/events", "webhooks:read", "list-events",
		"The events of the last 30 days that were for endpoints, newest first"), a.events)
	register(a, op(http.MethodPost, "/events/{id}/redeliver", "webhooks:write", "redeliver-event",
		"Send an event once more"), a.redeliver)
}

// EndpointChange changes an endpoint; what is left out stays.
type EndpointChange struct {
	URL      *string   `json:"url,omitempty" maxLength:"500"`
	Events   *[]string `json:"event_types,omitempty" maxItems:"20" doc:"Empty: all events."`
	Parallel *int      `json:"max_in_flight,omitempty" minimum:"1" maximum:"4"`
	Status   string    `json:"status,omitempty" enum:"live,disabled" doc:"What waits for it comes when it is live."`
}

type endpointChange struct {
	ID
	Keyed
	RawBody []byte // for the fingerprint
	Body    EndpointChange
}

func (a *api) endpoint(ctx context.Context, v *server.Seller, in *ID) (*Body[view.Endpoint], error) {
	n, err := a.endpointNumber(v, in.ID)
	if err != nil {
		return nil, err
	}
	return body(v.Endpoint(ctx, n))
}

func (a *api) changeEndpoint(
	ctx context.Context, v *server.Seller, in *endpointChange,
) (*IdempotentBody[view.Endpoint], error) {
	n, err := a.endpointNumber(v, in.ID.ID)
	if err != nil {
		return nil, err
	}
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	return idempotent(v.ChangeEndpoint(ctx, q, n, server.EndpointSettings{
		URL: in.Body.URL, Events: in.Body.Events, Parallel: in.Body.Parallel, Status: in.Body.Status,
	}))
}

// optional fingerprints a call whose body may be left out.
func optional[T any](ctx context.Context, k Keyed, body *T) (server.Request, error) {
	if body == nil {
		return k.request(callOf(ctx).what, nil)
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return server.Request{}, err
	}
	return k.request(callOf(ctx).what, raw)
}

// RotateIn says for how long old secrets sign beside the new one.
type RotateIn struct {
	Overlap *int64 `json:"overlap_seconds,omitempty" minimum:"0" maximum:"604800" doc:"0: a leak; left out: 24 hours."`
}

type rotateRequest struct {
	ID
	Keyed
	Body *RotateIn
}

// rotateEndpoint makes a new secret. Events are signed with both for a while, so none is lost on the way.
func (a *api) rotateEndpoint(
	ctx context.Context, v *server.Seller, in *rotateRequest,
) (*IdempotentBody[view.Endpoint], error) {
	n, err := a.endpointNumber(v, in.ID.ID)
	if err != nil {
		return nil, err
	}
	q, err := optional(ctx, in.Keyed, in.Body)
	if err != nil {
		return nil, err
	}
	overlap := server.SecretOverlap
	if in.Body != nil && in.Body.Overlap != nil {
		overlap = time.Duration(*in.Body.Overlap) * time.Second
	}
	return idempotent(v.RotateEndpoint(ctx, q, n, overlap))
}

// eventList are the parameters of the list of events.
type eventList struct {
	Paged
	Type  string `query:"type" maxLength:"40" doc:"Only events of this type."`
	Since string `query:"since" maxLength:"40" doc:"Only events after the one with this id."`
}

func (a *api) events(ctx context.Context, v *server.Seller, in *eventList) (*Body[List[view.VendorEvent]], error) {
	return list(v.Events(ctx, server.EventQuery{Paging: in.paging(), Type: in.Type, Since: in.Since}))
}

// RedeliverIn says where an event is to be sent again.
type RedeliverIn struct {
	EndpointID string `json:"endpoint_id,omitempty" maxLength:"64" doc:"Left out: all endpoints that it was for."`
}

type redeliverRequest struct {
	ID
	Keyed
	Body *RedeliverIn
}

// redeliver has an event sent again, at once; the answer says what is on its way now.
func (a *api) redeliver(
	ctx context.Context, v *server.Seller, in *redeliverRequest,
) (*IdempotentBody[view.VendorEvent], error) {
	var to uint64
	q, err := optional(ctx, in.Keyed, in.Body)
	if err != nil {
		return nil, err
	}
	if in.Body != nil && in.Body.EndpointID != "" {
		if to, err = a.endpointNumber(v, in.Body.EndpointID); err != nil {
			return nil, named(err, "endpoint_id")
		}
	}
	return idempotent(v.Redeliver(ctx, q, in.ID.ID, to))
}
