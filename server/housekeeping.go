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
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-s.due:
		}
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
	} {
		if ctx.Err() != nil {
			return
		}
		if err := job.do(ctx, s.clock()); err != nil && ctx.Err() == nil {
			s.log.Error("housekeeping", "job", job.name, "error", err)
		}
	}
}

// soon wakes the housekeeper.
func (s *Server) soon() {
	select {
	case s.due <- struct{}{}:
	default:
	}
}
