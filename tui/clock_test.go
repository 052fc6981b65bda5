package tui

import (
	"strings"
	"testing"
	"time"

	"tuppence/tui/command/commandtest"
)

// What a minute changes on any screen are the lines that Moved returns: with them the screen is what it would be drawn
// anew, whatever is on it.
func TestClockMovesNoOtherLine(t *testing.T) {
	alone := 0
	for _, sc := range scenes {
		for _, size := range append(sizes, [2]int{60, 20}) {
			s := connect(t, commandtest.New(), sc.who, ScreenOptions{Width: size[0], Height: size[1]}).press(sc.keys...)
			for _, on := range []time.Duration{time.Minute, 3 * time.Minute, 20 * time.Minute, 24 * time.Hour} {
				before := strings.Split(s.m.View(), "\n")
				s.late += on
				msg := tick{s.m.ticks}
				s.m.Update(msg)
				lines, only := s.m.Moved(msg)
				after := s.m.View()
				if !only {
					continue
				}
				alone++
				for row, text := range lines {
					before[row] = text
				}
				if got := strings.Join(before, "\n"); got != after {
					t.Errorf("%s at %v, %v later: with what moved the screen is\n%s\nwant\n%s", sc.name, size, on, got, after)
				}
			}
		}
	}
	if alone < len(scenes) {
		t.Errorf("the clock moved alone %d times", alone)
	}
}

// Nothing but a tick moves the clock alone.
func TestOnlyTheClockMovesAlone(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3")
	s.m.View()
	for _, msg := range []any{nil, noteOver{}, changed{}, Key{}} {
		if lines, only := s.m.Moved(msg); only {
			t.Errorf("%T moves %v", msg, lines)
		}
	}
}
