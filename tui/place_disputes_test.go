package tui

import (
	"strings"
	"testing"

	"tuppence/tui/command/commandtest"
)

// Two blanks stand between a stranger's words and ours: with one, the painter takes both for one text, and its end for
// as wide as the terminal makes it.
func TestTitlesStandAwayFromWhatIsOurs(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		for i := range d.Disputes {
			d.Disputes[i].Title = strings.Repeat("Title", 40)
		}
	})
	s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 61, Height: 30})
	s.press("6").see("…  decided by").press("j").see("…  won")
}
