package tui

import (
	"context"
	"errors"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestFailureShowsTheRemedyAndHidesTheInside(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
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
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{})
	first := s.m.request("home").seq
	s.press("r")
	s.m.apply(response{name: "home", seq: first, apply: func() tea.Cmd { t.Error("applied"); return nil }})
}

// slow is a service that returns only when it is no longer asked.
type slow struct{ *commandtest.Service }

func (slow) History(ctx context.Context, _ view.Caller, _ view.HistoryQuery) (view.Page[view.Row], error) {
	<-ctx.Done()
	return view.Page[view.Row]{}, ctx.Err()
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
	case <-time.After(5 * time.Second):
		t.Fatal("the question goes on after the session")
	}
}

// The session of a key that was ended shows nothing of the wallet any more.
func TestEndedKeySeesNothingAnyMore(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("3", "enter").see("Who got what")
	f.Change(func(d *commandtest.Data) {
		d.People[commandtest.Ada.Fingerprint] = view.Identity{}
		d.Fail = ledger.Refuse(ledger.ErrNotJoined, "Type: join.", "This key has no wallet yet.")
	})
	s.see("This key was ended").unseen("12.40", "Who got what", "w_7g2v")
}
