package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// marksMost bounds how many rows are marked at once: a session holds them.
const marksMost = 1000

// marks are the rows that a person has marked, whatever is on the screen. They are told apart by their ids, so they
// stay marked while the list moves, is sorted or filtered.
type marks[T any] struct {
	marked []T // in the order in which they were marked
	has    map[string]bool
}

// put marks a row, or takes its mark away; full is true where there are as many as there may be.
func (k *marks[T]) put(v T, id func(T) string) (full bool) {
	switch name := id(v); {
	case k.has[name]:
		delete(k.has, name)
		k.marked = slices.DeleteFunc(k.marked, func(v T) bool { return id(v) == name })
	case len(k.marked) >= marksMost:
		return true
	default:
		if k.has == nil {
			k.has = map[string]bool{}
		}
		k.has[name], k.marked = true, append(k.marked, v)
	}
	return false
}

// clear takes all marks away.
func (k *marks[T]) clear() { k.marked, k.has = nil, nil }

// renew takes what is known anew of marked rows. Of a list that is here as a whole, those that are gone lose
// their mark.
func (k *marks[T]) renew(all []T, id func(T) string, whole bool) {
	if len(k.marked) == 0 {
		return
	}
	now := make(map[string]T, len(all))
	for _, v := range all {
		now[id(v)] = v
	}
	var kept []T
	for _, v := range k.marked {
		fresh, here := now[id(v)]
		switch {
		case here:
			kept = append(kept, fresh)
		case !whole:
			kept = append(kept, v)
		default:
			delete(k.has, id(v))
		}
	}
	k.marked = kept
}

// markKey marks and takes marks away; it returns whether the key was one of these.
func (l *list[T]) markKey(m *Model, name string) (tea.Cmd, bool) {
	v, ok := l.selected()
	switch {
	case l.copies == nil || !ok && name != "esc":
		return nil, false
	case name == " ":
		if l.put(v, l.id) {
			m.notify(toneWarn, "At most 1,000 rows are marked at once.")
			return nil, true
		}
		l.move("down")
		return nil, true
	case name == "*" && l.every != nil:
		return l.every(m), true
	case name == "*":
		l.markAll(m, l.all)
		return nil, true
	case name == "esc" && len(l.marked) > 0:
		l.clear()
		return nil, true
	}
	return nil, false
}

// markAll marks rows, all or none: half of them would be taken for all.
func (l *list[T]) markAll(m *Model, all []T) {
	more := slices.DeleteFunc(slices.Clone(all), func(v T) bool { return l.has[l.id(v)] })
	if len(l.marked)+len(more) > marksMost {
		m.notify(toneWarn, "More than 1,000 rows: at most so many are marked at once. Filter first.")
		return
	}
	for _, v := range more {
		l.put(v, l.id)
	}
}

// acted are the rows that a key acts on: those that are marked, else the chosen one.
func (l *list[T]) acted() []T {
	if len(l.marked) > 0 {
		return l.marked
	}
	if v, ok := l.selected(); ok {
		return []T{v}
	}
	return nil
}

// copyable is what y copies: a name on a line for each of these rows.
func (l *list[T]) copyable() string {
	if l.copies == nil {
		return ""
	}
	return strings.Join(view.Map(l.acted(), l.copies), "\n")
}

// export opens these rows as lines of CSV, with a line of titles.
func (l *list[T]) export(m *Model) tea.Cmd {
	text, err := command.CSV(l.acted())
	if err != nil {
		m.notify(toneBad, m.fault("export", err).sentence())
		return nil
	}
	return m.open(&printer{strings.ReplaceAll(strings.TrimSpace(text), "\r\n", "\n")})
}

// markWords says how many rows are marked and what they add up to, "" if none is.
func (l *list[T]) markWords() string {
	if len(l.marked) == 0 {
		return ""
	}
	words := thousands(len(l.marked)) + " marked"
	if l.worth == nil {
		return words
	}
	if sum := sumWords(view.Map(l.marked, l.worth), view.Signed); sum != "" {
		words += ", " + sum
	}
	return words
}

// sumWords is what amounts add up to, in each currency.
func sumWords(all []ledger.Amount, words func(ledger.Amount) string) string {
	var sums []ledger.Amount
	for _, a := range all {
		i := slices.IndexFunc(sums, func(s ledger.Amount) bool { return s.Currency == a.Currency })
		switch {
		case a.Micros == 0: // it counts nothing
		case i < 0:
			sums = append(sums, a)
		default:
			sums[i].Micros += a.Micros
		}
	}
	return strings.Join(view.Map(sums, words), ", ")
}

// marking is a screen whose rows can be marked.
type marking interface{ markWords() string }

// names are what rows are called, the first few of them, for a question about all.
func names[T any](all []T, most int, name func(T) string) (out []string) {
	for i, v := range all {
		if i == most {
			return append(out, fmt.Sprintf("and %s more", thousands(len(all)-most)))
		}
		out = append(out, view.Clean(name(v)))
	}
	return out
}
