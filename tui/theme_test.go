package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"tuppence/tui/command/commandtest"
)

// The looks of one screen with its escape sequences, written as ␛. They do not depend on the terminal in which the
// tests run, as they must not depend on that of the server.
func TestThemesGolden(t *testing.T) {
	for _, tc := range []struct {
		name, theme string
		profile     colorprofile.Profile
	}{
		{"dark", "dark", colorprofile.TrueColor},
		{"light", "light", colorprofile.ANSI256},
		{"contrast", "contrast", colorprofile.ANSI256},
		{"mono", "mono", colorprofile.ANSI256},
		{"dark_16", "dark", colorprofile.ANSI},
		{"no_colour", "dark", colorprofile.ASCII},
		{"no_terminal", "dark", colorprofile.NoTTY},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := commandtest.New()
			me := f.Data.People[commandtest.Ada.Fingerprint]
			me.Theme = tc.theme
			f.Data.People[commandtest.Ada.Fingerprint] = me
			s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 60, Height: 20, Profile: tc.profile})
			s.press("3", "/", "i", "left")
			commandtest.Golden(t, "themes/"+tc.name, strings.ReplaceAll(s.m.View(), "\x1b", "␛")+"\n")
		})
	}
}
