package ssh

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"tuppence/server/view"
)

// cell is one column of a line with the styles that are on when it is written. A run of text of which nobody knows how
// many columns a terminal gives it is loose: it is all in its first cell, and the others that are reserved for it have
// no text.
type cell struct {
	text string
	pen
	loose bool
}

// pen is what is on while a cell is written.
type pen struct {
	style string // SGR sequences since the last reset
	link  string // the address that the cell opens (OSC 8), "" for none
}

// letterBlank looks like a blank and counts as a letter that is written from left to right (UAX #9). A terminal that
// turns text round does so with the blanks, digits and signs between such texts, and with a whole line that has no
// other letter before them. Marks and isolates do not stop all of them: they have no cell of their own, and PuTTY turns
// cells.
const letterBlank = "\u2800"

var blank = cell{text: " "}

// rooms are for the cells of two lines while they are compared: a key compares two pairs, and each cell is large.
var rooms = sync.Pool{New: func() any { return new([2][]cell) }}

// patch writes what turns one line of the screen into another: the parts that differ. From the first loose run that
// differs on, the line is erased and drawn anew. The pen is what is on before, and is returned as it is after.
func patch(b *bytes.Buffer, on pen, row, width int, before, after inked) pen {
	room := rooms.Get().(*[2][]cell)
	defer rooms.Put(room)
	old, now := before.cells(room[0][:0], width), after.cells(room[1][:0], width)
	room[0], room[1] = old, now
	end := max(len(old), len(now))
	from := 0
	for from < end && (cellAt(old, from) == cellAt(now, from) || !cellAt(old, from).loose && !cellAt(now, from).loose) {
		from++
	}
	on = patchCells(b, on, row, old[:min(from, len(old))], now[:min(from, len(now))])
	if from == end {
		return on
	}
	for from > 0 && cellAt(now, from).text == "" {
		from--
	}
	return redraw(b, on, row, width, now, from)
}

// patchCells writes the cells that differ, none of which is loose.
func patchCells(b *bytes.Buffer, on pen, row int, old, now []cell) pen {
	for k := 0; k < max(len(old), len(now)); {
		if cellAt(old, k) == cellAt(now, k) {
			k++
			continue
		}
		end := differsUntil(old, now, k)
		moveTo(b, row, k+1)
		for ; k < min(end, len(now)); k++ {
			on = restyle(b, on, now[k].pen)
			b.WriteString(now[k].text)
		}
		if k < end { // only blanks are left
			on = restyle(b, on, pen{})
			b.WriteString("\x1b[K")
			break
		}
	}
	return on
}

// redraw erases a line from a column on and draws it from there. Behind every loose run the cursor is placed anew, and
// all that stands right of the run is drawn or erased after it: whatever a terminal makes of the text of others, what
// is ours has the last word, at its column.
func redraw(b *bytes.Buffer, on pen, row, width int, now []cell, from int) pen {
	l := redrawn{b: b, on: on}
	moveTo(b, row, from+1)
	l.erase() // before, not after: behind a full line the cursor stands on its last cell
	for k := from; k < len(now); k++ {
		c := now[k]
		if c.loose && c.text == "" { // reserved for the run before it
			continue
		}
		if l.lost {
			moveTo(b, row, k+1)
		}
		if gap := blanks(now, k); gap >= longMove {
			l.erase()
			k += gap
			c = now[k]
			moveTo(b, row, k+1)
		}
		if n := reserved(now, k); n > 1 && c.style != "" { // the ground of what the run leaves free
			l.write(cell{text: strings.Repeat(" ", n), pen: c.pen})
			moveTo(b, row, k+1)
		}
		l.write(c)
	}
	if l.lost && len(now) < width {
		moveTo(b, row, len(now)+1)
	}
	if len(now) < width {
		l.erase()
	}
	return l.on
}

// redrawn is the state of a line while it is redrawn.
type redrawn struct {
	b     *bytes.Buffer
	on    pen
	lost  bool // nobody knows where the cursor stands
	clean bool // what is right of the cursor is blank
}

// erase makes all blank from the cursor on, if something can be there.
func (l *redrawn) erase() {
	if !l.clean {
		to := pen{}
		if inkOnly(l.on.style) { // what is erased has the ground that is on
			to.style = l.on.style
		}
		l.on = restyle(l.b, l.on, to)
		l.b.WriteString("\x1b[K")
		l.clean = true
	}
}

// write puts one cell or run.
func (l *redrawn) write(c cell) {
	l.on = restyle(l.b, l.on, c.pen)
	l.b.WriteString(c.text)
	if l.lost = c.loose; c.loose {
		l.clean = false
	}
}

// longMove is the number of cells from which moving the cursor is shorter than writing them again.
const longMove = 8

// blanks is how many cells without text or style there are from k on, before another one.
func blanks(line []cell, k int) int {
	n := 0
	for k+n < len(line) && line[k+n] == blank {
		n++
	}
	return n
}

// reserved is how many cells the run at k has.
func reserved(line []cell, k int) int {
	n := 1
	for k+n < len(line) && line[k+n].loose && line[k+n].text == "" {
		n++
	}
	return n
}

// differsUntil returns the end of a run of different cells. A few equal ones between two runs are written again: that
// is shorter than moving the cursor.
func differsUntil(old, now []cell, k int) int {
	end := k + 1
	for n := end; n < max(len(old), len(now)) && n-end < longMove && !cellAt(now, n).loose; n++ {
		if cellAt(old, n) != cellAt(now, n) {
			end = n + 1
		}
	}
	return end
}

// cellAt returns a cell of a line; behind its end the line is blank.
func cellAt(line []cell, k int) cell {
	if k < len(line) {
		return line[k]
	}
	return blank
}

// restyle goes from one pen to another and returns the new one. Added styles are appended; SGR has no way to take a
// single one back that all terminals know, so anything else starts from a reset.
func restyle(b *bytes.Buffer, from, to pen) pen {
	if from.link != to.link {
		hyperlink(b, to.link)
	}
	if from.style != to.style {
		if added, ok := strings.CutPrefix(to.style, from.style); ok {
			b.WriteString(added)
		} else {
			if !inkOnly(from.style) || !setsInk(to.style) {
				b.WriteString("\x1b[m")
			}
			b.WriteString(to.style)
		}
	}
	return to
}

// setsInk reports whether a style begins with an ink, which takes the place of another one.
func setsInk(style string) bool {
	return strings.HasPrefix(style, "\x1b[38;") || strings.HasPrefix(style, "\x1b[3") && strings.IndexByte(style, 'm') == 4
}

// inkOnly reports whether a style is an ink and nothing else: one of the first eight, of 256, or of all.
func inkOnly(style string) bool {
	most := 0 // parameters
	switch {
	case !setsInk(style) || strings.IndexByte(style, 'm') != len(style)-1:
		return false
	case strings.HasPrefix(style, "\x1b[38;5;"):
		most = 3
	case strings.HasPrefix(style, "\x1b[38;2;"):
		most = 5
	default:
		most = 1
	}
	return strings.Count(style, ";") == most-1
}

// cells takes a cleaned line apart, cut to a width and without blanks at its end, in the room of a slice that is empty.
func cells(all []cell, line string, width int) []cell {
	all = slices.Grow(all, min(len(line), width))
	style, run, drawn := "", noRun, false // drawn: the run is of our own signs
	for k := 0; k < len(line); {
		if n := styleLen(line[k:]); n > 0 {
			style, run = addStyle(style, line[k:k+n]), noRun
			k += n
			continue
		}
		cluster, w := view.Cluster(line[k:])
		if cluster[0] == ' ' { // what would stand on it is a stranger's; the blank may be ours
			cluster, w = " ", 1
		}
		k += len(cluster)
		if len(all)+w > width {
			break
		}
		sign := cluster[0] >= utf8.RuneSelf && strings.Contains(view.Signs, cluster)
		switch {
		case run != noRun && (sign || !drawn) && (cluster != " " || continues(line[k:])):
			all[run].text += cluster
		case run != noRun && drawn && w == 1 && view.Sure(cluster): // a sign is no part of the words behind it
			all, run = append(all, cell{text: cluster, pen: pen{style: style}}), noRun
			continue
		case w == 1 && view.Sure(cluster):
			all, run = append(all, cell{text: cluster, pen: pen{style: style}}), noRun
			continue
		case w == 0, joins(cluster): // a mark without a letter: it would change the cell before it
			for range w {
				all = append(all, cell{text: " ", pen: pen{style: style}})
			}
			run = noRun
			continue
		default:
			run, drawn = len(all), sign
			all = append(all, cell{text: cluster, pen: pen{style: style}, loose: true})
			w--
		}
		for range w {
			all = append(all, cell{pen: pen{style: style}, loose: true})
		}
	}
	for len(all) > 0 && all[len(all)-1] == blank {
		all = all[:len(all)-1]
	}
	fence(all)
	return all
}

// fence puts letter blanks around texts from right to left: in place of the first blank of their line, and of the next
// one behind each of them. So they turn within their column.
func fence(all []cell) {
	for k, c := range all {
		if c.loose && view.RightToLeft(c.text) {
			fenceFirst(all[:k])
			fenceFirst(all[k+1:])
		}
	}
}

// fenceFirst makes a letter blank of the first blank, if it is none yet.
func fenceFirst(all []cell) {
	k := slices.IndexFunc(all, func(c cell) bool { return c.text == blank.text || c.text == letterBlank })
	if k >= 0 {
		all[k].text, all[k].loose = letterBlank, true
	}
}

// joins reports whether a terminal that draws clusters puts a text into the cell before it (UAX #29).
func joins(text string) bool {
	if text[0] < utf8.RuneSelf {
		return false
	}
	first, _ := view.Cluster("x" + text)
	return len(first) > 1
}

// noRun is the place of a loose run while there is none.
const noRun = -1

// continues reports whether a loose run goes on behind a blank. Words of one text are one run, so that they stay beside
// each other on every terminal; two blanks, another style or the end of the line are where something else begins.
func continues(rest string) bool { return rest != "" && rest[0] != ' ' && rest[0] != 0x1b }

// addStyle appends a sequence to what is on; one that begins with a reset starts anew.
func addStyle(style, seq string) string {
	params := seq[2 : len(seq)-1]
	switch {
	case params == "" || params == "0":
		return ""
	case strings.HasPrefix(params, "0;"):
		return seq
	}
	if len(style) > 256 { // a line that only ever adds: keep what is newest
		style = ""
	}
	return style + seq
}

// styleLen returns the length of the SGR sequence (ESC [ digits ; : m) at the start of s, 0 if there is none.
func styleLen(s string) int {
	if len(s) < 3 || s[0] != 0x1b || s[1] != '[' {
		return 0
	}
	for k := 2; k < min(len(s), 64); k++ {
		switch c := s[k]; {
		case c == 'm':
			return k + 1
		case c < '0' || c > ';':
			return 0
		}
	}
	return 0
}

// onlyStyles is the last fence before a terminal: text and SGR sequences pass; other escape sequences, control
// characters in both forms (0x07, U+009B), what is not UTF-8 and marks that turn the direction of text do not. Screens
// clean the texts of others before they draw them (ledger.CleanText); this holds when one forgot.
func onlyStyles(line string) string {
	if clean(line) {
		return line
	}
	var b strings.Builder
	for k := 0; k < len(line); {
		if n := styleLen(line[k:]); n > 0 {
			b.WriteString(line[k : k+n])
			k += n
			continue
		}
		if line[k] == 0x1b {
			_, _, n, _ := ansi.DecodeSequence(line[k:], 0, nil)
			k += max(n, 1)
			continue
		}
		r, n := utf8.DecodeRuneInString(line[k:])
		if drawable(r, n) {
			b.WriteString(line[k : k+n])
		}
		k += n
	}
	return b.String()
}

// clean says whether onlyStyles has nothing to take out, which is so for almost all lines.
func clean(line string) bool {
	for k := 0; k < len(line); {
		if c := line[k]; c >= ' ' && c <= '~' {
			k++
			continue
		}
		if n := styleLen(line[k:]); n > 0 {
			k += n
			continue
		}
		r, n := utf8.DecodeRuneInString(line[k:])
		if !drawable(r, n) {
			return false
		}
		k += n
	}
	return true
}

// drawable says whether a rune of n bytes may reach a terminal.
func drawable(r rune, n int) bool {
	switch {
	case r == utf8.RuneError && n < 2:
		return false
	case r < ' ', r >= 0x7f && r < 0xa0:
		return false
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return false // direction of text (UAX #9)
	case r == 0x2028, r == 0x2029, r == 0xfeff:
		return false // separators of lines, byte order mark
	}
	return true
}
