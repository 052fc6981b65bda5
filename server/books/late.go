package books

import (
	"slices"

	"tuppence/server/ledger"
)

// noteLate remembers a closed wallet that has been written: what an entry has left in it does not stay there.
func (t Tx) noteLate(w ledger.Wallet) {
	if w.Closed {
		t.late.add(w)
	}
}

// noteReturned remembers a wallet to which given tokens have come back: their lot may have ended.
func (t Tx) noteReturned(w ledger.Wallet, e ledger.Entry) {
	back := func(g ledger.Posting) bool { return g.Account.Class == ledger.Promo && g.Micros < 0 }
	if !w.Closed && w.User == e.User && e.Kind != ledger.KindIncentive && slices.ContainsFunc(e.Postings, back) {
		t.late.add(w)
	}
}

// lateWallets are those for which something follows before the transaction ends; nil keeps none.
type lateWallets []ledger.Wallet

func (l *lateWallets) add(w ledger.Wallet) {
	if l != nil {
		*l = append(*l, w)
	}
}

// TakeLate returns the closed wallets that were written since it was asked last, and those to which given tokens have
// come back, and forgets them. Whoever runs a transaction asks before its end, so that no way of money into a wallet
// has to know that there are closed ones, or lots that have ended.
func (t Tx) TakeLate() []ledger.Wallet {
	if t.late == nil {
		return nil
	}
	all := *t.late
	*t.late = nil
	return all
}

// closedWallet checks that a closed wallet is known as one and has nothing: what comes in late is unclaimed property,
// and that pays what the wallet owes.
func (a *auditor) closedWallet(w ledger.Wallet) {
	if w.Closed != a.ended[w.User] {
		a.find(rowsEqual, "wallet %d %s: closed is %v, the journal says %v", w.User, w.Currency, w.Closed, a.ended[w.User])
	}
	if !w.Closed {
		return
	}
	var given int64
	for _, l := range w.Incentives {
		given += l.Left
	}
	if w.Paid != 0 || w.Held != 0 || given != 0 {
		a.find(rowsEqual, "wallet %d %s is closed and has %d micros, %d held, %d given",
			w.User, w.Currency, w.Paid, w.Held, given)
	}
	if late := a.unclaimed[walletID{w.User, w.Currency}].Micros; w.Owed > 0 && late > 0 {
		a.find(rowsEqual, "wallet %d %s is closed and owes %d micros beside %d that are unclaimed",
			w.User, w.Currency, w.Owed, late)
	}
}

// linkOfClosed checks that no vendor may charge a closed wallet, but one whose permission is about to end.
func (a *auditor) linkOfClosed(l ledger.Link) error {
	id := l.ID
	if !a.ended[id.User] || l.Status != ledger.LinkActive {
		return nil
	}
	u, _, err := referenced(a, key(tUser, id.User), users)
	if l.Created.After(u.LinksEnd) {
		a.find(rowsEqual, "vendor %d may charge wallet %d in %s, which is closed", id.Vendor, id.User, id.Currency)
	}
	return err
}

// reopened follows a recovery: it opens a closed wallet again and says so, or it does neither.
func (a *auditor) reopened(rec Record) {
	opens := rec.Change != nil && rec.Change.New == ledger.UserWords[ledger.UserActive]
	if opens != a.ended[rec.User] {
		a.find(rowsEqual, "entry %d recovers wallet %d: it opens it again is %v, it was closed is %v",
			rec.No, rec.User, opens, a.ended[rec.User])
	}
	delete(a.ended, rec.User)
}

// seconded checks what took two persons: the entry that it continues has asked for the same, and who has asked for it
// was another key, or it was days before.
func (a *auditor) seconded(rec Record) error {
	if rec.Cause == 0 || rec.Change == nil || rec.Kind != ledger.KindPolicy && rec.Kind != ledger.KindVendor {
		return nil
	}
	first, found, err := a.entryAt(rec.Cause)
	c := rec.Change
	same := found && first.Kind == rec.Kind && first.Vendor == rec.Vendor && first.Change != nil &&
		first.Change.Name == c.Name+ledger.AskedWord && first.Change.New == c.New && first.Change.Currency == c.Currency
	if !same || first.Actor.Key == rec.Actor.Key && rec.At.Sub(first.At) < ledger.AskAgain {
		a.find(rowsEqual, "entry %d changes %s by the word of one person: entry %d does not ask for it",
			rec.No, c.Name, rec.Cause)
	}
	return err
}

// closedUser checks that a closed wallet has no key, no access by phone and no browser.
func (a *auditor) closedUser(u ledger.User) {
	if closed := u.Status == ledger.UserClosed; closed != a.ended[u.ID] {
		a.find(rowsEqual, "wallet %s: closed is %v, the journal says %v", u.Handle, closed, a.ended[u.ID])
		return
	}
	if u.Status != ledger.UserClosed {
		return
	}
	live := 0
	for _, m := range u.Keys {
		if m.Ended.IsZero() {
			live++
		}
	}
	if live > 0 || u.Voice.Number != "" || len(u.Browsers) > 0 {
		a.find(rowsEqual, "wallet %s is closed and has %d keys, %d browsers, voice number %q",
			u.Handle, live, len(u.Browsers), u.Voice.Number)
	}
}
