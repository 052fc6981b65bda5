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
	if got := f.Calls("Touch"); got != 1 {
		t.Errorf("%d touches for three keys at once, want 1", got)
	}
	now = now.Add(touchEvery)
	s.press("j")
	if got := f.Calls("Touch"); got != 2 {
		t.Errorf("%d touches, want 2", got)
	}
	now = now.Add(time.Minute)
	s.press("ctrl+x").see("The purchase window is closed.")
	s.press("j")
	if got := f.Calls("Touch"); got != 2 {
		t.Errorf("%d touches after the lock, want 2", got)
	}
	s.press("w")
	if got := f.Calls("Touch"); got != 3 {
		t.Errorf("%d touches after w, want 3", got)
	}
}

// Refusing a request leaves the purchase window as closed as it was.
func TestRefusingDoesNotOpenTheWindow(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("ctrl+x").see("The purchase window is closed.")
	before := f.Calls("Touch")
	s.press("a", "WDJB-MJHT", "enter", "n", "n").see("Refused.")
	s.late += time.Minute
	s.press("enter", "a").see("buying is locked")
	if got := f.Calls("Touch"); got != before {
		t.Errorf("the window was opened %d times", got-before)
	}
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
