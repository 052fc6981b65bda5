package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// disputesPlace lists the person's disputes and how they stand.
type disputesPlace struct{ list[view.Dispute] }

// newDisputesPlace starts with an empty list; load fills it.
func newDisputesPlace() *disputesPlace {
	return &disputesPlace{list[view.Dispute]{id: func(d view.Dispute) string { return d.ID }}}
}

func (*disputesPlace) name() string  { return "disputes" }
func (*disputesPlace) crumb() string { return "Disputes" }
func (*disputesPlace) typing() bool  { return false }

// hints say where a dispute begins: here one can only follow it.
func (*disputesPlace) hints(*Model) []hint {
	return []hint{{"enter", "open"}, {"j k", "move"}, {"3", "history, to dispute a purchase"}, {"q", "leave"}}
}

// load fetches the disputes of the wallet, open ones and decided ones: the reason of a decision is read here.
func (p *disputesPlace) load(m *Model) tea.Cmd {
	return fetch(m, "disputes", func(ctx context.Context) ([]view.Dispute, error) {
		return m.svc.Disputes(ctx, m.who)
	}, func(all []view.Dispute) tea.Cmd {
		p.replace(all)
		return nil
	})
}

// key moves in the list and opens the chosen dispute.
func (p *disputesPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if p.move(k.String()) {
		return nil, true
	}
	if d, ok := p.selected(); ok && k.String() == "enter" {
		return m.open(&disputeSheet{d: d}), true
	}
	return nil, false
}

// draw shows the chosen dispute below the list where there is room for both.
func (p *disputesPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("disputes", width); l != nil {
		return l
	}
	if len(p.all) == 0 {
		return append([]line{nil}, paragraph(toneFaint, width,
			"No disputes. A purchase that went wrong is disputed in the history, with d.")...)
	}
	out := table(view.DisputeTable(p.all, m.format(), false), &p.listCursor, width, height)
	if d, ok := p.selected(); ok && height >= 30 {
		out = append(out, section("The chosen one", facts(factBlock{width: width}, d.Facts(m.format())))...)
	}
	return out
}
