package tui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/tui/command/commandtest"
)

func TestLimitIsChanged(t *testing.T) {
	f := commandtest.New()
	f.Data.Warning = "1.80 EUR are spent today already."
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("4", "j", "enter").see("Limit a day in EUR", "5.00")
	s.press("ctrl+u", "1.5", "enter").see("1.80 EUR are spent today already.", "1.80 of 1.50 EUR")
	if diff := cmp.Diff(ledger.LimitChange{Currency: "EUR", Period: "day", Max: 1_500_000}, f.Data.Got); diff != "" {
		t.Error(diff)
	}
}

func TestVendorIsUnlinkedLinkedAndBlocked(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("5", "u").see("End the standing permission of acme-news?")
	s.press("j").unseen("End the standing")
	if f.Calls("Unlink") != 0 {
		t.Error("unlinked without a yes")
	}
	s.press("u", "y").see("revoked")
	s.press("l", "ctrl+s").see("acme-news is linked.")
	s.press("b").see("Block it? acme-news can ask you for nothing until you unblock it.")
	s.press("n").unseen("Block it?")
	s.press("b", "y").see("acme-news is blocked. z undoes it.", "blocked", "B unblock")
	s.press("o").see("https://news.example")
	if f.Calls("Block") != 1 {
		t.Errorf("blocked %d times, want 1", f.Calls("Block"))
	}
}

// What was blocked is taken back by one key while the notice is there, and by no key after another one, whatever that
// did. Later it is taken back in two steps. The permission does not come back.
func TestBlockIsUndone(t *testing.T) {
	for keys, undone := range map[string]bool{
		"z": true, "j z": false, "x z": false, "esc z": false, "? z": false, "B y": true, "B n": false, "z z": true,
	} {
		f := commandtest.New()
		s := connect(t, f, commandtest.Ada, ScreenOptions{})
		s.press("5", "b", "y").see("z undoes it.")
		s.press(strings.Fields(keys)...)
		if got := f.Calls("Unblock") == 1; got != undone {
			t.Errorf("%q: undone %v, want %v", keys, got, undone)
		}
		if undone && f.Data.Links[0].Status != "revoked" {
			t.Errorf("%q: the vendor is %s, want revoked", keys, f.Data.Links[0].Status)
		}
	}
	// A key in a packet with others undoes nothing, and ends the offer: it may have done something.
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("5", "b", "y")
	s.hit("zz")
	s.wait()
	s.unseen("z undoes it.").press("z")
	if f.Calls("Unblock") != 0 {
		t.Error("a paste has unblocked a vendor")
	}
	s = connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter", "b").see("acme-news can ask you for nothing until you unblock it.")
	s.press("enter").see("z undoes it.").press("z").see("Done: acme-news asks each time.")
}

// A bound that becomes looser is asked for with both figures; a tighter one is set at once. Only enter or ctrl+s
// confirms: every other key takes the question back and leaves what was typed.
func TestLooserLimitIsConfirmed(t *testing.T) {
	for _, tc := range []struct {
		keys string
		set  int64 // micros, 0: nothing was set
	}{
		{"4.99 enter", 4_990_000},
		{"50 enter", 0},
		{"50 enter enter", 50_000_000},
		{"50 ctrl+s ctrl+s", 50_000_000},
		{"none enter", 0},
		{"none enter enter", ledger.NoLimit},
		{"50 enter esc", 0},
		{"50 enter esc enter", 0},
		{"50 enter 0 enter", 0},
		{"50 enter backspace enter", 5_000_000},
		{"5 enter", 5_000_000},
	} {
		f := commandtest.New()
		s := connect(t, f, commandtest.Ada, ScreenOptions{})
		s.press("4", "j", "enter").press(strings.Fields(tc.keys)...)
		got, _ := f.Data.Got.(ledger.LimitChange)
		if got.Max != tc.set {
			t.Errorf("%s: set to %d, want %d", tc.keys, got.Max, tc.set)
		}
		if tc.keys == "50 enter" {
			s.see("for all vendors: day 5.00 EUR → 50.00 EUR.", "Press enter again to confirm")
		}
	}
	// Bounds of a permission are the same: acme-news has 0.50 for each purchase.
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("5", "l", "0.75", "ctrl+s").see("purchase 0.50 EUR → 0.75 EUR")
	if f.Data.Got != nil {
		t.Error("a looser permission was given at once")
	}
	s.press("enter").see("acme-news is linked.")
}
