package tui

import (
	"context"
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// deskPlace is the queue of staff: what is due first is on top. It has what only a person can settle; everything else
// is done by rules, and there is nothing to see of it here.
type deskPlace struct {
	list[matter]
	disputes []view.Dispute
	deposits []view.Deposit
	loads    int // lists that were fetched so far
	text     string
	filter   *form
	// Where the lists go on, "" at their end.
	nextDisputes, nextDeposits view.Cursor
}

// newDeskPlace starts with an empty queue; load fills it.
func newDeskPlace() *deskPlace { return &deskPlace{list: list[matter]{id: matter.id}} }

func (*deskPlace) tellsTime()     {} // when things are due
func (*deskPlace) name() string   { return "desk" }
func (*deskPlace) crumb() string  { return "Desk" }
func (p *deskPlace) typing() bool { return p.filter != nil }

// hints name the palette: what staff does beside this queue is done by commands.
func (p *deskPlace) hints(*Model) []hint {
	if p.filter != nil {
		return p.filter.hints("search", "all")
	}
	all := p.ofRows(hint{"enter", "open"}, hint{"/", "search"}, hint{"j k", "move"})
	if p.text != "" {
		all = append([]hint{{"esc", "show all"}}, all...)
	}
	if p.goesOn() {
		all = append([]hint{{"m", "more"}}, all...)
	}
	return append(all, hint{":", "command"}, hint{"q", "leave"})
}

// goesOn tells whether the service has more than is here.
func (p *deskPlace) goesOn() bool { return p.nextDisputes != "" || p.nextDeposits != "" }

// copyable is the id of the chosen matter.
func (p *deskPlace) copyable() string {
	if t, ok := p.selected(); ok {
		return t.id()
	}
	return ""
}

// load makes two calls, so that a slow list does not hold the other back.
func (p *deskPlace) load(m *Model) tea.Cmd {
	return tea.Batch(p.fetchDisputes(m, ""), p.fetchDeposits(m, ""))
}

// more fetches the following page of each list that has one.
func (p *deskPlace) more(m *Model) tea.Cmd {
	var cmds []tea.Cmd
	if p.nextDisputes != "" && !m.request("desk").running {
		cmds = append(cmds, p.fetchDisputes(m, p.nextDisputes))
	}
	if p.nextDeposits != "" && !m.request("desk deposits").running {
		cmds = append(cmds, p.fetchDeposits(m, p.nextDeposits))
	}
	return tea.Batch(cmds...)
}

func (p *deskPlace) query(before view.Cursor) view.DeskQuery {
	return view.DeskQuery{Paging: view.Paging{Limit: listPage, Before: before}, Text: p.text}
}

func (p *deskPlace) fetchDisputes(m *Model, before view.Cursor) tea.Cmd {
	q := p.query(before)
	return fetch(m, "desk", func(ctx context.Context) (view.Page[view.Dispute], error) {
		return m.svc.DeskDisputes(ctx, m.who, q)
	}, func(page view.Page[view.Dispute]) tea.Cmd {
		p.disputes, p.nextDisputes = pageOnto(p.disputes, page.Data, before), page.Next
		p.merge()
		return nil
	})
}

func (p *deskPlace) fetchDeposits(m *Model, before view.Cursor) tea.Cmd {
	q := p.query(before)
	return fetch(m, "desk deposits", func(ctx context.Context) (view.Page[view.Deposit], error) {
		return m.svc.DeskDeposits(ctx, m.who, q)
	}, func(page view.Page[view.Deposit]) tea.Cmd {
		p.deposits, p.nextDeposits = pageOnto(p.deposits, page.Data, before), page.Next
		p.merge()
		return nil
	})
}

// pageOnto puts a page behind the ones before it; the first page replaces all.
func pageOnto[T any](had, page []T, before view.Cursor) []T {
	if before == "" {
		return page
	}
	return slices.Concat(had, page)
}

// merge makes one queue of both lists. The selection stays on its line; before both were there, none was chosen yet.
func (p *deskPlace) merge() {
	p.replace(mattersOf(p.disputes, p.deposits))
	if p.loads++; p.loads <= 2 {
		p.chosen, p.top = 0, 0
	}
}

// position tells the chosen row and how many there are; of a queue that goes on, how many so far.
func (p *deskPlace) position(m *Model) string {
	if where := p.list.position(m); where != "" && p.goesOn() {
		return where + "+"
	} else {
		return where
	}
}

// key moves in the queue, searches it, and opens a case.
func (p *deskPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if p.filter != nil {
		return p.filterKey(m, k)
	}
	if p.move(k.String()) {
		return nil, true
	}
	switch k.String() {
	case "/":
		p.filter = &form{fields: []field{textField("Search", p.text, 0, "An id, a reference, a wallet or an amount.")}}
		return nil, true
	case "m":
		return p.more(m), p.goesOn()
	case "esc":
		if p.text == "" {
			return nil, false
		}
		return p.filterBy(m, ""), true
	case "enter":
		if t, ok := p.selected(); ok {
			return tea.Batch(m.open(newCaseSheet(t)), m.guardInput(guardConfirm)), true
		}
	}
	return nil, false
}

// filterKey takes keys while the search is typed. The service searches: it sees the whole queue.
func (p *deskPlace) filterKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &p.filter, k); !send {
		return nil, used
	}
	text := p.filter.text(0)
	p.filter = nil
	return p.filterBy(m, text), true
}

// filterBy shows what a text finds, as the palette asks for it.
func (p *deskPlace) filterBy(m *Model, text string) tea.Cmd {
	p.text, p.chosen, p.top = text, 0, 0
	return p.load(m)
}

// draw shows the chosen case below the queue, on a wide terminal beside it.
func (p *deskPlace) draw(m *Model, width, height int) []line {
	for _, name := range []string{"desk", "desk deposits"} {
		if l := m.placeholder(name, width); l != nil {
			return l
		}
	}
	out := p.searchLines(m, width, height)
	if len(p.all) == 0 {
		if p.text != "" {
			return append(append(out, nil), paragraph(toneFaint, width, "Nothing like that; esc shows all.")...)
		}
		return emptyPlace(width, height, "Nothing waits",
			"Disputes to decide and deposits that come by mail are here, what is due first on top.")
	}
	t, _ := p.selected()
	if width >= wideFrom {
		return m.panes(width, height, func(width, height int) []line {
			return append(p.searchLines(m, width, height), p.rows(m, width, height-1)...)
		}, func(width, height int) []line { return t.lines(m, width, height) })
	}
	room := height - len(out)
	if room < 14 {
		return append(out, p.rows(m, width, room)...)
	}
	rows := p.rows(m, width, max(room/2, room-11))
	rows = append(append(rows, nil), t.lines(m, width, room-len(rows)-1)...)
	return append(out, rows...)
}

// rows is the queue, in groups where there is room for their headings.
func (p *deskPlace) rows(m *Model, width, height int) []line {
	now := m.now()
	rows := rowsOf{table: matterTable(p.all, now)}
	if height >= 8 {
		rows.head = func(i int) (title, sum string) {
			title = p.all[i].group(now)
			if i > 0 && p.all[i-1].group(now) == title {
				return "", ""
			}
			n := i
			for n < len(p.all) && p.all[n].group(now) == title {
				n++
			}
			if n < len(p.all) || !p.goesOn() { // not of a part
				sum = sumOf(p.all[i:n])
			}
			return title, sum
		}
	}
	return rows.draw(&p.listCursor, width, height)
}

// searchLines are what is searched for, with how much waits and how much of it is late. A low terminal has only what is
// typed.
func (p *deskPlace) searchLines(m *Model, width, height int) []line {
	late := 0
	for _, t := range p.all {
		if t.group(m.now()) == groupLate {
			late++
		}
	}
	count := fmt.Sprintf("%s wait", thousands(len(p.all)))
	if p.goesOn() {
		count = fmt.Sprintf("%s and more wait", thousands(len(p.all)))
	}
	right := lineOf(toneFaint, count)
	if late > 0 {
		right = right.add(toneText, ", ").add(toneBad, fmt.Sprintf("%d late", late))
	}
	right = right.add(toneFaint, ", by promise")
	switch {
	case p.filter != nil:
		return []line{p.filter.draw(width)[0]}
	case p.text != "":
		return []line{lineOf(toneFaint, "  search: ").add(toneStrong, view.Clean(p.text)).right(width-2, right)}
	case height < 8 || len(p.all) == 0:
		return nil
	}
	return []line{lineOf(toneFaint, "  / search").right(width-2, right)}
}
