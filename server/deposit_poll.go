package server

import (
	"context"
	"errors"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

const (
	// maxOpen bounds how many open deposits, disputes or transfers one sweep looks at.
	maxOpen = 10_000
	// pollsAtOnce is how many processors are asked at the same time. Each may take [callFor], so one that hangs with all
	// its deposits delays the others, and nothing but look-ups.
	pollsAtOnce = 6
	// askFirst is how long a deposit waits for its first look-up; the pause doubles with its age up to askMost.
	askFirst = 5 * time.Second
	// askMost is the longest pause: a transfer that takes days is still noticed within an hour.
	askMost = time.Hour
)

// pollSchedule remembers when each open deposit was last looked up, and which look-ups are under way. Asking a
// processor again costs; forgetting costs only one more question.
type pollSchedule struct {
	mu       sync.Mutex
	last     map[ledger.DepositID]time.Time
	inFlight map[ledger.DepositID]bool
}

// begin tells whether a deposit should be looked up now, and notes that it is, until end. The pause is as long as the
// deposit has been in its state: a fresh one is asked for in seconds, one that settles in days a few times a day.
func (p *pollSchedule) begin(d ledger.Deposit, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.last[d.ID]
	if last.Before(d.Updated) && ledger.Happened(d.Updated, now) { // else by a clock that was ahead
		last = d.Updated
	}
	pause := min(max(last.Sub(d.Updated), askFirst), askMost)
	if d.State == ledger.DepositProcessing && last.Equal(d.Updated) {
		pause = callFor + askFirst // the call that was made first may still be answered
	}
	if age := now.Sub(last); ledger.Happened(last, now) && age < pause || p.inFlight[d.ID] {
		return false
	}
	if p.last == nil {
		p.last, p.inFlight = map[ledger.DepositID]time.Time{}, map[ledger.DepositID]bool{}
	}
	p.last[d.ID], p.inFlight[d.ID] = now, true
	return true
}

// end notes that a look-up is over.
func (p *pollSchedule) end(id ledger.DepositID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.inFlight, id)
}

// forget drops what is no longer open.
func (p *pollSchedule) forget(open []ledger.Deposit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.last) <= 2*len(open)+100 {
		return
	}
	keep := map[ledger.DepositID]time.Time{}
	for _, d := range open {
		if at, asked := p.last[d.ID]; asked {
			keep[d.ID] = at
		}
	}
	p.last = keep
}

// pollDeposits looks up deposits until ctx ends, and returns when all look-ups have ended too.
func (s *Server) pollDeposits(ctx context.Context) {
	var polls sync.WaitGroup
	defer polls.Wait()
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		s.pollOnce(ctx, &polls)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// pollOnce starts the look-ups that are due, each in a goroutine of its own, a bounded number at a time. It returns
// when the last one has begun; polls knows when all have ended.
func (s *Server) pollOnce(ctx context.Context, polls *sync.WaitGroup) {
	s.do(ctx, "deposits", func(ctx context.Context) error {
		open, err := s.openDeposits(ctx)
		if err != nil {
			return err
		}
		s.polls.forget(open)
		for _, d := range open {
			if !s.online(d) {
				continue
			}
			// A free slot first, then the look at the clock: what waited for a slot is due at its own time.
			select {
			case <-ctx.Done():
				return nil
			case s.slots <- struct{}{}:
			}
			if !s.polls.begin(d, s.clock()) {
				<-s.slots
				continue
			}
			polls.Go(func() {
				defer func() { <-s.slots }()
				defer s.polls.end(d.ID)
				s.do(ctx, "look up a deposit", func(ctx context.Context) error { return s.lookUp(ctx, d) })
			})
		}
		return nil
	})
}

// openDeposits returns the deposits that are still on their way, bounded.
func (s *Server) openDeposits(ctx context.Context) (open []ledger.Deposit, err error) {
	err = s.view(ctx, func(r books.Reader) (err error) {
		open, err = r.OpenDeposits(maxOpen)
		return err
	})
	return open, err
}

// lookUp asks the method what became of a deposit. No answer now means asking again later. A deposit that has moved
// while it waited for its turn is left to the next round.
func (s *Server) lookUp(ctx context.Context, listed ledger.Deposit) error {
	var d ledger.Deposit
	err := s.view(ctx, func(r books.Reader) (err error) {
		d, _, err = r.Deposit(listed.ID)
		return err
	})
	if err != nil || d.State != listed.State {
		return err
	}
	m, _, found := s.methodNamed(d.Method)
	if !found {
		return errors.New("deposit by an unknown method: " + d.Method)
	}
	if d.State == ledger.DepositProcessing { // the call was cut short: from here on its outcome counts as unknown
		if err := s.recordOutcome(ctx, d.ID, funding.Outcome{State: ledger.DepositErrored}, s.clock()); err != nil {
			return err
		}
		d.State = ledger.DepositErrored
	}
	call, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	name := s.seal.Deposit(d.ID)
	out, err := m.Lookup(call, funding.Order{Name: name, Deposit: d})
	if err != nil {
		s.log.Warn("funding: look-up without an answer", "deposit", name, "method", d.Method, "error", err)
		return nil
	}
	return s.recordOutcome(ctx, d.ID, out, s.clock())
}

// expireDeposits lets announced instruments that were not sent expire.
func (s *Server) expireDeposits(ctx context.Context, now time.Time) error {
	open, err := s.openDeposits(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, d := range open {
		switch {
		case ctx.Err() != nil:
			return errors.Join(failed...)
		case s.online(d) || d.State != ledger.DepositAwaiting || d.Expires.IsZero() || now.Before(d.Expires):
			continue
		}
		over := funding.Outcome{State: ledger.DepositExpired, Reason: "Nothing arrived in time."}
		failed = append(failed, s.recordOutcome(ctx, d.ID, over, now))
	}
	return errors.Join(failed...)
}
