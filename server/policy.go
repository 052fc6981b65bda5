package server

import (
	"context"
	"errors"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// policy is what the operator decided. Its first version is written at the first start, so a store without one is
// damaged.
func policy(r books.Reader) (ledger.Policy, error) {
	p, found, err := r.Policy()
	if err == nil && !found {
		err = errors.New("server: the store has no policy")
	}
	return p, err
}

// House tells what every caller may know of this service. Name and addresses come from the configuration, the rest from
// the policy of now.
func (s *Server) House(ctx context.Context) (view.House, error) {
	h := s.house
	err := s.view(ctx, func(r books.Reader) error {
		p, err := policy(r)
		if err != nil {
			return err
		}
		// Limits are shown in the currency of everybody's first account.
		first := p.Currencies[0]
		h.Currencies, h.Limits, h.Window = p.Currencies, view.LimitsOf(p.In(first).Limits, first), view.Seconds(p.Window)
		h.Commission = p.CommissionText()
		return nil
	})
	return h, err
}

// Policy lists what the operator has decided for all users. It is shown to operators only. It refuses others with
// ErrNotAllowed.
func (s *Server) Policy(ctx context.Context, who view.Caller) (lines []view.Setting, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		p, err := policy(r)
		lines = settings(p)
		return err
	})
	return lines, err
}

// settings shows the policy line by line.
func settings(p ledger.Policy) []view.Setting {
	return view.Map(p.Lines(), func(l ledger.PolicyLine) view.Setting { return view.Setting(l) })
}

// SetPolicy changes one setting by the name that Policy lists and returns all of them. It holds from the next decision
// on; what was sold keeps its terms. It refuses with ErrInvalid an unknown name or a value out of bounds, and with
// ErrNotAllowed a caller who is no operator.
func (s *Server) SetPolicy(
	ctx context.Context, who view.Caller, name, value string,
) (lines []view.Setting, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "policy set", func(tx books.Tx, st ledger.Staff) (err error) {
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		out, err := ledger.DecidePolicy(name, value, staffActor(st), no, p, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		// All settings come back: what one allows may depend on another.
		lines = settings(out.Policy)
		return tx.PutPolicy(out.Policy)
	})
	if err != nil {
		return nil, err
	}
	s.notifier.wake(topicDesk)
	return lines, nil
}
