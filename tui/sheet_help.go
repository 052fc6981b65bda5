package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// helpSheet tells the keys, and the commands that the palette and the shell take. It shows what this key of SSH may
// do, and nothing else.
type helpSheet struct{}

func (*helpSheet) name() string        { return "help" }
func (*helpSheet) crumb() string       { return "Help" }
func (*helpSheet) typing() bool        { return false }
func (*helpSheet) load(*Model) tea.Cmd { return nil }
func (*helpSheet) hints(*Model) []hint { return []hint{{"j k", "scroll"}, {"esc", "back"}} }

// key closes the help with the key that opened it.
func (s *helpSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if m.bound(k.String()) == "help" { // the same key closes it
		return m.close(), true
	}
	return nil, false
}

// draw shows the keys of the screen below, those of every screen, and the commands of the role. The words of commands
// and of their keys are those of the table.
func (s *helpSheet) draw(m *Model, width, _ int) []line {
	below := m.places[m.place]
	if n := len(m.sheets); n > 1 {
		below = m.sheets[n-2]
	}
	b := factBlock{width: width, label: 8}
	out := []line{heading("Keys: " + below.crumb())}
	out = append(out, helpLines(b, below.hints(m))...)
	out = append(out, nil, heading("Keys: everywhere"))
	out = append(out, helpLines(b, m.keysEverywhere())...)
	out = append(out, nil, heading("Commands: type : first, or ssh "+view.Clean(m.house.Host)+" COMMAND"))
	var commands []hint
	for _, c := range command.CommandsFor(m.me) {
		commands = append(commands, hint{c.Line(), c.Help})
	}
	return append(out, commandLines(commands, width)...)
}

// helpLines draws keys and what they do.
func helpLines(b factBlock, all []hint) []line {
	out := facts(b, view.Map(all, func(h hint) view.Fact { return view.Fact{Label: h.key, Value: h.what} }))
	for _, l := range out {
		l[0].tone = toneKey
	}
	return out
}

// commandLines draws command lines and what they do. It is a table, so that a long command line never pushes its
// explanation away.
func commandLines(all []hint, width int) []line {
	t := view.Table{Columns: []view.Column{{}, {Elastic: true}}}
	for _, h := range all {
		t.Rows = append(t.Rows, []view.Cell{{Text: h.key, Tone: view.Strong}, {Text: h.what}})
	}
	return listing(t, width)
}
