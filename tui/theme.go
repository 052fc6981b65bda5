package tui

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// tone is what a piece of text means; the theme says what that looks like. Nothing is told by a tone alone.
type tone uint8

// Tones.
const (
	toneText tone = iota
	toneFaint
	toneStrong
	toneTitle
	toneKey
	toneGood
	toneWarn
	toneBad
	toneChosen // the selected row
	toneBadge  // DEMO, waiting answers
	toneRule
	toneCount
)

// span is text in one tone.
type span struct {
	text string
	tone tone
}

// row is one line of a screen.
type row []span

// say makes a row of one tone.
func say(t tone, text string) row { return row{{text, t}} }

// and puts more text behind a row.
func (r row) and(t tone, text string) row { return append(slices.Clip(r), span{text, t}) }

// width of a row in display cells.
func (r row) width() int {
	n := 0
	for _, s := range r {
		n += ansi.StringWidth(s.text)
	}
	return n
}

// right puts a second row at the right edge of a width, if there is room for it.
func (r row) right(width int, other row) row {
	gap := width - r.width() - other.width()
	if gap < 1 {
		return r
	}
	return append(append(slices.Clip(r), span{strings.Repeat(" ", gap), toneText}), other...)
}

// fit cuts and fills a row to exactly a width; what does not fit ends with "…".
func (r row) fit(width int) row {
	var out row
	left := width
	for i, s := range r {
		text := graphic(s.text)
		n := ansi.StringWidth(text)
		if n > left || n == left && r[i+1:].width() > 0 {
			text = ansi.Truncate(text, max(0, left-1), "")
			if text += "…"; left <= 0 {
				text = ""
			}
			n = ansi.StringWidth(text)
			left -= n
			out = append(out, span{text, s.tone})
			break
		}
		left -= n
		out = append(out, span{text, s.tone})
	}
	if left > 0 {
		out = append(out, span{strings.Repeat(" ", left), toneText})
	}
	return out
}

// graphic drops what a terminal could obey. Foreign text was cleaned before; this is the last door.
func graphic(s string) string {
	return strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, s)
}

// look is how a tone is drawn: colour indices of 256 and of 16 (-1: none), and attributes that work without colour.
type look struct {
	wide, basic, ground   int
	bold, faint, reversed bool
}

// theme is the look of every tone.
type theme struct {
	name    string
	looks   [toneCount]look
	styles  [toneCount]lipgloss.Style
	profile colorprofile.Profile
}

// themeNames are the themes in the order in which ctrl+t goes through them.
var themeNames = []string{"dark", "light", "contrast", "mono"}

// themeOf is a theme by its name, the dark one if there is none; without colours it is mono.
func themeOf(name string, p colorprofile.Profile) theme {
	none := look{wide: -1, basic: -1, ground: -1}
	t := theme{name: name, profile: p}
	for i := range t.looks {
		t.looks[i] = none
	}
	set := func(k tone, wide, basic int) { t.looks[k].wide, t.looks[k].basic = wide, basic }
	t.looks[toneFaint].faint = true
	for _, k := range []tone{toneStrong, toneTitle, toneKey, toneBadge} {
		t.looks[k].bold = true
	}
	t.looks[toneChosen].reversed, t.looks[toneBadge].reversed = true, true
	if p <= colorprofile.ASCII || name == "mono" {
		t.name = "mono"
		t.draw()
		return t
	}
	t.looks[toneChosen] = look{wide: 255, basic: 15, ground: 24, bold: true}
	t.looks[toneFaint].faint = false
	t.looks[toneBadge] = look{wide: 234, basic: 0, ground: 179, bold: true}
	switch name {
	case "light":
		set(toneFaint, 243, 8)
		set(toneTitle, 24, 4)
		set(toneKey, 25, 4)
		set(toneGood, 28, 2)
		set(toneWarn, 130, 3)
		set(toneBad, 124, 1)
		set(toneRule, 250, 7)
		t.looks[toneChosen].ground = 153
		t.looks[toneChosen].wide = 16
	case "contrast":
		set(toneText, 231, 15)
		set(toneFaint, 252, 7)
		set(toneTitle, 231, 15)
		set(toneKey, 226, 11)
		set(toneGood, 119, 10)
		set(toneWarn, 226, 11)
		set(toneBad, 210, 9)
		set(toneRule, 252, 7)
		t.looks[toneChosen] = look{wide: 16, basic: 0, ground: 231, bold: true}
	default:
		t.name = "dark"
		set(toneText, 252, -1)
		set(toneFaint, 244, 8)
		set(toneStrong, 255, 15)
		set(toneTitle, 152, 14)
		set(toneKey, 110, 12)
		set(toneGood, 114, 10)
		set(toneWarn, 179, 11)
		set(toneBad, 174, 9)
		set(toneRule, 238, 8)
	}
	t.draw()
	return t
}

// draw makes the styles of the looks. They belong to a renderer of their own: the library's global one would describe
// the terminal of the server.
func (t *theme) draw() {
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(termenv.ANSI)
	if t.profile >= colorprofile.ANSI256 {
		r.SetColorProfile(termenv.ANSI256)
	}
	for i, l := range t.looks {
		st := r.NewStyle().Bold(l.bold).Faint(l.faint).Reverse(l.reversed)
		fore := l.basic
		if t.profile >= colorprofile.ANSI256 {
			fore = l.wide
			if l.ground >= 0 {
				st = st.Background(lipgloss.Color(strconv.Itoa(l.ground)))
			}
		} else if l.ground >= 0 {
			fore, st = -1, st.Reverse(true) // sixteen colours have no quiet ground
		}
		if fore >= 0 {
			st = st.Foreground(lipgloss.Color(strconv.Itoa(fore)))
		}
		t.styles[i] = st
	}
}

// paint writes a span with its escape sequences.
func (t *theme) paint(s span) string {
	if s.text == "" || t.profile <= colorprofile.NoTTY {
		return s.text
	}
	return t.styles[s.tone].Render(s.text)
}

// page makes exactly height lines of exactly width cells.
func (t *theme) page(rows []row, width, height int) string {
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		var r row
		if i < len(rows) {
			r = rows[i]
		}
		for _, s := range r.fit(width) {
			b.WriteString(t.paint(s))
		}
	}
	return b.String()
}
