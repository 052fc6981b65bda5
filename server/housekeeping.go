package server

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// sweepEvery is how often the house looks for what time has done: expired transfers, disputes without an answer,
// deposits whose outcome is unknown, webhooks that are due.
const sweepEvery = 5 * time.Second

// Run keeps house until ctx ends: it does what no request does. Every step is one idempotent transaction, so being
// stopped anywhere loses nothing. Webhooks have a courier of their own: whoever is slow to take one delays nothing here.
func (s *Server) Run(ctx context.Context) {
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() { newCourier(s).run(ctx) })
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

// Sweep does once everything that is due now, and waits until it is done: for whoever does not call [Server.Run].
func (s *Server) Sweep(ctx context.Context) {
	s.chores(ctx)
	newCourier(s).once(ctx)
}

// chores are the jobs of the house but for the webhooks.
func (s *Server) chores(ctx context.Context) {
	for _, job := range []struct {
		name string
		do   func(context.Context, time.Time) error
	}{
		{"deposits", s.sweepDeposits},
		{"disputes", s.sweepDisputes},
		{"transfers", s.sweepTransfers},
		{"delivery log", s.sweepDeliveries},
	} {
		if ctx.Err() != nil {
			return
		}
		s.keep(ctx, job.name, job.do)
	}
}

// keep does one job of the house. What goes wrong in it, be it a panic, is logged and ends only this job.
func (s *Server) keep(ctx context.Context, job string, do func(context.Context, time.Time) error) {
	err := safely(func() error { return do(ctx, s.clock()) })
	if err != nil && ctx.Err() == nil {
		s.log.Error("housekeeping", "job", job, "error", err)
	}
}

// safely makes an error of a panic, with its stack.
func safely(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do()
}

// soon wakes the courier.
func (s *Server) soon() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}
