package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// limitsPlace shows every bound and how much of it is used.
type limitsPlace struct {
	all    []ledger.LimitView
	chosen int
}

func (*limitsPlace) crumb() string { return "Limits" }
func (*limitsPlace) typing() bool  { return false }

func (*limitsPlace) hints(*Model) []hint {
	return []hint{{"enter", "change"}, {"j k", "move"}, {"q", "leave"}}
}

func (p *limitsPlace) load(m *Model) tea.Cmd {
	return ask(m, "limits", func(ctx context.Context) ([]ledger.LimitView, error) {
		return m.svc.Limits(ctx, m.who)
	}, func(all []ledger.LimitView) tea.Cmd {
		p.chosen = stay(p.all, all, p.chosen, func(l ledger.LimitView) string { return l.Vendor + string(l.Currency) + l.Period })
		p.all = all
		return nil
	})
}

func (p *limitsPlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if move(&p.chosen, len(p.all), k.String()) {
		return nil, true
	}
	if name := k.String(); (name == "enter" || name == "e") && p.chosen < len(p.all) {
		return m.open(newLimitSheet(p.all[p.chosen])), true
	}
	return nil, false
}

func (p *limitsPlace) draw(m *Model, width, height int) []row {
	if r := m.standing("limits", width); r != nil {
		return r
	}
	if len(p.all) == 0 {
		return append([]row{nil}, prose(toneFaint, width, "No limits yet: they come with your first account. Press f to add funds.")...)
	}
	var all []row
	at := 0
	owner := ""
	for i, l := range p.all {
		name := string(l.Currency) + ", all vendors"
		if l.Vendor != "" {
			name = clean(l.Vendor) + ", " + string(l.Currency)
		}
		if name != owner {
			if owner != "" && height >= 16 {
				all = append(all, nil)
			}
			owner = name
			all = append(all, heading(name))
		}
		r := limitRow(l, width)
		if reset := when(l.ResetsAt, m.now(), m.zone); reset != "" && l.Used.Micros != 0 {
			r = r.right(width, say(toneFaint, "frees "+reset+"  "))
		}
		if i == p.chosen {
			at = len(all)
			r = append(row{{"> ", toneChosen}, {r[0].text[2:], toneChosen}}, r[1:]...)
		}
		all = append(all, r)
	}
	from, to := sight(len(all), at, height)
	return all[from:to]
}

// limitSheet changes one bound.
type limitSheet struct {
	l    ledger.LimitView
	form form
}

func newLimitSheet(l ledger.LimitView) *limitSheet {
	value := "none"
	if !l.None {
		value = decimal(l.Max.Micros)
	}
	return &limitSheet{l: l, form: form{fields: []field{{
		name: "At most", value: value, most: 18,
		help: "An amount such as 5 or 0.25, or none for no bound. ctrl+u empties the field.",
	}}}}
}

func (*limitSheet) crumb() string       { return "Change" }
func (*limitSheet) typing() bool        { return true }
func (*limitSheet) load(*Model) tea.Cmd { return nil }
func (*limitSheet) hints(*Model) []hint { return formHints("set") }

func (s *limitSheet) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	send, used := s.form.key(k)
	if !send {
		return nil, used
	}
	micros, fault := boundOf(s.form.text(0))
	if s.form.text(0) == "" {
		fault = &failure{"The bound is missing.", "Type an amount, or none.", ledger.ErrInvalid.Error()}
	}
	if fault != nil {
		s.form.fault = fault
		return nil, true
	}
	c := ledger.LimitChange{Currency: s.l.Currency, Vendor: s.l.Vendor, Period: s.l.Period, Max: micros}
	s.form.busy = true
	return ask(m, "limit", func(ctx context.Context) (found[string], error) {
		_, warning, err := m.svc.SetLimit(ctx, m.who, c)
		return foundOr(warning, err)
	}, func(v found[string]) tea.Cmd {
		s.form.busy = false
		if v.err != nil {
			s.form.fault = m.fault("limit", v.err)
			return nil
		}
		cmd := m.close()
		m.tell(toneGood, fmt.Sprintf("Set: %s a %s.", boundWord(micros), s.l.Period))
		if v.value != "" {
			m.tell(toneWarn, v.value)
		}
		return cmd
	}), true
}

func (s *limitSheet) draw(_ *Model, width, height int) []row {
	whose := "for all vendors"
	if s.l.Vendor != "" {
		whose = "at " + clean(s.l.Vendor)
	}
	out := []row{nil, say(toneStrong, "  Limit a "+clean(s.l.Period)).and(toneText, " in "+string(s.l.Currency)+" "+whose), nil}
	if s.l.Period != "purchase" {
		out = append(out, append(say(toneFaint, "  used "), append(bar(s.l.Used.Micros, s.l.Max.Micros, 20), span{"  " + money(in(s.l.Used, s.l.Currency)), toneText})...), nil)
	}
	if height < 12 {
		out = out[1:]
	}
	return append(out, s.form.draw(width)...)
}
