package tui

import (
	"context"
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// deskPlace is what waits for staff: disputes to decide, then offline deposits on their way. Both are what only a
// person can settle; everything else is done by rules, and there is nothing to see of it here.
type deskPlace struct {
	disputes   []view.Dispute
	deposits   []view.Deposit
	listCursor // through both lists
	// What of each list is on the screen.
	seen   [2]listCursor
	loads  int // lists that were fetched so far
	text   string
	filter *form
	// Where the lists go on, "" at their end.
	nextDisputes, nextDeposits view.Cursor
}

func (*deskPlace) name() string   { return "desk" }
func (*deskPlace) crumb() string  { return "Desk" }
func (p *deskPlace) typing() bool { return p.filter != nil }

// hints name the palette: what the desk does beside these two lists is done by commands.
func (p *deskPlace) hints(*Model) []hint {
	if p.filter != nil {
		return p.filter.hints("search", "all")
	}
	all := []hint{{"enter", "open"}, {"/", "search"}, {"j k", "move"}, {":", "command"}, {"q", "leave"}}
	if p.nextDisputes != "" || p.nextDeposits != "" {
		all = append([]hint{{"m", "more"}}, all...)
	}
	return all
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
		all := page.Data
		if before != "" {
			all = slices.Concat(p.disputes, page.Data)
		}
		p.replace(all, p.deposits)
		p.nextDisputes = page.Next
		return nil
	})
}

func (p *deskPlace) fetchDeposits(m *Model, before view.Cursor) tea.Cmd {
	q := p.query(before)
	return fetch(m, "desk deposits", func(ctx context.Context) (view.Page[view.Deposit], error) {
		return m.svc.DeskDeposits(ctx, m.who, q)
	}, func(page view.Page[view.Deposit]) tea.Cmd {
		all := page.Data
		if before != "" {
			all = slices.Concat(p.deposits, page.Data)
		}
		p.replace(p.disputes, all)
		p.nextDeposits = page.Next
		return nil
	})
}

// replace takes fresh lists; the selection stays on its line.
func (p *deskPlace) replace(disputes []view.Dispute, deposits []view.Deposit) {
	ids := func(disputes []view.Dispute, deposits []view.Deposit) []string {
		all := view.Map(disputes, func(d view.Dispute) string { return d.ID })
		return append(all, view.Map(deposits, func(d view.Deposit) string { return d.ID })...)
	}
	// The lists come one after the other. Before both were there, no line was chosen yet.
	if p.loads++; p.loads > 2 {
		before, after := ids(p.disputes, p.deposits), ids(disputes, deposits)
		p.chosen = keepSelection(before, after, p.chosen, func(id string) string { return id })
	}
	p.disputes, p.deposits = disputes, deposits
}

func (p *deskPlace) count() int { return len(p.disputes) + len(p.deposits) }

// key moves through both lists as if they were one, because they are read as one queue.
func (p *deskPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if p.filter != nil {
		return p.filterKey(m, k)
	}
	if p.move(k.String(), p.count()) {
		return nil, true
	}
	switch k.String() {
	case "/":
		p.filter = &form{fields: []field{textField("Search", p.text, 0, "An id, a reference, a wallet or an amount.")}}
		return nil, true
	case "m":
		return p.more(m), true
	case "esc":
		if p.text == "" {
			return nil, false
		}
		p.text, p.chosen = "", 0
		return p.load(m), true
	}
	if k.String() != "enter" || p.chosen >= p.count() {
		return nil, false
	}
	if p.chosen < len(p.disputes) {
		return m.open(&disputeSheet{d: p.disputes[p.chosen], staff: true}), true
	}
	return m.open(&stepSheet{d: p.deposits[p.chosen-len(p.disputes)]}), true
}

// filterKey takes keys while the search is typed. The service searches: it sees the whole queue.
func (p *deskPlace) filterKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &p.filter, k); !send {
		return nil, used
	}
	p.text, p.filter, p.chosen = p.filter.text(0), nil, 0
	return p.load(m), true
}

// filterBy shows what a text finds, as the palette asks for it.
func (p *deskPlace) filterBy(m *Model, text string) tea.Cmd {
	p.text, p.chosen = text, 0
	return p.load(m)
}

// title is the heading of a list: how many rows are here, whether more are in the queue, and what is searched for.
func (p *deskPlace) title(of string, rows int, next view.Cursor) line {
	text := fmt.Sprintf("%s (%d)", of, rows)
	if next != "" {
		text = fmt.Sprintf("%s (%d, m: more)", of, rows)
	}
	if p.text != "" {
		text += ", search: " + view.Clean(p.text)
	}
	return heading(text)
}

// draw gives half of the height to the disputes, whose promises are counted in days, and the rest to the deposits.
func (p *deskPlace) draw(m *Model, width, height int) []line {
	for _, name := range []string{"desk", "desk deposits"} {
		if l := m.placeholder(name, width); l != nil {
			return l
		}
	}
	var out []line
	if p.filter != nil {
		out = append(out, p.filter.draw(width)[0])
	}
	out = append(out, p.title("Disputes to decide", len(p.disputes), p.nextDisputes))
	half := max(3, (height-3)/2)
	if len(p.disputes) == 0 {
		out = append(out, lineOf(toneFaint, "  None."))
	} else {
		at := &p.seen[0]
		if at.chosen = p.chosen; at.chosen >= len(p.disputes) {
			at.chosen = noChoice
		}
		out = append(out, table(view.DisputeTable(p.disputes, m.format(), true), at, width, half)...)
	}
	out = append(out, nil, p.title("Deposits on their way", len(p.deposits), p.nextDeposits))
	if len(p.deposits) == 0 {
		return append(out, lineOf(toneFaint, "  None."))
	}
	at := &p.seen[1]
	at.chosen = p.chosen - len(p.disputes)
	return append(out, table(view.DepositTable(p.deposits, m.format(), true), at, width, height-len(out))...)
}
