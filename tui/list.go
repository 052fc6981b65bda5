package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// noChoice is the chosen line of a list in which nothing is chosen.
const noChoice = -1

// cursor is where the person is in a list, and what of it is on the screen.
type listCursor struct {
	chosen int // of the rows that are here
	top    int // first line that is on the screen
	rows   int // lines of the list that were on the screen when it was drawn last; a page is one less
	// A list may hold a window of a longer one: how many rows are before it, and how many there are in all. With no
	// total, what is here is all.
	first, total int
}

// list is what a place shows under each other, with one line chosen. It holds a window of what the service knows,
// never all of it: the memory of a session must not grow with the age of its wallet.
type list[T any] struct {
	listCursor
	arrangement
	marks[T]
	all  []T
	came []T            // the same in the order in which the service has sent it
	id   func(T) string // what tells a line from the others, also after it changed

	columns []view.Column          // by which it can be sorted
	bare    bool                   // it is drawn without columns
	open    func(*Model, T) screen // what enter opens; nil: nothing
	copies  func(T) string         // what y copies of a row; nil: rows cannot be marked
	worth   func(T) ledger.Amount  // what a row counts; nil: nothing
	// Of a list of which only a window is here, the service sorts and finds all. resort gets the order that there was.
	resort func(m *Model, before view.Sorting) tea.Cmd
	every  func(m *Model) tea.Cmd // marks all
}

// key takes the keys that every list has; used is false for any other.
func (l *list[T]) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if l.pick != nil {
		if cmd, used := l.pickKey(m, name); used {
			return cmd, true
		}
	}
	if l.move(name) {
		return nil, true
	}
	if cmd, used := l.markKey(m, name); used {
		return cmd, true
	}
	if len(l.all) == 0 {
		return nil, false
	}
	switch name {
	case "enter":
		if v, ok := l.selected(); ok && l.open != nil {
			return m.open(l.open(m, v)), true
		}
		return nil, false
	case "s":
		l.openPicker()
	case "S":
		if l.order() == "" {
			l.openPicker()
			break
		}
		return l.sortBy(m, l.order().Turned()), true
	case "e":
		return l.export(m), true
	case "c":
		if l.bare {
			return nil, false
		}
		return m.open(newColumnsSheet(&l.arrangement, l.columns)), true
	case "v":
		of, is := m.top().(viewable)
		if !is {
			return nil, false
		}
		return m.open(newViewsSheet(m, of)), true
	default:
		return nil, false
	}
	return nil, true
}

// listHints are the keys that every list has, for the footer and the help.
func (l *list[T]) listHints() []hint {
	if l.pick != nil {
		return []hint{{"←→", "column"}, {"enter", "sort"}, {"esc", "leave it"}}
	}
	var all []hint
	for _, h := range listKeys {
		marks := strings.Contains(h.what, "mark")
		if (!marks || l.copies != nil) && (h.key != "c" || !l.bare) {
			all = append(all, h)
		}
	}
	if len(l.marked) > 0 {
		all = append([]hint{{"y", "copy"}, {"e", "export"}, {"esc", "unmark"}}, all...)
	}
	return l.ofRows(all...)
}

// replace takes a list that was fetched anew. The selection stays at the line with the same id, so that nothing moves
// under the cursor; where that line is gone, it stays at the same height.
func (l *list[T]) replace(all []T) {
	l.came = all
	if l.resort == nil {
		all, _ = view.Sorted(all, l.sort)
	}
	l.renew(all, l.id, l.resort == nil)
	before := l.chosen
	l.chosen = keepSelection(l.all, all, l.chosen, l.id)
	l.top += l.chosen - before
	l.all = all
}

// take is replace for what was fetched.
func (l *list[T]) take(all []T) tea.Cmd {
	l.replace(all)
	return nil
}

// typing is false for a list without a form.
func (*list[T]) typing() bool { return false }

// move moves the selection; it returns whether the key was one that moves.
func (l *list[T]) move(name string) bool { return l.listCursor.move(name, len(l.all)) }

// rows are how the list is drawn as a table.
func (l *list[T]) rows(t view.Table) rowsOf {
	r := rowsOf{table: t, how: &l.arrangement}
	if len(l.marked) > 0 {
		r.mark = func(row int) bool { return l.has[l.id(l.all[row])] }
	}
	return r
}

// ofRows are hints of keys that need a row: none in an empty list.
func (l *list[T]) ofRows(all ...hint) []hint {
	switch len(l.all) {
	case 0:
		return nil
	case 1: // there is nowhere to move
		all = slices.DeleteFunc(all, func(h hint) bool { return h.key == "j k" })
	}
	return all
}

// selected returns the chosen line; ok is false for an empty list.
func (l *list[T]) selected() (v T, ok bool) {
	if l.chosen < 0 || l.chosen >= len(l.all) {
		return v, false
	}
	return l.all[l.chosen], true
}

// position tells which row is chosen and how many there are: 12/1,204.
func (l *list[T]) position(*Model) string {
	if len(l.all) == 0 {
		return ""
	}
	return thousands(l.first+l.chosen+1) + "/" + thousands(max(l.total, l.first+len(l.all)))
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

// move moves the selection in n rows; it returns whether the key was one that moves. The keys are those of vi and of
// less, which people at a terminal know.
func (c *listCursor) move(name string, n int) bool {
	by, ok := c.step(name, n)
	if !ok {
		return false
	}
	before := c.chosen
	c.chosen = max(0, min(c.chosen+by, n-1))
	if by > 1 || by < -1 { // a page turns the screen, and the cursor keeps its place in it
		c.top += c.chosen - before
	}
	return true
}

// step is how far a key moves in n rows.
func (c *listCursor) step(name string, n int) (by int, ok bool) {
	page := max(1, c.rows-1)
	switch name {
	case "j", "down":
		return 1, true
	case "k", "up":
		return -1, true
	case "g", "home":
		return -n, true
	case "G", "end":
		return n, true
	case "pgdown", "ctrl+f":
		return page, true
	case "pgup", "ctrl+b":
		return -page, true
	case "ctrl+d":
		return max(1, page/2), true
	case "ctrl+u":
		return -max(1, page/2), true
	}
	return 0, false
}

// follow moves what is on the screen, of n lines, so that the chosen line is in sight with some lines around it. It
// moves no more than it must.
func (c *listCursor) follow(line, n, rows int) (from, to int) {
	if rows < 1 || n == 0 {
		return 0, 0
	}
	margin := 3
	switch {
	case rows < 6:
		margin = 0
	case rows < 12:
		margin = 2
	}
	c.rows = rows
	c.top = max(min(c.top, line-margin), line+margin-rows+1)
	c.top = max(0, min(c.top, n-rows))
	return c.top, min(n, c.top+rows)
}

// grouped draws rows under the heads of their groups, those that are on the screen, below what stands above all. A row
// that begins no group has no head. It returns how many lines there are in all, too.
func (c *listCursor) grouped(
	all []line, n int, apart bool, head, row func(i int) line, width, height int,
) (seen []line, of int) {
	at := 0 // line of the chosen row; with the first one its head stays in sight
	for i := range n {
		if h := head(i); h != nil {
			if i > 0 && apart {
				all = append(all, nil)
			}
			all = append(all, h)
		}
		l := row(i)
		if i == c.chosen {
			l = marked(l, width)
			if i > 0 {
				at = len(all)
			}
		}
		all = append(all, l)
	}
	from, to := c.follow(at, len(all), height)
	return all[from:to:to], len(all)
}

// thousands groups the digits of a number: 1,204.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
