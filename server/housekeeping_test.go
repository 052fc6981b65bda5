package server

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
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

// Requests from which nothing came are forgotten at last; what was bought stays.
func TestOldRequestsAreForgotten(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	bought := f.asks(v, "Bought", eur(10))
	if _, err := f.Answer(f.ctx, ann, view.Answer{Code: bought.UserCode, Yes: true}); err != nil {
		t.Fatal(err)
	}
	var idle []ledger.Checkout
	for range 2*droppedCheckouts + 1 {
		idle = append(idle, f.asks(v, "Idle", eur(10)))
	}
	left := func() (n int) {
		f.read(func(r books.Reader) error {
			for _, c := range idle {
				_, found, err := r.Checkout(c.ID)
				if err != nil {
					return err
				}
				if found {
					n++
				}
			}
			return nil
		})
		return n
	}
	f.time.Pass(checkoutRetention)
	f.Sweep(f.ctx)
	is(t, "before their time", left(), len(idle))
	f.time.Pass(time.Hour)
	f.Sweep(f.ctx)
	is(t, "after it", left(), 0)
	f.read(func(r books.Reader) error {
		_, found, err := r.Checkout(bought.ID)
		is(t, "bought one is there", found, true)
		return err
	})
}
