package tui

import (
	"cmp"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/sahilm/fuzzy"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// hit is one thing that the palette finds: a place, a verb, a vendor, a row, a request, a theme.
type hit struct {
	name string // what is typed to find it
	kind string
	fact string // one line that helps to choose
	// open does what the hit stands for. A verb that needs more words has none: it goes into the line.
	open func(*Model) tea.Cmd
	// whole is set for an id or a code: its letters say nothing, so they are found side by side only.
	whole bool
}

// hitsMax bounds what the palette lists: who needs more types another letter.
const hitsMax = 50

// candidates are all that the palette can find without asking the service, and the vendors and rows that it has asked
// for once. Places come first: with nothing typed, the list is a menu.
func (s *paletteSheet) candidates(m *Model) []hit {
	var all []hit
	verbs, help := command.CommandsFor(m.me), map[string]string{}
	verbs = slices.DeleteFunc(verbs, func(c command.Command) bool {
		if c.Place == placeSignup && m.hasWallet() {
			return true // this key has done it
		}
		at := m.placeOf(c)
		if at >= 0 && help[c.Place] == "" {
			help[c.Place] = c.Help // of the first one that opens it
		}
		if at < 0 || !strings.EqualFold(c.Path, m.places[at].crumb()) {
			return false
		}
		help[c.Place] = c.Help // the place stands for it
		return true
	})
	// What has a key is done often; what any key may do is about the service and not about the wallet.
	use := func(c command.Command) int {
		switch {
		case c.Key != "" && !strings.Contains(c.Key, ":"):
			return 0
		case c.Role != ledger.RoleNone:
			return 1
		}
		return 2
	}
	slices.SortStableFunc(verbs, func(a, b command.Command) int { return cmp.Compare(use(a), use(b)) })
	for i, p := range m.places {
		all = append(all, hit{
			name: p.crumb(), kind: "place, " + thousands(i+1), fact: help[p.name()],
			open: func(m *Model) tea.Cmd { return m.goTo(i) },
		})
	}
	for _, v := range m.me.Views {
		all = append(all, hit{"view " + v.Name, "view", v.Place + " " + v.Filter, openView(v), false})
	}
	for _, a := range m.waiting() {
		all = append(all, hit{a.Code, "request", a.Vendor + ": " + a.Subject() + ", " + a.Wanted(), openRequest(a), true})
	}
	for _, c := range verbs {
		all = append(all, hit{c.Path, "verb", c.Help, openVerb(c), false})
	}
	for _, l := range s.vendors {
		open := func(m *Model) tea.Cmd { return m.open(&vendorSheet{l}) }
		all = append(all, hit{l.Vendor, "vendor", l.Permission(), open, false})
	}
	for _, r := range s.rows {
		open := func(m *Model) tea.Cmd { return m.open(&detailSheet{id: r.ID}) }
		all = append(all, hit{r.Name(), view.Reason(r.Kind), r.Vendor + "  " + view.Signed(r.Amount), open, false},
			hit{r.ID, view.Reason(r.Kind), r.Name(), open, true})
	}
	for _, name := range themeNames {
		wear := func(m *Model) tea.Cmd { return m.wear(name) }
		all = append(all, hit{"theme " + name, "setting", "colours: " + name, wear, false})
	}
	return all
}

// openView goes to the list of a saved view and shows it so.
func openView(v view.SavedView) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		i := slices.IndexFunc(m.places, func(p screen) bool { return p.name() == v.Place })
		if i < 0 {
			return nil
		}
		cmd := m.goTo(i)
		if of, is := m.places[i].(viewable); is {
			return tea.Batch(cmd, of.show(m, v))
		}
		return cmd
	}
}

// openRequest opens a request behind the guard: keys that were typed ahead must not answer it.
func openRequest(a view.Approval) func(*Model) tea.Cmd {
	return func(m *Model) tea.Cmd {
		return tea.Batch(m.open(newApprovalSheet(m, a)), m.guardInput(guardConfirm))
	}
}

// openVerb is what a verb without arguments does: its place, what its key does, or it runs. Of one that needs words the
// name goes into the line.
func openVerb(c command.Command) func(*Model) tea.Cmd {
	if c.Required() {
		return nil
	}
	return func(m *Model) tea.Cmd {
		if i := m.placeOf(c); i >= 0 {
			return m.goTo(i)
		}
		if sheet := startSheets[c.Place]; sheet != nil && m.hasWallet() {
			return m.open(sheet(m))
		}
		return m.runLine(c.Path)
	}
}

// placeOf is the number of the place that a command opens, -1 if there is none that this key may see.
func (m *Model) placeOf(c command.Command) int {
	return slices.IndexFunc(m.places, func(p screen) bool { return c.Place != "" && p.name() == c.Place })
}

// find returns the candidates that match what is typed, the best first: the exact name, names that begin so, words that
// begin so, then what has the letters in their order.
func find(all []hit, typed string) []hit {
	typed = strings.ToLower(strings.TrimSpace(typed))
	if typed == "" {
		return all[:min(len(all), hitsMax)]
	}
	names := view.Map(all, func(h hit) string { return strings.ToLower(view.Clean(h.name)) })
	matches := slices.DeleteFunc(fuzzy.Find(typed, names), func(m fuzzy.Match) bool {
		return all[m.Index].whole && !strings.Contains(names[m.Index], typed)
	})
	rank := func(m fuzzy.Match) int {
		switch name := names[m.Index]; {
		case name == typed:
			return 0
		case strings.HasPrefix(name, typed):
			return 1
		case strings.Contains(" "+strings.NewReplacer("-", " ", "_", " ").Replace(name), " "+typed):
			return 2
		}
		return 3
	}
	slices.SortStableFunc(matches, func(a, b fuzzy.Match) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(b.Score, a.Score))
	})
	out := make([]hit, 0, min(len(matches), hitsMax))
	for _, match := range matches[:min(len(matches), hitsMax)] {
		out = append(out, all[match.Index])
	}
	return out
}

// hitTable is how hits are listed.
func hitTable(all []hit) view.Table {
	t := view.Table{Columns: []view.Column{{Foreign: true}, {Drop: 1}, {Elastic: true, Foreign: true}}}
	for _, h := range all {
		t.Rows = append(t.Rows, []view.Cell{
			{Text: view.Cut(view.Clean(h.name), 28, "…")}, {Text: h.kind, Tone: view.Faint}, {Text: h.fact, Tone: view.Faint},
		})
	}
	return t
}
