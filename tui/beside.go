package tui

import (
	"slices"
	"strings"
)

// wideFrom is the width from which a list and what belongs to its chosen row stand beside each other: below that, both
// halves would cut what they show. belowFrom is the height from which there is room for it below the list.
const (
	wideFrom  = 140
	belowFrom = 14
)

// drawing draws in at most so many lines.
type drawing func(m *Model, width, height int) []line

// beside draws a list and what belongs to its chosen row: beside each other on a wide terminal, else the list in so
// many lines with the rest below it, or with 0 of them the list alone.
func (m *Model) beside(width, height int, list, chosen drawing, lines int) []line {
	switch {
	case width >= wideFrom:
		return m.panes(width, height, list, chosen)
	case lines <= 0:
		return list(m, width, height)
	}
	out := append(list(m, width, lines), nil)
	return append(out, chosen(m, width, max(1, height-len(out)))...)
}

// upperHalf is how many lines a list of so many rows takes above what belongs to its chosen row, 0 without room for it.
func upperHalf(rows, height int) int {
	if height < belowFrom {
		return 0
	}
	return min(rows+1, height/2)
}

// panes puts what belongs to the chosen row beside its list, with a line between them from top to bottom, which is the
// scroll bar of the list where it has one. The list keeps a little more than half: its titles are long, and facts are
// short.
func (m *Model) panes(width, height int, list, chosen drawing) []line {
	left := width * 55 / 100
	rows := make([]line, height)
	copy(rows, list(m, left, height))
	for i, l := range rows {
		if n := len(l); n == 0 || l[n-1].text != "│" && l[n-1].text != "┃" {
			if n > 0 && l.width() > left-1 { // a blank makes room for the line
				l = slices.Concat(l[:n-1], line{{strings.TrimSuffix(l[n-1].text, " "), l[n-1].tone}})
			}
			rows[i] = l.fit(left-1).add(toneRule, "│")
		}
	}
	return columns(rows, m.pane.draw(chosen(m, width-left, paneMost), height), left)
}
