package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// wideFrom is the width from which the history shows the list and the detail side by side.
const wideFrom = 140

// historyPlace is what happened in the wallet, newest first, fetched page by page as one moves down.
type historyPlace struct {
	page   ledger.HistoryPage
	chosen int
	text   string // filter
	filter *form
	detail ledger.Detail
}

func (*historyPlace) crumb() string  { return "History" }
func (p *historyPlace) typing() bool { return p.filter != nil }

func (p *historyPlace) hints(*Model) []hint {
	if p.filter != nil {
		return []hint{{"enter", "filter"}, {"esc", "back"}}
	}
	all := []hint{{"enter", "open"}, {"d", "dispute"}, {"/", "filter"}, {"j k", "move"}, {"q", "leave"}}
	if p.text != "" {
		all = append([]hint{{"esc", "show all"}}, all...)
	}
	return all
}

func (p *historyPlace) query(before string) ledger.HistoryQuery {
	return ledger.HistoryQuery{Page: ledger.Page{Limit: listPage, Before: before}, Text: p.text}
}

func (p *historyPlace) load(m *Model) tea.Cmd {
	q := p.query("")
	return ask(m, "history", func(ctx context.Context) (ledger.HistoryPage, error) {
		return m.svc.History(ctx, m.who, q)
	}, func(page ledger.HistoryPage) tea.Cmd {
		p.replace(page)
		return p.follow(m)
	})
}

// replace takes a fresh first page; the selection stays on the row with its id.
func (p *historyPlace) replace(page ledger.HistoryPage) {
	p.chosen = stay(p.page.Rows, page.Rows, p.chosen, rowID)
	p.page = page
}

func rowID(r ledger.Row) string { return r.ID }

// id of the chosen row, "" if there is none.
func (p *historyPlace) id() string {
	if p.chosen < len(p.page.Rows) {
		return p.page.Rows[p.chosen].ID
	}
	return ""
}

// more fetches the page after the last row.
func (p *historyPlace) more(m *Model) tea.Cmd {
	if p.page.Next == "" || m.slot("history").running {
		return nil
	}
	q := p.query(p.page.Next)
	return ask(m, "history", func(ctx context.Context) (ledger.HistoryPage, error) {
		return m.svc.History(ctx, m.who, q)
	}, func(page ledger.HistoryPage) tea.Cmd {
		p.page.Rows = append(p.page.Rows, page.Rows...)
		p.page.Next = page.Next
		return nil
	})
}

// follow fetches the detail of the chosen row where there is room to show it.
func (p *historyPlace) follow(m *Model) tea.Cmd {
	id := p.id()
	if m.width < wideFrom || id == "" {
		return nil
	}
	return ask(m, "beside", func(ctx context.Context) (ledger.Detail, error) {
		return m.svc.Show(ctx, m.who, id)
	}, func(d ledger.Detail) tea.Cmd {
		p.detail = d
		return nil
	})
}

func (p *historyPlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	name := k.String()
	if p.filter != nil {
		return p.filterKey(m, k)
	}
	if move(&p.chosen, len(p.page.Rows), name) {
		if p.chosen >= len(p.page.Rows)-5 {
			return tea.Batch(p.more(m), p.follow(m)), true
		}
		return p.follow(m), true
	}
	switch name {
	case "/":
		p.filter = &form{fields: []field{{name: "Filter", value: p.text}}}
		return nil, true
	case "esc":
		if p.text == "" {
			return nil, false
		}
		p.text, p.chosen = "", 0
		return p.load(m), true
	case "enter", "d":
		if id := p.id(); id != "" {
			return m.open(&detailSheet{id: id, contest: name == "d"}), true
		}
	}
	return nil, false
}

func (p *historyPlace) filterKey(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "esc" {
		p.filter = nil
		return nil, true
	}
	send, used := p.filter.key(k)
	if !send {
		return nil, used
	}
	p.text, p.filter, p.chosen = p.filter.text(0), nil, 0
	return p.load(m), true
}

func (p *historyPlace) draw(m *Model, width, height int) []row {
	if r := m.standing("history", width); r != nil {
		return r
	}
	if width < wideFrom {
		return p.list(m, width, height)
	}
	left := width * 55 / 100
	beside := []row{nil, say(toneFaint, "  Loading …")}
	if p.detail.ID == p.id() || m.slot("beside").running && p.detail.ID != "" { // the last one stays until the next is there
		beside = detailRows(m, p.detail, width-left-3, height)
	}
	if f := m.slot("beside").fault; f != nil {
		beside = append([]row{nil}, f.rows(width-left-3)...)
	}
	list := p.list(m, left, height)
	out := make([]row, height)
	for i := range out {
		var l, r row
		if i < len(list) {
			l = list[i]
		}
		if i < len(beside) {
			r = beside[i]
		}
		out[i] = append(l.fit(left).and(toneRule, " │ "), r...)
	}
	return out
}

func (p *historyPlace) list(m *Model, width, height int) []row {
	var out []row
	count := plural(uint64(len(p.page.Rows)), "row") + "  "
	if p.page.Next != "" {
		count = plural(uint64(len(p.page.Rows)), "row") + ", more below  "
	}
	switch {
	case p.filter != nil:
		out = append(out, p.filter.draw(width)[0])
	case p.text != "":
		out = append(out, say(toneFaint, "  filter: ").and(toneStrong, clean(p.text)).right(width, say(toneFaint, count)))
	case height >= 14:
		out = append(out, row{}.right(width, say(toneFaint, count)))
	}
	if len(p.page.Rows) == 0 {
		text := "Nothing bought yet. What you buy, add and get back appears here."
		if p.text != "" {
			text = "Nothing like that; esc shows all."
		}
		return append(append(out, nil), prose(toneFaint, width, text)...)
	}
	return append(out, rowGrid(m, p.page.Rows, p.chosen, width, height-len(out))...)
}
