package tui

import (
	"strings"
	"unicode/utf8"

	"tuppence/server/view"
)

// signs says which signs a terminal can show.
type signs uint8

const (
	// allSigns is for a terminal that reads UTF-8 and has the usual fonts.
	allSigns signs = iota
	// plainSigns replaces our own signs by twins of ASCII, and leaves the text of people as it is: for consoles with few
	// glyphs, and for Chinese, Japanese and Korean fonts, which give many signs two cells.
	plainSigns
	// onlyASCII is for a terminal that does not read UTF-8: a character beyond ASCII is a question mark.
	onlyASCII
)

// twins are our signs and what stands for them, one cell each, so no layout changes.
var twins = map[rune]byte{
	'●': 'o', '○': 'o', '▐': '>', '▎': '>', '─': '-', '━': '=', '│': '|', '┃': '#', '╌': '.',
	'▁': '_', '▂': '_', '▃': '.', '▄': '.', '▅': ':', '▆': ':', '▇': '#', '█': '#', '▀': '"',
	'✓': '+', '✕': 'x', '→': '>', '←': '<', '↑': '^', '↓': 'v', '▲': '^', '▼': 'v', '‹': '<',
	'›': '>', '…': '~', '·': '.', '┏': '+', '┓': '+', '┗': '+', '┛': '+', '┣': '|', '┫': '|',
	'╹': '|', '╻': '|', '╺': '-', '╸': '-', '▖': '.',
}

// show returns a text with the signs that the terminal has.
func (s signs) show(text string) string {
	if s == allSigns || isASCII(text) {
		return text
	}
	var b strings.Builder
	for text != "" {
		cluster, cells := view.Cluster(text)
		text = text[len(cluster):]
		r, n := utf8.DecodeRuneInString(cluster)
		switch twin, ours := twins[r]; {
		case ours && n == len(cluster):
			b.WriteByte(twin)
		case s == onlyASCII && r >= utf8.RuneSelf:
			b.WriteString(strings.Repeat("?", cells))
		default:
			b.WriteString(cluster)
		}
	}
	return b.String()
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// signsOf returns the signs of a terminal by its name and its locale, as LANG gives it.
func signsOf(term, locale string) signs {
	encoding := strings.ToLower(locale)
	language, _, _ := strings.Cut(encoding, "_")
	switch {
	case encoding != "" && !strings.Contains(encoding, "utf-8") && !strings.Contains(encoding, "utf8"):
		return onlyASCII
	case term == "linux" || strings.HasPrefix(term, "vt"),
		language == "zh" || language == "ja" || language == "ko":
		return plainSigns
	}
	return allSigns
}

// signs are those of the session's terminal, or fewer where the person has asked for them.
func (m *Model) signs() signs {
	s := signsOf(m.o.Term, m.o.Locale)
	if m.me.ASCII && m.tried == nil || m.tried != nil && m.tried.ascii {
		s = max(s, plainSigns)
	}
	return s
}
