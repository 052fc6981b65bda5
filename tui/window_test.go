package tui

import (
	"testing"
	"time"

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
