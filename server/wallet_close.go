package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// ClosingTerms tells what the end of the wallet would mean: what is in it, and what has to be done first. It writes
// nothing.
func (s *Server) ClosingTerms(ctx context.Context, who view.Caller) (v view.Closing, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		f, err := s.closeFacts(r, u)
		if err != nil {
			return err
		}
		v = view.Closing{Handle: u.Handle, State: view.State(ledger.UserWords[u.Status])}
		for _, w := range f.Wallets {
			v.Balances = append(v.Balances, ledger.Amount{Micros: w.Balance(), Currency: w.Currency})
			if rest := w.Rest(); rest > 0 {
				v.Rest = append(v.Rest, ledger.Amount{Micros: rest, Currency: w.Currency})
			}
			var given int64
			for _, l := range w.Incentives {
				given += l.Left
			}
			if given > 0 {
				v.GivenUp = append(v.GivenUp, ledger.Amount{Micros: given, Currency: w.Currency})
			}
		}
		for _, one := range ledger.BeforeClosing(f, memberActor(who), at) {
			v.First = append(v.First, view.Unfinished(one))
		}
		return nil
	})
	return v, err
}

// CloseWallet closes the wallet of the calling member for good, and returns the code that brings back what comes in
// later: it is in this answer and in no later one. Keys, permissions, weekly budgets, mandates and access by phone end,
// personal data is forgotten, and given tokens return to who gave them.
//
// It refuses with ErrState what has to be done first, see [ledger.BeforeClosing].
func (s *Server) CloseWallet(ctx context.Context, who view.Caller) (view.Closing, error) {
	code, err := s.seal.RecoveryCode()
	if err != nil {
		return view.Closing{}, err
	}
	at := s.clock()
	var had, now ledger.User
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) (err error) {
		had = u
		now, err = s.closeWallet(tx, u, ledger.CloseOrder{Claim: seal.HashCode(code), Actor: memberActor(who)}, at)
		return err
	})
	if err != nil {
		return view.Closing{}, err
	}
	for _, m := range had.Keys {
		switch {
		case !m.Ended.IsZero():
		case m.Fingerprint == who.Fingerprint:
			s.keyEnded(m.Fingerprint, who.Seat) // the caller reads the code first
		default:
			s.notifier.wake(topicKey(m.Fingerprint)) // what its screens show is wiped
			s.keyEnded(m.Fingerprint, 0)
		}
	}
	s.notifier.wake(topicDesk)
	s.endMoreLinks(ctx, now, memberActor(who))
	return view.Closing{Handle: had.Handle, State: "closed", Code: code, Good: view.At(now.OldUntil)}, nil
}

// closeWallet is CloseWallet inside its transaction. It returns the person as it is then.
func (s *Server) closeWallet(
	tx books.Tx, u ledger.User, o ledger.CloseOrder, at time.Time,
) (now ledger.User, err error) {
	f, err := s.closeFacts(tx.Reader, u)
	if err != nil {
		return now, err
	}
	if _, err := ledger.DecideClose(o, f, at); err != nil {
		return now, err
	}
	for _, end := range []func(books.Tx, ledger.User, ledger.Actor, time.Time) error{
		endBudgets, s.forgetPerson, s.endBillerAccounts, closeAgents,
	} {
		if err := end(tx, u, o.Actor, at); err != nil {
			return now, err
		}
	}
	if f.User, err = voiceOff(tx, u, o.Actor, "The wallet was closed.", at); err != nil {
		return now, err
	}
	if f.No, err = tx.Next(); err != nil {
		return now, err
	}
	out, err := ledger.DecideClose(o, f, at)
	if err != nil {
		return now, err
	}
	rec, err := tx.Append(out.Entry)
	if err != nil {
		return now, err
	}
	out.User.LinksEnd = rec.At                      // of the open month, if the clock is behind it
	if err := setWallets(tx, u, true); err != nil { // what is left in them follows, see settleLate
		return now, err
	}
	if now, err = endLinks(tx, out.User, o.Actor, at); err != nil {
		return now, err
	}
	return now, tx.PutUser(now)
}

// setWallets says of all accounts of a person whether they are closed.
func setWallets(tx books.Tx, u ledger.User, closed bool) error {
	for _, c := range u.Wallets {
		w, found, err := tx.Wallet(u.ID, c)
		if err != nil || !found {
			return err
		}
		w.Closed = closed
		if err := tx.PutWallet(w); err != nil {
			return err
		}
	}
	return nil
}

// reopenWallets opens the accounts of a wallet that was closed, and brings what has come in since into them.
func reopenWallets(tx books.Tx, u ledger.User, p ledger.Policy, a ledger.Actor, at time.Time) error {
	if err := setWallets(tx, u, false); err != nil {
		return err
	}
	for _, c := range u.Wallets {
		if err := reclaim(tx, u, c, p, a, at); err != nil {
			return err
		}
	}
	return nil
}

// closeAgents ends the keys by which programs pay from a wallet.
func closeAgents(tx books.Tx, u ledger.User, a ledger.Actor, at time.Time) error {
	return endAgents(tx, u, a, "The wallet was closed.", at)
}

// endBudgets ends the weekly budgets of a wallet.
func endBudgets(tx books.Tx, u ledger.User, a ledger.Actor, at time.Time) error {
	for _, c := range u.Wallets {
		f, found, err := tx.Refill(u.ID, c)
		if err != nil {
			return err
		}
		if !found || f.State == ledger.RefillEnded {
			continue
		}
		facts := ledger.RefillFacts{User: u, Refill: f}
		if facts.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.EndRefill(a, "The wallet was closed.", facts, at)
		if err != nil {
			return err
		}
		if err := putRefill(tx, out); err != nil {
			return err
		}
	}
	return nil
}

// forgetPerson ends the mandates of a person, and deletes what the vault has.
func (s *Server) forgetPerson(tx books.Tx, u ledger.User, a ledger.Actor, at time.Time) error {
	mandates, err := tx.Mandates(u.ID)
	if err != nil {
		return err
	}
	for _, m := range mandates {
		if m.State == ledger.MandateEnded {
			continue
		}
		ev := ledger.MandateEvent{What: ledger.MandateRevoked, Reason: "The wallet was closed.", Actor: a}
		if _, err := stepMandate(tx, m, ev, at); err != nil {
			return err
		}
	}
	kept, err := tx.VaultOf(ledger.VaultUser, uint64(u.ID))
	if err != nil {
		return err
	}
	for _, v := range kept {
		if !v.Live() {
			continue
		}
		if err := forgetInVault(tx, v.ID, a, at); err != nil {
			return err
		}
	}
	return nil
}

// endBillerAccounts ends the accounts at billers, and deletes their numbers.
func (s *Server) endBillerAccounts(tx books.Tx, u ledger.User, _ ledger.Actor, at time.Time) error {
	all, err := tx.BillerAccounts(u.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if a.Live() {
			b, err := billerNamed(tx.Reader, a.Biller)
			if err != nil {
				return err
			}
			if err := s.endBillerAccount(tx, b, a.BillerAccount, at); err != nil {
				return err
			}
			if a, _, err = tx.BillerAccount(u.ID, a.Biller); err != nil {
				return err
			}
		}
		a.Sealed = nil
		if err := tx.PutBillerAccount(a); err != nil {
			return err
		}
	}
	return nil
}

// ClaimClosed brings what has come into a closed wallet to the calling member, who has its code. The code stays good
// for what comes in later. For a month after the closing only the recovery code that the wallet had is good.
//
// It refuses with ErrNotFound a code of no closed wallet, with ErrRate a caller who has typed too many, and else as
// [ledger.DecideClaimClosed] does.
func (s *Server) ClaimClosed(ctx context.Context, who view.Caller, typed string) (v view.ClosedClaim, err error) {
	at := s.clock()
	var from, to ledger.UserID
	err = s.countWrongCodes(who, longCode, at, func() error {
		return s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
			closed, err := closedByCode(tx.Reader, typed, at)
			if err != nil {
				return err
			}
			from, to = closed.ID, u.ID
			v = view.ClosedClaim{Handle: closed.Handle}
			f := ledger.ClaimFacts{Closed: closed, Typed: seal.HashCode(typed), User: u}
			return s.claimClosed(tx, f, memberActor(who), at, &v)
		})
	})
	if err != nil {
		return view.ClosedClaim{}, err
	}
	s.notifier.wake(topicUser(from), topicUser(to), topicDesk)
	return v, nil
}

// claimClosed moves what can be had in each currency. Where that is nothing in all of them, it says why.
func (s *Server) claimClosed(
	tx books.Tx, f ledger.ClaimFacts, a ledger.Actor, at time.Time, v *view.ClosedClaim,
) error {
	p, err := policy(tx.Reader)
	if err != nil {
		return err
	}
	refused := error(ledger.RefuseNothingLate())
	closed := f.Closed
	for _, c := range closed.Wallets {
		if f.Had, _, err = tx.Unclaimed(closed.ID, c); err != nil {
			return err
		}
		if f.Had.Micros == 0 {
			continue
		}
		if f.Old, _, err = tx.Wallet(closed.ID, c); err != nil {
			return err
		}
		if f.User, err = ensureWallet(tx, f.User, c, p); err != nil {
			return err
		}
		if f.Wallet, _, err = tx.Wallet(f.User.ID, c); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideClaimClosed(a, f, at)
		if err != nil {
			refused = err
			continue
		}
		if err := putDormant(tx, out); err != nil {
			return err
		}
		v.Amounts = append(v.Amounts, out.Entry.Amount)
		if out.Now.Micros > 0 {
			v.Later = append(v.Later, ledger.Amount{Micros: out.Now.Micros, Currency: c})
		}
	}
	if len(v.Amounts) == 0 {
		return refused
	}
	return nil
}

// closedByCode finds the closed wallet that a code belongs to: the one of its closing, or for a month the recovery code
// that it had.
func closedByCode(r books.Reader, typed string, at time.Time) (u ledger.User, err error) {
	hash := seal.HashCode(typed)
	id, found, err := r.UserByRecovery(hash)
	if err == nil && found {
		u, found, err = r.User(id)
		found = found && u.Status == ledger.UserClosed && u.RecoversWith(hash, at)
	}
	if err == nil && !found {
		err = ledger.RefuseClosedCode()
	}
	return u, err
}

// settleLate does what follows for closed wallets in which a transaction has left something: money becomes unclaimed
// property, given tokens return to who gave them. It is in the commit of what came in, so a closed wallet never has
// anything, and no lot that has ended has.
func (s *Server) settleLate(tx books.Tx) error {
	for all := tx.TakeLate(); len(all) > 0; all = tx.TakeLate() {
		at := s.clock()
		for _, one := range all {
			w, _, err := tx.Wallet(one.User, one.Currency) // as it is by now
			if err != nil {
				return err
			}
			if !w.Closed { // given tokens came back, or the transaction has opened it again
				err = settleReturned(tx, w, at)
			} else {
				err = settleLateIn(tx, w, at)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// settleLateIn is settleLate for one account. What it writes brings the account back into the list until there is
// nothing left to do.
func settleLateIn(tx books.Tx, w ledger.Wallet, at time.Time) error {
	for _, l := range w.Incentives {
		if l.Left == 0 {
			continue
		}
		f := ledger.IncentiveFacts{Wallet: w}
		var err error
		if f.Incentive, _, err = tx.Incentive(l.No); err != nil {
			return err
		}
		if f.User, _, err = tx.User(w.User); err != nil {
			return err
		}
		f.User.Status = ledger.UserClosed // its row is written last
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.EndIncentive(f, at)
		if err != nil {
			return err
		}
		return putIncentive(tx, out)
	}
	f := ledger.LateFacts{Wallet: w}
	var err error
	if f.Had, _, err = tx.Unclaimed(w.User, w.Currency); err != nil {
		return err
	}
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	if out, changed := ledger.DecideLate(f, at); changed {
		return putDormant(tx, out)
	}
	return nil
}
