package tui

import (
	"strings"

	"tuppence/server/view"
)

// table draws a list under its titles in at most the given height. The chosen line is marked with ">" and is always
// in sight. Long lists are shown page by page, so that nothing moves under the cursor.
func table(t view.Table, chosen, width, height int) []line {
	if height < 1 {
		return nil
	}
	t = onScreen(t)
	widths, shown := columnWidths(t, width-2)
	head := line{{"", toneFaint}}
	for i, c := range t.Columns {
		if shown[i] {
			head = append(head, span{"  " + align(c.Title, widths[i], c.Right), toneFaint})
		}
	}
	from, to := pageOf(len(t.Rows), chosen, height-1)
	return append([]line{head}, tableLines(t, widths, shown, from, to, chosen)...)
}

// listing draws a whole list without titles.
func listing(t view.Table, width int) []line {
	t = onScreen(t)
	for i := range t.Columns {
		t.Columns[i].Title = ""
	}
	widths, shown := columnWidths(t, width-2)
	for i, c := range t.Columns { // nothing stands right of it: the list is as wide as its longest value
		if c.Elastic {
			widths[i] = min(widths[i], longest(t, i))
		}
	}
	return tableLines(t, widths, shown, 0, len(t.Rows), noChoice)
}

// onScreen is a table without the columns that are only for plain text.
func onScreen(t view.Table) view.Table {
	keep := func(i int) bool { return !t.Columns[i].Plain }
	out := view.Table{}
	for i, c := range t.Columns {
		if keep(i) {
			out.Columns = append(out.Columns, c)
		}
	}
	for _, cells := range t.Rows {
		var kept []view.Cell
		for i, c := range cells {
			if keep(i) {
				kept = append(kept, view.Cell{Text: view.Clean(c.Text), Tone: c.Tone})
			}
		}
		out.Rows = append(out.Rows, kept)
	}
	return out
}

// tableLines draws the lines of a table from one on to another.
func tableLines(t view.Table, widths []int, shown []bool, from, to, chosen int) []line {
	var out []line
	for n := from; n < to; n++ {
		var l line
		for i, c := range t.Rows[n] {
			if !shown[i] {
				continue
			}
			k, space := tone(c.Tone), "  "
			if n == chosen && len(l) == 0 { // only the mark and the first cell: a whole line in colour costs bytes per key
				k, space = toneChosen, "> "
				l = lineOf(toneText, caretRow)
			}
			l = append(l, span{space + align(c.Text, widths[i], t.Columns[i].Right), k})
		}
		out = append(out, l)
	}
	return out
}

// elasticLeast is the width down to which an elastic column is squeezed before other columns are left out.
const elasticLeast = 20

// columnWidths gives every column its width, and leaves out those for which there is no room. A column is as wide as
// its widest value, not only those on the screen, so that turning a page does not move the columns. The elastic one
// takes what is left; it is squeezed down to elasticLeast before another column has to go.
func columnWidths(t view.Table, room int) (widths []int, shown []bool) {
	widths, shown = make([]int, len(t.Columns)), make([]bool, len(t.Columns))
	elastic := noChoice
	for i, c := range t.Columns {
		widths[i], shown[i] = longest(t, i), true
		if c.Elastic {
			elastic = i
		}
	}
	need := func() int {
		sum := -2
		for i, w := range widths {
			switch {
			case !shown[i]:
			case i == elastic:
				sum += 2 + min(elasticLeast, w)
			default:
				sum += 2 + w
			}
		}
		return sum
	}
	for need() > room {
		worst := noChoice
		for i, c := range t.Columns {
			if shown[i] && c.Drop > 0 && (worst == noChoice || c.Drop > t.Columns[worst].Drop) {
				worst = i
			}
		}
		if worst == noChoice {
			break
		}
		shown[worst] = false
	}
	if elastic != noChoice && shown[elastic] {
		widths[elastic] = max(4, room-(need()-min(elasticLeast, widths[elastic])))
	}
	return widths, shown
}

// longest is the width of the widest value of a column, its title with it.
func longest(t view.Table, column int) int {
	width := view.Width(t.Columns[column].Title)
	for _, cells := range t.Rows {
		width = max(width, view.Width(cells[column].Text))
	}
	return width
}

// align cuts or fills a text to a width in cells, not in characters: a Chinese sign has two cells, a combining
// accent none.
func align(text string, width int, right bool) string {
	text = view.Cut(text, width, "…")
	if gap := strings.Repeat(" ", max(0, width-view.Width(text))); right {
		return gap + text
	} else {
		return text + gap
	}
}

// bar draws how much of a bound is used: [####......]. Something used is never drawn as nothing, and from three
// quarters on the tone warns. It is built of ASCII, as its width has to be the same in every font.
func bar(used, most int64, width int) line {
	inner := max(3, width-2)
	// Divided before it is multiplied: an amount may be near the end of an int64.
	full := 0
	if most > 0 {
		full = int(min(used, most) / max(1, most/int64(inner)))
		full = min(full, inner)
		if used > 0 && full == 0 {
			full = 1
		}
	} else if used > 0 {
		full = inner
	}
	t := toneGood
	switch {
	case used >= most:
		t = toneBad
	case used >= most/4*3:
		t = toneWarn
	}
	return line{
		{"[", toneFaint}, {strings.Repeat("#", full), t}, {strings.Repeat(".", inner-full), toneRule}, {"]", toneFaint},
	}
}
