package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// clearing is what only waits for its time: debits that clear then, and questions to which no answer is a yes. It is
// read from the books when something may have changed in it, so that a sweep with nothing to do costs nothing.
type clearing struct {
	mu    sync.Mutex
	known bool
	next  time.Time // when the first of them is due
}

// look makes the next sweep read the books.
func (c *clearing) look() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known = false
}

// due tells whether something may be due.
func (c *clearing) due(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && (c.next.IsZero() || now.Before(c.next)) {
		return false
	}
	c.known, c.next = true, time.Time{}
	return true
}

// at notes that something is due then.
func (c *clearing) at(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next.IsZero() || t.Before(c.next) {
		c.next = t
	}
}

// sweepDebits clears debits that have not come back in their time, and takes a question that was not answered in its
// time for a yes.
func (s *Server) sweepDebits(ctx context.Context, now time.Time) error {
	if !s.clearing.due(now) {
		return nil
	}
	var due []ledger.DepositID
	var asked []ledger.MandateID
	err := s.view(ctx, func(r books.Reader) (err error) {
		if due, err = s.dueDebits(r, now); err == nil {
			asked, err = s.dueAnswers(r, now)
		}
		return err
	})
	failed := []error{err} // one that fails stops no other
	for _, id := range due {
		failed = append(failed, s.clearDebit(ctx, id, now))
	}
	for _, id := range asked {
		failed = append(failed, s.confirmMandate(ctx, id, now))
	}
	if err != nil || len(due)+len(asked) > 0 {
		s.clearing.look()
	}
	return errors.Join(failed...)
}

// dueDebits reads the debits whose time is over, and notes when the next one is due.
func (s *Server) dueDebits(r books.Reader, now time.Time) (due []ledger.DepositID, err error) {
	err = eachOpen(r, func(d ledger.Deposit) error {
		switch {
		case d.State != ledger.DepositPendingClears:
		case now.Before(d.Clears):
			s.clearing.at(d.Clears)
		case len(due) < duePage:
			due = append(due, d.ID)
		}
		return nil
	})
	return due, err
}

// dueAnswers reads the questions whose time is over, as far as a bank has them, and notes when the next one is due.
func (s *Server) dueAnswers(r books.Reader, now time.Time) (asked []ledger.MandateID, err error) {
	err = r.EachMandate(func(m ledger.Mandate) error {
		if m.State != ledger.MandatePending || m.Trace == "" || len(asked) == duePage {
			return nil
		}
		if now.Before(m.Clears) {
			s.clearing.at(m.Clears)
			return nil
		}
		i, _, err := r.BankItem(m.Network+"/out", m.Trace)
		if err != nil {
			return err
		}
		if f, _, err := r.BankFile(i.File); err != nil || f.Sent.IsZero() {
			return err
		}
		asked = append(asked, m.ID)
		return nil
	})
	return asked, err
}

// confirmMandate lets a mandate be used for whose account the bank was asked, and had nothing to say.
func (s *Server) confirmMandate(ctx context.Context, id ledger.MandateID, now time.Time) error {
	err := s.update(ctx, func(tx books.Tx) error {
		m, _, err := tx.Mandate(id)
		if err != nil || m.State != ledger.MandatePending {
			return err
		}
		_, err = stepMandate(tx, m, ledger.MandateEvent{What: ledger.MandateConfirmed, Actor: systemActor}, now)
		return err
	})
	if err == nil {
		s.notifier.wake(topicUser(id.User))
	}
	return err
}

// clearDebit credits a debit that has not come back, and forgets the account that a bank has corrected before.
func (s *Server) clearDebit(ctx context.Context, id ledger.DepositID, now time.Time) error {
	err := s.update(ctx, func(tx books.Tx) error {
		d, _, err := tx.Deposit(id)
		if err != nil || d.State != ledger.DepositPendingClears || now.Before(d.Clears) {
			return err
		}
		if d, err = advance(tx, d, ledger.DepositEvent{To: ledger.DepositCleared, Actor: systemActor}, now); err != nil {
			return err
		}
		if err := s.refillDebited(tx, d, true, now); err != nil {
			return err
		}
		m, _, err := tx.Mandate(ledger.MandateID{User: id.User, Number: d.Mandate})
		if err != nil || m.Former == 0 || m.State != ledger.MandateActive {
			return err
		}
		former := vaultOf(m, m.Former)
		ev := ledger.MandateEvent{What: ledger.MandateProved, Actor: systemActor}
		if _, err := stepMandate(tx, m, ev, now); err != nil {
			return err
		}
		return forgetInVault(tx, former, systemActor, now)
	})
	if err == nil {
		s.notifier.wake(topicUser(id.User))
	}
	return err
}
