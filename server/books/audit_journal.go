package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// journal reads every entry once, in order.
func (a *auditor) journal(ctx context.Context, progress func(done, all uint64)) error {
	h, _, err := load(a.r, key(tHead), heads)
	if err != nil {
		if err := a.broken(i12, err); err != nil {
			return err
		}
	}
	a.head = h.No
	var prev [32]byte
	var seen ledger.EntryNo
	for kv, err := range a.r.kv.Scan(key(tEntry), after(key(tEntry)), false, 0) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if len(kv.Key) != 9 {
			a.find(i12, "%s is no place in the journal", keyName(kv.Key))
			continue
		}
		no := ledger.EntryNo(last(kv.Key))
		if seen++; no != seen {
			a.find(i12, "after entry %d comes entry %d", seen-1, no)
			seen = no
		}
		if prev, err = a.link(kv.Key, kv.Value, prev); err != nil {
			return err
		}
		if progress != nil && (a.report.Entries%1024 == 0 || no == h.No) {
			progress(a.report.Entries, uint64(h.No))
		}
	}
	if seen != h.No || prev != h.Hash {
		a.find(i12, "the head names entry %d, the journal ends at entry %d or with another hash", h.No, seen)
	}
	return nil
}

// link checks that an entry follows from the hash before it, and adds it up.
func (a *auditor) link(k, v []byte, prev [32]byte) ([32]byte, error) {
	body, hash, err := split(k, v)
	if err != nil {
		return hash, a.broken(i12, err)
	}
	a.report.Entries++
	if chain(prev, body) != hash {
		a.find(i12, "the hash of entry %d does not follow from the entry before it", last(k))
	}
	rec, err := readRecord(k, v)
	if err != nil {
		return hash, a.broken(i12, err)
	}
	return hash, a.entry(rec)
}

// entry checks one entry and adds it up.
func (a *auditor) entry(rec Record) error {
	if err := rec.Balanced(); err != nil {
		a.find(i1, "%v", err)
	}
	for _, g := range rec.Postings {
		a.report.Postings++
		a.balances[g.Account] += g.Micros
		a.party(rec, g)
	}
	for _, g := range rec.Postings {
		if g.Account.Class == ledger.Held {
			a.hold(rec, g)
		}
		if n := a.balances[g.Account]; !ledger.SignRule(g.Account.Class).Allows(n) {
			a.find(i4, "after entry %d account %s stands at %d micros", rec.No, g.Account, n)
		}
	}
	for _, g := range rec.Postings {
		if a.balances[g.Account] == 0 {
			delete(a.balances, g.Account)
		}
	}
	a.chains(rec)
	if err := a.sale(rec); err != nil {
		return err
	}
	a.story(rec)
	return nil
}

// party checks that a posting on somebody's account is in that somebody's history, and that debts have a cause (I11).
func (a *auditor) party(rec Record, g ledger.Posting) {
	foreign := g.Account.Currency != rec.Amount.Currency
	switch g.Account.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		u := ledger.UserID(g.Account.Owner)
		foreign = foreign || u == 0 || u != rec.User && u != rec.Payer2
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		foreign = foreign || g.Account.Owner == 0 || ledger.VendorID(g.Account.Owner) != rec.Vendor
	default:
		foreign = false
	}
	if foreign {
		a.find(i12, "entry %d moves %s, which is in nobody's history", rec.No, g.Account)
	}
	if g.Account.Class == ledger.Receivable && g.Micros > 0 {
		chargeback := rec.Deposit != nil && rec.Deposit.State == ledger.DepositChargedBack
		if !chargeback && rec.Kind != ledger.KindDisputeDecided {
			a.find(i11, "entry %d makes user %d owe %d micros without a chargeback or a reclaim", rec.No, g.Account.Owner, g.Micros)
		}
	}
}

// hold adds a posting of account 2010 to the wallet that placed the hold.
func (a *auditor) hold(rec Record, g ledger.Posting) {
	if ledger.EntryNo(g.Account.Owner) == rec.No {
		a.holders[g.Account.Owner] = walletID{rec.User, g.Account.Currency}
	}
	holder, placed := a.holders[g.Account.Owner]
	if !placed {
		a.find(i4, "entry %d moves hold %d, which does not stand", rec.No, g.Account.Owner)
		return
	}
	if a.held[holder] -= g.Micros; a.held[holder] == 0 {
		delete(a.held, holder)
	}
	if a.balances[g.Account] == 0 {
		delete(a.holders, g.Account.Owner)
	}
}

// chains checks that the entry continues the histories of its wallets and its till.
func (a *auditor) chains(rec Record) {
	c := rec.Amount.Currency
	if c == "" {
		return
	}
	for _, side := range []struct {
		user ledger.UserID
		prev ledger.EntryNo
	}{{rec.User, rec.PrevUser}, {rec.Payer2, rec.PrevUser2}} {
		if side.user == 0 {
			continue
		}
		id := walletID{side.user, c}
		p := a.wallets[id]
		if p.last != side.prev {
			a.find(i12, "entry %d continues the history of user %d after entry %d, which ends at %d", rec.No, side.user, side.prev, p.last)
		}
		a.wallets[id] = place{rec.No, p.count + 1}
	}
	if rec.Vendor != 0 {
		id := tillID{rec.Vendor, c}
		p := a.tills[id]
		if p.last != rec.PrevVendor {
			a.find(i12, "entry %d continues the history of vendor %d after entry %d, which ends at %d", rec.No, rec.Vendor, rec.PrevVendor, p.last)
		}
		a.tills[id] = place{rec.No, p.count + 1}
	}
}

// keys checks the idempotency keys (I10): each says what it was used for, stands in the month of its use, inside the
// span that is searched, and names an entry that no other key names.
func (a *auditor) keys(ctx context.Context) error {
	m, _, err := a.r.months()
	if err != nil {
		if err := a.broken(i10, err); err != nil {
			return err
		}
	}
	return rows(ctx, a, tOnce, remembereds, nil, func(k []byte, r Remembered) error {
		bucket := month(r.At)
		switch {
		case r.Kind == "":
			a.find(i10, "idempotency key %x does not say what it was used for", k[1:])
		case len(k) != 21 || !bytes.Equal(k[:5], key(tOnce, bucket)) || bucket < m.First || bucket > m.Last:
			a.find(i10, "idempotency key %x of %v is where nobody looks for it", k[1:], r.At)
		case r.Kind != "charge" && r.Kind != "refund" && r.Kind != "transfer":
		case len(r.Ref) != 8 || !a.once.take(ledger.EntryNo(last(r.Ref))):
			a.find(i10, "idempotency key %x was used for %s %x, which is not there or was made with another key", k[1:], r.Kind, r.Ref)
		}
		return nil
	})
}
