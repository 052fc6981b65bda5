package server

import (
	"context"
	"strings"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// SetMethod freezes a way to add funds, or opens it again: nothing new begins with one that is frozen, and what runs
// goes on. It refuses with ErrInvalid an unknown method, and else as [ledger.DecideMethod] does.
func (s *Server) SetMethod(
	ctx context.Context, who view.Caller, name string, thaw bool, reason string,
) (v view.ClosedMethod, err error) {
	at := s.clock()
	name = strings.ToLower(strings.TrimSpace(name))
	act := "method freeze"
	if thaw {
		act = "method thaw"
	}
	err = s.updateStaff(ctx, who, operatorOnly, act, func(tx books.Tx, st ledger.Staff) error {
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		_, info, found := s.methodNamed(name)
		if _, closed := p.Closed(name); !closed && (!found || !s.offered(info)) {
			return ledger.Invalid("method", "See them with: methods", "There is no method named %q.",
				ledger.CleanLine(name, 20))
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		asked := ledger.ClosedMethod{Name: name, Reason: reason}
		out, err := ledger.DecideMethod(asked, thaw, staffActor(st), no, p, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		c, closed := out.Policy.Closed(name)
		v = view.ClosedMethod{Name: name, State: "open", Reason: c.Reason, Since: view.At(c.Since)}
		if closed {
			v.State = "frozen"
		}
		return tx.PutPolicy(out.Policy)
	})
	if err == nil {
		s.notifier.wake(topicDesk)
	}
	return v, err
}

// refuseClosed refuses a new deposit by a method that is frozen, and one by phone where that is.
func refuseClosed(p ledger.Policy, o ledger.DepositOrder) error {
	if err := p.RefuseClosed(o.Method); err != nil {
		return err
	}
	if o.Channel == ledger.ByPhone {
		return p.RefuseClosed(funding.PhoneName)
	}
	return nil
}
