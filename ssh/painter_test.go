package ssh

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"
)

// Whatever frame follows whatever frame, the terminal shows the newest one, cell by cell with its styles.
func TestPatchesShowTheNewestFrame(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"a", "b", " ", "  ", "paid", "é", "─", "世", "\x1b[7m", "\x1b[1;31m", "\x1b[m",
		"\x1b[0m", "\x1b[0;4m", "\x1b[31m", "\x1b[38;5;9m", "\x1b[38;2;1;2;3m",
		"\x1b[38;2;1;2;3;48;2;4;5;6m", "\x1b[38;5;9;1m",
	})
	line := rapid.Map(rapid.SliceOfN(piece, 0, 25), func(p []string) string { return strings.Join(p, "") })
	frame := rapid.Map(rapid.SliceOfN(line, 1, 8), func(l []string) string {
		return strings.Join(l,
			"\x1b[m\n") + "\x1b[m"
	})
	rapid.Check(t, func(t *rapid.T) {
		const w, h = 20, 6
		glass := vt.NewEmulator(w, h)
		p := &painter{width: w, height: h, sync: true}
		for range rapid.IntRange(1, 5).Draw(t, "frames") {
			f := frame.Draw(t, "frame")
			p.frame, p.fresh = f, true
			var b bytes.Buffer
			p.draw(&b)
			_, _ = glass.Write(b.Bytes())

			want := vt.NewEmulator(w, h)
			for row, l := range fit(f, h, nil) {
				var whole bytes.Buffer
				moveTo(&whole, row+1, 1)
				_, _ = want.Write(append(whole.Bytes(), ansi.Truncate(l.text, w, "")+"\x1b[m"...))
			}
			if got, want := glass.Render(), want.Render(); got != want {
				t.Fatalf("screen\n%q\nwant\n%q\nfor %q", got, want, b.String())
			}
		}
	})
}

// A selected row has one ground through its whole column, also where the terminal gives its text fewer cells than were
// reserved: two here, of four.
func TestGroundHasNoGaps(t *testing.T) {
	var b bytes.Buffer
	p := &painter{width: 20, height: 1, frame: "\x1b[7m±±\x1b[m|", fresh: true}
	p.draw(&b)
	glass := vt.NewEmulator(20, 1)
	_, _ = glass.Write(b.Bytes())
	for x := range 4 {
		if got, want := glass.CellAt(x, 0).Style, glass.CellAt(0, 0).Style; !got.Equal(&want) || got.IsZero() {
			t.Errorf("column %d of %q has another ground", x, glass.Render())
		}
	}
}

func TestMovingAMarkCostsFewBytes(t *testing.T) {
	row := "11-23 14:02  acme-news         How rivers freeze         paid          -0.25 T"
	p := &painter{width: 80, height: 24}
	frame := func(at int) string {
		var b strings.Builder
		for k := range 20 {
			mark := "  "
			if k == at {
				mark = "> "
			}
			b.WriteString(mark + row + "\n")
		}
		return b.String()
	}
	var b bytes.Buffer
	p.frame, p.fresh = frame(3), true
	p.draw(&b)
	b.Reset()
	p.frame, p.fresh = frame(4), true
	p.draw(&b)
	if got, want := b.String(), "\x1b[4H\x1b[K"; len(got) > 150 || strings.Contains(got, want) {
		t.Errorf("%d bytes %q", len(got), got)
	}
	t.Logf("%d bytes: %q", b.Len(), b.String())
	b.Reset()
	p.frame, p.fresh = frame(4), true
	p.draw(&b)
	if b.Len() != 0 {
		t.Errorf("an equal frame wrote %q", b.String())
	}
}

// Attack: control sequences in what is drawn. None reaches the terminal but colours.
func TestHostileTextReachesNoTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"a\x1b]52;c;aGk=\ab":                     "ab",
		"a\x1b]8;;http://x\x1b\\b\x1b]8;;\x1b\\": "ab",
		"a\x1b[2Jb\x1b[10;10Hc":                  "abc",
		"a\x1bPq#0;2;0;0;0\x1b\\b":               "ab",
		"a\rb\bc\ad\x00e\x7f":                    "abcde",
		"a\u009b2Jb\u0085":                       "a2Jb",
		"a\x9b2Jb\xff":                           "a2Jb",
		"a\u202eb\u2066c\u200f":                  "abc",
		"\x1b[31mred\x1b[m":                      "\x1b[31mred\x1b[m",
		"\x1b[38;2;1;2;3mx\x1b[38:5:1my":         "\x1b[38;2;1;2;3mx\x1b[38:5:1my",
		"\x1b[?1049l\x1b[>1m\x1bc\x1b(0x":        "x",
		"a\x1b":                                  "a",
		"tab\there":                              "tabhere",
		"é─世":                                    "é─世",
	} {
		if got := onlyStyles(text); got != want {
			t.Errorf("onlyStyles(%q) = %q, want %q", text, got, want)
		}
	}
}

// Attack: two hundred hostile titles, drawn one over the other. What goes over the wire holds our own sequences only:
// the cursor to a cell, the erasing of a line, colours, and the frame of a screen.
func TestHostileTitlesOnTheWire(t *testing.T) {
	parts := []string{
		"\x1b]0;owned\a", "\x1b]52;c;aGk=\x1b\\", "\x1b]8;;https://evil.example\a", "\x1bP$q\x1b\\", "\x1b[2J",
		"\x1b[?1049l", "\x1b[6n", "\x1b[c", "\x1b[5i",
		"\x1b[31m", "\x1b[8m", "\x1bc", "\x1b(0", "\x1b#8", "\x1b_apc\x1b\\", "\x1b^pm\x1b\\", "\u009b2J", "\u009d0;x\u009c",
		"\x9b2J", "\x00", "\a", "\b", "\r", "\v",
		"\x7f", "\u202e", "\u2066", "\u200f", "\u061c", "\ufeff", "\u2028", "\xff\xfe", "\x1b", "\x1b[", "\x1b[38;5;", "氷",
		"👩‍👩‍👧", "e\u0301\u0302", "plain words", "ﷺ", "שלום",
	}
	ours := regexp.MustCompile("\x1b\\[[0-9;:]*m|\x1b\\[[0-9;]*H|\x1b\\[K|\x1b\\[2J|\x1b\\[\\?(1049|25|7|2004|2026)[hl]")
	rng := rand.New(rand.NewPCG(1, 2))
	p := &painter{width: 80, height: 24, sync: true}
	for range 200 {
		var frame strings.Builder
		for range 24 {
			for range 1 + rng.IntN(6) {
				frame.WriteString(parts[rng.IntN(len(parts))])
			}
			frame.WriteByte('\n')
		}
		var b bytes.Buffer
		p.frame, p.fresh = frame.String(), true
		p.draw(&b)
		for _, r := range ours.ReplaceAllString(b.String(), "") {
			if !drawable(r, utf8.RuneLen(r)) || r == utf8.RuneError {
				t.Fatalf("%U of %q is on the wire: %q", r, frame.String(), b.String())
			}
		}
	}
}

func FuzzOnlyStyles(f *testing.F) {
	for _, s := range []string{
		"a\x1b]52;c;aGk=\ab", "\x1b[31m", "\x1b[\x1b[31m", "\x1b\x1b]0;x\a", "\u009b\u202e\x9b",
		"\x1b[1\x1b]m",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := onlyStyles(s)
		if !utf8.ValidString(got) || onlyStyles(got) != got {
			t.Fatalf("%q -> %q", s, got)
		}
		for k := 0; k < len(got); k++ {
			if n := styleLen(got[k:]); n > 0 {
				k += n - 1
			} else if got[k] < ' ' || got[k] == 0x7f {
				t.Fatalf("%q holds a control character: %q", s, got)
			}
		}
	})
}

func TestFitCutsToTheScreen(t *testing.T) {
	lines := fit(strings.Repeat("\x1b[31m"+strings.Repeat("世", 50)+"\x1b[m\n", 10), 4, nil)
	if len(lines) != 4 {
		t.Fatalf("%d lines, want 4", len(lines))
	}
	for _, l := range lines {
		if all := l.cells(nil, 21); len(all) != 20 || all[0].text != strings.Repeat("世", 10) {
			t.Errorf("%d columns, want 20: %v", len(all), all)
		}
	}
}

func TestSynchronizedOutputOnlyWhereKnown(t *testing.T) {
	for term, want := range map[string]bool{
		"xterm-256color": true, "tmux-256color": true, "xterm-kitty": true,
		"vt100": false, "linux": false, "screen": false, "unknown": false,
	} {
		if got := synchronizes(term); got != want {
			t.Errorf("%s: %v, want %v", term, got, want)
		}
	}
}

// writes hands on what is written, write by write.
type writes chan []byte

func (w writes) Write(p []byte) (int, error) {
	w <- bytes.Clone(p)
	return len(p), nil
}

// A whole screen is written in pieces: the connection keeps the longest packet that it has sent.
func TestWholeScreensAreWrittenInPieces(t *testing.T) {
	const w, h = 80, 40
	out := make(writes, 1)
	p := newPainter(out, Terminal{Term: "xterm", Width: w, Height: h})
	row := "\x1b[1m" + strings.Repeat("x", w) + "\x1b[m\n"
	p.show(strings.Repeat(row, h-1)+"the end", caret{})
	glass := vt.NewEmulator(w, h)
	longest, drawn := 0, 0
	for !strings.Contains(glass.String(), "the end") {
		raw := <-out
		longest, drawn = max(longest, len(raw)), drawn+len(raw)
		_, _ = glass.Write(raw)
	}
	if longest > piece || drawn < 2*piece {
		t.Errorf("%d bytes were written, at most %d at once, want pieces of %d", drawn, longest, piece)
	}
	go func() {
		for range out { // the end of the screen
		}
	}()
	p.close("")
	close(out)
}
