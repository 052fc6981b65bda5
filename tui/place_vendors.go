package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// vendorsPlace lists the vendors that the wallet knows: those that were paid once, those that may charge without
// asking, and those that are refused.
type vendorsPlace struct {
	list[view.Link]
	ask    string // unlink, block or unblock, while the person is asked; "": nothing
	vendor string // … which vendor
}

// newVendorsPlace starts with an empty list. A vendor is there once for each account that it charged.
func newVendorsPlace() *vendorsPlace {
	id := func(l view.Link) string { return l.Vendor + string(l.Currency) }
	return &vendorsPlace{list: list[view.Link]{id: id}}
}

func (*vendorsPlace) name() string  { return "vendors" }
func (*vendorsPlace) crumb() string { return "Vendors" }
func (*vendorsPlace) typing() bool  { return false }

// hints are the answers while a question is asked: the other keys mean no, and would be a promise if they stood
// there.
func (p *vendorsPlace) hints(*Model) []hint {
	if p.ask != "" {
		return []hint{{"y", "yes"}, {"n", "no"}}
	}
	block := hint{"b", "block"}
	if l, ok := p.selected(); ok && l.Status == "blocked" {
		block = hint{"B", "unblock"}
	}
	return []hint{{"enter", "look"}, {"l", "link"}, {"u", "unlink"}, block, {"o", "site"}, {"q", "leave"}}
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

// vendorKeys are the keys that ask first: they are letters that are typed by mistake, and a new permission has to be
// given with all its bounds.
var vendorKeys = map[string]string{"u": "unlink", "b": "block", "B": "unblock"}

// key asks before it changes what a vendor may do.
func (p *vendorsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if ask := p.ask; ask != "" {
		p.ask = ""
		if name == "y" && m.decides(k) {
			return changeVendor(m, ask, p.vendor), true
		}
		return nil, true // every other key is a no
	}
	if p.move(name) {
		return nil, true
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
	case "u", "b", "B":
		p.ask, p.vendor = vendorKeys[name], l.Vendor
		return m.guardInput(guardConfirm), true
	}
	return nil, false
}

// changeVendor ends the permission of a vendor, blocks it, or takes the block back. There is no form that could show a
// refusal, so the status line does.
func changeVendor(m *Model, what, vendor string) tea.Cmd {
	call := map[string]func(context.Context, view.Caller, string) (view.Link, error){
		"unlink": m.svc.Unlink, "block": m.svc.Block, "unblock": m.svc.Unblock,
	}[what]
	return fetch(m, what+" "+vendor, func(ctx context.Context) (outcome[view.Link], error) {
		return outcomeOf(call(ctx, m.who, vendor))
	}, func(v outcome[view.Link]) tea.Cmd {
		switch {
		case v.err != nil:
			f := m.fault(what, v.err)
			m.notify(toneBad, f.detail+" "+f.remedy)
			return nil
		case what == "block":
			m.offerUnblock(vendor)
		default:
			m.notify(toneGood, "Done: "+view.Clean(v.value.Vendor)+" "+v.value.Permission()+".")
		}
		return m.refresh()
	})
}

// offerUnblock says that a vendor is blocked, and how to take that back at once.
func (m *Model) offerUnblock(vendor string) {
	m.offerUndo(view.Clean(vendor)+" is blocked.", func() tea.Cmd { return changeVendor(m, "unblock", vendor) })
}

// draw shows the facts of the chosen vendor below the list where there is room; a question takes their place.
func (p *vendorsPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("vendors", width); l != nil {
		return l
	}
	if len(p.all) == 0 {
		return append([]line{nil}, paragraph(toneFaint, width,
			"Vendors appear here with your first purchase at them.")...)
	}
	room := height
	var ask []line
	if p.ask != "" {
		ask = p.question(width)
		room = max(2, height-len(ask)-2)
	}
	out := table(view.LinkTable(p.all), &p.listCursor, width, room)
	if ask != nil {
		return append(append(out, nil), ask...)
	}
	if l, ok := p.selected(); ok && height >= 14 {
		out = append(out, nil)
		out = append(out, linkLines(m, l, width, max(1, height-len(out)))...)
	}
	return out
}

// question is what the person is asked before something changes. It says what it means, and what does not happen too:
// bought content stays.
func (p *vendorsPlace) question(width int) []line {
	name := view.Clean(p.vendor)
	text := "End the standing permission of " + name + "? Bought content stays."
	switch p.ask {
	case "block":
		text = "Block it? " + command.BlockMeans(name)
	case "unblock":
		text = "Unblock " + name + "? It asks you each time; a permission that it had does not come back."
	}
	return append(paragraph(toneWarn, width, text), lineOf(toneKey, "  y").add(toneText, " / ").add(toneKey, "n"))
}

// linkLines are the facts of a vendor that the wallet knows, and how much of its limits is used, in at most so many
// lines; a room of 0 is for a sheet, which scrolls.
func linkLines(m *Model, l view.Link, width, room int) []line {
	var limits []line
	for _, v := range l.Limits {
		if !v.None() {
			limits = append(limits, limitLine(v, width))
		}
	}
	b := factBlock{width: width}
	if room > 0 {
		b.room = max(1, room-len(limits)-1)
	}
	out := append([]line{lineOf(toneStrong, "  "+view.Clean(l.Title))},
		facts(b, view.Without(l.Facts(m.format()), "Title"))...)
	if len(limits) > 0 && (room == 0 || len(out)+1+len(limits) <= room) {
		out = append(out, nil)
	}
	return append(out, limits...)
}
