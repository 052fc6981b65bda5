package tui

import (
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// format is how values are put into words on a screen: short, in the person's zone.
func (m *Model) format() view.Format { return view.Format{Now: m.now(), Zone: m.zone} }

// factBlock says how facts are drawn.
type factBlock struct {
	width int // cells of the terminal that the block may use
	label int // least width of the labels, so that blocks under each other stay aligned
	room  int // lines that there are; 0: as many as it needs
}

// facts draws names and values in two columns. A fact without a value is left out; where the lines do not suffice,
// those with the greatest Drop go first.
func facts(b factBlock, all []view.Fact) []line {
	all = slices.DeleteFunc(slices.Clone(all), func(f view.Fact) bool { return f.Value == "" })
	for {
		out := factLines(b, all)
		if b.room <= 0 || len(out) <= b.room {
			return out
		}
		worst := 0
		for i, f := range all {
			if f.Drop > all[worst].Drop {
				worst = i
			}
		}
		if all[worst].Drop == 0 {
			return out
		}
		all = slices.Delete(all, worst, worst+1)
	}
}

// factLines draws facts without looking at the height. Labels are as wide as the widest that is shown, so a block
// with short labels wastes no room.
func factLines(b factBlock, all []view.Fact) []line {
	label := b.label
	for _, f := range all {
		label = max(label, view.Width(f.Label))
	}
	var out []line
	for _, f := range all {
		parts := factValue(f, b.width-label-6)
		for i, part := range parts {
			name := ""
			if i == 0 {
				name = f.Label
			}
			value := lineOf(tone(f.Tone), part)
			if f.Link {
				value = linkSpans(f.Value, part, tone(f.Tone))
			}
			out = append(out, append(lineOf(toneFaint, "  "+view.Pad(name, label)+"  "), value...))
		}
	}
	return out
}

// factValue returns the value in lines of the width. Of a value that is too long for its lines, the last tells so. An
// id or an address never wraps: y copies it whole, Y prints it. An amount is never cut.
func factValue(f view.Fact, width int) []string {
	if f.Whole && !strings.Contains(f.Value, " ") {
		return []string{view.Cut(view.Clean(f.Value), max(8, width), "…")}
	}
	parts := wrapped(f.Value, width)
	if f.Lines > 0 && len(parts) > f.Lines {
		parts = parts[:f.Lines]
		parts[f.Lines-1] += " …" // for which the block leaves two cells
	}
	return parts
}

// wrapped is a text from outside in lines of at most a width.
func wrapped(text string, width int) []string {
	var out []string
	for _, p := range strings.Split(ledger.CleanText(text, 4000), "\n") {
		out = append(out, view.Wrap(view.Clean(p), max(8, width))...)
	}
	return out
}

// paragraph draws sentences, indented by two cells.
func paragraph(t tone, width int, text string) []line {
	var out []line
	for _, l := range wrapped(text, width-4) {
		out = append(out, lineOf(t, "  "+l))
	}
	return out
}

// roomyFrom is the height of a screen's body from which it has empty lines for order.
const roomyFrom = 16

// narrow is the width below which words are given up for fewer ones, readable the width beyond which a screen of words
// and figures does not grow: what belongs together would lie too far apart.
const (
	narrow   = 60
	readable = 110
)

// topGap is the empty line above a screen, where there is room for it.
func topGap(height int) []line {
	if height < roomyFrom {
		return nil
	}
	return []line{nil}
}

// heading is the title of a part of a screen.
func heading(text string) line { return lineOf(toneStrong, "  "+text) }

// section draws a part of a screen under its heading, with an empty line above; nothing if the part is empty.
func section(title string, part []line) []line {
	if len(part) == 0 {
		return nil
	}
	return append([]line{nil, heading(title)}, part...)
}

// wholeParts breaks what is copied as a whole only where the terminal itself would.
func wholeParts(text string, width int) []string {
	return view.Chunks(view.Clean(text), max(8, width))
}
