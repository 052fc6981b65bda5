package webhook

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// maxEndpoints bounds the endpoints of a vendor.
	maxEndpoints = 10
	// maxParallel bounds the attempts at once that an endpoint may ask for.
	maxParallel = attemptsPerVendor
	// secretPurpose binds the sealed form of a secret to its use.
	secretPurpose = "webhook"
)

// Owner is the vendor that an endpoint belongs to, and who acts for it.
type Owner struct {
	Vendor ledger.VendorID
	Actor  ledger.Actor
}

// Settings are what a vendor decides about an endpoint. In a change, what is nil stays.
type Settings struct {
	URL      *string
	Events   *[]string // none: all
	Parallel *int      // attempts at once, 1 to 4
	Status   string    // "live", "disabled", or "" for what it is
}

// Step is a change of a vendor's in two parts: one inside a transaction, which may run more than once, and one for when
// that is durable. The caller owns the transaction, since the answer is remembered in it.
type Step[T any] struct {
	Do   func(books.Tx) (T, error)
	Done func()
}

// Adding makes the step that adds an endpoint for some types of events, none meaning all. It returns the endpoint with
// its secret, which is shown this once. Adding refuses with ErrInvalid an address that can never be called, and the
// step with ErrState too many endpoints. A name that leads nowhere today is only a warning: it may tomorrow.
func (o *Outbox) Adding(ctx context.Context, by Owner, q Settings) (step Step[view.Endpoint], err error) {
	e := ledger.Endpoint{Created: o.Now()}
	if err := o.apply(&e, q); err != nil {
		return step, err
	}
	secret, sealed, err := o.secret()
	if err != nil {
		return step, err
	}
	warning := o.Target.warning(ctx, e.URL)
	return Step[view.Endpoint]{Done: func() {}, Do: func(tx books.Tx) (made view.Endpoint, err error) {
		v, err := vendorOf(tx.Reader, by)
		if err != nil {
			return made, err
		}
		if len(v.Hooks) >= maxEndpoints {
			return made, ledger.Refuse(
				ledger.ErrState, "Remove one that is not needed.", "A vendor has at most %d webhook endpoints.", maxEndpoints,
			)
		}
		in, err := tx.Generation()
		if err != nil {
			return made, err
		}
		e := e // this may run more than once
		if e.Since, err = tx.Next(); err != nil {
			return made, err
		}
		v.HookNext++
		e.Number, e.Secrets = in.Owned(v.HookNext), [][]byte{sealed}
		v.Hooks = append(slices.Clone(v.Hooks), e)
		made = o.show(by, v, e, books.Health{})
		made.Secret, made.Warning = secret, sentences(warning, made.Warning)
		return made, putEndpoints(tx, v, by.Actor, e, ledger.Change{New: "added"}, e.Created)
	}}, nil
}

// apply checks settings and puts them into an endpoint, but for its status.
func (o *Outbox) apply(e *ledger.Endpoint, q Settings) error {
	if q.URL != nil || e.URL == "" {
		if q.URL == nil {
			q.URL = new(string)
		}
		if err := o.Target.check(*q.URL); err != nil {
			return err
		}
		e.URL = *q.URL
	}
	if q.Events != nil {
		if err := checkTypes(*q.Events); err != nil {
			return err
		}
		e.Events = *q.Events
	}
	if q.Parallel != nil {
		if *q.Parallel < 1 || *q.Parallel > maxParallel {
			return ledger.Invalid(
				"max_in_flight", "Ask for 1 to 4 at once.", "%d events at once are out of bounds.", *q.Parallel,
			)
		}
		e.Parallel = uint8(*q.Parallel)
	}
	return nil
}

// Changing makes the step that changes an endpoint: what is nil stays. One that becomes live gets what has waited for
// it, for at most 30 days. It refuses as [Outbox.Adding] does, and with ErrNotFound.
func (o *Outbox) Changing(
	ctx context.Context, by Owner, number uint64, q Settings,
) (step Step[view.Endpoint], err error) {
	warning := ""
	if q.URL != nil {
		if err := o.Target.check(*q.URL); err != nil { // before a name is looked up
			return step, err
		}
		warning = o.Target.warning(ctx, *q.URL)
	}
	at := o.Now()
	step.Do = func(tx books.Tx) (shown view.Endpoint, err error) {
		v, i, err := endpointOf(tx.Reader, by, number)
		if err != nil {
			return shown, err
		}
		v.Hooks = slices.Clone(v.Hooks)
		e := &v.Hooks[i]
		c := ledger.Change{Old: e.URL, New: "changed"}
		if err := o.apply(e, q); err != nil {
			return shown, err
		}
		switch {
		case q.Status == "disabled" && e.Disabled.IsZero():
			e.Disabled, e.Reason, c.New = at, "the vendor disabled it", "disabled by the vendor"
		case q.Status == "live" && !e.Disabled.IsZero():
			e.Disabled, e.Reason, c.New = time.Time{}, "", "live again"
			if err := resume(tx, by.Vendor, number, at); err != nil {
				return shown, err
			}
		}
		h, err := tx.Health(by.Vendor, number)
		shown = o.show(by, v, *e, h)
		shown.Warning = sentences(warning, shown.Warning)
		return shown, errors.Join(err, putEndpoints(tx, v, by.Actor, *e, c, at))
	}
	step.Done = func() { o.goOn(at, laneID{by.Vendor, number}) }
	return step, nil
}

// resumeAtOnce bounds how many events that had failed go at once when their endpoint is live again. The others keep the
// time of their next attempt.
const resumeAtOnce = 500

// resume lets what has failed at an endpoint be tried at once, and forgets that nothing succeeded.
func resume(tx books.Tx, v ledger.VendorID, endpoint uint64, at time.Time) error {
	h, err := tx.Health(v, endpoint)
	if err != nil {
		return err
	}
	h.Failing, h.Event, h.Others = time.Time{}, 0, false
	if err := tx.PutHealth(h); err != nil {
		return err
	}
	waiting, err := tx.WaitingAt(v, endpoint, resumeAtOnce)
	if err != nil {
		return err
	}
	for _, d := range waiting {
		if d.Held || !d.Due.After(at) {
			continue
		}
		if err := tx.PutDelivery(again(d, at)); err != nil {
			return err
		}
	}
	return nil
}

// goOn tells the courier that something of an endpoint may be sent from an instant on.
func (o *Outbox) goOn(at time.Time, id laneID) {
	o.resumed.add(at, id)
	o.Wake()
}

// Endpoints lists the endpoints of a vendor, without their secrets.
func (o *Outbox) Endpoints(r books.Reader, by Owner) (all []view.Endpoint, err error) {
	v, err := vendorOf(r, by)
	if err != nil {
		return nil, err
	}
	for _, e := range v.Hooks {
		h, err := r.Health(by.Vendor, e.Number)
		if err != nil {
			return nil, err
		}
		all = append(all, o.show(by, v, e, h))
	}
	return all, nil
}

// Endpoint shows one endpoint of a vendor, without its secret. It refuses with ErrNotFound.
func (o *Outbox) Endpoint(ctx context.Context, by Owner, number uint64) (shown view.Endpoint, err error) {
	err = o.View(ctx, func(r books.Reader) error {
		v, i, err := endpointOf(r, by, number)
		if err != nil {
			return err
		}
		h, err := r.Health(by.Vendor, number)
		shown = o.show(by, v, v.Hooks[i], h)
		return err
	})
	return shown, err
}

// Remove ends an endpoint; what was on its way to it is given up. It refuses with ErrNotFound.
func (o *Outbox) Remove(ctx context.Context, by Owner, number uint64) error {
	at := o.Now()
	err := o.Update(ctx, func(tx books.Tx) error {
		v, i, err := endpointOf(tx.Reader, by, number)
		if err != nil {
			return err
		}
		e := v.Hooks[i]
		v.Hooks = slices.Delete(slices.Clone(v.Hooks), i, i+1)
		if err := tx.DropHealth(by.Vendor, number); err != nil {
			return err
		}
		return putEndpoints(tx, v, by.Actor, e, ledger.Change{Old: "there", New: "removed"}, at)
	})
	if err == nil {
		o.goOn(at, laneID{by.Vendor, number})
	}
	return err
}

// disable stops sending to an endpoint, and says why to its vendor. What it has not taken waits.
func disable(tx books.Tx, d books.Delivery, why string, at time.Time) error {
	v, found, err := tx.Vendor(d.Vendor)
	i := indexOf(v, d.Endpoint)
	if err != nil || !found || i < 0 || !v.Hooks[i].Disabled.IsZero() {
		return err
	}
	v.Hooks = slices.Clone(v.Hooks)
	v.Hooks[i].Disabled, v.Hooks[i].Reason = at, why
	return putEndpoints(tx, v, ledger.Actor{Role: ledger.RoleSystem}, v.Hooks[i], ledger.Change{
		Old: "live", New: "disabled: " + why,
	}, at)
}

// checkTypes refuses types of events that are unknown.
func checkTypes(types []string) error {
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

// putEndpoints writes the changed endpoints of a vendor and the entry that says what changed about one of them.
func putEndpoints(
	tx books.Tx, v ledger.Vendor, a ledger.Actor, of ledger.Endpoint, c ledger.Change, at time.Time,
) error {
	c.Name, c.Number = changeName(of.URL), of.Number
	if _, err := tx.Append(ledger.Entry{At: at, Kind: ledger.KindHook, Actor: a, Vendor: v.ID, Change: &c}); err != nil {
		return err
	}
	return tx.PutVendor(v)
}

// show shows an endpoint and how it takes its events, without its secret.
func (o *Outbox) show(by Owner, v ledger.Vendor, e ledger.Endpoint, h books.Health) view.Endpoint {
	out := view.Endpoint{
		ID: o.Seal.Endpoint(by.Vendor, e.Number), URL: e.URL, Events: e.Events, Status: "live", Created: view.At(e.Created),
		Parallel: max(int(e.Parallel), 1), Disabled: view.Maybe(e.Disabled), Why: e.Reason, Success: view.Maybe(h.Success),
		Old: view.Maybe(oldUntil(e, o.Now())),
	}
	if !h.Failed.IsZero() {
		out.Failure = &view.EndpointError{At: view.At(h.Failed), Status: int(h.Status), Text: h.Error}
	}
	if !e.Disabled.IsZero() {
		out.Status = "disabled"
		return out
	}
	out.Next = view.Maybe(h.Next)
	out.Warning = o.doubled(by, v, e)
	return out
}

// doubled says that another live endpoint sends the same events to the same address, "" if none does. Who asks for
// events at each start of a program makes such ones, and has only the last secret.
func (o *Outbox) doubled(by Owner, v ledger.Vendor, e ledger.Endpoint) string {
	for _, other := range v.Hooks {
		if other.Number != e.Number && other.URL == e.URL && other.Disabled.IsZero() && overlap(other.Events, e.Events) {
			return "Events come twice: " + o.Seal.Endpoint(by.Vendor, other.Number) + " has this address, too, and another " +
				"secret. Remove the one whose secret you do not have."
		}
	}
	return ""
}

// overlap tells whether an event can be of both lists of types; an empty one has all.
func overlap(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(t string) bool { return slices.Contains(b, t) })
}

// sentences puts what two warnings say behind each other.
func sentences(a, b string) string { return strings.TrimSpace(a + " " + b) }
