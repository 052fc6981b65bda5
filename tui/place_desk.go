package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// deskPlace is the queue of staff: what is due first is on top. It has what only a person can settle; everything else
// is done by rules, and there is nothing to see of it here.
type deskPlace struct {
	list[matter]
	disputes pages[view.Dispute]
	deposits pages[view.Deposit]
	receipts pages[view.Unallocated]
	tasks    pages[view.Task] // with whom each case is; some are in no other list
	loads    int              // lists that were fetched so far
	text     string
	filter   *form
}

// pages are what is here of one of the lists, and where it goes on, "" at its end.
type pages[T any] struct {
	all  []T
	next view.Cursor
}

// newDeskPlace starts with an empty queue; load fills it.
func newDeskPlace() *deskPlace {
	return &deskPlace{list: list[matter]{id: func(t matter) string { return t.id }}}
}

func (*deskPlace) tellsTime()     {} // when things are due
func (*deskPlace) name() string   { return "desk" }
func (*deskPlace) crumb() string  { return "Desk" }
func (p *deskPlace) typing() bool { return p.filter != nil }

// hints name the palette: what staff does beside this queue is done by commands.
func (p *deskPlace) hints(*Model) []hint {
	if p.filter != nil {
		return p.filter.hints("search", "all")
	}
	all := p.ofRows(hint{"enter", "open"}, hint{"c", "claim"}, hint{"n", "note"}, hint{"v", "wallet"})
	if p.text != "" {
		all = append([]hint{{"esc", "show all"}}, all...)
	}
	if p.goesOn() {
		all = append([]hint{{"m", "more"}}, all...)
	}
	all = append(all, hint{"w", "act"}, hint{"F", "find"})
	all = append(all, p.ofRows(hint{"/", "search"}, hint{"j k", "move"})...)
	return append(all, hint{":", "command"}, hint{"q", "leave"})
}

// goesOn tells whether the service has more than is here.
func (p *deskPlace) goesOn() bool {
	return p.disputes.next != "" || p.deposits.next != "" || p.receipts.next != "" || p.tasks.next != ""
}

// copyable is the id of the chosen matter.
func (p *deskPlace) copyable() string {
	t, _ := p.selected()
	return t.id
}

// load makes a call for each list, so that a slow one does not hold the others back.
func (p *deskPlace) load(m *Model) tea.Cmd {
	return tea.Batch(p.fetchDisputes(m, ""), p.fetchDeposits(m, ""), p.fetchReceipts(m, ""), p.fetchTasks(m, ""))
}

// more fetches the following page of each list that has one.
func (p *deskPlace) more(m *Model) tea.Cmd {
	var cmds []tea.Cmd
	if p.disputes.next != "" && !m.request("desk").running {
		cmds = append(cmds, p.fetchDisputes(m, p.disputes.next))
	}
	if p.deposits.next != "" && !m.request("desk deposits").running {
		cmds = append(cmds, p.fetchDeposits(m, p.deposits.next))
	}
	if p.receipts.next != "" && !m.request("desk receipts").running {
		cmds = append(cmds, p.fetchReceipts(m, p.receipts.next))
	}
	if p.tasks.next != "" && !m.request("desk queue").running {
		cmds = append(cmds, p.fetchTasks(m, p.tasks.next))
	}
	return tea.Batch(cmds...)
}

func (p *deskPlace) fetchDisputes(m *Model, before view.Cursor) tea.Cmd {
	return fetch(m, "desk", ownOf(m, m.svc.DeskDisputes, p.query(before)), func(page view.Page[view.Dispute]) tea.Cmd {
		p.disputes.put(page, before)
		return p.merge()
	})
}

func (p *deskPlace) fetchDeposits(m *Model, before view.Cursor) tea.Cmd {
	q := p.query(before)
	return fetch(m, "desk deposits", ownOf(m, m.svc.DeskDeposits, q), func(page view.Page[view.Deposit]) tea.Cmd {
		p.deposits.put(page, before)
		return p.merge()
	})
}

func (p *deskPlace) fetchReceipts(m *Model, before view.Cursor) tea.Cmd {
	q := p.query(before)
	return fetch(m, "desk receipts", ownOf(m, m.svc.DeskReceipts, q), func(page view.Page[view.Unallocated]) tea.Cmd {
		p.receipts.put(page, before)
		return p.merge()
	})
}

// fetchTasks fetches with whom the cases are, and those that are in no other list.
func (p *deskPlace) fetchTasks(m *Model, before view.Cursor) tea.Cmd {
	q := view.TaskQuery{Paging: view.Paging{Limit: view.MaxRows, Before: before}}
	return fetch(m, "desk queue", ownOf(m, m.svc.DeskQueue, q), func(page view.Page[view.Task]) tea.Cmd {
		p.tasks.put(page, before)
		return p.merge()
	})
}

// listedKinds are the kinds of cases that lists of their own bring.
var listedKinds = []string{"dispute", "deposit", "receipt"}

// others are the cases that no list of its own brings, as far as the search lets them through. An order may be in the
// list of deposits.
func (p *deskPlace) others(listed []matter) (all []matter) {
	for _, t := range p.tasks.all {
		words := strings.ToLower(t.ID + " " + t.Kind + " " + t.About + " " + t.Handle + " " + t.Amount.String())
		known := slices.Contains(listedKinds, t.Kind) ||
			slices.ContainsFunc(listed, func(one matter) bool { return one.id == t.ID })
		if !known && strings.Contains(words, strings.ToLower(p.text)) {
			all = append(all, taskMatter(t))
		}
	}
	return all
}

func (p *deskPlace) query(before view.Cursor) view.DeskQuery {
	return view.DeskQuery{Paging: view.Paging{Limit: listPage, Before: before}, Text: p.text}
}

// put puts a page behind the ones before it; the first page replaces all.
func (l *pages[T]) put(page view.Page[T], before view.Cursor) {
	if before == "" {
		l.all = nil
	}
	l.all, l.next = slices.Concat(l.all, page.Data), page.Next
}

// merge makes one queue of all lists. The selection stays on its line; before all were there, none was chosen yet.
func (p *deskPlace) merge() tea.Cmd {
	all := slices.Concat(
		view.Map(p.disputes.all, disputeMatter), view.Map(p.deposits.all, depositMatter),
		view.Map(p.receipts.all, receiptMatter),
	)
	all = append(all, p.others(all)...)
	for i := range all {
		at := slices.IndexFunc(p.tasks.all, func(t view.Task) bool { return t.ID == all[i].id })
		if at < 0 {
			continue
		}
		if all[i].staff = p.tasks.all[at].CaseNotes; all[i].due.IsZero() {
			all[i].due = p.tasks.all[at].Promise
		}
	}
	p.replace(mattersOf(all))
	if p.loads++; p.loads <= 4 {
		p.chosen, p.top = 0, 0
	}
	return nil
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
	case "w":
		return m.open(newWriteForm()), true
	case "F":
		return m.open(newFindForm()), true
	case "v":
		t, _ := p.selected()
		return m.open(newMirrorForm(t.wallet)), true
	case "n", "c", "enter":
		return p.openCase(m, k)
	}
	return nil, false
}

// openCase notes, claims or opens the chosen case.
func (p *deskPlace) openCase(m *Model, k Key) (tea.Cmd, bool) {
	t, ok := p.selected()
	switch key := k.String(); {
	case !ok:
	case key == "n":
		return m.open(newNoteForm(t)), true
	case key == "c":
		if !m.decides(k) {
			return nil, true
		}
		return m.claim(t), true
	default:
		return tea.Batch(m.open(newCaseSheet(t)), m.guardInput(guardConfirm)), true
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
	if m.me.Alarm == "" || height < 6 {
		return p.work(m, width, height)
	}
	out := paragraph(toneBad, width, m.me.Alarm)
	return append(out, p.work(m, width, height-len(out))...)
}

// work is what waits.
func (p *deskPlace) work(m *Model, width, height int) []line {
	for _, name := range []string{"desk", "desk deposits", "desk receipts", "desk queue"} {
		if l := m.placeholder(name, width); l != nil {
			return l
		}
	}
	search := p.searchLines(m, width, height)
	if len(p.all) == 0 {
		if p.text != "" {
			return append(append(search, nil), paragraph(toneFaint, width, "Nothing like that; esc shows all.")...)
		}
		return emptyPlace(width, height, "Nothing waits",
			"Disputes to decide, deposits by mail, money without an owner and money that waits to leave are here, what is "+
				"due first on top.")
	}
	queue := func(m *Model, width, height int) []line {
		out := p.searchLines(m, width, height)
		return append(out, p.rows(m, width, height-len(out))...)
	}
	lines, room := 0, height-len(search)
	if room >= belowFrom {
		lines = len(search) + max(room/2, room-11)
	}
	t, _ := p.selected()
	return m.beside(width, height, queue, t.lines, lines)
}

// rows is the queue, in groups where there is room for their headings.
func (p *deskPlace) rows(m *Model, width, height int) []line {
	now := m.now()
	rows := rowsOf{table: matterTable(p.all, now)}
	if height >= 8 {
		rows.sums = len(rows.table.Columns) - 1
		rows.begins = func(i int) bool { return i == 0 || p.all[i-1].group(now) != p.all[i].group(now) }
		rows.head = func(i int) (title, sum string) {
			title = p.all[i].group(now)
			n := i
			for n < len(p.all) && p.all[n].group(now) == title {
				n++
			}
			if n < len(p.all) || !p.goesOn() { // not of a part
				sum = sumWords(view.Map(p.all[i:n], func(t matter) ledger.Amount { return t.amount }), ledger.Amount.String)
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
