package books

import (
	"context"

	"tuppence/server/ledger"
)

// sold compares the rows of sales and links with the journal.
func (a *auditor) sold(ctx context.Context) error {
	missing := map[ledger.EntryNo]bool{}
	for no, s := range a.sales {
		if !s.held { // nothing has happened to a hold that stands
			missing[no] = true
		}
	}
	err := rows(ctx, a, tPurchase, purchases, func(p ledger.Purchase) []byte { return key(tPurchase, p.No) }, func(_ []byte, p ledger.Purchase) error {
		delete(missing, p.No)
		s := a.sales[p.No]
		if s == nil { // no money has moved: only the grant was used
			e, found, err := a.written(p.No)
			if err != nil {
				return err
			}
			if !found || e.Kind != ledger.KindPurchase {
				a.find(rowsEqual, "the row of sale %d has no sale", p.No)
				return nil
			}
			s = &saleSum{price: e.Amount.Micros, captured: e.Amount.Micros}
		}
		a.compare(p, *s)
		return nil
	})
	if err != nil {
		return err
	}
	for no := range missing {
		a.find(rowsEqual, "sale %d has changed but has no row", no)
	}
	return a.linkRows(ctx)
}

// compare checks the row of a sale (I6, I9).
func (a *auditor) compare(p ledger.Purchase, s saleSum) {
	held := int64(0)
	if s.held {
		held = s.price
	}
	if p.Held != held || p.Captured != s.captured || p.Returned != s.returned || p.Disputed != s.disputed {
		a.find(i6, "sale %d: the row says held %d, captured %d, returned %d, disputed %d; the journal %d, %d, %d, %d",
			p.No, p.Held, p.Captured, p.Returned, p.Disputed, held, s.captured, s.returned, s.disputed)
	}
	sum := func(all []ledger.Posting) (n int64) {
		for _, g := range all {
			n += g.Micros
			if g.Micros < 0 {
				a.find(i6, "sale %d: %d micros are left at %s", p.No, g.Micros, g.Account)
			}
		}
		return n
	}
	if left := s.captured - s.returned - s.disputed; !s.held && !s.voided && (sum(p.Sources) != left || sum(p.Receivers) != left) {
		a.find(i6, "sale %d: %d micros are left, sources have %d, receivers %d", p.No, left, sum(p.Sources), sum(p.Receivers))
	}
	full := s.captured > 0 && s.returned == s.captured
	if full != (p.State == ledger.PurchaseRefunded) || full == p.Grant.Revoked.IsZero() {
		a.find(i9, "sale %d: returned %d of %d, state %d, grant revoked: %v", p.No, s.returned, s.captured, p.State, !p.Grant.Revoked.IsZero())
	}
}

// linkRows compares links: how often was bought, what counts in the periods, and what since the permission was given (I8).
func (a *auditor) linkRows(ctx context.Context) error {
	err := rows(ctx, a, tLink, links, func(l ledger.Link) []byte { return linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency) }, func(_ []byte, l ledger.Link) error {
		id := linkID{l.ID.User, l.ID.Vendor, l.ID.Currency}
		j := a.links[id]
		if j.count != l.Count {
			a.find(i8, "link of user %d at vendor %d in %s counts %d purchases, the journal %d", id.User, id.Vendor, id.Currency, l.Count, j.count)
		}
		if !counted(l.Spent, j.counters) {
			a.find(i8, "link of user %d at vendor %d in %s: counters are %v, the journal says %v", id.User, id.Vendor, id.Currency, l.Spent, j.counters)
		}
		if !j.given.IsZero() && !j.given.Equal(l.Created) {
			a.find(i8, "link of user %d at vendor %d in %s was given at %s, the journal says %s", id.User, id.Vendor, id.Currency, l.Created, j.given)
		}
		if least, most := j.since(); l.Sum < least || l.Sum > most {
			a.find(i8, "link of user %d at vendor %d in %s: %d micros are counted since it was given, the journal says %d to %d", id.User, id.Vendor, id.Currency, l.Sum, least, most)
		}
		delete(a.links, id)
		return a.partners(l)
	})
	for id, j := range a.links {
		if j.count == 0 {
			a.find(rowsEqual, "user %d has allowed vendor %d to charge in %s, but there is no link", id.User, id.Vendor, id.Currency)
			continue
		}
		a.find(rowsEqual, "user %d bought %d times at vendor %d in %s, but there is no link", id.User, j.count, id.Vendor, id.Currency)
	}
	return err
}

// partners checks that a link joins two who exist.
func (a *auditor) partners(l ledger.Link) error {
	_, user, err := there(a, key(tUser, l.ID.User), users)
	if err != nil {
		return err
	}
	_, vendor, err := there(a, key(tVendor, l.ID.Vendor), vendors)
	if err == nil && (!user || !vendor) {
		a.find(rowsEqual, "link of user %d at vendor %d: one of them is not there", l.ID.User, l.ID.Vendor)
	}
	return err
}
