package tui

import "strings"

// answer is one thing that a person may decide: a letter that selects it, and what it does in words.
type answer struct{ key, words string }

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

// selected is the key of the selected answer, "" for none.
func (a *answers) selected() string {
	if a.at < 0 || a.at >= len(a.all) {
		return ""
	}
	return a.all[a.at].key
}

// press takes a key. It returns the answer that was taken, by its key, "" until then. A key that takes an answer must
// have come alone, and after the guard that began with the selection by a letter.
func (a *answers) press(m *Model, k Key) (taken string, used bool) {
	name := k.String()
	switch name {
	case "down", "j", "tab":
		a.at = min(a.at+1, len(a.all)-1)
		return "", true
	case "up", "k", "shift+tab":
		a.at = max(a.at-1, 0)
		return "", true
	case "enter":
		if a.selected() == "" {
			m.notify(toneWarn, "Choose an answer first, with the arrows or its letter.")
			return "", true
		}
		if m.decides(k) {
			return a.selected(), true
		}
		return "", true
	}
	for i, one := range a.all {
		if name != one.key {
			continue
		}
		if !m.decides(k) {
			return "", true
		}
		if i == a.at {
			return one.key, true
		}
		a.at = i
		return "", true
	}
	return "", false
}

// draw shows the answers under each other, each with its letter.
func (a *answers) draw(width int) []line {
	var out []line
	for i, one := range a.all {
		l := line{{"  ", toneText}, {one.key, toneKey}, {"  " + one.words, toneText}}
		if strings.TrimSpace(one.key) == "" {
			l = line{{"  " + one.words, toneText}}
		}
		if i == a.at {
			l = marked(l, width)
		}
		out = append(out, l)
	}
	return out
}
