package tui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A sign and its twin have one cell each, and every sign that the screens may use has a twin.
func TestTwinsKeepTheLayout(t *testing.T) {
	for r, twin := range twins {
		if view.Width(string(r)) != 1 || twin < ' ' || twin > '~' {
			t.Errorf("%c has the twin %q", r, twin)
		}
	}
	for _, r := range view.Signs {
		if _, has := twins[r]; !has {
			t.Errorf("%c has no twin", r)
		}
	}
}

// Our own words have no character beyond ASCII but signs with a twin.
func TestScreensUseSignsWithTwinsOnly(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "layout.go" {
			continue // letters of keyboards are read, not drawn
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, is := n.(*ast.BasicLit)
			if !is || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range text {
				if _, has := twins[r]; r > 0x7e && !has {
					t.Errorf("%s draws %c (%U), which has no twin", file, r, r)
				}
			}
			return true
		})
	}
}

// What a terminal says of itself decides which signs it gets.
func TestSignsOfTerminals(t *testing.T) {
	for _, tc := range []struct {
		term, locale string
		want         signs
	}{
		{"xterm-256color", "", allSigns},
		{"xterm", "de_DE.UTF-8", allSigns},
		{"xterm", "C.utf8", allSigns},
		{"linux", "en_GB.UTF-8", plainSigns},
		{"vt220", "", plainSigns},
		{"xterm", "ja_JP.UTF-8", plainSigns},
		{"xterm", "C", onlyASCII},
		{"xterm", "de_DE.ISO-8859-1", onlyASCII},
		{"linux", "POSIX", onlyASCII},
	} {
		if got := signsOf(tc.term, tc.locale); got != tc.want {
			t.Errorf("%s with %q has the signs %d, want %d", tc.term, tc.locale, got, tc.want)
		}
	}
}

// Without UTF-8 no byte beyond ASCII reaches the terminal, and the layout is that of the signs.
func TestTerminalWithoutUTF8(t *testing.T) {
	plain := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Locale: "C"})
	full := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{})
	for _, key := range []string{"1", "2", "3", "4", "5", "6", "?", "a"} {
		got, want := plain.press(key).view(), full.press(key).view()
		if !isASCII(got) {
			t.Errorf("after %s the screen is not ASCII:\n%s", key, got)
		}
		for i, l := range strings.Split(want, "\n") {
			if w := view.Width(l); w != len(strings.Split(got, "\n")[i]) {
				t.Errorf("after %s line %d is %q, want %d cells as %q", key, i, strings.Split(got, "\n")[i], w, l)
			}
		}
	}
}
