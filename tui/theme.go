package tui

import (
	"io"
	"slices"
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

// defaultTheme is that of a person who chose none. Nobody asked what paper the terminal has, so its colours are those
// that are read on any.
const defaultTheme = "auto"

// themeNames are the themes in the order in which ctrl+t goes through them. Dark and light are for the paper that their
// names say, contrast has no colours and nothing faint, and mono is for terminals whose colours are not to be trusted.
var themeNames = []string{defaultTheme, "dark", "light", "contrast", "mono"}

// plainLooks are those without colours: what stands out is bold or reversed. What has no colour is the terminal's
// text on the terminal's ground. A terminal without attributes either still has the words and marks.
func plainLooks() (all [toneCount]look) {
	for i := range all {
		all[i] = look{wide: -1, basic: -1, ground: -1}
	}
	all[toneFaint].faint, all[toneRule].faint = true, true
	for _, k := range []tone{toneStrong, toneTitle, toneKey, toneBadge, toneWarn, toneBad} {
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

// palettes are the colours of each theme. A tone that is not named keeps the terminal's own ink: body text does in
// every theme, because a fixed white or black is gone on the other paper. Of the sixteen colours, which everyone has
// set up differently, only a theme for a known paper uses the bright ones.
var palettes = map[string]struct {
	colours       []colour
	chosen, badge look // both set ink and ground, so they are read on any paper
}{
	"auto": {
		[]colour{
			{toneFaint, 243, -1},
			{toneTitle, 130, -1},
			{toneKey, 130, -1},
			{toneGood, 30, -1},
			{toneWarn, 136, -1},
			{toneBad, 167, 1},
			{toneRule, 244, -1},
		},
		look{wide: 16, basic: -1, ground: 173, bold: true},
		look{wide: 16, basic: -1, ground: 173, bold: true},
	},
	"dark": {
		[]colour{
			{toneFaint, 245, -1},
			{toneTitle, 173, 3},
			{toneKey, 173, 3},
			{toneGood, 79, 6},
			{toneWarn, 179, 11},
			{toneBad, 210, 9},
			{toneRule, 242, -1},
		},
		look{wide: 230, basic: -1, ground: 237, bold: true},
		look{wide: 16, basic: -1, ground: 173, bold: true},
	},
	"light": {
		[]colour{
			{toneFaint, 241, -1},
			{toneTitle, 94, -1},
			{toneKey, 94, -1},
			{toneGood, 23, -1},
			{toneWarn, 58, -1},
			{toneBad, 124, 1},
			{toneRule, 245, -1},
		},
		look{wide: 16, basic: -1, ground: 223, bold: true},
		look{wide: 231, basic: -1, ground: 130, bold: true},
	},
}

// themeOf is a theme by its name, the default one if there is none; without colours it is mono.
func themeOf(name string, p colorprofile.Profile) theme {
	if !slices.Contains(themeNames, name) {
		name = defaultTheme
	}
	if p <= colorprofile.ASCII {
		name = "mono"
	}
	t := theme{name: name, profile: p, looks: plainLooks()}
	if name == "contrast" {
		t.looks[toneFaint].faint, t.looks[toneRule].faint = false, false
	}
	if colours, ok := palettes[name]; ok {
		t.looks[toneChosen], t.looks[toneBadge] = colours.chosen, colours.badge
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
		fore := l.basic
		if t.profile >= colorprofile.ANSI256 {
			fore = l.wide
		}
		// A colour makes it faint where there is one: the attribute is drawn differently by every terminal.
		st := r.NewStyle().Bold(l.bold).Faint(l.faint && fore < 0).Reverse(l.reversed)
		if l.ground >= 0 && t.profile >= colorprofile.ANSI256 {
			st = st.Background(lipgloss.Color(strconv.Itoa(l.ground)))
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
