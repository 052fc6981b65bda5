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
	start := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	d := ledger.Deposit{ID: ledger.DepositID{User: 1, Number: 1}, State: ledger.DepositSucceeded, Updated: start}
	asked, last := 0, time.Time{}
	end := start.Add(24 * time.Hour)
	for next := nextLookUp(d, last, end); next.Before(end); next = nextLookUp(d, last, end) {
		if asked == 0 {
			is(t, "first question", next.Sub(start), askFirst)
		} else if next.Sub(last) > askMost {
			t.Errorf("a pause of %v", next.Sub(last))
		}
		asked, last = asked+1, next
	}
	if asked < 24 || asked > 48 {
		t.Errorf("asked %d times in a day", asked)
	}
	d.State, d.Updated = ledger.DepositProcessing, end // a call may still be under way
	is(t, "after the call", nextLookUp(d, last, end), d.Updated.Add(callFor+askFirst))
}

// The schedule hands out what is due, the longest due first, each once, and forgets what is over.
func TestScheduleHandsOutWhatIsDue(t *testing.T) {
	var p pollSchedule
	now := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	deposit := func(n int) ledger.Deposit {
		return ledger.Deposit{
			ID: ledger.DepositID{User: 1, Number: uint64(n)}, State: ledger.DepositErrored,
			Updated: now.Add(-time.Duration(n) * time.Hour),
		}
	}
	for _, n := range []int{2, 0, 3, 1, 2} {
		p.note(deposit(n), now)
	}
	for _, want := range []uint64{3, 2, 1} {
		id, due := p.take(now)
		is(t, "due", due, true)
		is(t, "deposit", id.Number, want)
		p.note(deposit(int(want)), now) // it is under way
	}
	if id, due := p.take(now); due {
		t.Errorf("deposit %d is handed out before its time", id.Number)
	}
	p.again(ledger.DepositID{User: 1, Number: 3}, now.Add(time.Minute))
	p.done(ledger.DepositID{User: 1, Number: 2})
	p.done(ledger.DepositID{User: 1, Number: 1})
	is(t, "known", len(p.known), 2)
	is(t, "in the queue", len(p.queue), 2)
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
					Method: "card", Kind: ledger.DepositOnline, Amount: eur(500), Actor: memberActor(ann),
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
