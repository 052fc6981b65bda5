package tui

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestFailureShowsTheRemedyAndHidesTheInside(t *testing.T) {
	s, f := ada(t)
	f.Change(func(d *commandtest.Data) {
		d.Fail = ledger.Refuse(ledger.ErrUnavailable, "Try again in a minute.", "The books are closed.")
	})
	s.press("4").see("The books are closed.", "Try again in a minute.", "(unavailable)")
	f.Change(func(d *commandtest.Data) {
		d.Fail = errors.New("secret path /var/lib")
	})
	s.press("5").see("internal error, quote id-1").unseen("secret")
	f.Change(func(d *commandtest.Data) {
		d.Fail = nil
	})
	s.press("r").see("acme-news")
}

// An answer that comes after a later question is dropped.
func TestLateAnswerIsDropped(t *testing.T) {
	s, _ := ada(t)
	first := s.m.request("home").seq
	s.press("r")
	s.m.apply(response{name: "home", seq: first, apply: func() tea.Cmd { t.Error("applied"); return nil }})
}

// Of 200 questions under one name one runs, and the last one waits. What the first brings is dropped, the last is
// shown.
func TestOneQuestionRunsAndOneWaits(t *testing.T) {
	m := New(t.Context(), commandtest.New(), commandtest.Ada, ScreenOptions{}).(*Model)
	var asked, shown []int
	ask := func(i int) tea.Cmd {
		return fetch(m, "history", func(context.Context) (int, error) {
			asked = append(asked, i)
			return i, nil
		}, func(i int) tea.Cmd {
			shown = append(shown, i)
			return nil
		})
	}
	first := ask(0)
	for i := range 200 {
		if cmd := ask(i + 1); cmd != nil {
			t.Fatalf("question %d runs beside the first", i+1)
		}
	}
	last := m.apply(first().(response))
	if m.apply(last().(response)) != nil || m.request("history").running {
		t.Error("something runs after the last question")
	}
	if got, want := fmt.Sprint(asked, shown), "[0 200] [200]"; got != want {
		t.Errorf("asked and shown: %s, want %s", got, want)
	}
}

// failing is a service that cannot tell the limits from the second time on.
type failing struct {
	*commandtest.Service
	told *bool
}

func (s failing) Limits(ctx context.Context, who view.Caller) ([]view.Limit, error) {
	if *s.told {
		return nil, ledger.Refuse(ledger.ErrUnavailable, "Try again in a minute.", "The books are closed.")
	}
	*s.told = true
	return s.Service.Limits(ctx, who)
}

// What could not be read again stays, and the status says that it is old, also where the rest is new.
func TestOldDataSaysSo(t *testing.T) {
	s := connect(t, failing{commandtest.New(), new(bool)}, commandtest.Ada, ScreenOptions{})
	s.press("4").unseen("Not up to date").press("r").see("EUR, everywhere")
	s.m.home.Pending = nil // a request that waits would be told first
	s.see("! Not up to date: The books are closed.").press("5").unseen("Not up to date")
}

// Wakes that come while the last one is being answered are one.
func TestWakesAreOne(t *testing.T) {
	s, f := ada(t)
	before := f.Calls("Overview")
	_, cmd := s.m.Update(changed{})
	if s.m.awaited == nil {
		t.Fatal("the next wake is listened for before the last one is answered")
	}
	for range 100 {
		f.Change(func(*commandtest.Data) {})
	}
	s.start(cmd)
	s.wait()
	f.Change(func(d *commandtest.Data) { d.Rows[0].Title = "News" })
	s.see("News")
	if n := f.Calls("Overview") - before; n > 3 {
		t.Errorf("%d overviews for 102 wakes, want at most 3", n)
	}
}

// A window that went on is shown and nothing is read for it, nor for a minute that passes.
func TestWindowAndClockReadNothing(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3")
	s.m.home.Pending = nil // a request that waits would be told first
	before := f.Calls()
	s.update(changed{view.Wake{Window: view.At(s.m.now().Add(7 * time.Minute))}})
	s.see("buying is open, 7 min left")
	for range 3 {
		s.late += time.Minute
		s.update(tick{s.m.ticks})
	}
	s.see("buying is open, 4 min left")
	if n := f.Calls() - before; n != 0 || s.running() {
		t.Errorf("%d calls of the service, want none", n)
	}
}

// slow is a service that returns only when it is no longer asked.
type slow struct{ *commandtest.Service }

func (slow) History(ctx context.Context, _ view.Caller, _ view.HistoryQuery) (view.History, error) {
	<-ctx.Done()
	return view.History{}, ctx.Err()
}

// A question that the service does not answer ends with the session; meanwhile every key is guardOver.
func TestQuestionEndsWithTheSession(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	o := ScreenOptions{Now: func() time.Time { return commandtest.Now }}
	m := New(ctx, slow{commandtest.New()}, commandtest.Ada, o).(*Model)
	cmd := newHistoryPlace().load(m)
	ended := make(chan tea.Msg)
	go func() { ended <- cmd() }()
	leave()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("the question goes on after the session")
	}
}

// The session of a key that was ended shows nothing of the wallet any more.
func TestEndedKeySeesNothingAnyMore(t *testing.T) {
	s, f := ada(t)
	s.press("3", "enter").see("Who got what")
	f.Change(func(d *commandtest.Data) {
		d.People[commandtest.Ada.Fingerprint] = view.Identity{}
		d.Fail = ledger.Refuse(ledger.ErrNotJoined, "Type: join.", "This key has no wallet yet.")
	})
	s.see("This key was ended").unseen("12.40", "Who got what", "w_7g2v")
}
