package tui

import (
	"testing"

	"tuppence/tui/command/commandtest"
)

// What weakens a control over staff is told to wait, in the words that the command has, and can be taken back.
func TestWeakerControlWaits(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Otto, ScreenOptions{Width: 100, Height: 30})
	s.press(":", "policy", "enter").choose("two_persons").press("enter", "ctrl+u", "700", "enter", "down", "enter")
	s.see("! Asked for. It holds once a second operator has asked for it.", "700 was asked for by otto")
	s.press("enter", "enter").unseen("That is the value already")
}
