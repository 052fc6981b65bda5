package books

import (
	"errors"
	"fmt"

	"tuppence/server/ledger"
)

// poster applies one entry to the balances. Wallets and tills keep their balances in their own rows; every other
// account has a row while it is not zero; each class has a control total per currency.
type poster struct {
	t Tx
	e *ledger.Entry

	wallets []ledger.Wallet
	tills   []ledger.Till

	prevUser, prevUser2, prevVendor ledger.EntryNo
}

func (p *poster) post() error {
	for _, g := range p.e.Postings {
		if err := p.one(g); err != nil {
			return err
		}
	}
	if err := p.chains(); err != nil {
		return err
	}
	for _, w := range p.wallets {
		if w.Paid < 0 || w.Uncollected < 0 || w.Held < 0 || w.Owed < 0 {
			return fmt.Errorf("wallet %d in %s would go below zero", w.User, w.Currency)
		}
		if err := p.t.put(walletKey(w.User, w.Currency), w); err != nil {
			return err
		}
	}
	for _, l := range p.tills {
		if l.Pending < 0 || l.Reserve < 0 {
			return fmt.Errorf("till %d in %s would go below zero", l.Vendor, l.Currency)
		}
		if err := p.t.put(tillKey(l.Vendor, l.Currency), l); err != nil {
			return err
		}
	}
	return nil
}

// one applies one posting.
func (p *poster) one(g ledger.Posting) error {
	a := g.Account
	if g.Micros == 0 {
		return nil
	}
	if err := p.total(a, g.Micros); err != nil {
		return err
	}
	switch a.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		w, err := p.wallet(ledger.UserID(a.Owner), a.Currency)
		if err != nil {
			return err
		}
		switch a.Class {
		case ledger.Paid:
			w.Paid -= g.Micros
		case ledger.Uncollected:
			w.Uncollected -= g.Micros
		default:
			w.Owed += g.Micros
		}
		return nil
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		l, err := p.till(ledger.VendorID(a.Owner), a.Currency)
		if err != nil {
			return err
		}
		switch a.Class {
		case ledger.VendorPending:
			l.Pending -= g.Micros
		case ledger.VendorAvailable:
			l.Available -= g.Micros
		default:
			l.Reserve -= g.Micros
		}
		return nil
	case ledger.Held:
		if err := p.held(a, g.Micros); err != nil {
			return err
		}
	}
	return p.balance(a, g.Micros)
}

// held keeps the sum of a wallet's holds: it belongs to whoever placed the hold.
func (p *poster) held(a ledger.Account, micros int64) error {
	holder := p.e.User
	if no := ledger.EntryNo(a.Owner); no != p.e.No {
		placed, found, err := p.t.Entry(no)
		if err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("hold %d was never placed", no)
		}
		holder = placed.User
	}
	w, err := p.wallet(holder, a.Currency)
	if err != nil {
		return err
	}
	w.Held -= micros
	return nil
}

func (p *poster) balance(a ledger.Account, micros int64) error {
	k := balanceKey(a)
	had, _, err := load[int64](p.t.Reader, k)
	if err != nil {
		return err
	}
	now := had + micros
	if err := signs(a, now); err != nil {
		return err
	}
	if now == 0 {
		return p.t.tx.Delete(k)
	}
	return p.t.put(k, now)
}

// signs refuses a balance (debit-positive) that the chart of accounts does not allow.
func signs(a ledger.Account, micros int64) error {
	if !ledger.SignRule(a.Class).Allows(micros) {
		return fmt.Errorf("account %s would stand at %d micros, on the wrong side", a, micros)
	}
	return nil
}

func (p *poster) total(a ledger.Account, micros int64) error {
	k := totalKey(a.Class, a.Currency)
	had, _, err := load[int64](p.t.Reader, k)
	if err != nil {
		return err
	}
	return p.t.put(k, had+micros)
}

// wallet loads a wallet once per entry.
func (p *poster) wallet(u ledger.UserID, c ledger.Currency) (*ledger.Wallet, error) {
	for i := range p.wallets {
		if p.wallets[i].User == u && p.wallets[i].Currency == c {
			return &p.wallets[i], nil
		}
	}
	w, found, err := p.t.Wallet(u, c)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("user %d has no wallet in %s", u, c)
	}
	p.wallets = append(p.wallets, w)
	return &p.wallets[len(p.wallets)-1], nil
}

// till loads a till once per entry; the first sale opens it.
func (p *poster) till(v ledger.VendorID, c ledger.Currency) (*ledger.Till, error) {
	for i := range p.tills {
		if p.tills[i].Vendor == v && p.tills[i].Currency == c {
			return &p.tills[i], nil
		}
	}
	l, found, err := p.t.Till(v, c)
	if err != nil {
		return nil, err
	}
	if !found {
		l = ledger.Till{Vendor: v, Currency: c}
	}
	p.tills = append(p.tills, l)
	return &p.tills[len(p.tills)-1], nil
}

// chains moves the wallets' and the till's newest entry to this one. An entry without a currency is in no wallet's
// history.
func (p *poster) chains() error {
	c := p.e.Amount.Currency
	if c == "" {
		if len(p.e.Postings) > 0 {
			return errors.New("an entry that moves money has to name an amount")
		}
		return nil
	}
	if p.e.User != 0 {
		w, err := p.wallet(p.e.User, c)
		if err != nil {
			return err
		}
		p.prevUser, w.Last = w.Last, p.e.No
		w.Count++
	}
	if p.e.Payer2 != 0 {
		if p.e.Payer2 == p.e.User {
			return errors.New("an entry cannot have one wallet on both sides")
		}
		w, err := p.wallet(p.e.Payer2, c)
		if err != nil {
			return err
		}
		p.prevUser2, w.Last = w.Last, p.e.No
		w.Count++
	}
	if p.e.Vendor != 0 {
		l, err := p.till(p.e.Vendor, c)
		if err != nil {
			return err
		}
		p.prevVendor, l.Last = l.Last, p.e.No
		l.Count++
	}
	return nil
}

func balanceKey(a ledger.Account) []byte { return key(tBalance, a.Class, a.Currency, a.Owner) }

func totalKey(c ledger.Class, cur ledger.Currency) []byte { return key(tTotal, c, cur) }

// Balance is what stands on an account, debit-positive.
func (r Reader) Balance(a ledger.Account) (int64, error) {
	switch a.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		w, _, err := r.Wallet(ledger.UserID(a.Owner), a.Currency)
		switch a.Class {
		case ledger.Paid:
			return -w.Paid, err
		case ledger.Uncollected:
			return -w.Uncollected, err
		}
		return w.Owed, err
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		l, _, err := r.Till(ledger.VendorID(a.Owner), a.Currency)
		switch a.Class {
		case ledger.VendorPending:
			return -l.Pending, err
		case ledger.VendorAvailable:
			return -l.Available, err
		}
		return -l.Reserve, err
	}
	n, _, err := load[int64](r, balanceKey(a))
	return n, err
}

// Total is the control total of a class, debit-positive.
func (r Reader) Total(class ledger.Class, c ledger.Currency) (int64, error) {
	n, _, err := load[int64](r, totalKey(class, c))
	return n, err
}
