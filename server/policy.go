package server

import (
	"context"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Policy lists what the operator has decided for everybody. It is shown to operators only.
func (s *Server) Policy(ctx context.Context, who ledger.Caller) (lines []ledger.PolicyLine, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		if _, err := staffed(r, who, ledger.RoleOperator); err != nil {
			return err
		}
		p, err := policy(r)
		lines = p.Lines()
		return err
	})
	return lines, err
}

// SetPolicy changes one setting by the name that Policy lists and answers all of them.
func (s *Server) SetPolicy(ctx context.Context, who ledger.Caller, name, value string) (lines []ledger.PolicyLine, err error) {
	at := s.clock()
	err = s.update(ctx, func(tx books.Tx) error {
		st, err := staffed(tx.Reader, who, ledger.RoleOperator)
		if err != nil {
			return err
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		out, err := ledger.DecidePolicy(name, value, acted(st), no, p, at)
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		lines = out.Policy.Lines()
		return tx.PutPolicy(out.Policy)
	})
	if err != nil {
		return nil, err
	}
	s.hub.wake(topicDesk)
	return lines, nil
}
