package webhook

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// maxEndpoints bounds the endpoints of a vendor.
	maxEndpoints = 10
	// maxURL bounds the address of an endpoint, in bytes.
	maxURL = 500
	// secretPurpose binds the sealed form of a secret to its use.
	secretPurpose = "webhook"
)

// Owner is the vendor that an endpoint belongs to, and who acts for it.
type Owner struct {
	Vendor ledger.VendorID
	Actor  ledger.Actor
}

// Adding makes the step that adds an endpoint for some types of events, none meaning all, inside a transaction. The
// step returns the endpoint with its secret, which is shown this once. Adding refuses with ErrInvalid an address that
// the service would not send to; the step refuses with ErrState too many.
func (o *Outbox) Adding(by Owner, url string, types []string) (func(books.Tx) (view.Endpoint, error), error) {
	if err := checkEndpoint(url, types); err != nil {
		return nil, err
	}
	secret, sealed, err := o.secret()
	if err != nil {
		return nil, err
	}
	at := o.Now()
	return func(tx books.Tx) (view.Endpoint, error) {
		v, err := vendorOf(tx.Reader, by)
		if err != nil {
			return view.Endpoint{}, err
		}
		if len(v.Hooks) >= maxEndpoints {
			return view.Endpoint{}, ledger.Refuse(
				ledger.ErrState, "Remove one that is not needed.", "A vendor has at most %d webhook endpoints.", maxEndpoints,
			)
		}
		no, err := tx.Next()
		if err != nil {
			return view.Endpoint{}, err
		}
		v.HookNext++
		e := ledger.Endpoint{Number: v.HookNext, URL: url, Events: types, Secrets: [][]byte{sealed}, Created: at, Since: no}
		v.Hooks = append(slices.Clone(v.Hooks), e)
		change := ledger.Change{Name: changeName(url), New: "added"}
		return o.show(by, e, secret), putEndpoints(tx, v, by.Actor, change, at)
	}, nil
}

// Endpoints lists the endpoints of a vendor, without their secrets.
func (o *Outbox) Endpoints(ctx context.Context, by Owner) (all []view.Endpoint, err error) {
	err = o.View(ctx, func(r books.Reader) error {
		v, err := vendorOf(r, by)
		all = view.Map(v.Hooks, func(e ledger.Endpoint) view.Endpoint { return o.show(by, e, "") })
		return err
	})
	return all, err
}

// Remove ends an endpoint; what was on its way to it is given up. It refuses with ErrNotFound.
func (o *Outbox) Remove(ctx context.Context, by Owner, number uint64) error {
	at := o.Now()
	return o.Update(ctx, func(tx books.Tx) error {
		v, i, err := endpointOf(tx.Reader, by, number)
		if err != nil {
			return err
		}
		name := changeName(v.Hooks[i].URL)
		v.Hooks = slices.Delete(slices.Clone(v.Hooks), i, i+1)
		return putEndpoints(tx, v, by.Actor, ledger.Change{Name: name, Old: "there", New: "removed"}, at)
	})
}

// Rotating makes the step that gives an endpoint a new secret, inside a transaction. The step returns it with the
// secret, which is shown this once; the old one signs too until the next rotation. A disabled endpoint is live again.
// The step refuses with ErrNotFound.
func (o *Outbox) Rotating(by Owner, number uint64) (func(books.Tx) (view.Endpoint, error), error) {
	secret, sealed, err := o.secret()
	if err != nil {
		return nil, err
	}
	at := o.Now()
	return func(tx books.Tx) (view.Endpoint, error) {
		v, i, err := endpointOf(tx.Reader, by, number)
		if err != nil {
			return view.Endpoint{}, err
		}
		v.Hooks = slices.Clone(v.Hooks)
		old := v.Hooks[i].Secrets
		v.Hooks[i].Secrets = append([][]byte{sealed}, old[:min(1, len(old))]...)
		v.Hooks[i].Disabled = time.Time{}
		change := ledger.Change{Name: changeName(v.Hooks[i].URL), New: "new secret"}
		return o.show(by, v.Hooks[i], secret), putEndpoints(tx, v, by.Actor, change, at)
	}, nil
}

// disable stops sending to an endpoint that said "gone" or never took a delivery.
func disable(tx books.Tx, d books.Delivery, at time.Time) error {
	v, found, err := tx.Vendor(d.Vendor)
	if err != nil || !found {
		return err
	}
	i := indexOf(v, d.Endpoint)
	if i < 0 || !v.Hooks[i].Disabled.IsZero() {
		return nil
	}
	v.Hooks = slices.Clone(v.Hooks)
	v.Hooks[i].Disabled = at
	return putEndpoints(tx, v, ledger.Actor{Role: ledger.RoleSystem}, ledger.Change{
		Name: changeName(v.Hooks[i].URL), Old: "live", New: "disabled: it does not take events",
	}, at)
}

// checkEndpoint refuses an address that cannot take events, and types that are unknown. Whether the address is public
// is checked when it is dialled.
func checkEndpoint(url string, types []string) error {
	if _, err := ledger.OriginOf(url); err != nil {
		return ledger.Invalid("url", "Use an https address that the service can reach.", "Webhooks cannot go there.")
	}
	if len(url) > maxURL || url == "" {
		return ledger.Invalid(
			"url", "Use an https address of at most 500 characters.", "The address is missing or too long.",
		)
	}
	known := EventTypes()
	for _, t := range types {
		if !slices.Contains(known, t) {
			return ledger.Invalid(
				"event_types", "See the list of events in the contract.", "There is no event %q.", ledger.CleanLine(t, 40),
			)
		}
	}
	return nil
}

// secret makes a secret in the form of Standard Webhooks, and its sealed form. The books keep the sealed form only.
func (o *Outbox) secret() (secret string, sealed []byte, err error) {
	raw, err := o.Seal.Random(24)
	if err != nil {
		return "", nil, err
	}
	secret = "whsec_" + base64.StdEncoding.EncodeToString(raw)
	sealed, err = o.Seal.Seal([]byte(secret), secretPurpose)
	return secret, sealed, err
}

// vendorOf reads the vendor itself.
func vendorOf(r books.Reader, by Owner) (ledger.Vendor, error) {
	v, found, err := r.Vendor(by.Vendor)
	if err == nil && !found {
		err = ledger.RefuseUnauthenticated()
	}
	return v, err
}

// endpointOf finds an endpoint of the vendor. It refuses with ErrNotFound.
func endpointOf(r books.Reader, by Owner, number uint64) (v ledger.Vendor, i int, err error) {
	if v, err = vendorOf(r, by); err != nil {
		return v, 0, err
	}
	if i = indexOf(v, number); i < 0 {
		err = ledger.RefuseNotFound("webhook endpoint")
	}
	return v, i, err
}

// indexOf is the place of an endpoint, -1 if it is gone.
func indexOf(v ledger.Vendor, number uint64) int {
	return slices.IndexFunc(v.Hooks, func(h ledger.Endpoint) bool { return h.Number == number })
}

// changeName names an endpoint in the journal.
func changeName(url string) string { return "webhook " + ledger.CleanLine(url, 180) }

// putEndpoints writes the changed endpoints of a vendor and the entry that says what changed.
func putEndpoints(tx books.Tx, v ledger.Vendor, a ledger.Actor, c ledger.Change, at time.Time) error {
	if _, err := tx.Append(ledger.Entry{At: at, Kind: ledger.KindHook, Actor: a, Vendor: v.ID, Change: &c}); err != nil {
		return err
	}
	return tx.PutVendor(v)
}

// show shows an endpoint; the secret is "" unless it was just made.
func (o *Outbox) show(by Owner, e ledger.Endpoint, secret string) view.Endpoint {
	out := view.Endpoint{
		ID: o.Seal.Endpoint(by.Vendor, e.Number), URL: e.URL, Events: e.Events, Status: "live", Secret: secret,
		Created: view.At(e.Created),
	}
	if !e.Disabled.IsZero() {
		out.Status = "disabled"
	}
	return out
}
