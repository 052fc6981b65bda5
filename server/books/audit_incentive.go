package books

import (
	"bytes"
	"context"
	"slices"
	"time"

	"tuppence/server/ledger"
)

// incentive checks that the tokens of an incentive move for their owner alone, and pay nothing after they have expired.
// The wallet is as it was before the entry.
func (a *auditor) incentive(rec Record, w ledger.Wallet) {
	if rec.Kind == ledger.KindIncentive {
		if i := rec.Incentive; i == nil || i.No != rec.No || i.User != rec.User || i.Amount != rec.Amount {
			a.find(rowsEqual, "entry %d does not say which incentive it gives", rec.No)
		}
		a.incentives[rec.No] = walletID{rec.User, rec.Amount.Currency}
	}
	if rec.Kind == ledger.KindIncentiveEnded {
		a.incentiveEnded(rec, w)
	}
	for _, g := range rec.Postings {
		if g.Account.Class != ledger.Promo {
			continue
		}
		no := ledger.EntryNo(g.Account.Owner)
		if owner, given := a.incentives[no]; !given || owner != (walletID{rec.User, g.Account.Currency}) {
			a.find(i4, "entry %d moves incentive %d, which is not of its wallet", rec.No, no)
		}
		sold := rec.Kind == ledger.KindPurchase || rec.Kind == ledger.KindHold
		i := slices.IndexFunc(w.Incentives, func(l ledger.IncentiveLot) bool { return l.No == no })
		if sold && (i < 0 || !w.Incentives[i].Buys(a.offerSold(rec), rec.At)) {
			a.find(i5, "sale %d is paid with incentive %d, which does not buy there and then", rec.No, no)
		}
	}
}

// incentiveEnded checks that all that was left of an incentive goes to who paid for it, wherever it was spent.
func (a *auditor) incentiveEnded(rec Record, w ledger.Wallet) {
	i := slices.IndexFunc(w.Incentives, func(l ledger.IncentiveLot) bool { return l.No == rec.Cause })
	if i < 0 {
		a.find(i4, "entry %d ends incentive %d, which is not of its wallet", rec.No, rec.Cause)
		return
	}
	l, c := w.Incentives[i], rec.Amount.Currency
	want := []ledger.Posting{
		{Account: ledger.Account{Class: ledger.Promo, Currency: c, Owner: uint64(l.No)}, Micros: l.Left},
		{Account: l.Payer(c), Micros: -l.Left},
	}
	if !slices.Equal(rec.Postings, want) {
		a.find(i20, "entry %d ends incentive %d of %d micros, and moves %v, not %v", rec.No, l.No, l.Left, rec.Postings, want)
	}
}

// lotsEnded checks that nothing is left of an incentive that has ended: nothing else would take it back.
func (a *auditor) lotsEnded(i ledger.Incentive) {
	if i.Ended.IsZero() {
		return
	}
	for _, l := range a.pasts[walletID{i.User, i.Amount.Currency}].Incentives {
		if l.No == i.No && l.Left != 0 {
			a.find(i20, "incentive %d has ended with %d micros left", i.No, l.Left)
		}
	}
}

// sameLot returns whether two rests of incentives are the same.
func sameLot(a, b ledger.IncentiveLot) bool {
	same := a.Expires.Equal(b.Expires)
	a.Expires = b.Expires
	return same && a == b
}

// incentiveRows compares each incentive with the copy in its entry. That it has ended is in the row alone.
func (a *auditor) incentiveRows(ctx context.Context) error {
	at := func(i ledger.Incentive) []byte { return key(tIncentive, i.No) }
	err := rows(ctx, a, tIncentive, incentives, at, func(_ []byte, i ledger.Incentive) error {
		delete(a.incentives, i.No)
		a.lotsEnded(i)
		e, found, err := a.entryAt(i.No)
		i.Ended = time.Time{}
		if err == nil && (!found || e.Incentive == nil ||
			!bytes.Equal(incentives.encode(*e.Incentive), incentives.encode(i))) {
			a.find(rowsEqual, "incentive %d is not what its entry says", i.No)
		}
		return err
	})
	for no := range a.incentives {
		a.find(rowsEqual, "incentive %d has no row", no)
	}
	return err
}
