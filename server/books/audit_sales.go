package books

import (
	"time"

	"tuppence/server/ledger"
)

// saleSum is what the journal says has become of a sale.
type saleSum struct {
	currency                            ledger.Currency
	price, captured, returned, disputed int64
	held, voided                        bool
}

// linkSum is what the journal says about a buyer at a vendor.
type linkSum struct {
	count    uint64
	gross    int64 // ever sold
	released int64 // held and not captured
	counters ledger.Counters
	given    time.Time // when the newest permission began; zero if none was given
	before   int64     // sold before that
}

// since is how much may be counted for the newest permission, or from the beginning where none was given. It is one
// figure, unless holds were released: they may have been placed before or after it.
func (l linkSum) since() (least, most int64) {
	return max(l.gross-l.before-l.released, 0), l.gross - l.before
}

// bitset marks entries.
type bitset []uint64

func (b *bitset) set(no ledger.EntryNo) {
	for uint64(len(*b)) <= uint64(no)/64 {
		*b = append(*b, 0)
	}
	(*b)[no/64] |= 1 << (no % 64)
}

// take tells whether an entry was marked, and takes the mark away.
func (b bitset) take(no ledger.EntryNo) bool {
	if uint64(len(b)) <= uint64(no)/64 || b[no/64]&(1<<(no%64)) == 0 {
		return false
	}
	b[no/64] &^= 1 << (no % 64)
	return true
}

// sale follows the life of sales through the journal.
func (a *auditor) sale(rec Record) error {
	switch rec.Kind {
	case ledger.KindPurchase, ledger.KindHold:
		return a.soldNow(rec)
	case ledger.KindConsumed:
		p, found, err := there(a, key(tPurchase, rec.Cause), purchases)
		if err == nil && (!found || p.Grant.Used == 0) {
			a.find(i9, "entry %d uses the grant of sale %d, whose row says nothing of it", rec.No, rec.Cause)
		}
		return err
	case ledger.KindCapture, ledger.KindVoid, ledger.KindRefund, ledger.KindDispute, ledger.KindDisputeDecided:
	default:
		return nil
	}
	s, sold, err := a.changed(rec)
	if err != nil || s == nil {
		return err
	}
	n := rec.Amount.Micros
	switch rec.Kind {
	case ledger.KindCapture, ledger.KindVoid:
		a.released(rec, s, sold)
	case ledger.KindRefund:
		s.returned += n
	case ledger.KindDispute:
		if rec.Dispute != nil && rec.Dispute.State == ledger.DisputeAutoResolved {
			s.returned += n
		} else {
			s.disputed += n
		}
	case ledger.KindDisputeDecided:
		s.disputed -= n
		if rec.Dispute != nil && rec.Dispute.State == ledger.DisputeWon {
			s.returned += n
		}
	}
	if s.returned+s.disputed > s.captured || s.captured > s.price || s.disputed < 0 {
		a.find(i6, "after entry %d sale %d: price %d, captured %d, returned %d, disputed %d", rec.No, rec.Cause, s.price, s.captured, s.returned, s.disputed)
	}
	return nil
}

// released ends a hold: what was captured reached receivers, and the rest went back (I5) and counts no more (I8).
func (a *auditor) released(rec Record, s *saleSum, sold *ledger.Sale) {
	if !s.held {
		a.find(i6, "entry %d ends hold %d, which does not stand", rec.No, rec.Cause)
	}
	s.held, s.voided = false, rec.Kind == ledger.KindVoid
	rest := s.price
	if !s.voided {
		s.captured = rec.Amount.Micros
		rest -= s.captured
	}
	var held, back, receivers int64
	for _, g := range rec.Postings {
		switch g.Account.Class {
		case ledger.Held:
			held += g.Micros
		case ledger.Paid:
			back -= g.Micros
		default:
			receivers -= g.Micros
		}
	}
	if held != s.price || back != rest || receivers != s.captured {
		a.find(i5, "entry %d ends a hold of %d: out of it came %d, receivers got %d, back went %d", rec.No, s.price, held, receivers, back)
	}
	id := walletID{rec.User, rec.Amount.Currency}
	a.counters[id] = ledger.Uncount(a.counters[id], rest, sold)
	at := linkID{rec.User, rec.Vendor, rec.Amount.Currency}
	l := a.links[at]
	l.counters, l.released = ledger.Uncount(l.counters, rest, sold), l.released+rest
	a.links[at] = l
}

// soldNow checks a new sale: price = sources = receivers, royalties and commission as pinned (I5), a checkout is paid once
// (I10); and counts it (I8).
func (a *auditor) soldNow(rec Record) error {
	s := rec.Sale
	if s == nil || s.Price != rec.Amount {
		a.find(i5, "sale %d does not say what was sold for its price", rec.No)
		return nil
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
		a.shares(rec, got)
	} else {
		a.sales[rec.No] = &saleSum{currency: s.Price.Currency, price: s.Price.Micros, held: true}
	}
	a.count(rec)
	return a.referred(rec)
}

// shares checks that commission and royalties were posted as they are pinned.
func (a *auditor) shares(rec Record, got map[ledger.Account]int64) {
	s, c := rec.Sale, rec.Amount.Currency
	due := map[ledger.Account]int64{{Class: ledger.Commission, Currency: c}: s.Commission}
	for _, r := range s.Royalties {
		due[ledger.Account{Class: ledger.RoyaltyPayable, Currency: c, Owner: uint64(r.Payee)}] += r.Micros
	}
	for acc, n := range got {
		if acc.Class != ledger.VendorPending && due[acc] != n {
			a.find(i5, "sale %d: %s got %d micros, %d are pinned", rec.No, acc, n, due[acc])
		}
		delete(due, acc)
	}
	for acc, n := range due {
		if n != 0 {
			a.find(i5, "sale %d: %s got nothing, %d micros are pinned", rec.No, acc, n)
		}
	}
}

// count adds a sale to the counters of its wallet and to its link (I8).
func (a *auditor) count(rec Record) {
	s := rec.Sale
	at := linkID{rec.User, rec.Vendor, rec.Amount.Currency}
	l := a.links[at]
	l.count++
	l.gross += s.Price.Micros
	l.counters = spent(l.counters, s)
	a.links[at] = l
	id := walletID{rec.User, rec.Amount.Currency}
	a.counters[id] = spent(a.counters[id], s)
	a.once.set(rec.No)
}

// spent adds a sale to the counters of the periods that are pinned in it.
func spent(c ledger.Counters, s *ledger.Sale) ledger.Counters {
	for _, k := range []struct {
		counter *ledger.Counter
		start   int64
	}{{&c.Day, s.Day}, {&c.Week, s.Week}, {&c.Month, s.Month}} {
		if k.counter.Start != k.start {
			*k.counter = ledger.Counter{Start: k.start}
		}
		k.counter.Spent += s.Price.Micros
	}
	return c
}

// given notes that a vendor was allowed to charge without asking.
func (a *auditor) given(rec Record) {
	if rec.Change == nil || !rec.Change.Fresh { // then only the bounds changed
		return
	}
	at := linkID{rec.User, rec.Vendor, rec.Change.Currency}
	l := a.links[at]
	l.given, l.before = rec.At, l.gross
	a.links[at] = l
}

// referred checks that the offer version of a sale is there, and that its checkout names no other sale (I10).
func (a *auditor) referred(rec Record) error {
	s := rec.Sale
	if s.Offer.Number != 0 {
		k := offerKey(s.Offer, s.Version)
		found, known := a.versions[string(k)]
		if !known {
			_, there, err := a.r.get(k)
			if err != nil {
				return err
			}
			a.versions[string(k)], found = there, there
		}
		if !found {
			a.find(rowsEqual, "sale %d: version %d of offer %d/%d has no row", rec.No, s.Version, s.Offer.Vendor, s.Offer.Number)
		}
	}
	if s.Checkout == (ledger.CheckoutID{}) {
		return nil
	}
	c, found, err := there(a, checkoutKey(s.Checkout), checkouts)
	switch {
	case err != nil:
		return err
	case !found:
		a.find(i10, "sale %d pays checkout %d/%d, which is not there", rec.No, s.Checkout.Vendor, s.Checkout.Number)
	case c.Purchase == 0 && a.unnamed[s.Checkout] == 0: // sold without an answer: then at least no second time
		a.unnamed[s.Checkout] = rec.No
	case c.Purchase != rec.No:
		a.find(i10, "sale %d pays checkout %d/%d, which names sale %d", rec.No, s.Checkout.Vendor, s.Checkout.Number, max(c.Purchase, a.unnamed[s.Checkout]))
	}
	return nil
}

// changed is the state of a sale to which the entry does something, and what was sold; nil if there is no such sale.
func (a *auditor) changed(rec Record) (*saleSum, *ledger.Sale, error) {
	e, found, err := a.written(rec.Cause)
	if err != nil {
		return nil, nil, err
	}
	if !found || e.Sale == nil || rec.Cause >= rec.No {
		a.find(i6, "entry %d does something to sale %d, which is not there", rec.No, rec.Cause)
		return nil, nil, nil
	}
	if e.User != rec.User || e.Vendor != rec.Vendor || e.Amount.Currency != rec.Amount.Currency {
		a.find(i6, "entry %d does something to sale %d of other people", rec.No, rec.Cause)
	}
	s := a.sales[rec.Cause]
	if s == nil {
		s = &saleSum{currency: e.Amount.Currency, price: e.Amount.Micros}
		if e.Kind == ledger.KindPurchase {
			s.captured = s.price
		}
		a.sales[rec.Cause] = s
	}
	return s, e.Sale, nil
}
