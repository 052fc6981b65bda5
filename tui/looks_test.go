package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"tuppence/tui/command/commandtest"
)

// coloured are the options of a terminal with colours.
func coloured(width, height int) ScreenOptions {
	return ScreenOptions{Width: width, Height: height, Profile: colorprofile.TrueColor}
}

// Each look is drawn as it looks, whatever the screen wears.
func TestLooksAreShownInTheirOwn(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.NewKey, coloured(80, 24)).press("y", "y")
	for _, l := range strings.Split(s.m.View(), "\n") {
		for _, d := range wardrobe {
			own := themeOf(d.theme, colorprofile.TrueColor, allSigns)
			if strings.Contains(l, "  "+d.words+"  ") && d.theme != "" && !strings.Contains(l, own.before[toneAccent]+"small-") {
				t.Errorf("%s is drawn as %q", d.words, l)
			}
		}
	}
}

// A look is tried with the arrows and worn by the whole screen; esc brings back what was worn, enter stores the new
// one.
func TestLooksAreTriedThenTaken(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, coloured(80, 24)).press("7").choose("Colours").press("enter")
	s.see("▐ Dark").press("G", "k").see("> No colour, plain signs", "oo Tuppence")
	if s.m.theme.name != "mono" {
		t.Errorf("the screen wears %s", s.m.theme.name)
	}
	f.Change(func(*commandtest.Data) {}) // a wake changes nothing of it
	s.press("x", "7").see("> No colour, plain signs")
	s.press("esc").see("●● Tuppence")
	if got := s.m.theme.name; got != "dark" || f.Calls("Settings") != 0 {
		t.Errorf("the screen wears %s after esc, with %d calls", got, f.Calls("Settings"))
	}
	s.press("enter", "j", "enter").see("✓ Looks: light.")
	if got := f.Data.People[commandtest.Ada.Fingerprint].Theme; got != "light" {
		t.Errorf("stored: %s", got)
	}
	s.press("enter", "G", "enter").see("next log-in")
	if !f.Data.People[commandtest.Ada.Fingerprint].Plain {
		t.Error("lines are not stored")
	}
}

// What was chosen at the sign-up is stored as soon as there is a wallet.
func TestLooksOfASignUpAreStored(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.NewKey, coloured(80, 24)).press("y", "y")
	s.press("j", "esc").see("Step 1 of 4")
	if s.m.theme.name != defaultTheme {
		t.Errorf("esc leaves %s", s.m.theme.name)
	}
	s.press("y", "y", "G", "k", "enter", "c3dj", "enter").see("oo Tuppence")
	if got := f.Data.People[commandtest.NewKey.Fingerprint]; got.Theme != "mono" || !got.ASCII || got.Plain {
		t.Errorf("stored: %+v", got.Settings)
	}
}

func TestLooksGolden(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.NewKey, coloured(80, 24)).press("y", "y", "j", "j")
	commandtest.Golden(t, "screens/signup_looks_colours", s.atAllSizes("Which one"))
}
