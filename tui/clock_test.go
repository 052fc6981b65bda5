package tui

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// What a minute changes on any screen are the lines that Moved returns, and so it is with a key that keeps the purchase
// window open: with them the screen is what it would be drawn anew, whatever is on it.
func TestClockMovesNoOtherLine(t *testing.T) {
	alone := 0
	for _, sc := range scenes {
		for _, size := range append(sizes, [2]int{60, 20}) {
			s := connect(t, commandtest.New(), sc.who, ScreenOptions{Width: size[0], Height: size[1]}).press(sc.keys...)
			for _, on := range []time.Duration{time.Minute, 3 * time.Minute, 20 * time.Minute, 24 * time.Hour} {
				s.late += on
				for _, msg := range s.clockMessages() {
					before := strings.Split(s.m.View(), "\n")
					s.late += time.Minute
					s.m.Update(msg)
					lines, only := s.m.Moved()
					after := s.m.View()
					if !s.m.Moves(msg) || !only {
						continue
					}
					alone++
					for row, text := range lines {
						before[row] = text
					}
					if got := strings.Join(before, "\n"); got != after {
						t.Errorf("%s at %v, %v later: after %T the screen is\n%s\nwant\n%s", sc.name, size, on, msg, got, after)
					}
				}
			}
		}
	}
	if alone < 3*len(scenes) {
		t.Errorf("the clock moved alone %d times", alone)
	}
}

// clockMessages are those that move the clock alone: a tick, that the service has heard a key, that it has heard one in
// another session.
func (s *terminal) clockMessages() []tea.Msg {
	all := []tea.Msg{tick{s.m.ticks}, changed{view.Wake{Window: view.Time{Time: s.m.now().Add(time.Hour)}}}}
	if touch := s.m.touch(); touch != nil {
		all = append(all, touch())
	}
	return all
}

// No other message moves the clock alone: not a lock, nor that the service refuses.
func TestOnlyTheClockMovesAlone(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3")
	refused := response{name: windowRequest, err: errors.New("refused")}
	for _, msg := range []tea.Msg{nil, noteOver{}, changed{}, Key{}, response{name: "home"}, refused} {
		if s.m.Moves(msg) {
			t.Errorf("%T moves the clock alone", msg)
		}
	}
	locked := s.m.lock()()
	if s.m.Update(locked); s.m.Moves(locked) {
		t.Error("a lock moves the clock alone")
	}
}
