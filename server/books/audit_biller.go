package books

import (
	"bytes"
	"context"
	"crypto/sha256"
	"slices"

	"tuppence/server/ledger"
)

// atBillers is what the journal says of billers: the newest entry about each of them, about each account of a wallet,
// and about each file.
type atBillers struct {
	billers  map[string]ledger.EntryNo
	accounts map[string]ledger.EntryNo // by the key of the row
	files    map[string]ledger.EntryNo // by the key of the row
}

func newAtBillers() atBillers {
	return atBillers{map[string]ledger.EntryNo{}, map[string]ledger.EntryNo{}, map[string]ledger.EntryNo{}}
}

// biller notes what an entry says of a biller. A file is made once, and each begins where the one before it ended.
func (a *auditor) biller(rec Record) {
	b := rec.Biller
	if b == nil {
		return
	}
	if b.Biller != nil {
		a.atBillers.billers[b.Biller.Name] = rec.No
	}
	if b.Account != nil {
		a.atBillers.accounts[string(accountKey(b.Account.User, b.Account.Biller))] = rec.No
	}
	if f := b.File; f != nil {
		k := string(frozenKey(f.Biller, f.Number))
		if a.atBillers.files[k] != 0 || b.Biller == nil || b.Biller.Files != f.Number || b.Biller.Upto != f.Upto ||
			f.Upto >= rec.No {
			a.find(rowsEqual, "entry %d makes file %d for %q again, or out of its order", rec.No, f.Number, f.Biller)
		}
		a.atBillers.files[k] = rec.No
	}
}

// billerRows compares billers, accounts and files with the copies in their newest entries, as depositRows does, and
// the codes of deposits by phone with their deposits.
func (a *auditor) billerRows(ctx context.Context) error {
	err := rows(ctx, a, tBiller, billers, func(b ledger.Biller) []byte { return key(tBiller, b.Name) },
		func(_ []byte, b ledger.Biller) error {
			e, found, err := a.entryAt(a.atBillers.billers[b.Name])
			if err == nil && (!found || !bytes.Equal(billers.encode(*e.Biller.Biller), billers.encode(b))) {
				a.find(rowsEqual, "biller %q is another one than the journal says", b.Name)
			}
			delete(a.atBillers.billers, b.Name)
			return err
		})
	if err != nil {
		return err
	}
	for name := range a.atBillers.billers {
		a.find(rowsEqual, "biller %q has no row", name)
	}
	if err := a.billerAccountRows(ctx); err != nil {
		return err
	}
	if err := a.billerFileRows(ctx); err != nil {
		return err
	}
	return a.phoneCodeRows(ctx)
}

func (a *auditor) billerAccountRows(ctx context.Context) error {
	at := func(v SealedAccount) []byte { return accountKey(v.User, v.Biller) }
	err := rows(ctx, a, tBillerAccount, billerAccounts, at, func(k []byte, v SealedAccount) error {
		no := a.atBillers.accounts[string(k)]
		delete(a.atBillers.accounts, string(k))
		e, found, err := a.entryAt(no)
		if err == nil && (!found || *e.Biller.Account != v.BillerAccount) {
			a.find(rowsEqual, "the account of user %d at %q is another one than the journal says", v.User, v.Biller)
		}
		if v.Live() && len(v.Sealed) == 0 {
			a.find(rowsEqual, "the account of user %d at %q has no number", v.User, v.Biller)
		}
		return err
	})
	for k := range a.atBillers.accounts {
		a.find(rowsEqual, "account %s has no row", keyName([]byte(k)))
	}
	return err
}

// billerFileRows checks that files are those that were frozen, byte for byte while their bytes are kept.
func (a *auditor) billerFileRows(ctx context.Context) error {
	at := func(f FrozenFile) []byte { return frozenKey(f.Biller, f.Number) }
	err := rows(ctx, a, tBillerFile, frozenFiles, at, func(k []byte, f FrozenFile) error {
		no := a.atBillers.files[string(k)]
		delete(a.atBillers.files, string(k))
		e, found, err := a.entryAt(no)
		kept := len(f.Bytes) > 0
		if err == nil && (!found || *e.Biller.File != f.BillerFile || kept && sha256.Sum256(f.Bytes) != f.Sealed) {
			a.find(rowsEqual, "file %d for %q is not what was frozen", f.Number, f.Biller)
		}
		return err
	})
	for k := range a.atBillers.files {
		a.find(rowsEqual, "file %s has no row", keyName([]byte(k)))
	}
	return err
}

// phoneCodeRows checks that each code leads to the deposit that was made with it.
func (a *auditor) phoneCodeRows(ctx context.Context) error {
	at := func(c PhoneCode) []byte { return key(tPhoneCode, c.Hash) }
	return rows(ctx, a, tPhoneCode, phoneCodes, at, func(_ []byte, c PhoneCode) error {
		d, found, err := referenced(a, depositKey(c.Deposit), deposits)
		if err == nil && (!found || d.Channel != ledger.ByPhone || d.Code != c.Hash || c.Expires.Before(d.Created)) {
			a.find(rowsEqual, "a code leads to deposit %d/%d, which was not made with it",
				c.Deposit.User, c.Deposit.Number)
		}
		return err
	})
}

// orderLimit notes what a wallet may owe for purchase orders.
func (a *auditor) orderLimit(rec Record) {
	if rec.Change == nil {
		return
	}
	id := walletID{rec.User, rec.Change.Currency}
	c := a.lent[id]
	c.Currency, c.Limit, c.By = id.Currency, int64(rec.Change.Number), rec.Actor.Key //nolint:gosec // as it was written
	a.lent[id] = c
}

// lend adds up what a wallet owes for purchase orders.
func (a *auditor) lend(d ledger.Deposit) {
	if !d.Is(ledger.DepositOnOrder) {
		return
	}
	id := walletID{d.ID.User, d.Amount.Currency}
	c := a.lent[id]
	switch d.State {
	case ledger.DepositAccepted:
		c.Used += d.Amount.Micros
	case ledger.DepositPaid:
		c.Used -= d.Amount.Micros
	}
	if c != a.lent[id] {
		a.lent[id] = c
	}
	if c.Used < 0 {
		a.find(rowsEqual, "user %d paid %d micros more for purchase orders than were lent", id.User, -c.Used)
	}
}

// orderCredit compares the credit of a user with the journal.
func (a *auditor) orderCredit(u ledger.User) {
	for _, c := range u.Credit {
		id := walletID{u.ID, c.Currency}
		if a.lent[id] != c {
			a.find(rowsEqual, "user %d may owe %d and owes %d micros of %s for purchase orders, the journal says otherwise",
				u.ID, c.Limit, c.Used, c.Currency)
		}
	}
	for id, c := range a.lent {
		if id.User == u.ID && !slices.Contains(u.Credit, c) {
			a.find(rowsEqual, "user %d has no credit of %d micros in %s", u.ID, c.Limit, c.Currency)
		}
	}
}
