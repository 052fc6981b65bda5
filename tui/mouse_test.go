package tui

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// withMouse connects a person who has asked for the mouse.
func withMouse(t *testing.T, f *commandtest.Service, who view.Caller, o ScreenOptions) *terminal {
	t.Helper()
	f.Change(func(d *commandtest.Data) {
		d.Person(who, func(me *view.Identity) { me.Mouse = true })
	})
	return connect(t, f, who, o)
}

// click presses the left button on the first line that has a text, at its beginning.
func (s *terminal) click(text string) *terminal {
	s.t.Helper()
	row := slices.IndexFunc(strings.Split(s.view(), "\n"), func(l string) bool { return strings.Contains(l, text) })
	if row < 0 {
		s.t.Fatalf("no %q to click on:\n%s", text, s.view())
	}
	line := strings.Split(s.view(), "\n")[row]
	return s.mouse(Mouse{Column: len([]rune(line[:strings.Index(line, text)])), Row: row})
}

func (s *terminal) mouse(e Mouse) *terminal {
	s.t.Helper()
	s.update(e)
	s.wait()
	if s.m.guarded() {
		s.late += s.m.guardedUntil.Sub(s.m.now())
	}
	return s
}

// The mouse is off until a person asks for it; then the session listens at once.
func TestMouseIsASetting(t *testing.T) {
	s, _ := ada(t)
	before := s.press("3").view()
	if s.click("13:40"); s.m.Mouse() || s.view() != before {
		t.Error("the mouse does something unasked")
	}
	s.press(":", "settings --mouse on", "enter", "esc")
	if !s.m.Mouse() {
		t.Error("the setting is not heard")
	}
	s.press("esc", "esc", "3").click("13:40").see("▐ 13:40")
	s.press(":", "settings --mouse off", "enter")
	if s.m.Mouse() {
		t.Error("the mouse cannot be switched off")
	}
}

// A click chooses, a second one opens; the ruler leads to places; the wheel moves and scrolls.
func TestMouseChoosesAndOpens(t *testing.T) {
	s := withMouse(t, commandtest.New(), commandtest.Ada, ScreenOptions{})
	s.click("History").see("13:40")
	s.click("13:40").see("▐ 13:40").unseen("› Detail")
	s.click("13:40").see("› Detail", "Crossword 412")
	s.press("esc").mouse(Mouse{Column: 2, Row: 2}).see("1━━━")
	s.press("3", "g").mouse(Mouse{Column: 5, Row: 9, Button: MouseWheelDown})
	if got := s.m.places[s.m.place].(*historyPlace).chosen; got != wheelRows {
		t.Errorf("the wheel went to row %d", got)
	}
	s.mouse(Mouse{Column: 5, Row: 9, Button: MouseWheelUp})
	if got := s.m.places[s.m.place].(*historyPlace).chosen; got != 0 {
		t.Errorf("the wheel went back to row %d", got)
	}
	s.press("?").mouse(Mouse{Button: MouseWheelDown})
	if s.m.top().(*helpSheet).chosen == 0 {
		t.Error("the wheel does not move in the help")
	}
	// Beside the list, a click is on something else.
	s.press("esc").update(tea.WindowSizeMsg{Width: 160, Height: 40})
	s.wait()
	before := s.view()
	if s.mouse(Mouse{Column: 150, Row: 10}); s.view() != before {
		t.Error("a click on the detail moves the list")
	}
}

// Attack: clicks. Wherever the pointer is on whatever screen, and however often it is pressed, it pays nothing, permits
// nothing and decides nothing, and it does not open the purchase window.
func TestNoClickDecides(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes {
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			f := commandtest.New()
			s := withMouse(t, f, sc.who, ScreenOptions{}).press(sc.keys...)
			before, touched := decisions(f), f.Calls("Touch")
			for row := range 24 {
				for _, column := range []int{0, 3, 30, 77} {
					for _, b := range []MouseButton{MouseLeft, MouseLeft, MouseLeft, MouseWheelDown, MouseWheelUp} {
						s.mouse(Mouse{Column: column, Row: row, Button: b})
					}
				}
			}
			s.mouse(Mouse{Column: 1 << 20, Row: 1 << 20}).mouse(Mouse{Column: -1, Row: -1, Button: 99})
			if after := decisions(f); after != before {
				t.Errorf("%d decisions by clicks; the screen is\n%s", after-before, s.view())
			}
			wantCalls(t, f, touched, "Touch")
			fills(t, s.m.View(), 80, 24)
		})
	}
}

// On a sheet with answers a click moves the selection, and a second one takes nothing.
func TestClickOnAnAnswerSelectsIt(t *testing.T) {
	f := commandtest.New()
	s := withMouse(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter", "4", "7").click("Pay 0.25 EUR").see("▐ y  Pay 0.25 EUR")
	s.click("Pay 0.25 EUR").click("Pay 0.25 EUR").see("▐ y  Pay 0.25 EUR")
	s.click("Refuse").click("Refuse")
	wantCalls(t, f, 0, "Answer")
	s.press("enter") // what is selected is taken by a key
	wantCalls(t, f, 1, "Answer")
}
