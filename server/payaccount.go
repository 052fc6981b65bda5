package server

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Accounts that payouts go to: typed by an operator, kept in the vault, and used when their time has come. A payout is
// bound to the record that it goes to when it leaves, and a record is forgotten when nothing leads to it any more.

// wayNamed is a way in which payouts leave, as far as it is set up here.
func (s *Server) wayNamed(name string) (w funding.PayoutWay, found bool) {
	for _, w := range s.ways {
		if w.Way() == name {
			return w, true
		}
	}
	return nil, false
}

// checkerIn is the way that pays to bank accounts in a currency.
func (s *Server) checkerIn(c ledger.Currency) (funding.AccountChecker, error) {
	for _, w := range s.ways {
		if k, checks := w.(funding.AccountChecker); checks && w.Currency() == c {
			return k, nil
		}
	}
	return nil, ledger.Invalid("currency", "Put the agreement with a bank into the data directory first.",
		"No payouts go to bank accounts in %s here.", c)
}

// partyOf reads the payee that is named, 0 for the vendor itself.
func partyOf(r books.Reader, v ledger.Vendor, payee string) (ledger.PayeeID, error) {
	if payee == "" {
		return 0, nil
	}
	id, found, err := r.Payee(v.ID, payee)
	if err == nil && !found {
		err = ledger.RefuseNotFound("payee")
	}
	return id, err
}

// PayAccounts lists the accounts that a vendor and its payees are paid to, masked. It refuses with ErrNotAllowed a
// caller who is no operator, and with ErrNotFound.
func (s *Server) PayAccounts(ctx context.Context, who view.Caller, vendor string) (all []view.PayAccount, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		v, err := s.vendorNamed(r, vendor)
		if err != nil {
			return err
		}
		all, err = payAccounts(r, v)
		return err
	})
	return all, err
}

// payAccounts shows accounts.
func payAccounts(r books.Reader, v ledger.Vendor) (all []view.PayAccount, err error) {
	named, err := r.PayeesOf(v.ID)
	if err != nil {
		return nil, err
	}
	for _, a := range v.Accounts {
		if a.Number == 0 && a.Next == 0 {
			continue
		}
		shown := view.PayAccount{
			Vendor: v.Name, Network: a.Network, Account: a.Mask(), Refused: a.Refused, Next: a.NextMask(),
			Mark: a.NextMark(), From: view.At(a.From), Used: view.At(a.Used), Waits: a.Next != 0 && !a.Approved,
		}
		for _, n := range named {
			if n.ID == a.Payee {
				shown.Payee = n.Name
			}
		}
		all = append(all, shown)
	}
	return all, nil
}

// SetPayAccount keeps an account that a vendor, or one of its payees, is paid to. The first one is used at once;
// another one takes its place after payout_account_wait, and its vendor is told. It refuses with ErrInvalid an account
// with a wrong check digit or a currency in which nothing is paid to accounts, with ErrNotFound, and with ErrNotAllowed
// a caller who is no operator.
func (s *Server) SetPayAccount(
	ctx context.Context, who view.Caller, q view.PayAccountRequest,
) (all []view.PayAccount, err error) {
	k, err := s.checkerIn(q.Currency)
	if err != nil {
		return nil, err
	}
	a, err := k.PayeeAccount(q.Account, q.Holder)
	if err != nil {
		return nil, err
	}
	if a.Company = q.Payee == ""; q.Company != nil {
		a.Company = *q.Company
	}
	plain, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	return s.stepPayAccount(ctx, who, "vendor account set", q.Vendor, q.Payee,
		func(tx books.Tx, v ledger.Vendor, step *ledger.PayAccountStep, at time.Time) error {
			step.What, step.Network = ledger.PayAccountGiven, k.Way()
			owner := ledger.PayAccount{Payee: step.Payee}.Owner(v.ID)
			had, err := tx.VaultOf(owner.Kind, owner.Owner)
			if err != nil {
				return err
			}
			step.Known = slices.ContainsFunc(had, func(r ledger.VaultRecord) bool { return r.Purpose == ledger.VaultPayout })
			step.Kept, err = s.keepInVault(tx, ledger.VaultRecord{
				ID: owner, Purpose: ledger.VaultPayout, Mask: a.Mask(), Country: a.Country, Last4: a.Last4,
			}, plain, step.Actor, at)
			return err
		})
}

// ApprovePayAccount is the word of a second person for the account with a mark. It refuses with ErrState where none
// waits, or another one, and with ErrNotAllowed the person who typed it, and a caller who is no operator.
func (s *Server) ApprovePayAccount(
	ctx context.Context, who view.Caller, q view.PayAccountRequest,
) ([]view.PayAccount, error) {
	k, err := s.checkerIn(q.Currency)
	if err != nil {
		return nil, err
	}
	return s.stepPayAccount(ctx, who, "vendor account approve", q.Vendor, q.Payee,
		func(tx books.Tx, v ledger.Vendor, step *ledger.PayAccountStep, _ time.Time) (err error) {
			step.What, step.Network, step.Mark = ledger.PayAccountApproved, k.Way(), strings.TrimSpace(q.Mark)
			a, _ := v.PayAccountOf(step.Payee, step.Network)
			if a.By == "" {
				return nil
			}
			if step.Giver, _, err = tx.Staff(a.By); err == nil {
				step.Giver, err = withWallet(tx.Reader, step.Giver)
			}
			return err
		})
}

// RemovePayAccount forgets the account that a party is paid to, and the one that would take its place: payouts wait. It
// refuses with ErrNotFound where there is none, and with ErrNotAllowed a caller who is no operator.
func (s *Server) RemovePayAccount(
	ctx context.Context, who view.Caller, q view.PayAccountRequest,
) ([]view.PayAccount, error) {
	k, err := s.checkerIn(q.Currency)
	if err != nil {
		return nil, err
	}
	return s.stepPayAccount(ctx, who, "vendor account remove", q.Vendor, q.Payee,
		func(_ books.Tx, _ ledger.Vendor, step *ledger.PayAccountStep, _ time.Time) error {
			step.What, step.Network = ledger.PayAccountRemoved, k.Way()
			return nil
		})
}

// stepPayAccount is one step of an account by an operator.
func (s *Server) stepPayAccount(
	ctx context.Context, who view.Caller, act, vendor, payee string,
	prepare func(books.Tx, ledger.Vendor, *ledger.PayAccountStep, time.Time) error,
) (all []view.PayAccount, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, act, func(tx books.Tx, st ledger.Staff) error {
		v, err := s.vendorNamed(tx.Reader, vendor)
		if err != nil {
			return err
		}
		step := ledger.PayAccountStep{Name: payee, Staff: st, Actor: staffActor(st)}
		if step.Payee, err = partyOf(tx.Reader, v, payee); err != nil {
			return err
		}
		if err := prepare(tx, v, &step, at); err != nil {
			return err
		}
		out, err := putPayAccount(tx, v, step, at)
		if err != nil {
			return err
		}
		all, err = payAccounts(tx.Reader, out.Vendor)
		return err
	})
	if err == nil {
		s.payAccounts.look()
		s.webhooks.Wake()
	}
	return all, err
}

// putPayAccount decides a step of an account, writes it, and forgets what leads nowhere any more.
func putPayAccount(
	tx books.Tx, v ledger.Vendor, q ledger.PayAccountStep, at time.Time,
) (out ledger.PayAccountOutcome, err error) {
	p, err := policy(tx.Reader)
	if err != nil {
		return out, err
	}
	no, err := tx.Next()
	if err != nil {
		return out, err
	}
	if out, err = ledger.StepPayAccount(q, v, p, no, at); err != nil {
		return out, err
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return out, err
	}
	if err := tx.PutVendor(out.Vendor); err != nil {
		return out, err
	}
	owner := out.Account.Owner(v.ID)
	for _, number := range out.Gone {
		owner.Number = number
		if err := forgetPayAccount(tx, owner, 0, at); err != nil {
			return out, err
		}
	}
	return out, nil
}

// forgetPayAccount forgets a record to which no payout is on its way; but is one that has just ended.
func forgetPayAccount(tx books.Tx, id ledger.VaultID, but ledger.EntryNo, at time.Time) error {
	for behind := ledger.EntryNo(0); ; {
		list, err := tx.SettlementsUp(ledger.SettlementSubmitted, behind, duePage)
		if err != nil {
			return err
		}
		for _, t := range list {
			if behind = t.No; t.Account == id.Number && t.No != but {
				return nil // it is forgotten when that payout has ended
			}
		}
		if len(list) < duePage {
			break
		}
	}
	v, found, err := tx.Vault(id)
	if err != nil || !found || !v.Live() {
		return err
	}
	return forgetInVault(tx, id, systemActor, at)
}

// forgetUnused forgets the account of a payout that has ended, if its party is not paid there any more.
func forgetUnused(tx books.Tx, t ledger.Settlement, at time.Time) error {
	if t.Account == 0 || t.State == ledger.SettlementSubmitted {
		return nil
	}
	v, _, err := tx.Vendor(t.Vendor)
	if err != nil {
		return err
	}
	for _, a := range v.Accounts {
		if a.Payee == t.Payee && (a.Number == t.Account || a.Next == t.Account) {
			return nil
		}
	}
	id := ledger.PayAccount{Payee: t.Payee}.Owner(t.Vendor)
	id.Number = t.Account
	return forgetPayAccount(tx, id, t.No, at)
}

// sweepPayAccounts takes accounts into use whose time has come.
func (s *Server) sweepPayAccounts(ctx context.Context, now time.Time) error {
	if !s.payAccounts.due(now) {
		return nil
	}
	type one struct {
		vendor ledger.VendorID
		a      ledger.PayAccount
	}
	var due []one
	err := s.view(ctx, func(r books.Reader) error {
		due = nil
		all, err := r.Vendors()
		for _, v := range all {
			for _, a := range v.Accounts {
				switch {
				case a.Due(now):
					due = append(due, one{v.ID, a})
				case a.Next != 0 && a.Approved:
					s.payAccounts.at(a.From)
				}
			}
		}
		return err
	})
	for _, d := range due {
		if err != nil {
			break
		}
		err = s.update(ctx, func(tx books.Tx) error {
			v, _, err := tx.Vendor(d.vendor)
			if err != nil {
				return err
			}
			a, _ := v.PayAccountOf(d.a.Payee, d.a.Network)
			if !a.Due(now) {
				return nil
			}
			_, err = putPayAccount(tx, v, ledger.PayAccountStep{
				What: ledger.PayAccountUsed, Payee: a.Payee, Network: a.Network, Actor: systemActor,
			}, now)
			return err
		})
	}
	if err != nil || len(due) > 0 {
		s.payAccounts.look()
		s.webhooks.Wake()
	}
	return err
}

// payeeAccount reads the account of a payout in plain, for what pays it.
func (s *Server) payeeAccount(r books.Reader, t ledger.Settlement) (a funding.Account, err error) {
	id := ledger.PayAccount{Payee: t.Payee}.Owner(t.Vendor)
	id.Number = t.Account
	plain, err := s.openVault(r, id)
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(plain, &a); err != nil {
		return a, fmt.Errorf("record %d of the vault is no bank account", id.Number)
	}
	return a, nil
}
