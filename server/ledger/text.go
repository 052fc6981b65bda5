package ledger

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

const (
	maxReason = 500 // characters of a reason
	maxMarks  = 4   // combining marks on one letter; living scripts need three

	bytesLooked = 64 // for each character that may be shown; a letter with all its marks has 20

	lowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// CleanText returns untrusted text in a form that is safe to show, over several lines: no escape sequences,
// control characters, direction overrides, invisible characters or invalid UTF-8, not more than a few marks on one
// letter, no more than one empty line at a time, trimmed, at most max characters, no number of a card. Joiners stay
// where a script or an emoji needs them. Cleaning twice changes nothing.
func CleanText(s string, max int) string {
	if clean(s, max) {
		return s
	}
	var lines []string
	for line := range strings.SplitSeq(plain(looked(s, max)), "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	return withoutCards(strings.Join(lines, "\n"), max)
}

// CleanLine returns what CleanText does, in one line: every run of white space becomes one space.
func CleanLine(s string, max int) string {
	if clean(s, max) {
		return s
	}
	return withoutCards(strings.Join(strings.Fields(plain(looked(s, max))), " "), max)
}

// typedText is CleanText of what a person has typed: it refuses with ErrInvalid what CleanText would cut.
func typedText(field, typed string, most int) (string, error) {
	return strings.TrimSpace(CleanText(typed, most)), CheckLength(field, typed, most)
}

// typedLine is CleanLine of what a person has typed: it refuses with ErrInvalid what CleanLine would cut.
func typedLine(field, typed string, most int) (string, error) {
	return CleanLine(typed, most), CheckLength(field, typed, most)
}

// reasonBy is the reason that an actor gives: a person who types too much is asked to shorten it, what a machine has
// reported is cut.
func reasonBy(a Actor, typed string) (string, error) {
	if a.Role == RoleSystem {
		return strings.TrimSpace(CleanText(typed, maxReason)), nil
	}
	return typedText("reason", typed, maxReason)
}

// CheckLength refuses with ErrInvalid what a person has typed and would be cut: half of a text can say the opposite.
func CheckLength(field, typed string, most int) error {
	if utf8.RuneCountInString(CleanText(typed, most+1)) <= most {
		return nil
	}
	return Invalid(field, "Shorten it.", "The %s has more than %d characters.", field, most)
}

// withoutCards masks the numbers of cards and cuts. A number that only the cut makes is masked, too.
func withoutCards(s string, max int) string { return MaskCards(firstRunes(MaskCards(s), max)) }

// CleanID is CleanLine for what another program calls a thing: a number that looks like a card's is kept, since two
// names must not become one.
func CleanID(s string, max int) string {
	return firstRunes(strings.Join(strings.Fields(plain(looked(s, max))), " "), max)
}

// clean reports whether a text is surely clean already: short enough, printable ASCII, single spaces inside. What it
// does not know is cleaned; most texts are known, and a purchase cleans its title each time.
func clean(s string, max int) bool {
	if len(s) > max {
		return false
	}
	space, digits := true, 0 // a space now would be the first character, or the second of two
	for i := range len(s) {
		if isDigit(s[i]) {
			digits++
		}
		if s[i] < ' ' || s[i] > '~' || space && s[i] == ' ' {
			return false
		}
		space = s[i] == ' '
	}
	return digits < fewestCardDigits && (!space || s == "")
}

// looked is the part of a text that is looked at: what is cut off anyway costs nothing, and a text that hides its few
// characters behind so much else has nothing to say.
func looked(s string, max int) string {
	if max >= 0 && max < len(s)/bytesLooked {
		return s[:max*bytesLooked]
	}
	return s
}

// plain keeps printable runes, spaces and line ends.
func plain(s string) string {
	s = ansi.Strip(strings.ToValidUTF8(s, ""))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	marks := maxMarks // a mark needs a letter to stand on
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
			b.WriteByte('\n')
			marks = maxMarks
		case r == '\t' || unicode.Is(unicode.Zs, r):
			b.WriteByte(' ')
			marks = maxMarks
		case isJoiner(r):
			b.WriteRune(r)
		case invisible(r):
		case unicode.Is(unicode.M, r):
			if marks++; marks <= maxMarks {
				b.WriteRune(r)
			}
		case unicode.IsPrint(r):
			b.WriteRune(r)
			marks = 0
		}
	}
	return keepJoiners(b.String())
}

// invisible reports letters and marks that show nothing and serve to deceive; the format characters (bidi overrides,
// zero width, tags) are not printable anyway.
func invisible(r rune) bool {
	switch r {
	case 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x2800, 0x3164, 0xffa0, 0xfffd:
		return true
	}
	return unicode.Is(unicode.Variation_Selector, r)
}

// firstRunes cuts to at most max characters.
func firstRunes(s string, max int) string {
	if max <= 0 {
		return ""
	}
	if utf8.RuneCountInString(s) > max {
		for i := range s {
			if max == 0 {
				s = strings.TrimRightFunc(s[:i], isJoiner) // what they would have joined is cut off
				break
			}
			max--
		}
	}
	return strings.TrimSpace(s)
}

// only reports whether s consists of these characters.
func only(s, chars string) bool { return strings.Trim(s, chars) == "" }

// orList writes words as a choice: "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
