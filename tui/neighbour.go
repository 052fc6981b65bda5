package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// rowSheet is all of one row of the list behind it: [ and ] go to the rows beside that one.
type rowSheet interface {
	screen
	rowID() string
}

// rowPlace is a list that knows its chosen row.
type rowPlace interface {
	screen
	positioned
	chosenID() string
}

// chosenID is the id of the chosen line, "" for an empty list.
func (l *list[T]) chosenID() string {
	if v, ok := l.selected(); ok {
		return l.id(v)
	}
	return ""
}

func (s *detailSheet) rowID() string  { return s.id }
func (s *disputeSheet) rowID() string { return s.d.ID }
func (s *vendorSheet) rowID() string  { return linkID(s.l) }
func (s *caseSheet) rowID() string    { return s.id }

func (s *detailSheet) position(m *Model) string  { return m.positionBehind(s) }
func (s *disputeSheet) position(m *Model) string { return m.positionBehind(s) }
func (s *vendorSheet) position(m *Model) string  { return m.positionBehind(s) }
func (s *caseSheet) position(m *Model) string    { return m.positionBehind(s) }

// linkID tells a vendor from the others. It is there once for each account that it charged.
func linkID(l view.Link) string { return l.Vendor + string(l.Currency) }

// listBehind is the list of which a sheet shows the chosen row, nil where it was opened from elsewhere.
func (m *Model) listBehind(s rowSheet) rowPlace {
	p, is := m.places[m.place].(rowPlace)
	if !is || len(m.sheets) != 1 || m.sheets[0] != screen(s) || p.chosenID() != s.rowID() {
		return nil
	}
	return p
}

// positionBehind tells where in its list the row of a sheet is.
func (m *Model) positionBehind(s rowSheet) string {
	if p := m.listBehind(s); p != nil {
		return p.position(m)
	}
	return ""
}

// besideHints are the keys that lead to the rows beside that of a sheet.
func (m *Model) besideHints(s rowSheet) []hint {
	if m.listBehind(s) == nil {
		return nil
	}
	return []hint{{"[ ]", "row before, after"}}
}

// goBeside shows the row beside the one that a sheet shows, in its place; ok is false for any other sheet. The list
// moves along, so esc goes back to the row that was seen last.
func (m *Model) goBeside(t tea.KeyType) (cmd tea.Cmd, ok bool) {
	s, is := m.top().(rowSheet)
	if !is {
		return nil, false
	}
	p := m.listBehind(s)
	if p == nil {
		return nil, false
	}
	m.pop()
	moved, _ := p.key(m, Key{tea.KeyMsg{Type: t}, true})
	if p.chosenID() == s.rowID() { // there is none
		m.sheets = append(m.sheets, s)
		return moved, true
	}
	opened, _ := p.key(m, Key{tea.KeyMsg{Type: tea.KeyEnter}, true})
	return tea.Batch(moved, opened), true
}
