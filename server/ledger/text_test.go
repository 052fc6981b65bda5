package ledger

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
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
	f.Add(strings.Repeat("a\u0301", 5000), math.MaxInt)
	f.Add(strings.Repeat("\u202e\x1b[31ma", 5000), 7)
	f.Add("\x1b\x1b[[31m31m", 100)
	f.Add("\u2764\ufe0f\u200d\U0001f525 1\ufe0f\u20e3 \u0645\u06cc\u200c\u062e", 4)
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
				if r != '\n' && !isJoiner(r) && (!unicode.IsPrint(r) || invisible(r)) {
					t.Fatalf("%q became %q with %U", s, got, r)
				}
			}
		}
		if CleanText(text, max) != text || CleanLine(line, max) != line {
			t.Fatalf("cleaning %q twice changes it: %q, then %q", s, text, CleanText(text, max))
		}
	})
}

// Joiners stay where the script or the emoji needs them, so that a title reads as its vendor wrote it; where they join
// nothing they go, so that no two titles look alike.
func TestJoiners(t *testing.T) {
	for name, s := range map[string]string{
		"Persian":     "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
		"Hindi":       "\u0915\u094d\u200d\u0937 \u0915\u094d\u200c\u0937",
		"Malayalam":   "\u0d05\u0d35\u0d28\u0d4d\u200d",
		"Bengali":     "\u09b0\u200d\u09cd\u09af\u09be\u09ac",
		"Sinhala":     "\u0dc1\u0dca\u200d\u0dbb\u0dd3",
		"heart":       "\u2764\ufe0f order",
		"fire heart":  "\u2764\ufe0f\u200d\U0001f525",
		"family":      "\U0001f468\u200d\U0001f469\u200d\U0001f467",
		"astronaut":   "\U0001f469\U0001f3fd\u200d\U0001f680",
		"rainbow":     "\U0001f3f3\ufe0f\u200d\U0001f308",
		"nods":        "\U0001f642\u200d\u2194\ufe0f",
		"keycap":      "1\ufe0f\u20e3",
		"as text":     "\u2600\ufe0e",
		"exclamation": "\u203c\ufe0f",
	} {
		is(t, name, CleanLine(s, 100), s)
		is(t, name, CleanText(s, 100), s)
	}
	for name, c := range map[string]struct{ in, want string }{
		"Latin":             {"pay\u200dpal pay\u200cpal", "paypal paypal"},
		"first":             {"\u200d\ufe0f\u2764", "\u2764"},
		"twice":             {"\u0645\u200c\u200c\u062e", "\u0645\u200c\u062e"},
		"emoji and letter":  {"\u2764\ufe0f\u200da", "\u2764\ufe0fa"},
		"digit":             {"1\ufe0f2", "12"},
		"what it joins cut": {"\u2764\u200d\x07", "\u2764"},
		"ASCII symbols":     {"+\u200d+\ufe0f", "++"},
	} {
		is(t, name, CleanLine(c.in, 100), c.want)
	}
	is(t, "capped", CleanLine("\U0001f468\u200d\U0001f469", 2), "\U0001f468")
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

// What somebody has typed is kept whole or refused.
func TestCheckLength(t *testing.T) {
	for typed, ok := range map[string]bool{
		strings.Repeat("é", 30): true, strings.Repeat("é", 31): false, " \x1b[31m" + strings.Repeat("a", 30) + " ": true,
	} {
		if err := CheckLength("source", typed, 30); (err == nil) != ok {
			t.Errorf("%q: %v", typed, err)
		}
	}
}

// Where people type, one character too many is refused, with the field at fault, and nothing is kept of it.
func TestTooLongIsRefused(t *testing.T) {
	vendor := Actor{Role: RoleVendor}
	for field, act := range map[string]func(text string) error{
		"title": func(text string) error {
			_, err := CheckOffer(Offer{Title: text}, Vendor{}, Policy{})
			return err
		},
		"text": func(text string) error {
			_, err := DecideAnswer(vendor, text, DisputeFacts{}, time.Time{})
			return err
		},
		"reason": func(text string) error {
			_, err := StaffReason{Code: StaffReasons[0], Words: text}.Check()
			return err
		},
		"name": func(text string) error {
			u := User{Keys: []Member{{Fingerprint: "SHA256:a", Name: "a"}}}
			_, err := u.WithKeyName("a", text)
			return err
		},
	} {
		var no *Refusal
		if err := act(strings.Repeat("a", 2_001)); !errors.As(err, &no) || no.Is != ErrInvalid || no.Param != field ||
			!strings.Contains(no.Detail, "characters") {
			t.Errorf("%s: %v", field, err)
		}
	}
	if cut, err := reasonBy(Actor{Role: RoleSystem}, strings.Repeat("a", 2_001)); err != nil || len(cut) != maxReason {
		t.Errorf("a machine's reason has %d characters, and %v", len(cut), err)
	}
}
