package ledger

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func ExampleCleanLine() {
	fmt.Println(CleanLine("\x1b[31mFREE\x1b[0m \u202egnp.exe\r\nnow", 40))
	// Output: FREE gnp.exe now
}

func TestCleanText(t *testing.T) {
	for _, c := range []struct{ name, in, text, line string }{
		{"plain", "Grüße, 世界 👋", "Grüße, 世界 👋", "Grüße, 世界 👋"},
		{"lines", "  a \t b\r\n\r\n\r\n\r\nc  ", "a b\n\nc", "a b c"},
		{"escape sequences", "a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;http://x\x1b\\d", "abcd", "abcd"},
		{"8-bit control", "a\u009b31mb", "a31mb", "a31mb"}, // nothing acts on what is left
		{"controls", "a\x00b\x08c\x7fd", "abcd", "abcd"},
		{"bidi", "a\u202eb\u2066c\u200fd", "abcd", "abcd"},
		{"zero width", "a\u200bb\u200dc\ufeffd\u2060e\u00adf", "abcdef", "abcdef"},
		{"tags", "a\U000e0041b", "ab", "ab"},
		{"invisible letters", "a\u3164b\u115fc\u2800d\u034fe\ufe0ff", "abcdef", "abcdef"},
		{"invalid", "a\xffb\xc3", "ab", "ab"},
		{"spaces", "a\u00a0\u3000b\u2028c", "a b\nc", "a b c"},
		{"private use", "a\ue000b", "ab", "ab"},
		{"stacked marks", "a" + strings.Repeat("\u0301", 30), "a\u0301\u0301\u0301\u0301", "a\u0301\u0301\u0301\u0301"},
		{"mark first", "\u0301a", "a", "a"},
		{"empty", " \n\t ", "", ""},
	} {
		if got := CleanText(c.in, 100); got != c.text {
			t.Errorf("%s: text %q, want %q", c.name, got, c.text)
		}
		if got := CleanLine(c.in, 100); got != c.line {
			t.Errorf("%s: line %q, want %q", c.name, got, c.line)
		}
	}
	is(t, "capped", CleanLine("äöü sind drei", 4), "äöü")
	is(t, "nothing", CleanText("abc", 0), "")
	is(t, "negative", CleanText("abc", -1), "")
}

func FuzzCleanText(f *testing.F) {
	f.Add("a\x1b[31mb", 10)
	f.Add("a\u202e\n\n\nb", 3)
	f.Add(" \u06d9", 70) // a mark without a letter
	f.Add("\x1b\x1b[[31m31m", 100)
	f.Fuzz(func(t *testing.T, s string, max int) {
		text, line := CleanText(s, max), CleanLine(s, max)
		if strings.Contains(line, "\n") {
			t.Fatalf("line %q", line)
		}
		for _, got := range []string{text, line} {
			if !utf8.ValidString(got) || utf8.RuneCountInString(got) > maximum(max) || strings.TrimSpace(got) != got {
				t.Fatalf("%q became %q", s, got)
			}
			for _, r := range got {
				if r != '\n' && (!unicode.IsPrint(r) || invisible(r)) {
					t.Fatalf("%q became %q with %U", s, got, r)
				}
			}
		}
		if CleanText(text, max) != text || CleanLine(line, max) != line {
			t.Fatalf("cleaning %q twice changes it: %q, then %q", s, text, CleanText(text, max))
		}
	})
}

func maximum(n int) int { return max(n, 0) }

func ExampleCleanText() {
	fmt.Printf("%q\n", CleanText("  Dear\x07 reader,\r\n\r\n\r\n\u202eagain\t and  again ", 100))
	// Output: "Dear reader,\n\nagain and again"
}

// A text that is taken as clean without cleaning is what cleaning would have made of it.
func TestCleanIsTheShortWay(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune("ab \t\n~\x7fé\x1b[m")), 0, 8, -1).Draw(t, "text")
		max := rapid.IntRange(-1, 10).Draw(t, "max")
		if !clean(s, max) {
			return
		}
		taken++
		if line := firstRunes(strings.Join(strings.Fields(plain(s)), " "), max); line != s {
			t.Fatalf("%q is taken as it is, cleaning makes %q of it", s, line)
		}
	})
	if taken == 0 {
		t.Error("no text took the short way")
	}
	for s, want := range map[string]bool{
		"How rivers freeze": true, "": true, "a": true, "~": true, " a": false, "a ": false, "a  b": false, "a\tb": false,
		"é":     false,
		"a\x7f": false, "a\nb": false,
	} {
		is(t, fmt.Sprintf("%q", s), clean(s, 40), want)
	}
	is(t, "too long", clean("abc", 2), false)
}

func TestOrList(t *testing.T) {
	is(t, "list", orList([]string{"a", "b", "c"}), "a, b or c")
	is(t, "two", orList([]string{"a", "b"}), "a or b")
}
