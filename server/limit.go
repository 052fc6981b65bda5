package server

import (
	"cmp"
	"context"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Limits lists every bound: the wallets' own, then those at each vendor that the wallet knows. Each has what is used of
// it and when it frees (claims 23, 24).
func (s *Server) Limits(ctx context.Context, who view.Caller) (all []view.Limit, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		all, err = s.limitViews(r, u, at)
		return err
	})
	return all, err
}

// limitViews shows the bounds of a user at an instant, in the zone where its days and months begin.
func (s *Server) limitViews(r books.Reader, u ledger.User, at time.Time) (all []view.Limit, err error) {
	zone := s.zone(u)
	err = eachWallet(r, u, func(w ledger.Wallet) error {
		all = append(all, view.LimitsOfWallet(w, at, zone)...)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = eachLink(r, u, func(l ledger.Link, v ledger.Vendor) {
		all = append(all, view.LimitsOfLink(l, v.Name, at, zone)...)
	})
	return all, err
}

// SetLimit changes one bound and returns all of them. Lowering one under what is spent already is allowed; the warning
// says so.
//
// Without a currency it means the first wallet. It refuses with ErrInvalid an unknown period or an amount out of
// bounds, with ErrNotFound an unknown vendor, and with ErrNotAllowed a higher bound shortly after a recovery.
func (s *Server) SetLimit(
	ctx context.Context, who view.Caller, c ledger.LimitChange,
) (all []view.Limit, warning string, err error) {
	at := s.clock()
	var id ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) (err error) {
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		c := c // this may run more than once
		if c.Currency == "" {
			c.Currency = mainCurrency(u, p)
		}
		f, err := s.limitFacts(tx, u, c, p)
		if err != nil {
			return err
		}
		out, err := ledger.DecideLimit(c, memberActor(who), f, at)
		if err != nil {
			return err
		}
		// A bound may be set before the first money comes.
		if u, err = ensureWallet(tx, u, c.Currency, p); err != nil {
			return err
		}
		if err := putLimit(tx, out); err != nil {
			return err
		}
		id, warning = u.ID, out.Warning
		all, err = s.limitViews(tx.Reader, u, at)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	s.notifier.wake(topicUser(id))
	return all, warning, nil
}

// tried is how far back a what-if looks.
const tried = ledger.SpentDays * oneDay

// WhatIf tells which of the purchases of the last 30 days a bound would have refused. It changes nothing. Without a
// currency it means the first wallet. It refuses with ErrInvalid an unknown period, and with ErrNotFound an unknown
// vendor.
func (s *Server) WhatIf(ctx context.Context, who view.Caller, c ledger.LimitChange) (view.WhatIf, error) {
	l, total, known := ledger.OnlyLimit(c.Period, c.Max)
	if !known || c.Period == "total" && c.Vendor == "" {
		return view.WhatIf{}, ledger.RefusePeriod(c.Period)
	}
	return s.tryOut(ctx, who, c.Vendor, c.Currency, l, total)
}

// WhatIfLink tells which of the purchases of the last 30 days at a vendor a permission inside these bounds would have
// paid without asking. It changes nothing, and refuses as WhatIf does.
func (s *Server) WhatIfLink(ctx context.Context, who view.Caller, q view.LinkRequest) (view.WhatIf, error) {
	return s.tryOut(ctx, who, q.Vendor, q.Currency, q.Limits, q.Total)
}

// tryOut is WhatIf for several bounds. What it reads is bounded: see [history.MaxBought].
func (s *Server) tryOut(
	ctx context.Context, who view.Caller, vendor string, c ledger.Currency, l ledger.Limits, total int64,
) (w view.WhatIf, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		p, err := policy(r)
		if err != nil {
			return err
		}
		c := cmp.Or(c, mainCurrency(u, p))
		var v ledger.Vendor
		if vendor != "" {
			if v, err = s.vendorNamed(r, vendor); err != nil {
				return err
			}
		}
		since := at.Add(-tried)
		all, cut, err := s.history.Of(r, u, at).Bought(c, v.ID, since)
		if err != nil {
			return err
		}
		w = view.WhatIfOf(ledger.Try(l, total, all), v.Name, c)
		if w.Bounded = !cut.IsZero(); w.Bounded {
			since = cut
		}
		w.Since = view.At(since)
		return nil
	})
	if err != nil {
		return view.WhatIf{}, err
	}
	return w, nil
}

// limitFacts loads what a decision about a bound needs, of the wallet or at a vendor. A wallet that is not open yet
// counts with the bounds of a new one.
func (s *Server) limitFacts(
	tx books.Tx, u ledger.User, c ledger.LimitChange, p ledger.Policy,
) (f ledger.LimitFacts, err error) {
	f = ledger.LimitFacts{User: u, Zone: s.zone(u), Generation: s.generation()}
	if f.Wallet, err = walletOrNew(tx.Reader, u.ID, c.Currency, p); err != nil {
		return f, err
	}
	if c.Vendor != "" {
		if f.Vendor, err = s.vendorNamed(tx.Reader, c.Vendor); err != nil {
			return f, err
		}
		if f.Link, err = linkOf(tx.Reader, u.ID, f.Vendor.ID, c.Currency); err != nil {
			return f, err
		}
	}
	f.No, err = tx.Next()
	return f, err
}

// putLimit writes a changed bound where it belongs: to the wallet, or to the link of the vendor.
func putLimit(tx books.Tx, out ledger.LimitOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if out.Link != nil {
		return tx.PutLink(*out.Link)
	}
	return tx.PutWallet(out.Wallet)
}

// lowerLimits brings the limits of a wallet down to at most those of a new one. Each lowered bound is an entry of its
// own, so the history says what the recovery has changed.
func (s *Server) lowerLimits(
	tx books.Tx, u ledger.User, c ledger.Currency, p ledger.Policy, actor ledger.Actor, at time.Time,
) error {
	w, found, err := tx.Wallet(u.ID, c)
	if err != nil || !found {
		return err
	}
	// A new wallet's bounds are what a thief of the old key could not have raised (claim 23).
	most := view.LimitsOfWallet(ledger.Wallet{Currency: c, Limits: p.In(c).Limits}, at, nil)
	for i, has := range view.LimitsOfWallet(w, at, nil) { // the same bounds in the same order
		if most[i].None() || !has.None() && has.MaxMicros() <= most[i].MaxMicros() {
			continue
		}
		change := ledger.LimitChange{Currency: c, Period: has.Period, Max: most[i].MaxMicros()}
		f, err := s.limitFacts(tx, u, change, p)
		if err != nil {
			return err
		}
		out, err := ledger.DecideLimit(change, actor, f, at)
		if err != nil {
			return err
		}
		if err := putLimit(tx, out); err != nil {
			return err
		}
	}
	return nil
}

// zones keeps the time zones that users have chosen: loading one reads a file, and nothing inside a transaction may.
type zones struct {
	mu sync.RWMutex
	by map[string]*time.Location
}

// load returns the zone with this IANA name; "" is UTC. It refuses with ErrInvalid a name that is unknown here.
func (z *zones) load(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	// Every purchase asks for a zone, and all but the first of each are only readers.
	z.mu.RLock()
	l := z.by[name]
	z.mu.RUnlock()
	if l != nil {
		return l, nil
	}
	if name == "Local" { // no user chooses the zone of the machine
		return nil, badZone(name)
	}
	l, err := time.LoadLocation(name)
	if err != nil {
		return nil, badZone(name)
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.by == nil {
		z.by = map[string]*time.Location{}
	}
	z.by[name] = l
	return l, nil
}

// badZone refuses the name of a time zone.
func badZone(name string) error {
	return ledger.Invalid(
		"zone",
		"Use a name such as Europe/Berlin or UTC.",
		"%q is not a time zone.",
		ledger.CleanLine(name, 40),
	)
}

// zone is where the user's days, weeks and months begin. A name that this machine no longer knows counts as UTC.
func (s *Server) zone(u ledger.User) *time.Location {
	l, err := s.zones.load(u.Zone)
	if err != nil {
		return time.UTC
	}
	return l
}
