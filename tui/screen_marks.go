package tui

import (
	"slices"
	"strconv"
	"strings"

	"tuppence/server/view"
)

// seen is what the marks of a screen stand for, as it was drawn last: where the cursor stands, what can be opened, and
// which rows can be chosen.
type seen struct {
	caret caret
	links []Link
	spots []spot
}

// takeMarks takes the marks out of the lines of a screen, which are its own as those with a mark are, and returns what
// they tell. The cursor stands where something is typed, else at what is selected, else in the corner.
func takeMarks(lines []line, width int) (f seen) {
	for row, l := range lines {
		if !slices.ContainsFunc(l, span.isMark) {
			continue
		}
		kept := l[:0]
		for i, s := range l {
			if s.isMark() {
				f.take(s.text, l[i+1:], kept, row, width)
			} else {
				kept = append(kept, s)
			}
		}
		lines[row] = kept
	}
	return f
}

// take notes what one mark tells, that stands between two parts of a row. A text of a stranger that looks like a mark
// tells nothing.
func (f *seen) take(mark string, after, before line, row, width int) {
	column := before.fit(before.width()).width()
	if address, is := strings.CutPrefix(mark, linkMark); is {
		if l, ok := linkAt(address, after, width-column); ok {
			l.Row, l.Column = row, column
			f.links = append(f.links, l)
		}
		return
	}
	if cells, is := strings.CutPrefix(mark, rowMark); is {
		if n, err := strconv.Atoi(cells); err == nil {
			f.spots = append(f.spots, spot{row, column, n, len(after) > 0 && after[0].text == caretRow})
		}
		return
	}
	if typed := mark == caretTyped; typed || !f.caret.visible {
		f.caret = caret{min(column, width-1), row, typed}
	}
}

// linkAt is the link to an address before a text that has room for some cells. One whose text was cut so that its host
// cannot be read is none.
func linkAt(address string, after line, room int) (l Link, ok bool) {
	if again, ok := linkTo(address); !ok || again != address || len(after) == 0 || after[0].tone != toneLink {
		return l, false
	}
	shown := after[0].text
	if view.Width(shown) > room { // its last cell is the sign that it was cut
		shown = view.Cut(shown, max(0, room), "…")
	}
	l.Width, l.URL = view.Width(shown), address
	return l, l.Width > 0 && hostShown(shown, address)
}
