package tui

import (
	"strconv"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// Mouse is the message that a button was pressed or a wheel turned, on a cell counted from 0. Package ssh sends it only
// while the person has asked for it; see [Model.Mouse].
type Mouse struct {
	Column, Row int
	Button      MouseButton
}

// MouseButton is what was done. Other buttons, and those with a key held down, belong to the terminal.
type MouseButton uint8

// Buttons.
const (
	MouseLeft MouseButton = iota
	MouseWheelUp
	MouseWheelDown
)

// Mouse tells whether the session listens to the mouse. While it does, the terminal marks no text, so it is off until
// the person asks for it.
func (m *Model) Mouse() bool { return m.me.Mouse }

// rowMark begins the mark of a row that can be chosen, and is followed by its width in cells. The row with the cursor
// has one too.
const rowMark = "\x04"

// markRow marks a row of a width.
func markRow(l line, width int) line {
	return append(line{{rowMark + strconv.Itoa(width), toneText}}, l...)
}

// spot is a row on the screen that can be chosen.
type spot struct {
	row, column, width int
	chosen             bool
}

// wheelRows is how far one notch of the wheel goes in a list or a text.
const wheelRows = 3

// point takes what the mouse did. It does what arrows do, and on a place what enter does: choose and open. It decides
// nothing: where there are answers it only moves the selection, it types nothing, and it does not open the purchase
// window, since it can be moved by what lies on the desk.
func (m *Model) point(e Mouse) tea.Cmd {
	top := m.top()
	if !m.Mouse() || top == nil || m.tooSmall() || m.guarded() || top.typing() {
		return nil
	}
	m.note, m.undo = span{}, nil // as with a key: what comes now is not what can be undone
	switch e.Button {
	case MouseWheelUp:
		return m.wheel(tea.KeyUp)
	case MouseWheelDown:
		return m.wheel(tea.KeyDown)
	}
	if at, ok := m.placeAt(e); ok && len(m.sheets) == 0 {
		return m.goTo(at)
	}
	return m.choose(e)
}

// wheel moves in the list, or scrolls the text. Answers are few, and one notch is one of them.
func (m *Model) wheel(t tea.KeyType) tea.Cmd {
	var cmds []tea.Cmd
	for range wheelRows {
		cmd, used := m.arrow(t)
		cmds = append(cmds, cmd)
		if used && len(m.sheets) > 0 {
			break
		}
		if !used {
			m.scrollKey(tea.KeyMsg{Type: t}.String())
		}
	}
	return tea.Batch(cmds...)
}

// arrow presses an arrow key on the screen on top.
func (m *Model) arrow(t tea.KeyType) (tea.Cmd, bool) {
	return m.top().key(m, Key{tea.KeyMsg{Type: t}, true})
}

// choose goes to the row under the pointer. On a place, the row that is chosen already opens.
func (m *Model) choose(e Mouse) tea.Cmd {
	at, chosen := noChoice, noChoice
	for i, h := range m.spots {
		if h.row == e.Row && e.Column >= h.column && e.Column < h.column+h.width {
			at = i
		}
		if h.chosen {
			chosen = i
		}
	}
	switch {
	case at == noChoice:
		return nil
	case at == chosen && len(m.sheets) > 0:
		return nil
	case at == chosen:
		cmd, _ := m.arrow(tea.KeyEnter)
		return cmd
	}
	t, steps := tea.KeyDown, at-chosen
	if steps < 0 {
		t, steps = tea.KeyUp, -steps
	}
	var cmds []tea.Cmd
	for range steps {
		cmd, used := m.arrow(t)
		if cmds = append(cmds, cmd); !used {
			break
		}
	}
	return tea.Batch(cmds...)
}

// placeAt is the place whose name or mark in the ruler is under the pointer.
func (m *Model) placeAt(e Mouse) (int, bool) {
	if !m.wideHead() || len(m.places) < 2 || e.Row != 1 && e.Row != 2 {
		return 0, false
	}
	from := 2
	for i, p := range m.places {
		to := from + view.Width(p.crumb())
		if e.Column >= from && e.Column < to {
			return i, true
		}
		from = to + placeGap(m.width)
	}
	return 0, false
}
