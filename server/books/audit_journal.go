package books

import (
	"context"

	"tuppence/server/ledger"
)

// journal reads every entry once, in order. What it adds up is what the rows are compared with afterwards, so a row can
// be wrong and the audit still knows what would be right.
func (a *auditor) journal(ctx context.Context, progress func(done, all uint64)) error {
	h, _, err := load(a.r, headKey, heads)
	if err != nil {
		if err := a.damage(i12, err); err != nil {
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
		if prev, err = a.verify(kv.Key, kv.Value, prev); err != nil {
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

// verify checks that an entry follows from the hash before it, and adds it up. It goes on from the hash that is stored,
// so one changed entry is one finding and not one for each entry after it.
func (a *auditor) verify(k, v []byte, prev [32]byte) ([32]byte, error) {
	body, hash, err := split(k, v)
	if err != nil {
		return hash, a.damage(i12, err)
	}
	a.report.Entries++
	if chain(prev, body) != hash {
		a.find(i12, "the hash of entry %d does not follow from the entry before it", last(k))
	}
	rec, err := readRecord(k, v)
	if err != nil {
		return hash, a.damage(i12, err)
	}
	return hash, a.entry(rec)
}

// entry checks one entry and adds it up. Signs are checked after all postings of the entry: an account may pass through
// the wrong side within one.
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
		if n := a.balances[g.Account]; !g.Account.Class.Allows(n) {
			a.find(i4, "after entry %d account %s stands at %d micros", rec.No, g.Account, n)
		}
	}
	for _, g := range rec.Postings {
		if a.balances[g.Account] == 0 {
			delete(a.balances, g.Account)
		}
	}
	if err := a.past(rec); err != nil {
		return err
	}
	if err := a.chains(rec); err != nil {
		return err
	}
	if err := a.sale(rec); err != nil {
		return err
	}
	if err := a.exchange(rec); err != nil {
		return err
	}
	if err := a.settlement(rec); err != nil {
		return err
	}
	a.lifecycle(rec)
	a.mailing(rec)
	a.dormant(rec)
	if err := a.seconded(rec); err != nil {
		return err
	}
	if err := a.closed(rec); err != nil {
		return err
	}
	return a.deskWork(rec)
}

// party checks that a posting on the account of a user or a vendor is in the history of that user or vendor, and that
// debts have a cause (I11).
func (a *auditor) party(rec Record, g ledger.Posting) {
	foreign := g.Account.Currency != rec.Amount.Currency
	switch g.Account.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		u := ledger.UserID(g.Account.Owner)
		foreign = foreign || u == 0 || u != rec.User && u != rec.Counterparty
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		foreign = foreign || g.Account.Owner == 0 || ledger.VendorID(g.Account.Owner) != rec.Vendor
	default:
		foreign = false
	}
	if foreign {
		a.find(i12, "entry %d moves %s, which is not in the history of its owner", rec.No, g.Account)
	}
	if g.Account.Class == ledger.Receivable && g.Micros > 0 {
		chargeback := rec.Deposit != nil && rec.Deposit.State.TakenBack()
		bought := rec.Kind == ledger.KindPurchase || rec.Kind == ledger.KindHold // see [auditor.credit]
		if !chargeback && !bought && rec.Kind != ledger.KindDisputeDecided {
			a.find(i11, "entry %d makes user %d owe %d micros without a purchase, a chargeback or a reclaim",
				rec.No, g.Account.Owner, g.Micros)
		}
	}
}

// hold adds a posting of account 2010 to the wallet that placed the hold. The account is named after the entry that
// placed it, so only the journal knows whose it is.
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

// past follows what each wallet has done and what can be taken back from it, and checks that money leaves only above
// that (I14). A wallet of older books counts from the entry on that its row names, if any.
func (a *auditor) past(rec Record) error {
	id := walletID{rec.User, rec.Listed()}
	if id.Currency == "" {
		return nil
	}
	if other := (walletID{rec.Counterparty, id.Currency}); other.User != 0 {
		w, err := a.pastOf(other)
		if err != nil {
			return err
		}
		a.pasts[other] = w.After(rec.Entry)
	}
	if id.User == 0 {
		return nil
	}
	w, err := a.pastOf(id)
	if err != nil {
		return err
	}
	a.credit(rec, w)
	a.incentive(rec, w)
	if w.Past.From != 0 && rec.No >= w.Past.From {
		w = w.After(rec.Entry)
	}
	a.pasts[id] = w
	opened := rec.Redemption != nil && rec.No == rec.Redemption.No
	if rec.Kind != ledger.KindTransfer && rec.Kind != ledger.KindExchange && !opened {
		return nil
	}
	paid := -a.balances[ledger.Account{Class: ledger.Paid, Currency: id.Currency, Owner: uint64(id.User)}]
	if risk := w.AtRisk(rec.At); paid < risk {
		a.find(i14, "entry %d leaves wallet %d %s at %d micros, of which %d can be taken back",
			rec.No, id.User, id.Currency, paid, risk)
	}
	return nil
}

// pastOf returns what a wallet has done so far. Its row says from which entry on that was kept.
func (a *auditor) pastOf(id walletID) (w ledger.Wallet, err error) {
	w, known := a.pasts[id]
	if !known {
		row, _, err := referenced(a, walletKey(id.User, id.Currency), wallets)
		if err != nil {
			return w, err
		}
		w.User, w.Currency, w.Past.From = id.User, id.Currency, row.Past.From
	}
	return w, nil
}

// chains checks that the entry continues the histories of its wallets and its till: statements are read along these
// numbers, and an entry that is left out would be missing from them.
func (a *auditor) chains(rec Record) error {
	c := rec.Listed()
	if c == "" {
		return nil
	}
	for _, side := range []struct {
		user ledger.UserID
		prev ledger.EntryNo
	}{{rec.User, rec.PrevUser}, {rec.Counterparty, rec.PrevUser2}} {
		if side.user == 0 {
			continue
		}
		id := walletID{side.user, c}
		p := a.wallets[id]
		if p.last != side.prev {
			a.find(i12, "entry %d continues the history of user %d after entry %d, which ends at %d",
				rec.No, side.user, side.prev, p.last)
		}
		p.last, p.count = rec.No, p.count+1
		if !rec.Shown(side.user) {
			p.hidden++
		}
		a.wallets[id] = p
		if err := a.milestone(id, p); err != nil {
			return err
		}
	}
	if rec.Vendor != 0 && rec.Amount.Currency != "" {
		id := tillID{rec.Vendor, c}
		p := a.tills[id]
		if p.last != rec.PrevVendor {
			a.find(i12, "entry %d continues the history of vendor %d after entry %d, which ends at %d",
				rec.No, rec.Vendor, rec.PrevVendor, p.last)
		}
		a.tills[id] = chainEnd{last: rec.No, count: p.count + 1}
	}
	return nil
}

// linkGranted notes that a vendor was allowed to charge without asking: from then on the sum of the link counts anew.
func (a *auditor) linkGranted(rec Record) {
	if rec.Change == nil || !rec.Change.Fresh { // then only the bounds changed
		return
	}
	at := linkID{rec.User, rec.Vendor, rec.Change.Currency}
	l := a.links[at]
	l.granted, l.entry, l.before = rec.At, rec.No, l.gross
	a.links[at] = l
}

// lifecycle notes which users joined, and the newest entry about each deposit, dispute and transfer.
func (a *auditor) lifecycle(rec Record) {
	if d := rec.Deposit; d != nil {
		if _, known := a.deposits[d.ID]; !known {
			a.users[d.ID.User]++
		}
		a.deposits[d.ID] = rec.No
		if rec.Kind == ledger.KindDeposit { // and not what came beside it
			a.lend(*d)
		}
	}
	a.biller(rec)
	a.voice(rec)
	a.team(rec)
	a.redemption(rec)
	a.refill(rec)
	if r := rec.Receipt; r != nil {
		if _, again := a.receipts[r.No]; again != (r.No != rec.No) {
			a.find(rowsEqual, "entry %d tells of receipt %d, which it does not continue", rec.No, r.No)
		}
		a.receipts[r.No] = rec.No
	}
	if v := rec.Vault; v != nil {
		a.vault[v.ID] = rec.No
	}
	a.payAccount(rec)
	if m := rec.Mandate; m != nil {
		a.mandates[m.ID] = rec.No
	}
	if rec.Dispute != nil {
		a.dispute(rec)
	}
	switch rec.Kind {
	case ledger.KindLink:
		a.linkGranted(rec)
	case ledger.KindRefund:
		a.keyed.set(rec.No)
	case ledger.KindOrderLimit:
		a.orderLimit(rec)
	case ledger.KindWalletClosed:
		a.ended[rec.User] = true
		delete(a.referrals.brought, rec.User) // a closed wallet forgets who has brought it, and stays so if opened again
	case ledger.KindRecovered:
		a.reopened(rec)
	case ledger.KindJoined:
		if _, twice := a.users[rec.User]; twice || rec.User == 0 {
			a.find(rowsEqual, "user %d joins with entry %d and is there already", rec.User, rec.No)
		}
		a.users[rec.User] = 0
	case ledger.KindTransfer:
		a.keyed.set(rec.No)
		a.transfers[rec.No] = &transferSum{from: rec.User, amount: rec.Amount, state: ledger.TransferSent}
	case ledger.KindTransferClaimed, ledger.KindTransferRecalled:
		a.transferEnded(rec)
	case ledger.KindRestored:
		if rec.Change != nil {
			a.restores[rec.No] = *rec.Change
		}
	}
}

// transferEnded notes that a transfer was claimed, recalled or ran out.
func (a *auditor) transferEnded(rec Record) {
	t := a.transfers[rec.Cause]
	if t == nil || t.state != ledger.TransferSent || t.amount != rec.Amount || t.from != rec.User {
		a.find(i6, "entry %d ends transfer %d, which does not stand so", rec.No, rec.Cause)
		return
	}
	t.to = rec.Counterparty
	switch {
	case rec.Kind == ledger.KindTransferClaimed:
		t.state = ledger.TransferClaimed
	case rec.Actor.Role == ledger.RoleSystem:
		t.state = ledger.TransferExpired
	default:
		t.state = ledger.TransferRecalled
	}
}
