package command

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// textWriter collects the plain text of an answer: sentences, facts ("name  value") and tables. No colours, no cursor
// movements; every text is cleaned when it is put on, so a hostile title is harmless wherever it comes from.
type textWriter struct {
	width int  // display cells
	fit   bool // it is that of a terminal: what is wider breaks
	plain bool // one fact a line, in words: see plain.go
	year  int  // of now, 0 if it is not known
	zone  *time.Location
	out   strings.Builder
	rows  []string  // ids of the last table of a plain text
	now   time.Time // what is near it is short; zero: the full date
	// record keeps the parts of the answer in place of writing them; nil: they are written.
	record *[]Block
}

// maxWidth is how wide a text is, in cells, if the caller does not say: output goes to pipes as often as to
// terminals.
const maxWidth = 160

// line puts a sentence, unbroken: programs read it by lines. Blanks before it stay.
func (s *textWriter) line(text string) {
	if s.plain {
		s.say(text)
		return
	}
	body := strings.TrimLeft(text, " ")
	if s.keep(Block{Text: view.Clean(body)}) {
		return
	}
	s.out.WriteString(text[:len(text)-len(body)] + view.Clean(body))
	s.out.WriteByte('\n')
}

// raw puts a text of ours as it is: a script, a manual page.
func (s *textWriter) raw(text string) {
	if !s.keep(Block{Raw: text}) {
		s.out.WriteString(text)
	}
}

// gap puts an empty line, never two and none at the start.
func (s *textWriter) gap() {
	if s.plain { // a reader of lines hears it as a line
		return
	}
	if text := s.out.String(); text != "" && !strings.HasSuffix(text, "\n\n") {
		s.out.WriteByte('\n')
	}
}

// text puts words of a person, broken at the width and indented.
func (s *textWriter) text(indent, words string) {
	if s.keep(Block{Text: words}) {
		return
	}
	if s.plain { // a line of its own is ours
		s.say(words)
		return
	}
	for _, paragraph := range strings.Split(ledger.CleanText(words, 4000), "\n") {
		width := max(20, s.width-view.Width(indent))
		for _, l := range view.Wrap(view.Clean(paragraph), width) {
			s.out.WriteString(strings.TrimRight(indent+l, " "))
			s.out.WriteByte('\n')
		}
	}
}

// fold puts a sentence of ours that nobody copies: on a terminal it breaks at the width.
func (s *textWriter) fold(text string) {
	if !s.fit || s.plain || s.record != nil {
		s.line(text)
		return
	}
	s.text("", text)
}

// valueOf is a blank between a flag and its value.
var valueOf = regexp.MustCompile(`(--[a-z-]+) ([A-Z])`)

// usage puts a usage line. On a terminal it breaks at the width, but for the values of flags, which stay beside them.
func (s *textWriter) usage(text string) {
	const begin, noBreak = "usage: ", "\u00a0"
	if !s.fit || s.plain || s.record != nil {
		s.line(begin + text)
		return
	}
	indent := ""
	for i, part := range view.Wrap(valueOf.ReplaceAllString(text, "$1"+noBreak+"$2"), max(20, s.width-len(begin))) {
		if i == 0 {
			part = begin + part
		}
		s.line(indent + strings.ReplaceAll(part, noBreak, " "))
		indent = strings.Repeat(" ", len(begin))
	}
}

// explain puts names with what they mean. On a terminal the meaning breaks at the width, under itself, and a name that
// would take more than half of it has a line of its own.
func (s *textWriter) explain(indent string, all ...view.Fact) {
	if !s.fit || s.plain || s.record != nil {
		s.facts(indent, all...)
		return
	}
	most, wide := max(12, s.width/2-len(indent)), 0
	for _, f := range all {
		if w := view.Width(f.Label); w <= most {
			wide = max(wide, w)
		}
	}
	put := func(text string) { s.out.WriteString(strings.TrimRight(text, " ") + "\n") }
	for _, f := range all {
		label := f.Label
		if view.Width(label) > wide {
			names := view.Wrap(label, max(12, s.width-2*len(indent)))
			put(indent + names[0])
			for _, rest := range names[1:] {
				put(indent + indent + rest)
			}
			label = ""
		}
		for _, part := range view.Wrap(view.Clean(f.Value), max(12, s.width-len(indent)-wide-2)) {
			put(indent + view.Pad(label, wide) + "  " + part)
			label = ""
		}
	}
}

// format is how values are put into words: with the full date, in the person's zone.
func (s *textWriter) format() view.Format { return view.Format{Zone: s.zone, Now: s.now} }

// fact is one name and its value, for what server/view does not describe because only the terminal knows it: a key that
// was made here, the version of the program.
func fact(label, value string) view.Fact { return view.Fact{Label: label, Value: value} }

// facts puts names and values in two columns. A fact without a value is left out.
func (s *textWriter) facts(indent string, all ...view.Fact) {
	all = slices.DeleteFunc(slices.Clone(all), func(f view.Fact) bool { return f.Value == "" })
	if s.keep(Block{Facts: all}) {
		return
	}
	if s.plain {
		s.spokenFacts(all)
		return
	}
	wide := 0
	for _, f := range all {
		wide = max(wide, view.Width(f.Label))
	}
	for _, f := range all {
		s.out.WriteString(strings.TrimRight(indent+view.Pad(f.Label, wide)+"  "+view.Clean(f.Value), " "))
		s.out.WriteByte('\n')
	}
}

// table puts rows under titles, aligned by display width and not by bytes. What is ours comes before the words of
// strangers, of which nobody knows how wide a terminal draws them.
//
// On a terminal a row takes one line: columns give way as they do on a screen, and where even those that stay are too
// wide, each row is a block of facts.
func (s *textWriter) table(indent string, t view.Table) {
	if s.keep(Block{Table: &t}) {
		return
	}
	if s.plain {
		s.spokenTable(t)
		return
	}
	t = t.ForeignLast()
	room := s.width - view.Width(indent)
	lines := tableLines(t)
	widths := widthsOf(lines)
	if s.fit {
		kept, ok := view.Fitting(t.Columns, widths, room, elasticLeast)
		t = t.Only(kept...)
		if lines = tableLines(t); !ok {
			s.blocks(indent, lines)
			return
		}
		widths = widthsOf(lines)
	}
	squeeze(widths, t.Columns, room)
	for _, line := range lines {
		s.tableLine(indent, t.Columns, widths, line)
	}
}

// tableLines are the titles and the rows of a table, cleaned.
func tableLines(t view.Table) [][]string {
	lines := [][]string{view.Map(t.Columns, func(c view.Column) string { return c.Title })}
	for _, row := range t.Rows {
		lines = append(lines, view.Map(row, func(c view.Cell) string { return view.Clean(c.Text) }))
	}
	return lines
}

// widthsOf are the widths that the columns take, in cells.
func widthsOf(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i := range line {
			widths[i] = max(widths[i], view.Width(line[i]))
		}
	}
	return widths
}

// blocks puts each row of a table as facts, a line free between them. Ids are copied from there, so nothing is cut and
// no single word is broken.
func (s *textWriter) blocks(indent string, lines [][]string) {
	wide := 0
	for _, title := range lines[0] {
		wide = max(wide, view.Width(title))
	}
	room := max(12, s.width-view.Width(indent)-wide-2)
	for n, line := range lines[1:] {
		if n > 0 {
			s.gap()
		}
		for i, text := range line {
			label, parts := lines[0][i], []string{text}
			if strings.Contains(text, " ") {
				parts = view.Wrap(text, room)
			}
			for _, part := range parts {
				if part != "" {
					s.out.WriteString(indent + view.Pad(label, wide) + "  " + part + "\n")
				}
				label = ""
			}
		}
	}
}

// tableLine is one row. Blanks at its end are cut: they are noise where a line is copied.
func (s *textWriter) tableLine(indent string, columns []view.Column, widths []int, line []string) {
	var b strings.Builder
	b.WriteString(indent)
	for i, text := range line {
		if i > 0 {
			b.WriteString("  ")
		}
		b.WriteString(view.Align(text, widths[i], columns[i].Right))
	}
	s.out.WriteString(strings.TrimRight(b.String(), " "))
	s.out.WriteByte('\n')
}

// elasticLeast is how many cells an elastic column keeps.
const elasticLeast = 12

// squeeze takes what a row is too wide from its elastic column. The text is cut there and not wrapped: programs read
// rows by lines, and people find the whole text with show.
func squeeze(widths []int, columns []view.Column, room int) {
	over := 2*(len(widths)-1) - room
	for _, w := range widths {
		over += w
	}
	for i, c := range columns {
		if c.Elastic && over > 0 {
			widths[i] = max(min(elasticLeast, widths[i]), widths[i]-over)
		}
	}
}

// at is a moment in the person's zone.
func (s *textWriter) at(t view.Time) string { return s.format().Time(t) }
