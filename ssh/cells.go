package ssh

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cell is one character of a line with the styles that are on when it is written.
type cell struct {
	text  string
	style string // SGR sequences since the last reset
}

var blank = cell{text: " "}

// patch writes what turns one line of the screen into another: where every character is one cell wide, the parts that
// differ; otherwise the whole line, because terminals do not agree on the widths of the others.
func patch(b *bytes.Buffer, row int, before, after string) {
	old, oldSimple := cells(before)
	now, simple := cells(after)
	if !simple || !oldSimple {
		moveTo(b, row, 1)
		b.WriteString("\x1b[K") // before, not after: behind a full line the cursor stands on its last cell
		b.WriteString(after)
		b.WriteString("\x1b[m")
		return
	}
	pen := "" // styles that are on
	for k := 0; k < max(len(old), len(now)); {
		if cellAt(old, k) == cellAt(now, k) {
			k++
			continue
		}
		end := differsUntil(old, now, k)
		moveTo(b, row, k+1)
		for ; k < min(end, len(now)); k++ {
			pen = restyle(b, pen, now[k].style)
			b.WriteString(now[k].text)
		}
		if k < end { // only blanks are left
			pen = restyle(b, pen, "")
			b.WriteString("\x1b[K")
			break
		}
	}
	restyle(b, pen, "")
}

// differsUntil returns the end of a run of different cells. A few equal ones between two runs are written again: that
// is shorter than moving the cursor.
func differsUntil(old, now []cell, k int) int {
	const move = 8
	end := k + 1
	for n := end; n < max(len(old), len(now)) && n-end < move; n++ {
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

// restyle goes from one set of styles to another and returns the new one. Added styles are appended; SGR has no way to
// take a single one back that all terminals know, so anything else starts from a reset.
func restyle(b *bytes.Buffer, from, to string) string {
	if from != to {
		if added, ok := strings.CutPrefix(to, from); ok {
			b.WriteString(added)
		} else {
			b.WriteString("\x1b[m")
			b.WriteString(to)
		}
	}
	return to
}

// cells takes a cleaned line apart, without blanks at its end; simple is false if some character may not be one cell.
func cells(line string) (all []cell, simple bool) {
	style := ""
	all = make([]cell, 0, len(line))
	for k := 0; k < len(line); {
		if n := styleLen(line[k:]); n > 0 {
			style = addStyle(style, line[k:k+n])
			k += n
			continue
		}
		r, n := utf8.DecodeRuneInString(line[k:])
		if r >= utf8.RuneSelf && !oneCell(line[k:k+n]) {
			return nil, false
		}
		all = append(all, cell{line[k : k+n], style})
		k += n
	}
	for len(all) > 0 && all[len(all)-1] == blank {
		all = all[:len(all)-1]
	}
	return all, true
}

func oneCell(s string) bool { return ansi.StringWidth(s) == 1 }

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
