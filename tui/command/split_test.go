package command

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestWords(t *testing.T) {
	for line, want := range map[string]string{
		``: "", `a`: "a", ` a  b `: "a|b", `'a b'`: "a b", `a'b'"c"`: "abc", `"a\b"`: `a\b`, `"a\\b\""`: `a\b"`,
		`'a\'`: `a\`, `\'`: "'", `a\ b`: "a b", `""`: "", `a "" b`: "a||b", "a\tb\nc": "a|b|c", `é 'ü ö'`: "é|ü ö",
		`#a`: "#a",
	} {
		got, err := Words(line)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("Words(%q) = %q, %v; want %q", line, got, err, want)
		}
	}
	for _, line := range []string{`'`, `"a`, `a\`, "\x1b[2J", "a\u009bb", "\xc3"} {
		if got, err := Words(line); err == nil {
			t.Errorf("Words(%q) = %q, want an error", line, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add(`a 'b c' "d\"e" \f`)
	f.Fuzz(func(t *testing.T, line string) {
		first, err := Words(line)
		if err != nil {
			return
		}
		var quoted string
		for _, w := range first {
			quoted += " " + quote(w)
		}
		again, err := Words(quoted)
		if err != nil || strings.Join(again, "\x00") != strings.Join(first, "\x00") {
			t.Fatalf("%q -> %q -> %q, %v", line, first, again, err)
		}
	})
}

// What quote writes is read back as one word: the palette and ssh run what a dry run printed.
func FuzzQuoteIsReadBack(f *testing.F) {
	for _, text := range []string{"", "It's late", `a "b" \c`, "$(x); é", "-5", "'"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		control := func(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' }
		if !utf8.ValidString(text) || strings.ContainsFunc(text, control) {
			return // refused by Words
		}
		if got, err := Words(quote(text)); err != nil || len(got) != 1 || got[0] != text {
			t.Fatalf("%q -> %s -> %q, %v", text, quote(text), got, err)
		}
	})
}
