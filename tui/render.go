package tui

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"tuppence/server/ledger"
)

// sheet collects the plain text of an answer: sentences, facts ("name  value") and tables. No colours, no cursor
// movements; every text is cleaned when it is put on, so a hostile title is harmless wherever it comes from.
type sheet struct {
	width int // display cells
	zone  *time.Location
	out   strings.Builder
}

// maxWidth is how wide a sheet is when nobody told: exec output goes to pipes as often as to terminals.
const maxWidth = 160

// line puts a sentence, unbroken: a machine's eye and a person's terminal both cope. Blanks before it stay.
func (s *sheet) line(text string) {
	body := strings.TrimLeft(text, " ")
	s.out.WriteString(text[:len(text)-len(body)] + clean(body))
	s.out.WriteByte('\n')
}

// gap puts an empty line, never two and none at the start.
func (s *sheet) gap() {
	if text := s.out.String(); text != "" && !strings.HasSuffix(text, "\n\n") {
		s.out.WriteByte('\n')
	}
}

// text puts words of a person, broken at the width and indented.
func (s *sheet) text(indent, words string) {
	for _, paragraph := range strings.Split(ledger.CleanText(words, 4000), "\n") {
		width := max(20, s.width-ansi.StringWidth(indent))
		for _, l := range strings.Split(ansi.Wrap(clean(paragraph), width, ""), "\n") {
			s.out.WriteString(strings.TrimRight(indent+l, " "))
			s.out.WriteByte('\n')
		}
	}
}

// fact is one name and its value.
type fact struct{ name, value string }

// facts puts names and values in two columns. A fact without a value is left out.
func (s *sheet) facts(indent string, all ...fact) {
	all = slices.DeleteFunc(all, func(f fact) bool { return f.value == "" })
	wide := 0
	for _, f := range all {
		wide = max(wide, ansi.StringWidth(f.name))
	}
	for _, f := range all {
		s.out.WriteString(strings.TrimRight(indent+pad(f.name, wide)+"  "+clean(f.value), " "))
		s.out.WriteByte('\n')
	}
}

// column is a column of a table. Numbers stand at the right; at most one column is elastic: it is cut so that the row
// fits the width.
type column struct {
	title   string
	right   bool
	elastic bool
}

// table puts rows under titles, aligned by display width and not by bytes.
func (s *sheet) table(indent string, columns []column, rows [][]string) {
	widths := make([]int, len(columns))
	for i, c := range columns {
		widths[i] = ansi.StringWidth(c.title)
	}
	for _, row := range rows {
		for i := range row {
			row[i] = clean(row[i])
			widths[i] = max(widths[i], ansi.StringWidth(row[i]))
		}
	}
	squeeze(widths, columns, s.width-ansi.StringWidth(indent))
	titles := make([]string, len(columns))
	for i, c := range columns {
		titles[i] = c.title
	}
	for _, row := range append([][]string{titles}, rows...) {
		var b strings.Builder
		b.WriteString(indent)
		for i, cell := range row {
			if i > 0 {
				b.WriteString("  ")
			}
			cell = ansi.Truncate(cell, widths[i], "…")
			if columns[i].right {
				b.WriteString(strings.Repeat(" ", widths[i]-ansi.StringWidth(cell)))
				b.WriteString(cell)
			} else {
				b.WriteString(pad(cell, widths[i]))
			}
		}
		s.out.WriteString(strings.TrimRight(b.String(), " "))
		s.out.WriteByte('\n')
	}
}

// squeeze takes what a row is too wide from its elastic column, which keeps at least twelve cells.
func squeeze(widths []int, columns []column, room int) {
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for i, c := range columns {
		if c.elastic && total > room {
			widths[i] = max(min(12, widths[i]), widths[i]-(total-room))
		}
	}
}

// pad fills up to a display width.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-ansi.StringWidth(s)))
}

// at is a moment in the person's zone.
func (s *sheet) at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(s.zone).Format("2006-01-02 15:04")
}

// clean makes one harmless line of a text from outside. The ledger cleaned it on entry; here it is cleaned again when it
// is drawn, and the last word is a rule of our own: nothing but graphic characters and blanks, so no escape sequence, no
// control character and no change of direction reaches a terminal.
func clean(text string) string {
	text = ledger.CleanLine(ansi.Strip(text), 2000)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == unicode.ReplacementChar || !unicode.IsGraphic(r):
			return -1
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, text)
}
