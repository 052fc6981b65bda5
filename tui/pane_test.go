package tui

import (
	"strings"
	"testing"

	"tuppence/tui/command/commandtest"
)

// What stands beside a list and is longer than the screen is read with the keys that move, after tab. Esc gives them
// back; tab goes on to the next place, as where all of it is seen.
func TestPaneIsRead(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: 160, Height: 20})
	s.press("3").see("↓ more").unseen("Journal entry", "scroll")
	s.press("tab").see("j k scroll", "esc to the list").unseen("Journal entry")
	if !strings.Contains(s.tones(), "aaaaaaaaaaaaaaaaaaa") {
		t.Error("the title of what is read looks like any other")
	}
	s.press("G").see("Journal entry", "▐ 11-24 14:02", "How rivers freeze   paid").unseen("↓ more")
	s.press("j", "k", "k").see("↓ more").press("g").unseen("Journal entry")
	s.press("j", "esc").see("/ filter").press("j").see("▐ 11-24 13:40")
	s.press("k").see("↓ more").press("tab", "tab").see("EUR, everywhere")
	s.press("3").see("↓ more").press("tab", "6", "3", "j").see("▐ 11-24 13:40")
	s = connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: 160, Height: 60})
	s.press("3").see("Journal entry").press("tab").see("EUR, everywhere")
}
