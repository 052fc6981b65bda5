package books

import (
	"context"

	"tuppence/server/ledger"
)

// rowsOf visits the decoded rows of a table; damaged ones become findings.
func rowsOf[T any](ctx context.Context, a *auditor, table byte, visit func(k []byte, v T)) error {
	prefix := key(table)
	for kv, err := range a.r.kv.Scan(prefix, after(prefix), false, 0) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		var v T
		if err := decode(kv.Key, kv.Value, &v); err != nil {
			if err := a.broken(rowsEqual, err); err != nil {
				return err
			}
			continue
		}
		visit(kv.Key, v)
	}
	return nil
}

// totals compares control totals with the sums of their accounts (I3), and all of them with zero (I2).
func (a *auditor) totals(ctx context.Context) error {
	sums, trial := map[string]int64{}, map[ledger.Currency]int64{}
	for acc, n := range a.balances {
		sums[string(totalKey(acc.Class, acc.Currency))] += n
	}
	err := rowsOf(ctx, a, tTotal, func(k []byte, n int64) {
		trial[ledger.Currency(k[3:])] += n
		if sums[string(k)] != n {
			a.find(i3, "class %d in %s stands at %d micros, its accounts add up to %d", uint16(k[1])<<8|uint16(k[2]), k[3:], n, sums[string(k)])
		}
		delete(sums, string(k))
	})
	for k, n := range sums {
		if n != 0 {
			a.find(i3, "class %d in %s has no control total, its accounts add up to %d", uint16(k[1])<<8|uint16(k[2]), k[3:], n)
		}
	}
	for c, n := range trial {
		if n != 0 {
			a.find(i2, "the totals in %s add up to %d micros", c, n)
		}
	}
	return err
}

// money compares wallets, tills and all other balances with what the journal adds up to. What it has compared it takes
// out of the sums: what is left over has no row.
func (a *auditor) money(ctx context.Context) error {
	left := make(map[ledger.Account]int64, len(a.balances))
	for acc, n := range a.balances {
		left[acc] = n
	}
	same := func(invariant string, acc ledger.Account, stored int64) {
		if left[acc] != stored {
			a.find(invariant, "account %s: the row says %d micros, the journal %d", acc, stored, left[acc])
		}
		delete(left, acc)
	}
	err := rowsOf(ctx, a, tWallet, func(_ []byte, w ledger.Wallet) {
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
	})
	if err != nil {
		return err
	}
	for id, p := range a.wallets {
		a.find(rowsEqual, "the wallet %d %s of %d entries has no row", id.User, id.Currency, p.count)
	}
	for id := range a.held {
		a.find(rowsEqual, "holds of wallet %d %s have no wallet", id.User, id.Currency)
	}
	err = rowsOf(ctx, a, tTill, func(_ []byte, l ledger.Till) {
		v, id := uint64(l.Vendor), tillID{l.Vendor, l.Currency}
		same(i7, ledger.Account{Class: ledger.VendorPending, Currency: l.Currency, Owner: v}, -l.Pending)
		same(i7, ledger.Account{Class: ledger.VendorAvailable, Currency: l.Currency, Owner: v}, -l.Available)
		same(i7, ledger.Account{Class: ledger.VendorReserve, Currency: l.Currency, Owner: v}, -l.Reserve)
		if p := a.tills[id]; p != (place{l.Last, l.Count}) {
			a.find(i12, "till %d %s: the row ends its history at entry %d after %d, the journal at %d after %d", l.Vendor, l.Currency, l.Last, l.Count, p.last, p.count)
		}
		delete(a.tills, id)
	})
	if err != nil {
		return err
	}
	for id, p := range a.tills {
		a.find(rowsEqual, "the till %d %s of %d entries has no row", id.Vendor, id.Currency, p.count)
	}
	err = rowsOf(ctx, a, tBalance, func(k []byte, n int64) {
		same(rowsEqual, ledger.Account{Class: ledger.Class(uint16(k[1])<<8 | uint16(k[2])), Currency: ledger.Currency(k[3 : len(k)-8]), Owner: last(k)}, n)
	})
	for acc, n := range left {
		a.find(rowsEqual, "account %s has no row, the journal says %d micros", acc, n)
	}
	return err
}

// counted says whether stored counters are those of the journal. A counter that has spent nothing has no start of its
// own.
func counted(stored, journal ledger.Counters) bool {
	same := func(s, j ledger.Counter) bool { return s == j || (s.Spent == 0 && j.Spent == 0) }
	return same(stored.Day, journal.Day) && same(stored.Week, journal.Week) && same(stored.Month, journal.Month)
}
