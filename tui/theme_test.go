package tui

import (
	"image/color"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// The looks of one screen with its escape sequences, written as ␛. They do not depend on the terminal in which the
// tests run, as they must not depend on that of the server.
func TestThemesGolden(t *testing.T) {
	for _, tc := range []struct {
		name, theme string
		profile     colorprofile.Profile
	}{
		{"auto", "", colorprofile.TrueColor},
		{"dark", "dark", colorprofile.TrueColor},
		{"light", "light", colorprofile.ANSI256},
		{"contrast", "contrast", colorprofile.ANSI256},
		{"mono", "mono", colorprofile.ANSI256},
		{"auto_16", "auto", colorprofile.ANSI},
		{"dark_16", "dark", colorprofile.ANSI},
		{"no_colour", "dark", colorprofile.ASCII},
		{"no_terminal", "dark", colorprofile.NoTTY},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := commandtest.New()
			f.Data.Person(commandtest.Ada, func(me *view.Identity) { me.Theme = tc.theme })
			s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 60, Height: 20, Profile: tc.profile})
			s.press("3", "/", "i", "left")
			commandtest.Golden(t, "themes/"+tc.name, strings.ReplaceAll(s.m.View(), "\x1b", "␛")+"\n")
		})
	}
}

// papers are the grounds of terminals as people have them: black and white, and the softer ones.
var (
	darkPapers  = []color.Color{rgb(0x000000), rgb(0x1c1c1c)}
	lightPapers = []color.Color{rgb(0xffffff), rgb(0xfdf6e3)}
)

func rgb(v uint32) color.Color { return color.RGBA{uint8(v >> 16), uint8(v >> 8), uint8(v), 0xff} }

// contrast is that of WCAG 2, from 1 to 21.
func contrast(a, b color.Color) float64 {
	luminance := func(c color.Color) float64 {
		sum := 0.0
		r, g, b, _ := c.RGBA()
		for i, v := range []uint32{r, g, b} {
			x := float64(v) / 0xffff
			if x <= 0.04045 {
				x /= 12.92
			} else {
				x = math.Pow((x+0.055)/1.055, 2.4)
			}
			sum += x * []float64{0.2126, 0.7152, 0.0722}[i]
		}
		return sum
	}
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every tone is read on the paper that its theme is for: text has a contrast of 4.5 (WCAG 2, AA) where the paper is
// known, in both depths, but where 256 colours have nothing nearer. No colour reaches 4.5 on all papers, so a theme for
// any paper has 3, and what must be read is in the terminal's own ink. Hairlines carry nothing that is read; the ground
// of the chosen row is told by its edge, too.
func TestContrast(t *testing.T) {
	every := slices.Concat(darkPapers, lightPapers)
	for name, papers := range map[string][]color.Color{
		"auto": every, "blind": every, "dark": darkPapers, "light": lightPapers, "contrast": every, "mono": every,
	} {
		for k, l := range themeOf(name, colorprofile.TrueColor, allSigns).looks {
			on, least := papers, 4.3
			switch {
			case tone(k) == toneRule || l.ink == none && l.paper == none:
				continue // drawn, not read; or the terminal's own ink
			case l.paper != none:
				on, least = nil, 4.5
			case tone(k) == toneFill || name == "auto" || name == "blind":
				least = 3
			}
			if l.ink == none {
				t.Errorf("%s: tone %d sets a ground and keeps the ink of the terminal", name, k)
			}
			for depth, of := range map[string]func(shade) color.Color{
				"true": func(s shade) color.Color { return hex(t, s.rgb) },
				"256":  func(s shade) color.Color { return ansi.IndexedColor(s.wide) },
			} {
				grounds := on
				if grounds == nil {
					grounds = []color.Color{of(l.paper)}
				}
				for _, paper := range grounds {
					if got := contrast(of(l.ink), paper); got < least {
						t.Errorf("%s: tone %d has a contrast of %.2f on %v in depth %s, want %.1f", name, k, got, paper, depth, least)
					}
				}
			}
		}
	}
}

// hex reads #rrggbb.
func hex(t *testing.T, s string) color.Color {
	t.Helper()
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil {
		t.Fatal(err)
	}
	return rgb(uint32(v))
}

// What must be read has no colour of ours, in no theme and on no terminal: it is the ink of the person's own paper.
func TestBodyTextIsTheTerminalsInk(t *testing.T) {
	coloured := regexp.MustCompile(`\x1b\[[0-9;]*\b(3[0-8]|9[0-7]|4[0-8]|10[0-7])\b`)
	for _, name := range append([]string{"", "no such theme"}, themeNames...) {
		for _, p := range []colorprofile.Profile{colorprofile.ANSI, colorprofile.ANSI256, colorprofile.TrueColor} {
			th := themeOf(name, p, allSigns)
			for _, k := range []tone{toneText, toneStrong} {
				var b strings.Builder
				if th.paint(&b, span{"12.40 EUR", k}); coloured.MatchString(b.String()) {
					t.Errorf("theme %q draws text as %q", name, b.String())
				}
			}
		}
	}
	if got := themeOf("", colorprofile.ANSI256, allSigns).name; got != "auto" {
		t.Errorf("without a choice the theme is %s, want auto", got)
	}
}

// A theme that is chosen before there is a wallet is that of the wallet: for the rest of the session, and at the next
// log-in.
func TestThemeOfTheSignUpStays(t *testing.T) {
	f := commandtest.New()
	o := ScreenOptions{Width: 80, Height: 24, Profile: colorprofile.ANSI256}
	s := connect(t, f, commandtest.NewKey, o)
	s.press("ctrl+t", "ctrl+t")
	if s.m.theme.name != "light" {
		t.Fatalf("the theme is %s, want light", s.m.theme.name)
	}
	s.press("y", "y", "enter").see("recovery code").press("C3DJ", "enter", "enter").see("Home")
	if s.m.theme.name != "light" {
		t.Errorf("after the sign-up the theme is %s, want light", s.m.theme.name)
	}
	if again := connect(t, f, commandtest.NewKey, o); again.m.theme.name != "light" {
		t.Errorf("at the next log-in the theme is %s, want light", again.m.theme.name)
	}
}

// A terminal without colours stores nothing: what is stored is for the person's other terminals.
func TestNoColourLeavesTheStoredTheme(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 80, Height: 24, Profile: colorprofile.ASCII})
	s.press("ctrl+t").see("no colours")
	if got := f.Data.People[commandtest.Ada.Fingerprint].Theme; got != "dark" {
		t.Errorf("the stored theme is %q, want dark", got)
	}
}
