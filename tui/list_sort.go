package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// arrangement is how a person has arranged a list.
type arrangement struct {
	sort  view.Sorting // "" for the order in which it comes
	usual view.Sorting // which order that is, "" where it is none of a column
	pick  *picker      // open in the place of the titles
	fresh string       // what waits above the rows, in words; "" for nothing
	shown []string     // the names of the columns that were chosen; nil: all
}

// picker chooses the column by which a list is sorted: one row in the place of the titles.
type picker struct {
	columns []view.Column
	at      int
}

// order is the order that a list has: that which was chosen, or the one in which it comes.
func (a *arrangement) order() view.Sorting { return cmp.Or(a.sort, a.usual) }

// sign is what stands beside the title of the column by which a list is sorted, "" beside any other.
func (a *arrangement) sign(c view.Column) string {
	name, down := a.order().Field()
	switch {
	case name == "" || name != c.Name:
		return ""
	case down:
		return " ↓"
	}
	return " ↑"
}

// sortable are the columns of a list by which its rows can be sorted.
func (l *list[T]) sortable() []view.Column {
	fields := view.SortFields[T]()
	return slices.DeleteFunc(slices.Clone(l.columns), func(c view.Column) bool {
		return c.Plain || !slices.Contains(fields, c.Name)
	})
}

// openPicker begins at the column by which the list is sorted.
func (l *list[T]) openPicker() {
	name, _ := l.order().Field()
	all := l.sortable()
	at := slices.IndexFunc(all, func(c view.Column) bool { return c.Name == name })
	l.pick = &picker{all, max(0, at)}
}

// pickKey takes the keys of the picker. Any other key closes it and does what it does.
func (l *list[T]) pickKey(m *Model, name string) (tea.Cmd, bool) {
	p := l.pick
	switch name {
	case "right", "s", "tab":
		p.at = (p.at + 1) % len(p.columns)
	case "left", "shift+tab":
		p.at = (p.at + len(p.columns) - 1) % len(p.columns)
	case "enter":
		l.pick = nil
		by := view.Sorting(p.columns[p.at].Name)
		if c := p.columns[p.at]; c.Right || c.Name == "at" || c.Name == "created" || c.Name == "opened" {
			by = by.Turned() // of numbers and days, people look for the greatest
		}
		return l.sortBy(m, by), true
	case "esc":
		l.pick = nil
	default:
		l.pick = nil
		return nil, false
	}
	return nil, true
}

// sortBy brings the list in another order: here, or, of a list of which only a window is here, by asking for it.
func (l *list[T]) sortBy(m *Model, by view.Sorting) tea.Cmd {
	before := l.sort
	if l.sort = by; by == l.usual {
		l.sort = ""
	}
	if l.resort != nil {
		return l.resort(m, before)
	}
	l.replace(l.came)
	return nil
}

// draw is the row of columns, the one that enter takes in brackets. Where the row is too long, it begins later.
func (p *picker) draw(width int) line {
	for from := 0; ; from++ {
		l := lineOf(toneFaint, "  Sort by ")
		for i, c := range p.columns[from:] {
			if i+from == p.at {
				l = l.add(toneText, " ").add(toneBadge, "["+c.Title+"]")
				if l.width() > width-2 && from < p.at {
					break
				}
				for _, c := range p.columns[p.at+1:] {
					l = l.add(toneText, "  "+c.Title)
				}
				return l.cut(width - 2)
			}
			l = l.add(toneText, "  "+c.Title)
		}
	}
}

// sortWords says in words how a list without titles is sorted, "" where it is in its usual order.
func (l *list[T]) sortWords() string {
	name, _ := l.sort.Field()
	for _, c := range l.columns {
		if name != "" && c.Name == name {
			return strings.ToLower(c.Title) + l.sign(c)
		}
	}
	return ""
}
