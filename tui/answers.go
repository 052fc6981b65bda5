package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// answer is one thing that a person may decide: what it is called, what it does in words, and the same in the few words
// that a small terminal has room for, "" for the same. A name of one letter selects it.
type answer struct{ key, words, short string }

// letter is the key that selects the answer, "" if only the arrows do.
func (a answer) letter() string {
	if len(a.key) == 1 {
		return a.key
	}
	return ""
}

// answers are the lines of a decision. An answer is selected, by its letter or with the arrows, and taken with enter or
// with the same letter again: no single key decides anything. Nothing is selected at first, unless one of them is safe.
type answers struct {
	all []answer
	at  int // noChoice: none is selected
}

// newAnswers are answers none of which is selected.
func newAnswers(all ...answer) answers { return answers{all, noChoice} }

// safeFirst are answers of which the first does nothing, and is selected.
func safeFirst(all ...answer) answers { return answers{all, 0} }

// selected is the name of the selected answer, "" for none.
func (a *answers) selected() string {
	if a.at < 0 || a.at >= len(a.all) {
		return ""
	}
	return a.all[a.at].key
}

// press takes a key. It returns the answer that was taken, by its name, "" until then. A key that selects by a letter
// or takes must have come alone. A letter is followed by the guard, so that a quick second press is the same one.
func (a *answers) press(m *Model, k Key) (taken string, cmd tea.Cmd, used bool) {
	name := k.String()
	if (name == "j" || name == "k") && !m.decides(k) { // a letter of a text selects nothing either
		return "", nil, true
	}
	switch name {
	case "down", "j", "tab":
		a.at = min(a.at+1, len(a.all)-1)
	case "up", "k", "shift+tab":
		a.at = max(a.at-1, 0)
	case "enter":
		if a.selected() == "" {
			m.notify(toneWarn, "Choose an answer first, with the arrows or its letter.")
		} else if m.decides(k) {
			taken = a.selected()
		}
	default:
		i := slices.IndexFunc(a.all, func(one answer) bool { return name != "" && name == one.letter() })
		switch {
		case i < 0:
			return "", nil, false
		case !m.decides(k):
		case i == a.at:
			taken = name
		default:
			a.at, cmd = i, m.guardInput(guardConfirm)
		}
	}
	return taken, cmd, true
}

// draw shows the answers under each other from a column on, each with its letter.
func (a *answers) draw(width, indent int) []line {
	var out []line
	for i, one := range a.all {
		l := lineOf(toneText, strings.Repeat(" ", indent))
		if letter := one.letter(); letter != "" {
			l = l.add(toneKey, letter).add(toneText, "  ")
		}
		words := one.words
		if width < narrow {
			words = cmp.Or(one.short, words)
		}
		l = l.add(toneText, words).cut(width - 2)
		if i == a.at {
			l = marked(l, width)
		}
		out = append(out, markRow(l, width))
	}
	return out
}
