package server

import (
	"context"
	"time"
)

// sweepEvery is how often the house looks for what time has done: expired transfers, disputes without an answer,
// deposits whose outcome is unknown, webhooks that are due.
const sweepEvery = 5 * time.Second

// Run keeps house until ctx ends: it does what no request does. Every step is one idempotent transaction, so being
// stopped anywhere loses nothing.
func (s *Server) Run(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		s.Sweep(ctx)
		for woken := true; woken; {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				woken = false
			case <-s.due: // a sale makes events, and nothing else that is due
				s.keep(ctx, "webhooks", s.sweepOutbox)
			}
		}
	}
}

// keep does one job of the house.
func (s *Server) keep(ctx context.Context, job string, do func(context.Context, time.Time) error) {
	if err := do(ctx, s.clock()); err != nil && ctx.Err() == nil {
		s.log.Error("housekeeping", "job", job, "error", err)
	}
}

// Sweep does once everything that is due now.
func (s *Server) Sweep(ctx context.Context) {
	for _, job := range []struct {
		name string
		do   func(context.Context, time.Time) error
	}{
		{"deposits", s.sweepDeposits},
		{"disputes", s.sweepDisputes},
		{"transfers", s.sweepTransfers},
		{"webhooks", s.sweepOutbox},
		{"delivery log", s.sweepDeliveries},
	} {
		if ctx.Err() != nil {
			return
		}
		s.keep(ctx, job.name, job.do)
	}
}

// soon wakes the housekeeper.
func (s *Server) soon() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}
