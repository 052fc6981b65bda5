package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// creditFacts reads what a decision about the credit of an account needs.
func (s *Server) creditFacts(
	tx books.Tx, u ledger.User, c ledger.Currency, st ledger.Staff,
) (f ledger.CreditFacts, err error) {
	f = ledger.CreditFacts{User: u, Staff: st, Zone: s.zone(u)}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.Wallet, err = walletOrNew(tx.Reader, u.ID, c, f.Policy); err != nil {
		return f, err
	}
	if f.Terms, _, err = tx.Postpaid(u.ID, c); err != nil {
		return f, err
	}
	if f.Wallet.Last != 0 {
		last, _, err := tx.Entry(f.Wallet.Last)
		if f.Moved = last.At; err != nil {
			return f, err
		}
	}
	if f.Terms.GivenUp != "" {
		if f.Asked, _, err = tx.Staff(f.Terms.GivenUp); err == nil {
			f.Asked, err = withWallet(tx.Reader, f.Asked)
		}
		if err != nil {
			return f, err
		}
	}
	if f.Generation, err = tx.Generation(); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// SetCredit gives an account a credit line, so that it pays afterwards (claim 15), or takes it away with a line of
// nothing. It refuses with ErrNotAllowed a caller who is no operator and an operator's own wallet, with ErrNotFound an
// unknown wallet, and else as [ledger.DecideCredit] does.
func (s *Server) SetCredit(
	ctx context.Context, who view.Caller, wallet string, line ledger.Amount, reason string,
) (v view.Postpaid, err error) {
	return s.decideCredit(ctx, who, "credit set", wallet, line.Currency, func(
		f ledger.CreditFacts, a ledger.Actor, at time.Time,
	) (ledger.CreditOutcome, error) {
		return ledger.DecideCredit(ledger.CreditRequest{Line: line.Micros, Reason: reason, Actor: a}, f, at)
	})
}

// WriteOff gives up what an account owes, long after its bill was due: the sum that its caller has seen. The first call
// asks for it, one of another person does it. It refuses as [ledger.DecideWriteOff] does.
func (s *Server) WriteOff(
	ctx context.Context, who view.Caller, wallet string, owed ledger.Amount, reason string,
) (v view.Postpaid, err error) {
	return s.decideCredit(ctx, who, "credit write-off", wallet, owed.Currency, func(
		f ledger.CreditFacts, a ledger.Actor, at time.Time,
	) (ledger.CreditOutcome, error) {
		return ledger.DecideWriteOff(ledger.WriteOffRequest{Owed: owed.Micros, Reason: reason, Actor: a}, f, at)
	})
}

// BillNow bills what an account owes before its month is over. It refuses with ErrState an account that owes nothing
// beside its bills, and else as [Server.SetCredit] does.
func (s *Server) BillNow(
	ctx context.Context, who view.Caller, wallet string, c ledger.Currency,
) (v view.Postpaid, err error) {
	return s.decideCredit(ctx, who, "credit bill", wallet, c, func(
		f ledger.CreditFacts, a ledger.Actor, at time.Time,
	) (ledger.CreditOutcome, error) {
		return ledger.NewBill(true, a, f, at)
	})
}

// decideCredit lets an operator decide about the credit of an account, and writes what follows.
func (s *Server) decideCredit(
	ctx context.Context, who view.Caller, act, wallet string, c ledger.Currency,
	decide func(ledger.CreditFacts, ledger.Actor, time.Time) (ledger.CreditOutcome, error),
) (v view.Postpaid, err error) {
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, operatorOnly, act, func(tx books.Tx, st ledger.Staff) error {
		if owner, err = walletNamed(tx.Reader, strings.TrimSpace(wallet)); err != nil {
			return err
		}
		u, _, err := tx.User(owner)
		if err != nil {
			return err
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		if u, err = ensureWallet(tx, u, c, p); err != nil {
			return err
		}
		f, err := s.creditFacts(tx, u, c, st)
		if err != nil {
			return err
		}
		out, err := decide(f, staffActor(st), at)
		if err != nil {
			return err
		}
		if err := putCredit(tx, f, out); err != nil {
			return err
		}
		v, err = s.postpaidView(tx.Reader, out.Terms, at)
		return err
	})
	if err != nil {
		return view.Postpaid{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// putCredit writes a step of an account that pays afterwards.
func putCredit(tx books.Tx, f ledger.CreditFacts, out ledger.CreditOutcome) error {
	if err := tx.PutPostpaid(out.Terms); err != nil || out.Entry.No == 0 {
		return err
	}
	if out.Entry.Kind == ledger.KindWriteOff {
		for _, open := range f.Wallet.Credit.Bills {
			b, _, err := tx.Bill(f.User.ID, f.Wallet.Currency, open.No)
			if err != nil {
				return err
			}
			b.GivenUp = out.Entry.At
			if err := tx.PutBill(b); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	if out.Bill.No != 0 {
		if err := tx.PutBill(out.Bill); err != nil {
			return err
		}
		if err := tx.PutDeposit(out.Deposit); err != nil {
			return err
		}
	}
	if out.User.ID != 0 {
		return tx.PutUser(out.User)
	}
	return nil
}

// sweepBills bills the accounts whose month is over.
func (s *Server) sweepBills(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Postpaid, limit int) ([]ledger.Postpaid, error) {
		return r.DuePostpaids(now, behind, limit)
	}, func(p ledger.Postpaid) error {
		err := s.update(ctx, func(tx books.Tx) error {
			had, _, err := tx.Postpaid(p.User, p.Currency)
			if err != nil || had.Until.IsZero() || now.Before(had.Until) {
				return err
			}
			u, _, err := tx.User(p.User)
			if err != nil {
				return err
			}
			f, err := s.creditFacts(tx, u, p.Currency, ledger.Staff{})
			if err != nil {
				return err
			}
			out, err := ledger.NewBill(false, systemActor, f, now)
			if err != nil {
				return err
			}
			return putCredit(tx, f, out)
		})
		if err == nil {
			s.notifier.wake(topicUser(p.User), topicDesk)
		}
		return err
	})
}

// Credit lists the accounts of the wallet that pay afterwards, or owe something from such a time.
func (s *Server) Credit(ctx context.Context, who view.Caller) (all []view.Postpaid, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		all = nil
		for _, c := range u.Wallets {
			p, found, err := r.Postpaid(u.ID, c)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			v, err := s.postpaidView(r, p, at)
			if err != nil {
				return err
			}
			all = append(all, v)
		}
		return nil
	})
	return all, err
}

// Bills lists the bills of all accounts of the wallet, newest first in each, at most as many as one answer holds.
func (s *Server) Bills(ctx context.Context, who view.Caller) (all []view.Bill, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		all = nil
		p, err := policy(r)
		if err != nil {
			return err
		}
		return eachWallet(r, u, func(w ledger.Wallet) error {
			list, err := r.Bills(u.ID, w.Currency, view.MaxRows)
			for _, b := range list {
				all = append(all, s.billView(b, w, p, at))
			}
			return err
		})
	})
	return all, err
}

// CreditList lists the accounts that pay afterwards, with their overdue bills. A handle finds its accounts. It refuses
// with ErrNotAllowed a key without a role, and with ErrInvalid a cursor of another list.
func (s *Server) CreditList(
	ctx context.Context, who view.Caller, q view.DeskQuery,
) (page view.Page[view.Postpaid], err error) {
	at := s.clock()
	return deskList(ctx, s, who, "credit list", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Postpaid], err error) {
		var behind ledger.Postpaid
		if q.Before != "" {
			handle, c, _ := strings.Cut(string(q.Before), "-")
			if behind.User, err = walletNamed(r, handle); err != nil {
				return page, history.RefuseCursor()
			}
			behind.Currency = ledger.Currency(c)
		}
		handles := map[ledger.UserID]string{}
		return deskPage(q, behind, r.Postpaids, func(p ledger.Postpaid) (v view.Postpaid, shown bool, err error) {
			if v, err = s.postpaidView(r, p, at); err != nil {
				return v, false, err
			}
			handles[p.User] = v.Handle
			if shown = holds(q.Text, v.Handle, v.State.Words(), string(p.Currency)); shown {
				saw(p.User)
			}
			return v, shown, nil
		}, func(p ledger.Postpaid) (view.Cursor, time.Time) {
			return view.Cursor(handles[p.User] + "-" + string(p.Currency)), p.From
		})
	})
}

// postpaidView shows an account that pays afterwards.
func (s *Server) postpaidView(r books.Reader, p ledger.Postpaid, at time.Time) (v view.Postpaid, err error) {
	u, _, err := r.User(p.User)
	if err != nil {
		return v, err
	}
	w, _, err := r.Wallet(p.User, p.Currency)
	if err != nil {
		return v, err
	}
	rules, err := policy(r)
	if err != nil {
		return v, err
	}
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: p.Currency} }
	v = view.Postpaid{
		Handle: u.Handle, State: view.PostpaidState(w, at), Line: in(w.Credit.Line), Owed: in(w.Owed),
		Left: in(rules.Lent(w).CreditLeft(at)), Unbilled: in(w.Unbilled()), NextBill: view.At(p.Until),
		Asked: p.GivenUp != "", Simulated: s.house.Simulated,
	}
	for _, open := range w.Credit.Bills {
		b, _, err := r.Bill(p.User, p.Currency, open.No)
		if err != nil {
			return v, err
		}
		v.Bills = append(v.Bills, s.billView(b, w, rules, at))
	}
	return v, nil
}

// accountView shows an account of a person as it can be used under the rules of now.
func (s *Server) accountView(
	r books.Reader, u ledger.User, w ledger.Wallet, d ledger.Days, at time.Time,
) (v view.Wallet, err error) {
	p, err := policy(r)
	v = view.WalletOf(w, d, at, s.zone(u))
	if v.Simulated = s.house.Simulated; v.Credit == nil {
		return v, err
	}
	if c, closed := p.Closed(ledger.BillMethod); closed {
		v.Available.Micros -= v.Credit.Left.Micros
		v.Credit.Left.Micros, v.Credit.Frozen = 0, c.Reason
	}
	return v, err
}

// billView shows a bill of a wallet.
func (s *Server) billView(b ledger.Bill, w ledger.Wallet, p ledger.Policy, at time.Time) view.Bill {
	state, left := b.StateIn(w, at)
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: w.Currency} }
	v := view.Bill{
		ID: s.seal.Entry(b.No), Number: b.Number, Amount: b.Amount, Left: in(left), Carried: in(b.Carried),
		State: view.State(state), From: view.At(b.From), Till: view.At(b.Till), Issued: view.At(b.Issued),
		Due: view.At(b.Due), Reference: b.Reference, Deposit: s.seal.Deposit(b.Deposit), Simulated: s.house.Simulated,
		Mailed: view.At(b.Mailed), LastLetter: view.At(b.LastLetter), Mailings: int(b.Reminded),
	}
	if state == ledger.BillOverdue {
		v.Reminder = ledger.OpenBill{Due: b.Due}.Reminder(p.Billing.Reminder, at)
	}
	return v
}
