package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// vendorsPlace lists the vendors that the wallet knows.
type vendorsPlace struct {
	all    []ledger.LinkView
	chosen int
	end    string // vendor whose link is to be ended
	block  bool   // … and which is to be blocked
}

func (*vendorsPlace) crumb() string { return "Vendors" }
func (*vendorsPlace) typing() bool  { return false }

func (p *vendorsPlace) hints(*Model) []hint {
	if p.end != "" {
		return []hint{{"y", "yes"}, {"n", "no"}}
	}
	return []hint{{"enter", "look"}, {"l", "link"}, {"u", "unlink"}, {"b", "block"}, {"o", "site"}, {"q", "leave"}}
}

func (p *vendorsPlace) load(m *Model) tea.Cmd {
	return ask(m, "vendors", func(ctx context.Context) ([]ledger.LinkView, error) {
		return m.svc.Vendors(ctx, m.who)
	}, func(all []ledger.LinkView) tea.Cmd {
		p.chosen = stay(p.all, all, p.chosen, func(l ledger.LinkView) string { return l.Vendor + string(l.Currency) })
		p.all = all
		return nil
	})
}

func (p *vendorsPlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	name := k.String()
	if p.end != "" {
		vendor, block := p.end, p.block
		p.end = ""
		if name == "y" {
			return p.unlink(m, vendor, block), true
		}
		return nil, true
	}
	if move(&p.chosen, len(p.all), name) {
		return nil, true
	}
	if p.chosen >= len(p.all) {
		return nil, false
	}
	l := p.all[p.chosen]
	switch name {
	case "enter", "o":
		return m.open(&vendorSheet{l}), true
	case "l":
		return tea.Batch(m.open(newLinking(m, l)), m.deafen(deafFor)), true
	case "u", "b":
		p.end, p.block = l.Vendor, name == "b"
		return nil, true
	}
	return nil, false
}

func (p *vendorsPlace) unlink(m *Model, vendor string, block bool) tea.Cmd {
	return ask(m, "unlink", func(ctx context.Context) (found[ledger.LinkView], error) {
		return foundOr(m.svc.Unlink(ctx, m.who, vendor, block))
	}, func(v found[ledger.LinkView]) tea.Cmd {
		if v.err != nil {
			f := m.fault("unlink", v.err)
			m.tell(toneBad, f.detail+" "+f.remedy)
			return nil
		}
		m.tell(toneGood, "Done: "+clean(v.value.Vendor)+" "+linkWord(v.value.Status)+".")
		return m.refresh()
	})
}

func (p *vendorsPlace) draw(m *Model, width, height int) []row {
	if r := m.standing("vendors", width); r != nil {
		return r
	}
	if len(p.all) == 0 {
		return append([]row{nil}, prose(toneFaint, width, "Vendors appear here with your first purchase at them.")...)
	}
	ranks := []rank{{title: "Vendor"}, {title: "Site", elastic: true, drop: 3}, {title: "Status"}, {title: "Bought", right: true, drop: 5}, {title: "Spent", right: true, drop: 1}}
	cells := make([][]cell, len(p.all))
	for i, l := range p.all {
		site := l.Site
		if site == "" {
			site = "not verified"
		}
		cells[i] = []cell{{l.Vendor, toneText}, {site, toneFaint}, {stateWord(l.Status), stateTone(l.Status)}, {fmt.Sprint(l.Count), toneText}, {money(in(l.Spent, l.Currency)), toneText}}
	}
	room := height
	if p.end != "" {
		room = max(2, height-3)
	}
	out := grid(ranks, cells, p.chosen, width, room)
	if p.end != "" {
		text := "End the standing permission of " + clean(p.end) + "? Bought content stays."
		if p.block {
			text = "Block " + clean(p.end) + "? Every later request of it is refused."
		}
		return append(append(out, nil), say(toneWarn, "  "+text).and(toneKey, "  y").and(toneText, " / ").and(toneKey, "n"))
	}
	if height >= 14 {
		l := p.all[min(p.chosen, len(p.all)-1)]
		out = append(out, nil)
		out = append(out, linkRows(m, l, width)...)
	}
	return out
}

// linkRows are the facts of a vendor that the wallet knows.
func linkRows(m *Model, l ledger.LinkView, width int) []row {
	site := l.Site
	if site == "" {
		site = "no verified site"
	}
	out := []row{say(toneStrong, "  "+clean(l.Title))}
	out = append(out, pairs(width, fact{"Site", site}, fact{"It", linkWord(l.Status)}, fact{"Bought", plural(l.Count, "purchase")},
		fact{"Spent", money(in(l.Spent, l.Currency))},
		fact{"Since", when(l.Created, m.now(), m.zone)}, fact{"Until", when(l.Expires, m.now(), m.zone)})...)
	for _, v := range l.Limits {
		if !v.None {
			out = append(out, limitRow(v, width))
		}
	}
	return out
}

// linkWord tells what a vendor may do.
func linkWord(status string) string {
	switch status {
	case "active":
		return "charges without asking, inside its bounds"
	case "blocked":
		return "is refused"
	}
	return "asks each time"
}

// vendorSheet is one vendor with the address of its site. The terminal opens nothing: the person does.
type vendorSheet struct{ l ledger.LinkView }

func (*vendorSheet) crumb() string                          { return "Vendor" }
func (*vendorSheet) typing() bool                           { return false }
func (*vendorSheet) load(*Model) tea.Cmd                    { return nil }
func (*vendorSheet) key(*Model, tea.KeyMsg) (tea.Cmd, bool) { return nil, false }
func (*vendorSheet) hints(*Model) []hint                    { return []hint{{"esc", "back"}} }
func (s *vendorSheet) draw(m *Model, width, height int) []row {
	out := append([]row{nil}, linkRows(m, s.l, width)...)
	if s.l.Site == "" {
		return out
	}
	return append(out, nil, say(toneFaint, "  To open the site, select this address:"), say(toneKey, "  "+clean(s.l.Site)))
}

// linking gives a vendor a standing permission inside bounds.
type linking struct {
	l    ledger.LinkView
	form form
}

func newLinking(m *Model, l ledger.LinkView) *linking {
	s := &linking{l: l}
	have := map[string]string{"purchase": decimal(max(0, m.house.Limits.PerPurchase)), "day": "none", "week": "none", "month": "none", "total": "none"}
	for _, v := range l.Limits {
		have[v.Period] = decimal(v.Max.Micros)
		if v.None {
			have[v.Period] = "none"
		}
	}
	for _, q := range []struct{ name, period string }{{"Per purchase", "purchase"}, {"A day", "day"}, {"A week", "week"}, {"A month", "month"}, {"In total", "total"}} {
		s.form.fields = append(s.form.fields, field{
			name: q.name, value: have[q.period], most: 18,
			help: "In " + string(l.Currency) + ", or none. Inside these bounds the vendor charges without asking.",
		})
	}
	return s
}

func (*linking) crumb() string       { return "Link" }
func (*linking) typing() bool        { return true }
func (*linking) load(*Model) tea.Cmd { return nil }
func (*linking) hints(*Model) []hint { return formHints("next, link") }

func (s *linking) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	send, used := s.form.key(k)
	if !send {
		return nil, used
	}
	r := ledger.LinkRequest{Vendor: s.l.Vendor, Currency: s.l.Currency}
	for i, to := range []*int64{&r.Limits.PerPurchase, &r.Limits.PerDay, &r.Limits.PerWeek, &r.Limits.PerMonth, &r.Total} {
		micros, fault := allowanceOf(s.form.text(i))
		if fault != nil {
			s.form.at, s.form.fault = i, fault
			return nil, true
		}
		*to = micros
	}
	s.form.busy = true
	return ask(m, "link", func(ctx context.Context) (found[ledger.LinkView], error) {
		return foundOr(m.svc.Link(ctx, m.who, r))
	}, func(v found[ledger.LinkView]) tea.Cmd {
		s.form.busy = false
		if v.err != nil {
			s.form.fault = m.fault("link", v.err)
			return nil
		}
		cmd := m.close()
		m.tell(toneGood, clean(v.value.Vendor)+" is linked.")
		return cmd
	}), true
}

func (s *linking) draw(_ *Model, width, height int) []row {
	out := []row{nil, say(toneStrong, "  Let "+clean(s.l.Title)+" charge without asking"), nil}
	if height < 12 {
		out = out[1:2]
	}
	return append(out, s.form.draw(width)...)
}
