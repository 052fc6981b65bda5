package server

import (
	"context"
	"slices"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// DeskDeposits lists what is on its way on paper, oldest first.
func (s *Server) DeskDeposits(ctx context.Context, who ledger.Caller) (all []ledger.DepositView, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		all = nil
		if _, err := staffed(r, who, desk...); err != nil {
			return err
		}
		open, err := r.OpenDeposits(maxOpen)
		if err != nil {
			return err
		}
		for _, d := range open {
			if s.online(d.Method) {
				continue
			}
			u, _, err := r.User(d.ID.User)
			if err != nil {
				return err
			}
			if all = append(all, s.depositView(u, d)); len(all) == maxRows {
				break
			}
		}
		return nil
	})
	return all, err
}

// online tells whether a processor, not staff, knows what becomes of a deposit.
func (s *Server) online(method string) bool {
	for _, m := range s.methods {
		if info := m.Info(); info.Name == method {
			return info.Online
		}
	}
	return false
}

// steps are what staff may say of an instrument on paper.
var steps = map[string]ledger.DepositState{
	"received": ledger.DepositUncollected, "cleared": ledger.DepositCleared, "bounced": ledger.DepositBounced,
}

// Step moves an offline deposit on. The reference has a check digit and the amount must be what was announced: a slip
// of the pen credits nobody.
func (s *Server) Step(ctx context.Context, who ledger.Caller, reference, step string, amount ledger.Amount) (v ledger.DepositView, err error) {
	to, known := steps[step]
	if !known {
		return v, ledger.Invalid("step", "Say received, cleared or bounced.", "There is no step %q.", ledger.CleanLine(step, 20))
	}
	if amount.Micros <= 0 {
		return v, ledger.Invalid("amount", "Type the amount on the instrument, for example 20.00 EUR.", "The amount is missing.")
	}
	number, err := ledger.ParseReference(reference)
	if err != nil {
		return v, err
	}
	at := s.clock()
	var id ledger.DepositID
	err = s.update(ctx, func(tx books.Tx) error {
		st, err := staffed(tx.Reader, who, desk...)
		if err != nil {
			return err
		}
		var found bool
		if id, found, err = tx.DepositByReference(ledger.Reference(number)); err != nil {
			return err
		}
		if !found {
			return ledger.Refuse(ledger.ErrNotFound, "Compare it with the instrument; if it is right, keep the receipt apart for the operator.",
				"Nobody has announced the reference %s.", ledger.Reference(number))
		}
		u, _, err := tx.User(id.User)
		if err != nil {
			return err
		}
		if err := notOwn(u, st); err != nil {
			return err
		}
		d, err := s.advance(tx, id, ledger.DepositEvent{To: to, Amount: amount, Actor: acted(st)}, at)
		if err != nil {
			return err
		}
		v = s.depositView(u, d)
		return nil
	})
	if err != nil {
		return ledger.DepositView{}, err
	}
	s.hub.wake(topicUser(id.User), topicDesk)
	return v, nil
}

// notOwn refuses staff who act on a wallet that their own key opens.
func notOwn(u ledger.User, st ledger.Staff) error {
	if slices.ContainsFunc(u.Keys, func(m ledger.Member) bool { return m.Fingerprint == st.Fingerprint }) { // also one that has ended
		return ledger.RefuseOwn()
	}
	return nil
}
