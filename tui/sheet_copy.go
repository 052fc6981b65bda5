package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// identified is a screen that names more than one thing by an id.
type identified interface{ ids(*Model) []view.Fact }

// onlyIDs are those of some facts that are copied as a whole, each value once.
func onlyIDs(all []view.Fact) (out []view.Fact) {
	for _, f := range all {
		same := func(other view.Fact) bool { return other.Value == f.Value }
		if f.Whole && f.Value != "" && !slices.ContainsFunc(out, same) {
			out = append(out, f)
		}
	}
	return out
}

// copySheet chooses which of some ids is taken away.
type copySheet struct {
	listCursor
	all   []view.Fact
	print bool // it is printed, not copied
}

func (*copySheet) name() string        { return "copy" }
func (*copySheet) crumb() string       { return "Copy" }
func (*copySheet) typing() bool        { return false }
func (*copySheet) load(*Model) tea.Cmd { return nil }

func (s *copySheet) hints(*Model) []hint {
	if s.print {
		return []hint{{"enter Y", "print"}, {"esc", "back"}}
	}
	return []hint{{"enter y", "copy"}, {"esc", "back"}}
}

// key takes the chosen id away: the key that opened the choice takes the first one, pressed twice.
func (s *copySheet) key(m *Model, k Key) (tea.Cmd, bool) {
	switch name := k.String(); {
	case s.move(name, len(s.all)):
		return nil, true
	case name == "Y" || name == "enter" && s.print:
		m.pop()
		return m.open(&printer{s.all[s.chosen].Value}), true
	case name == "y" || name == "enter":
		m.pop()
		return m.copyNamed(view.Clean(s.all[s.chosen].Label)+" ", s.all[s.chosen].Value), true
	}
	return nil, false
}

func (s *copySheet) draw(_ *Model, width, height int) []line {
	t := view.Table{Columns: []view.Column{{}, {Elastic: true}}}
	for _, f := range s.all {
		t.Rows = append(t.Rows, []view.Cell{{Text: f.Label, Tone: view.Faint}, {Text: f.Value}})
	}
	out := append(topGap(height), heading("Which one?"))
	return append(out, rowsOf{table: t, bare: true}.draw(&s.listCursor, width, height-len(out))...)
}
