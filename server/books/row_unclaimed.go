package books

import (
	"bytes"
	"context"
	"time"

	"tuppence/server/ledger"
)

// unclaimedRow is a balance that nobody uses: in a row of its own, and in each entry about it.
type unclaimedRow struct {
	User      ledger.UserID   `cbor:"1,keyasint,omitempty" since:"2"`
	Currency  ledger.Currency `cbor:"2,keyasint,omitempty" since:"2"`
	Announced instant         `cbor:"3,keyasint,omitempty" since:"2"`
	Micros    int64           `cbor:"4,keyasint,omitempty" since:"2"`
	Moved     instant         `cbor:"5,keyasint,omitempty" since:"2"`
	Remitted  int64           `cbor:"6,keyasint,omitempty" since:"2"`
	Asked     string          `cbor:"7,keyasint,omitempty" since:"2"`
	AskedAt   instant         `cbor:"8,keyasint,omitempty" since:"2"`
}

var unclaimed = codec[ledger.Unclaimed, unclaimedRow]{pack: packUnclaimed, unpack: unclaimedRow.unpack}

func packUnclaimed(u ledger.Unclaimed) unclaimedRow {
	return unclaimedRow{
		User: u.User, Currency: u.Currency, Announced: pack(u.Announced), Micros: u.Micros, Moved: pack(u.Moved),
		Remitted: u.Remitted, Asked: u.Asked, AskedAt: pack(u.AskedAt),
	}
}

func (r unclaimedRow) unpack() ledger.Unclaimed {
	return ledger.Unclaimed{
		User: r.User, Currency: r.Currency, Announced: r.Announced.time(), Micros: r.Micros, Moved: r.Moved.time(),
		Remitted: r.Remitted, Asked: r.Asked, AskedAt: r.AskedAt.time(),
	}
}

func unclaimedKey(u ledger.UserID, c ledger.Currency) []byte { return key(tUnclaimed, u, c) }

// Unclaimed reads what is announced or unclaimed of a wallet; false where there never was anything.
func (r Reader) Unclaimed(u ledger.UserID, c ledger.Currency) (ledger.Unclaimed, bool, error) {
	return load(r, unclaimedKey(u, c), unclaimed)
}

// AllUnclaimed reads balances that are or were announced or unclaimed, in the order of their users, behind one of them.
func (r Reader) AllUnclaimed(behind ledger.Unclaimed, limit int) ([]ledger.Unclaimed, error) {
	from := key(tUnclaimed)
	if behind.User != 0 {
		from = append(unclaimedKey(behind.User, behind.Currency), 0)
	}
	return scan(r, from, after(key(tUnclaimed)), false, limit, unclaimed.decode)
}

// PutUnclaimed writes what is announced or unclaimed of a wallet.
func (t Tx) PutUnclaimed(u ledger.Unclaimed) error {
	return put(t, unclaimedKey(u.User, u.Currency), unclaimed, u)
}

// Wallets reads wallets in the order of their users, behind one of them.
func (r Reader) Wallets(behind ledger.Wallet, limit int) ([]ledger.Wallet, error) {
	from := key(tWallet)
	if behind.User != 0 {
		from = append(walletKey(behind.User, behind.Currency), 0)
	}
	return scan(r, from, after(key(tWallet)), false, limit, wallets.decode)
}

// dormant follows each unused balance: it is announced before it is moved, nothing but what is unclaimed comes back or
// goes to the state, and the entry tells the balance as it is after it.
func (a *auditor) dormant(rec Record) {
	u := rec.Unclaimed
	if u == nil {
		return
	}
	id := walletID{u.User, u.Currency}
	had, said := a.unclaimed[id], ""
	if rec.Change != nil {
		said = rec.Change.Name
	}
	micros, remitted, why := had.Micros, had.Remitted, true
	switch said {
	case ledger.UnclaimedAnnounced:
		why = len(rec.Postings) == 0
	case ledger.UnclaimedMoved:
		a.movedAt[id] = rec.No
		micros, why = micros+rec.Amount.Micros, !had.Announced.IsZero() && !had.Announced.After(rec.At)
	case ledger.UnclaimedLate:
		micros, why = micros+rec.Amount.Micros, a.ended[u.User]
	case ledger.UnclaimedDebt, ledger.UnclaimedHanded:
		micros, why = micros-rec.Amount.Micros, a.ended[u.User] && micros >= rec.Amount.Micros
	case ledger.UnclaimedClaimed:
		micros, why = micros-rec.Amount.Micros, micros == rec.Amount.Micros
	case ledger.UnclaimedRemitted:
		why = micros == rec.Amount.Micros && rec.Actor.Role == ledger.RoleOperator
		a.secondPerson(rec, u.Asked)
		micros, remitted = micros-rec.Amount.Micros, remitted+rec.Amount.Micros
	default:
		why = false
	}
	stands := -a.balances[ledger.Account{Class: ledger.UnclaimedProperty, Currency: u.Currency, Owner: uint64(u.User)}]
	if !why || rec.User != u.User || u.Micros != micros || u.Remitted != remitted || stands != micros {
		a.find(rowsEqual, "entry %d, %q, does not follow on what was unclaimed of wallet %d %s: %d micros, now %d",
			rec.No, said, u.User, u.Currency, had.Micros, u.Micros)
	}
	a.unclaimed[id] = *u
}

// unclaimedRows compares what is unclaimed with the newest entry about it. That its owner was seen after it was
// announced, and who has asked to pay it to the state, are in the row alone.
func (a *auditor) unclaimedRows(ctx context.Context) error {
	at := func(u ledger.Unclaimed) []byte { return unclaimedKey(u.User, u.Currency) }
	told := func(u ledger.Unclaimed) []byte {
		u.Asked, u.AskedAt, u.Announced = "", time.Time{}, time.Time{}
		return unclaimed.encode(u)
	}
	err := rows(ctx, a, tUnclaimed, unclaimed, at, func(_ []byte, u ledger.Unclaimed) error {
		id := walletID{u.User, u.Currency}
		had := a.unclaimed[id]
		had.User, had.Currency = u.User, u.Currency
		delete(a.unclaimed, id)
		if !bytes.Equal(told(had), told(u)) || !u.Announced.IsZero() && !u.Announced.Equal(had.Announced) {
			a.find(rowsEqual, "what is unclaimed of wallet %d %s is not what the journal says", u.User, u.Currency)
		}
		f, _, err := a.r.Refill(u.User, u.Currency)
		alive := f.State == ledger.RefillActive || f.State == ledger.RefillPaused
		if alive && u.Micros > 0 && f.No < a.movedAt[id] {
			a.find(rowsEqual, "a weekly budget fills up wallet %d %s, of which %d micros are unclaimed",
				u.User, u.Currency, u.Micros)
		}
		return a.damage(rowsEqual, err)
	})
	for id := range a.unclaimed {
		a.find(rowsEqual, "what is unclaimed of wallet %d %s has no row", id.User, id.Currency)
	}
	return err
}
