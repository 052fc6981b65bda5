package webhook

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/store"
)

const (
	dead = "https://news.example/dead"
	live = "https://news.example/live"
)

// Endpoints that take connections and never answer delay no other endpoint, and what was not sent is sent after a
// restart.
func TestTarpitDelaysNobody(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	w := f.outside()
	var slow []string
	for i := range maxEndpoints {
		slow = append(slow, fmt.Sprint("https://news.example/tarpit/", i))
	}
	news := f.vendor("news", slow...)
	good := f.vendor("good", "https://good.example/hook")
	f.happens(news, 20)
	f.happens(good, 1)

	ctx, stop := context.WithCancel(f.ctx)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	for range 2 { // what waited, and what happens while all that can hang hangs
		select {
		case <-w.arrived:
		case <-time.After(30 * time.Second):
			t.Fatal("another vendor's event is not delivered")
		}
		f.happens(good, 1)
		f.Wake()
	}
	stop()
	running.Wait()
	is(t, "in flight after the end", w.inFlight[""], 0)
	for _, u := range slow {
		if w.most[u] > 1 {
			t.Errorf("%d attempts at once at %s", w.most[u], u)
		}
	}
	if w.most[""] > attemptsPerVendor+1 {
		t.Errorf("%d attempts at once", w.most[""])
	}
	clear(w.got)
	f.Send = w.sendAll
	f.Deliver(f.ctx)
	sent := 0
	for of := range w.got {
		if strings.Contains(of, "tarpit") {
			sent++
		}
	}
	is(t, "events of the slow after a restart", sent, 20*maxEndpoints)
	is(t, "waiting", f.waiting(books.Delivery{}), 0)
}

// The backlog of a dead endpoint is read once, and a backlog longer than a lane arrives whole, each event once.
func TestBacklogs(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	w := f.outside()
	news := f.vendor("news", dead, live)
	const events = 2*laneRoom + 50
	f.happens(news, events)
	c := newCourier(f.Outbox)
	c.once(f.ctx)
	is(t, "attempts at the dead", w.tries[dead] <= 2, true)
	is(t, "arrived", w.tries[live], events)
	for of, n := range w.got {
		if n != 1 {
			t.Errorf("%s was sent %d times", of, n)
		}
	}
	if all, again := f.waiting(books.Delivery{}), f.waiting(c.from); all < events-2 || again > 1 {
		t.Errorf("%d deliveries wait, %d of them are read again with each event", all, again)
	}
	for _, l := range c.turns {
		if len(l.queues[links].waiting) > laneRoom {
			t.Errorf("%d deliveries in memory", len(l.queues[links].waiting))
		}
	}
	f.happens(news, 1)
	c.once(f.ctx)
	is(t, "arrived later", w.tries[live], events+1)
}

// An endpoint that does not answer costs few attempts, is told apart from a live one by its oldest event. When it is
// made live again it gets all that has waited.
func TestDeadEndpoint(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	w := f.outside()
	news := f.vendor("news", dead)
	f.happens(news, laneRoom+50)
	c := newCourier(f.Outbox)
	hour := 0
	for elapsed := time.Duration(0); elapsed < 90*time.Hour; elapsed += time.Minute {
		c.once(f.ctx)
		if elapsed == time.Hour {
			hour = w.tries[dead]
		}
		f.time.Pass(time.Minute)
	}
	if hour < 10 || hour > 20 {
		t.Errorf("%d attempts in the first hour", hour)
	}
	all, err := f.Endpoints(f.ctx, news)
	if err != nil || all[0].Status != "disabled" {
		t.Errorf("after 90 hours: %+v, %v", all, err)
	}
	if all[0].Disabled == nil || all[0].Why == "" || all[0].Failure == nil || all[0].Next != nil {
		t.Errorf("a disabled endpoint is shown as %+v", all[0])
	}
	tried := w.tries[dead]
	f.happens(news, 1)
	c.once(f.ctx)
	is(t, "attempts while it is disabled", w.tries[dead]-tried, 0)
	clear(w.got)
	f.Send = w.sendAll
	if _, err := f.Change(f.ctx, news, f.number(all[0]), Settings{Status: "live"}); err != nil {
		t.Fatal(err)
	}
	c.once(f.ctx)
	is(t, "events that arrive when it is live again", len(w.got), laneRoom+51)
	is(t, "waiting", f.waiting(books.Delivery{}), 0)
}

// An endpoint that was away for an hour has everything minutes after it is back.
func TestEndpointComesBack(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	w := f.outside()
	news := f.vendor("news", dead)
	f.happens(news, laneRoom+50)
	c := newCourier(f.Outbox)
	for range 12 {
		c.once(f.ctx)
		f.time.Pass(5 * time.Minute)
	}
	is(t, "arrived", len(w.arrived), 0)
	tried := w.tries[dead]
	clear(w.got)
	f.Send = w.sendAll
	f.time.Pass(6 * time.Minute)
	c.once(f.ctx)
	if len(w.got) < laneRoom+50-tried {
		t.Errorf("%d events arrived at once, %d had been tried before", len(w.got), tried)
	}
	f.time.Pass(3 * time.Hour)
	c.once(f.ctx)
	is(t, "arrived in the end", len(w.got), laneRoom+50)
}

// An event is sent also if the clock was put back before it.
func TestClockPutBack(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	w := f.outside()
	news := f.vendor("news", live, dead)
	f.time.Pass(time.Minute)
	f.happens(news, 1)
	c := newCourier(f.Outbox)
	c.once(f.ctx)
	f.time.Pass(-30 * time.Second)
	f.happens(news, 1)
	c.once(f.ctx)
	is(t, "arrived", w.tries[live], 2)
}

// An attempt that breaks ends only itself, and its endpoint is tried again.
func TestBrokenAttempt(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	w := f.outside()
	news := f.vendor("news", live, "https://news.example/broken")
	f.happens(news, 1)
	f.Send = func(ctx context.Context, d Delivery) (int, time.Duration, error) {
		if strings.Contains(d.URL, "broken") {
			panic("no such endpoint")
		}
		return w.send(ctx, d)
	}
	f.Deliver(f.ctx)
	is(t, "arrived", w.tries[live], 1)
	is(t, "steps that failed", len(f.errors), 1)
	f.errors = nil
	is(t, "waiting", f.waiting(books.Delivery{}), 1)
}
