package view

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/width"
)

// Signs are the characters beyond ASCII that our own words and screens are built of. Their width is ambiguous (UAX
// #11); they count as one cell, and the painter places anew what follows them.
const Signs = "─━│┃╌…‹›·↑↓←→▲▼●○✓✕▐▎" +
	"▁▂▃▄▅▆▇█▀▖┏┓┗┛┣┫╹╻╺╸"

// Width returns the most cells that a text without escape sequences takes on a terminal. Terminals differ: some add up
// characters (wcwidth), some draw a cluster of them as one (UAX #29), some give ambiguous characters two cells (UAX
// #11). What is laid out by the greatest of these measures reaches nothing beside it. This is the only measure of the
// program; no screen, command or painter counts in another way.
func Width(text string) int {
	n := 0
	for text != "" {
		if text[0] < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf) { // as in Cluster, without the call
			n, text = n+1, text[1:]
			continue
		}
		cluster, w := Cluster(text)
		n += w
		text = text[len(cluster):]
	}
	return n
}

// Cluster returns what a reader sees as the first character of a text (UAX #29), and the most cells that it takes.
func Cluster(text string) (cluster string, width int) {
	if text == "" {
		return "", 0
	}
	if text[0] < utf8.RuneSelf && (len(text) == 1 || text[1] < utf8.RuneSelf) {
		return text[:1], 1
	}
	if n := box(text); n > 0 && (n == len(text) || text[n] < utf8.RuneSelf || box(text[n:]) > 0) {
		return text[:n], 1
	}
	cluster, width = ansi.FirstGraphemeCluster(text, ansi.GraphemeWidth)
	// Some marks join what follows them. They get no blank and no letter of ours: a title would end behind its column.
	if end := 1 + strings.IndexFunc(cluster[1:], func(r rune) bool { return r < utf8.RuneSelf }); end > 0 {
		cluster = cluster[:end]
	}
	one := 0
	for _, r := range cluster {
		if r == emojiStyle {
			width = max(width, 2)
		}
		one += runeWidth(r)
	}
	return cluster, max(width, one)
}

// box returns the length of the line or block of ours (U+2500 to U+259F) that a text begins with, 0 if there is none. A
// frame has a few hundred, and nothing joins them but marks.
func box(text string) int {
	const n = len("─")
	if len(text) < n || text[0] != 0xe2 || text[1] < 0x94 || text[1] > 0x96 || !strings.Contains(Signs, text[:n]) {
		return 0
	}
	return n
}

// emojiStyle is VS16: it asks for the colourful form of the character before it, which has two cells.
const emojiStyle = 0xfe0f

// runeWidth is the most cells of one character where a terminal adds up characters. Letters of alphabets count one even
// if their width is ambiguous: a terminal that gives them two would leave every reader of Greek or Russian half of a
// title, and what overflows there is covered by what the painter places behind it.
func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case r >= 0x1f1e6 && r <= 0x1f1ff: // half of a flag: drawn alone, it is as wide as the flag
		return 2
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	case width.EastAsianAmbiguous:
		if !strings.ContainsRune(Signs, r) && !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
			return 2
		}
	}
	return 1
}

// Sure reports whether every terminal draws a cluster in exactly one cell: ASCII, and Latin letters of one width in
// every font. Behind anything else nobody knows where the cursor stands.
func Sure(cluster string) bool {
	r, n := utf8.DecodeRuneInString(cluster)
	switch {
	case n != len(cluster) || r < ' ' || r == 0x7f:
		return false
	case r < utf8.RuneSelf:
		return true
	}
	return r < 0x250 && unicode.IsLetter(r) && width.LookupRune(r).Kind() == width.Neutral
}

// Cut returns a text that takes at most so many cells; one that is cut ends with tail.
func Cut(text string, cells int, tail string) string {
	if Width(text) <= cells {
		return text
	}
	room, end := cells-Width(tail), 0
	if room < 0 {
		return ""
	}
	for end < len(text) {
		cluster, w := Cluster(text[end:])
		if room -= w; room < 0 {
			break
		}
		end += len(cluster)
	}
	return text[:end] + tail
}

// CutLeft returns the end of a text in at most so many cells; one that is cut begins with head.
func CutLeft(text string, cells int, head string) string {
	over := Width(text) - cells
	if over <= 0 {
		return text
	}
	if over += Width(head); Width(head) > cells {
		return ""
	}
	for over > 0 {
		cluster, w := Cluster(text)
		over, text = over-w, text[len(cluster):]
	}
	return head + text
}

// Chunks breaks a text every so many cells, wherever that is.
func Chunks(text string, cells int) []string {
	var all []string
	from, used := 0, 0
	for k := 0; k < len(text); {
		cluster, w := Cluster(text[k:])
		if used+w > cells && k > from {
			all, from, used = append(all, text[from:k]), k, 0
		}
		used, k = used+w, k+len(cluster)
	}
	return append(all, text[from:])
}

// Wrap breaks a text between words and behind hyphens into lines of at most so many cells; a word that is longer than a
// line is broken where the line ends.
func Wrap(text string, cells int) []string {
	var all []string
	line, used := "", 0
	for text != "" {
		end := lineEnd(text)
		word, body := text[:end], strings.TrimRight(text[:end], " ")
		text = text[end:]
		if used+Width(body) > cells {
			if line != "" {
				all = append(all, strings.TrimRight(line, " "))
			}
			parts := Chunks(body, cells)
			last := len(parts) - 1
			all = append(all, parts[:last]...)
			line, used, word = "", 0, parts[last]+word[len(body):]
		}
		line, used = line+word, used+Width(word)
	}
	return append(all, strings.TrimRight(line, " "))
}

// lineEnd is where a line may end in a text for the first time: behind a blank, and behind a hyphen that ends a part of
// a word, which that of --json does not.
func lineEnd(text string) int {
	for i := range len(text) {
		if text[i] == ' ' || text[i] == '-' && i > 0 && !strings.ContainsRune("-[(", rune(text[i-1])) {
			return i + 1
		}
	}
	return len(text)
}

// RightToLeft reports whether a text has letters or digits that are written from right to left (UAX #9): an amount that
// stands beside it is drawn in its order, if it is not isolated from it.
func RightToLeft(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		if r < 0x590 {
			return false
		}
		p, _ := bidi.LookupRune(r)
		return p.Class() == bidi.R || p.Class() == bidi.AL || p.Class() == bidi.AN
	})
}

// Pad adds blanks up to so many cells.
func Pad(text string, cells int) string { return text + strings.Repeat(" ", max(0, cells-Width(text))) }

// Align cuts or fills a text to exactly so many cells.
func Align(text string, cells int, right bool) string {
	text = Cut(text, cells, "…")
	if right {
		return strings.Repeat(" ", max(0, cells-Width(text))) + text
	}
	return Pad(text, cells)
}
