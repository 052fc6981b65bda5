package books

import (
	"errors"
	"fmt"
	"math"

	"tuppence/server/ledger"
)

// Why Append refuses an entry.
var (
	// ErrUnbalanced says that the postings do not sum to zero per currency, or that one of them is out of bounds.
	ErrUnbalanced = errors.New("books: entry refused")
	// ErrSign says that an account would stand on a side that the chart of accounts does not allow.
	ErrSign = errors.New("books: balance on the wrong side")
	// ErrParty says that a posting concerns a wallet or a till that the entry does not name: it would be missing in the
	// history of its owner.
	ErrParty = errors.New("books: account of no party to the entry")
)

// poster works out what one entry changes, and writes it when everything is allowed. Wallets and tills keep their
// balances in their own rows; every other account has a row while it is not zero; each class has a control total per
// currency.
type poster struct {
	r Reader
	e *ledger.Entry

	// user may be set before, as it was read in this transaction, with new limits and counters.
	user, counterparty *ledger.Wallet
	till               *ledger.Till
	rows               []balanceRow // other accounts
	totals             []balanceRow // by class: no owner

	prevUser, prevUser2, prevVendor ledger.EntryNo
}

// balanceRow is a balance as it is and as it will be.
type balanceRow struct {
	account  ledger.Account
	key      []byte
	was, now int64
}

// post reads everything, applies the entry and checks the outcome. It writes nothing.
func (p *poster) post() error {
	// A sale with an author's share has two rows and four totals.
	p.rows, p.totals = make([]balanceRow, 0, 2), make([]balanceRow, 0, 4)
	if err := p.parties(); err != nil {
		return err
	}
	for _, g := range p.e.Postings {
		if err := p.one(g); err != nil {
			return err
		}
	}
	for _, w := range []*ledger.Wallet{p.user, p.counterparty} {
		if w == nil {
			continue
		}
		if *w = w.After(*p.e); !p.e.Shown(w.User) {
			w.Hidden++
		}
	}
	return p.check()
}

// parties loads the wallets and the till that the entry names, and makes it the newest of their histories. An entry
// without an amount moves nothing, and is in the history of a wallet at most: what a person decides about a vendor is
// no entry of its till.
func (p *poster) parties() (err error) {
	e, c := p.e, p.e.Listed()
	if w := p.user; w != nil && (w.User != e.User || w.Currency != c) {
		return fmt.Errorf("%w: counters of wallet %d in %s", ErrParty, w.User, w.Currency)
	}
	switch {
	case e.Amount.Currency == "" && len(e.Postings) > 0:
		return fmt.Errorf("%w: it moves money and names no amount", ErrParty)
	case c == "":
		return nil
	}
	if e.User != 0 {
		if p.user == nil {
			if p.user, err = p.wallet(e.User, c); err != nil {
				return err
			}
		}
		p.prevUser = follows(&p.user.Last, &p.user.Count, e.No)
	}
	if e.Counterparty != 0 {
		if e.Counterparty == e.User {
			return fmt.Errorf("%w: one wallet is on both sides", ErrParty)
		}
		if p.counterparty, err = p.wallet(e.Counterparty, c); err != nil {
			return err
		}
		p.prevUser2 = follows(&p.counterparty.Last, &p.counterparty.Count, e.No)
	}
	if e.Vendor != 0 && e.Amount.Currency != "" { // the first sale opens the till
		t, _, err := p.r.Till(e.Vendor, c)
		if err != nil {
			return err
		}
		t.Vendor, t.Currency = e.Vendor, c
		p.till = &t
		p.prevVendor = follows(&t.Last, &t.Count, e.No)
	}
	return nil
}

// follows puts an entry at the end of a history and returns the one before it.
func follows(last *ledger.EntryNo, count *uint64, no ledger.EntryNo) (prev ledger.EntryNo) {
	prev, *last = *last, no
	*count++
	return prev
}

// wallet loads a wallet that the entry names: it must be open before money moves.
func (p *poster) wallet(u ledger.UserID, c ledger.Currency) (*ledger.Wallet, error) {
	w, found, err := p.r.Wallet(u, c)
	if err == nil && !found {
		err = fmt.Errorf("%w: user %d has no wallet in %s", ErrParty, u, c)
	}
	return &w, err
}

// one applies one posting.
func (p *poster) one(g ledger.Posting) error {
	total := ledger.Account{Class: g.Account.Class, Currency: g.Account.Currency}
	if err := p.add(&p.totals, total, g.Micros, totalKey); err != nil {
		return err
	}
	switch field, err := p.field(g.Account); {
	case err != nil:
		return err
	case field != nil && g.Account.Class == ledger.Receivable:
		return move(field, g.Micros)
	case field != nil:
		return move(field, -g.Micros)
	}
	if g.Account.Class == ledger.Held { // the wallet that placed the hold shows the sum of its holds
		holder, err := p.holder(g.Account)
		if err != nil {
			return err
		}
		if err := move(&holder.Held, -g.Micros); err != nil {
			return err
		}
	}
	return p.add(&p.rows, g.Account, g.Micros, balanceKey)
}

// field returns where a wallet or till keeps the balance of an account; nil if the account has a row of its own. Most
// postings of a sale are such fields, so a sale writes few rows.
func (p *poster) field(a ledger.Account) (*int64, error) {
	switch a.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		w, err := p.party(ledger.UserID(a.Owner), a)
		if err != nil {
			return nil, err
		}
		return walletField(w, a.Class), nil
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		if p.till == nil || uint64(p.till.Vendor) != a.Owner || p.till.Currency != a.Currency {
			return nil, fmt.Errorf("%w: %s", ErrParty, a)
		}
		return tillField(p.till, a.Class), nil
	}
	return nil, nil
}

// party returns the wallet of the user or the counterparty of the entry.
func (p *poster) party(u ledger.UserID, a ledger.Account) (*ledger.Wallet, error) {
	for _, w := range []*ledger.Wallet{p.user, p.counterparty} {
		if w != nil && w.User == u && w.Currency == a.Currency {
			return w, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrParty, a)
}

// holder returns the wallet that placed a hold: the entry's own, or that of the earlier entry that the account is named
// after.
func (p *poster) holder(a ledger.Account) (*ledger.Wallet, error) {
	no := ledger.EntryNo(a.Owner)
	if no == p.e.No {
		return p.party(p.e.User, a)
	}
	k := key(tEntry, no)
	b, found, err := p.r.get(k)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("%w: hold %d was never placed", ErrSign, no)
	}
	placed, err := readRecord(k, b)
	if err != nil {
		return nil, err
	}
	return p.party(placed.User, a)
}

// walletField returns where a wallet keeps the balance of a class, as a positive number on its usual side.
func walletField(w *ledger.Wallet, c ledger.Class) *int64 {
	switch c {
	case ledger.Paid:
		return &w.Paid
	case ledger.Uncollected:
		return &w.Uncollected
	}
	return &w.Owed
}

// tillField returns where a till keeps the balance of a class, as a positive number on its usual side.
func tillField(t *ledger.Till, c ledger.Class) *int64 {
	switch c {
	case ledger.VendorPending:
		return &t.Pending
	case ledger.VendorAvailable:
		return &t.Available
	}
	return &t.Reserve
}

// add moves the balance of a row, which it loads once per entry.
func (p *poster) add(rows *[]balanceRow, a ledger.Account, micros int64, at func(ledger.Account) []byte) error {
	for i := range *rows {
		if (*rows)[i].account == a {
			return move(&(*rows)[i].now, micros)
		}
	}
	row := balanceRow{account: a, key: at(a)}
	was, _, err := loadDecoded(p.r, row.key, &amounts)
	if err != nil {
		return err
	}
	row.was, row.now = was, was
	*rows = append(*rows, row)
	return move(&(*rows)[len(*rows)-1].now, micros)
}

// move adds to a balance, which never wraps around.
func move(balance *int64, micros int64) error {
	if micros > 0 && *balance > math.MaxInt64-micros || micros < 0 && *balance < math.MinInt64-micros {
		return fmt.Errorf("%w: %d and %d do not add up in 64 bits", ErrSign, *balance, micros)
	}
	*balance += micros
	return nil
}

// check refuses balances on the wrong side (server/ledger/DESIGN.md, Accounts and signs), once all postings are
// applied.
func (p *poster) check() error {
	for _, w := range []*ledger.Wallet{p.user, p.counterparty} {
		if w != nil && (w.Paid < 0 || w.Uncollected < 0 || w.Held < 0 || w.Owed < 0) {
			return fmt.Errorf(
				"%w: wallet %d in %s: paid %d, uncollected %d, held %d, owed %d", ErrSign, w.User, w.Currency, w.Paid,
				w.Uncollected, w.Held, w.Owed,
			)
		}
	}
	if t := p.till; t != nil && (t.Pending < 0 || t.Reserve < 0) {
		return fmt.Errorf("%w: till %d in %s: pending %d, reserve %d", ErrSign, t.Vendor, t.Currency, t.Pending, t.Reserve)
	}
	for _, row := range p.rows {
		if !row.account.Class.Allows(row.now) {
			return fmt.Errorf("%w: %s would stand at %d micros", ErrSign, row.account, row.now)
		}
	}
	return nil
}

// write stores what post has worked out. Balances at zero have no row: most accounts of holds end there.
func (p *poster) write(t Tx) error {
	for _, w := range []*ledger.Wallet{p.user, p.counterparty} {
		if w != nil {
			if err := putDecoded(t, walletKey(w.User, w.Currency), &wallets, *w); err != nil {
				return err
			}
			if err := t.mark(*w); err != nil {
				return err
			}
			t.noteLate(*w)
			t.noteReturned(*w, *p.e)
		}
	}
	if p.till != nil {
		if err := putDecoded(t, tillKey(p.till.Vendor, p.till.Currency), &tills, *p.till); err != nil {
			return err
		}
	}
	for _, row := range p.totals {
		if row.now != row.was {
			if err := putDecoded(t, row.key, &amounts, row.now); err != nil {
				return err
			}
		}
	}
	for _, row := range p.rows {
		var err error
		switch row.now {
		case row.was:
		case 0:
			err = t.tx.Delete(row.key)
		default:
			err = putDecoded(t, row.key, &amounts, row.now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
