package hook

import (
	"context"
	"net/http"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
)

// EndpointIn asks for events.
type EndpointIn struct {
	URL    string   `json:"url" maxLength:"500"`
	Events []string `json:"event_types,omitempty" maxItems:"20" doc:"Left out: all events."`
}

// Hook is a webhook endpoint. The secret is shown when it is made, and then never again.
type Hook struct {
	ID      string    `json:"id"`
	URL     string    `json:"url"`
	Events  []string  `json:"event_types"`
	Status  string    `json:"status" enum:"live,disabled"`
	Secret  string    `json:"secret,omitempty"`
	Created time.Time `json:"created"`
}

func (a *api) hookRoutes() {
	register(a, made(op(http.MethodPost, "/webhook_endpoints", "create-webhook-endpoint", "Ask for events (Standard Webhooks)")),
		func(ctx context.Context, v *server.Seller, in *struct{ Body EndpointIn }) (*Body[Hook], error) {
			h, err := v.CreateHook(ctx, in.Body.URL, in.Body.Events)
			if err != nil {
				return nil, err
			}
			return body(a.hook(v, h)), nil
		})
	register(a, op(http.MethodGet, "/webhook_endpoints", "list-webhook-endpoints", "The endpoints of the vendor"),
		func(ctx context.Context, v *server.Seller, _ *struct{}) (*Body[List[Hook]], error) {
			list, err := v.Hooks(ctx)
			if err != nil {
				return nil, err
			}
			var data []Hook
			for _, e := range list {
				data = append(data, a.hook(v, server.Hook{Endpoint: e}))
			}
			return page(data, ""), nil
		})
	gone := op(http.MethodDelete, "/webhook_endpoints/{id}", "remove-webhook-endpoint", "Send no more events there")
	gone.DefaultStatus = http.StatusNoContent
	register(a, gone, func(ctx context.Context, v *server.Seller, in *ID) (*struct{}, error) {
		n, err := a.hookNumber(v, in.ID)
		if err != nil {
			return nil, err
		}
		return nil, v.RemoveHook(ctx, n)
	})
	register(a, op(http.MethodPost, "/webhook_endpoints/{id}/rotate_secret", "rotate-webhook-secret", "Make a new secret; the old one signs too until the next time"),
		func(ctx context.Context, v *server.Seller, in *ID) (*Body[Hook], error) {
			n, err := a.hookNumber(v, in.ID)
			if err != nil {
				return nil, err
			}
			h, err := v.RotateHook(ctx, n)
			if err != nil {
				return nil, err
			}
			return body(a.hook(v, h)), nil
		})
}

func (a *api) hookNumber(v *server.Seller, name string) (uint64, error) {
	vendor, n, err := a.names.OpenEndpoint(name)
	if err != nil || vendor != v.ID {
		return 0, ledger.RefuseNotFound("webhook endpoint")
	}
	return n, nil
}

func (a *api) hook(v *server.Seller, h server.Hook) Hook {
	out := Hook{ID: a.names.Endpoint(v.ID, h.Number), URL: h.URL, Events: h.Events, Status: "live", Secret: h.Secret, Created: h.Created}
	if out.Events == nil {
		out.Events = []string{}
	}
	if !h.Disabled.IsZero() {
		out.Status = "disabled"
	}
	return out
}
