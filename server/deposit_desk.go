package server

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// DeskDeposits lists the offline deposits on their way, oldest first. A reference or an id finds its deposit at once;
// other texts are searched for in what a row shows. It refuses with ErrNotAllowed a key without a role, and with
// ErrInvalid a cursor of another list.
func (s *Server) DeskDeposits(
	ctx context.Context, who view.Caller, q view.DeskQuery,
) (page view.Page[view.Deposit], err error) {
	return deskList(ctx, s, who, "desk deposits", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Deposit], err error) {
		p, err := policy(r)
		if err != nil {
			return page, err
		}
		row := func(d ledger.Deposit) (v view.Deposit, err error) {
			u, _, err := r.User(d.ID.User)
			if err != nil {
				return v, err
			}
			v = s.depositView(u, d)
			v.Waits, err = waitsFor(r, d, p)
			return v, err
		}
		if d, found, err := s.depositNamed(r, q.Text); err != nil || found {
			v, rowErr := row(d)
			saw(d.ID.User)
			return view.All([]view.Deposit{v}), errors.Join(err, rowErr)
		}
		var behind ledger.Deposit
		if q.Before != "" {
			id, err := s.seal.OpenDeposit(string(q.Before))
			if err != nil {
				return page, history.RefuseCursor()
			}
			if behind, _, err = r.Deposit(id); err != nil {
				return page, err
			}
		}
		return deskPage(q, behind, r.OpenDeposits, func(d ledger.Deposit) (v view.Deposit, shown bool, err error) {
			if !offline(d) {
				return v, false, nil
			}
			v, err = row(d)
			shown = holds(q.Text, v.Reference, v.Handle, v.Method, v.State.Words(), v.Amount.String())
			if shown {
				saw(d.ID.User)
			}
			return v, shown, err
		}, func(d ledger.Deposit) (view.Cursor, time.Time) { return view.Cursor(s.seal.Deposit(d.ID)), d.Created })
	})
}

// depositNamed finds an offline deposit by its id or its reference.
func (s *Server) depositNamed(r books.Reader, text string) (d ledger.Deposit, found bool, err error) {
	id, err := s.seal.OpenDeposit(strings.TrimSpace(text))
	if found = err == nil; !found {
		number, err := ledger.ParseReference(text)
		if err != nil {
			return d, false, nil //nolint:nilerr // the text is no name: it is searched for
		}
		if id, found, err = r.DepositByReference(ledger.Reference(number)); err != nil || !found {
			return d, false, err
		}
	}
	d, found, err = r.Deposit(id)
	return d, found && offline(d), err
}

// waitsFor tells staff what a received instrument waits for, beside the bank.
func waitsFor(r books.Reader, d ledger.Deposit, p ledger.Policy) (string, error) {
	if d.State != ledger.DepositUncollected {
		return "", nil
	}
	from := "not before " + d.ClearableFrom(p).UTC().Format(stampForm)
	if !d.NeedsSecond(p) {
		return from, nil
	}
	st, err := receiver(r, d)
	if err != nil {
		return "", err
	}
	by := cmp.Or(st.Name, d.Receiver, "an earlier program")
	return "a second person, " + from + "; received by " + by, nil
}

// depositSteps are what staff may say of an offline instrument.
var depositSteps = map[string]ledger.DepositState{
	"received": ledger.DepositUncollected, "cleared": ledger.DepositCleared, "bounced": ledger.DepositBounced,
	"returned": ledger.DepositReturned,
}

// AdvanceDeposit moves an offline deposit on: step is received, cleared, bounced or returned. The reference has a check
// digit and the amount must be what was announced: a slip of the pen credits no wallet.
//
// It refuses with ErrNotFound an unknown reference, with ErrInvalid another amount, with ErrState a step that does not
// follow, and with ErrNotAllowed staff who act on their own wallet.
func (s *Server) AdvanceDeposit(
	ctx context.Context, who view.Caller, reference, step string, amount ledger.Amount,
) (v view.Deposit, err error) {
	to, known := depositSteps[step]
	if !known {
		return v, ledger.Invalid(
			"step", "Say received, cleared, bounced or returned.", "There is no step %q.", ledger.CleanLine(step, 20),
		)
	}
	if amount.Micros <= 0 {
		return v, ledger.Invalid(
			"amount", "Type the amount on the instrument, for example 20.00 EUR.", "The amount is missing.",
		)
	}
	number, err := ledger.ParseReference(reference)
	if err != nil {
		return v, err
	}
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, "deposit "+step, func(tx books.Tx, st ledger.Staff) (err error) {
		d, err := depositByReference(tx.Reader, ledger.Reference(number))
		if err != nil {
			return err
		}
		u, _, err := tx.User(d.ID.User)
		if err != nil {
			return err
		}
		d, err = advanceBy(tx, d, ledger.DepositEvent{To: to, Amount: amount, Actor: staffActor(st)}, st, at)
		owner, v = u.ID, s.depositView(u, d)
		return err
	})
	if err != nil {
		return view.Deposit{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}

// depositByReference returns the deposit that was announced under a reference.
func depositByReference(r books.Reader, reference string) (d ledger.Deposit, err error) {
	id, found, err := r.DepositByReference(reference)
	if err == nil && found {
		d, found, err = r.Deposit(id)
	}
	if err == nil && !found {
		err = ledger.Refuse(
			ledger.ErrNotFound,
			"Compare it with the instrument. If it is right, keep it apart with: receipt add",
			"No deposit was announced under the reference %s.", reference,
		)
	}
	return d, err
}
