package server

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// sweepEvery is how often the service looks for what time has done: expired transfers, disputes without an answer,
// deposits whose outcome is unknown.
const sweepEvery = 5 * time.Second

// Run does what no request does, until ctx ends. Every step is one idempotent transaction, so being stopped anywhere
// loses nothing. What waits for other machines has workers of its own, the webhooks and the look-ups of deposits: they
// delay nothing here. Run returns when all of them have ended.
func (s *Server) Run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	workers.Go(func() { s.webhooks.Run(ctx) })
	workers.Go(func() { s.pollDeposits(ctx) })
	workers.Go(func() { s.callGateway(ctx) })
	workers.Go(func() { s.pollRefunds(ctx) })
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		s.chores(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Sweep does once everything that is due now, and waits until it is done: for a caller that does not call [Server.Run].
func (s *Server) Sweep(ctx context.Context) {
	var polls sync.WaitGroup
	s.pollOnce(ctx, &polls)
	polls.Wait()
	s.do(ctx, "redemptions at processors", s.refundsOnce)
	s.chores(ctx)
	s.gatewayOnce(ctx)
	s.webhooks.Deliver(ctx)
}

// chores are the jobs that only read and write the books. They run one after the other, and none waits for another
// machine.
func (s *Server) chores(ctx context.Context) {
	// In the order in which a user waits for them; what only frees room comes last.
	for _, job := range []struct {
		name string
		do   func(context.Context, time.Time) error
	}{
		{"announced deposits", s.expireDeposits},
		{"holds", s.sweepHolds},
		{"debits of bank accounts", s.sweepDebits},
		{"disputes", s.sweepDisputes},
		{"transfers", s.sweepTransfers},
		{"bills", s.sweepBills},
		{"incentives", s.sweepIncentives},
		{"campaigns", s.sweepCampaigns},
		{"token issues", s.sweepIssues},
		{"weekly budgets", s.sweepRefills},
		{"closed months", s.sweepMonths},
		{"unused balances", s.sweepDormant},
		{"permissions that end", s.sweepLinks},
		{"keys of programs", s.sweepAgents},
		{"referral rewards", s.bookWeekly},
		{"settlements", s.settleDaily},
		{"accounts of payouts", s.sweepPayAccounts},
		{"coverage", s.watchCoverage},
		{"payouts at the gateway", s.watchGateway},
		{"old files", s.sweepFiles},
		{"delivery log", s.webhooks.Forget},
		{"staff log", s.sweepStaffLog},
		{"idempotency keys", s.sweepKeys},
		{"old requests", s.sweepCheckouts},
		{"codes by phone", s.sweepPhoneCodes},
		{"invitations", s.sweepInvites},
	} {
		if ctx.Err() != nil {
			return
		}
		s.do(ctx, job.name, func(ctx context.Context) error { return job.do(ctx, s.clock()) })
	}
}

// duePage is how many rows a sweep reads at once.
const duePage = 256

// eachDue does something about all that is due. The list is read in pages, on a snapshot each, from an index in the
// order of time: a sweep costs what is due, however much waits. Each one is done in a transaction of its own, which
// looks again whether it is still due; one that fails stops no other, and is tried again at the next sweep.
func eachDue[T any](
	ctx context.Context, s *Server, due func(r books.Reader, behind T, limit int) ([]T, error), do func(T) error,
) error {
	var failed []error
	var behind T
	for more := true; more && ctx.Err() == nil; {
		var page []T
		err := s.view(ctx, func(r books.Reader) (err error) {
			page, err = due(r, behind, duePage)
			return err
		})
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, one := range page {
			if ctx.Err() != nil {
				break
			}
			failed, behind = append(failed, do(one)), one
		}
		more = len(page) == duePage
	}
	return errors.Join(failed...)
}

// do does one job. What goes wrong in it, be it a panic, is logged and ends only this job.
func (s *Server) do(ctx context.Context, job string, do func(context.Context) error) {
	err := safely(func() error { return do(ctx) })
	if err != nil && ctx.Err() == nil {
		s.log.Error("housekeeping", "job", job, "error", err)
	}
}

// safely makes an error of a panic, with its stack. A defect in one job must not end the sales of all vendors.
func safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

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
