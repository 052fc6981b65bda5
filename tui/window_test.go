package tui

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestTouchIsRareAndLockHolds(t *testing.T) {
	now := commandtest.Now
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{Now: func() time.Time { return now }})
	s.press("j", "j", "k").see("12.40")
	wantCalls(t, f, 1, "Touch")
	now = now.Add(touchEvery)
	s.press("j")
	wantCalls(t, f, 2, "Touch")
	now = now.Add(time.Minute)
	s.press("ctrl+x").see("The purchase window is closed.")
	s.press("j")
	wantCalls(t, f, 2, "Touch")
	s.press("w")
	wantCalls(t, f, 3, "Touch")
}

// Refusing a request leaves the purchase window as closed as it was.
func TestRefusingDoesNotOpenTheWindow(t *testing.T) {
	s, f := ada(t)
	s.press("ctrl+x").see("The purchase window is closed.")
	before := f.Calls("Touch")
	s.press("a", "WDJB-MJHT", "enter", "n", "n").see("Refused.")
	s.late += time.Minute
	s.press("enter", "a").see("buying is locked")
	wantCalls(t, f, before, "Touch")
}

// lockingLate is a service whose Lock returns only when it is let go. It notes what was done last to the window.
type lockingLate struct {
	*commandtest.Service
	let  chan struct{}
	last *atomic.Value
}

func (s lockingLate) Lock(ctx context.Context, who view.Caller) error {
	select {
	case <-s.let:
	case <-ctx.Done():
	}
	s.last.Store("closed")
	return s.Service.Lock(ctx, who)
}

func (s lockingLate) Touch(ctx context.Context, who view.Caller) error {
	s.last.Store("opened")
	return s.Service.Touch(ctx, who)
}

// Who closes the window and opens it at once has it open: the calls are made one after the other.
func TestWindowIsAsItWasAskedForLast(t *testing.T) {
	f := lockingLate{commandtest.New(), make(chan struct{}), new(atomic.Value)}
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	before := f.Calls("Touch")
	s.hit("ctrl+x")
	s.hit("w")
	for f.Calls("Touch") == before && s.m.request(windowRequest).next == nil {
		s.take("the touch neither waits nor is made")
	}
	close(f.let)
	s.wait()
	if got := f.last.Load(); got != "opened" || f.Calls("Lock") != 1 {
		t.Errorf("the window was %v last, after %d locks", got, f.Calls("Lock"))
	}
}
