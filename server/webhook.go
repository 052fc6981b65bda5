package server

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// EventTypes are what a webhook endpoint may ask for.
var EventTypes = []string{
	"checkout.completed", "charge.succeeded", "charge.refunded", "grant.exhausted",
	"dispute.opened", "dispute.closed", "link.created", "link.revoked",
}

// Hook is a webhook endpoint; the secret is there only when it was just made.
type Hook struct {
	ledger.Endpoint
	Secret string
}

// maxHooks bounds the endpoints of a vendor.
const maxHooks = 10

// CreateHook adds a webhook endpoint and answers its secret, once.
func (v *Seller) CreateHook(ctx context.Context, url string, events []string) (h Hook, err error) {
	if _, err := ledger.OriginOf(url); err != nil {
		return h, ledger.Invalid("url", "Use an https address that the service can reach.", "Webhooks cannot go there.")
	}
	if len(url) > 500 || url == "" {
		return h, ledger.Invalid("url", "Use an https address of at most 500 characters.", "The address is missing or too long.")
	}
	for _, e := range events {
		if !slices.Contains(EventTypes, e) {
			return h, ledger.Invalid("event_types", "See the list of events in the contract.", "There is no event %q.", ledger.CleanLine(e, 40))
		}
	}
	secret, sealed, err := v.s.hookSecret()
	if err != nil {
		return h, err
	}
	at := v.s.clock()
	err = v.s.update(ctx, func(tx books.Tx) error {
		me, err := v.record(tx.Reader)
		if err != nil {
			return err
		}
		if len(me.Hooks) >= maxHooks {
			return ledger.Refuse(ledger.ErrState, "Remove one that is not needed.", "A vendor has at most %d webhook endpoints.", maxHooks)
		}
		me.HookNext++
		h = Hook{Endpoint: ledger.Endpoint{Number: me.HookNext, URL: url, Events: events, Secrets: [][]byte{sealed}, Created: at}, Secret: secret}
		me.Hooks = append(slices.Clone(me.Hooks), h.Endpoint)
		return v.putHooks(tx, me, "webhook "+url, "", "added", at)
	})
	return h, err
}

// hookSecret makes a secret in the form of Standard Webhooks, and its sealed form.
func (s *Server) hookSecret() (secret string, sealed []byte, err error) {
	raw, err := s.seal.Random(24)
	if err != nil {
		return "", nil, err
	}
	secret = "whsec_" + base64.StdEncoding.EncodeToString(raw)
	sealed, err = s.seal.Seal([]byte(secret), "webhook")
	return secret, sealed, err
}

func (v *Seller) putHooks(tx books.Tx, me ledger.Vendor, name, old, now string, at time.Time) error {
	_, err := tx.Append(ledger.Entry{
		At: at, Kind: ledger.KindHook, Actor: v.actor(), Vendor: v.ID,
		Change: &ledger.Change{Name: ledger.CleanLine(name, 200), Old: old, New: now},
	})
	if err != nil {
		return err
	}
	return tx.PutVendor(me)
}

// Hooks lists the vendor's webhook endpoints.
func (v *Seller) Hooks(ctx context.Context) (all []ledger.Endpoint, err error) {
	me, err := v.Vendor(ctx)
	return me.Hooks, err
}

// RemoveHook ends a webhook endpoint.
func (v *Seller) RemoveHook(ctx context.Context, number uint64) error {
	at := v.s.clock()
	return v.s.update(ctx, func(tx books.Tx) error {
		me, err := v.record(tx.Reader)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(me.Hooks, func(h ledger.Endpoint) bool { return h.Number == number })
		if i < 0 {
			return ledger.RefuseNotFound("webhook endpoint")
		}
		url := me.Hooks[i].URL
		me.Hooks = slices.Delete(slices.Clone(me.Hooks), i, i+1)
		return v.putHooks(tx, me, "webhook "+url, "there", "removed", at)
	})
}

// RotateHook gives an endpoint a new secret; the old one signs too until the next rotation.
func (v *Seller) RotateHook(ctx context.Context, number uint64) (h Hook, err error) {
	secret, sealed, err := v.s.hookSecret()
	if err != nil {
		return h, err
	}
	at := v.s.clock()
	err = v.s.update(ctx, func(tx books.Tx) error {
		me, err := v.record(tx.Reader)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(me.Hooks, func(h ledger.Endpoint) bool { return h.Number == number })
		if i < 0 {
			return ledger.RefuseNotFound("webhook endpoint")
		}
		me.Hooks = slices.Clone(me.Hooks)
		old := me.Hooks[i].Secrets
		me.Hooks[i].Secrets = append([][]byte{sealed}, old[:min(1, len(old))]...)
		me.Hooks[i].Disabled = time.Time{}
		h = Hook{Endpoint: me.Hooks[i], Secret: secret}
		return v.putHooks(tx, me, "webhook "+h.URL, "", "new secret", at)
	})
	return h, err
}
