package server

import (
	"context"
	"errors"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// lastLooked bounds how many entries of a wallet are read to find when its owner moved it last. Where so many are not
// the owner's, what came before is not known: the oldest of them counts as the owner's.
const lastLooked = 256

// dormantFacts reads what a decision about an unused balance needs. Entries are read only where the owner was not seen
// for long.
func dormantFacts(
	r books.Reader, w ledger.Wallet, p ledger.Policy, now time.Time,
) (f ledger.DormantFacts, err error) {
	f = ledger.DormantFacts{Wallet: w, Policy: p}
	if f.User, _, err = r.User(w.User); err != nil {
		return f, err
	}
	if f.Had, _, err = r.Unclaimed(w.User, w.Currency); err != nil {
		return f, err
	}
	if f.Refill, _, err = r.Refill(w.User, w.Currency); err != nil {
		return f, err
	}
	f.Seen = seenLast(f.User, p)
	if f.Had.Announced.IsZero() && now.Before(f.Seen.Add(p.Dormancy.After-min(p.Dormancy.Notice, p.Dormancy.After))) {
		return f, nil
	}
	for no, n := w.Last, 1; no != 0; n++ {
		rec, found, err := r.Entry(no)
		if err != nil || !found {
			return f, err
		}
		switch role := rec.Actor.Role; {
		case n < lastLooked && (role == ledger.RoleSystem || role == ledger.RoleOperator || role == ledger.RoleRep):
		default:
			if rec.At.After(f.Seen) {
				f.Seen = rec.At
			}
			return f, nil
		}
		if !rec.At.After(f.Seen) {
			return f, nil // what is older tells nothing more
		}
		if no = rec.PrevUser; rec.User != w.User {
			no = rec.PrevUser2
		}
	}
	return f, nil
}

// seenLast is when a person was seen last: at the last key press, or on the last day on which a key was used.
func seenLast(u ledger.User, p ledger.Policy) time.Time {
	seen := u.Created
	for _, m := range u.Keys {
		if m.Added.After(seen) {
			seen = m.Added
		}
		if day := time.Unix(m.Used*24*60*60, 0).UTC(); m.Used > 0 && day.After(seen) {
			seen = day
		}
	}
	if pressed := u.WindowUntil.Add(-p.Window); pressed.After(seen) {
		seen = pressed
	}
	return seen
}

// sweepDormant looks at a page of the wallets, in their order, for balances whose owner was not seen for long: they are
// announced, and later they become unclaimed property. So a sweep costs a page, however many wallets there are.
func (s *Server) sweepDormant(ctx context.Context, now time.Time) error {
	s.dormant.mu.Lock()
	defer s.dormant.mu.Unlock()
	var due []ledger.Wallet
	err := s.view(ctx, func(r books.Reader) error {
		due = nil
		p, err := policy(r)
		if err != nil || p.Dormancy.After == 0 {
			return err
		}
		page, err := s.dormant.page(r)
		if err != nil {
			return err
		}
		for _, w := range page {
			if had, _, err := r.Unclaimed(w.User, w.Currency); err != nil {
				return err
			} else if w.Paid == 0 && had.Micros == 0 {
				continue
			}
			f, err := dormantFacts(r, w, p, now)
			if err != nil {
				return err
			}
			if _, changed := ledger.DecideDormant(f, now); changed {
				due = append(due, w)
			}
		}
		return nil
	})
	var failed []error
	for _, w := range due {
		failed = append(failed, s.moveDormant(ctx, w, now))
	}
	return errors.Join(append(failed, err)...)
}

// moveDormant does what follows for an unused balance, in one transaction that looks at it again.
func (s *Server) moveDormant(ctx context.Context, w ledger.Wallet, now time.Time) error {
	err := s.update(ctx, func(tx books.Tx) error {
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		w, _, err := tx.Wallet(w.User, w.Currency)
		if err != nil {
			return err
		}
		f, err := dormantFacts(tx.Reader, w, p, now)
		if err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, changed := ledger.DecideDormant(f, now)
		if !changed {
			return nil
		}
		if err := putDormant(tx, out); err != nil || !out.EndRefill {
			return err
		}
		return s.endUnclaimedRefill(tx, f.User, w.Currency, now)
	})
	if err == nil {
		s.notifier.wake(topicUser(w.User), topicDesk)
	}
	return err
}

// endUnclaimedRefill ends the weekly budget of an account that became unclaimed.
func (s *Server) endUnclaimedRefill(tx books.Tx, u ledger.User, c ledger.Currency, now time.Time) error {
	f, err := s.refillFacts(tx.Reader, u, c, now)
	if err != nil {
		return err
	}
	const why = "The account was not used for long: its balance is unclaimed property."
	out, err := ledger.EndRefill(systemActor, why, f, now)
	if err != nil {
		return err
	}
	return putRefill(tx, out)
}

// putDormant writes a step of an unused balance.
func putDormant(tx books.Tx, out ledger.DormantOutcome) error {
	if out.Entry.No != 0 {
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
	}
	return tx.PutUnclaimed(out.Now)
}

// ownerIsBack reports whether something of a wallet is announced or unclaimed: its owner is here.
func ownerIsBack(r books.Reader, u ledger.User) (bool, error) {
	if u.Status != ledger.UserActive || len(u.Wallets) == 0 {
		return false, nil
	}
	all, err := r.AllUnclaimed(ledger.Unclaimed{User: u.ID}, len(u.Wallets))
	for _, one := range all {
		if one.User == u.ID && (one.Micros > 0 || !one.Announced.IsZero()) {
			return true, err
		}
	}
	return false, err
}

// welcome brings back what is unclaimed of a wallet whose owner has signed in, and forgets what was announced.
func (s *Server) welcome(ctx context.Context, who view.Caller, at time.Time) error {
	var owner ledger.UserID
	err := s.updateAsMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		owner = u.ID
		if u.Status != ledger.UserActive {
			return nil
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		for _, c := range u.Wallets {
			if err := reclaim(tx, u, c, p, memberActor(who), at); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && owner != 0 {
		s.notifier.wake(topicUser(owner), topicDesk)
	}
	return err
}

// reclaim brings back what is unclaimed of one account.
func reclaim(
	tx books.Tx, u ledger.User, c ledger.Currency, p ledger.Policy, a ledger.Actor, at time.Time,
) error {
	had, found, err := tx.Unclaimed(u.ID, c)
	if err != nil || !found || had.Micros == 0 && had.Announced.IsZero() {
		return err
	}
	if had.Micros == 0 {
		had.Announced = time.Time{}
		return tx.PutUnclaimed(had)
	}
	f := ledger.DormantFacts{User: u, Had: had, Policy: p}
	if f.Wallet, _, err = tx.Wallet(u.ID, c); err != nil {
		return err
	}
	if f.No, err = tx.Next(); err != nil {
		return err
	}
	out, err := ledger.ReclaimUnclaimed(a, f, at)
	if err != nil {
		return err
	}
	return putDormant(tx, out)
}

// Unclaimed lists the balances that are announced, unclaimed, or were paid to the state. It refuses with ErrNotAllowed
// a caller who is no operator, and with ErrInvalid a cursor of another list.
func (s *Server) Unclaimed(
	ctx context.Context, who view.Caller, p view.Paging,
) (page view.Page[view.Unclaimed], err error) {
	err = s.report(ctx, who, "report unclaimed", func(r books.Reader) error {
		page = view.Page[view.Unclaimed]{}
		var behind ledger.Unclaimed
		if p.Before != "" {
			handle, c, _ := strings.Cut(string(p.Before), "-")
			var err error
			if behind.User, err = walletNamed(r, handle); err != nil {
				return history.RefuseCursor()
			}
			behind.Currency = ledger.Currency(c)
		}
		for looked := 0; looked < queueWalk; {
			list, err := r.AllUnclaimed(behind, duePage)
			if err != nil {
				return err
			}
			for _, u := range list {
				looked++
				v, err := unclaimedView(r, u)
				if err != nil {
					return err
				}
				if v.State != "" && len(page.Data) == p.Rows() {
					last := page.Data[len(page.Data)-1]
					page.Next = view.Cursor(last.Handle + "-" + string(last.Amount.Currency))
					return nil
				}
				if v.State != "" {
					page.Data = append(page.Data, v)
				}
				behind = u
			}
			if len(list) < duePage {
				return nil
			}
		}
		owner, _, err := r.User(behind.User) // most owners came back: the list goes on from here
		page.Next = view.Cursor(owner.Handle + "-" + string(behind.Currency))
		return err
	})
	return page, err
}

// unclaimedView shows an unclaimed balance. One whose owner came back has no state.
func unclaimedView(r books.Reader, u ledger.Unclaimed) (v view.Unclaimed, err error) {
	owner, _, err := r.User(u.User)
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: u.Currency} }
	v = view.Unclaimed{
		Handle: owner.Handle, Amount: in(u.Micros), Announced: view.At(u.Announced), Since: view.At(u.Moved),
		Remitted: in(u.Remitted), Asked: u.Asked != "", Closed: view.At(owner.Closed),
	}
	switch {
	case u.Micros > 0:
		v.State = "unclaimed"
	case !u.Announced.IsZero():
		v.State = "announced"
	case u.Remitted > 0:
		v.State = "remitted"
	}
	return v, err
}

// Remit pays what is unclaimed of an account to the state: the sum that its caller has seen. The first call asks for
// it, one of another person does it. It refuses as [ledger.DecideRemit] does.
func (s *Server) Remit(
	ctx context.Context, who view.Caller, wallet string, sum ledger.Amount, reason string,
) (v view.Unclaimed, err error) {
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, operatorOnly, "unclaimed remit", func(tx books.Tx, st ledger.Staff) error {
		if owner, err = walletNamed(tx.Reader, strings.TrimSpace(wallet)); err != nil {
			return err
		}
		f := ledger.DormantFacts{Staff: st}
		if f.User, _, err = tx.User(owner); err != nil {
			return err
		}
		if f.Policy, err = policy(tx.Reader); err != nil {
			return err
		}
		if f.Wallet, err = walletOrNew(tx.Reader, owner, sum.Currency, f.Policy); err != nil {
			return err
		}
		if f.Had, _, err = tx.Unclaimed(owner, sum.Currency); err != nil {
			return err
		}
		if f.Had.Asked != "" {
			if f.Asked, _, err = tx.Staff(f.Had.Asked); err == nil {
				f.Asked, err = withWallet(tx.Reader, f.Asked)
			}
			if err != nil {
				return err
			}
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecideRemit(ledger.RemitRequest{
			Micros: sum.Micros, Reason: reason, Actor: staffActor(st),
		}, f, at)
		if err != nil {
			return err
		}
		if err := putDormant(tx, out); err != nil {
			return err
		}
		v, err = unclaimedView(tx.Reader, out.Now)
		return err
	})
	if err != nil {
		return view.Unclaimed{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}
