package server

import (
	"context"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Vendors lists the vendors that the wallet knows (claim 36). Those without a permission are there too: the person has
// bought there, or has blocked them.
func (s *Server) Vendors(ctx context.Context, who view.Caller) (all []view.Link, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) (err error) {
		all = nil
		return eachLink(r, u, func(l ledger.Link, v ledger.Vendor) { all = append(all, s.linkView(u, v, l, at)) })
	})
	return all, err
}

// eachLink calls fn for each vendor that a user knows.
func eachLink(r books.Reader, u ledger.User, fn func(ledger.Link, ledger.Vendor)) error {
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
			fn(l, v)
		}
	}
	return nil
}

// Link gives a vendor the standing permission to charge inside limits without a question (claims 13, 24).
//
// The wallet is opened if it is the first permission in its currency. It refuses with ErrNotFound an unknown vendor,
// with ErrNotAllowed a suspended one, and with ErrFrozen a frozen wallet.
func (s *Server) Link(ctx context.Context, who view.Caller, q view.LinkRequest) (view.Link, error) {
	return s.changeLink(ctx, who, q.Vendor, func(
		tx books.Tx, u ledger.User, v ledger.Vendor, p ledger.Policy, at time.Time,
	) (ledger.Link, error) {
		c := q.Currency
		if c == "" {
			c = mainCurrency(u, p)
		}
		u, err := ensureWallet(tx, u, c, p)
		if err != nil {
			return ledger.Link{}, err
		}
		order := ledger.LinkOrder{
			Currency: c, Limits: q.Limits, Total: q.Total, Actor: memberActor(who), Confirmed: q.Confirmed,
		}
		return giveLink(tx, u, v, order, at)
	})
}

// Unlink ends the standing permission at a vendor in every currency. It refuses with ErrNotFound an unknown vendor, and
// with ErrState if there is nothing to end.
func (s *Server) Unlink(ctx context.Context, who view.Caller, vendor string) (view.Link, error) {
	return s.end(ctx, who, vendor, false)
}

// Block ends the standing permission at a vendor in every currency and refuses every later request of the vendor,
// until Unblock. It refuses with ErrNotFound an unknown vendor, and with ErrState one that is blocked already.
func (s *Server) Block(ctx context.Context, who view.Caller, vendor string) (view.Link, error) {
	return s.end(ctx, who, vendor, true)
}

// end is Unlink or Block.
func (s *Server) end(ctx context.Context, who view.Caller, vendor string, block bool) (view.Link, error) {
	return s.changeLink(ctx, who, vendor, func(
		tx books.Tx, u ledger.User, v ledger.Vendor, p ledger.Policy, at time.Time,
	) (ledger.Link, error) {
		return endAll(tx, u, v, mainCurrency(u, p), ledger.UnlinkOrder{Block: block, Actor: memberActor(who)}, at)
	})
}

// Unblock takes the block of a vendor back in every currency: the relation is what it was before, but for a permission,
// which ended with the block. It refuses with ErrNotFound an unknown vendor, and with ErrState one that is not blocked.
func (s *Server) Unblock(ctx context.Context, who view.Caller, vendor string) (view.Link, error) {
	return s.changeLink(ctx, who, vendor, func(
		tx books.Tx, u ledger.User, v ledger.Vendor, p ledger.Policy, at time.Time,
	) (ledger.Link, error) {
		order := ledger.UnblockOrder{Actor: memberActor(who)}
		return forAll(tx, u, v, mainCurrency(u, p), func(c ledger.Currency) (ledger.Link, error) {
			order.Currency = c
			f, err := linkFacts(tx, u, v, c)
			if err != nil {
				return ledger.Link{}, err
			}
			out, err := ledger.DecideUnblock(order, f, at)
			if err != nil {
				return ledger.Link{}, err
			}
			return putLink(tx, out)
		})
	})
}

// changeLink carries out what a member decides about a vendor. An event tells the vendor.
func (s *Server) changeLink(ctx context.Context, who view.Caller, vendor string,
	change func(books.Tx, ledger.User, ledger.Vendor, ledger.Policy, time.Time) (ledger.Link, error),
) (shown view.Link, err error) {
	at := s.clock()
	var id ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) (err error) {
		v, err := s.vendorNamed(tx.Reader, vendor)
		if err != nil {
			return err
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		l, err := change(tx, u, v, p, at)
		if err != nil {
			return err
		}
		id, shown = u.ID, s.linkView(u, v, l, at)
		return nil
	})
	if err != nil {
		return view.Link{}, err
	}
	s.notifier.wake(topicUser(id))
	s.webhooks.Wake()
	return shown, nil
}

// giveLink appends and stores a standing permission. The vendor may charge as soon as the transaction is durable.
func giveLink(
	tx books.Tx, u ledger.User, v ledger.Vendor, o ledger.LinkOrder, at time.Time,
) (ledger.Link, error) {
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
func endLink(
	tx books.Tx, u ledger.User, v ledger.Vendor, o ledger.UnlinkOrder, at time.Time,
) (ledger.Link, error) {
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

// endAll ends the permission at a vendor in every currency, as forAll does.
func endAll(
	tx books.Tx, u ledger.User, v ledger.Vendor, unknown ledger.Currency, o ledger.UnlinkOrder, at time.Time,
) (ledger.Link, error) {
	return forAll(tx, u, v, unknown, func(c ledger.Currency) (ledger.Link, error) {
		o.Currency = c
		return endLink(tx, u, v, o, at)
	})
}

// forAll changes the relation to a vendor in every currency in which the vendor is known, and returns the first that
// has changed. Where none is known it takes the given one, so that an unknown vendor can be blocked. It refuses with
// ErrState if nothing changes.
func forAll(tx books.Tx, u ledger.User, v ledger.Vendor, unknown ledger.Currency,
	change func(ledger.Currency) (ledger.Link, error),
) (first ledger.Link, refused error) {
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
	// One that stands so already is no fault as long as another one changes.
	changed := false
	for _, c := range known {
		l, err := change(c)
		switch {
		case err == nil && !changed:
			first, changed = l, true
		case err != nil && !errors.Is(err, ledger.ErrState):
			return l, err
		case err != nil:
			refused = err
		}
	}
	if changed {
		return first, nil
	}
	return first, refused
}

// linkFacts loads what a decision about a permission needs.
func linkFacts(tx books.Tx, u ledger.User, v ledger.Vendor, c ledger.Currency) (f ledger.LinkFacts, err error) {
	f = ledger.LinkFacts{User: u, Vendor: v}
	if f.Generation, err = tx.Generation(); err != nil {
		return f, err
	}
	if f.Link, err = linkOf(tx.Reader, u.ID, v.ID, c); err != nil {
		return f, err
	}
	if f.Wallet, err = listedIn(tx.Reader, u, c); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// listedIn returns the account whose history shows what a user decides in a currency: that one or, if it is not open,
// the first one that is; "" for none.
func listedIn(r books.Reader, u ledger.User, c ledger.Currency) (ledger.Currency, error) {
	for _, c := range append([]ledger.Currency{c}, u.Wallets...) {
		if _, found, err := r.Wallet(u.ID, c); err != nil || found {
			return c, err
		}
	}
	return "", nil
}

// putLink writes a decision about a permission.
func putLink(tx books.Tx, out ledger.LinkOutcome) (ledger.Link, error) {
	rec, err := tx.Append(out.Entry)
	if err != nil {
		return out.Link, err
	}
	if out.Link.Created.Equal(out.Entry.At) {
		out.Link.Created = rec.At // of the open month, if the clock is behind it
	}
	return out.Link, tx.PutLink(out.Link)
}

// linkOf returns the relation to a vendor, nil if there is none yet.
func linkOf(r books.Reader, u ledger.UserID, v ledger.VendorID, c ledger.Currency) (*ledger.Link, error) {
	l, found, err := r.Link(u, v, c)
	if err != nil || !found {
		return nil, err
	}
	return &l, nil
}

// relation is linkOf for a purchase. A vendor that is blocked and asks in a currency in which it is not known is
// blocked there, too.
func relation(
	r books.Reader, u ledger.UserID, v ledger.VendorID, c ledger.Currency, p ledger.Policy,
) (*ledger.Link, error) {
	l, err := linkOf(r, u, v, c)
	if err != nil || l != nil {
		return l, err
	}
	// A block is meant for the vendor and not for a currency.
	for _, other := range p.Currencies {
		if l, err := linkOf(r, u, v, other); err != nil || l != nil && l.Status == ledger.LinkBlocked {
			return l, err
		}
	}
	return nil, nil
}

// linkView shows a relation to its user.
func (s *Server) linkView(u ledger.User, v ledger.Vendor, l ledger.Link, at time.Time) view.Link {
	return view.Link{
		ID: s.seal.Link(l.ID), Vendor: v.Name, Title: v.Title, Site: verifiedSite(v), Currency: l.ID.Currency,
		Status: ledger.LinkWord(l.Status), Limits: view.LimitsOfLink(l, v.Name, at, s.zone(u)), Count: l.Count,
		Spent:   ledger.Amount{Micros: l.Paid, Currency: l.ID.Currency},
		Created: view.At(l.Created), Expires: view.At(l.Expires),
	}
}

// link reads a live or ended link of the vendor. A link of an earlier generation is not found: it was replaced.
func (v *Seller) link(r books.Reader, id ledger.LinkID) (ledger.Link, error) {
	l, found, err := r.Link(id.User, id.Vendor, id.Currency)
	if err == nil && (!found || id.Vendor != v.ID || l.ID != id || !l.Given()) {
		return ledger.Link{}, ledger.RefuseNotFound("link")
	}
	return l, err
}

// LinkOf reads a link. It refuses with ErrNotFound one that is another vendor's.
func (v *Seller) LinkOf(ctx context.Context, id ledger.LinkID) (shown view.VendorLink, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		l, err := v.link(r, id)
		shown = v.linkView(l)
		return err
	})
	return shown, err
}

// Links lists the links of the vendor, newest first. Buyers without a link are not listed. The cursor is the name of a
// link, since links have no number.
func (v *Seller) Links(ctx context.Context, q view.Paging) (page view.Page[view.VendorLink], err error) {
	var before ledger.LinkID
	if q.Before != "" {
		if before, err = v.s.seal.OpenLink(string(q.Before)); err != nil {
			return page, ledger.Invalid("before", "Begin again without it.", "This place in the list is not known.")
		}
	}
	// Relations without a permission stand between the links, so several looks may be needed for one page. A page that
	// has looked at enough of them ends before it is full.
	limit := q.Rows()
	err = v.view(ctx, func(r books.Reader) error {
		page = view.Page[view.VendorLink]{}
		looked := 0
		for at := before; ; {
			list, err := r.VendorLinks(v.ID, at, limit)
			if err != nil {
				return err
			}
			for _, l := range list {
				at = l.ID
				if !l.Given() {
					continue
				}
				if len(page.Data) == limit { // one too many: so there is a following page
					page.Next = view.Cursor(page.Data[limit-1].ID)
					return nil
				}
				page.Data = append(page.Data, v.linkView(l))
			}
			if len(list) < limit {
				return nil
			}
			if looked += len(list); looked >= maxLinksLooked {
				// To the day: when a buyer came who has given no link is no business of the vendor.
				day := list[len(list)-1].Created.Truncate(24 * time.Hour)
				page.Next, page.Searched = view.Cursor(v.s.seal.Link(at)), view.At(day)
				return nil
			}
		}
	})
	return page, err
}

// maxLinksLooked bounds how many relations one page of a vendor's links looks at.
const maxLinksLooked = 1000

// EndLink gives a permission back: the vendor needs it no more. It refuses with ErrNotFound a link that is not of this
// vendor, and with ErrState one that has ended.
func (v *Seller) EndLink(ctx context.Context, id ledger.LinkID) error {
	at := v.s.clock()
	err := v.update(ctx, func(tx books.Tx) error {
		if _, err := v.link(tx.Reader, id); err != nil {
			return err
		}
		u, _, err := tx.User(id.User)
		if err != nil {
			return err
		}
		me, err := v.record(tx.Reader)
		if err != nil {
			return err
		}
		_, err = endLink(tx, u, me, ledger.UnlinkOrder{Currency: id.Currency, Actor: v.actor()}, at)
		return err
	})
	if err == nil {
		v.s.notifier.wake(topicUser(id.User))
		v.s.webhooks.Wake()
	}
	return err
}

// linkView shows a link to its vendor: what it may do, and nothing of what the buyer does elsewhere.
func (v *Seller) linkView(l ledger.Link) view.VendorLink {
	out := view.VendorLink{
		ID: v.s.seal.Link(l.ID), Wallet: v.s.seal.Pseudonym(l.ID.User, l.ID.Vendor), Status: "revoked",
		Created: view.At(l.Created),
	}
	// Blocked looks like revoked: what a buyer thinks of a vendor is no business of the vendor.
	if l.Status == ledger.LinkActive {
		out.Status = "active"
	}
	bound := func(micros int64) *ledger.Amount {
		if micros < 0 {
			return nil
		}
		return &ledger.Amount{Micros: micros, Currency: l.ID.Currency}
	}
	out.Limits.PerCharge, out.Limits.Total = bound(l.Limits.PerPurchase), bound(l.Total)
	for _, p := range []struct {
		micros int64
		name   string
	}{{l.Limits.PerDay, "P1D"}, {l.Limits.PerWeek, "P1W"}, {l.Limits.PerMonth, "P1M"}} {
		if a := bound(p.micros); a != nil {
			out.Limits.PerPeriod = &view.PeriodLimit{Amount: *a, Period: p.name}
			break
		}
	}
	return out
}
