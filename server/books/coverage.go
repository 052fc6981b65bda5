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
		ledger.RoyaltyPayable, ledger.PayoutTransit, ledger.RedeemTransit, ledger.DisputeHold:
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

// Coverage reads what the service has and owes in each currency from the control totals: a row for each class.
func (r Reader) Coverage() ([]Coverage, error) {
	all := coverages{}
	_, err := scan(r, key(tTotal), after(key(tTotal)), false, 0, func(k, v []byte) (int64, error) {
		n, err := amounts.decode(k, v)
		if err == nil && len(k) >= 3 {
			all.add(ledger.Account{Class: classOf(k), Currency: ledger.Currency(k[3:])}, n)
		}
		return n, err
	})
	return all.sorted(), err
}
