package tui

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// shade is one colour in each depth: RGB as #rrggbb, the index of 256, the index of 16 (none: -1).
type shade struct {
	rgb         string
	wide, basic int
}

// none is the terminal's own ink or paper.
var none = shade{"", -1, -1}

// in returns the colour in a depth as lipgloss takes it, "" for the terminal's own.
func (s shade) in(p colorprofile.Profile) lipgloss.Color {
	index := s.basic
	switch {
	case p >= colorprofile.TrueColor && s.rgb != "":
		return lipgloss.Color(s.rgb)
	case p >= colorprofile.ANSI256:
		index = s.wide
	}
	if index < 0 {
		return ""
	}
	return lipgloss.Color(strconv.Itoa(index))
}

// look is how a tone is drawn: its ink and paper, and attributes that work without colour. bare are the attributes that
// stand in where the depth has no colour for it.
type look struct {
	ink, paper                      shade
	bold, faint, reversed, underlin bool
	bareBold                        bool
}

// theme is the look of every tone on one kind of terminal. The sequences are made once, because a screen paints a few
// hundred spans for each key, and all sessions share them.
type theme struct {
	name    string
	looks   [toneCount]look
	before  [toneCount]string // what switches a tone on, "" for the terminal's own text
	profile colorprofile.Profile
	signs   signs
}

// defaultTheme is that of a person who chose none. Nobody asked what paper the terminal has, so its colours are those
// that are read on any.
const defaultTheme = "auto"

// themeNames are the themes in the order in which ctrl+t goes through them. Dark and light are for the paper that their
// names say, blind is for eyes that tell blue from orange better than green from red, contrast has no colours and
// nothing faint, and mono is for terminals whose colours are not to be trusted.
var themeNames = []string{defaultTheme, "dark", "light", "blind", "contrast", "mono"}

// plainLooks are those without colours: what stands out is bold or reversed. What has no colour is the terminal's
// text on the terminal's ground. A terminal without attributes either still has the words and marks.
func plainLooks() (all [toneCount]look) {
	for i := range all {
		all[i] = look{ink: none, paper: none}
	}
	for _, k := range []tone{toneFaint, toneRule} {
		all[k].faint = true
	}
	for _, k := range []tone{toneStrong, toneKey, toneBadge, toneWarn, toneBad} {
		all[k].bold = true
	}
	all[toneAccent].bareBold = true
	all[toneChosen].reversed, all[toneBadge].reversed = true, true
	all[toneLink].underlin = true
	return all
}

// palette is the colours of a theme. A tone that is not named keeps the terminal's own ink: body text does in every
// theme, because a fixed white or black is gone on the other paper. chosen and badge set both ink and paper, so they
// are read on any.
type palette struct {
	faint, accent, fill, good, warn, bad, rule shade
	chosen, badge                              [2]shade // ink, paper
}

// palettes are two coins: copper for the person and the place, verdigris for money that comes and proof that holds. Of
// the sixteen colours, which everyone has set up differently, only a theme for a known paper uses the bright ones.
var palettes = map[string]palette{
	"auto": {
		faint: shade{"#767676", 243, -1}, accent: shade{"#bf6530", 130, -1}, fill: shade{"#bf6530", 130, -1},
		good: shade{"#22887a", 30, -1}, warn: shade{"#a06c00", 136, -1}, bad: shade{"#cc4540", 167, 1},
		rule:   shade{"#808080", 244, -1},
		chosen: [2]shade{{"#000000", 16, -1}, {"#cf7d48", 173, -1}},
		badge:  [2]shade{{"#000000", 16, -1}, {"#cf7d48", 173, -1}},
	},
	"dark": {
		faint: shade{"#9b9184", 245, -1}, accent: shade{"#e59e6d", 173, 3}, fill: shade{"#e59e6d", 173, 3},
		good: shade{"#7cc4b0", 79, 6}, warn: shade{"#e6c15c", 179, 11}, bad: shade{"#f0867c", 210, 9},
		rule:   shade{"#544a42", 239, -1},
		chosen: [2]shade{{"#ffe9d6", 230, -1}, {"#4a3222", 237, -1}},
		badge:  [2]shade{{"#1a0f08", 16, -1}, {"#e59e6d", 173, -1}},
	},
	"light": {
		faint: shade{"#6b6258", 241, -1}, accent: shade{"#964a18", 130, -1}, fill: shade{"#b9622f", 130, -1},
		good: shade{"#0f6b5c", 23, -1}, warn: shade{"#7d5600", 94, -1}, bad: shade{"#a8231d", 124, 1},
		rule:   shade{"#c9bfb3", 250, -1},
		chosen: [2]shade{{"#2b1a10", 16, -1}, {"#f0d5bd", 223, -1}},
		badge:  [2]shade{{"#ffffff", 231, -1}, {"#964a18", 130, -1}},
	},
	// The poles of Okabe and Ito, blue and vermilion, in tones that are read on any paper.
	"blind": {
		faint: shade{"#767676", 243, -1}, accent: shade{"#2f78b7", 67, -1}, fill: shade{"#2f78b7", 67, -1},
		good: shade{"#2f78b7", 67, -1}, warn: shade{"#a06c00", 136, -1}, bad: shade{"#c3510c", 166, -1},
		rule:   shade{"#808080", 244, -1},
		chosen: [2]shade{{"#000000", 16, -1}, {"#56b4e9", 74, -1}},
		badge:  [2]shade{{"#000000", 16, -1}, {"#e69f00", 172, -1}},
	},
}

// wear puts the colours of a palette on.
func (p palette) wear(looks *[toneCount]look) {
	for k, ink := range map[tone]shade{
		toneFaint: p.faint, toneAccent: p.accent, toneKey: p.accent, toneFill: p.fill, toneGood: p.good,
		toneWarn: p.warn, toneBad: p.bad, toneRule: p.rule,
	} {
		looks[k].ink = ink
	}
	for k, pair := range map[tone][2]shade{toneChosen: p.chosen, toneBadge: p.badge} {
		looks[k].ink, looks[k].paper, looks[k].reversed = pair[0], pair[1], false
	}
	// A phone reads dark on light: both are colours of our own, so a code is that on any paper.
	white, black := shade{"#ffffff", 231, 15}, shade{"#000000", 16, 0}
	looks[toneCode] = look{ink: white, paper: black}
	looks[toneCodeLight] = look{ink: black, paper: white}
}

// themeOf is a theme by its name, the default one if there is none; without colours it is mono.
func themeOf(name string, p colorprofile.Profile, s signs) *theme {
	if !slices.Contains(themeNames, name) {
		name = defaultTheme
	}
	if p <= colorprofile.ASCII {
		name = "mono"
	}
	kind := themeKind{name, p, s}
	if t, is := themes.Load(kind); is {
		return t.(*theme)
	}
	t := &theme{name: name, profile: p, looks: plainLooks(), signs: s}
	if name == "contrast" {
		t.looks[toneFaint].faint, t.looks[toneRule].faint = false, false
	}
	if colours, ok := palettes[name]; ok {
		colours.wear(&t.looks)
	}
	t.draw()
	themes.Store(kind, t)
	return t
}

// themeKind is what a theme depends on; there are a few dozen.
type themeKind struct {
	name    string
	profile colorprofile.Profile
	signs   signs
}

var themes sync.Map // *theme by themeKind, never changed

// draw makes the sequences of the looks. They come from a renderer of their own: the global one of the library would
// describe the terminal of the server.
func (t *theme) draw() {
	if t.profile <= colorprofile.NoTTY {
		return
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(map[colorprofile.Profile]termenv.Profile{
		colorprofile.ANSI256: termenv.ANSI256, colorprofile.TrueColor: termenv.TrueColor,
	}[t.profile])
	if t.profile < colorprofile.ANSI256 {
		r.SetColorProfile(termenv.ANSI)
	}
	for i, l := range t.looks {
		ink, paper := l.ink.in(t.profile), l.paper.in(t.profile)
		// A colour makes it faint where there is one: the attribute is drawn differently by every terminal.
		st := r.NewStyle().Bold(l.bold || l.bareBold && ink == "").Faint(l.faint && ink == "").Underline(l.underlin)
		if ink != "" {
			st = st.Foreground(ink)
		}
		switch {
		case paper != "":
			st = st.Background(paper)
		case l.reversed || l.paper != none: // sixteen colours have no quiet paper
			st = st.Reverse(true)
		}
		t.before[i], _, _ = strings.Cut(st.Render("x"), "x")
	}
}

// paint writes a span with its escape sequences. A terminal that is none gets the text alone, so that a pipe or a
// screen reader is not disturbed.
func (t *theme) paint(b *strings.Builder, s span) {
	var on string
	if s.tone < toneCount {
		on = t.before[s.tone]
	} else {
		on = t.sample(s.tone)
	}
	if s.text == "" || on == "" {
		b.WriteString(s.text)
		return
	}
	b.WriteString(on)
	b.WriteString(s.text)
	b.WriteString("\x1b[m")
}

// page makes exactly height lines of exactly width cells. Full lines overwrite what was there, so nothing has to be
// cleared and nothing flickers.
func (t *theme) page(lines []line, width, height int) string {
	var b strings.Builder
	b.Grow(3 * height * width) // a list in true colour; more grows it
	for i := range height {
		if i > 0 {
			b.WriteByte('\n')
		}
		var l line
		if i < len(lines) {
			l = lines[i]
		}
		gap := width - l.width()
		if gap < 0 || !l.isGraphic() {
			l, gap = l.fit(width), 0
		}
		for _, s := range l {
			s.text = t.signs.show(s.text)
			t.paint(&b, s)
		}
		t.paint(&b, span{strings.Repeat(" ", gap), toneText})
	}
	return b.String()
}
