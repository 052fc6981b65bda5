package tui

import (
	"slices"
	"strconv"
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

// seen is what the marks of a screen stand for, as it was drawn last: where the cursor stands, what can be opened, and
// which rows can be chosen. The cursor stands where something is typed, else at what is selected, else in the corner.
type seen struct {
	caret caret
	links []Link
	spots []spot
}

// takeMarks takes all marks out of the lines of a screen and returns what they stand for. The lines are its own.
func takeMarks(lines []line, width int) (found seen) {
	for row, l := range lines {
		if !slices.ContainsFunc(l, span.isMark) {
			continue
		}
		kept := make(line, 0, len(l))
		for i, s := range l {
			if s.isMark() {
				found.put(s.text, l[i+1:], row, kept.fit(kept.width()).width(), width)
			} else {
				kept = append(kept, s)
			}
		}
		lines[row] = kept
	}
	return found
}

// put takes a mark in front of the rest of its line.
func (f *seen) put(mark string, rest line, row, column, width int) {
	address, link := strings.CutPrefix(mark, linkMark)
	cells, spotted := strings.CutPrefix(mark, rowMark)
	switch typed := mark == caretTyped; {
	case link && len(rest) > 0:
		if l, ok := linkAt(address, rest[0], row, column, width); ok {
			f.links = append(f.links, l)
		}
	case spotted:
		if n, err := strconv.Atoi(cells); err == nil { // else it is a text of a stranger
			f.spots = append(f.spots, spot{row, column, n, len(rest) > 0 && rest[0].text == caretRow})
		}
	case !link && (typed || !f.caret.visible):
		f.caret = caret{min(column, width-1), row, typed}
	}
}

// Caret returns where the terminal's cursor stands on the screen that View has drawn last, counted from 0, and whether
// it is seen.
func (m *Model) Caret() (column, row int, visible bool) {
	return m.caret.column, m.caret.row, m.caret.visible
}
