package server

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
	"tuppence/server/webhook"
)

// maxTitle bounds the name of a vendor for people, in characters: it stands in a line of a screen beside an amount.
const maxTitle = 80

// VendorCreate opens a vendor. The operator knows who it is, so the origin counts as verified at once. The API key is
// shown this once and kept as a hash. It refuses with ErrInvalid a name or an origin that cannot be, with ErrState a
// name that is taken, and with ErrNotAllowed a caller who is no operator.
func (s *Server) VendorCreate(
	ctx context.Context, who view.Caller, q view.VendorRequest,
) (k view.VendorKey, err error) {
	if err := ledger.CheckVendorName(q.Name); err != nil {
		return k, err
	}
	origin := ""
	if q.Origin != "" {
		if origin, err = ledger.CheckOrigin(q.Origin); err != nil {
			return k, err
		}
	}
	// A vendor without a title is shown by its name.
	if err := ledger.CheckLength("title", q.Title, maxTitle); err != nil {
		return k, err
	}
	title := ledger.CleanLine(q.Title, maxTitle)
	if title == "" {
		title = q.Name
	}
	at := s.clock()
	key, made, err := s.newAPIKey(at)
	if err != nil {
		return k, err
	}
	err = s.updateStaff(ctx, who, operatorOnly, "vendor create", func(tx books.Tx, st ledger.Staff) (err error) {
		if err := nameIsFree(tx.Reader, q.Name); err != nil {
			return err
		}
		v := ledger.Vendor{
			Name: q.Name, Title: title, Status: ledger.VendorActive, Created: at, Keys: []ledger.APIKey{made},
		}
		if origin != "" {
			v.Origins = []ledger.Origin{{URL: origin, Verified: at}}
		}
		if v.ID, err = tx.NextVendor(); err != nil {
			return err
		}
		if err := tx.PutVendor(v); err != nil {
			return err
		}
		k = view.VendorKey{ID: s.seal.Vendor(v.ID), Name: v.Name, Origin: origin, Key: key}
		c := ledger.Change{Name: "vendor", New: v.Name + " " + origin}
		return appendStaffAct(tx, st, ledger.KindVendor, v.ID, c, at)
	})
	if err != nil {
		return view.VendorKey{}, err
	}
	s.notifier.wake(topicDesk)
	return k, nil
}

// nameIsFree refuses a name that another vendor has: people type it, so it means one vendor.
func nameIsFree(r books.Reader, name string) error {
	_, taken, err := r.VendorByName(name)
	if err == nil && taken {
		err = ledger.Refuse(
			ledger.ErrState, "Choose another name, or make a new key with: vendor key NAME.",
			"There is a vendor %s already.", name,
		)
	}
	return err
}

// VendorKey makes a new API key for a vendor; all earlier ones end at once. Keys that ended are kept as hashes, so that
// the journal can name them. It refuses with ErrNotFound an unknown vendor, and with ErrNotAllowed a caller who is no
// operator.
func (s *Server) VendorKey(ctx context.Context, who view.Caller, name string) (k view.VendorKey, err error) {
	at := s.clock()
	key, made, err := s.newAPIKey(at)
	if err != nil {
		return k, err
	}
	err = s.updateStaff(ctx, who, operatorOnly, "vendor key", func(tx books.Tx, st ledger.Staff) (err error) {
		v, err := s.vendorNamed(tx.Reader, name)
		if err != nil {
			return err
		}
		k = view.VendorKey{ID: s.seal.Vendor(v.ID), Name: v.Name, Origin: verifiedSite(v), Key: key}
		// All earlier keys end in the same commit: a key is replaced when it may be known to others.
		keys := make([]ledger.APIKey, 0, len(v.Keys)+1)
		for _, had := range v.Keys {
			if had.Live(at) {
				k.Ended++
			}
			if had.Ended.IsZero() {
				had.Ended = at
			}
			keys = append(keys, had)
		}
		v.Keys = append(keys, made)
		if err := tx.PutVendor(v); err != nil {
			return err
		}
		c := ledger.Change{Name: "api key", New: made.Hint}
		return appendStaffAct(tx, st, ledger.KindKeyAdded, v.ID, c, at)
	})
	if err != nil {
		return view.VendorKey{}, err
	}
	s.notifier.wake(topicDesk)
	return k, nil
}

// newAPIKey makes a key of a vendor, and what is kept of it. It is made before the transaction, which may run more than
// once.
func (s *Server) newAPIKey(at time.Time) (key string, kept ledger.APIKey, err error) {
	key, hash, hint, err := s.seal.APIKey(!s.house.Simulated)
	return key, ledger.APIKey{Hash: hash, Hint: hint, Created: at}, err
}

// vendorNamed returns the vendor with this name or sealed name. People type the name, programs have the sealed one. It
// refuses with ErrNotFound.
func (s *Server) vendorNamed(r books.Reader, name string) (ledger.Vendor, error) {
	id, err := s.seal.OpenVendor(name)
	found := err == nil
	if !found {
		if id, found, err = r.VendorByName(name); err != nil {
			return ledger.Vendor{}, err
		}
	}
	var v ledger.Vendor
	if found {
		if v, found, err = r.Vendor(id); err != nil {
			return v, err
		}
	}
	if !found {
		return v, ledger.Refuse(
			ledger.ErrNotFound, "Check the name.", "There is no vendor %q.", ledger.CleanLine(name, 40),
		)
	}
	return v, nil
}

// verifiedSites are the verified origins of a vendor. Only these may receive a browser or a grant (claim 28).
func verifiedSites(v ledger.Vendor) (all []string) {
	for _, o := range v.Origins {
		if !o.Verified.IsZero() {
			all = append(all, o.URL)
		}
	}
	return all
}

// verifiedSite is the first verified origin of a vendor, "" if it has none.
func verifiedSite(v ledger.Vendor) string {
	if all := verifiedSites(v); len(all) > 0 {
		return all[0]
	}
	return ""
}

// Seller is a vendor's server that has shown a live API key: what it may do are its methods. It sees its own things
// only; those of others are not found.
type Seller struct {
	s    *Server
	ID   ledger.VendorID
	Hint string // first characters of the key; of a member of its team the fingerprint
	// by is the member of the vendor's team who acts, nil for its server.
	by *teamActing
	// key is the hash of the API key, needs refuses a scope that it does not have; none where there is no key.
	key   [32]byte
	needs func(scope string) error
}

// Needs refuses with ErrScope what the key of the request may not do: what a field asks for, beside the operation.
func (v *Seller) Needs(scope string) error {
	if v.needs == nil {
		return nil
	}
	return v.needs(scope)
}

// Request makes a call of a vendor idempotent: the key that it sent, and the hash of what it asked for.
type Request struct {
	Key string // 1 to 255 characters, of the vendor's choice
	// Fingerprint is the hash of method, path and body. The same key with another one is refused with ErrKeyReused.
	Fingerprint [32]byte
}

// actor is who an entry of this vendor names. The journal shows by the first characters which of its keys it used.
func (v *Seller) actor() ledger.Actor { return ledger.Actor{Role: ledger.RoleVendor, Key: v.Hint} }

// client is the vendor as one that uses up [Bounds].
func (v *Seller) client() string { return "v/" + strconv.FormatUint(uint64(v.ID), 10) }

// view runs fn on a snapshot of the books. It refuses with ErrRate a vendor whose lists have read too much.
func (v *Seller) view(ctx context.Context, fn func(books.Reader) error) error {
	if v.by == nil {
		return v.s.viewFor(ctx, v.client(), fn)
	}
	// What a member reads takes nothing from the vendor's server. Whether it may is looked at in the same snapshot.
	return v.s.viewFor(ctx, topicKey(v.by.who.Fingerprint), func(r books.Reader) error {
		if m, _, err := requireTeam(r, v.by.who, v.by.act); err != nil || m.Vendor != v.ID {
			return cmp.Or(err, ledger.RefuseNoTeam())
		}
		return fn(r)
	})
}

// takeRequest takes one of the things that the vendor may write in a day without selling: requests, offers, endpoints.
// A member of its team takes one of its own. It refuses with ErrRate what is more: see [Bounds].
func (v *Seller) takeRequest() error { return v.takeRequests(1) }

// takeRequests is takeRequest for several things that are written at once.
func (v *Seller) takeRequests(n int) error {
	of, name, what := v.s.budgets.requests, v.client(), "requests of this vendor"
	if v.by != nil {
		of, name, what = v.s.budgets.acts, topicKey(v.by.who.Fingerprint), "acts of this member"
	}
	at := v.s.clock()
	if err := spend(of, name, what, at); err != nil {
		return err
	}
	of.use(name, n-1, at)
	return nil
}

// request makes a call of this vendor idempotent.
func (v *Seller) request(q Request, at time.Time) request {
	return request{
		Owner: v.client(), Key: q.Key, Fingerprint: q.Fingerprint, At: at,
	}
}

// record reads the vendor itself.
func (v *Seller) record(r books.Reader) (ledger.Vendor, error) {
	me, found, err := r.Vendor(v.ID)
	if err == nil && !found {
		err = ledger.RefuseUnauthenticated()
	}
	return me, err
}

// standing reads the vendor itself and the policy that it sells under.
func (v *Seller) standing(r books.Reader) (me ledger.Vendor, p ledger.Policy, err error) {
	if me, err = v.record(r); err != nil {
		return me, p, err
	}
	p, err = policy(r)
	return me, p, err
}

// Vendor returns the vendor's own profile, with what it has earned in each currency. A currency in which nothing was
// sold is left out.
func (v *Seller) Vendor(ctx context.Context) (out view.Vendor, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		me, p, err := v.standing(r)
		if err != nil {
			return err
		}
		out = view.Vendor{
			ID: v.s.seal.Vendor(me.ID), Name: me.Name, Title: me.Title, Status: "active", Created: view.At(me.Created),
			Origins: view.Map(me.Origins, func(o ledger.Origin) view.Origin {
				return view.Origin{URL: o.URL, Verified: !o.Verified.IsZero()}
			}),
		}
		out.Balance, err = v.balances(r, p)
		return err
	})
	return out, err
}

// balances are what the vendor has earned, in each currency in which something was sold.
func (v *Seller) balances(r books.Reader, p ledger.Policy) (all []view.Balance, err error) {
	disputes, err := r.VendorDisputes(v.ID, 0, view.MaxRows)
	if err != nil {
		return nil, err
	}
	moving, err := inTransit(r, v.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range p.Currencies {
		t, found, err := r.Till(v.ID, c)
		if err != nil {
			return nil, err
		}
		if found {
			all = append(all, balanceView(t, moving[c], disputes))
		}
	}
	return all, nil
}

// balanceView shows what a vendor has earned in one currency, what of it is on its way, and what waits in disputes.
func balanceView(t ledger.Till, moving int64, disputes []ledger.Dispute) view.Balance {
	var disputed int64
	for _, d := range disputes {
		if d.State.Open() && d.Amount.Currency == t.Currency {
			disputed += d.VendorPart()
		}
	}
	number := func(micros int64) string { return ledger.Amount{Micros: micros, Currency: t.Currency}.Number() }
	return view.Balance{
		Currency: t.Currency, Pending: number(t.Pending), Available: number(t.Available), Reserve: number(t.Reserve),
		Disputed:  number(disputed),
		InTransit: number(moving),
	}
}

// pageOf makes a page of a list that was read one row longer than the page: the row too many says that there is a
// following page. The number of the last row is where that begins.
func pageOf[T, V any](
	names *seal.Sealer, list []T, limit int, show func(T) V, number func(T) uint64,
) view.Page[V] {
	page := view.Page[V]{}
	if len(list) > limit {
		list = list[:limit]
		page.Next = history.CloseCursor(names, number(list[limit-1]))
	}
	page.Data = view.Map(list, show)
	return page
}

// pageOfEach is pageOf where a row has more to be read, which may fail.
func pageOfEach[T, V any](
	names *seal.Sealer, list []T, limit int, show func(T) (V, error), number func(T) uint64,
) (page view.Page[V], err error) {
	page = pageOf(names, list, limit, func(row T) V {
		v, failed := show(row)
		err = errors.Join(err, failed)
		return v
	}, number)
	return page, err
}

// issuerNamed is who gives away or issues: a vendor by its name, 0 for the service.
func (s *Server) issuerNamed(r books.Reader, vendor string) (ledger.VendorID, error) {
	if vendor == "" {
		return 0, nil
	}
	v, err := s.vendorNamed(r, vendor)
	return v.ID, err
}

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
func (v *Seller) Endpoints(ctx context.Context) (all []view.Endpoint, err error) {
	err = v.view(ctx, func(r books.Reader) (err error) {
		all, err = v.s.webhooks.Endpoints(r, v.owner())
		return err
	})
	return all, err
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
func (v *Seller) Events(ctx context.Context, q EventQuery) (page view.Page[view.VendorEvent], err error) {
	err = v.view(ctx, func(r books.Reader) (err error) {
		page, err = v.s.webhooks.Events(r, v.owner(), q)
		return err
	})
	return page, err
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
