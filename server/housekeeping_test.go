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
	"tuppence/server/view"
)

// fragile is a card whose look-up breaks.
type fragile struct{ *funding.SimulatedCard }

func (fragile) Lookup(context.Context, funding.Order) (funding.Outcome, error) {
	panic("no such table")
}

// A job that breaks is logged with its stack and ends only itself.
func TestBrokenJobs(t *testing.T) {
	f := newFixture(t)
	var log bytes.Buffer
	var mu sync.Mutex
	f.log = slog.New(slog.NewTextHandler(&locked{mu: &mu, b: &log}, nil))
	f.methods[0] = fragile{f.card}
	ann := f.funded("ann", eur(1000))
	before := f.balance(ann)
	if _, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(1)}); err != nil {
		t.Fatal(err)
	}
	f.time.Pass(365 * 24 * time.Hour)
	f.Sweep(f.ctx)
	is(t, "the expired transfer comes back", f.balance(ann), before)
	is(t, "times logged", strings.Count(log.String(), "no such table"), 1)
	is(t, "stacks", strings.Count(log.String(), "housekeeping_test.go"), 1)
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
