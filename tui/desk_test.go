package tui

import (
	"testing"

	"tuppence/tui/command/commandtest"
)

func TestDeskDecidesAndClears(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.see("Archive week").press("enter", "u", "enter").see("A decision needs a reason.")
	s.press("The archive was down.", "enter").see("Decided.")
	s.press("esc", "G", "enter", "c", "25", "enter").see("Now CLEARED.")
}

func TestPolicyIsChanged(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Otto, ScreenOptions{})
	s.press("2", "j", "enter", "ctrl+u", "20m", "enter").see("20m", "Set.")
}
