package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// limitsPlace shows every bound and how much of it is used, those of the wallet first: a purchase has to be within
// all of them.
type limitsPlace struct{ list[view.Limit] }

// newLimitsPlace starts with an empty list. A limit has no id: vendor, currency and period name it.
func newLimitsPlace() *limitsPlace {
	id := func(l view.Limit) string { return l.Vendor + string(l.Currency) + l.Period }
	return &limitsPlace{list[view.Limit]{id: id}}
}

func (*limitsPlace) name() string  { return "limits" }
func (*limitsPlace) crumb() string { return "Limits" }
func (*limitsPlace) typing() bool  { return false }

// hints call it a change: every limit is there already, also one that bounds nothing.
func (*limitsPlace) hints(*Model) []hint {
	return []hint{{"enter", "change"}, {"j k", "move"}, {"q", "leave"}}
}

// load fetches the limits of all accounts and those at single vendors, with what is used of each.
func (p *limitsPlace) load(m *Model) tea.Cmd {
	return fetch(m, "limits", func(ctx context.Context) ([]view.Limit, error) {
		return m.svc.Limits(ctx, m.who)
	}, func(all []view.Limit) tea.Cmd {
		p.replace(all)
		return nil
	})
}

// key moves in the list and opens the chosen limit.
func (p *limitsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if p.move(k.String()) {
		return nil, true
	}
	if l, ok := p.selected(); ok && (k.String() == "enter" || k.String() == "e") {
		return m.open(newLimitSheet(l)), true
	}
	return nil, false
}

// draw groups the limits by where they hold. It is no table: a bar tells faster how much is left than two numbers
// do. The page is turned by drawn lines, because headings take lines too.
func (p *limitsPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("limits", width); l != nil {
		return l
	}
	if len(p.all) == 0 {
		return append([]line{nil}, paragraph(toneFaint, width,
			"No limits yet: they come with your first account. Press f to add funds.")...)
	}
	var all []line
	at := 0 // line of the chosen one
	for i, limit := range p.all {
		if owner := limitOwner(limit); i == 0 || owner != limitOwner(p.all[i-1]) {
			if i > 0 && height >= roomyFrom {
				all = append(all, nil)
			}
			all = append(all, heading(owner))
		}
		l := limitLine(limit, width)
		if reset := m.format().Time(limit.ResetsAt); reset != "" && limit.Used.Micros != 0 {
			l = l.right(width, lineOf(toneFaint, "begins anew "+reset+"  "))
		}
		if i == p.chosen {
			at = len(all)
			l = marked(l, width)
		}
		all = append(all, l)
	}
	from, to := p.follow(at, len(all), height)
	return all[from:to]
}

// limitOwner is the heading under which a limit stands: where it holds.
func limitOwner(l view.Limit) string {
	if l.Vendor == "" {
		return string(l.Currency) + ", all vendors"
	}
	return view.Clean(l.Vendor) + ", " + string(l.Currency)
}

// dayLimits are the bounds of the day, of all accounts.
func dayLimits(all []view.Wallet) []view.Limit {
	var out []view.Limit
	for _, w := range all {
		for _, l := range w.Limits {
			if l.Period == "day" && !l.None() {
				out = append(out, l)
			}
		}
	}
	return out
}

// limitLines draws limits under each other.
func limitLines(all []view.Limit, width int) []line {
	return view.Map(slices.Clip(all), func(l view.Limit) line { return limitLine(l, width) })
}

// limitLine is one bound: its period, a bar, the numbers. Bars have one length on every line, so that they can be
// compared; a bound of a single purchase has none, because nothing of it is used up.
func limitLine(l view.Limit, width int) line {
	out := lineOf(toneFaint, "  "+fill(view.Clean(l.Period), 9))
	room := max(5, min(32, width-46))
	if l.None() || l.Period == "purchase" { // nothing is used up
		out = out.add(toneRule, strings.Repeat("·", room))
	} else {
		out = append(out, bar(l.Used.Micros, 0, l.MaxMicros(), room)...)
	}
	return out.add(toneText, "  "+l.Words())
}
