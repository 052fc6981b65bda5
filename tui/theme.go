package tui

import (
	"io"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// look is how a tone is drawn: colour indices of 256 and of 16 (-1: none), and attributes that work without colour.
// True colour is not used: indices follow the palette that the person has set up, and cost fewer bytes for each
// change.
type look struct {
	wide, basic, ground   int
	bold, faint, reversed bool
}

// theme is the look of every tone for one session. The styles are made once, because a screen paints a few hundred
// spans for each key.
type theme struct {
	name    string
	looks   [toneCount]look
	styles  [toneCount]lipgloss.Style
	profile colorprofile.Profile
}

// themeNames are the themes in the order in which ctrl+t goes through them. Mono is for terminals whose colours are
// not to be trusted, and for people who do not tell colours apart.
var themeNames = []string{"dark", "light", "contrast", "mono"}

// badgeLook is the same in every theme with colours: DEMO has to be seen on a light and on a dark ground.
var badgeLook = look{wide: 234, basic: 0, ground: 179, bold: true}

// plainLooks are those without colours: what stands out is bold or reversed. What has no colour is the terminal's
// text on the terminal's ground. A terminal without attributes either still has the words and marks.
func plainLooks() (all [toneCount]look) {
	for i := range all {
		all[i] = look{wide: -1, basic: -1, ground: -1}
	}
	all[toneFaint].faint = true
	for _, k := range []tone{toneStrong, toneTitle, toneKey, toneBadge} {
		all[k].bold = true
	}
	all[toneChosen].reversed, all[toneBadge].reversed = true, true
	return all
}

// colour is the foreground of a tone, of 256 and of 16 colours.
type colour struct {
	tone        tone
	wide, basic int
}

// palettes are the colours of each theme, with how the selected line looks. A tone that is not named keeps the text of
// the terminal.
var palettes = map[string]struct {
	colours []colour
	chosen  look
}{
	"dark": {[]colour{
		{toneText, 252, -1},
		{toneFaint, 244, 8},
		{toneStrong, 255, 15},
		{toneTitle, 152, 14},
		{toneKey, 110, 12},
		{toneGood, 114, 10},
		{toneWarn, 179, 11},
		{toneBad, 174, 9},
		{toneRule, 238, 8},
	}, look{wide: 255, basic: 15, ground: 24, bold: true}},
	"light": {[]colour{
		{toneFaint, 243, 8},
		{toneTitle, 24, 4},
		{toneKey, 25, 4},
		{toneGood, 28, 2},
		{toneWarn, 130, 3},
		{toneBad, 124, 1},
		{toneRule, 250, 7},
	}, look{wide: 16, basic: 15, ground: 153, bold: true}},
	"contrast": {[]colour{
		{toneText, 231, 15},
		{toneFaint, 252, 7},
		{toneTitle, 231, 15},
		{toneKey, 226, 11},
		{toneGood, 119, 10},
		{toneWarn, 226, 11},
		{toneBad, 210, 9},
		{toneRule, 252, 7},
	}, look{wide: 16, basic: 0, ground: 231, bold: true}},
}

// themeOf is a theme by its name, the dark one if there is none; without colours it is mono.
func themeOf(name string, p colorprofile.Profile) theme {
	t := theme{name: name, profile: p, looks: plainLooks()}
	if p <= colorprofile.ASCII {
		t.name = "mono"
	}
	if t.name != "mono" {
		colours, known := palettes[name]
		if !known {
			t.name, colours = "dark", palettes["dark"]
		}
		t.looks[toneFaint].faint = false // a colour does it, and faint is drawn differently by every terminal
		t.looks[toneChosen], t.looks[toneBadge] = colours.chosen, badgeLook
		for _, c := range colours.colours {
			t.looks[c.tone].wide, t.looks[c.tone].basic = c.wide, c.basic
		}
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

// paint writes a span with its escape sequences. A terminal that is none gets the text alone, so that a pipe or a
// screen reader is not disturbed.
func (t *theme) paint(s span) string {
	if s.text == "" || t.profile <= colorprofile.NoTTY {
		return s.text
	}
	return t.styles[s.tone].Render(s.text)
}

// page makes exactly height lines of exactly width cells. Full lines overwrite what was there, so nothing has to be
// cleared and nothing flickers.
func (t *theme) page(lines []line, width, height int) string {
	var b strings.Builder
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		var l line
		if i < len(lines) {
			l = lines[i]
		}
		for _, s := range l.fit(width) {
			b.WriteString(t.paint(s))
		}
	}
	return b.String()
}
