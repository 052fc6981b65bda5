package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// outside plays the endpoints. Those whose address has "dead" in it answer nothing, and those with "tarpit" do so as late
// as they can.
type outside struct {
	mu     sync.Mutex
	got    map[string]int // attempts by address and event
	tries  map[string]int // attempts by address
	flying map[string]int // by address; "" is the total
	most   map[string]int
	heard  chan string
}

func (s selling) outside() *outside {
	w := &outside{got: map[string]int{}, tries: map[string]int{}, flying: map[string]int{}, most: map[string]int{}, heard: make(chan string, 10_000)}
	s.deliver = w.deliver
	return w
}

func (w *outside) deliver(ctx context.Context, d Delivery) (int, time.Duration, error) {
	w.count(d, 1)
	defer w.count(d, -1)
	switch {
	case strings.Contains(d.URL, "tarpit"):
		<-ctx.Done()
		return 0, 0, ctx.Err()
	case strings.Contains(d.URL, "dead"):
		return 0, 0, errors.New("no answer")
	}
	w.heard <- d.URL
	return 204, 0, nil
}

func (w *outside) count(d Delivery, by int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, of := range []string{"", d.URL} {
		w.flying[of] += by
		w.most[of] = max(w.most[of], w.flying[of])
	}
	if by > 0 {
		w.got[d.URL+" "+d.ID]++
		w.tries[d.URL]++
	}
}

// hooks adds endpoints and lets some time pass: what was before them is not for them.
func (s selling) hooks(v *Seller, urls ...string) {
	s.t.Helper()
	for _, u := range urls {
		if _, err := v.CreateHook(s.ctx, u, []string{"charge.succeeded"}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.time.pass(time.Second)
}

// sells makes n events.
func (s selling) sells(n int) {
	s.t.Helper()
	cheap := s.offers("Cheap", ledger.Amount{Micros: 1, Currency: "EUR"})
	for i := range n {
		if _, err := s.charges(fmt.Sprint(cheap.ID.Number, " ", i), cheap); err != nil {
			s.t.Fatal(err)
		}
	}
}

// waiting is how many deliveries are due.
func (s selling) waiting(from books.Delivery) (n int) {
	s.t.Helper()
	s.read(func(r books.Reader) error {
		all, err := r.DueDeliveriesFrom(from, s.clock(), 0)
		n = len(all)
		return err
	})
	return n
}

// Endpoints that take connections and never answer delay nobody else, and what was not sent is sent after a restart.
func TestTarpitDelaysNobody(t *testing.T) {
	s := sellingHouse(t)
	w := s.outside()
	var slow []string
	for i := range maxHooks {
		slow = append(slow, fmt.Sprint("https://news.example/tarpit/", i))
	}
	s.hooks(s.v, slow...)
	good, key := s.vendor("good")
	v, err := s.Authenticate(s.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	s.hooks(v, "https://good.example/hook")
	s.sells(20)
	s.buys(s.who, good, "Gossip", eur(1))

	ctx, stop := context.WithCancel(s.ctx)
	defer stop()
	var running sync.WaitGroup
	running.Go(func() { s.Run(ctx) })
	for range 2 { // what waited, and what is sold while all that can hang hangs
		select {
		case <-w.heard:
		case <-time.After(10 * time.Second):
			t.Fatal("another vendor's event is not delivered")
		}
		s.buys(s.who, good, "Gossip", eur(1))
	}
	stop()
	running.Wait()
	is(t, "in flight after the end", w.flying[""], 0)
	for _, u := range slow {
		if w.most[u] > attemptsPerLane {
			t.Errorf("%d attempts at once at %s", w.most[u], u)
		}
	}
	if w.most[""] > attemptsPerVendor+attemptsPerLane {
		t.Errorf("%d attempts at once", w.most[""])
	}
	clear(w.got)
	s.deliver = func(_ context.Context, d Delivery) (int, time.Duration, error) {
		w.count(d, 1)
		return 204, 0, nil
	}
	s.Sweep(s.ctx)
	sent := 0
	for of := range w.got {
		if strings.Contains(of, "tarpit") {
			sent++
		}
	}
	is(t, "events of the slow after a restart", sent, 20*maxHooks)
	is(t, "waiting", s.waiting(books.Delivery{}), 0)
}

// The backlog of a dead endpoint is read once, and a backlog longer than a lane arrives whole, each event once.
func TestBacklogs(t *testing.T) {
	s := sellingHouse(t)
	w := s.outside()
	s.hooks(s.v, "https://news.example/dead", "https://news.example/live")
	const events = 2*laneRoom + 50
	s.sells(events)
	c := newCourier(s.Server)
	c.once(s.ctx)
	is(t, "attempts at the dead", w.tries["https://news.example/dead"] <= attemptsPerLane, true)
	is(t, "arrived", w.tries["https://news.example/live"], events)
	for of, n := range w.got {
		if n != 1 {
			t.Errorf("%s was sent %d times", of, n)
		}
	}
	if all, again := s.waiting(books.Delivery{}), s.waiting(c.from); all < events-attemptsPerLane || again > 1 {
		t.Errorf("%d deliveries wait, %d of them are read again with each event", all, again)
	}
	for _, l := range c.turns {
		if len(l.queue) > laneRoom {
			t.Errorf("%d deliveries in memory", len(l.queue))
		}
	}
	s.sells(1)
	c.once(s.ctx)
	is(t, "arrived later", w.tries["https://news.example/live"], events+1)
}

// An endpoint that does not answer costs few attempts, is told apart from a live one by its oldest event, and has then
// no delivery left. One that answers again gets all.
func TestDeadEndpoint(t *testing.T) {
	s := sellingHouse(t)
	w := s.outside()
	const dead = "https://news.example/dead"
	s.hooks(s.v, dead)
	s.sells(laneRoom + 50)
	c := newCourier(s.Server)
	hour := 0
	for elapsed := time.Duration(0); elapsed < 90*time.Hour; elapsed += time.Minute {
		c.once(s.ctx)
		if elapsed == time.Hour {
			hour = w.tries[dead]
		}
		s.time.pass(time.Minute)
	}
	if hour < 10 || hour > 20 {
		t.Errorf("%d attempts in the first hour", hour)
	}
	hooks, err := s.v.Hooks(s.ctx)
	if err != nil || hooks[0].Disabled.IsZero() {
		t.Errorf("after 90 hours: %+v, %v", hooks, err)
	}
	is(t, "waiting", s.waiting(books.Delivery{}), 0)
	is(t, "lanes", len(c.lanes), 0)
}

// An endpoint that was away for an hour has everything minutes after it is back.
func TestEndpointComesBack(t *testing.T) {
	s := sellingHouse(t)
	w := s.outside()
	s.hooks(s.v, "https://news.example/dead")
	s.sells(laneRoom + 50)
	c := newCourier(s.Server)
	for range 12 {
		c.once(s.ctx)
		s.time.pass(5 * time.Minute)
	}
	is(t, "arrived", len(w.heard), 0)
	arrived := map[string]bool{}
	var mu sync.Mutex
	s.deliver = func(_ context.Context, d Delivery) (int, time.Duration, error) {
		mu.Lock()
		defer mu.Unlock()
		arrived[d.ID] = true
		return 204, 0, nil
	}
	s.time.pass(6 * time.Minute)
	c.once(s.ctx)
	tried := w.tries["https://news.example/dead"]
	if len(arrived) < laneRoom+50-tried {
		t.Errorf("%d events arrived at once, %d had been tried before", len(arrived), tried)
	}
	s.time.pass(3 * time.Hour)
	c.once(s.ctx)
	is(t, "arrived in the end", len(arrived), laneRoom+50)
}

// An event is sent also if the clock was put back before it.
func TestClockPutBack(t *testing.T) {
	s := sellingHouse(t)
	w := s.outside()
	s.hooks(s.v, "https://news.example/live", "https://news.example/dead")
	s.time.pass(time.Minute)
	s.sells(1)
	c := newCourier(s.Server)
	c.once(s.ctx)
	s.time.pass(-30 * time.Second)
	s.sells(1)
	c.once(s.ctx)
	is(t, "arrived", w.tries["https://news.example/live"], 2)
}
