package tui

import (
	"fmt"
	"strings"
	"testing"

	"tuppence/tui/command/commandtest"
)

// What is asked and what may be answered is on the screen at every size, the answer that changes nothing first and
// selected.
func TestQuestionFitsEverySize(t *testing.T) {
	for _, sc := range scenes {
		s := connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
		c, ok := s.m.top().(*confirmSheet)
		if !ok {
			continue
		}
		for _, size := range [][2]int{{40, 10}, {40, 12}, {60, 15}, {80, 16}, {80, 24}, {200, 60}} {
			lines := c.draw(s.m, size[0], size[1]-2)
			text := strings.Join(strings.Fields(plain(lines)), " ")
			if len(lines) > size[1]-2 {
				t.Errorf("%s at %v has %d lines", sc.name, size, len(lines))
			}
			for _, want := range []string{c.question, "▐ " + c.no, c.yes} {
				if !strings.Contains(text, want) {
					t.Errorf("%s at %v has no %q:\n%s", sc.name, size, want, plain(lines))
				}
			}
			for _, change := range c.changes {
				if !strings.Contains(text, "→ "+change.after) && !strings.Contains(text, "Enlarge") {
					t.Errorf("%s at %v does not tell the change of %s:\n%s", sc.name, size, change.what, plain(lines))
				}
			}
		}
	}
}

// Every field of every form can be seen while one types in it, with what is wrong with it, on the smallest terminal.
func TestFieldIsSeenWhileOneTypes(t *testing.T) {
	forms := 0
	for _, sc := range scenes {
		for _, size := range [][2]int{{40, 10}, {40, 12}, {80, 24}} {
			s := connect(t, commandtest.New(), sc.who, ScreenOptions{Width: size[0], Height: size[1]}).press(sc.keys...)
			f := formOf(s.m.top())
			if f == nil || s.m.top().name() == placeSignup || s.m.top().name() == "palette" {
				continue
			}
			for i := range f.fields {
				f.at = i
				f.fields[i].fault = "This is what is wrong. That would be right."
				text := strings.Join(strings.Fields(s.view()), " ")
				if forms++; !strings.Contains(text, "▐ "+f.fields[i].name) || !strings.Contains(text, "✕ This is") {
					t.Errorf("%s at %v: %s is not seen:\n%s", sc.name, size, f.fields[i].name, s.view())
				}
			}
		}
	}
	if forms < 30 {
		t.Errorf("%d fields were tried", forms)
	}
}

// A confirmation that has no room for all changes says so, and does not hide the answers.
func TestManyChangesOnASmallTerminal(t *testing.T) {
	c := confirmation{question: "Let acme-news take more?", why: loosens, no: "No", yes: "Yes"}
	for i := range 12 {
		c.changes = append(c.changes, change{what: fmt.Sprint("bound ", i), before: "1.00", after: "2.00"})
	}
	text := plain(newConfirm(c).draw(nil, 40, 8))
	for _, want := range []string{"Let acme-news take more?", "! More changes than fit", "▐ No", "  Yes"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
