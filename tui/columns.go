package tui

// columns puts two blocks next to each other, the second from a column on.
func columns(left, right []line, column int) []line {
	out := make([]line, max(len(left), len(right)))
	for i := range out {
		var l line
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			l = append(l.fit(column), right[i]...)
		}
		out[i] = l
	}
	return out
}

// panes puts what belongs to the chosen row beside its list, with a line between them from top to bottom, which is the
// scroll bar of the list where it has one. The list keeps a little more than half: its titles are long, and facts are
// short.
func (m *Model) panes(width, height int, list, chosen func(width, height int) []line) []line {
	left := width * 55 / 100
	rows := make([]line, height)
	copy(rows, list(left, height))
	for i, l := range rows {
		if n := len(l); n == 0 || l[n-1].text != "│" && l[n-1].text != "┃" {
			rows[i] = l.fit(left-1).add(toneRule, "│")
		}
	}
	return columns(rows, m.pane.draw(chosen(width-left, paneMost), height), left)
}
