package bank

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// latin are letters that are no base letter with marks.
var latin = strings.NewReplacer(
	"ß", "ss", "ẞ", "SS", "æ", "ae", "Æ", "AE", "œ", "oe", "Œ", "OE", "ø", "o", "Ø", "O",
	"ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "ð", "d", "Ð", "D", "þ", "th", "Þ", "TH", "ı", "i",
	"’", "'", "‘", "'", "–", "-", "—", "-", "&", "+", "_", "-",
)

// latinSet are the characters that every bank of SEPA takes (EPC217-08), and every bank of the ACH network.
const latinSet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-?:().,'+ "

// Latin returns a name in the characters that banks take: letters lose their marks, what is left over becomes a point.
// It is cut to max characters. A name in another script is all points, which the files refuse: it needs a person.
func Latin(name string, max int) string {
	out := make([]byte, 0, len(name))
	for _, r := range norm.NFD.String(latin.Replace(norm.NFC.String(name))) {
		switch {
		case r < unicode.MaxASCII && strings.ContainsRune(latinSet, r):
			out = append(out, byte(r))
		case unicode.IsSpace(r):
			out = append(out, ' ')
		case !unicode.Is(unicode.Mn, r):
			out = append(out, '.')
		}
	}
	s := strings.Join(strings.Fields(string(out)), " ")
	return strings.TrimSpace(s[:min(len(s), max)])
}

// IsLatin reports whether a text has only the characters that banks take, and at least one letter or digit.
func IsLatin(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) &&
		all(s, func(c byte) bool { return strings.IndexByte(latinSet, c) >= 0 })
}
