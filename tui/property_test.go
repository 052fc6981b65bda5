package tui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"
	"pgregory.net/rapid"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// nasty are texts that an attacker would like to have on the screen of a user.
var nasty = []string{
	"\x1b[2J\x1b[H\x1b]0;owned\a", "\x1b]8;;https://evil.example\aclick\x1b]8;;\a", "a\rb\nc\td", "\u202eevil\u202c",
	strings.Repeat("氷", 200),
	strings.Repeat("e\u0301\u0302", 90), "👩‍👩‍👧‍👦 family", "\x00\x07\x9b31m", "",
	strings.Repeat("W", 500), "ﷺ﷽", "\xff\xfe",
	strings.Repeat("क\u093e\u0903\u093e\u0903", 6) + "ीी PAID -0.01 EUR",
	"กำกำ ±× 🇩🇪👋🏽🏽 שלום",
	strings.Repeat("☁\ufe0f\u200d", 12) + "☁\ufe0f", "می\u200cخواهم",
}

// Attack: clouds that are joined have half the cells of clouds that are not. The last door leaves a clean text as it
// was laid out, or its line is wider than the screen, and the amount at the end is cut off.
func TestLastDoorChangesNoCleanText(t *testing.T) {
	for _, s := range nasty {
		if want := view.Clean(s); graphic(want) != want {
			t.Errorf("%q becomes %q", want, graphic(want))
		}
	}
}

// poison puts hostile texts everywhere where texts from outside go.
func poison(f *commandtest.Service, pick func() string) {
	for i := range f.Data.Rows {
		f.Data.Rows[i].Title, f.Data.Rows[i].Vendor, f.Data.Rows[i].State = pick(), pick(), view.State(pick())
	}
	for i := range f.Data.Links {
		f.Data.Links[i].Title, f.Data.Links[i].Site, f.Data.Links[i].Status = pick(), pick(), pick()
	}
	for i := range f.Data.Approvals {
		a := &f.Data.Approvals[i]
		a.Title, a.Vendor, a.Site, a.What = pick(), pick(), pick(), pick()
	}
	for i := range f.Data.Disputes {
		f.Data.Disputes[i].Title, f.Data.Disputes[i].Text, f.Data.Disputes[i].Note = pick(), pick(), pick()
	}
	for id, d := range f.Data.Details {
		d.Title, d.Vendor, d.URL = pick(), pick(), pick()
		d.Lines = []view.Line{
			{Who: pick(), Amount: commandtest.EUR(-1)}, {Who: pick(), Amount: commandtest.EUR(ledger.MaxMicros)},
		}
		d.Timeline = []view.Event{{At: view.At(commandtest.Now), What: pick()}}
		f.Data.Details[id] = d
	}
	f.Data.House.Name = pick()
}

// Whatever vendors write and however big the terminal is: exactly h lines of exactly w cells, and nothing in them
// that a terminal obeys but colours.
func TestViewFillsTheTerminalAndNothingElse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		f := commandtest.New()
		poison(f, func() string { return rapid.SampledFrom(nasty).Draw(r, "text") })
		callers := []view.Caller{commandtest.Ada, commandtest.Rita, commandtest.Otto, commandtest.NewKey}
		who := rapid.SampledFrom(callers).Draw(r, "who")
		w, h := rapid.IntRange(1, 220).Draw(r, "width"), rapid.IntRange(1, 70).Draw(r, "height")
		s := connect(t, f, who, ScreenOptions{Width: w, Height: h, Profile: rapid.SampledFrom([]colorprofile.Profile{
			colorprofile.NoTTY, colorprofile.ASCII, colorprofile.ANSI, colorprofile.ANSI256, colorprofile.TrueColor,
		}).Draw(r, "profile")})
		names := strings.Fields("1 2 3 4 5 6 j k G enter esc a f l u ? : / tab y d ctrl+t left right down x 氷 b home " +
			"delete ctrl+w ctrl+k backspace B L n ctrl+s ctrl+z ctrl+u pgdown pgup g ctrl+d")
		for _, k := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 12).Draw(r, "keys") {
			s.press(k).steady()
		}
		paste := rapid.SampledFrom(nasty).Draw(r, "paste")
		s.paste(paste)
		w2, h2 := rapid.IntRange(1, 220).Draw(r, "width2"), rapid.IntRange(1, 70).Draw(r, "height2")
		for _, size := range [][2]int{{w, h}, {w2, h2}} {
			s.update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
			fills(r, s.m.View(), size[0], size[1])
			s.steady()
		}
	})
}

func fills(t interface{ Fatalf(string, ...any) }, screen string, w, h int) {
	lines := strings.Split(screen, "\n")
	if len(lines) != h {
		t.Fatalf("%d lines, want %d", len(lines), h)
	}
	for i, l := range lines {
		if got := view.Width(sgr(l)); got != w {
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

// Attack: a title as long as a screen. What was paid stays in the head of the detail, at every width.
func TestTitleDoesNotPushOutTheAmount(t *testing.T) {
	for _, title := range []string{strings.Repeat("W", 300), strings.Repeat("氷", 150), "ok"} {
		for width := leastWidth; width <= 200; width += 20 {
			d := view.Detail{Row: view.Row{Title: title, State: "awaiting_instrument", Amount: commandtest.EUR(-123_450_000)}}
			lines := detailTitle(d, width)
			text := plain(lines)
			if !strings.Contains(text, "-123.45 EUR") || !strings.Contains(text, "awaits the letter") {
				t.Errorf("at %d columns the head of %q is %q", width, title, text)
			}
			for _, l := range lines {
				if l.width() > width {
					t.Errorf("a line of %d cells at %d columns: %q", l.width(), width, text)
				}
			}
		}
	}
}
