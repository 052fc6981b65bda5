package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/server/view"
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

// A wallet in which nothing has happened says what begins it, and offers no key for a row that is not there.
func TestEmptyPlaces(t *testing.T) {
	f := commandtest.New()
	d := &f.Data
	d.Rows, d.Links, d.Disputes, d.Deposits, d.Approvals = nil, nil, nil, nil, nil
	d.Overview = view.Overview{Handle: "w_7g2v"}
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	for i, begins := range []string{
		"Press f to add funds.", "No deposits yet.", "Nothing here yet", "No limits yet", "No vendors yet", "No disputes",
	} {
		s.press(fmt.Sprint(i+1)).see(begins, "q leave")
		s.unseen("enter ", "j k move", "l link", "o site", "d dispute", "/ filter")
	}
	s.press("a").see("Nothing waits for your answer.").unseen("choose   ")
}

func TestLeaving(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		s, _ := ada(t)
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

// Home says what a period is going to come to, and when it ends.
func TestHomeSaysWhereTheDayIsGoing(t *testing.T) {
	s, f := ada(t)
	f.Change(func(d *commandtest.Data) {
		limits := d.Overview.Wallets[0].Limits
		i := slices.IndexFunc(limits, func(l view.Limit) bool { return l.Period == "day" })
		limits[i].Forecast, limits[i].Note = new(commandtest.EUR(4_100_000)), "82 % used"
	})
	s.see("82 % used").unseen("4.10")
	s.update(tea.WindowSizeMsg{Width: 100, Height: 30})
	s.see("82 % used, 4.10 by midnight")
	s.update(tea.WindowSizeMsg{Width: 40, Height: 12})
	s.see("1.80 of 5.00\n")
}

// Drawing changes nothing, also not what marks a screen: drawn again it is the same, with the same links and rows.
func TestDrawnTwiceIsTheSame(t *testing.T) {
	for _, sc := range scenes {
		s := connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
		text, at, links, spots := s.m.View(), s.m.caret, s.m.links, s.m.spots
		if again := s.m.View(); again != text || s.m.caret != at || !slices.Equal(s.m.links, links) ||
			!slices.Equal(s.m.spots, spots) {
			t.Errorf("%s is drawn as\n%s\nand then as\n%s", sc.name, text, again)
		}
	}
}
