package server

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A fresh deposit is asked for in seconds, an old one less and less often, never less than once an hour.
func TestLookupsAreSpread(t *testing.T) {
	var p pollSchedule
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	d := ledger.Deposit{ID: ledger.DepositID{User: 1, Number: 1}, State: ledger.DepositSucceeded, Updated: start}
	asked := 0
	var last time.Duration
	for since := time.Duration(0); since < 24*time.Hour; since += sweepEvery {
		if p.begin(d, start.Add(since)) {
			if asked == 0 {
				is(t, "first question", since, askFirst)
			} else if since-last > askMost {
				t.Errorf("a pause of %v", since-last)
			}
			asked, last = asked+1, since
			p.end(d.ID)
		}
	}
	if asked < 24 || asked > 48 {
		t.Errorf("asked %d times in a day", asked)
	}

	d.State, d.Updated = ledger.DepositProcessing, start.Add(24*time.Hour) // a call may still be under way
	is(t, "during the call", p.begin(d, d.Updated.Add(callFor)), false)
	is(t, "after the call", p.begin(d, d.Updated.Add(callFor+askFirst)), true)
}

func TestLookupsForgetWhatIsOver(t *testing.T) {
	var p pollSchedule
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	var open []ledger.Deposit
	for i := range 1000 {
		d := ledger.Deposit{
			ID:      ledger.DepositID{User: 1, Number: uint64(i)},
			State:   ledger.DepositErrored,
			Updated: now.Add(-time.Hour),
		}
		p.begin(d, now)
		p.end(d.ID)
		if i < 10 {
			open = append(open, d)
		}
	}
	p.forget(open)
	is(t, "remembered", len(p.last), 10)
}

// hanging is a processor that takes calls and does not answer before they are cut short.
type hanging struct {
	*funding.SimulatedCard
	mu            sync.Mutex
	running, most int
	calls         map[string]int // that are under way, by deposit
	twice         bool           // a deposit was asked for twice at once
}

func (h *hanging) Lookup(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	h.mu.Lock()
	h.running++
	h.most = max(h.most, h.running)
	h.calls[o.Name]++
	h.twice = h.twice || h.calls[o.Name] > 1
	h.mu.Unlock()
	<-ctx.Done()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.running--
	h.calls[o.Name]--
	return funding.Outcome{}, ctx.Err()
}

// A processor that hangs holds back a bounded number of look-ups, and nothing else: the dispute's deadline passes.
func TestHangingProcessorHoldsBackNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		v, _ := f.vendor("news")
		ann := f.funded("ann", eur(2000))
		f.unlimited(ann)
		bought := f.buys(ann, v, "Dear", eur(1500))
		d, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: bought.ID, Reason: "not_delivered"})
		if err != nil || d.State != view.State(ledger.DisputeNeedsResponse) {
			t.Fatalf("%+v, %v", d, err)
		}
		h := &hanging{SimulatedCard: f.card, calls: map[string]int{}}
		f.methods[0] = h
		for range 3 * pollsAtOnce {
			u := f.user(ann)
			f.write(func(tx books.Tx) error {
				_, err := f.announce(tx, u, ledger.DepositOrder{
					Method: "card", Online: true, Amount: eur(500), Actor: memberActor(ann),
				}, f.clock())
				return err
			})
		}
		f.time.Pass(callFor + askFirst)
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { f.Run(ctx) })
		synctest.Wait()
		is(t, "look-ups at once", h.running, pollsAtOnce)
		f.time.Pass(d.DueBy.Sub(f.clock()))
		<-time.After(sweepEvery) // on the clock of the bubble
		synctest.Wait()
		all, err := f.Disputes(f.ctx, ann)
		if err != nil || all[0].State != view.State(ledger.DisputeWon) {
			t.Errorf("while a processor hangs: %+v, %v", all, err)
		}
		<-time.After(3 * callFor) // each call is cut short, and others take its place
		synctest.Wait()
		stop()
		run.Wait()
		is(t, "look-ups at once at most", h.most, pollsAtOnce)
		is(t, "one deposit twice at once", h.twice, false)
		is(t, "look-ups after the end", h.running, 0)
		if len(h.calls) < 3*pollsAtOnce {
			t.Errorf("%d deposits were looked up, want all %d", len(h.calls), 3*pollsAtOnce)
		}
	})
}
