package books

import (
	"context"
	"reflect"

	"tuppence/server/ledger"
)

// saleSum is what the journal says has become of a sale.
type saleSum struct {
	price, captured, returned, disputed int64
	held, voided, used                  bool
}

// sale follows the life of sales through the journal.
func (a *auditor) sale(rec Record) {
	switch rec.Kind {
	case ledger.KindPurchase, ledger.KindHold:
		a.soldNow(rec)
	case ledger.KindCapture, ledger.KindVoid:
		s := a.changed(rec.Cause)
		rest := s.price
		if rec.Kind == ledger.KindCapture {
			s.captured = rec.Amount.Micros
			rest -= s.captured
		} else {
			s.voided = true
		}
		s.held = false
		a.uncount(rec, rest)
	case ledger.KindRefund:
		a.changed(rec.Cause).returned += rec.Amount.Micros
	case ledger.KindConsumed:
		a.changed(rec.Cause).used = true
	case ledger.KindDispute:
		s := a.changed(rec.Cause)
		if rec.Dispute != nil && rec.Dispute.State == ledger.DisputeAutoResolved {
			s.returned += rec.Amount.Micros
		} else {
			s.disputed += rec.Amount.Micros
		}
	case ledger.KindDisputeDecided:
		if rec.Dispute == nil {
			a.find(i6, "entry %d decides a dispute without naming it", rec.No)
			return
		}
		s := a.changed(rec.Dispute.Purchase)
		s.disputed -= rec.Amount.Micros
		if rec.Dispute.State == ledger.DisputeWon {
			s.returned += rec.Amount.Micros
		}
	}
}

// soldNow checks a new sale: price = sources = receivers, royalties and commission as pinned (I5); and counts it (I8).
func (a *auditor) soldNow(rec Record) {
	s := rec.Sale
	if s == nil || s.Price != rec.Amount {
		a.find(i5, "sale %d does not say what was sold for its price", rec.No)
		return
	}
	var sources, receivers int64
	got := map[ledger.Account]int64{}
	for _, g := range rec.Postings {
		if g.Micros > 0 {
			sources += g.Micros
		} else {
			receivers -= g.Micros
			got[g.Account] -= g.Micros
		}
	}
	if sources != s.Price.Micros || receivers != s.Price.Micros {
		a.find(i5, "sale %d: price %d, sources %d, receivers %d", rec.No, s.Price.Micros, sources, receivers)
	}
	if rec.Kind == ledger.KindPurchase {
		c := s.Price.Currency
		if n := got[ledger.Account{Class: ledger.Commission, Currency: c}]; n != s.Commission {
			a.find(i5, "sale %d: commission %d is pinned, %d was posted", rec.No, s.Commission, n)
		}
		due := map[ledger.Account]int64{}
		for _, r := range s.Royalties {
			due[ledger.Account{Class: ledger.RoyaltyPayable, Currency: c, Owner: uint64(r.Payee)}] += r.Micros
		}
		for acc, n := range due {
			if got[acc] != n {
				a.find(i5, "sale %d: royalty %d of payee %d is pinned, %d was posted", rec.No, n, acc.Owner, got[acc])
			}
		}
	} else {
		a.sales[rec.No] = &saleSum{price: s.Price.Micros, held: true}
	}
	if s.Checkout != (ledger.CheckoutID{}) {
		if first, twice := a.paid[s.Checkout]; twice {
			a.find(i10, "checkout %d/%d is paid by entries %d and %d", s.Checkout.Vendor, s.Checkout.Number, first, rec.No)
		}
		a.paid[s.Checkout] = rec.No
	}
	a.links[linkID{rec.User, rec.Vendor, rec.Amount.Currency}]++
	id := walletID{rec.User, rec.Amount.Currency}
	c := a.counters[id]
	for _, k := range []struct {
		counter *ledger.Counter
		start   int64
	}{{&c.Day, s.Day}, {&c.Week, s.Week}, {&c.Month, s.Month}} {
		if k.counter.Start != k.start {
			*k.counter = ledger.Counter{Start: k.start}
		}
		k.counter.Spent += s.Price.Micros
	}
	a.counters[id] = c
}

// uncount takes the unused part of a hold out of the counters.
func (a *auditor) uncount(rec Record, rest int64) {
	sold, found, err := a.r.Entry(rec.Cause)
	if err != nil || !found || sold.Sale == nil {
		a.find(i6, "entry %d continues sale %d, which is not there", rec.No, rec.Cause)
		return
	}
	id := walletID{rec.User, rec.Amount.Currency}
	a.counters[id] = ledger.Uncount(a.counters[id], rest, sold.Sale)
}

// changed is the state of a sale to which something happens after it was sold.
func (a *auditor) changed(no ledger.EntryNo) *saleSum {
	if s := a.sales[no]; s != nil {
		return s
	}
	s := &saleSum{}
	a.sales[no] = s
	sold, found, err := a.r.Entry(no)
	if err != nil || !found || sold.Sale == nil {
		a.find(i6, "something happens to sale %d, which is not there", no)
		return s
	}
	s.price = sold.Amount.Micros
	if sold.Kind == ledger.KindPurchase {
		s.captured = s.price
	}
	return s
}

// sold compares the rows of sales, links, deposits and disputes with the journal.
func (a *auditor) sold(ctx context.Context) error {
	rows := map[ledger.EntryNo]bool{}
	err := rowsOf(ctx, a, tPurchase, func(_ []byte, p ledger.Purchase) {
		rows[p.No] = true
		s := a.sales[p.No]
		if s == nil {
			a.find(rowsEqual, "sale %d has a row, but nothing happened to it", p.No)
			return
		}
		a.compare(p, *s)
	})
	if err != nil {
		return err
	}
	for no, s := range a.sales {
		if s.returned+s.disputed > s.captured || s.captured > s.price || s.returned < 0 || s.disputed < 0 {
			a.find(i6, "sale %d: price %d, captured %d, returned %d, disputed %d", no, s.price, s.captured, s.returned, s.disputed)
		}
		pristineHold := s.held && !s.used && s.returned == 0 && s.disputed == 0
		if !rows[no] && !pristineHold {
			a.find(rowsEqual, "sale %d has changed but has no row", no)
		}
	}
	err = rowsOf(ctx, a, tLink, func(_ []byte, l ledger.Link) {
		id := linkID{l.ID.User, l.ID.Vendor, l.ID.Currency}
		if a.links[id] != l.Count {
			a.find(i8, "link of user %d at vendor %d in %s counts %d purchases, the journal %d", id.User, id.Vendor, id.Currency, l.Count, a.links[id])
		}
		delete(a.links, id)
	})
	if err != nil {
		return err
	}
	for id, n := range a.links {
		a.find(rowsEqual, "user %d bought %d times at vendor %d in %s, but there is no link", id.User, n, id.Vendor, id.Currency)
	}
	err = rowsOf(ctx, a, tDeposit, func(_ []byte, d ledger.Deposit) {
		if j, ok := a.deposits[d.ID]; !ok || !reflect.DeepEqual(d, j) {
			a.find(rowsEqual, "deposit %d/%d is %q, the journal says %q", d.ID.User, d.ID.Number, d.State, j.State)
		}
		delete(a.deposits, d.ID)
	})
	if err != nil {
		return err
	}
	for id := range a.deposits {
		a.find(rowsEqual, "deposit %d/%d has no row", id.User, id.Number)
	}
	err = rowsOf(ctx, a, tDispute, func(_ []byte, d ledger.Dispute) {
		if j, ok := a.disputes[d.No]; !ok || !reflect.DeepEqual(d, j) {
			a.find(rowsEqual, "dispute %d is %q, the journal says %q", d.No, d.State, j.State)
		}
		delete(a.disputes, d.No)
	})
	for no := range a.disputes {
		a.find(rowsEqual, "dispute %d has no row", no)
	}
	return err
}

// compare checks the row of a sale (I6, I9).
func (a *auditor) compare(p ledger.Purchase, s saleSum) {
	if p.Captured != s.captured || p.Returned != s.returned || p.Disputed != s.disputed {
		a.find(i6, "sale %d: the row says captured %d, returned %d, disputed %d; the journal %d, %d, %d",
			p.No, p.Captured, p.Returned, p.Disputed, s.captured, s.returned, s.disputed)
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
	if left := p.Captured - p.Returned - p.Disputed; !s.held && !s.voided && (sum(p.Sources) != left || sum(p.Receivers) != left) {
		a.find(i6, "sale %d: %d micros are left, sources have %d, receivers %d", p.No, left, sum(p.Sources), sum(p.Receivers))
	}
	full := s.captured > 0 && s.returned == s.captured
	if full != (p.State == ledger.PurchaseRefunded) || full == p.Grant.Revoked.IsZero() {
		a.find(i9, "sale %d: returned %d of %d, state %d, grant revoked %v", p.No, s.returned, s.captured, p.State, !p.Grant.Revoked.IsZero())
	}
}
