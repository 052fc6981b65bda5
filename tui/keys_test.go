package tui

import (
	"slices"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui/command"
	"tuppence/tui/command/commandtest"
)

// navigationKeys are all names of the keys that are no command, for places and for forms.
var navigationKeys = strings.Fields(`1 2 3 4 5 6 7 8 9 tab shift+tab j k up down g G home end pgup pgdown
	ctrl+d ctrl+u ctrl+f ctrl+b ctrl+k enter - esc left right 0 : [ ] y Y Q z r ctrl+r ctrl+l ctrl+t q ctrl+c`)

// keyboard returns every key of a terminal that Bubble Tea knows, and every printable character.
func keyboard() []Key {
	var all []Key
	for t := tea.KeyType(-128); t <= 127; t++ {
		if name := t.String(); name != "" && t != tea.KeyRunes && !strings.HasPrefix(name, "ctrl+@") {
			all = append(all, Key{tea.KeyMsg{Type: t}, true})
		}
	}
	for r := '!'; r <= '~'; r++ {
		all = append(all, Key{tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}}, true})
	}
	return all
}

// namedKeys are the keys by the names that hints and the table have.
func namedKeys() map[string]Key {
	keys := map[string]Key{"space": {tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}, true}}
	for _, k := range keyboard() {
		keys[k.String()] = k
	}
	return keys
}

// works tells whether a key does anything that can be seen.
func works(s *terminal, k Key) bool {
	before := s.view()
	s.update(k)
	s.wait()
	return s.quit || s.view() != before
}

// named tells whether the table of commands or the list of navigation has a key, on the screen that is on top.
func named(m *Model, k Key) bool {
	name, screen := k.String(), m.top().name()
	if slices.Contains(navigationKeys, name) || m.bound(name) != "" {
		return true
	}
	_, lists := m.top().(interface{ listHints() []hint })
	ofLists := func(h hint) bool { return h.key == strings.ReplaceAll(name, " ", "space") }
	if (lists || screen == "columns") && slices.ContainsFunc(listKeys, ofLists) {
		return true
	}
	return slices.ContainsFunc(bindings(command.Commands()), func(b binding) bool {
		return (b.screen == screen || b.screen == "") && b.key == name // another role's key says whose it is
	})
}

// typed tells whether a key is text, or moves in it.
func typed(m *Model, k Key) bool {
	letter := k.Type == tea.KeyRunes || k.Type == tea.KeySpace
	return m.top().typing() && (letter || editKeys[k.String()] || k.String() == "ctrl+s")
}

// A key that does something on a screen is a command of the table, a key of the list of navigation, or text.
func TestEveryKeyThatWorksIsNamed(t *testing.T) {
	t.Parallel()
	for _, sc := range scenes {
		if secondStep(sc.name) || strings.HasSuffix(sc.name, "_undo") ||
			strings.HasSuffix(sc.name, "_pick") {
			continue // every key takes the question back, or ends the offer
		}
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			open := func() *terminal {
				return connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
			}
			s := open()
			for _, k := range keyboard() {
				if named(s.m, k) || typed(s.m, k) {
					continue
				}
				if screen := s.m.top().name(); works(s, k) {
					t.Errorf("%s works on the screen %s, and nothing names it", k, screen)
					s = open() // the next key is tried where this one was
				}
			}
		})
	}
}

// keysOfHint are the names of the keys of a hint, as they are pressed.
var keysOfHint = strings.NewReplacer("←→", "right", "↑↓", "down", " again", "")

// A key that the last line names works: a hint that promises nothing is none.
func TestEveryHintWorks(t *testing.T) {
	keys := namedKeys()
	for _, sc := range scenes {
		if strings.HasSuffix(sc.name, "_wrong") || strings.HasSuffix(sc.name, "_fault") {
			continue // what is wrong stays wrong until something else is typed
		}
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			open := func() *terminal {
				return connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
			}
			s := open()
			for _, h := range s.m.top().hints(s.m) {
				worked := h.key == "q" // TestLeaving
				for _, name := range strings.Fields(keysOfHint.Replace(h.key)) {
					k, known := keys[name]
					if !known {
						t.Errorf("%q is no key", name)
					}
					if works(s, k) {
						worked = true
						s = open()
					}
				}
				if !worked {
					t.Errorf("%s %s: nothing happens on\n%s", h.key, h.what, s.view())
				}
			}
		})
	}
}

// A key that the table names works: on its screen, or everywhere.
func TestEveryNamedKeyWorks(t *testing.T) {
	keys, missing := namedKeys(), bindings(command.Commands())
	for _, sc := range scenes {
		s := connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
		missing = slices.DeleteFunc(missing, func(b binding) bool {
			if b.screen != s.m.top().name() && (b.screen != "" || s.m.bound(b.key) != b.path) {
				return false
			}
			worked := works(s, keys[b.key])
			if worked { // the next key is tried where this one was
				s = connect(t, commandtest.New(), sc.who, ScreenOptions{}).press(sc.keys...)
			}
			return worked
		})
	}
	for _, b := range missing {
		t.Errorf("the key %s of %q does nothing on the screen %q", b.key, b.path, b.screen)
	}
}

// Every command with a key for every screen is one that the screens can do.
func TestEveryKeyForAllScreensIsRun(t *testing.T) {
	s, _ := ada(t)
	for _, b := range s.m.keys {
		if _, ok := s.m.run(b.path); !ok {
			t.Errorf("the screens do not know what %q does", b.path)
		}
	}
}

// The help lists the keys that are no command with names that work.
func TestNavigationIsNamed(t *testing.T) {
	for _, h := range navigation(true) {
		for _, key := range strings.Fields(strings.ReplaceAll(h.key, "1-9", "1 9")) {
			if !slices.Contains(navigationKeys, key) {
				t.Errorf("%s stands in the help and not in the list", key)
			}
		}
	}
}
