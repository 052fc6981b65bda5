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

// newVendorsPlace starts with an empty list.
func newVendorsPlace() *vendorsPlace {
	return &vendorsPlace{list[view.Link]{
		id: linkID, columns: vendorColumns, copies: func(l view.Link) string { return l.Vendor },
		worth: func(l view.Link) ledger.Amount { return l.Spent },
		open:  func(_ *Model, l view.Link) screen { return &vendorSheet{l} },
	}}
}

func (*vendorsPlace) name() string  { return "vendors" }
func (*vendorsPlace) crumb() string { return "Vendors" }

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
	return fetch(m, "vendors", own(m, m.svc.Vendors), p.take)
}

// key acts on the chosen vendor. What takes a right from it is done at once and taken back by one key; what gives it
// one is asked for.
func (p *vendorsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	pressed := k.String()
	if cmd, used := p.list.key(m, k); used {
		return cmd, true
	}
	l, ok := p.selected()
	if !ok {
		return nil, false
	}
	switch pressed {
	case "o":
		return m.open(&vendorSheet{l}), true
	case "l":
		return tea.Batch(m.open(newLinkSheet(m, l)), m.guardInput(guardConfirm)), true
	case "u", "b":
		if !m.decides(k) {
			return nil, true
		}
		if len(p.marked) > 0 {
			return p.takeAwayMarked(m, pressed == "b"), true
		}
		return p.takeAway(m, []string{l.Vendor}, pressed == "b"), true
	case "B":
		if l.Status != "blocked" {
			m.notify(toneText, name(l)+" is not blocked.")
			return nil, true
		}
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
		do: func(m *Model) tea.Cmd { return m.giveBack([]string{l.Vendor}, nil, true) },
	}
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
	c.do = func(m *Model) tea.Cmd { return p.takeAway(m, orders, block) }
	return m.confirm(c)
}

// takeAway ends the permissions of vendors, or blocks them, one after the other to the first that is refused. There is
// no form that could show a refusal, so the status line does. The undo gives back what they had.
func (p *vendorsPlace) takeAway(m *Model, vendors []string, block bool) tea.Cmd {
	call := m.svc.Unlink
	if block {
		call = m.svc.Block
	}
	had := slices.DeleteFunc(slices.Clone(p.all), func(l view.Link) bool { // of all accounts
		return l.Status != "active" || !slices.Contains(vendors, l.Vendor)
	})
	return attempt(m, "vendors "+strings.Join(vendors, " "), func(ctx context.Context) (done int, err error) {
		for _, v := range vendors {
			if _, err := call(ctx, m.who, v); err != nil {
				return done, err
			}
			done++
		}
		return done, nil
	}, func(done int, err error) tea.Cmd {
		orders := relink(had)
		switch {
		case err != nil && len(vendors) == 1:
			m.notify(toneBad, m.fault("vendors", err).sentence())
			return nil
		case err != nil:
			m.notify(toneBad, takenAway(vendors[:done], block)+" Then: "+m.fault("vendors", err).sentence())
			return m.refresh()
		case block || len(orders) > 0:
			m.offerUndo(takenAway(vendors, block), func() tea.Cmd { return m.giveBack(vendors, orders, block) })
		default:
			m.notify(toneGood, takenAway(vendors, block))
		}
		p.clear()
		return m.refresh()
	})
}

// takenAway says what was done to vendors.
func takenAway(vendors []string, block bool) string {
	switch n := len(vendors); {
	case n == 1 && block:
		return view.Clean(vendors[0]) + " is blocked."
	case n == 1:
		return view.Clean(vendors[0]) + " asks each time. What you bought stays."
	case block:
		return view.Plural(n, "vendor") + " blocked."
	default:
		return view.Plural(n, "vendor") + " unlinked."
	}
}

// giveBack takes a block back, if there is one, and gives vendors the permissions that they had.
func (m *Model) giveBack(vendors []string, orders []view.LinkRequest, block bool) tea.Cmd {
	done := view.Clean(vendors[0]) + " asks each time."
	switch n := len(vendors); {
	case n == 1 && len(orders) > 0:
		done = "Taken back: " + view.Clean(vendors[0]) + " is linked as before."
	case n > 1 && len(orders) > 0:
		done = "Taken back: " + view.Plural(n, "vendor") + ", with the permissions that they had."
	case n > 1:
		done = "Taken back: " + view.Plural(n, "vendor") + " may ask again."
	}
	return m.act("vendors "+strings.Join(vendors, " "), func(ctx context.Context) error {
		for _, v := range vendors {
			if !block {
				break
			}
			if _, err := m.svc.Unblock(ctx, m.who, v); err != nil {
				return err
			}
		}
		for _, r := range orders {
			if _, err := m.svc.Link(ctx, m.who, r); err != nil {
				return err
			}
		}
		return nil
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
	l, _ := p.selected()
	about := func(m *Model, width, room int) []line { return linkLines(m, l, width, room) }
	return m.beside(width, height, p.table, about, upperHalf(len(p.all), height))
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
func (p *vendorsPlace) table(_ *Model, width, height int) []line {
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
	over := l.Status == "revoked" || l.Status == "blocked" // nothing is used any more of what is over
	for _, v := range l.Limits {
		if !over && !v.None() && (v.Period != "purchase" || room == 0) {
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
