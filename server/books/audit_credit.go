package books

import (
	"bytes"
	"context"
	"time"

	"tuppence/server/ledger"
)

// credit checks what makes an account owe, or bills it (I11): a purchase on credit stays within the line that the
// account has then, none is made while a bill is overdue, and a bill is over all that was owed and not billed. The
// wallet is as it was before the entry.
func (a *auditor) credit(rec Record, w ledger.Wallet) {
	debt := ledger.Account{Class: ledger.Receivable, Currency: w.Currency, Owner: uint64(w.User)}
	w.Owed = a.balances[debt]
	switch rec.Kind {
	case ledger.KindBill:
		b := rec.Bill
		if b == nil || b.No != rec.No || b.User != rec.User || b.Amount != rec.Amount || w.Unbilled() != rec.Amount.Micros {
			a.find(i11, "bill %d over %s is not over the %d micros that wallet %d %s owes beside other bills",
				rec.No, rec.Amount, w.Unbilled(), w.User, w.Currency)
		}
		a.bills[rec.No] = true
	case ledger.KindWriteOff:
		first := ""
		if rec.Change != nil {
			first = rec.Change.Old
		}
		a.secondPerson(rec, first)
	case ledger.KindPurchase, ledger.KindHold:
		for _, g := range rec.Postings {
			if _, late := w.Overdue(rec.At); g.Account == debt && (late || w.Owed > w.Credit.Line) {
				a.find(i11, "sale %d makes wallet %d %s owe %d micros; its line is %d, a bill is overdue: %t",
					rec.No, w.User, w.Currency, w.Owed, w.Credit.Line, late)
			}
		}
	}
}

// secondPerson checks that an act which takes two persons names both: who has asked for it, and another key that has
// done it.
func (a *auditor) secondPerson(rec Record, first string) {
	if first == "" || rec.Actor.Key == "" || first == rec.Actor.Key {
		a.find(rowsEqual, "entry %d, %s, takes two persons and names %q and %q",
			rec.No, rec.Words(), first, rec.Actor.Key)
	}
}

// billRows compares each bill with the copy in the entry that issued it. That it was given up later is in the row
// alone.
func (a *auditor) billRows(ctx context.Context) error {
	at := func(b ledger.Bill) []byte { return billKey(b.User, b.Amount.Currency, b.No) }
	err := rows(ctx, a, tBill, bills, at, func(_ []byte, b ledger.Bill) error {
		delete(a.bills, b.No)
		e, found, err := a.entryAt(b.No)
		had := a.mailed.bills[b.No]
		if !b.Mailed.Equal(had.Mailed) || !b.LastLetter.Equal(had.LastLetter) || b.Reminded != had.Reminded {
			a.find(rowsEqual, "bill %d was mailed otherwise than the journal says", b.No)
		}
		b.GivenUp, b.Mailed, b.LastLetter, b.Reminded = time.Time{}, time.Time{}, time.Time{}, 0
		if err == nil && (!found || e.Bill == nil || !bytes.Equal(bills.encode(*e.Bill), bills.encode(b))) {
			a.find(rowsEqual, "bill %d is not what its entry says", b.No)
		}
		return err
	})
	for no := range a.bills {
		a.find(rowsEqual, "bill %d has no row", no)
	}
	return err
}
