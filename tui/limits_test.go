package tui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestLimitIsChanged(t *testing.T) {
	f := commandtest.New()
	f.Data.Warning = "1.80 EUR are spent today already."
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("4", "j", "enter").see("EUR a day, for all vendors", "now 5.00")
	s.press("ctrl+u", "1.5", "enter").see("1.80 EUR are spent today already.", "z undoes it.", "1.80 of     1.50 EUR")
	if diff := cmp.Diff(ledger.LimitChange{Currency: "EUR", Period: "day", Max: 1_500_000}, f.Data.Got); diff != "" {
		t.Error(diff)
	}
	s.press("z").see("Taken back: 5.00 a day again.", "1.80 of     5.00 EUR")
}

// What is wrong stands under its field once the field is left, and goes as soon as it is right. What was typed stays.
func TestFaultStandsUnderItsField(t *testing.T) {
	s, _ := ada(t)
	s.press("5", "l", "0,5").unseen("✕")
	s.press("tab").see("0,5", "✕").press("shift+tab", "backspace", "backspace").see("✕")
	s.press(".", "5").unseen("✕").see("0.5")
	s.press("tab", "0", "ctrl+s").see("✕ A bound of 0 would allow nothing.", "0.5")
	s.press("ctrl+z").unseen("✕").see("none", "0.5")
}

// Facts that help to decide stand beside the fields: what holds now, and what was spent of it.
func TestFormTellsWhatWasUsed(t *testing.T) {
	s, _ := ada(t)
	s.press("5", "l").see("now 10.00, used so far 8.35", "now 0.50")
	s.press("tab", "tab", "tab", "4", "shift+tab").see("! Used up already: it would ask")
	s = connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: 40, Height: 12})
	s.press("5", "l", "tab", "tab", "tab").see("Now 10.00, used so far 8.35.")
}

// Esc takes back the text of the field, then asks before it throws away what was typed into others. The answer that
// keeps it is selected.
func TestEscAsksBeforeItThrowsAway(t *testing.T) {
	for keys, left := range map[string]bool{
		"esc": true, "1 esc": false, "1 esc esc": true, "1 tab 2 esc": false, "1 tab 2 esc esc": false,
		"1 tab 2 esc esc enter": false, "1 tab 2 esc esc down enter": true, "1 tab 2 esc esc esc": false,
	} {
		s, _ := ada(t)
		s.press("5", "l").press(strings.Fields(keys)...)
		if got := s.m.top().name() == "vendors"; got != left {
			t.Errorf("%q: left %v, want %v", keys, got, left)
		}
		if strings.HasSuffix(keys, "esc esc enter") {
			s.see("1").unseen("Throw away")
		}
	}
}

// One key ends a permission or blocks, and one key brings it back as it was; later a block is taken back in two steps.
func TestTighteningIsUndone(t *testing.T) {
	for _, tc := range []struct {
		keys, status string
		linked       bool
	}{
		{"u", "revoked", false},
		{"u z", "active", true},
		{"u j z", "revoked", false},
		{"b", "blocked", false},
		{"b z", "active", true},
		{"b x z", "blocked", false},
		{"b z z", "active", true},
		{"b B enter", "blocked", false},
		{"b B down enter", "revoked", false},
	} {
		s, f := ada(t)
		had := boundsOf(f.Data.Links[0])
		s.press("5").press(strings.Fields(tc.keys)...)
		if got := f.Data.Links[0]; got.Status != tc.status || tc.linked && !cmp.Equal(had, boundsOf(got)) {
			t.Errorf("%q: %s with %v, want %s with %v", tc.keys, got.Status, boundsOf(got), tc.status, had)
		}
	}
	// A key in a packet with others blocks nothing and undoes nothing.
	s, f := ada(t)
	s.press("5")
	s.hit("bu")
	s.wait()
	wantCalls(t, f, 0, "Block", "Unlink")
	s.press("b").see("acme-news is blocked. z undoes it.", "B unblock")
	s.hit("zz")
	s.wait()
	s.unseen("z undoes it.").press("z")
	wantCalls(t, f, 0, "Unblock")
	s = connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter", "b").see("acme-news can ask you for nothing until you unblock it.")
	s.press("enter").see("z undoes it.")
}

// A total that was partly used would begin anew, so a permission with one is not brought back by a key.
func TestLinkWithATotalIsNotUndone(t *testing.T) {
	f := commandtest.New()
	most := commandtest.EUR(20_000_000)
	l := view.Limit{Vendor: "acme-news", Period: "total", Currency: "EUR", Max: &most, Used: commandtest.EUR(5_000_000)}
	f.Data.Links[0].Limits = append(f.Data.Links[0].Limits, l)
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("5", "u").see("acme-news asks each time.").unseen("z undoes it.")
}

// A bound that becomes looser is asked for with both figures, and the answer that leaves it is selected; a tighter one
// is set at once.
func TestLooserLimitIsConfirmed(t *testing.T) {
	for _, tc := range []struct {
		keys string
		set  int64 // micros, 0: nothing was set
	}{
		{"4.99 enter", 4_990_000},
		{"50 enter", 0},
		{"50 enter enter", 0},
		{"50 enter down enter", 50_000_000},
		{"50 ctrl+s down enter", 50_000_000},
		{"none enter", 0},
		{"none enter down enter", ledger.NoLimit},
		{"50 enter esc", 0},
		{"50 enter esc backspace enter", 5_000_000},
		{"5 enter", 5_000_000},
	} {
		s, f := ada(t)
		s.press("4", "j", "enter").press(strings.Fields(tc.keys)...)
		got, _ := f.Data.Got.(ledger.LimitChange)
		if got.Max != tc.set {
			t.Errorf("%s: set to %d, want %d", tc.keys, got.Max, tc.set)
		}
		if tc.keys == "50 enter" {
			s.see("Let up to 50.00 EUR a day be spent for all vendors?", "5.00  →  50.00", "▐     No, leave it at 5.00")
		}
	}
	// Bounds of a permission are the same: acme-news has 0.50 for each purchase.
	s, f := ada(t)
	s.press("5", "l", "0.75", "ctrl+s").see("0.50  →  0.75", "▐     No, leave it as it is")
	if f.Data.Got != nil {
		t.Error("a looser permission was given at once")
	}
	s.press("down", "enter").see("acme-news is linked")
	// What is tighter in every bound needs no question.
	s.press("l", "0.25", "ctrl+s").see("acme-news is linked", "z undoes it.").press("z").see("linked as before.")
	// A permission for a vendor that asks is one that loosens.
	s.press("j", "l", "ctrl+s").see("asks  →  2.00", "You end it with u on Vendors")
}

// Keys of other screens lead nowhere from a question: what was typed below it would be lost.
func TestQuestionIsAnsweredOrLeft(t *testing.T) {
	s, _ := ada(t)
	s.press("4", "j", "enter", "50", "enter").see("Let up to 50.00")
	s.press("1", "q", "y", "f", ":", "3").see("Let up to 50.00")
	if s.quit {
		t.Error("q left")
	}
	s.press("esc").see("50", "now 5.00").unseen("Let up to")
}

// What bounds nothing at a vendor is one line, which opens to one for each period.
func TestNoBoundsAreOneLine(t *testing.T) {
	f := commandtest.New()
	f.Data.Links[0].Limits = nil
	for _, period := range []string{"purchase", "day", "week", "month", "total"} {
		none := view.Limit{Vendor: "acme-news", Currency: "EUR", Period: period, Used: commandtest.EUR(0)}
		f.Data.Links[0].Limits = append(f.Data.Links[0].Limits, none)
	}
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("4", "G")
	s.see("EUR, at acme-news\n▐ no bounds, enter adds one", "7/7").press("enter").see("▐ Purchase", "In all", "7/11")
	s.press("j", "enter").see("EUR a day, at acme-news").press("3", "enter").see("0.00 of     3.00 EUR")
	s.press("1", "4").see("Week ").unseen("no bounds")
	f.Data.Links[0].Limits[1].Max, f.Data.Links[0].Limits[4].Max = new(ledger.Amount), new(ledger.Amount)
	s = connect(t, f, commandtest.Ada, ScreenOptions{}).press("4", "G")
	s.see("Day ", "In all ", "▐ no other bounds, enter adds one", "9/9")
}
