package server

import (
	"context"
	"errors"
	"time"

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
	at := s.clock()
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, st ledger.Staff) error {
		p, err := policy(r)
		if err != nil {
			return err
		}
		f, err := secondFacts(r, st)
		lines = settings(p, f, at)
		return err
	})
	return lines, err
}

// settings shows the policy line by line, with what waits for a second operator.
func settings(p ledger.Policy, f ledger.SecondFacts, now time.Time) []view.Setting {
	return view.Map(p.Lines(), func(l ledger.PolicyLine) view.Setting {
		v := view.Setting{Name: l.Name, Value: l.Value, Help: l.Help, Bounds: l.Bounds}
		for _, a := range p.Waiting(l.Name, now) {
			v.Asked = append(v.Asked, askView(a, f, now))
		}
		return v
	})
}

// askView shows what waits for a second operator.
func askView(a ledger.Ask, f ledger.SecondFacts, now time.Time) view.Ask {
	v := view.Ask{Value: a.Value, By: a.By, At: view.At(a.At), From: view.At(f.From(a, now))}
	for _, s := range f.Operators {
		if s.Fingerprint == a.By && s.Name != "" {
			v.By = s.Name
		}
	}
	return v
}

// secondFacts loads who may be a second operator.
func secondFacts(r books.Reader, st ledger.Staff) (f ledger.SecondFacts, err error) {
	f.Staff = st
	all, err := r.AllStaff()
	for _, s := range all {
		if err != nil {
			break
		}
		s, err = withWallet(r, s)
		f.Operators = append(f.Operators, s)
	}
	if err != nil {
		return f, err
	}
	first, _, err := r.Entry(1)
	f.Began = first.At
	return f, err
}

// SetPolicy changes one setting by the name that Policy lists and returns all of them. It holds from the next decision
// on; what was sold keeps its terms. What weakens a control over staff is asked for first, and holds once another
// operator sets the same. It refuses with ErrInvalid an unknown name or a value out of bounds, and with ErrNotAllowed
// and ErrState as [ledger.DecidePolicy] does.
func (s *Server) SetPolicy(
	ctx context.Context, who view.Caller, name, value string,
) (lines []view.Setting, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "policy set", func(tx books.Tx, st ledger.Staff) (err error) {
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		f, err := secondFacts(tx.Reader, st)
		if err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := ledger.DecidePolicy(name, value, staffActor(st), f, p, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		// All settings come back: what one allows may depend on another.
		lines = settings(out.Policy, f, at)
		return tx.PutPolicy(out.Policy)
	})
	if err != nil {
		return nil, err
	}
	s.notifier.wake(topicDesk)
	return lines, nil
}
