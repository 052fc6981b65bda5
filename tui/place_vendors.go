package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// vendorsPlace lists the vendors that the wallet knows: those that were paid once, those that may charge without
// asking, and those that are refused.
type vendorsPlace struct{ list[view.Link] }

// newVendorsPlace starts with an empty list. A vendor is there once for each account that it charged.
func newVendorsPlace() *vendorsPlace {
	id := func(l view.Link) string { return l.Vendor + string(l.Currency) }
	return &vendorsPlace{list[view.Link]{
		id: id, columns: vendorColumns, copies: func(l view.Link) string { return l.Vendor },
		worth: func(l view.Link) ledger.Amount { return l.Spent },
	}}
}

func (*vendorsPlace) name() string  { return "vendors" }
func (*vendorsPlace) crumb() string { return "Vendors" }
func (*vendorsPlace) typing() bool  { return false }

// hints are what can be done with the chosen vendor.
func (p *vendorsPlace) hints(*Model) []hint {
	all := []hint{{"enter", "all of it"}, {"l", "link"}}
	switch l, _ := p.selected(); l.Status {
	case "blocked":
		all[1] = hint{"B", "unblock"}
	case "active":
		all = append(all, hint{"u", "unlink"}, hint{"b", "block"})
	default:
		all = append(all, hint{"b", "block"})
	}
	all = append(append(all, hint{"o", "site"}), p.listHints()...)
	return append(p.ofRows(all...), hint{"q", "leave"})
}

// load fetches every vendor that the wallet knows, with its permission and limits.
func (p *vendorsPlace) load(m *Model) tea.Cmd {
	return fetch(m, "vendors", func(ctx context.Context) ([]view.Link, error) {
		return m.svc.Vendors(ctx, m.who)
	}, func(all []view.Link) tea.Cmd {
		p.replace(all)
		return nil
	})
}

// key acts on the chosen vendor. What takes a right from it is done at once and taken back by one key; what gives it
// one is asked for.
func (p *vendorsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if cmd, used := p.list.key(m, k); used {
		return cmd, true
	}
	l, ok := p.selected()
	if !ok {
		return nil, false
	}
	switch name {
	case "enter", "o":
		return m.open(&vendorSheet{l}), true
	case "l":
		return tea.Batch(m.open(newLinkSheet(m, l)), m.guardInput(guardConfirm)), true
	case "u", "b":
		if !m.decides(k) {
			return nil, true
		}
		if len(p.marked) > 0 {
			return p.takeAwayMarked(m, name == "b"), true
		}
		return p.takeAway(m, l, name == "b"), true
	case "B":
		return m.confirm(unblockQuestion(l)), true
	}
	return nil, false
}

// unblockQuestion says what a vendor may do again.
func unblockQuestion(l view.Link) confirmation {
	return confirmation{
		question: "Let " + name(l) + " ask you again?",
		why:      loosens,
		changes:  []change{{"requests", "refused", "asks", ""}},
		ends:     "A permission that it had does not come back. You block it again with b; that works at once.",
		no:       "No, keep it blocked", yes: "Yes, unblock " + name(l),
		do: func(m *Model) tea.Cmd { return unblock(m, l.Vendor, nil) },
	}
}

// takeAway ends the permission of a vendor, or blocks it. There is no form that could show a refusal, so the status
// line does. The undo gives back the permission that it had.
func (p *vendorsPlace) takeAway(m *Model, l view.Link, block bool) tea.Cmd {
	what, call := "unlink", m.svc.Unlink
	if block {
		what, call = "block", m.svc.Block
	}
	var had []view.Link // of all accounts
	for _, other := range p.all {
		if other.Vendor == l.Vendor && other.Status == "active" {
			had = append(had, other)
		}
	}
	return fetch(m, what+" "+l.Vendor, func(ctx context.Context) (outcome[view.Link], error) {
		return outcomeOf(call(ctx, m.who, l.Vendor))
	}, func(v outcome[view.Link]) tea.Cmd {
		switch {
		case v.err != nil:
			m.notify(toneBad, m.fault(what, v.err).sentence())
			return nil
		case block:
			m.offerUnblock(l.Vendor, relink(had))
		default:
			m.tellUnlinked(l, relink(had))
		}
		return m.refresh()
	})
}

// takeAwayMarked asks once before it ends the permission of all marked vendors, or blocks them.
func (p *vendorsPlace) takeAwayMarked(m *Model, block bool) tea.Cmd {
	what, after := "Unlink", "asks each time"
	if block {
		what, after = "Block", "blocked"
	}
	var orders []string // a vendor is there once for each account
	c := confirmation{
		no: "No, leave them as they are", ends: "What you bought stays yours. z takes it back while it is offered.",
	}
	for _, l := range p.marked {
		if l.Status == "blocked" || !block && l.Status != "active" || slices.Contains(orders, l.Vendor) {
			continue
		}
		orders = append(orders, l.Vendor)
		c.changes = append(c.changes, change{what: name(l), before: l.MayTake(), after: after})
	}
	if len(orders) == 0 {
		m.notify(toneWarn, "Of the marked vendors none can be "+strings.ToLower(what)+"ed.")
		return nil
	}
	of := view.Plural(len(orders), "vendor")
	c.question, c.yes = what+" "+of+"?", "Yes, "+strings.ToLower(what)+" "+of
	c.do = func(m *Model) tea.Cmd { return p.takeAwayAll(m, orders, block) }
	return m.confirm(c)
}

// takeAwayAll does it for one vendor after the other, to the first that is refused. The undo gives all of them back
// what they had.
func (p *vendorsPlace) takeAwayAll(m *Model, vendors []string, block bool) tea.Cmd {
	call, what := m.svc.Unlink, "unlinked"
	if block {
		call, what = m.svc.Block, "blocked"
	}
	var had []view.Link
	for _, l := range p.all {
		if slices.Contains(vendors, l.Vendor) && l.Status == "active" {
			had = append(had, l)
		}
	}
	done := 0
	return fetch(m, "marked vendors", func(ctx context.Context) (outcome[int], error) {
		for _, v := range vendors {
			if _, err := call(ctx, m.who, v); err != nil {
				return outcomeOf(done, err)
			}
			done++
		}
		return outcomeOf(done, nil)
	}, func(v outcome[int]) tea.Cmd {
		words := view.Plural(v.value, "vendor") + " " + what + "."
		switch orders := relink(had); {
		case v.err != nil:
			m.notify(toneBad, words+" Then: "+m.fault("vendors", v.err).sentence())
		case !block && len(orders) == 0:
			p.marks.clear()
			m.notify(toneGood, words)
		default:
			p.marks.clear()
			m.offerUndo(words, func() tea.Cmd { return p.giveBack(m, vendors, orders, block) })
		}
		return m.refresh()
	})
}

// giveBack takes back what was done to all marked vendors.
func (p *vendorsPlace) giveBack(m *Model, vendors []string, orders []view.LinkRequest, block bool) tea.Cmd {
	done := "Taken back: " + view.Plural(len(vendors), "vendor") + " may ask again."
	if len(orders) > 0 {
		done = "Taken back: " + view.Plural(len(vendors), "vendor") + ", with the permissions that they had."
	}
	return m.act("marked vendors", func(ctx context.Context) error {
		for _, v := range vendors {
			if !block {
				break
			}
			if _, err := m.svc.Unblock(ctx, m.who, v); err != nil {
				return err
			}
		}
		return m.relinker(orders)(ctx)
	}, done)
}

// tellUnlinked says that a permission has ended, and offers it back where it can come back as it was.
func (m *Model) tellUnlinked(l view.Link, orders []view.LinkRequest) {
	words := name(l) + " asks each time. What you bought stays."
	if len(orders) == 0 {
		m.notify(toneGood, words)
		return
	}
	m.offerUndo(words, func() tea.Cmd {
		return m.act("link", m.relinker(orders), "Taken back: "+name(l)+" is linked as before.")
	})
}

// offerUnblock says that a vendor is blocked, and how to take that back at once, with the permission that it had.
func (m *Model) offerUnblock(vendor string, orders []view.LinkRequest) {
	m.offerUndo(view.Clean(vendor)+" is blocked.", func() tea.Cmd { return unblock(m, vendor, orders) })
}

// unblock takes a block back.
func unblock(m *Model, vendor string, orders []view.LinkRequest) tea.Cmd {
	done := view.Clean(vendor) + " asks each time."
	if len(orders) > 0 {
		done = "Taken back: " + view.Clean(vendor) + " is linked as before."
	}
	return m.act("unblock "+vendor, func(ctx context.Context) error {
		if _, err := m.svc.Unblock(ctx, m.who, vendor); err != nil {
			return err
		}
		return m.relinker(orders)(ctx)
	}, done)
}

// draw shows the facts of the chosen vendor below the list where there is room, beside it on a wide terminal.
func (p *vendorsPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("vendors", width); l != nil {
		return l
	}
	if len(p.all) == 0 {
		return emptyPlace(width, height, "No vendors yet", "A vendor appears here with your first purchase at it.")
	}
	l, ok := p.selected()
	if width >= wideFrom && ok {
		return m.panes(width, height, p.table, func(width, height int) []line { return linkLines(m, l, width, height) })
	}
	out := p.table(width, height)
	if ok && height >= 14 {
		out = append(p.table(width, min(len(p.all)+1, height/2)), nil)
		out = append(out, linkLines(m, l, width, max(1, height-len(out)))...)
	}
	return out
}

// emptyPlace is a place in which there is nothing yet: what it is for, and what begins it.
func emptyPlace(width, height int, title, text string) []line {
	indent := max(2, min(12, (width-44)/2))
	pad := strings.Repeat(" ", indent)
	out := make([]line, max(0, height/3-1))
	out = append(out, lineOf(toneStrong, pad+title))
	for _, l := range wrapped(text, width-2*indent) {
		out = append(out, lineOf(toneText, pad+l))
	}
	return out
}

// Cells of the bar in the column of what is used.
const usedBar = 10

// vendorColumns have what a vendor may take and what it took of that side by side.
var vendorColumns = []view.Column{
	{Title: "Vendor", Name: "vendor"},
	{Title: "May take", Elastic: true, Name: "status"},
	{Title: "Used of it", Drop: 2},
	{Title: "Bought", Right: true, Drop: 3, Name: "count"},
	{Title: "Spent", Right: true, Drop: 1, Name: "spent"},
}

// table has what a vendor may take and what it took of that side by side.
func (p *vendorsPlace) table(width, height int) []line {
	t := view.Table{Columns: vendorColumns}
	for _, l := range p.all {
		used := ""
		if v, ok := l.Tightest(); ok {
			used = barText(v.Used.Micros, v.MaxMicros(), usedBar) + "  " + v.Used.Number()
		}
		tone := view.Plain
		if l.Status == "blocked" {
			tone = view.Bad
		} else if l.Status != "active" {
			tone = view.Faint
		}
		t.Rows = append(t.Rows, []view.Cell{
			{Text: l.Vendor},
			{Text: l.MayTake(), Tone: tone},
			{Text: used},
			{Text: thousands(int(min(l.Count, 1<<31)))},
			{Text: l.Spent.String()},
		})
	}
	return p.rows(t).draw(&p.listCursor, width, height)
}

// barText is a bar for a cell of a table, which has one tone.
func barText(used, most int64, width int) string {
	var b strings.Builder
	for _, s := range bar(used, 0, most, width) {
		b.WriteString(s.text)
	}
	return b.String()
}

// linkLines are the facts of a vendor that the wallet knows, and how much of its limits is used, in at most so many
// lines; a room of 0 is for a sheet, which scrolls.
func linkLines(m *Model, l view.Link, width, room int) []line {
	var limits []line
	for _, v := range l.Limits {
		if !v.None() && (v.Period != "purchase" || room == 0) {
			limits = append(limits, m.limitLine(v, periodName(v.Period), width))
		}
	}
	b := factBlock{width: width}
	if room > 0 {
		b.room = max(1, room-len(limits)-1)
	}
	proof := lineOf(toneWarn, "! no verified site  ")
	if l.Site != "" {
		proof = lineOf(toneGood, "✓ ").add(toneText, view.Clean(l.Site)+"  ")
	}
	title := lineOf(toneStrong, "  "+view.Clean(l.Title))
	if with := title.add(toneText, " ").right(width, proof); with.width() == width {
		title = with
	}
	out := append([]line{title}, facts(b, view.Without(l.Facts(m.format()), "Title", "Site"))...)
	if len(limits) > 0 && (room == 0 || len(out)+1+len(limits) <= room) {
		out = append(out, nil)
	}
	return append(out, limits...)
}
