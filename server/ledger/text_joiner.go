package ledger

import (
	"strings"
	"unicode"
)

// Characters that show nothing themselves and change how their neighbours are drawn.
const (
	nonJoiner = 0x200c // keeps letters apart: Persian writes its prefixes with it
	joiner    = 0x200d // binds letters (Malayalam, Sinhala) and emoji (families, professions)
	asText    = 0xfe0e // the symbol before it is drawn as text
	asEmoji   = 0xfe0f // the symbol before it is drawn as an emoji: a red heart, not a black one
	keycap    = 0x20e3 // draws a key around a digit
)

// isJoiner reports whether a character is one of these.
func isJoiner(r rune) bool { return r == nonJoiner || r == joiner || r == asText || r == asEmoji }

// joining are the scripts whose letters take joiners (Unicode Standard, section 23.2).
var joining = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Nko, unicode.Mandaic, unicode.Adlam,
	unicode.Hanifi_Rohingya, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
	unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar,
	unicode.Tibetan, unicode.Javanese, unicode.Balinese,
}

// keepJoiners drops the joiners that join nothing. Between other letters they serve to make two texts that look alike:
// a joiner has to follow a letter of a script that joins, or stand between two symbols.
func keepJoiners(s string) string {
	if strings.IndexFunc(s, isJoiner) < 0 {
		return s
	}
	all := []rune(s)
	kept := make([]rune, 0, len(all))
	for i, r := range all {
		if !isJoiner(r) || len(kept) > 0 && joins(kept[len(kept)-1], r, afterJoiners(all[i+1:])) {
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// afterJoiners is the first character that is none, 0 if there is none.
func afterJoiners(all []rune) rune {
	for _, r := range all {
		if !isJoiner(r) {
			return r
		}
	}
	return 0
}

// joins reports whether a joiner has something to do between two characters.
func joins(before, r, after rune) bool {
	switch r {
	case asText, asEmoji:
		return before >= 0xa9 && unicode.Is(unicode.S, before) || strings.ContainsRune("\u203c\u2049\u2139\u3030", before) ||
			strings.ContainsRune("0123456789#*", before) && after == keycap
	case joiner:
		if before == asEmoji || isSymbol(before) {
			return isSymbol(after)
		}
	}
	return unicode.In(before, joining...)
}

// isSymbol reports whether a character may be an emoji, or the colour of its skin.
func isSymbol(r rune) bool { return r >= 0x2000 && unicode.Is(unicode.S, r) }
