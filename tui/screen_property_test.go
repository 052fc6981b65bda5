package tui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"tuppence/server/ledger"
)

// nasty are texts that strangers would like to have on somebody's screen.
var nasty = []string{
	"\x1b[2J\x1b[H\x1b]0;owned\a", "\x1b]8;;https://evil.example\aclick\x1b]8;;\a", "a\rb\nc\td", "\u202eevil\u202c", strings.Repeat("氷", 200),
	strings.Repeat("e\u0301\u0302", 90), "👩‍👩‍👧‍👦 family", "\x00\x07\x9b31m", "", strings.Repeat("W", 500), "ﷺ﷽", "\xff\xfe",
}

// poison puts hostile texts everywhere where strangers' texts go.
func poison(f *fixture, pick func() string) {
	for i := range f.rows {
		f.rows[i].Title, f.rows[i].Vendor, f.rows[i].State = pick(), pick(), pick()
	}
	for i := range f.links {
		f.links[i].Title, f.links[i].Site, f.links[i].Status = pick(), pick(), pick()
	}
	for i := range f.approvals {
		f.approvals[i].Title, f.approvals[i].Vendor, f.approvals[i].Site, f.approvals[i].What = pick(), pick(), pick(), pick()
	}
	for i := range f.disputes {
		f.disputes[i].Title, f.disputes[i].Text, f.disputes[i].Note = pick(), pick(), pick()
	}
	for id, d := range f.details {
		d.Title, d.Vendor, d.URL = pick(), pick(), pick()
		d.Lines = []ledger.Line{{Who: pick(), Amount: eur(-1)}, {Who: pick(), Amount: eur(ledger.MaxMicros)}}
		d.Timeline = []ledger.Event{{At: fixtureNow, What: pick()}}
		f.details[id] = d
	}
	f.house.Name = pick()
}

// Whatever strangers write and however big the terminal is: exactly h lines of exactly w cells, and nothing in them that
// a terminal obeys but colours.
func TestViewFillsTheTerminalAndNothingElse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := newFixture()
		poison(f, func() string { return rapid.SampledFrom(nasty).Draw(r, "text") })
		who := rapid.SampledFrom([]ledger.Caller{ada, rita, otto, stranger}).Draw(r, "who")
		w, h := rapid.IntRange(1, 220).Draw(r, "width"), rapid.IntRange(1, 70).Draw(r, "height")
		s := sit(t, f, who, ScreenOptions{Width: w, Height: h, Profile: rapid.SampledFrom([]colorprofile.Profile{
			colorprofile.NoTTY, colorprofile.ASCII, colorprofile.ANSI, colorprofile.ANSI256, colorprofile.TrueColor,
		}).Draw(r, "profile")})
		names := []string{"1", "2", "3", "4", "5", "6", "j", "k", "G", "enter", "esc", "a", "f", "l", "u", "?", ":", "/", "tab", "y", "d", "ctrl+t", "left", "right", "down", "x", "氷", "b", "backspace"}
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 12).Draw(r, "keys") {
			s.press(k)
		}
		w2, h2 := rapid.IntRange(1, 220).Draw(r, "width2"), rapid.IntRange(1, 70).Draw(r, "height2")
		for _, size := range [][2]int{{w, h}, {w2, h2}} {
			s.update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			fills(r, s.m.View(), size[0], size[1])
		}
	})
}

func fills(t interface{ Fatalf(string, ...any) }, view string, w, h int) {
	lines := strings.Split(view, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if got := ansi.StringWidth(l); got != w {
			t.Fatalf("line %d is %d cells wide, want %d: %q", i, got, w, l)
		}
		if bare := sgr(l); strings.ContainsAny(bare, "\x1b\u009b\a\r\t\x00\u202e\u202c") {
			t.Fatalf("line %d has a control: %q", i, l)
		}
	}
}

// sgr takes the colours of our own out of a line.
func sgr(line string) string {
	for {
		from := strings.Index(line, "\x1b[")
		if from < 0 {
			return line
		}
		to := strings.IndexByte(line[from:], 'm')
		if to < 0 || strings.Trim(line[from+2:from+to], "0123456789;:") != "" {
			return line
		}
		line = line[:from] + line[from+to+1:]
	}
}

// Without colours the selection and the states are still told.
func TestSelectionIsVisibleWithoutColours(t *testing.T) {
	s := sit(t, newFixture(), ada, ScreenOptions{Profile: colorprofile.ASCII})
	s.press("3", "j").see("> 11-24 13:40", "PAID")
	if strings.Contains(s.m.View(), "38;5") {
		t.Error("there are colours")
	}
	s = sit(t, newFixture(), ada, ScreenOptions{Profile: colorprofile.TrueColor})
	if !strings.Contains(s.m.View(), "38;5") {
		t.Error("there are no colours")
	}
}

// A paste is one text.
func TestPasteIsOneText(t *testing.T) {
	s := sit(t, newFixture(), ada, ScreenOptions{})
	s.press("f")
	s.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("12\n.5\x1b[2J"), Paste: true})
	s.see("12 .5")
}

// The clock of the last minute goes by seconds, before that by minutes.
func TestCountdownWords(t *testing.T) {
	for d, want := range map[time.Duration]string{-1: "no more", 59 * time.Second: "59 s", 61 * time.Second: "2 min", 2 * time.Minute: "2 min", 30*time.Minute - 1: "30 min", 3 * time.Hour: "3 hours", 80 * time.Hour: "3 days"} {
		if got := timeLeft(d); got != want {
			t.Errorf("timeLeft(%v) = %q, want %q", d, got, want)
		}
	}
}

// The chosen one of several choices is on the screen, however narrow it is.
func TestChosenOptionIsSeen(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		s := sit(t, newFixture(), ada, ScreenOptions{Width: width, Height: 24})
		s.press("3", "d")
		for _, word := range []string{"[not delivered]", "[not as described]", "[duplicate]", "[unauthorized]"} {
			s.see(word).press("right")
		}
	}
}
