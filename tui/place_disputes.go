package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// disputesPlace lists the person's disputes and how they stand.
type disputesPlace struct{ list[view.Dispute] }

// newDisputesPlace starts with an empty list; load fills it.
func newDisputesPlace() *disputesPlace {
	id := func(d view.Dispute) string { return d.ID }
	return &disputesPlace{list[view.Dispute]{
		id: id, copies: id, worth: func(d view.Dispute) ledger.Amount { return d.Amount },
		columns: view.DisputeTable(nil, view.Format{}, false).Columns, arrangement: arrangement{usual: "-opened"},
	}}
}

func (*disputesPlace) name() string  { return "disputes" }
func (*disputesPlace) crumb() string { return "Disputes" }
func (*disputesPlace) typing() bool  { return false }

// hints say where a dispute begins: here one can only follow it.
func (p *disputesPlace) hints(*Model) []hint {
	all := append(p.ofRows(hint{"enter", "open"}), hint{"3", "history, to dispute a purchase"})
	return append(append(all, p.listHints()...), hint{"q", "leave"})
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
	if cmd, used := p.list.key(m, k); used {
		return cmd, true
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
		return emptyPlace(width, height, "No disputes", "A purchase that went wrong is disputed in the history, with d.")
	}
	t := view.DisputeTable(p.all, m.format(), false)
	d, ok := p.selected()
	switch {
	case ok && width >= wideFrom:
		return m.panes(width, height,
			func(width, height int) []line { return p.rows(t).draw(&p.listCursor, width, height) },
			func(width, height int) []line { return disputeLines(m, d, width, height) })
	case ok && height >= 14:
		out := append(p.rows(t).draw(&p.listCursor, width, min(len(p.all)+1, height/2)), nil)
		return append(out, disputeLines(m, d, width, height-len(out))...)
	}
	return p.rows(t).draw(&p.listCursor, width, height)
}

// disputeLines are what is known of a dispute, in at most so many lines: its name with by when it is decided, then the
// rest.
func disputeLines(m *Model, d view.Dispute, width, room int) []line {
	title := heading(view.Clean(d.Title))
	right := lineOf(tone(d.State.Tone()), d.State.Words()+"  ")
	if due := m.format().Time(d.Due()); due != "" {
		right = append(lineOf(toneFaint, "decided by "+due+"  "), right...)
	}
	// Two blanks: words with one between them are one text for the painter, which knows no place inside a stranger's.
	title = title.cut(max(8, width-right.width()-2)).right(width, right)
	all := facts(factBlock{width: width}, view.Without(d.Facts(m.format()), "Title", "State", "Decision by"))
	return append([]line{title}, all[:max(0, min(len(all), room-1))]...)
}
