package server

import (
	"tuppence/server/books"
	"tuppence/server/ledger"
)

// maxWalk bounds how many entries one page of a list looks at.
const maxWalk = 2000

// saleFacts loads what every decision about an existing sale needs.
func saleFacts(tx books.Tx, no ledger.EntryNo) (f ledger.SaleFacts, err error) {
	p, rec, found, err := tx.Purchase(no)
	if err != nil {
		return f, err
	}
	if !found {
		return f, ledger.RefuseNotFound("purchase")
	}
	f.Purchase, f.Sold = p, rec.Entry
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(rec.User); err != nil {
		return f, err
	}
	c := rec.Amount.Currency
	if f.Wallet, err = walletOr(tx.Reader, rec.User, c, f.Policy); err != nil {
		return f, err
	}
	if f.Link, err = linkOf(tx.Reader, rec.User, rec.Vendor, c); err != nil {
		return f, err
	}
	if f.Till, _, err = tx.Till(rec.Vendor, c); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}
