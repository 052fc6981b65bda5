package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/tui/command/commandtest"
)

func TestTooSmall(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: 30, Height: 8})
	s.see("Enlarge to 40x10", "now 30x8")
	s.update(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.see("12.40 EUR")
}

// What is longer than the terminal is scrolled, to its last line and not beyond.
func TestLongSheetsScroll(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 40, Height: 10})
	s.press("2", "j", "enter").see("↓ more").unseen("Send it to the desk.")
	s.press("G").see("Send it to the desk.").unseen("↓ more")
	s.press("j", "j", "j").see("Send it to the desk.")
	s.press("g").see("↓ more")
	s.press("esc", "a", "WDJB-MJHT", "enter", "4", "7", "y", "y").see("Paid.", "↓ more")
	s.press("G").see("used").unseen("↓ more")
	s = connect(t, f, commandtest.NewKey, ScreenOptions{Width: 40, Height: 12})
	s.press("G").see("after your last").unseen("↓ more")
}

// A note that is longer than the status line goes on above it.
func TestLongNoteIsReadWhole(t *testing.T) {
	for _, width := range []int{40, 80} {
		s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: width, Height: 24})
		s.m.notify(toneWarn, "More than that is spent already: 0.25 EUR. "+
			"Nothing can be bought under this limit until 2026-11-26 00:00 UTC.")
		s.see("More than that is spent", "00:00 UTC.")
	}
}

func TestEmptyPlaces(t *testing.T) {
	f := commandtest.New()
	d := &f.Data
	d.Rows, d.Links, d.Disputes, d.Deposits, d.Approvals, d.Overview.Wallets = nil, nil, nil, nil, nil, nil
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.see("No tokens yet. Press f to add funds.", "Nothing bought yet.")
	s.press("2").see("No deposits yet.")
	s.press("3").see("Nothing bought yet.")
	s.press("4").see("No limits yet")
	s.press("5").see("No vendors yet")
	s.press("6").see("No disputes")
	s.press("a").see("Nothing waits for your answer.")
}

func TestLeaving(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{})
		s.hit(key)
		for !s.quit {
			s.take("still here")
		}
	}
}

// Without colours the selection and the states are still told.
func TestSelectionIsVisibleWithoutColours(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Profile: colorprofile.ASCII})
	s.press("3", "j").see("▐ 13:40", "paid")
	if strings.Contains(s.m.View(), "[38;") {
		t.Error("there are colours")
	}
	s = connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Profile: colorprofile.TrueColor})
	if !strings.Contains(s.m.View(), "38;2;") {
		t.Error("there are no colours")
	}
}
