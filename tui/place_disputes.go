package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// disputesPlace lists the person's disputes and how they stand.
type disputesPlace struct{ list[view.Dispute] }

// disputeColumns are those of all sessions.
var disputeColumns = view.DisputeTable(nil, view.Format{}, false).Columns

// newDisputesPlace starts with an empty list; load fills it.
func newDisputesPlace() *disputesPlace {
	id := func(d view.Dispute) string { return d.ID }
	return &disputesPlace{list[view.Dispute]{
		id: id, copies: id, worth: func(d view.Dispute) ledger.Amount { return d.Amount },
		open:    func(_ *Model, d view.Dispute) screen { return newDisputeSheet(d) },
		columns: disputeColumns, arrangement: arrangement{usual: "-opened"},
	}}
}

func (*disputesPlace) name() string  { return "disputes" }
func (*disputesPlace) crumb() string { return "Disputes" }

// hints say where a dispute begins: here one can only follow it.
func (p *disputesPlace) hints(*Model) []hint {
	all := append(p.ofRows(hint{"enter", "open"}), hint{"3", "history, to dispute a purchase"})
	return append(append(all, p.listHints()...), hint{"q", "leave"})
}

// load fetches the disputes of the wallet, open ones and decided ones: the reason of a decision is read here.
func (p *disputesPlace) load(m *Model) tea.Cmd {
	return fetch(m, "disputes", own(m, m.svc.Disputes), p.take)
}

// draw shows the chosen dispute below the list where there is room for both.
func (p *disputesPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("disputes", width); l != nil {
		return l
	}
	if len(p.all) == 0 {
		return emptyPlace(width, height, "No disputes", "A purchase that went wrong is disputed in the history, with d.")
	}
	rows := func(m *Model, width, height int) []line {
		return p.rows(view.DisputeTable(p.all, m.format(), false)).draw(&p.listCursor, width, height)
	}
	d, _ := p.selected()
	about := func(m *Model, width, room int) []line { return disputeLines(m, d, width, room) }
	return m.beside(width, height, rows, about, upperHalf(len(p.all), height))
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
	all := facts(factBlock{width: width}, view.Without(d.Facts(m.format()), "Title", "State", "Decision by", "Text"))
	all = append(all, section("The case", caseLines(m, d, width))...)
	return append([]line{title}, all[:max(0, min(len(all), room-1))]...)
}
