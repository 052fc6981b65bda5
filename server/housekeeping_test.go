package server

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// fragile is a card whose look-up breaks.
type fragile struct{ *funding.SimulatedCard }

func (fragile) Lookup(context.Context, funding.Order) (funding.Outcome, error) {
	panic("no such table")
}

// A job that breaks is logged with its stack and ends only itself, and so does an attempt to deliver.
func TestBrokenJobs(t *testing.T) {
	s := sellingHouse(t)
	var log bytes.Buffer
	var mu sync.Mutex
	s.log = slog.New(slog.NewTextHandler(&locked{mu: &mu, b: &log}, nil))
	s.methods[0] = fragile{s.card}
	s.hooks(s.v, "https://news.example/a", "https://news.example/b")
	sent := 0
	s.deliver = func(_ context.Context, d Delivery) (int, time.Duration, error) {
		if strings.HasSuffix(d.URL, "a") {
			panic("no such endpoint")
		}
		sent++
		return 204, 0, nil
	}
	before := s.balance(s.who)
	if _, err := s.Transfer(s.ctx, s.who, ledger.TransferRequest{Amount: eur(1)}); err != nil {
		t.Fatal(err)
	}
	s.time.pass(365 * 24 * time.Hour)
	s.touch(s.who)
	s.sells(1)
	s.Sweep(s.ctx)
	is(t, "expired transfer comes back, one micro is spent", s.balance(s.who), before-1)
	is(t, "sent", sent, 1)
	for _, what := range []string{"no such table", "no such endpoint"} {
		if n := strings.Count(log.String(), what); n != 1 {
			t.Errorf("%q is logged %d times:\n%s", what, n, log.String())
		}
	}
	is(t, "stacks", strings.Count(log.String(), "housekeeping_test.go") >= 2, true)
}

// locked is a buffer for many writers.
type locked struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}
