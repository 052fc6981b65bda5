package books

import (
	"cmp"
	"fmt"
	"slices"

	"tuppence/server/ledger"
)

// Coverage is what the service has and what it owes in one currency, in micros (I13).
type Coverage struct {
	Currency     ledger.Currency
	Assets, Owed int64 // liquid assets; owed to users, vendors and payees
}

// Short returns by how much the assets fall short of what is owed; 0: they cover it.
func (c Coverage) Short() int64 { return max(c.Owed-c.Assets, 0) }

// String is a line for people.
func (c Coverage) String() string {
	word := "covered"
	if c.Short() > 0 {
		word = "NOT COVERED"
	}
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: c.Currency} }
	return fmt.Sprintf("I13 %s: assets %s, owed %s", word, in(c.Assets), in(c.Owed))
}

// add adds the sum of an account, debits less credits.
func (c *Coverage) add(class ledger.Class, sum int64) {
	switch class {
	case ledger.Bank, ledger.PSPClearing, ledger.UncollectedItem, ledger.BillerClearing:
		c.Assets += sum
	case ledger.Paid, ledger.Uncollected, ledger.Held, ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve,
		ledger.RoyaltyPayable, ledger.PayoutTransit, ledger.RedeemTransit, ledger.DisputeHold,
		ledger.UnclaimedProperty, ledger.ReferralReward:
		c.Owed -= sum
	}
}

// coverages are collected by currency.
type coverages map[ledger.Currency]*Coverage

func (all coverages) add(a ledger.Account, sum int64) {
	c := all[a.Currency]
	if c == nil {
		c = &Coverage{Currency: a.Currency}
		all[a.Currency] = c
	}
	c.add(a.Class, sum)
}

// sorted returns them in the order of the currencies.
func (all coverages) sorted() []Coverage {
	var list []Coverage
	for _, c := range all {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Coverage) int { return cmp.Compare(a.Currency, b.Currency) })
	return list
}

// Coverage reads what the service has and owes in each currency from the control totals.
func (r Reader) Coverage() ([]Coverage, error) {
	totals, err := r.Totals()
	all := coverages{}
	for _, t := range totals {
		all.add(t.Account, t.Micros)
	}
	return all.sorted(), err
}

// Totals reads the control totals, one for each class and currency that was ever posted to, in the order of the chart.
// Their accounts have no owner.
func (r Reader) Totals() ([]ledger.Posting, error) {
	return scan(r, key(tTotal), after(key(tTotal)), false, 0, func(k, v []byte) (t ledger.Posting, err error) {
		if len(k) < 3 {
			return t, damaged(k, errCut)
		}
		t.Account = ledger.Account{Class: classOf(k), Currency: ledger.Currency(k[3:])}
		t.Micros, err = amounts.decode(k, v)
		return t, err
	})
}
