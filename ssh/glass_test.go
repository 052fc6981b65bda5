package ssh

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/width"
)

// glass is a terminal that obeys the sequences of the painter and measures text in a way of its own.
type glass struct {
	name     string
	measure  func(cluster string) []part // what a cluster becomes: parts, each with its cells
	rows     [][]string                  // "" is the right half of a wide character
	row, col int
}

// part is text that a terminal keeps in one cell, or in two.
type part struct {
	text  string
	cells int
}

// glasses are terminals as they are met: no two of them agree on every text.
func glasses(w, h int) []*glass {
	all := []*glass{
		{name: "adds up characters", measure: eachRune(func(r rune) int { return runeCells(r, 1) })},
		{name: "draws clusters", measure: func(s string) []part { return []part{{s, ansi.StringWidth(s)}} }},
		{name: "ambiguous is wide", measure: eachRune(func(r rune) int { return runeCells(r, 2) })},
		{name: "joins nothing", measure: eachRune(func(r rune) int { return max(1, runeCells(r, 1)) })},
		{name: "everything is narrow", measure: eachRune(func(rune) int { return 1 })},
		{name: "clusters are two cells", measure: func(s string) []part {
			if len(s) == 1 {
				return []part{{s, 1}}
			}
			return []part{{s, 2}}
		}},
	}
	for _, g := range all {
		for range h {
			g.rows = append(g.rows, strings.Split(strings.Repeat(" ", w), ""))
		}
	}
	return all
}

// runeCells is wcwidth: marks have none, spacing ones have one.
func runeCells(r rune, ambiguous int) int {
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || r >= 0x1160 && r <= 0x11ff {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.EastAsianAmbiguous:
		return ambiguous
	}
	return 1
}

// eachRune measures character by character.
func eachRune(cells func(rune) int) func(string) []part {
	return func(s string) (all []part) {
		for _, r := range s {
			all = append(all, part{string(r), cells(r)})
		}
		return all
	}
}

// write takes what the painter sent.
func (g *glass) write(s string) {
	for s != "" {
		if s[0] == 0x1b {
			end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= '@' && r <= '~' }) + 2
			g.obey(s[2:end], s[end])
			s = s[end+1:]
			continue
		}
		cluster, _ := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
		for _, p := range g.measure(cluster) {
			g.put(p)
		}
		s = s[len(cluster):]
	}
}

// obey moves and erases; looks and modes are not seen.
func (g *glass) obey(params string, final byte) {
	switch final {
	case 'H':
		row, col, _ := strings.Cut(params, ";")
		g.row, g.col = number(row)-1, number(col)-1
	case 'K':
		for k := g.col; k < len(g.rows[g.row]); k++ {
			g.set(k, " ")
		}
	case 'J':
		for g.row = range g.rows {
			g.col = 0
			g.obey("", 'K')
		}
		g.row = 0
	}
}

func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1
	}
	return n
}

// put writes one part without wrapping: behind the last cell it stays there. Marks join the cell before them.
func (g *glass) put(p part) {
	line := g.rows[g.row]
	if p.cells == 0 {
		k := min(g.col, len(line)) - 1
		for k > 0 && line[k] == "" { // the right half of a wide one
			k--
		}
		if k >= 0 {
			line[k] += p.text
		}
		return
	}
	g.col = min(g.col, len(line)-1)
	g.set(g.col, p.text)
	for k := 1; k < p.cells && g.col+k < len(line); k++ {
		g.set(g.col+k, "")
		line[g.col+k] = ""
	}
	g.col += p.cells
}

// set changes one cell. The other cells of a wide character that it was a part of become blank.
func (g *glass) set(k int, text string) {
	line := g.rows[g.row]
	if line[k] == "" {
		for left := k - 1; left >= 0; left-- {
			was := line[left]
			line[left] = " "
			if was != "" {
				break
			}
		}
	}
	for right := k + 1; right < len(line) && line[right] == ""; right++ {
		line[right] = " "
	}
	line[k] = text
}

// line is what a row reads from a column on, so many cells.
func (g *glass) line(row, from, cells int) string {
	all := g.rows[row]
	return strings.Join(all[min(from, len(all)):min(from+cells, len(all))], "")
}
