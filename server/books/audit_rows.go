package books

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"tuppence/server/ledger"
)

// totals compares control totals with the sums of their accounts (I3), and all of them with zero (I2).
func (a *auditor) totals(ctx context.Context) error {
	sums, trial := map[ledger.Account]int64{}, map[ledger.Currency]int64{}
	for acc, n := range a.balances {
		sums[ledger.Account{Class: acc.Class, Currency: acc.Currency}] += n
	}
	err := rows(ctx, a, tTotal, amounts, nil, func(k []byte, n int64) error {
		if len(k) < 3 {
			a.find(i3, "%s is the control total of no class", keyName(k))
			return nil
		}
		acc := ledger.Account{Class: classOf(k), Currency: ledger.Currency(k[3:])}
		trial[acc.Currency] += n
		if sums[acc] != n {
			a.find(i3, "class %s stands at %d micros, its accounts add up to %d", acc, n, sums[acc])
		}
		delete(sums, acc)
		return nil
	})
	for acc, n := range sums {
		if n != 0 {
			a.find(i3, "class %s has no control total, its accounts add up to %d", acc, n)
		}
	}
	for c, n := range trial {
		if n != 0 {
			a.find(i2, "the totals in %s add up to %d micros", c, n)
		}
	}
	return err
}

// classOf returns the class in the key of a balance or a total.
func classOf(k []byte) ledger.Class { return ledger.Class(k[1])<<8 | ledger.Class(k[2]) }

// balanceRows compares wallets, tills and all other balances with what the journal adds up to. It takes what it has
// compared out of the sums, so that what is left over has no row.
func (a *auditor) balanceRows(ctx context.Context) error {
	left := maps.Clone(a.balances)
	same := func(invariant string, acc ledger.Account, stored int64) {
		if left[acc] != stored {
			a.find(invariant, "account %s: the row says %d micros, the journal %d", acc, stored, left[acc])
		}
		delete(left, acc)
	}
	if err := a.walletRows(ctx, same); err != nil {
		return err
	}
	if err := a.tillRows(ctx, same); err != nil {
		return err
	}
	err := rows(ctx, a, tBalance, amounts, nil, func(k []byte, n int64) error {
		if len(k) < 12 {
			a.find(rowsEqual, "%s is the balance of no account", keyName(k))
			return nil
		}
		same(rowsEqual, ledger.Account{Class: classOf(k), Currency: ledger.Currency(k[3 : len(k)-8]), Owner: last(k)}, n)
		return nil
	})
	for acc, n := range left {
		a.find(rowsEqual, "account %s has no row, the journal says %d micros", acc, n)
	}
	return err
}

// walletRows compares wallets: balances, sum of holds, end of the history, counters (I8).
func (a *auditor) walletRows(ctx context.Context, same func(string, ledger.Account, int64)) error {
	at := func(w ledger.Wallet) []byte { return walletKey(w.User, w.Currency) }
	err := rows(ctx, a, tWallet, wallets, at, func(_ []byte, w ledger.Wallet) error {
		u, id := uint64(w.User), walletID{w.User, w.Currency}
		same(rowsEqual, ledger.Account{Class: ledger.Paid, Currency: w.Currency, Owner: u}, -w.Paid)
		same(rowsEqual, ledger.Account{Class: ledger.Uncollected, Currency: w.Currency, Owner: u}, -w.Uncollected)
		same(rowsEqual, ledger.Account{Class: ledger.Receivable, Currency: w.Currency, Owner: u}, w.Owed)
		if a.held[id] != w.Held {
			a.find(rowsEqual, "wallet %d %s: the row says %d micros are held, the journal %d",
				w.User, w.Currency, w.Held, a.held[id])
		}
		delete(a.held, id)
		p := a.wallets[id]
		if p.last != w.Last || p.count != w.Count {
			a.find(i12, "wallet %d %s: the row ends its history at entry %d after %d, the journal at %d after %d",
				w.User, w.Currency, w.Last, w.Count, p.last, p.count)
		}
		if a.whole && p.hidden != w.Hidden {
			a.find(i12, "wallet %d %s: the row says that %d entries are no rows, the journal %d",
				w.User, w.Currency, w.Hidden, p.hidden)
		}
		delete(a.wallets, id)
		j := a.pasts[id]
		if !slices.Equal(w.Lots, j.Lots) {
			a.find(i14, "wallet %d %s: lots are %v, the journal says %v", w.User, w.Currency, w.Lots, j.Lots)
		}
		if w.Credit.Line != j.Credit.Line || !slices.EqualFunc(w.Credit.Bills, j.Credit.Bills, sameBill) {
			a.find(i11, "wallet %d %s: credit is %v, the journal says %v", w.User, w.Currency, w.Credit, j.Credit)
		}
		if !slices.EqualFunc(w.Incentives, j.Incentives, sameLot) {
			a.find(rowsEqual, "wallet %d %s: its incentives are %v, the journal says %v",
				w.User, w.Currency, w.Incentives, j.Incentives)
		}
		if w.Past != j.Past {
			a.find(i8, "wallet %d %s: its past is %v, the journal says %v", w.User, w.Currency, w.Past, j.Past)
		}
		if c := a.counters[id]; !sameCounters(w.Spent, c) {
			a.find(i8, "wallet %d %s: counters are %v, the journal says %v", w.User, w.Currency, w.Spent, c)
		}
		a.closedWallet(w)
		_, found, err := referenced(a, key(tUser, w.User), users)
		if err == nil && !found {
			a.find(rowsEqual, "wallet %d %s has no user", w.User, w.Currency)
		}
		return err
	})
	for id, p := range a.wallets {
		a.find(rowsEqual, "the wallet %d %s of %d entries has no row", id.User, id.Currency, p.count)
	}
	for id := range a.held {
		a.find(rowsEqual, "holds of wallet %d %s have no wallet", id.User, id.Currency)
	}
	return err
}

// sameBill returns whether two open bills are the same.
func sameBill(a, b ledger.OpenBill) bool {
	return a.No == b.No && a.Left == b.Left && a.Due.Equal(b.Due)
}

// dayRows compares the days of wallets that are over with the journal (I8). Earlier programs did not keep them.
func (a *auditor) dayRows(ctx context.Context) error {
	at := func(d ledger.Days) []byte { return daysKey(d.User, d.Currency) }
	err := rows(ctx, a, tDays, daysOver, at, func(_ []byte, d ledger.Days) error {
		id := walletID{d.User, d.Currency}
		row := daySum{closed: d.Closed - uint64(len(d.Last)), first: d.Closed - uint64(len(d.Last))}
		for _, over := range d.Last {
			row = row.after(over)
		}
		if a.days[id] != row {
			a.find(i8, "wallet %d %s: its row has %d of %d days that are over, the journal says otherwise, of %d",
				d.User, d.Currency, len(d.Last), d.Closed, a.days[id].closed)
		}
		delete(a.days, id)
		return nil
	})
	if err != nil || len(a.days) == 0 {
		return err
	}
	kept, err := a.r.current()
	for id, s := range a.days {
		if kept {
			a.find(i8, "the %d days of wallet %d %s that are over have no row", s.closed, id.User, id.Currency)
		}
	}
	return err
}

// sameCounters returns whether stored counters are those of the journal. A counter of nothing spent has no start of its
// own: a released hold leaves the start of its period behind, a new row has none. The journal does not know the ends; a
// period of the calendar is no longer than two months, and never ends before it begins.
func sameCounters(stored, journal ledger.Counters) bool {
	const longest = 63 * 24 * 60 * 60 // seconds
	same := func(s, j ledger.Counter) bool {
		ends := s.End == 0 || s.End > s.Start && s.End-s.Start <= longest
		return ends && (s.Start == j.Start && s.Spent == j.Spent || s.Spent == 0 && j.Spent == 0)
	}
	return same(stored.Day, journal.Day) && same(stored.Week, journal.Week) && same(stored.Month, journal.Month)
}

// tillRows compares tills: what vendors have earned (I7), end of the history.
func (a *auditor) tillRows(ctx context.Context, same func(string, ledger.Account, int64)) error {
	at := func(t ledger.Till) []byte { return tillKey(t.Vendor, t.Currency) }
	err := rows(ctx, a, tTill, tills, at, func(_ []byte, t ledger.Till) error {
		v, id := uint64(t.Vendor), tillID{t.Vendor, t.Currency}
		same(i7, ledger.Account{Class: ledger.VendorPending, Currency: t.Currency, Owner: v}, -t.Pending)
		same(i7, ledger.Account{Class: ledger.VendorAvailable, Currency: t.Currency, Owner: v}, -t.Available)
		same(i7, ledger.Account{Class: ledger.VendorReserve, Currency: t.Currency, Owner: v}, -t.Reserve)
		if p := a.tills[id]; p != (chainEnd{last: t.Last, count: t.Count}) {
			a.find(i12, "till %d %s: the row ends its history at entry %d after %d, the journal at %d after %d",
				t.Vendor, t.Currency, t.Last, t.Count, p.last, p.count)
		}
		delete(a.tills, id)
		return nil
	})
	for id, p := range a.tills {
		a.find(rowsEqual, "the till %d %s of %d entries has no row", id.Vendor, id.Currency, p.count)
	}
	return err
}

// purchaseRows compares the rows of sales and links with the journal.
func (a *auditor) purchaseRows(ctx context.Context) error {
	missing := map[ledger.EntryNo]bool{}
	for no, s := range a.sales {
		if !s.held { // nothing has happened to a hold that stands
			missing[no] = true
		}
	}
	at := func(p ledger.Purchase) []byte { return key(tPurchase, p.No) }
	err := rows(ctx, a, tPurchase, purchases, at, func(_ []byte, p ledger.Purchase) error {
		delete(missing, p.No)
		s := a.sales[p.No]
		if s == nil { // no money has moved: only the grant was used
			e, found, err := a.entryAt(p.No)
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
		return a.revokedBy(p)
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
	if left := s.captured - s.returned - s.disputed; !s.held && !s.voided &&
		(sum(p.Sources) != left || sum(p.Receivers) != left) {
		a.find(i6, "sale %d: %d micros are left, sources have %d, receivers %d", p.No, left, sum(p.Sources), sum(p.Receivers))
	}
	full := s.captured > 0 && s.returned == s.captured
	if full != (p.State == ledger.PurchaseRefunded) || (full || s.revoked) == p.Grant.Revoked.IsZero() {
		a.find(i9, "sale %d: returned %d of %d, state %d, grant revoked: %v",
			p.No, s.returned, s.captured, p.State, !p.Grant.Revoked.IsZero())
	}
}

// revokedBy checks that a grant that was revoked is in the list of its vendor, by an entry that did it (I9). Earlier
// programs kept neither, and an upgrade that was stopped has not put all of them into lists.
func (a *auditor) revokedBy(p ledger.Purchase) error {
	if p.Grant.Revoked.IsZero() {
		return nil
	}
	sold, found, err := a.entryAt(p.No)
	if err != nil || !found {
		return err
	}
	if p.Grant.Vendor != sold.Vendor && (a.whole || p.Grant.Vendor != 0) {
		a.find(i9, "sale %d: its grant was revoked at vendor %d, it is of %d", p.No, p.Grant.Vendor, sold.Vendor)
	}
	if p.Grant.By == 0 {
		return nil
	}
	by, found, err := a.entryAt(p.Grant.By)
	if err == nil && (!found || by.Cause != p.No || !by.Revokes()) {
		a.find(i9, "sale %d: entry %d, which is to have revoked its grant, did not", p.No, p.Grant.By)
	}
	return err
}

// linkRows compares links (I8): the number of purchases, the sums of the day, the week and the month, and the sum since
// the vendor was allowed to charge.
func (a *auditor) linkRows(ctx context.Context) error {
	at := func(l ledger.Link) []byte { return linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency) }
	err := rows(ctx, a, tLink, links, at, func(_ []byte, l ledger.Link) error {
		id := linkID{l.ID.User, l.ID.Vendor, l.ID.Currency}
		j := a.links[id]
		if j.count != l.Count {
			a.find(i8, "link of user %d at vendor %d in %s counts %d purchases, the journal %d",
				id.User, id.Vendor, id.Currency, l.Count, j.count)
		}
		// Earlier programs did not keep the sum, and an upgrade that was stopped has not made up for all of it.
		if l.Paid != j.gross-j.released && (a.whole || l.Paid != 0) {
			a.find(i8, "link of user %d at vendor %d in %s counts %d micros for them, the journal %d",
				id.User, id.Vendor, id.Currency, l.Paid, j.gross-j.released)
		}
		if !sameCounters(l.Spent, j.counters) {
			a.find(i8, "link of user %d at vendor %d in %s: counters are %v, the journal says %v",
				id.User, id.Vendor, id.Currency, l.Spent, j.counters)
		}
		if !j.granted.IsZero() && !j.granted.Equal(l.Created) {
			a.find(i8, "link of user %d at vendor %d in %s was granted at %s, the journal says %s",
				id.User, id.Vendor, id.Currency, l.Created, j.granted)
		}
		if l.Since != 0 && l.Since != j.entry {
			a.find(i8, "link of user %d at vendor %d in %s was granted by entry %d, the journal says %d",
				id.User, id.Vendor, id.Currency, l.Since, j.entry)
		}
		if least, most := j.since(); l.Sum < least || l.Sum > most {
			a.find(i8, "link of user %d at vendor %d in %s: %d micros count since it was granted, the journal says %d to %d",
				id.User, id.Vendor, id.Currency, l.Sum, least, most)
		}
		delete(a.links, id)
		if err := a.linkOfClosed(l); err != nil {
			return err
		}
		return a.linkParties(l)
	})
	for id, j := range a.links {
		if j.count == 0 {
			a.find(rowsEqual, "user %d has allowed vendor %d to charge in %s, but there is no link",
				id.User, id.Vendor, id.Currency)
			continue
		}
		a.find(rowsEqual, "user %d bought %d times at vendor %d in %s, but there is no link",
			id.User, j.count, id.Vendor, id.Currency)
	}
	return err
}

// linkParties checks that the user and the vendor of a link are there.
func (a *auditor) linkParties(l ledger.Link) error {
	_, user, err := referenced(a, key(tUser, l.ID.User), users)
	if err != nil {
		return err
	}
	_, vendor, err := referenced(a, key(tVendor, l.ID.Vendor), vendors)
	if err == nil && (!user || !vendor) {
		a.find(rowsEqual, "link of user %d at vendor %d: one of them is not there", l.ID.User, l.ID.Vendor)
	}
	return err
}

// userRows compares users with the journal and with the counters that number them, and goes on to the vendors.
func (a *auditor) userRows(ctx context.Context) error {
	counters := map[string]uint64{}
	err := rows(ctx, a, tCounter, counts, nil, func(k []byte, n uint64) error {
		counters[string(k[1:])] = n
		return nil
	})
	if err != nil {
		return err
	}
	at := func(u ledger.User) []byte { return key(tUser, u.ID) }
	err = rows(ctx, a, tUser, users, at, func(_ []byte, u ledger.User) error {
		n, joined := a.users[u.ID]
		if !joined || n != u.Deposits || uint64(u.ID) > counters["user"] {
			a.find(rowsEqual, "user %d of %d has %d deposits; joined: %v, deposits in the journal: %d",
				u.ID, counters["user"], u.Deposits, joined, n)
		}
		delete(a.users, u.ID)
		a.orderCredit(u)
		a.userVoice(u)
		a.closedUser(u)
		a.broughtUser(u)
		return nil
	})
	if err != nil {
		return err
	}
	for id := range a.users {
		a.find(rowsEqual, "user %d has no row", id)
	}
	return a.vendorRows(ctx, counters["vendor"])
}

// vendorRows checks that vendors have numbers up to the newest, and what hangs on them: offers and checkouts.
func (a *auditor) vendorRows(ctx context.Context, newest uint64) error {
	offersOf := map[ledger.VendorID]uint64{}
	at := func(v ledger.Vendor) []byte { return key(tVendor, v.ID) }
	err := rows(ctx, a, tVendor, vendors, at, func(_ []byte, v ledger.Vendor) error {
		if uint64(v.ID) > newest {
			a.find(rowsEqual, "vendor %d has a number beyond the newest, %d", v.ID, newest)
		}
		offersOf[v.ID] = v.Offers
		if v.Kept != a.copied[v.ID] {
			a.find(rowsEqual, "vendor %d has %d bytes of content here, %d are counted", v.ID, a.copied[v.ID], v.Kept)
		}
		delete(a.copied, v.ID)
		a.referralOf(v)
		return a.payAccountsOf(v)
	})
	if err != nil {
		return err
	}
	for id := range a.copied {
		a.find(rowsEqual, "content is kept of vendor %d, which is not there", id)
	}
	for id := range a.settled.accounts {
		a.find(rowsEqual, "vendor %d has no %s account, of which the journal tells", id.vendor, id.network)
	}
	if err := a.offerRows(ctx, offersOf); err != nil {
		return err
	}
	return a.checkoutRows(ctx)
}

// offerRows checks the numbers of offers against their vendors, and that no version is newer than the one on sale:
// buyers would be charged an old price.
func (a *auditor) offerRows(ctx context.Context, offersOf map[ledger.VendorID]uint64) error {
	at := func(o ledger.Offer) []byte { return offerKey(o.ID, o.Version) }
	return rows(ctx, a, tOffer, offers, at, func(k []byte, o ledger.Offer) error {
		if ledger.CountOf(o.ID.Number) > offersOf[o.ID.Vendor] {
			a.find(rowsEqual, "offer %d/%d has a number beyond the newest, %d",
				o.ID.Vendor, o.ID.Number, offersOf[o.ID.Vendor])
		}
		newest, _, err := a.r.get(key(tNewest, o.ID.Vendor, o.ID.Number))
		if err == nil && bytes.Compare(newest, k) < 0 {
			a.find(indexesFit, "version %d of offer %d/%d is newer than the newest", o.Version, o.ID.Vendor, o.ID.Number)
		}
		return err
	})
}

// checkoutRows checks that a checkout names the sale that pays it (I10).
func (a *auditor) checkoutRows(ctx context.Context) error {
	at := func(c ledger.Checkout) []byte { return checkoutKey(c.ID) }
	return rows(ctx, a, tCheckout, checkouts, at, func(_ []byte, c ledger.Checkout) error {
		if c.Purchase == 0 {
			return nil
		}
		e, found, err := a.entryAt(c.Purchase)
		if err == nil && (!found || e.Sale == nil || e.Sale.Checkout != c.ID) {
			a.find(i10, "checkout %d/%d names sale %d, which does not pay it", c.ID.Vendor, c.ID.Number, c.Purchase)
		}
		return err
	})
}
