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
