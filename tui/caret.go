package tui

import "strings"

// Marks of where the terminal's cursor stands: input methods, magnifiers and screen readers follow it. A mark is a span
// without width, put in front of the cell. It never leaves the frame, which takes all of them out.
const (
	caretTyped = "\x01" // what is typed appears here: the cursor is seen
	caretRow   = "\x02" // the selected row or choice: the cursor is parked here and not seen
)

// isCaret says whether a span is a mark of the cursor, isMark whether it is one of those, or of a link or a row.
func (s span) isCaret() bool { return s.text == caretTyped || s.text == caretRow }

func (s span) isMark() bool {
	return s.isCaret() || strings.HasPrefix(s.text, linkMark) || strings.HasPrefix(s.text, rowMark)
}

// caret is a place of the terminal's cursor, counted from 0.
type caret struct {
	column, row int
	visible     bool
}

// Caret returns where the terminal's cursor stands on the screen that View has drawn last, counted from 0, and whether
// it is seen.
func (m *Model) Caret() (column, row int, visible bool) {
	return m.caret.column, m.caret.row, m.caret.visible
}
