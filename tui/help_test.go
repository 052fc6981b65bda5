package tui

import (
	"testing"

	"tuppence/tui/command/commandtest"
)

// Enter in the help does what its row says: a key on the screen below, a command, or the beginning of one that needs
// words.
func TestHelpDoesWhatItsRowSays(t *testing.T) {
	for find, want := range map[string]string{
		"add funds":      "How should the money come?",
		"limits set":     "limits set PERIOD AMOUNT",
		"saved views":    "big ones",
		"1-9 tab":        "EUR, everywhere",
		"space mark":     "1 marked",
		"new recovery":   "Do it: recovery renew",
		"places that":    "Nothing like that",
		"ssh tuppence.e": "Copied",
	} {
		s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3", "?")
		s.see("Here, in History", "▐ enter")
		s.press("/", find, "enter", "enter").see(want)
	}
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3", "?", "enter").see("› Detail")
	s.press("esc", "?", "down", "enter").see("Dispute How rivers freeze")
	s.press("esc", "esc", "?", "G").see("▐").press("esc", "esc").see("13:40")
}
