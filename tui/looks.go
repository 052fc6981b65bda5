package tui

import (
	"cmp"
	"slices"
	"sync"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/server/view"
)

// dress is how the screens may look: a theme, and how much of its signs.
type dress struct {
	words string
	theme string // "": as it is
	ascii bool
	plain bool // lines instead of screens
}

// wardrobe are the looks that a person chooses from by eye.
var wardrobe = []dress{
	{words: "Follow my terminal", theme: defaultTheme},
	{words: "Dark", theme: "dark"},
	{words: "Light", theme: "light"},
	{words: "Blue and orange", theme: "blind"},
	{words: "High contrast", theme: "contrast"},
	{words: "No colour", theme: "mono"},
	{words: "No colour, plain signs", theme: "mono", ascii: true},
	{words: "Plain, read aloud", plain: true},
}

// colourless are the looks of a terminal that shows no colours: which theme the person's other terminals have is not
// chosen there.
var colourless = []dress{
	{words: "As it is"},
	{words: "Plain signs", ascii: true},
	{words: "Plain, read aloud", plain: true},
}

// in is a tone as another theme draws it, by its place in themeNames: a preview shows several at once.
func (t tone) in(theme int) tone { return t + toneCount*tone(theme+1) }

// samples are what switches on the tones of all themes, by the depth of colours. They are made once for the process:
// they depend on nothing else.
var samples sync.Map

// sample is what switches on a tone of another theme.
func (t *theme) sample(k tone) string {
	all, made := samples.Load(t.profile)
	if !made {
		var list []string
		for _, name := range themeNames {
			other := themeOf(name, t.profile, allSigns)
			list = append(list, other.before[:]...)
		}
		all, _ = samples.LoadOrStore(t.profile, list)
	}
	return all.([]string)[k-toneCount]
}

// looks is the list of looks with one chosen. The whole screen wears the chosen one while it is tried.
type looks struct {
	all []dress
	at  int
}

// newLooks begins with the look that the screen has.
func newLooks(m *Model) looks {
	l := looks{all: wardrobe}
	if m.o.Profile <= colorprofile.ASCII {
		l.all = colourless
	}
	l.at = max(0, slices.IndexFunc(l.all, func(d dress) bool {
		return (d.theme == m.theme.name || d.theme == "") && d.ascii == m.me.ASCII && !d.plain
	}))
	return l
}

// try moves in the list and wears what is chosen.
func (l *looks) try(m *Model, by int) {
	l.at = max(0, min(l.at+by, len(l.all)-1))
	m.tried = &l.all[l.at]
	m.dress()
}

// key moves in the list. Taken is true for the key that chooses, left for the one that goes back; what was worn before
// is worn again then. No other key leads away while a look is tried.
func (l *looks) key(m *Model, k Key) (taken, left, used bool) {
	switch name := k.String(); name {
	case "down", "j", "tab":
		l.try(m, 1)
	case "up", "k", "shift+tab":
		l.try(m, -1)
	case "home", "g":
		l.try(m, -len(l.all))
	case "end", "G":
		l.try(m, len(l.all))
	case "enter":
		return m.decides(k), false, true
	case "esc", "left":
		m.tried = nil
		m.dress()
		return false, true, true
	default:
		return false, false, m.bound(name) != "help" && name != "q" && name != "ctrl+l"
	}
	return false, false, true
}

// take wears the chosen look from now on; what it stores is the caller's to store.
func (l *looks) take(m *Model) view.SettingsChange {
	d := l.all[l.at]
	m.tried, m.me.ASCII, m.chosenTheme = nil, d.ascii, cmp.Or(d.theme, m.chosenTheme)
	m.dress()
	return view.SettingsChange{Theme: d.theme, ASCII: new(d.ascii), Plain: new(d.plain)}
}

// dress puts on the look of the session: the one that is tried, that was chosen here, or that is stored.
func (m *Model) dress() {
	name := cmp.Or(m.chosenTheme, m.me.Theme)
	if m.tried != nil {
		name = cmp.Or(m.tried.theme, name)
	}
	m.theme = themeOf(name, m.o.Profile, m.signs())
}

// draw shows each look in its own colours, and the signs that a font must have.
func (l *looks) draw(width, height int) []line {
	var out []line
	for i, d := range l.all {
		row := d.line(width)
		if i == l.at {
			row = marked(row, width)
		}
		out = append(out, row)
	}
	out = slices.Clip(out)
	const signs = "●● ─── ━━━ ▁▃▅█ ▐ ✓"
	join := lineOf(toneText, "  Do these join?   "+signs+"   If not, take plain signs.")
	if join.width() > width-2 {
		join = lineOf(toneText, "  "+signs+"  join?")
	}
	switch room := height - len(out); {
	case room >= 2:
		return append(out, nil, join)
	case room == 1:
		return append(out, join)
	case room < 0: // the chosen one stays in sight
		from := max(0, min(l.at-height/2, len(out)-height))
		return out[from : from+height]
	}
	return out
}

// line is a row of a history as the look draws it.
func (d dress) line(width int) line {
	const words = 22
	out := lineOf(toneText, "  "+view.Align(d.words, words, false)+"  ")
	if d.plain {
		return out.add(toneText, "one fact a line, numbered questions").cut(width - 2)
	}
	theme := slices.Index(themeNames, d.theme)
	own := func(t tone) tone {
		if theme < 0 {
			return t
		}
		return t.in(theme)
	}
	if width < narrow {
		return out.add(own(toneAccent), "●").add(own(toneGood), "● ").add(own(toneStrong), "-0.25").cut(width - 2)
	}
	out = out.add(own(toneAccent), "small-hours").add(own(toneText), "   How rivers freeze  ")
	out = out.add(own(toneFaint), "paid  ").add(own(toneGood), "✓ ").add(own(toneStrong), "-0.25")
	return out.cut(width - 2)
}

// looksSheet chooses the look of the screens.
type looksSheet struct{ looks looks }

func newLooksSheet(m *Model) *looksSheet { return &looksSheet{newLooks(m)} }

func (*looksSheet) name() string        { return "looks" }
func (*looksSheet) crumb() string       { return "Looks" }
func (*looksSheet) typing() bool        { return false }
func (*looksSheet) load(*Model) tea.Cmd { return nil }
func (*looksSheet) hints(*Model) []hint {
	return []hint{{"enter", "take it"}, {"↑↓", "try"}, {"esc", "back"}}
}

// key tries, takes, or goes back.
func (s *looksSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	taken, left, used := s.looks.key(m, k)
	switch {
	case taken:
		c := s.looks.take(m)
		m.pop()
		words := "✓ Looks: " + m.theme.name + "."
		if *c.Plain {
			words = "✓ Lines instead of screens, from your next log-in on."
		}
		m.notify(toneGood, words)
		return m.storeLooks(c), true
	case left:
		m.pop()
	}
	return nil, used
}

// storeLooks stores what was chosen by eye.
func (m *Model) storeLooks(c view.SettingsChange) tea.Cmd {
	return fetch(m, "theme", ownOf(m, m.svc.Settings, c), func(id view.Identity) tea.Cmd {
		m.settle(id)
		return nil
	})
}

// draw asks which one is read best.
func (s *looksSheet) draw(_ *Model, width, height int) []line {
	return append(looksHead(height), s.looks.draw(width, height-len(looksHead(height)))...)
}

// looksHead is the question above the looks.
func looksHead(height int) []line {
	out := append(topGap(height), heading("Which one reads best?"))
	if height >= roomyFrom {
		out = append(out, nil)
	}
	return out
}
