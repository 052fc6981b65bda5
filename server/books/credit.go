package books

import (
	"time"

	"tuppence/server/ledger"
)

func postpaidKey(u ledger.UserID, c ledger.Currency) []byte { return key(tPostpaid, u, c) }

func billKey(u ledger.UserID, c ledger.Currency, no ledger.EntryNo) []byte {
	return key(tBill, u, c, "\x00", no)
}

// Postpaid reads when an account that pays later is billed next; false for one that never had a credit line.
func (r Reader) Postpaid(u ledger.UserID, c ledger.Currency) (ledger.Postpaid, bool, error) {
	return load(r, postpaidKey(u, c), postpaids)
}

// Postpaids reads the accounts that have or had a credit line, in the order of their users, behind one of them.
func (r Reader) Postpaids(behind ledger.Postpaid, limit int) ([]ledger.Postpaid, error) {
	from := key(tPostpaid)
	if behind.User != 0 {
		from = append(postpaidKey(behind.User, behind.Currency), 0)
	}
	return scan(r, from, after(key(tPostpaid)), false, limit, postpaids.decode)
}

// DuePostpaids reads the accounts whose month is over at an instant, the earliest first, behind one of them.
func (r Reader) DuePostpaids(until time.Time, behind ledger.Postpaid, limit int) ([]ledger.Postpaid, error) {
	from := key(tDuePostpaid)
	if behind.User != 0 {
		from = append(duePostpaidKey(behind), 0)
	}
	return scan(r, from, key(tDuePostpaid, until.Add(time.Microsecond)), false, limit, deref(r, postpaids))
}

func duePostpaidKey(p ledger.Postpaid) []byte { return key(tDuePostpaid, p.Until, p.User, p.Currency) }

// PutPostpaid writes when an account is billed next.
func (t Tx) PutPostpaid(p ledger.Postpaid) error {
	return putIndexed(t, postpaidKey(p.User, p.Currency), postpaids, p, postpaidIndexes)
}

// postpaidIndexes: in the order in which they are billed.
func postpaidIndexes(p ledger.Postpaid) [][]byte {
	if p.Until.IsZero() {
		return nil
	}
	return [][]byte{duePostpaidKey(p)}
}

// Bill reads a bill of an account by the entry that issued it.
func (r Reader) Bill(u ledger.UserID, c ledger.Currency, no ledger.EntryNo) (ledger.Bill, bool, error) {
	return load(r, billKey(u, c, no), bills)
}

// Bills reads the bills of an account, newest first, at most limit of them (0: all).
func (r Reader) Bills(u ledger.UserID, c ledger.Currency, limit int) ([]ledger.Bill, error) {
	from := key(tBill, u, c, "\x00")
	return scan(r, from, after(from), true, limit, bills.decode)
}

// PutBill writes a bill.
func (t Tx) PutBill(b ledger.Bill) error {
	return putIndexed(t, billKey(b.User, b.Amount.Currency, b.No), bills, b, func(ledger.Bill) [][]byte { return nil })
}
