package tui

import (
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/tui/command/commandtest"
)

// A form of bounds tells what they would have done: at once for those that hold, after a pause for those that are
// typed, and nothing about what is no longer there.
func TestFormTellsWhatBoundsWouldHaveDone(t *testing.T) {
	s, f := ada(t)
	s.press("4", "j", "enter").see("5.00 a day would have refused none of 41 purchases in 30 days.")
	s.press("4").unseen("would have").see("4.00 a day would have refused 3 of 41 purchases in 30 days, 6.45 EUR, the")
	before := f.Calls("WhatIf")
	s.press("backspace", "3", ".", "5").see("3.50 a day would have refused")
	if n := f.Calls("WhatIf") - before; n != 1 {
		t.Errorf("asked %d times for a bound of three letters, want once", n)
	}
	s.press("ctrl+u", "none").unseen("would have").press("ctrl+z").see("5.00 a day would have refused")
	s.press("esc", "5", "l").see("This would have paid 12 of 14 purchases in 30 days without asking.")
	s.press("0,", "tab").see("✕").unseen("would have").press("shift+tab", "ctrl+z").see("This would have paid")
	// A service that refuses leaves the form as it is.
	f.Change(func(d *commandtest.Data) {
		d.Fail = ledger.Refuse(ledger.ErrUnavailable, "Try again.", "The books are closed.")
	})
	s.press("9").unseen("would have", "The books are closed.")
}

// What is typed on a form is not lost when what it would have done comes, also where there is no room for it.
func TestWhatIfOnASmallTerminal(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: leastWidth, Height: leastHeight})
	s.press("4", "j", "enter", "4").see("▐ Amount  4", "Spent")
	s.m.top().(*limitSheet).tried.words = "4.00 a day would have refused 3 of 41 purchases in 30 days, 6.45 EUR"
	s.see("▐ Amount  4", "Spent")
	s.press("esc", "esc", "5", "l", "7").see("▐ Each    7")
	s.update(tea.WindowSizeMsg{Width: 60, Height: 20}) // all of a sentence or nothing
	s.see("in 30 days", "without asking.").unseen("at any moment")
}
