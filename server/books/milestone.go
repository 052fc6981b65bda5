package books

import (
	"context"
	"errors"

	"tuppence/server/ledger"
)

// MilestoneEvery is how many entries of a wallet there are from one milestone to the next. A history is a chain of
// entries that each point to the one before; the milestones are where a reader can enter it, so that any place of it
// costs the same. They follow from the journal.
const MilestoneEvery = 64

// milestone is what a wallet was right after one of its entries.
type milestone struct {
	No      ledger.EntryNo `cbor:"1,keyasint,omitempty" since:"2"`
	Balance int64          `cbor:"2,keyasint,omitempty" since:"2"` // see ledger.Wallet.Balance
	Hidden  uint64         `cbor:"3,keyasint,omitempty" since:"2"` // entries up to this one that are no rows
	Count   uint64         `cbor:"4,keyasint,omitempty" since:"2"` // entries up to this one, while an upgrade counts them
}

var milestones = identity[milestone]()

// milestoneKey: the position has 8 bytes, so currencies of different lengths cannot run into it.
func milestoneKey(u ledger.UserID, c ledger.Currency, position uint64) []byte {
	return key(tMilestone, u, c, position)
}

// mark writes the milestone of a wallet that has just got an entry, if it is due.
func (t Tx) mark(w ledger.Wallet) error {
	if w.Count%MilestoneEvery != 0 || w.Count == 0 {
		return nil
	}
	m := milestone{No: w.Last, Balance: w.Balance(), Hidden: w.Hidden}
	return put(t, milestoneKey(w.User, w.Currency, w.Count), milestones, m)
}

// Placed is an entry at its place in the history of a wallet.
type Placed struct {
	Record
	Position uint64 // among the entries of the wallet, 1 is the oldest
	Rows     uint64 // up to this entry, itself included: see [ledger.Entry.Shown]
	Balance  int64  // of the wallet after it
}

// Cut is where a history is divided: behind the entry at a position, 0 before the oldest. It is what the wallet was
// then.
type Cut struct {
	Position uint64
	No       ledger.EntryNo
	Rows     uint64
	Balance  int64
}

// Top is the cut behind the newest entry of a wallet.
func Top(w ledger.Wallet) Cut { return Cut{w.Count, w.Last, w.Rows(), w.Balance()} }

// Milestone returns the cut at a multiple of [MilestoneEvery]. Those at both ends of a history, 0 and whatever is
// behind the newest entry, need no row.
func (r Reader) Milestone(w ledger.Wallet, position uint64) (Cut, error) {
	switch {
	case position == 0:
		return Cut{}, nil
	case position >= w.Count:
		return Top(w), nil
	}
	k := milestoneKey(w.User, w.Currency, position)
	m, found, err := load(r, k, milestones)
	if err == nil && !found {
		err = damaged(k, errors.New("a milestone is not there"))
	}
	if err == nil && m.Hidden > position {
		err = damaged(k, errCut)
	}
	return Cut{position, m.No, position - m.Hidden, m.Balance}, err
}

// WalletEntries reads the entries of a wallet at the positions from newest down to oldest, newest first. It reads fewer
// than [MilestoneEvery] more than it returns, wherever they are. Positions outside of the history are left out.
func (r Reader) WalletEntries(w ledger.Wallet, newest, oldest uint64) ([]Placed, error) {
	newest, oldest = min(newest, w.Count), max(oldest, 1)
	if newest < oldest {
		return nil, nil
	}
	at, err := r.Milestone(w, (newest+MilestoneEvery-1)/MilestoneEvery*MilestoneEvery)
	if err != nil {
		return nil, err
	}
	all := make([]Placed, 0, newest-oldest+1)
	for at.Position >= oldest {
		rec, prev, err := r.link(w, at.No)
		if err != nil {
			return nil, err
		}
		if at.Position <= newest {
			all = append(all, Placed{Record: rec, Position: at.Position, Rows: at.Rows, Balance: at.Balance})
		}
		at.Position, at.No, at.Balance = at.Position-1, prev, at.Balance-rec.Effect(w.User)
		if rec.Shown(w.User) {
			at.Rows--
		}
	}
	return all, nil
}

// link reads one entry of a wallet's chain, and the number of the one before it.
func (r Reader) link(w ledger.Wallet, no ledger.EntryNo) (rec Record, prev ledger.EntryNo, err error) {
	rec, found, err := r.Entry(no)
	switch {
	case err != nil:
		return rec, 0, err
	case found && rec.Listed() == w.Currency && rec.User == w.User:
		return rec, rec.PrevUser, nil
	case found && rec.Listed() == w.Currency && rec.Counterparty == w.User:
		return rec, rec.PrevUser2, nil
	}
	return rec, 0, damaged(numberKey(tEntry, no), errors.New("a history leads to an entry that is not its own"))
}

// milestone compares the milestone of a wallet at an entry with the journal up to there. Earlier programs wrote none,
// and an upgrade that was stopped has not made all of them.
func (a *auditor) milestone(id walletID, p chainEnd) error {
	if !a.whole || p.count%MilestoneEvery != 0 {
		return nil
	}
	m, found, err := referenced(a, milestoneKey(id.User, id.Currency, p.count), milestones)
	if want := (milestone{No: p.last, Balance: a.balance(id), Hidden: p.hidden}); err == nil && (!found || m != want) {
		a.find(i12, "wallet %d %s: the milestone at %d is %v, the journal says %v",
			id.User, id.Currency, p.count, m, want)
	}
	return err
}

// balance is [ledger.Wallet.Balance] by the journal so far.
func (a *auditor) balance(id walletID) (micros int64) {
	for _, class := range []ledger.Class{ledger.Paid, ledger.Uncollected, ledger.Receivable} {
		micros -= a.balances[ledger.Account{Class: class, Currency: id.Currency, Owner: uint64(id.User)}]
	}
	for _, l := range a.pasts[id].Incentives { // their accounts have the names of the incentives
		micros += l.Left
	}
	return micros
}

// milestoneRows checks that no milestone stands where there is no entry.
func (a *auditor) milestoneRows(ctx context.Context) error {
	if !a.whole {
		return nil
	}
	return rows(ctx, a, tMilestone, milestones, nil, func(k []byte, _ milestone) error {
		const user, position = 1 + 8, 8
		if len(k) < user+position {
			a.find(rowsEqual, "%s is the milestone of no wallet", keyName(k))
			return nil
		}
		id := walletID{ledger.UserID(last(k[:user])), ledger.Currency(k[user : len(k)-position])}
		if at := last(k); at == 0 || at%MilestoneEvery != 0 || at > a.wallets[id].count {
			a.find(rowsEqual, "wallet %d %s: there is a milestone at %d", id.User, id.Currency, at)
		}
		return nil
	})
}

// marked makes the milestones of books that have none: an upgrade goes through the journal with it, an entry at a time,
// so it may be stopped anywhere. What a wallet was after the entries so far stands meanwhile in a milestone at 0.
func marked(tx Tx, k, v []byte) error {
	rec, err := readRecord(k, v)
	if err != nil {
		return err
	}
	if rec.Listed() == "" {
		return nil
	}
	if rec.User != 0 {
		err = tx.markPast(rec, rec.User, rec.PrevUser)
	}
	if err == nil && rec.Counterparty != 0 {
		err = tx.markPast(rec, rec.Counterparty, rec.PrevUser2)
	}
	return err
}

// markPast adds an entry to what its wallet was after the one before. Behind the newest entry nothing is left to
// remember, and the wallet has its number of rows.
func (t Tx) markPast(rec Record, u ledger.UserID, prev ledger.EntryNo) error {
	c := rec.Listed()
	scratch := milestoneKey(u, c, 0)
	w, found, err := t.Wallet(u, c)
	if err != nil || !found {
		return err
	}
	var p milestone
	if prev != 0 { // what is there at the first entry is of an upgrade that was given up
		if p, _, err = load(t.Reader, scratch, milestones); err != nil {
			return err
		}
	}
	p.No, p.Count, p.Balance = rec.No, p.Count+1, p.Balance+rec.Effect(u)
	if !rec.Shown(u) {
		p.Hidden++
	}
	if p.Count%MilestoneEvery == 0 {
		at := milestoneKey(u, c, p.Count)
		if err := put(t, at, milestones, milestone{No: p.No, Balance: p.Balance, Hidden: p.Hidden}); err != nil {
			return err
		}
	}
	if rec.No < w.Last {
		return put(t, scratch, milestones, p)
	}
	w.Hidden = p.Hidden
	return errors.Join(putDecoded(t, walletKey(u, c), &wallets, w), t.tx.Delete(scratch))
}
