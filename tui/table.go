package tui

import (
	"slices"
	"strings"

	"tuppence/server/view"
)

// rowsOf says how the rows of a list are drawn.
type rowsOf struct {
	table view.Table
	long  *longRows // instead of the table's rows; nil: the table has them
	// begins tells whether a group of rows begins at one, head what stands above that row, as the day and what it came to.
	// The cursor skips it. nil: there are no groups.
	begins func(row int) bool
	head   func(row int) (title, sum string)
	sums   int  // the column under which sums stand
	bare   bool // without titles
	how    *arrangement
	mark   func(row int) bool // whether a row is marked; nil: none is
}

// longRows are rows of which only those on the screen are made.
type longRows struct {
	n      int
	widest []int // width of the widest value of each column
	rows   func(from, to int) [][]view.Cell
}

// all are the rows.
func (r rowsOf) all() longRows {
	if r.long != nil {
		return *r.long
	}
	rows := r.table.Rows
	return longRows{len(rows), widestOf(r.table), func(from, to int) [][]view.Cell { return rows[from:to] }}
}

// widestOf are the widths of the widest values of the columns, 0 where nothing stands.
func widestOf(t view.Table) []int {
	all := make([]int, len(t.Columns))
	for _, row := range t.Rows {
		for i, c := range row {
			all[i] = max(all[i], view.Width(view.Clean(c.Text)))
		}
	}
	return all
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
	all := r.all()
	shown := r.grid(all, width-4-r.reserved())
	var out []line
	switch {
	case r.bare:
	case r.how != nil && r.how.pick != nil:
		out = append(out, r.how.pick.draw(width))
	case r.how != nil && r.how.fresh != "": // in the place of the titles, so that no row moves
		out = append(out, lineOf(toneWarn, "  "+r.how.fresh))
	default:
		out = append(out, r.titles(shown))
	}
	lines, at := r.lines(all.n, c.chosen)
	from, to := c.follow(at, len(lines), height-len(out))
	titled := len(out)
	if from == to {
		return out
	}
	first := max(lines[from], ^lines[from])
	cells := all.rows(first, max(lines[to-1], ^lines[to-1])+1)
	for _, row := range lines[from:to] {
		if row < 0 {
			title, sum := r.head(^row)
			out = append(out, heading(title).right(r.reserved()+endOf(shown, r.sums), lineOf(toneFaint, sum)))
			continue
		}
		l := rowLine(shown, cells[row-first])
		if r.mark != nil {
			sign := "  "
			if r.mark(row) {
				sign = "✓ "
			}
			l = slices.Insert(l, 1, span{sign, toneAccent})
		}
		if row == c.chosen {
			l = marked(l, width)
		}
		out = append(out, markRow(l, width))
	}
	return c.withBar(out, titled, len(lines), width)
}

// lines are the lines of the list: the number of a row, or its complement for the head above that row. The chosen row
// is at one of them.
func (r rowsOf) lines(n, chosen int) (all []int, at int) {
	all = make([]int, 0, 2*n)
	for row := range n {
		if r.begins != nil && r.begins(row) {
			all = append(all, ^row)
		}
		if row == chosen {
			at = len(all)
		}
		all = append(all, row)
	}
	return all, at
}

// gridColumn is a column as it is on the screen. Its title has the sign of the order.
type gridColumn struct {
	view.Column
	at, width int
}

// elasticLeast is the width down to which an elastic column is squeezed before other columns are left out.
const elasticLeast = 20

// grid gives every column its width, and leaves out those that are only for plain text, that the person has hidden, in
// which nothing stands, or for which there is no room. A column is as wide as its widest value, not only those on the
// screen, so that turning a page does not move the columns. The elastic one takes what is left; it is squeezed down to
// elasticLeast before another column has to go.
func (r rowsOf) grid(rows longRows, room int) (all []gridColumn) {
	for i, c := range r.table.Columns {
		if c.Plain || r.how != nil && r.how.hides(c) || rows.n > 0 && rows.widest[i] == 0 {
			continue
		}
		sign := ""
		if r.how != nil {
			sign = r.how.sign(c)
		}
		c.Title += sign
		title := view.Width(c.Title)
		if sign != "" && !c.Right { // it may take one of the blanks behind the title
			title--
		}
		all = append(all, gridColumn{c, i, max(rows.widest[i], title)})
	}
	columns, widths := make([]view.Column, len(all)), make([]int, len(all))
	for i, c := range all {
		columns[i], widths[i] = c.Column, c.width
	}
	kept, _ := view.Fitting(columns, widths, room, elasticLeast)
	all = view.Map(kept, func(i int) gridColumn { return all[i] })
	for i, c := range all {
		if c.Elastic {
			all[i].width = max(4, room-endOf(all, all[len(all)-1].at)+2+c.width)
		}
	}
	return all
}

// titles are the titles of the columns.
func (r rowsOf) titles(shown []gridColumn) line {
	out := lineOf(toneText, strings.Repeat(" ", 2+r.reserved()))
	for _, c := range shown {
		text, blanks := view.Align(c.Title, c.width, c.Right), "  "
		if !c.Right && view.Width(c.Title) == c.width+1 { // the sign of the order takes one
			text, blanks = c.Title, " "
		}
		out = out.add(toneFaint, text).add(toneText, blanks)
	}
	return out[:len(out)-1]
}

// endOf is where a column ends on the screen, 0 if it is not there.
func endOf(shown []gridColumn, column int) (end int) {
	for _, c := range shown {
		if end += 2 + c.width; c.at == column {
			return end
		}
	}
	return 0
}

// rowLine draws one row.
func rowLine(shown []gridColumn, row []view.Cell) line {
	l := append(make(line, 0, 2*len(shown)+2), span{"  ", toneText}) // a scroll bar may follow
	for _, c := range shown {
		cell := row[c.at]
		l = append(l, span{view.Align(view.Clean(cell.Text), c.width, c.Right), tone(cell.Tone)}, span{"  ", toneText})
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
	t.Columns = slices.Clone(t.Columns)
	for i := range t.Columns {
		t.Columns[i].Title = ""
	}
	r := rowsOf{table: t}
	all := r.all()
	shown := r.grid(all, width-4)
	for i, c := range shown { // nothing stands right of it: the list is as wide as its longest value
		if c.Elastic {
			shown[i].width = min(c.width, all.widest[c.at])
		}
	}
	return view.Map(t.Rows, func(row []view.Cell) line { return rowLine(shown, row) })
}
