package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// wideFrom is the width from which the history shows the list and the detail side by side.
const wideFrom = 140

// historyPlace is what happened in the wallet, newest first, fetched page by page as the selection moves down.
type historyPlace struct {
	list[view.Row]
	next view.Cursor // of the page after the last entry, "" if there is none
	text string      // what titles are filtered by
	// searched is how far back a filter has looked so far, where it has not come to the end.
	searched view.Time
	filter   *form
	detail   view.Detail // of the chosen entry, where there is room for it
}

func newHistoryPlace() *historyPlace { return &historyPlace{list: list[view.Row]{id: rowID}} }

func (*historyPlace) name() string   { return "history" }
func (*historyPlace) crumb() string  { return "History" }
func (p *historyPlace) typing() bool { return p.filter != nil }

// hints offer the way back first while a filter hides something.
func (p *historyPlace) hints(*Model) []hint {
	if p.filter != nil {
		return []hint{{"enter", "filter"}, {"esc", "back"}}
	}
	all := []hint{{"enter", "open"}, {"d", "dispute"}, {"/", "filter"}, {"j k", "move"}, {"q", "leave"}}
	if p.text != "" {
		all = append([]hint{{"esc", "show all"}}, all...)
	}
	if !p.searched.IsZero() {
		all = append([]hint{{"m", "search on"}}, all...)
	}
	return all
}

// query asks for one page of what the filter lets through, older than a cursor.
func (p *historyPlace) query(before view.Cursor) view.HistoryQuery {
	return view.HistoryQuery{Paging: view.Paging{Limit: listPage, Before: before}, Text: p.text}
}

// load fetches the first page anew. Older pages are dropped: they come again when the selection moves down to them,
// and meanwhile the session holds one page only.
func (p *historyPlace) load(m *Model) tea.Cmd {
	q := p.query("")
	return fetch(m, "history", func(ctx context.Context) (view.History, error) {
		return m.svc.History(ctx, m.who, q)
	}, func(page view.History) tea.Cmd {
		p.replace(page.Data)
		p.next, p.searched = page.Next, page.Searched
		return p.fetchDetail(m)
	})
}

// rowID is what tells a row from the others.
func rowID(r view.Row) string { return r.ID }

// selectedID is the id of the chosen entry, "" if there is none.
func (p *historyPlace) selectedID() string {
	r, _ := p.selected()
	return r.ID
}

// copyable is the id of the chosen entry.
func (p *historyPlace) copyable() string { return p.selectedID() }

// more fetches the page after the last entry.
func (p *historyPlace) more(m *Model) tea.Cmd {
	if p.next == "" || m.request("history").running {
		return nil
	}
	q := p.query(p.next)
	return fetch(m, "history", func(ctx context.Context) (view.History, error) {
		return m.svc.History(ctx, m.who, q)
	}, func(page view.History) tea.Cmd {
		p.all = append(p.all, page.Data...)
		p.next, p.searched = page.Next, page.Searched
		return nil
	})
}

// fetchDetail fetches the detail of the chosen entry where there is room to show it.
func (p *historyPlace) fetchDetail(m *Model) tea.Cmd {
	id := p.selectedID()
	if m.width < wideFrom || id == "" {
		return nil
	}
	return fetch(m, "beside", func(ctx context.Context) (view.Detail, error) {
		return m.svc.Show(ctx, m.who, id)
	}, func(d view.Detail) tea.Cmd {
		p.detail = d
		return nil
	})
}

// key fetches the next page a few lines before the end, so that a person who holds the key down does not wait.
func (p *historyPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if p.filter != nil {
		return p.filterKey(m, k)
	}
	if p.move(name) {
		if p.chosen >= len(p.all)-5 {
			return tea.Batch(p.more(m), p.fetchDetail(m)), true
		}
		return p.fetchDetail(m), true
	}
	switch name {
	case "m":
		if p.searched.IsZero() {
			return nil, false
		}
		return p.more(m), true
	case "/":
		p.filter = &form{fields: []field{textField("Filter", p.text, 0, "")}}
		return nil, true
	case "esc":
		if p.text == "" {
			return nil, false
		}
		p.text, p.chosen = "", 0
		return p.load(m), true
	case "enter", "d":
		if id := p.selectedID(); id != "" {
			return m.open(&detailSheet{id: id, contest: name == "d"}), true
		}
	}
	return nil, false
}

// filterBy shows what a text finds, as the palette asks for it.
func (p *historyPlace) filterBy(m *Model, text string) tea.Cmd {
	p.text, p.chosen = text, 0
	return p.load(m)
}

// filterKey takes keys while the filter is typed. The filter is applied by the service: it sees all pages, a screen
// only one.
func (p *historyPlace) filterKey(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "esc" {
		p.filter = nil
		return nil, true
	}
	send, used := p.filter.key(m, k)
	if !send {
		return nil, used
	}
	p.text, p.filter, p.chosen = p.filter.text(0), nil, 0
	return p.load(m), true
}

// draw puts the detail beside the list on a wide terminal. The list keeps a little more than half: its titles are
// long, and the facts of a detail are short.
func (p *historyPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("history", width); l != nil {
		return l
	}
	// Below that, both halves would cut what they show.
	if width < wideFrom {
		return p.drawList(m, width, height)
	}
	left := width * 55 / 100
	rows, beside := p.drawList(m, left, height), p.beside(m, width-left-3, height)
	out := make([]line, height)
	for i := range out {
		var l, r line
		if i < len(rows) {
			l = rows[i]
		}
		if i < len(beside) {
			r = beside[i]
		}
		out[i] = append(l.fit(left).add(toneRule, " │ "), r...)
	}
	return out
}

// beside is the detail of the chosen entry. That of the one before stays until it has come, so that nothing flickers.
func (p *historyPlace) beside(m *Model, width, height int) []line {
	r := m.request("beside")
	switch {
	case r.fault != nil:
		return append([]line{nil}, r.fault.lines(width)...)
	case p.detail.ID != "" && (p.detail.ID == p.selectedID() || r.running):
		return detailLines(m, p.detail, width, height)
	}
	return []line{nil, lineOf(toneFaint, "  Loading …")}
}

// drawList shows how many rows were fetched, not how many there are: to count them, the service would have to read
// the whole history.
func (p *historyPlace) drawList(m *Model, width, height int) []line {
	var out []line
	count := view.Plural(len(p.all), "row")
	switch {
	case !p.searched.IsZero():
		count += ", searched to " + m.format().Time(p.searched)
	case p.next != "":
		count += ", more below"
	}
	number := lineOf(toneFaint, count+"  ")
	switch {
	case p.filter != nil:
		out = append(out, p.filter.draw(width)[0])
	case p.text != "":
		out = append(out, lineOf(toneFaint, "  filter: ").add(toneStrong, view.Clean(p.text)).right(width, number))
	case height >= 14:
		out = append(out, line{}.right(width, number))
	}
	if len(p.all) == 0 {
		text := "Nothing bought yet. What you buy, add and get back appears here."
		switch {
		case !p.searched.IsZero():
			text = "Nothing like that since " + m.format().Time(p.searched) + "; m searches on, esc shows all."
		case p.text != "":
			text = "Nothing like that; esc shows all."
		}
		return append(append(out, nil), paragraph(toneFaint, width, text)...)
	}
	return append(out, table(view.RowTable(p.all, m.format()), &p.listCursor, width, height-len(out))...)
}
