package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// columnName is what a column is called where columns are chosen.
func columnName(c view.Column) string { return cmp.Or(c.Name, strings.ToLower(c.Title)) }

// hides tells whether the person has chosen other columns than this one.
func (a *arrangement) hides(c view.Column) bool {
	return a.shown != nil && !slices.Contains(a.shown, columnName(c))
}

// columnsSheet chooses which columns of a list are shown.
type columnsSheet struct {
	listCursor
	a   *arrangement
	all []view.Column
}

// newColumnsSheet has the columns that a screen can show.
func newColumnsSheet(a *arrangement, all []view.Column) *columnsSheet {
	all = slices.DeleteFunc(slices.Clone(all), func(c view.Column) bool { return c.Plain })
	return &columnsSheet{a: a, all: all}
}

func (*columnsSheet) name() string        { return "columns" }
func (*columnsSheet) crumb() string       { return "Columns" }
func (*columnsSheet) typing() bool        { return false }
func (*columnsSheet) load(*Model) tea.Cmd { return nil }
func (s *columnsSheet) hints(*Model) []hint {
	return []hint{{"space", "show or hide"}, {"enter", "done"}}
}

// key shows a column or hides it; the last one stays.
func (s *columnsSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	switch name := k.String(); {
	case s.move(name, len(s.all)):
	case name == " ":
		s.turn(m, s.all[s.chosen])
	case name == "enter":
		return m.close(), true
	default:
		return nil, false
	}
	return nil, true
}

// turn shows a column that was hidden, or hides it.
func (s *columnsSheet) turn(m *Model, c view.Column) {
	var shown []string
	for _, other := range s.all {
		if s.a.hides(other) == (columnName(other) == columnName(c)) {
			shown = append(shown, columnName(other))
		}
	}
	switch len(shown) {
	case 0:
		m.notify(toneWarn, "One column stays.")
	case len(s.all):
		s.a.shown = nil
	default:
		s.a.shown = shown
	}
}

func (s *columnsSheet) draw(_ *Model, width, height int) []line {
	t := view.Table{Columns: []view.Column{{}, {Elastic: true}}}
	for _, c := range s.all {
		sign := "✓"
		if s.a.hides(c) {
			sign = "○"
		}
		t.Rows = append(t.Rows, []view.Cell{{Text: sign, Tone: view.Good}, {Text: c.Title}})
	}
	out := []line{lineOf(toneFaint, "  Marked columns are shown.")}
	return append(out, rowsOf{table: t, bare: true}.draw(&s.listCursor, width, height-1)...)
}

// viewable is a list whose view can be saved and shown again.
type viewable interface {
	screen
	saved() view.SavedView
	show(*Model, view.SavedView) tea.Cmd
}

// saved is how the list is arranged now.
func (l *list[T]) saved() view.SavedView {
	return view.SavedView{Sort: string(l.sort), Columns: strings.Join(l.shown, ",")}
}

// show arranges the list as it was saved. Columns that are there no more are left out.
func (l *list[T]) show(m *Model, v view.SavedView) tea.Cmd {
	l.shown = nil
	for name := range strings.SplitSeq(v.Columns, ",") {
		if slices.ContainsFunc(l.columns, func(c view.Column) bool { return !c.Plain && columnName(c) == name }) {
			l.shown = append(l.shown, name)
		}
	}
	by := view.Sorting(v.Sort)
	name, _ := by.Field()
	if !slices.ContainsFunc(l.sortable(), func(c view.Column) bool { return c.Name == name }) {
		by = ""
	}
	return l.sortBy(m, by)
}

// viewsSheet are the saved views of one list.
type viewsSheet struct {
	list[view.SavedView]
	of   viewable
	form *form
}

// newViewsSheet lists what was saved of a list.
func newViewsSheet(m *Model, of viewable) *viewsSheet {
	s := &viewsSheet{of: of, list: list[view.SavedView]{id: func(v view.SavedView) string { return v.Name }}}
	s.refill(m)
	return s
}

// refill takes what is known of the person's views.
func (s *viewsSheet) refill(m *Model) {
	s.replace(slices.DeleteFunc(slices.Clone(m.me.Views), func(v view.SavedView) bool { return v.Place != s.of.name() }))
}

func (*viewsSheet) name() string        { return "views" }
func (*viewsSheet) crumb() string       { return "Views" }
func (s *viewsSheet) typing() bool      { return s.form != nil }
func (*viewsSheet) load(*Model) tea.Cmd { return nil }

func (s *viewsSheet) hints(*Model) []hint {
	if s.form != nil {
		return s.form.hints("save", "back")
	}
	all := s.ofRows(hint{"enter", "show"}, hint{"D", "drop"})
	return append(all, hint{"+", "save what is shown"}, hint{"esc", "back"})
}

// key shows a view, saves what is shown as one, or drops one: that takes nothing but a name, so z brings it back.
func (s *viewsSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if s.form != nil {
		return s.formKey(m, k)
	}
	name := k.String()
	v, ok := s.selected()
	switch {
	case s.move(name):
	case name == "+":
		s.ask()
	case name == "enter" && ok:
		m.pop()
		return s.of.show(m, v), true
	case name == "D" && ok:
		if !m.decides(k) {
			return nil, true
		}
		return s.change(m, view.SettingsChange{DropView: v.Name}, func() {
			m.offerUndo("The view "+view.Clean(v.Name)+" is dropped.", func() tea.Cmd {
				return s.change(m, view.SettingsChange{SaveView: &v}, func() { m.notify(toneGood, "Taken back.") })
			})
		}), true
	default:
		return nil, false
	}
	return nil, true
}

// ask opens the form for the name of what is shown now.
func (s *viewsSheet) ask() {
	s.form = &form{fields: []field{
		textField("Name", "", 40, "Enter saves. A name that is there already is saved anew."),
	}}
}

// formKey saves what the list shows under the name that is typed.
func (s *viewsSheet) formKey(m *Model, k Key) (tea.Cmd, bool) {
	send, used := keyOf(m, &s.form, k)
	if !send {
		return nil, used
	}
	v := s.of.saved()
	v.Name, v.Place = s.form.text(0), s.of.name()
	f := s.form
	save := ownOf(m, m.svc.Settings, view.SettingsChange{SaveView: &v})
	return submit(m, f, "views", save, func(id view.Identity) tea.Cmd {
		m.me.Views, s.form = id.Views, nil
		s.refill(m)
		m.notify(toneGood, "Saved. It is shown with v, and with : by its name.")
		return nil
	}), true
}

// change stores a change of the views.
func (s *viewsSheet) change(m *Model, c view.SettingsChange, done func()) tea.Cmd {
	return attempt(m, "views", ownOf(m, m.svc.Settings, c), func(id view.Identity, err error) tea.Cmd {
		if err != nil {
			m.notify(toneBad, m.fault("views", err).sentence())
			return nil
		}
		m.me.Views = id.Views
		s.refill(m)
		done()
		return nil
	})
}

func (s *viewsSheet) draw(_ *Model, width, height int) []line {
	if s.form != nil {
		return append([]line{nil}, s.form.drawIn(width, height-1)...)
	}
	if len(s.all) == 0 {
		return emptyPlace(width, height, "No saved views", "Filter, sort and choose columns; + saves that under a name.")
	}
	t := view.SavedViewTable(s.all)
	t.Columns[1].Plain = true // all are of this list
	return table(t, &s.listCursor, width, height)
}
