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

// ReceiptAdd keeps money apart that came and that no open deposit has announced so: without a reference, with a wrong
// one, of another amount, a second time, too late. It refuses with ErrState a mark that came before from this source:
// an instrument that is presented twice.
func (s *Server) ReceiptAdd(
	ctx context.Context, who view.Caller, q view.UnallocatedRequest,
) (v view.Unallocated, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, deskRoles, "receipt add", func(tx books.Tx, st ledger.Staff) error {
		f, err := s.receiptFacts(tx, ledger.Receipt{}, st)
		if err != nil {
			return err
		}
		r := ledger.Receipt{Source: q.Source, Amount: q.Amount, External: q.Mark, Text: q.Text, Reason: q.Note}
		if d, found, err := s.depositNamed(tx.Reader, q.Text); err != nil {
			return err
		} else if found {
			r.About = d.ID
		}
		out, err := ledger.NewReceipt(r, f, staffActor(st), at)
		if err != nil {
			return err
		}
		if out.Receipt.External != "" {
			no, taken, err := tx.ReceiptByExternal(out.Receipt.Source, out.Receipt.External)
			if err != nil {
				return err
			}
			if taken {
				return ledger.Refuse(ledger.ErrState, "Compare it with "+s.seal.Receipt(no)+": it may be presented twice.",
					"A receipt with this mark is there already.")
			}
		}
		if v, err = s.putReceipt(tx, out); err != nil {
			return err
		}
		return putMoved(tx, out.Staff)
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return v, err
}

// receiptFacts reads what a decision about a receipt needs.
func (s *Server) receiptFacts(tx books.Tx, r ledger.Receipt, st ledger.Staff) (f ledger.ReceiptFacts, err error) {
	f = ledger.ReceiptFacts{Receipt: r, Staff: st}
	if f.Policy, err = policy(tx.Reader); err != nil {
		return f, err
	}
	if f.Generation, err = tx.Generation(); err != nil {
		return f, err
	}
	if r.Receiver != "" {
		if f.Receiver, _, err = tx.Staff(r.Receiver); err == nil {
			f.Receiver, err = withWallet(tx.Reader, f.Receiver)
		}
		if err != nil {
			return f, err
		}
	}
	f.No, err = tx.Next()
	return f, err
}

// putReceipt writes a step of a receipt, with the deposit that it became or came beside.
func (s *Server) putReceipt(tx books.Tx, out ledger.ReceiptOutcome) (v view.Unallocated, err error) {
	if _, err := tx.Append(out.Entry); err != nil {
		return v, err
	}
	if err := tx.PutReceipt(out.Receipt); err != nil {
		return v, err
	}
	if out.User.ID != 0 {
		if err := tx.PutUser(out.User); err != nil {
			return v, err
		}
	}
	if out.Deposit.No != 0 {
		if err := tx.PutDeposit(out.Deposit); err != nil {
			return v, err
		}
	}
	return s.receiptView(tx.Reader, out.Receipt)
}

// receiptView shows a receipt with what it may belong to. A person decides; nothing is matched by its amount alone.
func (s *Server) receiptView(r books.Reader, t ledger.Receipt) (v view.Unallocated, err error) {
	v = view.Unallocated{
		ID: s.seal.Receipt(t.No), Source: t.Source, Amount: t.Amount, Text: t.Text, Mark: t.External,
		State: view.State(t.State), Created: view.At(t.Created), Reason: t.Reason, Simulated: s.house.Simulated,
	}
	if t.Became.User != 0 {
		v.Deposit = s.seal.Deposit(t.Became)
		u, _, err := r.User(t.Became.User)
		v.Handle = u.Handle
		return v, err
	}
	about := t.About
	if about.User == 0 {
		if about, err = nearReference(r, t); err != nil || about.User == 0 {
			return v, err
		}
		v.Near = true
	}
	d, found, err := r.Deposit(about)
	if err != nil || !found {
		return v, err
	}
	u, _, err := r.User(about.User)
	v.Deposit, v.Handle = s.seal.Deposit(about), u.Handle
	v.About = d.Amount.String() + " by " + d.Method + ", " + view.State(d.State).Words() + ", reference " + d.Reference
	if d.Reference == "" {
		v.About = d.Amount.String() + " by " + d.Method + ", " + view.State(d.State).Words()
	}
	return v, err
}

// nearWalk bounds how many announced deposits are compared with a reference that has a slip in it.
const nearWalk = 500

// nearReference finds the one announced deposit of this amount whose reference differs from what was written in one
// digit, or in two that stand side by side: a proposal, and no more than that. None where there are two.
func nearReference(r books.Reader, t ledger.Receipt) (found ledger.DepositID, err error) {
	if !t.Open() || t.Text == "" {
		return found, nil
	}
	open, err := r.OpenDeposits(ledger.Deposit{}, nearWalk)
	for _, d := range open {
		if d.State != ledger.DepositAwaiting || d.Amount != t.Amount || !ledger.NearReference(t.Text, d.Reference) {
			continue
		}
		if found.User != 0 {
			return ledger.DepositID{}, nil
		}
		found = d.ID
	}
	return found, err
}

// DeskReceipts lists the receipts that wait for a person, oldest first. It refuses with ErrNotAllowed a key without a
// role, and with ErrInvalid a cursor of another list.
func (s *Server) DeskReceipts(
	ctx context.Context, who view.Caller, q view.DeskQuery,
) (page view.Page[view.Unallocated], err error) {
	at := s.clock()
	var me ledger.Staff
	var seen []ledger.UserID
	err = s.viewStaff(ctx, who, deskRoles, func(r books.Reader, st ledger.Staff) (err error) {
		me, seen = st, nil
		if no, err := s.seal.OpenReceipt(strings.TrimSpace(q.Text)); err == nil {
			t, found, err := r.Receipt(no)
			if err != nil || found {
				v, viewErr := s.receiptView(r, t)
				page, seen = view.All([]view.Unallocated{v}), []ledger.UserID{t.About.User}
				return errors.Join(err, viewErr)
			}
		}
		var behind ledger.Receipt
		if q.Before != "" {
			if behind.No, err = s.seal.OpenReceipt(string(q.Before)); err != nil {
				return history.RefuseCursor()
			}
		}
		page, err = deskPage(q, behind, r.OpenReceipts, func(t ledger.Receipt) (v view.Unallocated, shown bool, err error) {
			v, err = s.receiptView(r, t)
			shown = holds(q.Text, v.Text, v.Source, v.Handle, v.Amount.String(), v.About)
			if shown && t.About.User != 0 {
				seen = append(seen, t.About.User)
			}
			return v, shown, err
		}, func(t ledger.Receipt) (view.Cursor, time.Time) { return view.Cursor(s.seal.Receipt(t.No)), t.Created })
		return err
	})
	if err != nil {
		return page, err
	}
	return page, s.looked(ctx, me, "desk receipts", seen, at)
}

// ReceiptMatch credits a receipt to a wallet as a new deposit. It refuses with ErrState one that is decided, with
// ErrNotAllowed a person's own wallet and, above the policy's bound, the person who entered it, and with ErrLimit more
// than one may move in a day.
func (s *Server) ReceiptMatch(
	ctx context.Context, who view.Caller, id, wallet, reason string,
) (v view.Unallocated, err error) {
	at := s.clock()
	var owner ledger.UserID
	err = s.decideReceipt(ctx, who, id, "receipt match", &v, func(
		tx books.Tx, f ledger.ReceiptFacts, a ledger.Actor,
	) (ledger.ReceiptOutcome, error) {
		u, err := walletNamed(tx.Reader, strings.TrimSpace(wallet))
		if err != nil {
			return ledger.ReceiptOutcome{}, err
		}
		owner = u
		if f.User, _, err = tx.User(u); err != nil {
			return ledger.ReceiptOutcome{}, err
		}
		if f.User, err = ensureWallet(tx, f.User, f.Receipt.Amount.Currency, f.Policy); err != nil {
			return ledger.ReceiptOutcome{}, err
		}
		if f.Wallet, err = walletOrNew(tx.Reader, u, f.Receipt.Amount.Currency, f.Policy); err != nil {
			return ledger.ReceiptOutcome{}, err
		}
		return ledger.MatchReceipt(f, a, reason, at)
	})
	if err == nil {
		s.notifier.wake(topicUser(owner), topicDesk)
	}
	return v, err
}

// ReceiptReturn sends a receipt back to where it came from. It refuses as [Server.ReceiptMatch] does.
func (s *Server) ReceiptReturn(
	ctx context.Context, who view.Caller, id, reason string,
) (v view.Unallocated, err error) {
	at := s.clock()
	err = s.decideReceipt(ctx, who, id, "receipt return", &v, func(
		_ books.Tx, f ledger.ReceiptFacts, a ledger.Actor,
	) (ledger.ReceiptOutcome, error) {
		return ledger.ReturnReceipt(f, a, reason, at)
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return v, err
}

// decideReceipt reads a receipt, lets one of the rules decide, and writes what follows.
func (s *Server) decideReceipt(
	ctx context.Context, who view.Caller, id, act string, v *view.Unallocated,
	decide func(books.Tx, ledger.ReceiptFacts, ledger.Actor) (ledger.ReceiptOutcome, error),
) error {
	return s.updateStaff(ctx, who, deskRoles, act, func(tx books.Tx, st ledger.Staff) error {
		no, err := s.seal.OpenReceipt(strings.TrimSpace(id))
		if err != nil {
			return orMissing(nil)
		}
		r, found, err := tx.Receipt(no)
		if err != nil || !found {
			return orMissing(err)
		}
		f, err := s.receiptFacts(tx, r, st)
		if err != nil {
			return err
		}
		out, err := decide(tx, f, staffActor(st))
		if err != nil {
			return err
		}
		if *v, err = s.putReceipt(tx, out); err != nil {
			return err
		}
		return putMoved(tx, out.Staff)
	})
}

// recordBeside keeps apart what came beside a deposit, as far as it is not yet.
func (s *Server) recordBeside(
	tx books.Tx, d ledger.Deposit, beside ledger.Amount, at time.Time,
) (fresh bool, err error) {
	if beside.Micros <= d.Beside {
		return false, nil
	}
	f, err := s.receiptFacts(tx, ledger.Receipt{}, ledger.Staff{})
	if err != nil {
		return false, err
	}
	out, fresh, err := ledger.NewBeside(d, beside, f, at)
	if err != nil || !fresh {
		return false, err
	}
	_, err = s.putReceipt(tx, out)
	return true, err
}
