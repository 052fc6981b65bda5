package server

import (
	"context"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// link reads a live or ended link of the vendor. A link of an earlier generation is not found: it was replaced.
func (v *Seller) link(r books.Reader, id ledger.LinkID) (ledger.Link, error) {
	l, found, err := r.Link(id.User, id.Vendor, id.Currency)
	if err == nil && (!found || id.Vendor != v.ID || l.ID != id || l.Status == ledger.LinkKnown) {
		return ledger.Link{}, ledger.RefuseNotFound("link")
	}
	return l, err
}

// LinkOf reads a link.
func (v *Seller) LinkOf(ctx context.Context, id ledger.LinkID) (l ledger.Link, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		l, err = v.link(r, id)
		return err
	})
	return l, err
}

// Links lists the links of the vendor, newest first, older than before (zero: all). Buyers without a link are not
// listed.
func (v *Seller) Links(ctx context.Context, before ledger.LinkID, limit int) (all []ledger.Link, next ledger.LinkID, err error) {
	err = v.s.view(ctx, func(r books.Reader) error {
		all, next = nil, ledger.LinkID{}
		for at := before; len(all) < limit; {
			list, err := r.VendorLinks(v.ID, at, limit)
			if err != nil || len(list) == 0 {
				return err
			}
			for _, l := range list {
				at = l.ID
				if l.Status == ledger.LinkKnown {
					continue
				}
				if all = append(all, l); len(all) == limit {
					next = l.ID
					return nil
				}
			}
			if len(list) < limit {
				return nil
			}
		}
		return nil
	})
	return all, next, err
}

// EndLink gives a permission back: the vendor needs it no more.
func (v *Seller) EndLink(ctx context.Context, id ledger.LinkID) error {
	at := v.s.clock()
	err := v.s.update(ctx, func(tx books.Tx) error {
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
		v.s.hub.wake(topicUser(id.User))
		v.s.soon()
	}
	return err
}
