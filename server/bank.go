package server

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// collectorIn returns a method that debits bank accounts in a currency, and over which network.
func (s *Server) collectorIn(c ledger.Currency) (m funding.Collector, network string, found bool) {
	for _, one := range s.methods {
		if m, is := one.(funding.Collector); is && s.offered(m.Info()) {
			if network := m.Network(c); network != "" {
				return m, network, true
			}
		}
	}
	return nil, "", false
}

// refuseNoDebits refuses a currency in which no method debits bank accounts.
func refuseNoDebits(c ledger.Currency) error {
	return ledger.Invalid("currency", "See the ways to add funds with: methods.",
		"No bank accounts are debited in %s here.", c)
}

// refuseFrozenDebits refuses a new mandate with ErrState while each method that would use it is frozen.
func (s *Server) refuseFrozenDebits(r books.Reader, c ledger.Currency) error {
	p, err := policy(r)
	if err != nil {
		return err
	}
	for _, one := range s.methods {
		m, debits := one.(funding.Collector)
		if !debits || !s.offered(m.Info()) || m.Network(c) == "" {
			continue
		}
		if err = p.RefuseClosed(m.Info().Name); err == nil {
			return nil
		}
	}
	return err
}

// bankAccount reads what a person has typed of a bank account, and the text that is to be agreed.
func (s *Server) bankAccount(q view.BankRequest) (
	m funding.Collector, network string, a funding.Account, terms view.BankTerms, err error,
) {
	m, network, found := s.collectorIn(q.Currency)
	if !found {
		return nil, "", a, terms, refuseNoDebits(q.Currency)
	}
	if q.Most.Currency != q.Currency || q.Most.Micros <= 0 {
		return nil, "", a, terms, ledger.Invalid("most", "Say how much one debit may be, for example 100.00.",
			"The amount of a debit is missing.")
	}
	if a, err = m.Account(network, q.Account, q.Holder); err != nil {
		return nil, "", a, terms, err
	}
	terms = view.BankTerms{Account: a.Mask(), Most: q.Most, Text: m.Text(network, a, q.Most)}
	return m, network, a, terms, nil
}

// BankTerms returns what a person agrees to who adds this bank account. It writes nothing. It refuses with ErrInvalid
// an account or a name that no bank takes, and with ErrState while debits in the currency are frozen.
func (s *Server) BankTerms(ctx context.Context, who view.Caller, q view.BankRequest) (terms view.BankTerms, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, _ ledger.User) error {
		if _, _, _, terms, err = s.bankAccount(q); err != nil {
			return err
		}
		return s.refuseFrozenDebits(r, q.Currency)
	})
	return terms, err
}

// BankAdd keeps a bank account in the vault, with the mandate to debit it. The caller has seen the text of
// [Server.BankTerms]. It refuses as that does, and with ErrLimit more accounts than a wallet may have.
func (s *Server) BankAdd(ctx context.Context, who view.Caller, q view.BankRequest) (v view.BankAccount, err error) {
	at := s.clock()
	m, network, a, terms, err := s.bankAccount(q)
	if err != nil {
		return v, err
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return v, err
	}
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		if err := s.refuseFrozenDebits(tx.Reader, q.Currency); err != nil {
			return err
		}
		kept, err := s.keepInVault(tx, ledger.VaultRecord{
			ID: ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(u.ID)}, Purpose: ledger.VaultBank, Mask: a.Mask(),
			Country: a.Country, Last4: a.Last4,
		}, plain, memberActor(who), at)
		if err != nil {
			return err
		}
		had, err := tx.Mandates(u.ID)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		e, given, err := ledger.NewMandate(ledger.MandateOrder{
			Bank: kept, Network: network, Currency: q.Currency, Most: q.Most.Micros, Text: terms.Text,
			Active: !m.Asks(network), Actor: memberActor(who),
		}, u, had, no, at)
		if err != nil {
			return err
		}
		v = s.bankView(given, kept)
		return putMandate(tx, e, given)
	})
	return v, err
}

// putMandate writes a step of a mandate.
func putMandate(tx books.Tx, e ledger.Entry, m ledger.Mandate) error {
	if _, err := tx.Append(e); err != nil {
		return err
	}
	return tx.PutMandate(m)
}

// stepMandate moves a mandate one step on. What ends it, or makes debits impossible, cancels those that are in no file,
// and ends the weekly budgets that use it.
func stepMandate(tx books.Tx, m ledger.Mandate, ev ledger.MandateEvent, at time.Time) (ledger.Mandate, error) {
	u, _, err := tx.User(m.ID.User)
	if err != nil {
		return m, err
	}
	no, err := tx.Next()
	if err != nil {
		return m, err
	}
	e, m, err := ledger.StepMandate(ev, m, u, no, at)
	if err != nil {
		return m, err
	}
	if err := putMandate(tx, e, m); err != nil || m.State == ledger.MandateActive || m.State == ledger.MandatePending {
		return m, err
	}
	if err := endRefillsOf(tx, u, m, at); err != nil {
		return m, err
	}
	waiting, err := debitsOf(tx.Reader, m.ID)
	for _, d := range waiting {
		if err == nil && d.State == ledger.DepositCreated {
			_, err = advance(tx, d, ledger.DepositEvent{
				To: ledger.DepositCanceled, Reason: "The mandate is " + string(m.State) + ".", Actor: ev.Actor,
			}, at)
		}
	}
	return m, err
}

// debitsOf reads the debits of a mandate on which something is still to come.
func debitsOf(r books.Reader, id ledger.MandateID) ([]ledger.Deposit, error) {
	all, err := r.Deposits(id.User, 0)
	return slices.DeleteFunc(all, func(d ledger.Deposit) bool {
		return !d.Is(ledger.DepositDebit) || d.Mandate != id.Number || !d.State.Moves()
	}), err
}

// vaultOf names the account of a mandate.
func vaultOf(m ledger.Mandate, number uint64) ledger.VaultID {
	return ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(m.ID.User), Number: number}
}

// bankView shows a bank account with the state of its mandate.
func (s *Server) bankView(m ledger.Mandate, kept ledger.VaultRecord) view.BankAccount {
	return view.BankAccount{
		ID: s.seal.BankAccount(vaultOf(m, m.ID.Number)), Account: kept.Mask, Currency: m.Currency,
		State: view.State(m.State), Added: view.At(m.Agreed), Removed: view.At(kept.Forgotten),
		Mandate: s.seal.Mandate(m.ID),
	}
}

// BankAccounts lists the bank accounts of a wallet that were not removed, oldest first.
func (s *Server) BankAccounts(ctx context.Context, who view.Caller) (all []view.BankAccount, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		all = nil
		given, err := r.Mandates(u.ID)
		if err != nil {
			return err
		}
		for _, m := range given {
			kept, _, err := r.Vault(vaultOf(m, m.Bank))
			if err != nil {
				return err
			}
			if kept.Live() {
				all = append(all, s.bankView(m, kept))
			}
		}
		return nil
	})
	return all, err
}

// BankRemove ends the mandate of a bank account and deletes the account: it cannot be read any more, and a tombstone
// with its mask stays. It refuses with ErrNotFound one that is not this wallet's, and with ErrState one from which a
// debit is under way.
func (s *Server) BankRemove(ctx context.Context, who view.Caller, id string) (v view.BankAccount, err error) {
	at := s.clock()
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		bank, err := s.seal.OpenBankAccount(strings.TrimSpace(id))
		if err != nil || bank.Owner != uint64(u.ID) {
			return orMissing(nil)
		}
		m, found, err := tx.Mandate(ledger.MandateID{User: u.ID, Number: bank.Number})
		if err != nil || !found {
			return orMissing(err)
		}
		if err := refuseOpenDebits(tx.Reader, m); err != nil {
			return err
		}
		if m.State != ledger.MandateEnded {
			ev := ledger.MandateEvent{What: ledger.MandateRevoked, Reason: "The account was removed.", Actor: memberActor(who)}
			if m, err = stepMandate(tx, m, ev, at); err != nil {
				return err
			}
		}
		for _, number := range []uint64{m.Bank, m.Former} {
			if number == 0 {
				continue
			}
			if err := forgetInVault(tx, vaultOf(m, number), memberActor(who), at); err != nil {
				return err
			}
		}
		kept, _, err := tx.Vault(vaultOf(m, m.Bank))
		v = s.bankView(m, kept)
		return err
	})
	return v, err
}

// refuseOpenDebits refuses to delete an account from which money is under way: its bank may have a question.
func refuseOpenDebits(r books.Reader, m ledger.Mandate) error {
	open, err := debitsOf(r, m.ID)
	if err != nil {
		return err
	}
	back, err := r.OpenRedemptions(m.ID.User)
	if err != nil {
		return err
	}
	for _, d := range back {
		if d.Mandate == m.ID.Number {
			return ledger.Refuse(ledger.ErrState, "Remove it when it is paid, or cancel it: redemptions",
				"A redemption to this account is on its way.")
		}
	}
	for _, d := range open {
		if d.State == ledger.DepositCreated {
			continue
		}
		no := ledger.Refuse(ledger.ErrState, "Remove it when the debit has cleared. Revoke the mandate with: mandate revoke",
			"A debit of this account is under way; it is kept until %s.", d.Clears.UTC().Format(stampForm))
		no.ResetsAt = d.Clears
		return no
	}
	return nil
}

// Mandates lists the mandates of a wallet, oldest first, also those that have ended.
func (s *Server) Mandates(ctx context.Context, who view.Caller) (all []view.Mandate, err error) {
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		given, err := r.Mandates(u.ID)
		all = view.Map(given, s.mandateView)
		return err
	})
	return all, err
}

// mandateView shows a mandate.
func (s *Server) mandateView(m ledger.Mandate) view.Mandate {
	return view.Mandate{
		ID: s.seal.Mandate(m.ID), Account: m.Mask(),
		Most:  ledger.Amount{Micros: m.Most, Currency: m.Currency},
		State: view.State(m.State), Agreed: view.At(m.Agreed), Key: m.Key, Text: m.Text, Reason: m.Reason,
	}
}

// RevokeMandate ends a mandate: no further debit goes to the bank. Those that are there are carried out. It refuses
// with ErrNotFound one that is not this wallet's, and with ErrState one that has ended.
func (s *Server) RevokeMandate(ctx context.Context, who view.Caller, id string) (v view.Mandate, err error) {
	at := s.clock()
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		name, err := s.seal.OpenMandate(strings.TrimSpace(id))
		if err != nil || name.User != u.ID {
			return orMissing(nil)
		}
		m, found, err := tx.Mandate(name)
		if err != nil || !found {
			return orMissing(err)
		}
		m, err = stepMandate(tx, m, ledger.MandateEvent{What: ledger.MandateRevoked, Actor: memberActor(who)}, at)
		v = s.mandateView(m)
		return err
	})
	return v, err
}

// mandatesNamed returns the mandate of the bank account with a name, of all for "". It refuses with ErrNotFound what
// names none of the person.
func (s *Server) mandatesNamed(r books.Reader, u ledger.User, bank string) ([]ledger.Mandate, error) {
	given, err := r.Mandates(u.ID)
	if err != nil || bank == "" {
		return given, err
	}
	id, err := s.seal.OpenBankAccount(strings.TrimSpace(bank))
	if err != nil || id.Owner != uint64(u.ID) {
		return nil, orMissing(nil)
	}
	return slices.DeleteFunc(given, func(m ledger.Mandate) bool { return m.ID.Number != id.Number }), nil
}

// mandateFor finds the mandate of a debit: that of the account that was named, else the newest that permits it. A
// method that debits nothing needs none.
func (s *Server) mandateFor(
	r books.Reader, u ledger.User, m funding.Method, q view.FundRequest,
) (found ledger.Mandate, err error) {
	c, debits := m.(funding.Collector)
	if !debits {
		if q.Bank != "" {
			err = ledger.Invalid("bank", "Leave the bank account out, or name another method: see methods.",
				"The method %s debits no bank account.", q.Method)
		}
		return found, err
	}
	given, err := s.mandatesNamed(r, u, q.Bank)
	if err != nil {
		return found, err
	}
	var why error
	for _, one := range slices.Backward(given) {
		if c.Network(one.Currency) == "" || one.Currency != q.Amount.Currency {
			continue
		}
		err := one.Permits(q.Amount)
		if err == nil {
			return one, nil
		}
		if one.State != ledger.MandateEnded || q.Bank != "" {
			why = err
		}
	}
	if why == nil {
		why = ledger.Invalid("bank", "Add one with: bank add", "There is no bank account that is debited in %s.",
			q.Amount.Currency)
	}
	return found, why
}
