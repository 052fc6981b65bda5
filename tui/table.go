package tui

import (
	"slices"
	"strings"

	"tuppence/server/view"
)

// rowsOf says how the rows of a list are drawn.
type rowsOf struct {
	table view.Table
	// head is what stands above a row, as the day on which it begins and what that came to; "" for nothing. The cursor
	// skips it.
	head func(row int) (title, sum string)
	sums int  // how many columns are right of the one under which sums stand
	bare bool // without titles
	how  *arrangement
	mark func(row int) bool // whether a row is marked; nil: none is
}

// reserved is how many cells stand before the rows for marks.
func (r rowsOf) reserved() int {
	if r.mark == nil {
		return 0
	}
	return 2
}

// table draws a list under its titles in at most the given height. The whole chosen row is marked, and always in sight.
func table(t view.Table, c *listCursor, width, height int) []line {
	return rowsOf{table: t}.draw(c, width, height)
}

// draw draws the titles and what of the rows is on the screen, with a scroll bar where that is not all.
func (r rowsOf) draw(c *listCursor, width, height int) []line {
	if height < 1 {
		return nil
	}
	chosen, sums := r.chosenColumns()
	t := onScreen(chosen)
	widths, shown := columnWidths(r.signed(t), width-4-r.reserved())
	end := 0 // no sums
	if sums >= 0 {
		end = r.reserved() + columnEnd(widths, shown, len(widths)-1-sums)
	}
	lines, at := r.items(c.chosen, end)
	var out []line
	switch {
	case r.bare:
	case r.how != nil && r.how.pick != nil:
		out = append(out, r.how.pick.draw(width))
	case r.how != nil && r.how.fresh != "": // in the place of the titles, so that no row moves
		out = append(out, lineOf(toneWarn, "  "+r.how.fresh))
	default:
		out = append(out, r.titles(t, widths, shown))
	}
	from, to := c.follow(at, len(lines), height-len(out))
	titled := len(out)
	for _, it := range lines[from:to] {
		if it.head != nil {
			out = append(out, it.head)
			continue
		}
		l := rowLine(t, widths, shown, it.row)
		if r.mark != nil {
			sign := "  "
			if r.mark(it.row) {
				sign = "✓ "
			}
			l = slices.Insert(l, 1, span{sign, toneAccent})
		}
		if it.row == c.chosen {
			l = marked(l, width)
		}
		out = append(out, markRow(l, width))
	}
	return c.withBar(out, titled, len(lines), width)
}

// item is one line of a list: a row, or the head of a group.
type item struct {
	row  int
	head line
}

// items are the lines of the list, and which of them is the chosen one. Sums end at a column.
func (r rowsOf) items(chosen, sumsEnd int) (all []item, at int) {
	all = make([]item, 0, len(r.table.Rows))
	for i := range r.table.Rows {
		if r.head != nil {
			if title, sum := r.head(i); title != "" {
				head := lineOf(toneStrong, "  "+title).right(sumsEnd, lineOf(toneFaint, sum))
				all = append(all, item{row: noChoice, head: head})
			}
		}
		if i == chosen {
			at = len(all)
		}
		all = append(all, item{row: i})
	}
	return all, at
}

// columnEnd is where a column ends on the screen.
func columnEnd(widths []int, shown []bool, column int) (end int) {
	for i := range column + 1 {
		if shown[i] {
			end += 2 + widths[i]
		}
	}
	return end
}

// rowLine draws one row.
func rowLine(t view.Table, widths []int, shown []bool, row int) line {
	l := append(make(line, 0, 2*len(widths)+2), span{"  ", toneText}) // a scroll bar may follow
	for i, c := range t.Rows[row] {
		if shown[i] {
			l = append(l, span{align(c.Text, widths[i], t.Columns[i].Right), tone(c.Tone)}, span{"  ", toneText})
		}
	}
	return l[:len(l)-1] // nothing stands right of the last column
}

// marked draws a line as the chosen one: an edge in the first column, and the whole row on its own ground. The tones of
// its parts are dropped, so no pair of colours is left to chance; words and signs say the same.
func marked(l line, width int) line {
	var text strings.Builder
	for _, s := range l {
		if !s.isMark() {
			text.WriteString(s.text)
		}
	}
	words := strings.TrimPrefix(text.String(), " ") // the edge takes its cell
	row := lineOf(toneChosen, words).fit(width - 2)
	for i := range row {
		row[i].tone = toneChosen
	}
	return append(line{{caretRow, toneText}, {"▐", toneAccent}}, row...)
}

// withBar puts a scroll bar into the last column: where in the whole list the screen is.
func (c *listCursor) withBar(out []line, titled, here, width int) []line {
	total := max(c.total, c.first+here)
	rows := len(out) - titled
	if rows < 1 || total <= rows {
		return out
	}
	thumb := max(1, rows*rows/total)
	at := min((c.first+c.top)*(rows-thumb)/max(1, total-rows), rows-thumb)
	for i := range rows {
		sign, t := "│", toneRule
		if i >= at && i < at+thumb {
			sign, t = "┃", toneAccent
		}
		out[i+titled] = append(out[i+titled].fit(width-1), span{sign, t})
	}
	return out
}

// listing draws a whole list without titles.
func listing(t view.Table, width int) []line {
	t = onScreen(t)
	for i := range t.Columns {
		t.Columns[i].Title = ""
	}
	widths, shown := columnWidths(t, width-4)
	for i, c := range t.Columns { // nothing stands right of it: the list is as wide as its longest value
		if c.Elastic {
			widths[i] = min(widths[i], longest(t, i))
		}
	}
	var out []line
	for i := range t.Rows {
		out = append(out, rowLine(t, widths, shown, i))
	}
	return out
}

// onScreen is a table without the columns that are only for plain text, and without those in which nothing stands.
func onScreen(t view.Table) view.Table {
	out := view.Table{Rows: make([][]view.Cell, len(t.Rows))}
	var kept []int
	for i, c := range t.Columns {
		filled := func(row []view.Cell) bool { return row[i].Text != "" }
		if !c.Plain && (len(t.Rows) == 0 || slices.ContainsFunc(t.Rows, filled)) {
			out.Columns, kept = append(out.Columns, c), append(kept, i)
		}
	}
	cells := make([]view.Cell, 0, len(t.Rows)*len(kept)) // of all rows
	for k, row := range t.Rows {
		from := len(cells)
		for _, i := range kept {
			cells = append(cells, view.Cell{Text: view.Clean(row[i].Text), Tone: row[i].Tone})
		}
		out.Rows[k] = slices.Clip(cells[from:])
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
	switch gap := width - view.Width(text); {
	case gap <= 0:
		return text
	case right:
		return strings.Repeat(" ", gap) + text
	default:
		return text + strings.Repeat(" ", gap)
	}
}
