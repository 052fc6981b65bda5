package books

import (
	"context"
	"maps"

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

// classOf is the class in the key of a balance or a total.
func classOf(k []byte) ledger.Class { return ledger.Class(k[1])<<8 | ledger.Class(k[2]) }

// money compares wallets, tills and all other balances with what the journal adds up to. What it has compared it takes
// out of the sums: what is left over has no row.
func (a *auditor) money(ctx context.Context) error {
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
	err := rows(ctx, a, tWallet, wallets, func(w ledger.Wallet) []byte { return walletKey(w.User, w.Currency) }, func(_ []byte, w ledger.Wallet) error {
		u, id := uint64(w.User), walletID{w.User, w.Currency}
		same(rowsEqual, ledger.Account{Class: ledger.Paid, Currency: w.Currency, Owner: u}, -w.Paid)
		same(rowsEqual, ledger.Account{Class: ledger.Uncollected, Currency: w.Currency, Owner: u}, -w.Uncollected)
		same(rowsEqual, ledger.Account{Class: ledger.Receivable, Currency: w.Currency, Owner: u}, w.Owed)
		if a.held[id] != w.Held {
			a.find(rowsEqual, "wallet %d %s: the row says %d micros are held, the journal %d", w.User, w.Currency, w.Held, a.held[id])
		}
		delete(a.held, id)
		if p := a.wallets[id]; p != (place{w.Last, w.Count}) {
			a.find(i12, "wallet %d %s: the row ends its history at entry %d after %d, the journal at %d after %d", w.User, w.Currency, w.Last, w.Count, p.last, p.count)
		}
		delete(a.wallets, id)
		if c := a.counters[id]; !counted(w.Spent, c) {
			a.find(i8, "wallet %d %s: counters are %v, the journal says %v", w.User, w.Currency, w.Spent, c)
		}
		_, found, err := there(a, key(tUser, w.User), users)
		if err == nil && !found {
			a.find(rowsEqual, "wallet %d %s is nobody's", w.User, w.Currency)
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

// counted says whether stored counters are those of the journal. A counter that has spent nothing has no start of its
// own.
func counted(stored, journal ledger.Counters) bool {
	same := func(s, j ledger.Counter) bool { return s == j || (s.Spent == 0 && j.Spent == 0) }
	return same(stored.Day, journal.Day) && same(stored.Week, journal.Week) && same(stored.Month, journal.Month)
}

// tillRows compares tills: what vendors have earned (I7), end of the history.
func (a *auditor) tillRows(ctx context.Context, same func(string, ledger.Account, int64)) error {
	err := rows(ctx, a, tTill, tills, func(t ledger.Till) []byte { return tillKey(t.Vendor, t.Currency) }, func(_ []byte, t ledger.Till) error {
		v, id := uint64(t.Vendor), tillID{t.Vendor, t.Currency}
		same(i7, ledger.Account{Class: ledger.VendorPending, Currency: t.Currency, Owner: v}, -t.Pending)
		same(i7, ledger.Account{Class: ledger.VendorAvailable, Currency: t.Currency, Owner: v}, -t.Available)
		same(i7, ledger.Account{Class: ledger.VendorReserve, Currency: t.Currency, Owner: v}, -t.Reserve)
		if p := a.tills[id]; p != (place{t.Last, t.Count}) {
			a.find(i12, "till %d %s: the row ends its history at entry %d after %d, the journal at %d after %d", t.Vendor, t.Currency, t.Last, t.Count, p.last, p.count)
		}
		delete(a.tills, id)
		return nil
	})
	for id, p := range a.tills {
		a.find(rowsEqual, "the till %d %s of %d entries has no row", id.Vendor, id.Currency, p.count)
	}
	return err
}

// suspense checks that money which waits (holds, dispute holds, uncollected items) waits for something that is open, and
// in its full amount.
func (a *auditor) suspense(context.Context) error {
	due := map[ledger.Account]int64{}
	for no, s := range a.sales {
		if s.held {
			due[ledger.Account{Class: ledger.Held, Currency: s.currency, Owner: uint64(no)}] = -s.price
		}
	}
	for no, t := range a.transfers {
		if t.state == ledger.TransferSent {
			due[ledger.Account{Class: ledger.Held, Currency: t.amount.Currency, Owner: uint64(no)}] = -t.amount.Micros
		}
	}
	for no, at := range a.disputes {
		e, found, err := a.written(at)
		if err != nil {
			return err
		}
		if d := e.Dispute; found && d.State.Open() {
			due[ledger.Account{Class: ledger.DisputeHold, Currency: d.Amount.Currency, Owner: uint64(no)}] = -d.Amount.Micros
		}
	}
	for _, at := range a.deposits {
		e, found, err := a.written(at)
		if err != nil {
			return err
		}
		if d := e.Deposit; found && d.State == ledger.DepositUncollected {
			due[ledger.Account{Class: ledger.UncollectedItem, Currency: d.Amount.Currency, Owner: uint64(d.No)}] = d.Amount.Micros
		}
	}
	for acc, n := range due {
		if a.balances[acc] != n {
			a.find(i6, "account %s stands at %d micros, what waits there is %d", acc, a.balances[acc], n)
		}
	}
	for acc, n := range a.balances {
		switch acc.Class {
		case ledger.Held, ledger.DisputeHold, ledger.UncollectedItem:
			if _, open := due[acc]; !open {
				a.find(i6, "account %s stands at %d micros, and nothing waits there", acc, n)
			}
		}
	}
	return nil
}
