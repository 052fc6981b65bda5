package ssh

import (
	"bytes"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/vt"
	"pgregory.net/rapid"
)

// At the end of every frame the terminal's cursor stands where the model says, inside of the screen, also where nothing
// else changed.
func TestCursorStandsWhereTheModelSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const w, h = 20, 6
		glass := vt.NewEmulator(w, h)
		p := &painter{width: w, height: h, sync: true}
		for range rapid.IntRange(1, 8).Draw(t, "frames") {
			at := caret{
				rapid.IntRange(-1, w+3).Draw(t, "column"), rapid.IntRange(-1, h+3).Draw(t, "row"), rapid.Bool().Draw(t, "seen"),
			}
			p.frame, p.fresh, p.caret = rapid.SampledFrom([]string{"a\nb", "a\nc", "long line\n\nx"}).Draw(t, "frame"), true, at
			var b bytes.Buffer
			p.draw(&b)
			_, _ = glass.Write(b.Bytes())
			want := at.within(w, h)
			if got := glass.CursorPosition(); got.X != want.column || got.Y != want.row {
				t.Fatalf("the cursor stands at %v, want %+v; bytes %q", got, want, b.String())
			}
			// What was sent last about the cursor says whether it is seen.
			if s := b.String(); at.visible && strings.Contains(s, "\x1b[?25l") && !strings.HasSuffix(s, "\x1b[?25h") {
				t.Fatalf("the cursor is hidden by %q", s)
			}
		}
	})
}

// A frame that differs in nothing, cursor included, sends nothing.
func TestCursorThatStandsCostsNothing(t *testing.T) {
	p := &painter{width: 20, height: 6}
	var b bytes.Buffer
	for range 2 {
		b.Reset()
		p.frame, p.fresh, p.caret = "a\nb", true, caret{1, 1, true}
		p.draw(&b)
	}
	if b.Len() != 0 {
		t.Errorf("sent %q", b.String())
	}
}

type withCaret struct{ board }

func (withCaret) Caret() (column, row int, visible bool) { return 3, 4, true }

func TestCaretOfAModel(t *testing.T) {
	for _, tt := range []struct {
		m    tea.Model
		want caret
	}{{&withCaret{}, caret{3, 4, true}}, {&board{}, caret{}}} {
		if got := caretOf(tt.m); got != tt.want {
			t.Errorf("%T: %+v, want %+v", tt.m, got, tt.want)
		}
	}
}
