package server

import (
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Vendors lists the vendors that the wallet knows (claim 36).
func (s *Server) Vendors(ctx context.Context, who ledger.Caller) (all []ledger.LinkView, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		all = nil
		u, err := member(r, who)
		if err != nil {
			return err
		}
		links, err := r.UserLinks(u.ID)
		if err != nil {
			return err
		}
		for _, l := range links {
			v, found, err := r.Vendor(l.ID.Vendor)
			if err != nil {
				return err
			}
			if found {
				all = append(all, s.linkView(u, v, l, at))
			}
		}
		return nil
	})
	return all, err
}

// Link gives a vendor the standing permission to charge inside limits without a question (claims 13, 24).
func (s *Server) Link(ctx context.Context, who ledger.Caller, q ledger.LinkRequest) (ledger.LinkView, error) {
	return s.changeLink(ctx, who, q.Vendor, func(tx books.Tx, u ledger.User, v ledger.Vendor, at time.Time) (ledger.Link, error) {
		p, err := policy(tx.Reader)
		if err != nil {
			return ledger.Link{}, err
		}
		q := q // this may run more than once
		if q.Currency == "" {
			q.Currency = mainCurrency(u, p)
		}
		if _, err := openFor(tx, u, q.Currency, p); err != nil {
			return ledger.Link{}, err
		}
		return giveLink(tx, u, v, ledger.LinkOrder{Currency: q.Currency, Limits: q.Limits, Total: q.Total, Actor: acting(who)}, at)
	})
}

// Unlink ends the standing permission at a vendor in every currency; block refuses every later request of the vendor
// too.
func (s *Server) Unlink(ctx context.Context, who ledger.Caller, vendor string, block bool) (ledger.LinkView, error) {
	return s.changeLink(ctx, who, vendor, func(tx books.Tx, u ledger.User, v ledger.Vendor, at time.Time) (last ledger.Link, err error) {
		p, err := policy(tx.Reader)
		if err != nil {
			return last, err
		}
		return endAll(tx, u, v, mainCurrency(u, p), ledger.UnlinkOrder{Block: block, Actor: acting(who)}, at)
	})
}

// endAll ends the permission at a vendor in every currency in which the vendor is known, and answers the first one. Where
// none is known it takes the given one, so that a stranger can be blocked. It refuses if there is nothing to end.
func endAll(tx books.Tx, u ledger.User, v ledger.Vendor, unknown ledger.Currency, o ledger.UnlinkOrder, at time.Time) (first ledger.Link, refused error) {
	links, err := tx.UserLinks(u.ID)
	if err != nil {
		return first, err
	}
	var known []ledger.Currency
	for _, l := range links {
		if l.ID.Vendor == v.ID {
			known = append(known, l.ID.Currency)
		}
	}
	if len(known) == 0 {
		known = append(known, unknown)
	}
	ended := false
	for _, c := range known {
		o.Currency = c
		l, err := endLink(tx, u, v, o, at)
		switch {
		case err == nil && !ended:
			first, ended = l, true
		case err != nil && !errors.Is(err, ledger.ErrState):
			return l, err
		case err != nil:
			refused = err
		}
	}
	if ended {
		return first, nil
	}
	return first, refused
}

func (s *Server) changeLink(ctx context.Context, who ledger.Caller, vendor string,
	change func(books.Tx, ledger.User, ledger.Vendor, time.Time) (ledger.Link, error),
) (view ledger.LinkView, err error) {
	at := s.clock()
	var id ledger.UserID
	err = s.update(ctx, func(tx books.Tx) error {
		u, err := member(tx.Reader, who)
		if err != nil {
			return err
		}
		v, err := s.vendorNamed(tx.Reader, vendor)
		if err != nil {
			return err
		}
		l, err := change(tx, u, v, at)
		if err != nil {
			return err
		}
		id, view = u.ID, s.linkView(u, v, l, at)
		return nil
	})
	if err != nil {
		return ledger.LinkView{}, err
	}
	s.hub.wake(topicUser(id))
	s.soon()
	return view, nil
}

// giveLink appends and stores a standing permission.
func giveLink(tx books.Tx, u ledger.User, v ledger.Vendor, o ledger.LinkOrder, at time.Time) (ledger.Link, error) {
	f, err := linkFacts(tx, u, v, o.Currency)
	if err != nil {
		return ledger.Link{}, err
	}
	out, err := ledger.DecideLink(o, f, at)
	if err != nil {
		return ledger.Link{}, err
	}
	return putLink(tx, out)
}

// endLink appends and stores the end of a standing permission.
func endLink(tx books.Tx, u ledger.User, v ledger.Vendor, o ledger.UnlinkOrder, at time.Time) (ledger.Link, error) {
	f, err := linkFacts(tx, u, v, o.Currency)
	if err != nil {
		return ledger.Link{}, err
	}
	out, err := ledger.DecideUnlink(o, f, at)
	if err != nil {
		return ledger.Link{}, err
	}
	return putLink(tx, out)
}

func linkFacts(tx books.Tx, u ledger.User, v ledger.Vendor, c ledger.Currency) (f ledger.LinkFacts, err error) {
	f = ledger.LinkFacts{User: u, Vendor: v}
	if f.Link, err = linkOf(tx.Reader, u.ID, v.ID, c); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

func putLink(tx books.Tx, out ledger.LinkOutcome) (ledger.Link, error) {
	if _, err := tx.Append(out.Entry); err != nil {
		return out.Link, err
	}
	return out.Link, tx.PutLink(out.Link)
}

// linkOf answers the relation to a vendor, nil if there is none yet.
func linkOf(r books.Reader, u ledger.UserID, v ledger.VendorID, c ledger.Currency) (*ledger.Link, error) {
	l, found, err := r.Link(u, v, c)
	if err != nil || !found {
		return nil, err
	}
	return &l, nil
}

// relation is linkOf for a purchase. A vendor that is blocked and asks in a currency in which it is not known is blocked
// there, too.
func relation(r books.Reader, u ledger.UserID, v ledger.VendorID, c ledger.Currency, p ledger.Policy) (*ledger.Link, error) {
	l, err := linkOf(r, u, v, c)
	if err != nil || l != nil {
		return l, err
	}
	for _, other := range p.Currencies {
		if l, err := linkOf(r, u, v, other); err != nil || l != nil && l.Status == ledger.LinkBlocked {
			return l, err
		}
	}
	return nil, nil
}

// vendorNamed answers the vendor with this name or sealed name.
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
		return v, ledger.Refuse(ledger.ErrNotFound, "Check the name.", "There is no vendor %q.", ledger.CleanLine(name, 40))
	}
	return v, nil
}

func (s *Server) linkView(u ledger.User, v ledger.Vendor, l ledger.Link, at time.Time) ledger.LinkView {
	return ledger.LinkView{
		ID: s.seal.Link(l.ID), Vendor: v.Name, Title: v.Title, Site: site(v), Currency: l.ID.Currency,
		Status: ledger.LinkWord(l.Status), Limits: ledger.LimitViews(ledger.Wallet{Currency: l.ID.Currency}, &l, v.Name, at, s.zone(u)),
		Count: l.Count, Spent: ledger.Amount{Micros: l.Sum, Currency: l.ID.Currency}, Created: l.Created, Expires: l.Expires,
	}
}

// site is the first verified origin of a vendor, "" if it has none.
func site(v ledger.Vendor) string {
	for _, o := range v.Origins {
		if !o.Verified.IsZero() {
			return o.URL
		}
	}
	return ""
}
