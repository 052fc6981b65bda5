package ledger

import (
	"cmp"
	"slices"
	"time"
)

// SettleRun is a run of settlements: it goes through all tills, one after the other, and remembers where it is.
type SettleRun struct {
	Number uint64
	At     time.Time // what happened until then is settled
	Vendor VendorID  // only this vendor, whether due or not; 0: all that are due
	Runner string    // the key of staff; "" for the service
	Began  time.Time
	Ended  time.Time // zero: it goes on behind Last and LastIn
	Last   VendorID
	LastIn Currency
	// Control totals: how many tills were looked at, how many settlements were made, and of how much.
	Tills, Settled uint64
	Payouts, Fees  []Amount // by currency
}

// After returns the run with a till behind it, and what was settled there.
func (n SettleRun) After(v VendorID, c Currency, made []Settlement) SettleRun {
	n = n.With(made)
	n.Last, n.LastIn, n.Tills = v, c, n.Tills+1
	return n
}

// With returns the run with settlements of a till that is not done.
func (n SettleRun) With(made []Settlement) SettleRun {
	for _, s := range made {
		n.Settled++
		n.Payouts = addAmount(n.Payouts, s.Amount)
		n.Fees = addAmount(n.Fees, Amount{s.Fee, s.Amount.Currency})
	}
	return n
}

// addAmount adds an amount to those by currency; none of nothing.
func addAmount(had []Amount, x Amount) []Amount {
	if x.Micros == 0 {
		return had
	}
	all := slices.Clone(had)
	i, found := slices.BinarySearchFunc(all, x, func(a, b Amount) int { return cmp.Compare(a.Currency, b.Currency) })
	if !found {
		all = slices.Insert(all, i, Amount{0, x.Currency})
	}
	all[i].Micros += x.Micros
	return all
}
