package server

import (
	"context"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// shortfall remembers by how much the assets fell short at the last look, so that the log tells each change once.
type shortfall struct {
	mu   sync.Mutex
	last map[ledger.Currency]int64
}

// Shortfall tells for each currency by how many micros the assets fall short of what is owed (I13); 0: they cover it.
func (s *Server) Shortfall(ctx context.Context) (map[ledger.Currency]int64, error) {
	short := map[ledger.Currency]int64{}
	all, err := s.coverage(ctx)
	for _, c := range all {
		short[c.Currency] = c.Short()
	}
	return short, err
}

// coverage reads what the service has and owes.
func (s *Server) coverage(ctx context.Context) (all []books.Coverage, err error) {
	err = s.view(ctx, func(r books.Reader) (err error) {
		all, err = r.Coverage()
		return err
	})
	return all, err
}

// watchCoverage raises the alarm in the log when what is owed grows beyond the assets (I13). A charge-back of money
// that was spent on content may do that; one of money that has left must not.
func (s *Server) watchCoverage(ctx context.Context, _ time.Time) error {
	all, err := s.coverage(ctx)
	if err != nil {
		return err
	}
	s.short.mu.Lock()
	defer s.short.mu.Unlock()
	for _, c := range all {
		had, short := s.short.last[c.Currency], c.Short()
		switch {
		case short > had:
			s.log.Warn("assets do not cover what is owed", "currency", c.Currency,
				"short", ledger.Amount{Micros: short, Currency: c.Currency}.String(), "coverage", c.String())
		case short == 0 && had > 0:
			s.log.Info("assets cover what is owed again", "currency", c.Currency)
		}
		if s.short.last == nil {
			s.short.last = map[ledger.Currency]int64{}
		}
		s.short.last[c.Currency] = short
	}
	return nil
}
