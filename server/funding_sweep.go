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
	// askFirst is how long a deposit waits for its first look-up; the pause doubles with its age up to askMost.
	askFirst = 5 * time.Second
	askMost  = time.Hour
)

// lookups remembers when each open deposit was last looked up: asking a processor again costs, forgetting costs only
// one more question.
type lookups struct {
	mu sync.Mutex
	at map[ledger.DepositID]time.Time
}

// due tells whether a deposit should be looked up now, and notes that it is. The pause is as long as the deposit has
// been in its state: a fresh one is asked for in seconds, one that settles in days a few times a day.
func (l *lookups) due(d ledger.Deposit, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.at[d.ID]
	if last.Before(d.Updated) {
		last = d.Updated
	}
	pause := min(max(last.Sub(d.Updated), askFirst), askMost)
	if d.State == ledger.DepositProcessing && last.Equal(d.Updated) {
		pause = callFor + askFirst // the call that was made first may still be answered
	}
	if now.Sub(last) < pause {
		return false
	}
	if l.at == nil {
		l.at = map[ledger.DepositID]time.Time{}
	}
	l.at[d.ID] = now
	return true
}

// forget drops what is no longer open.
func (l *lookups) forget(open []ledger.Deposit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.at) <= 2*len(open)+100 {
		return
	}
	keep := map[ledger.DepositID]time.Time{}
	for _, d := range open {
		if at, asked := l.at[d.ID]; asked {
			keep[d.ID] = at
		}
	}
	l.at = keep
}

// sweepDeposits looks up every online deposit whose last word is not spoken, and lets announced instruments that
// nobody sent expire.
func (s *Server) sweepDeposits(ctx context.Context, now time.Time) error {
	var open []ledger.Deposit
	err := s.view(ctx, func(r books.Reader) (err error) {
		open, err = r.OpenDeposits(maxOpen)
		return err
	})
	if err != nil {
		return err
	}
	s.asked.forget(open)
	var failed []error
	for _, d := range open {
		switch {
		case ctx.Err() != nil:
			return errors.Join(failed...)
		case !s.online(d.Method):
			if !d.Expires.IsZero() && !now.Before(d.Expires) && d.State == ledger.DepositAwaiting {
				failed = append(failed, s.learned(ctx, d.ID, funding.Outcome{State: ledger.DepositExpired, Reason: "Nothing arrived in time."}, now))
			}
		case s.asked.due(d, now):
			failed = append(failed, s.lookUp(ctx, d, now))
		}
	}
	return errors.Join(failed...)
}

// lookUp asks the method what became of a deposit. No answer now means asking again later.
func (s *Server) lookUp(ctx context.Context, d ledger.Deposit, now time.Time) error {
	m, err := s.method(d.Method)
	if err != nil {
		return err
	}
	if d.State == ledger.DepositProcessing { // the call was cut short: from here on its outcome counts as unknown
		if err := s.learned(ctx, d.ID, funding.Outcome{State: ledger.DepositErrored}, now); err != nil {
			return err
		}
		d.State = ledger.DepositErrored
	}
	call, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	out, err := m.Lookup(call, funding.Order{Name: s.seal.Deposit(d.ID), Deposit: d})
	if err != nil {
		s.log.Warn("funding: look-up without an answer", "deposit", s.seal.Deposit(d.ID), "method", d.Method, "error", err)
		return nil
	}
	return s.learned(ctx, d.ID, out, now)
}
