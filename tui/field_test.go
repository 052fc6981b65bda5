package tui

import (
	"reflect"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// typeInto sends keys to a field: names of keys, anything else as text.
func typeInto(q *field, names ...string) {
	for _, n := range names {
		if k, ok := keyTypes[n]; ok {
			q.edit(tea.KeyMsg{Type: k})
		} else {
			q.edit(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(n)})
		}
	}
}

// shown is what a field draws.
func shown(q *field, width int) string {
	l := q.draw(width, true)
	for i := range l {
		if l[i].text == caretTyped {
			l[i].text = "_" // where the terminal's cursor stands
		}
	}
	return strings.TrimSuffix(plain([]line{l}), "\n")
}

func TestLineEditing(t *testing.T) {
	for _, tc := range []struct {
		keys []string
		want string // with the cursor
	}{
		{[]string{"12.50"}, "12.50_"},
		{[]string{"1250", "left", "left", "."}, "12._50"},
		{[]string{"abc", "home", "x"}, "x_abc"},
		{[]string{"abc", "ctrl+a", "x", "ctrl+e", "y"}, "xabcy_"},
		{[]string{"abc", "left", "backspace"}, "a_c"},
		{[]string{"abc", "home", "delete"}, "_bc"},
		{[]string{"one two", "ctrl+w"}, "one _"},
		{[]string{"one two", "left", "left", "ctrl+u"}, "_"},
		{[]string{"one two", "ctrl+z"}, "_"},
		{[]string{"one two", "home", "right", "ctrl+k"}, "o_"},
		{[]string{"abc", "left", "left", "left", "left"}, "_abc"},
		{[]string{"a", "space", "b"}, "a b_"},
		{[]string{"backspace", "delete", "ctrl+w", "ctrl+k"}, "_"},
	} {
		q := textField("Words", "", 0, "")
		typeInto(&q, tc.keys...)
		if got := shown(&q, 40); got != tc.want {
			t.Errorf("%q gives %q, want %q", tc.keys, got, tc.want)
		}
	}
}

// What is pasted is one bounded line at the cursor, without anything that a terminal obeys.
func TestPasteIsOneBoundedLine(t *testing.T) {
	q := textField("Words", "<>", 12, "")
	typeInto(&q, "left")
	q.edit(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a\nb\x1b[2J\u202e" + strings.Repeat("c", 100)), Paste: true})
	if got, want := q.value(), "<a bccccccc>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A long text is cut at the side where the cursor is not.
func TestLongTextKeepsTheCursorInSight(t *testing.T) {
	q := textField("Words", strings.Repeat("0123456789", 5), 0, "")
	for _, tc := range []struct{ key, want string }{
		{"end", "…3456789_"}, {"left", "…2345678_"}, {"home", "_0123456…"},
	} {
		typeInto(&q, tc.key)
		if got := shown(&q, 9); got != tc.want {
			t.Errorf("after %s: %q, want %q", tc.key, got, tc.want)
		}
	}
}

// The library would read the clipboard of the server and let the cursor blink; both would be commands of Bubble Tea.
func TestTypingMakesNoCommands(t *testing.T) {
	for _, k := range keyboard() {
		q := textField("Words", "some words", 0, "")
		if k.Type == tea.KeyRunes || editKeys[k.String()] {
			if _, cmd := q.input.Update(k.KeyMsg); cmd != nil {
				t.Errorf("%s makes a command", k)
			}
		}
		before := q.value()
		if k.String() == "ctrl+v" && (q.edit(k.KeyMsg) || q.value() != before) {
			t.Error("ctrl+v changes the field")
		}
	}
}

// A form in which nothing happens sends no frames: only the clock of the frame wakes the session.
func TestOpenFormIsIdle(t *testing.T) {
	s, _ := ada(t)
	s.press("f", "enter").see("5.00 to 500.00 EUR")
	_, cmd := s.m.Update(Key{KeyMsg: tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'1'}}, Alone: true})
	if cmd != nil {
		t.Error("a letter leaves a command behind")
	}
}

func TestChoiceIsTurnedAndFound(t *testing.T) {
	q := choiceField("Reason", "", "not_delivered", "duplicate", "unauthorized")
	for _, tc := range []struct{ key, want string }{
		{"left", "unauthorized"},
		{"right", "not_delivered"},
		{"space", "duplicate"},
		{"U", "unauthorized"},
		{"x", "unauthorized"},
	} {
		typeInto(&q, tc.key)
		if got := q.value(); got != tc.want {
			t.Errorf("after %s: %s, want %s", tc.key, got, tc.want)
		}
	}
}

// A paste is one text.
func TestPasteIsOneText(t *testing.T) {
	s, _ := ada(t)
	s.press("f", "enter")
	s.paste("12\n.5\x1b[2J")
	s.see("12 .5")
}

// The chosen one of several choices is on the screen, however narrow it is.
func TestChosenOptionIsSeen(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Width: width, Height: 24})
		s.press("3", "d")
		for _, word := range []string{"not delivered", "not as described", "duplicate", "unauthorized"} {
			s.see("‹ " + word + " ›").press("right")
		}
	}
}

// formOf finds the form of a screen, in whichever field it has it; nil if it has none or it is closed.
func formOf(s screen) *form {
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		at := v.Field(i)
		switch at.Type() {
		case reflect.TypeFor[form]():
			return (*form)(at.Addr().UnsafePointer())
		case reflect.TypeFor[*form]():
			if f := (*form)(at.UnsafePointer()); f != nil {
				return f
			}
		}
	}
	return nil
}

// On every form the first character that is typed into a field takes the place of what it shows; who moves the cursor
// or deletes first begins to edit it.
func TestFirstCharacterReplacesWhatIsShown(t *testing.T) {
	t.Parallel()
	forms, shown := 0, 0
	more := []struct {
		who  view.Caller
		keys []string
	}{
		{commandtest.Otto, []string{"2", "enter"}},
		{commandtest.Ada, []string{"3", "/", "river", "enter", "/"}},
		{commandtest.Ada, []string{"5", "l"}},
		{commandtest.Rita, []string{"/", "dsp", "enter", "/"}},
		{commandtest.Ada, []string{"a", "KXPR-9QTC", "enter", "l", "l"}},
	}
	for _, sc := range scenes {
		more = append(more, struct {
			who  view.Caller
			keys []string
		}{sc.who, sc.keys})
	}
	for _, sc := range more {
		open := func() (*terminal, *form) {
			s := connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
			return s, formOf(s.m.top())
		}
		_, f := open()
		if f == nil {
			continue
		}
		forms++
		for i := range f.fields {
			was := f.text(i)
			if f.fields[i].isChoice() || f.at != i && was == "" {
				continue
			}
			for before, want := range map[string]string{"": "3", "end": was + "3", "home": "3" + was, "backspace": ""} {
				s, f := open()
				if f.at = i; !f.fields[i].shown {
					continue // nothing was there
				}
				if before == "backspace" {
					r := []rune(was)
					want = string(r[:len(r)-1]) + "3"
				}
				if shown++; before != "" {
					s.press(before)
				}
				s.press("3")
				if got := f.text(i); got != want {
					t.Errorf("%q, %s: %q and %q, then 3 typed makes %q, want %q", sc.keys, f.fields[i].name, was, before, got, want)
				}
			}
		}
	}
	if forms < 10 || shown < 40 {
		t.Errorf("%d forms and %d fields with a value were tried", forms, shown)
	}
}

// What is pasted replaces it as well, and what a paste loses leaves it alone.
func TestPasteReplacesWhatIsShown(t *testing.T) {
	s, _ := ada(t)
	s.press("4", "j", "enter").see("5.00")
	s.paste("\x1b\x07")
	s.see("5.00")
	s.paste("1.25")
	s.see("▐ Amount  1.25 ").press("0").see("▐ Amount  1.250 ")
}

// The number of a card goes as soon as it is typed, in every field, and the person is told why.
func TestCardNumbersAreTakenOut(t *testing.T) {
	q := textField("Text", "", 0, "")
	for _, r := range "paid with 4111-1111 1111 1111" {
		q.edit(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
	q.look(false)
	if got := q.value(); got != "paid with [card number]" || !strings.Contains(q.fault, "number of a card") {
		t.Errorf("the field has %q, and says %q", got, q.fault)
	}
	q.edit(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{'!'}})
	if q.look(true); q.fault != "" {
		t.Errorf("it still says %q", q.fault)
	}
}
