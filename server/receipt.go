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

// ReceiptAdd keeps money apart that came and that no open deposit has announced so: without a reference, with a wrong
// one, of another amount, a second time, too late. It refuses with ErrState a mark that came before from this source:
// an instrument that is presented twice.
func (s *Server) ReceiptAdd(
	ctx context.Context, who view.Caller, q view.UnallocatedRequest,
) (v view.Unallocated, err error) {
	for _, f := range []struct {
		name, typed string
		most        int
	}{
		{"source", q.Source, ledger.MaxSource},
		{"mark", q.Mark, ledger.MaxMark},
		{"text", q.Text, ledger.MaxReceiptText},
		{"note", q.Note, ledger.MaxReason},
	} {
		if err := ledger.CheckLength(f.name, f.typed, f.most); err != nil {
			return v, err
		}
	}
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
	v, _, err = s.receiptView(out.Receipt, &nearby{r: tx.Reader})
	return v, err
}

// receiptView shows a receipt with what it may belong to, and tells whose wallet is seen in that, 0 for nobody's. A
// person decides; nothing is matched by its amount alone.
func (s *Server) receiptView(t ledger.Receipt, near *nearby) (v view.Unallocated, owner ledger.UserID, err error) {
	v = view.Unallocated{
		ID: s.seal.Receipt(t.No), Source: t.Source, Amount: t.Amount, Text: t.Text, Mark: t.External,
		State: view.State(t.State), Created: view.At(t.Created), Reason: t.Reason, Simulated: s.house.Simulated,
	}
	about := t.About
	switch {
	case t.Became.User != 0:
		about = t.Became
	case about.User == 0:
		if about, err = near.reference(t); err != nil || about.User == 0 {
			return v, 0, err
		}
		v.Near = true
	}
	d, found, err := near.r.Deposit(about)
	if err != nil || !found {
		return v, 0, err
	}
	u, _, err := near.r.User(about.User)
	v.Deposit, v.Handle = s.seal.Deposit(about), u.Handle
	if t.Open() {
		v.About = d.Amount.String() + " by " + d.Method + ", " + view.State(d.State).Words()
		if d.Reference != "" {
			v.About += ", reference " + d.Reference
		}
	}
	return v, u.ID, err
}

// nearWalk bounds how many announced deposits are compared with references that have a slip in them.
const nearWalk = 500

// nearby are the announced deposits in which a receipt may be found by a slip of the pen. They are read once, when the
// first receipt needs them.
type nearby struct {
	r    books.Reader
	open []ledger.Deposit
	read bool
}

// reference finds the one announced deposit of this amount whose reference differs from what was written in one digit,
// or in two that stand side by side: a proposal, and no more than that. None where there are two.
func (n *nearby) reference(t ledger.Receipt) (found ledger.DepositID, err error) {
	if !t.Open() || t.Text == "" {
		return found, nil
	}
	if !n.read {
		if n.open, err = n.r.OpenDeposits(ledger.Deposit{}, nearWalk); err != nil {
			return found, err
		}
		n.read = true
	}
	for _, d := range n.open {
		if d.State != ledger.DepositAwaiting || d.Amount != t.Amount || !ledger.NearReference(t.Text, d.Reference) {
			continue
		}
		if found.User != 0 {
			return ledger.DepositID{}, nil
		}
		found = d.ID
	}
	return found, nil
}

// DeskReceipts lists the receipts that wait for a person, oldest first. It refuses with ErrNotAllowed a key without a
// role, and with ErrInvalid a cursor of another list.
func (s *Server) DeskReceipts(
	ctx context.Context, who view.Caller, q view.DeskQuery,
) (page view.Page[view.Unallocated], err error) {
	return deskList(ctx, s, who, "desk receipts", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Unallocated], err error) {
		near := &nearby{r: r}
		show := func(t ledger.Receipt) (v view.Unallocated, shown bool, err error) {
			v, owner, err := s.receiptView(t, near)
			shown = holds(q.Text, v.ID, v.Text, v.Source, v.Handle, v.Amount.String(), v.About)
			if shown && owner != 0 {
				saw(owner)
			}
			return v, shown, err
		}
		if no, err := s.seal.OpenReceipt(strings.TrimSpace(q.Text)); err == nil {
			t, found, err := r.Receipt(no)
			if err != nil || !found {
				return page, err
			}
			v, _, err := show(t)
			return view.All([]view.Unallocated{v}), err
		}
		var behind ledger.Receipt
		if q.Before != "" {
			if behind.No, err = s.seal.OpenReceipt(string(q.Before)); err != nil {
				return page, history.RefuseCursor()
			}
		}
		return deskPage(q, behind, r.OpenReceipts, show, func(t ledger.Receipt) (view.Cursor, time.Time) {
			return view.Cursor(s.seal.Receipt(t.No)), t.Created
		})
	})
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
