package server

import (
	"context"
	"strings"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Freeze stops a wallet: nothing is bought, funded or sent from it until staff thaw it. What is there stays there. It
// refuses with ErrNotFound an unknown wallet, with ErrState one that is frozen already, and with ErrNotAllowed a member
// of staff's own.
func (s *Server) Freeze(ctx context.Context, who view.Caller, wallet, reason string) (view.Frozen, error) {
	return s.freeze(ctx, who, wallet, ledger.FreezeRequest{Reason: reason})
}

// Thaw ends that, also where a bank has frozen the wallet by taking a payment back. A debt stays a debt.
func (s *Server) Thaw(ctx context.Context, who view.Caller, wallet, reason string) (view.Frozen, error) {
	return s.freeze(ctx, who, wallet, ledger.FreezeRequest{Thaw: true, Reason: reason})
}

func (s *Server) freeze(
	ctx context.Context, who view.Caller, wallet string, q ledger.FreezeRequest,
) (v view.Frozen, err error) {
	act := "freeze"
	if q.Thaw {
		act = "thaw"
	}
	at := s.clock()
	var owner ledger.UserID
	err = s.updateStaff(ctx, who, deskRoles, act, func(tx books.Tx, st ledger.Staff) error {
		f := ledger.FreezeFacts{Staff: st}
		if owner, err = walletNamed(tx.Reader, strings.TrimSpace(wallet)); err != nil {
			return err
		}
		if f.User, _, err = tx.User(owner); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		q.Actor = staffActor(st)
		out, err := ledger.DecideFreeze(q, f, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		v = view.Frozen{
			Handle: out.User.Handle, State: view.State(out.Entry.Change.New), Reason: out.Entry.Reason,
		}
		for _, c := range out.User.Wallets {
			w, _, err := tx.Wallet(owner, c)
			if err != nil {
				return err
			}
			if w.Owed != 0 {
				v.Owed = append(v.Owed, ledger.Amount{Micros: w.Owed, Currency: c})
			}
		}
		return tx.PutUser(out.User)
	})
	if err != nil {
		return view.Frozen{}, err
	}
	s.notifier.wake(topicUser(owner), topicDesk)
	return v, nil
}
