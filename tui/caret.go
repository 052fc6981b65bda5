package tui

import (
	"slices"
	"strings"
)

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

// takeCaret takes the marks out of the lines of a screen and returns where the cursor stands: where something is typed,
// else at what is selected, else in the corner. The lines are its own.
func takeCaret(lines []line, width int) (_ []line, at caret) {
	for row, l := range lines {
		if !slices.ContainsFunc(l, span.isMark) {
			continue
		}
		kept := make(line, 0, len(l))
		for _, s := range l {
			if !s.isMark() {
				kept = append(kept, s)
				continue
			}
			if typed := s.text == caretTyped; s.isCaret() && (typed || !at.visible) {
				at = caret{min(kept.fit(kept.width()).width(), width-1), row, typed}
			}
		}
		lines[row] = kept
	}
	return lines, at
}

// Caret returns where the terminal's cursor stands on the screen that View has drawn last, counted from 0, and whether
// it is seen.
func (m *Model) Caret() (column, row int, visible bool) {
	return m.caret.column, m.caret.row, m.caret.visible
}
