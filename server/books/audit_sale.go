package books

import "tuppence/server/ledger"

// sale follows sales through the journal: what was held, captured, returned and disputed of each.
func (a *auditor) sale(rec Record) error {
	switch rec.Kind {
	case ledger.KindPurchase, ledger.KindHold, ledger.KindCapture, ledger.KindVoid, ledger.KindRefund,
		ledger.KindDispute, ledger.KindDisputeDecided, ledger.KindReferral:
	default:
		a.rewardMoved(rec, 0)
	}
	switch rec.Kind {
	case ledger.KindPurchase, ledger.KindHold:
		return a.newSale(rec)
	case ledger.KindPlan:
		return a.plan(rec)
	case ledger.KindCampaign:
		return a.campaign(rec)
	case ledger.KindTokenIssue:
		a.issue(rec)
		return nil
	case ledger.KindAgent:
		a.agent(rec)
		return nil
	case ledger.KindVoucher:
		a.voucher(rec)
		return nil
	case ledger.KindConsumed:
		p, found, err := referenced(a, key(tPurchase, rec.Cause), purchases)
		if err == nil && (!found || p.Grant.Used == 0) {
			a.find(i9, "entry %d uses the grant of sale %d, whose row says nothing of it", rec.No, rec.Cause)
		}
		if s := a.sales[rec.Cause]; s != nil && s.revoked {
			a.find(i9, "entry %d uses the grant of sale %d, which was revoked", rec.No, rec.Cause)
		}
		return err
	case ledger.KindRevoked:
		return a.revoked(rec)
	case ledger.KindCapture, ledger.KindVoid, ledger.KindRefund, ledger.KindDispute, ledger.KindDisputeDecided:
	case ledger.KindReferral:
		a.referral(rec)
		return nil
	default:
		a.issuedTokens(rec)
		return a.gift(rec)
	}
	s, sold, err := a.saleOf(rec)
	if err != nil || s == nil {
		return err
	}
	a.rewarded(rec, s, sold)
	n := rec.Amount.Micros
	switch rec.Kind {
	case ledger.KindCapture, ledger.KindVoid:
		a.holdEnded(rec, s, sold)
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
		if rec.Dispute != nil {
			s.returned += rec.Dispute.GivenBack()
		}
	}
	if s.returned+s.disputed > s.captured || s.captured > s.price || s.disputed < 0 {
		a.find(i6, "after entry %d sale %d: price %d, captured %d, returned %d, disputed %d",
			rec.No, rec.Cause, s.price, s.captured, s.returned, s.disputed)
	}
	return nil
}

// revoked checks that a vendor has ended a grant that was there, once, and that it has moved nothing (I9).
func (a *auditor) revoked(rec Record) error {
	of := rec
	if rec.Change != nil {
		of.Amount.Currency = rec.Change.Currency
	}
	s, sold, err := a.saleOf(of)
	if err != nil || s == nil {
		return err
	}
	returned := s.captured > 0 && s.returned == s.captured
	if s.held || s.voided || s.revoked || returned || len(rec.Postings) > 0 || !rec.Revokes() {
		a.find(i9, "entry %d revokes the grant of sale %d, which gave none or none any more", rec.No, sold.No)
	}
	s.revoked = true
	return nil
}

// holdEnded checks the end of a hold: what was captured reached receivers, and the rest went back (I5) and counts no
// more (I8).
func (a *auditor) holdEnded(rec Record, s *saleSum, sold ledger.Entry) {
	if !s.held {
		a.find(i6, "entry %d ends hold %d, which does not stand", rec.No, rec.Cause)
	}
	s.held, s.voided = false, rec.Kind == ledger.KindVoid
	rest := s.price
	if !s.voided {
		s.captured = rec.Amount.Micros
		rest -= s.captured
	}
	var held, back, receivers, given int64
	for _, g := range sold.Postings {
		if g.Account.Class == ledger.Promo {
			given += g.Micros
		}
	}
	for _, g := range rec.Postings {
		switch g.Account.Class {
		case ledger.Held:
			held += g.Micros
		case ledger.Paid, ledger.Receivable, ledger.Promo, ledger.PromoGiven:
			back -= g.Micros
		case ledger.ReferralCost, ledger.ReferralReward: // see [auditor.rewarded]
		default:
			receivers -= g.Micros
		}
	}
	// What a vendor gave and has expired meanwhile goes back to that vendor, beside what was captured.
	if expired := receivers - s.captured; held != s.price || back+expired != rest || expired < 0 || expired > given {
		a.find(i5, "entry %d ends a hold of %d: out of it came %d, receivers got %d, back went %d",
			rec.No, s.price, held, receivers, back)
	}
	id := walletID{rec.User, rec.Amount.Currency}
	a.counters[id] = ledger.Uncount(a.counters[id], rest, sold.Sale)
	at := linkID{rec.User, rec.Vendor, rec.Amount.Currency}
	l := a.links[at]
	l.counters, l.released = ledger.Uncount(l.counters, rest, sold.Sale), l.released+rest
	a.links[at] = l
	a.agentReleased(sold, rest)
}

// newSale checks a new sale: price = sources = receivers, royalties and commission as pinned (I5), a checkout is paid
// once (I10); and counts it (I8).
func (a *auditor) newSale(rec Record) error {
	s := rec.Sale
	if s == nil || s.Price != rec.Amount {
		a.find(i5, "sale %d does not say what was sold for its price", rec.No)
		return nil
	}
	var sources, receivers int64
	got := map[ledger.Account]int64{}
	for _, g := range rec.Postings {
		switch {
		case g.Account.Class == ledger.ReferralCost || g.Account.Class == ledger.ReferralReward: // see [auditor.newReward]
		case g.Micros > 0:
			sources += g.Micros
		default:
			receivers -= g.Micros
			got[g.Account] -= g.Micros
		}
	}
	if sources != s.Price.Micros || receivers != s.Price.Micros {
		a.find(i5, "sale %d: price %d, sources %d, receivers %d", rec.No, s.Price.Micros, sources, receivers)
	}
	a.newReward(rec)
	a.agentBuys(rec)
	if rec.Kind == ledger.KindPurchase {
		a.shares(rec, got)
	} else {
		a.sales[rec.No] = &saleSum{currency: s.Price.Currency, price: s.Price.Micros, held: true}
	}
	if err := a.planned(rec); err != nil {
		return err
	}
	if err := a.count(rec); err != nil {
		return err
	}
	return a.saleReferences(rec)
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

// count adds a sale to the counters of its wallet and to its link (I8), as ledger.DecidePurchase does, and the day that
// ends with it to the days of the wallet.
func (a *auditor) count(rec Record) error {
	s := rec.Sale
	at := linkID{rec.User, rec.Vendor, rec.Amount.Currency}
	l := a.links[at]
	l.count++
	l.gross += s.Price.Micros
	l.counters = ledger.Recount(l.counters, s)
	a.links[at] = l
	id := walletID{rec.User, rec.Amount.Currency}
	over := ledger.Closes(a.counters[id], s)
	a.counters[id] = ledger.Recount(a.counters[id], s)
	a.keyed.set(rec.No)
	if over == (ledger.Day{}) {
		return nil
	}
	sum, known := a.days[id]
	if !known {
		row, _, err := referenced(a, daysKey(id.User, id.Currency), daysOver)
		if err != nil {
			return err
		}
		sum.first = row.Closed - uint64(len(row.Last))
	}
	a.days[id] = sum.after(over)
	return nil
}

// saleOf returns what has become so far of the sale that an entry changes, and the entry of that sale; nil if there is
// no such sale. Most sales are never changed, so they are looked up only here.
func (a *auditor) saleOf(rec Record) (*saleSum, ledger.Entry, error) {
	e, found, err := a.entryAt(rec.Cause)
	if err != nil {
		return nil, e, err
	}
	if !found || e.Sale == nil || rec.Cause >= rec.No {
		a.find(i6, "entry %d changes sale %d, which is not there", rec.No, rec.Cause)
		return nil, e, nil
	}
	if e.User != rec.User || e.Vendor != rec.Vendor || e.Amount.Currency != rec.Amount.Currency {
		a.find(i6, "entry %d changes sale %d of other people", rec.No, rec.Cause)
	}
	s := a.sales[rec.Cause]
	if s == nil {
		s = &saleSum{currency: e.Amount.Currency, price: e.Amount.Micros}
		if e.Kind == ledger.KindPurchase {
			s.captured, s.commission, s.rewarded = s.price, e.Sale.Commission, e.Sale.Reward.Micros
		}
		a.sales[rec.Cause] = s
	}
	return s, e, nil
}
