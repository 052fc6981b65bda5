package view

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"tuppence/server/ledger"
)

// maxLine bounds a text in one line, in characters.
const maxLine = 2000

// Clean makes one harmless line of a text from outside. The ledger cleaned it when it came in; here it is cleaned
// again when it is drawn, with a rule of our own: nothing but graphic characters, blanks, and the two joiners that the
// ledger leaves where a script or an emoji needs them. So no escape sequence, no control character and no change of
// direction reaches a terminal.
func Clean(text string) string {
	if printable(text) { // almost all are, and a screen cleans some hundred for each key
		return ledger.CleanLine(text, maxLine)
	}
	text = ledger.CleanLine(ansi.Strip(text), maxLine)
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case r == 0x200c || r == 0x200d:
			return r
		case r == unicode.ReplacementChar || !unicode.IsGraphic(r):
			return -1
		case unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, text)
}

// printable reports whether a text is of printable ASCII alone.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
