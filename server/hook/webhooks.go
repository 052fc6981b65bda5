package hook

import (
	"context"
	"net/http"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// EndpointIn asks for events.
type EndpointIn struct {
	URL      string   `json:"url" maxLength:"500" doc:"A public https address, on port 443."`
	Events   []string `json:"event_types,omitempty" maxItems:"20" doc:"Left out: all events."`
	Parallel *int     `json:"max_in_flight,omitempty" minimum:"1" maximum:"4" doc:"For different buyers; left out: 1."`
}

// Endpoints take the events of Standard Webhooks 1.0.0; what is sent and when is decided in package webhook.
func (a *api) endpointRoutes() {
	const path = "/webhook_endpoints"
	register(a, made(op(http.MethodPost, path, "webhooks:write", "create-webhook-endpoint",
		"Ask for events (Standard Webhooks)")),
		a.createEndpoint)
	register(a, op(http.MethodGet, path, "webhooks:read", "list-webhook-endpoints",
		"The endpoints of the vendor"), a.endpoints)
	register(a, gone(op(http.MethodDelete, path+"/{id}", "webhooks:write", "remove-webhook-endpoint",
		"Send no more events there")),
		a.removeEndpoint)
	register(a, op(http.MethodPost, path+"/{id}/rotate_secret", "webhooks:write", "rotate-webhook-secret",
		"Make a new secret; the old one signs too for a day, or as long as the request says"), a.rotateEndpoint)
	a.eventRoutes()
}

type endpointRequest struct {
	Keyed
	RawBody []byte // for the fingerprint
	Body    EndpointIn
}

// createEndpoint asks for events. The answer has the secret that verifies them; only a repetition with the same key
// shows it again.
func (a *api) createEndpoint(
	ctx context.Context, v *server.Seller, in *endpointRequest,
) (*IdempotentBody[view.Endpoint], error) {
	q, err := in.request(callOf(ctx).what, in.RawBody)
	if err != nil {
		return nil, err
	}
	return idempotent(v.CreateEndpoint(ctx, q, server.EndpointSettings{
		URL: &in.Body.URL, Events: &in.Body.Events, Parallel: in.Body.Parallel,
	}))
}

// endpoints lists all of them: a vendor has few.
func (a *api) endpoints(ctx context.Context, v *server.Seller, _ *struct{}) (*Body[List[view.Endpoint]], error) {
	all, err := v.Endpoints(ctx)
	return list(view.All(all), err)
}

// removeEndpoint ends the events, also those that wait to be tried again.
func (a *api) removeEndpoint(ctx context.Context, v *server.Seller, in *ID) (*struct{}, error) {
	n, err := a.endpointNumber(v, in.ID)
	if err != nil {
		return nil, err
	}
	return nil, v.RemoveEndpoint(ctx, n)
}

// endpointNumber reads the name of one of the vendor's own endpoints.
func (a *api) endpointNumber(v *server.Seller, name string) (uint64, error) {
	vendor, n, err := a.names.OpenEndpoint(name)
	if err != nil || vendor != v.ID {
		return 0, ledger.RefuseNotFound("webhook endpoint")
	}
	return n, nil
}
