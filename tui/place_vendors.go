package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// vendorsPlace lists the vendors that the wallet knows: those that were paid once, those that may charge without
// asking, and those that are refused.
type vendorsPlace struct {
	list[view.Link]
	end   string // vendor whose link is to be ended, while the person is asked
	block bool   // … and which is to be blocked
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
	if p.end != "" {
		return []hint{{"y", "yes"}, {"n", "no"}}
	}
	return []hint{{"enter", "look"}, {"l", "link"}, {"u", "unlink"}, {"b", "block"}, {"o", "site"}, {"q", "leave"}}
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

// key asks before it ends a permission: u and b are letters that are typed by mistake, and a new permission has to
// be given with all its bounds.
func (p *vendorsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if p.end != "" {
		vendor, block := p.end, p.block
		p.end = ""
		if name == "y" && m.decides(k) {
			return p.unlink(m, vendor, block), true
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
	case "u", "b":
		p.end, p.block = l.Vendor, name == "b"
		return m.guardInput(guardConfirm), true
	}
	return nil, false
}

// unlink ends the permission. There is no form that could show a refusal, so the status line does.
func (p *vendorsPlace) unlink(m *Model, vendor string, block bool) tea.Cmd {
	return fetch(m, "unlink "+vendor, func(ctx context.Context) (outcome[view.Link], error) {
		return outcomeOf(m.svc.Unlink(ctx, m.who, vendor, block))
	}, func(v outcome[view.Link]) tea.Cmd {
		if v.err != nil {
			f := m.fault("unlink", v.err)
			m.notify(toneBad, f.detail+" "+f.remedy)
			return nil
		}
		m.notify(toneGood, "Done: "+view.Clean(v.value.Vendor)+" "+v.value.Permission()+".")
		return m.refresh()
	})
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
	if p.end != "" {
		room = max(2, height-3)
	}
	out := table(view.LinkTable(p.all), p.chosen, width, room)
	if p.end != "" {
		return append(append(out, nil), p.question())
	}
	if l, ok := p.selected(); ok && height >= 14 {
		out = append(out, nil)
		out = append(out, linkLines(m, l, width, max(1, height-len(out)))...)
	}
	return out
}

// question is what the person is asked before a permission ends. It says what does not happen too: bought content
// stays.
func (p *vendorsPlace) question() line {
	text := "End the standing permission of " + view.Clean(p.end) + "? Bought content stays."
	if p.block {
		text = "Block " + view.Clean(p.end) + "? Every later request of it is refused."
	}
	return lineOf(toneWarn, "  "+text).add(toneKey, "  y").add(toneText, " / ").add(toneKey, "n")
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
