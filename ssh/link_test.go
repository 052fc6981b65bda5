package ssh

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"

	"tuppence/tui"
)

// linkedCells is what each cell of a terminal opens.
func linkedCells(glass *vt.Emulator, w, h int) string {
	var b strings.Builder
	for y := range h {
		for x := range w {
			if c := glass.CellAt(x, y); c != nil && c.Link.URL != "" {
				fmt.Fprintf(&b, "%d,%d %s\n", x, y, c.Link.URL)
			}
		}
	}
	return b.String()
}

// Whatever frame follows whatever frame, those cells open something that the newest frame says, and no other.
func TestLinksFollowTheNewestFrame(t *testing.T) {
	const w, h = 24, 4
	text := rapid.SampledFrom([]string{
		"https://a.example/x  end", "https://b.example", "  see https://a.example", "", "\x1b[4mhttps://a.example/x\x1b[m",
	})
	link := rapid.Custom(func(t *rapid.T) tui.Link {
		return tui.Link{
			Row: rapid.IntRange(0, h).Draw(t, "row"), Column: rapid.IntRange(-2, w).Draw(t, "column"),
			Width: rapid.IntRange(0, w).Draw(t, "width"),
			URL:   rapid.SampledFrom([]string{"https://a.example/x", "https://b.example"}).Draw(t, "url"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		glass := vt.NewEmulator(w, h)
		p := &painter{width: w, height: h, sync: true, open: true}
		for range rapid.IntRange(1, 5).Draw(t, "frames") {
			lines := rapid.SliceOfN(text, h, h).Draw(t, "lines")
			links := rapid.SliceOfN(link, 0, 3).Draw(t, "links")
			var b bytes.Buffer
			p.frame, p.links, p.fresh = strings.Join(lines, "\n"), links, true
			p.draw(&b)
			_, _ = glass.Write(b.Bytes())

			fresh, whole := vt.NewEmulator(w, h), &painter{width: w, height: h, open: true}
			var all bytes.Buffer
			whole.frame, whole.links, whole.fresh = strings.Join(lines, "\n"), links, true
			whole.draw(&all)
			_, _ = fresh.Write(all.Bytes())
			got, want := linkedCells(glass, w, h), linkedCells(fresh, w, h)
			if got != want {
				t.Fatalf("opens\n%s\nwant\n%s\nfor %q", got, want, b.String())
			}
			if open := strings.LastIndex(b.String(), "\x1b]8;"); open >= 0 &&
				!strings.HasPrefix(b.String()[open:], "\x1b]8;;\x1b\\") {
				t.Fatalf("a link is left open in %q", b.String())
			}
		}
	})
}

// A wrapped address is one link: its parts have one id. An equal frame sends nothing.
func TestWrappedLinkIsOne(t *testing.T) {
	p := &painter{width: 20, height: 2, open: true}
	links := []tui.Link{
		{Row: 0, Column: 2, Width: 16, URL: "https://a.example/long/path"},
		{Row: 1, Column: 2, Width: 11, URL: "https://a.example/long/path"},
	}
	var b bytes.Buffer
	p.frame, p.links, p.fresh = "  https://a.exampl\n  e/long/path", links, true
	p.draw(&b)
	begin := "\x1b]8;id="
	parts := strings.Split(b.String(), begin)
	if len(parts) != 2 || strings.Count(b.String(), "\x1b]8;;\x1b\\") != 1 { // it is on while the cursor moves
		t.Errorf("two parts of one link are %q", b.String())
	}
	b.Reset()
	p.frame, p.links, p.fresh = "  https://a.exampl\n  e/long/path", links, true
	if p.draw(&b); b.Len() != 0 {
		t.Errorf("an equal frame sent %q", b.String())
	}
}

// Attack: addresses that would end the sequence, open something that is no page, or be too long. No terminal gets them,
// whatever a screen has let through.
func TestHostileLinksReachNoTerminal(t *testing.T) {
	for _, address := range []string{
		"https://a.example/\x1b]52;c;aGk=\a", "https://a.example/\a", "https://a.example/\x9c", "https://a.example/ x",
		"https://a.example/é", "javascript:alert(1)", "file:///etc/passwd", "ssh://a.example", "HTTPS://a.example", "",
		"https://a.example/" + strings.Repeat("x", linkMost), "https://a.example/\n",
	} {
		p := &painter{width: 20, height: 1, frame: "click", fresh: true, open: true}
		p.links = []tui.Link{{Row: 0, Column: 0, Width: 5, URL: address}}
		var b bytes.Buffer
		if p.draw(&b); strings.Contains(b.String(), "\x1b]8") {
			t.Errorf("%q becomes %q", address, b.String())
		}
	}
}

// Consoles that print what they do not know get no links.
func TestConsolesGetNoLinks(t *testing.T) {
	for term, want := range map[string]bool{
		"xterm-256color": true, "tmux-256color": true, "linux": false, "vt100": false, "vt220": false, "dumb": false,
		unknownTerm: false,
	} {
		if got := opensLinks(term); got != want {
			t.Errorf("opensLinks(%q) = %v", term, got)
		}
		p := &painter{width: 20, height: 1, frame: "https://a.example", fresh: true, open: opensLinks(term)}
		p.links = []tui.Link{{Row: 0, Column: 0, Width: 17, URL: "https://a.example"}}
		var b bytes.Buffer
		if p.draw(&b); strings.Contains(b.String(), "\x1b]8") != want {
			t.Errorf("%s gets %q", term, b.String())
		}
	}
}

// Text of which nobody knows how wide it is opens nothing: what stands there is not what was laid out.
func TestLooseTextOpensNothing(t *testing.T) {
	p := &painter{width: 20, height: 1, frame: "世世世", fresh: true, open: true}
	p.links = []tui.Link{{Row: 0, Column: 0, Width: 6, URL: "https://a.example"}}
	var b bytes.Buffer
	if p.draw(&b); strings.Contains(b.String(), "\x1b]8") {
		t.Errorf("loose text opens: %q", b.String())
	}
}
