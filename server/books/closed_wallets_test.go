package books

import (
	"time"

	"tuppence/server/ledger"
)

// closeAll closes all wallets as no program would: they keep their money, their debts and their permissions.
func closeAll(tx Tx, now time.Time) error {
	all, err := tx.Wallets(ledger.Wallet{}, 100)
	closed := map[ledger.UserID]bool{}
	for _, w := range all {
		if err == nil && !closed[w.User] {
			closed[w.User] = true
			err = appended(tx, ledger.Entry{At: now, Kind: ledger.KindWalletClosed, User: w.User})
		}
		if err == nil {
			err = late(tx, w, now)
		}
	}
	return err
}

// late has a closed wallet owe money beside what is unclaimed of it.
func late(tx Tx, w ledger.Wallet, now time.Time) error {
	f := ledger.LateFacts{Wallet: w}
	f.Had, _, _ = tx.Unclaimed(w.User, w.Currency)
	out, changed := ledger.DecideLate(f, now)
	if changed {
		if err := first(appended(tx, out.Entry), tx.PutUnclaimed(out.Now)); err != nil {
			return err
		}
	}
	w, _, err := tx.Wallet(w.User, w.Currency)
	w.Closed, w.Paid, w.Owed = true, 5, 5
	return first(err, putDecoded(tx, walletKey(w.User, w.Currency), &wallets, w))
}
