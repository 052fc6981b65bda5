package tui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// historyPlace is what happened in the wallet, newest first. It holds a window of a few pages around the selection,
// however long the history is: a page is fetched at the end that the selection comes near to, and dropped at the other.
type historyPlace struct {
	list[view.Row]
	pages []historyPage // of the window, the newest first
	text  string        // the filter, see view.ParseFilter
	// searched is how far back a filter has looked so far, where it has not come to the end.
	searched view.Time
	misread  []view.Misread // what of the filter was not understood
	newest   string         // id of the newest row that was shown; what is above it waits
	filter   *form
	found    int         // how many rows the filter finds: all where there is a total, else at least so many
	goesOn   completion  // of the filter
	detail   view.Detail // of the chosen entry, where there is room for it
	measures *measures   // of the rows; nil: they have to be taken
}

// historyPage is one page of the window: its rows, and where the list goes on at both of its ends, "" for nowhere.
type historyPage struct {
	rows        int
	newer, next view.Cursor
}

// windowPages bounds the window.
const windowPages = 4

func newHistoryPlace() *historyPlace {
	p := &historyPlace{list: list[view.Row]{
		id: rowID, copies: rowID, worth: func(r view.Row) ledger.Amount { return r.Amount },
		columns: historyColumns, arrangement: arrangement{usual: "-at"},
	}}
	p.resort, p.every = p.inOrder, p.markFound
	return p
}

// historyColumns are those of all sessions.
var historyColumns = append(view.RowTable(nil, view.Format{}).Columns, balanceColumn)

// balanceColumn is what the account has after a row.
var balanceColumn = view.Column{Title: "Balance", Right: true, Drop: 6, Name: "balance"}

func (*historyPlace) name() string   { return "history" }
func (*historyPlace) crumb() string  { return "History" }
func (p *historyPlace) typing() bool { return p.filter != nil }

// hints offer the way back first while a filter hides something.
func (p *historyPlace) hints(*Model) []hint {
	if p.filter != nil {
		return []hint{{"enter", "keep"}, {"tab", "complete"}, {"ctrl+s", "save view"}, {"esc", "show all"}}
	}
	all := append(p.ofRows(
		hint{"enter", "open"}, hint{"d", "dispute"}, hint{"o", "read"}, hint{"/", "filter"},
	), p.listHints()...)
	all = append(all, hint{"q", "leave"})
	if p.pick != nil || len(p.marked) > 0 {
		all = append(p.listHints(), p.ofRows(hint{"d", "dispute"})...)
	}
	if p.fresh != "" {
		all = append([]hint{{"n", "show new rows"}}, all...)
	}
	if p.text != "" {
		all = append([]hint{{"esc", "show all"}}, all...)
	}
	if !p.searched.IsZero() {
		all = append([]hint{{"m", "search on"}}, all...)
	}
	return all
}

// load looks for what is new. At the newest row it is shown at once; elsewhere nothing may move under the cursor, so it
// waits above and only the words of the rows that are here change. A list in another order is sorted anew.
func (p *historyPlace) load(m *Model) tea.Cmd {
	if p.sort != "" {
		return p.inOrder(m, p.sort)
	}
	return p.fetch(m, view.HistoryQuery{}, func(page view.History) {
		if len(p.all) == 0 || p.atNewest() {
			p.replace(page.Data)
			p.begin(page)
			return
		}
		p.wait(page)
	})
}

// atNewest tells whether the cursor is on the newest row.
func (p *historyPlace) atNewest() bool {
	return p.chosen == 0 && len(p.pages) > 0 && p.pages[0].newer == ""
}

// wait counts the rows of the newest page that were not shown yet, and takes what it says of the others.
func (p *historyPlace) wait(page view.History) {
	n := slices.IndexFunc(page.Data, func(r view.Row) bool { return r.ID == p.newest })
	more := ""
	switch {
	case n < 0 && p.text == "" && page.Total > uint64(p.total):
		n = int(page.Total) - p.total
	case n < 0:
		n, more = len(page.Data), "or more "
	}
	if p.fresh = ""; n > 0 {
		p.fresh = thousands(n) + " " + more + "new, n shows them"
	}
	if n == 1 {
		p.fresh = "1 new, n shows it"
	}
	p.renew(page.Data, p.id, false)
	for i, r := range p.all {
		if now := slices.IndexFunc(page.Data, func(v view.Row) bool { return v.ID == r.ID && v.At == r.At }); now >= 0 {
			p.all[i] = page.Data[now]
		}
	}
}

// inOrder fetches all that is found in the order of a column. Where that is too much, it says why, and the order is the
// one before; the same one is lost, since what is here is not what is found now.
func (p *historyPlace) inOrder(m *Model, before view.Sorting) tea.Cmd {
	if p.sort == "" {
		return p.end(m, false)
	}
	return p.fetchWhole(m, p.sort, func(page view.History, fault *failure) tea.Cmd {
		if fault != nil {
			m.notify(toneWarn, "! Not sorted: "+fault.sentence())
			if p.sort == before {
				p.sort = ""
				return p.end(m, false)
			}
			p.sort = before
			return nil
		}
		p.replace(page.Data)
		p.begin(page)
		return p.fetchDetail(m)
	})
}

// markFound marks all that the filter finds, also what is not in the window: all or, where that is too much, nothing.
func (p *historyPlace) markFound(m *Model) tea.Cmd {
	return p.fetchWhole(m, p.order(), func(page view.History, fault *failure) tea.Cmd {
		if fault != nil {
			m.notify(toneWarn, "! Nothing marked: "+fault.sentence())
		} else {
			p.markAll(m, page.Data)
		}
		return nil
	})
}

// fetchWhole asks for all that the filter finds at once.
func (p *historyPlace) fetchWhole(m *Model, by view.Sorting, done func(view.History, *failure) tea.Cmd) tea.Cmd {
	q := view.HistoryQuery{Filter: p.text, Sort: by}
	return attempt(m, "history", ownOf(m, m.svc.History, q), func(page view.History, err error) tea.Cmd {
		if err != nil {
			return done(page, m.fault("history", err))
		}
		return done(page, nil)
	})
}

// fetch asks for a page of what the filter lets through.
func (p *historyPlace) fetch(m *Model, q view.HistoryQuery, done func(view.History)) tea.Cmd {
	q.Filter, q.Count = p.text, p.text != ""
	if q.Limit == 0 {
		q.Limit = listPage
	}
	return fetch(m, "history", ownOf(m, m.svc.History, q), func(page view.History) tea.Cmd {
		done(page)
		p.measures = nil
		return p.fetchDetail(m)
	})
}

// begin makes a page the only one of the window.
func (p *historyPlace) begin(page view.History) {
	p.measures, p.pages = nil, []historyPage{{len(page.Data), page.Newer, page.Next}}
	p.searched, p.misread = page.Searched, page.Misread
	if page.Newer == "" && len(page.Data) > 0 && p.sort == "" {
		p.newest, p.fresh = page.Data[0].ID, ""
	}
	p.first, p.total = int(page.Above), int(page.Total)
	p.found = int(page.Found)
	switch {
	case p.sort != "": // all that is found is here
		p.first, p.total = 0, 0
	case p.text != "" && page.All:
		p.first, p.total = 0, p.found
	case p.text != "": // of how many, only a longer walk would know
		p.first, p.total = 0, 0
	}
}

// older adds the page below the window, and drops the newest one where there are too many.
func (p *historyPlace) older(m *Model) tea.Cmd {
	if len(p.pages) == 0 || m.request("history").running {
		return nil
	}
	last := p.pages[len(p.pages)-1]
	if last.next == "" {
		return nil
	}
	return p.fetch(m, view.HistoryQuery{Paging: view.Paging{Before: last.next}}, func(page view.History) {
		p.all = append(p.all, page.Data...)
		p.pages = append(p.pages, historyPage{len(page.Data), last.next, page.Next})
		p.searched = page.Searched
		if len(p.pages) > windowPages {
			n := p.pages[0].rows
			p.pages[1].newer = p.pages[0].next
			p.all, p.pages = slices.Clone(p.all[n:]), p.pages[1:]
			p.shift(-n)
		}
	})
}

// newer adds the page above the window, and drops the oldest one where there are too many.
func (p *historyPlace) newer(m *Model) tea.Cmd {
	if len(p.pages) == 0 || p.pages[0].newer == "" || m.request("history").running {
		return nil
	}
	first := p.pages[0]
	return p.fetch(m, view.HistoryQuery{After: first.newer}, func(page view.History) {
		p.all = slices.Concat(page.Data, p.all)
		p.pages = slices.Insert(p.pages, 0, historyPage{len(page.Data), page.Newer, first.newer})
		p.shift(len(page.Data))
		if n := len(p.pages) - 1; n >= windowPages {
			p.all = p.all[:len(p.all)-p.pages[n].rows]
			p.pages[n-1].next = p.pages[n].newer
			p.pages = p.pages[:n]
		}
	})
}

// shift keeps the selection on its row when rows came or went above it.
func (p *historyPlace) shift(rows int) {
	p.chosen, p.top = p.chosen+rows, p.top+rows
	if p.counted() {
		p.first -= rows
		p.total, p.first = p.total-min(0, p.first), max(0, p.first) // what came meanwhile is above
	}
}

// end jumps to one end of the history; the window begins there anew.
func (p *historyPlace) end(m *Model, oldest bool) tea.Cmd {
	if p.sort != "" { // all that is found is one page
		return p.inOrder(m, p.sort)
	}
	return p.fetch(m, view.HistoryQuery{Oldest: oldest}, func(page view.History) {
		p.all, p.chosen, p.top = page.Data, 0, 0
		p.begin(page)
		if oldest {
			p.chosen = max(0, len(p.all)-1)
			p.first = max(0, p.total-len(p.all))
		}
	})
}

// saved is how the history is looked at now.
func (p *historyPlace) saved() view.SavedView {
	v := p.list.saved()
	v.Filter = p.text
	return v
}

// show looks at the history as it was saved, from the top. What cannot be sorted so is shown in the order of time: the
// order before was one of other rows.
func (p *historyPlace) show(m *Model, v view.SavedView) tea.Cmd {
	p.text, p.filter, p.chosen, p.first, p.sort = v.Filter, nil, 0, 0, view.Sorting(v.Sort)
	return p.list.show(m, v)
}

// position tells the chosen row and how many there are; of those that a filter finds, how many so far.
func (p *historyPlace) position(m *Model) string {
	if p.counted() || p.sort != "" || len(p.all) == 0 {
		return p.list.position(m)
	}
	n, more := len(p.pages), ""
	switch {
	case n > 0 && p.pages[n-1].next != "":
		more = "+"
	case n > 0 && p.pages[0].newer != "": // how many are above is not known
		return thousands(len(p.all)-p.chosen) + " from the end"
	}
	return thousands(p.chosen+1) + "/" + thousands(max(p.found, len(p.all))) + more
}

// counted tells whether it is known of how many rows the window is a part.
func (p *historyPlace) counted() bool { return p.text == "" || p.total > 0 }

// rowID is what tells a row from the others.
func rowID(r view.Row) string { return r.ID }

// selectedID is the id of the chosen entry, "" if there is none.
func (p *historyPlace) selectedID() string {
	r, _ := p.selected()
	return r.ID
}

// fetchDetail fetches the detail of the chosen entry where there is room to show it.
func (p *historyPlace) fetchDetail(m *Model) tea.Cmd {
	id := p.selectedID()
	if m.width < wideFrom || id == "" {
		return nil
	}
	return fetch(m, "beside", ownOf(m, m.svc.Show, id), func(d view.Detail) tea.Cmd {
		p.detail = d
		return nil
	})
}

// key fetches a page a few lines before an end of the window, so that a person who holds the key down does not wait.
func (p *historyPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if p.filter != nil {
		return p.filterKey(m, k)
	}
	n, before := len(p.pages), p.chosen
	switch {
	case (name == "G" || name == "end") && n > 0 && p.pages[n-1].next != "" && p.searched.IsZero():
		return p.end(m, true), true
	case (name == "g" || name == "home") && n > 0 && p.pages[0].newer != "", name == "n" && p.fresh != "":
		return p.end(m, false), true
	case name == "esc" && p.text != "" && p.pick == nil:
		return p.filterBy(m, ""), true
	}
	if cmd, used := p.list.key(m, k); used {
		if p.chosen != before {
			cmd = tea.Batch(cmd, p.ahead(m), p.fetchDetail(m))
		}
		return cmd, true
	}
	switch name {
	case "m":
		if p.searched.IsZero() {
			return nil, false
		}
		return p.older(m), true
	case "/":
		p.filter = &form{fields: []field{textField("Filter", p.text, view.MaxFilter, "")}}
		return p.suggest(m), true
	case "o":
		if r, chosen := p.selected(); chosen && m.decides(k) { // it takes a view
			return p.read(m, r), true
		}
	case "enter", "d":
		if name == "d" && len(p.marked) > 0 {
			return p.disputeMarked(m), true
		}
		if id := p.selectedID(); id != "" {
			return m.open(&detailSheet{id: id, contest: name == "d"}), true
		}
	}
	return nil, false
}

// read opens what a row bought.
func (*historyPlace) read(m *Model, r view.Row) tea.Cmd {
	if !r.CanOpen {
		m.notify(toneWarn, "! There is nothing to open now.")
		return nil
	}
	return m.open(&readerSheet{id: r.ID})
}

// ahead fetches the page beyond an end of the window that the cursor comes near to.
func (p *historyPlace) ahead(m *Model) tea.Cmd {
	switch {
	case p.chosen >= len(p.all)-5:
		return p.older(m)
	case p.chosen < 5:
		return p.newer(m)
	}
	return nil
}

// filterBy shows what a text finds, from the newest row on.
func (p *historyPlace) filterBy(m *Model, text string) tea.Cmd {
	p.text, p.first = text, 0
	return p.end(m, false)
}

// filterKey takes keys while the filter is typed: the rows change after each. The filter is applied by the service: it
// sees all pages, a screen only some. Enter keeps it, esc shows all.
func (p *historyPlace) filterKey(m *Model, k Key) (cmd tea.Cmd, used bool) {
	used = true
	switch k.String() {
	case "esc":
		if p.filter = nil; p.text == "" { // nothing was typed: the rows stay where they are
			return nil, true
		}
		return p.filterBy(m, ""), true
	case "enter":
		p.filter = nil
		return nil, true
	case "ctrl+s":
		p.filter = nil
		s := newViewsSheet(m, p)
		s.ask()
		return m.open(s), true
	case "tab":
		if text, done := p.goesOn.complete(p.typed()); done {
			p.filter.fields[0].set(text)
		}
	default:
		_, used = p.filter.key(m, k)
	}
	if text := p.filter.text(0); text != p.text {
		cmd = p.filterBy(m, text)
	}
	return tea.Batch(cmd, p.suggest(m)), used
}

// typed is the filter as it stands in its line: a blank at its end says that the last word is whole.
func (p *historyPlace) typed() string { return p.filter.fields[0].input.Value() }

// suggest asks how the last word of the filter may go on. A minus before it excludes, and is no part of it.
func (p *historyPlace) suggest(m *Model) tea.Cmd {
	text := p.typed()
	from := strings.LastIndexByte(text, ' ') + 1
	from += len(text[from:]) - len(strings.TrimPrefix(text[from:], "-"))
	return p.goesOn.ask(m, text, from, "history", text[from:])
}
