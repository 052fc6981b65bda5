package server

import (
	"container/heap"
	"context"
	"errors"
	"sync"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

const (
	// pollsAtOnce is how many processors are asked at the same time. Each may take [callFor], so one that hangs with all
	// its deposits delays the others, and nothing but look-ups.
	pollsAtOnce = 6
	// askFirst is how long a deposit waits for its first look-up; the pause doubles with its age up to askMost.
	askFirst = 5 * time.Second
	// askMost is the longest pause: a transfer that takes days is still noticed within an hour.
	askMost = time.Hour
)

// pollSchedule is when each deposit on its way is looked up next. Asking a processor again costs; forgetting costs only
// one more question. A round takes from it what is due and nothing else; what is new is told by [pollSchedule.note],
// and a slow walk through the open deposits of the books finds what an earlier start has left.
type pollSchedule struct {
	mu    sync.Mutex
	queue lookUps
	known map[ledger.DepositID]bool // in the queue, or under way
	now   time.Time                 // the latest that it was

	walked ledger.Deposit // where the walk through the books goes on; only the round uses it
	whole  bool           // the walk has come to the end once
}

// lookUp is one question that is to be asked.
type lookUp struct {
	id  ledger.DepositID
	due time.Time
}

// lookUps is a heap, the earliest first.
type lookUps []lookUp

func (q lookUps) Len() int           { return len(q) }
func (q lookUps) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q lookUps) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *lookUps) Push(v any)        { *q = append(*q, v.(lookUp)) }
func (q *lookUps) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// nextLookUp is when a deposit is to be looked up that was last asked for at an instant, zero for never. The pause is
// as long as the deposit has been in its state: a fresh one is asked for in seconds, one that settles in days a few
// times a day.
func nextLookUp(d ledger.Deposit, last, now time.Time) time.Time {
	changed := d.Updated
	if !ledger.Happened(changed, now) { // by a clock that was ahead: how old the state is cannot be known
		changed = last
	}
	if last.Before(changed) {
		last = changed
	}
	if d.State == ledger.DepositProcessing && last.Equal(changed) {
		return last.Add(callFor + askFirst) // the call that was made first may still be answered
	}
	return last.Add(min(max(last.Sub(changed), askFirst), askMost))
}

// note puts a deposit into the queue, unless it is there.
func (p *pollSchedule) note(d ledger.Deposit, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[ledger.DepositID]bool{}
	}
	if !p.known[d.ID] {
		p.known[d.ID] = true
		heap.Push(&p.queue, lookUp{d.ID, nextLookUp(d, time.Time{}, now)})
	}
}

// take returns the deposit whose look-up is due for longest. It is under way until again or done.
func (p *pollSchedule) take(now time.Time) (id ledger.DepositID, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ledger.Happened(p.now, now) { // the clock was ahead: nothing waits longer than the longest pause
		for i := range p.queue {
			if p.queue[i].due.After(now.Add(askMost)) {
				p.queue[i].due = now
			}
		}
		heap.Init(&p.queue)
		p.now = now
	}
	if p.now.Before(now) {
		p.now = now
	}
	if len(p.queue) == 0 || now.Before(p.queue[0].due) {
		return id, false
	}
	return heap.Pop(&p.queue).(lookUp).id, true
}

// again puts a deposit back that was taken.
func (p *pollSchedule) again(id ledger.DepositID, due time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	heap.Push(&p.queue, lookUp{id, due})
}

// done forgets a deposit that was taken: nothing more comes of it.
func (p *pollSchedule) done(id ledger.DepositID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, id)
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
		if err := s.walkDeposits(ctx); err != nil {
			return err
		}
		for {
			// A free slot first, then the look at the clock: what waited for a slot is due at its own time.
			select {
			case <-ctx.Done():
				return nil
			case s.slots <- struct{}{}:
			}
			id, due := s.polls.take(s.clock())
			if !due {
				<-s.slots
				return nil
			}
			polls.Go(func() {
				defer func() { <-s.slots }()
				s.do(ctx, "look up a deposit", func(ctx context.Context) error { return s.poll(ctx, id) })
			})
		}
	})
}

// walkDeposits goes on through the open deposits of the books: it notes those that a processor knows of, lets orders
// expire that nobody has accepted in time, and calls invoices overdue. The first walk
// after a start goes to the end at once; later ones take one page in each round and find what was missed.
func (s *Server) walkDeposits(ctx context.Context) error {
	for {
		var page []ledger.Deposit
		var over []step // purchase orders and invoices whose time is over
		err := s.view(ctx, func(r books.Reader) (err error) {
			page, err = r.OpenDeposits(s.polls.walked, duePage)
			return err
		})
		if err != nil {
			return err
		}
		for _, d := range page {
			if online(d) {
				s.polls.note(d, s.clock())
			}
			if to, reason := overdue(d, s.clock()); to != "" {
				over = append(over, step{d.ID, funding.Outcome{State: to, Reason: reason}})
			}
			s.polls.walked = d
		}
		if len(over) > 0 {
			if err := s.recordNews(ctx, over, nil, s.clock()); err != nil {
				return err
			}
		}
		if len(page) < duePage {
			s.polls.walked, s.polls.whole = ledger.Deposit{}, true
		}
		if s.polls.whole {
			return nil
		}
	}
}

// poll looks a deposit up that was taken from the schedule, and puts it back while something is still to come. One that
// has moved since it was put there waits anew: a fresh state is asked for soon.
func (s *Server) poll(ctx context.Context, id ledger.DepositID) (err error) {
	asked := s.clock()
	defer func() {
		d, again, readErr := s.toLookUp(context.WithoutCancel(ctx), id)
		if err = errors.Join(err, readErr); readErr != nil { // the walk finds it again
			again = false
		}
		if again {
			s.polls.again(id, nextLookUp(d, asked, s.clock()))
			return
		}
		s.polls.done(id)
	}()
	d, still, err := s.toLookUp(ctx, id)
	if err != nil || !still {
		return err
	}
	if asked.Before(nextLookUp(d, time.Time{}, asked)) {
		asked = time.Time{}
		return nil
	}
	return s.lookUp(ctx, d)
}

// noteDeposit puts a deposit into the schedule once its first call is over.
func (s *Server) noteDeposit(ctx context.Context, id ledger.DepositID) error {
	d, more, err := s.toLookUp(ctx, id)
	if more {
		s.polls.note(d, s.clock())
	}
	return err
}

// toLookUp reads a deposit and tells whether its processor has more to say of it.
func (s *Server) toLookUp(ctx context.Context, id ledger.DepositID) (d ledger.Deposit, more bool, err error) {
	err = s.view(ctx, func(r books.Reader) (err error) {
		d, more, err = r.Deposit(id)
		return err
	})
	return d, more && online(d) && (d.State.Moves() || s.late(d)), err
}

// late tells whether something may still come for an order that has ended. A start forgets such orders: what comes for
// them then, the processor calls about.
func (s *Server) late(d ledger.Deposit) bool {
	_, info, found := s.methodNamed(d.Method)
	return found && info.Late > 0 && d.External != "" && s.clock().Before(d.Expires.Add(info.Late))
}

// expireDeposits lets announced instruments that were not sent expire. They lie in the order in which they were
// announced, and all wait equally long, so only those are looked at whose time is over, and the few others that are as
// old.
func (s *Server) expireDeposits(ctx context.Context, now time.Time) error {
	return eachDue(ctx, s, func(r books.Reader, behind ledger.Deposit, limit int) ([]ledger.Deposit, error) {
		return r.OpenDepositsUntil(now.Add(-ledger.DepositLife), behind, limit)
	}, func(d ledger.Deposit) error {
		if online(d) || d.State != ledger.DepositAwaiting || d.Expires.IsZero() || now.Before(d.Expires) {
			return nil
		}
		over := funding.Outcome{State: ledger.DepositExpired, Reason: "Nothing arrived in time."}
		return s.recordOutcome(ctx, d.ID, over, now)
	})
}
