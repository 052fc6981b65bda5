package tui

import "slices"

// noChoice is the chosen line of a list in which nothing is chosen.
const noChoice = -1

// list is what a place shows under each other, with one line chosen. It holds a window of what the service knows,
// never all of it: the memory of a session must not grow with the age of its wallet.
type list[T any] struct {
	all    []T
	chosen int
	id     func(T) string // what tells a line from the others, also after it changed
}

// replace takes a list that was fetched anew. The selection stays at the line with the same id, so that nothing moves
// under the cursor; where that line is gone, it stays at the same height.
func (l *list[T]) replace(all []T) {
	l.chosen = keepSelection(l.all, all, l.chosen, l.id)
	l.all = all
}

// move moves the selection; it returns whether the key was one that moves.
func (l *list[T]) move(name string) bool { return move(&l.chosen, len(l.all), name) }

// selected returns the chosen line; ok is false for an empty list.
func (l *list[T]) selected() (v T, ok bool) {
	if l.chosen < 0 || l.chosen >= len(l.all) {
		return v, false
	}
	return l.all[l.chosen], true
}

// keepSelection returns where the chosen line of one list is in another: at the one with the same id.
func keepSelection[T any](before, after []T, chosen int, id func(T) string) int {
	if chosen >= 0 && chosen < len(before) {
		want := id(before[chosen])
		if i := slices.IndexFunc(after, func(v T) bool { return id(v) == want }); i >= 0 {
			return i
		}
	}
	return max(0, min(chosen, len(after)-1))
}

// move moves a selection or a scrolled text; it returns whether the key was one that moves. The keys are those of vi
// and of less, which people at a terminal know.
func move(chosen *int, n int, name string) bool {
	switch name {
	case "j", "down":
		*chosen++
	case "k", "up":
		*chosen--
	case "g", "home":
		*chosen = 0
	case "G", "end":
		*chosen = n - 1
	case "pgdown", "ctrl+d":
		*chosen += 10
	case "pgup", "ctrl+u":
		*chosen -= 10
	default:
		return false
	}
	*chosen = max(0, min(*chosen, n-1))
	return true
}

// pageOf returns the page of a list that has the chosen line. A list is turned by whole pages: then a key moves one
// mark and not every line, which is what a slow connection notices.
func pageOf(n, chosen, height int) (from, to int) {
	if height < 1 {
		return 0, 0
	}
	from = max(0, min(chosen, n-1)) / height * height
	return from, min(n, from+height)
}
