package plain

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// typeIn feeds an editor and returns the lines, what was shown, and whether the person left.
func typeIn(e *editor, typed string) (lines []string, shown string, left bool) {
	e.begin(e.secret)
	for i := range len(typed) {
		s, did := e.feed(typed[i])
		shown += s
		switch did {
		case leaving:
			return lines, shown, true
		case ended:
			lines = append(lines, string(e.line))
			e.begin(e.secret)
		}
	}
	return lines, shown, false
}

func TestEditor(t *testing.T) {
	for _, test := range []struct {
		typed, line, shown string
	}{
		{"balance\r", "balance", "balance\n"},
		{"balance\n", "balance", "balance\n"},
		{"balance\r\n", "balance", "balance\n"},
		{"\t a\r", "  a", "  a\n"},
		{"balanec\x7f\x7fce\r", "balance", "balanec\n> balance\n"},
		{"abc\x15d\r", "d", "abc\n> d\n"},
		{"abc\x7f\r", "ab", "abc\n> ab\n"},
		{"\x7f\x7fa\r", "a", "a\n"},
		{"a\x1b[Db\x1bOAc\x1b[1;5Cd\r", "abcd", "abcd\n"},
		{"a\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\b\x1bP>|x\x07c\r", "abc", "abc\n"},
		{"caf\xc3\xa9\x7f\r", "caf", "caf\u00e9\n> caf\n"},
		{"a\xff\xc3b\r", "ab", "ab\n"},
		{"a\u2500b\r", "a\u2500b", "a b\n"},
		{"a\x00\x01\x07b\r", "ab", "ab\n"},
		{"a\x04b\r", "ab", "ab\n"},
	} {
		lines, shown, left := typeIn(&editor{echo: true}, test.typed)
		if len(lines) != 1 || lines[0] != test.line || shown != test.shown || left {
			t.Errorf("%q: %q, %q; want %q, %q", test.typed, lines, shown, test.line, test.shown)
		}
	}
}

// Of a secret only the end of the line is shown, and without a terminal nothing at all.
func TestEditorShowsNoSecret(t *testing.T) {
	typed := "R-12\x7f345\x15R-1\r"
	if lines, shown, _ := typeIn(&editor{echo: true, secret: true}, typed); shown != "\n" || lines[0] != "R-1" {
		t.Errorf("%q, %q", lines, shown)
	}
	if lines, shown, _ := typeIn(&editor{}, typed); shown != "" || lines[0] != "R-1" {
		t.Errorf("%q, %q", lines, shown)
	}
}

// A line is never longer than it may be, and a part of a longer one is not taken for the whole.
func TestEditorIsBounded(t *testing.T) {
	e := &editor{echo: true}
	e.begin(false)
	for range maxInput + 10 {
		e.feed('x')
	}
	if len(e.line) != maxInput || !e.over {
		t.Errorf("%d bytes, over %v", len(e.line), e.over)
	}
	if e.feed(ctrlU); e.over || len(e.line) != 0 {
		t.Error("ctrl+u does not empty a line that is too long")
	}
}

// Whatever is typed, lines are bounded UTF-8 without control characters, and nothing is shown that moves a cursor.
func FuzzEditor(f *testing.F) {
	for _, seed := range []string{
		"balance\r", "a\x1b[A\x7f\xff\xc3\xa9\r\n\x04", "\x1b]\x1b\x1b\\\r", "\x15\x03", "a\x7f\x7f\x7fb",
	} {
		f.Add(seed, true, false)
		f.Add(seed, true, true)
	}
	f.Fuzz(func(t *testing.T, typed string, echo, secret bool) {
		lines, shown, _ := typeIn(&editor{echo: echo, secret: secret}, typed)
		for _, l := range lines {
			control := func(r rune) bool { return r < ' ' || r == del }
			if len(l) > maxInput || !utf8.ValidString(l) || strings.ContainsFunc(l, control) {
				t.Errorf("%q makes %q", typed, l)
			}
		}
		for _, r := range shown {
			if r != '\n' && (r < ' ' || r > '~' && !unicode.In(r, unicode.L, unicode.M, unicode.N)) {
				t.Errorf("%q shows %U", typed, r)
			}
		}
		if secret && strings.Trim(shown, "\n") != "" || !echo && shown != "" {
			t.Errorf("%q shows %q", typed, shown)
		}
	})
}
