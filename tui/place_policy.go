package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// policyPlace shows and changes the settings of the house.
type policyPlace struct {
	all    []ledger.PolicyLine
	chosen int
	form   *form
	name   string // of the setting in the form
}

func (*policyPlace) crumb() string  { return "Policy" }
func (p *policyPlace) typing() bool { return p.form != nil }

func (p *policyPlace) hints(*Model) []hint {
	if p.form != nil {
		return formHints("set")
	}
	return []hint{{"enter", "change"}, {"j k", "move"}, {"q", "leave"}}
}

func (p *policyPlace) load(m *Model) tea.Cmd {
	return ask(m, "policy", func(ctx context.Context) ([]ledger.PolicyLine, error) {
		return m.svc.Policy(ctx, m.who)
	}, p.take)
}

func (p *policyPlace) take(all []ledger.PolicyLine) tea.Cmd {
	p.all, p.chosen = all, max(0, min(p.chosen, len(all)-1))
	return nil
}

func (p *policyPlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if p.form != nil {
		return p.formKey(m, k)
	}
	if move(&p.chosen, len(p.all), k.String()) {
		return nil, true
	}
	if k.String() == "enter" && p.chosen < len(p.all) {
		l := p.all[p.chosen]
		p.name = l.Name
		p.form = &form{fields: []field{{name: clean(l.Name), value: clean(l.Value), help: l.Help}}}
		return nil, true
	}
	return nil, false
}

func (p *policyPlace) formKey(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "esc" {
		p.form = nil
		return nil, true
	}
	send, used := p.form.key(k)
	if !send {
		return nil, used
	}
	f, name, value := p.form, p.name, p.form.text(0)
	f.busy = true
	return ask(m, "policy set", func(ctx context.Context) (found[[]ledger.PolicyLine], error) {
		return foundOr(m.svc.SetPolicy(ctx, m.who, name, value))
	}, func(v found[[]ledger.PolicyLine]) tea.Cmd {
		f.busy = false
		if v.err != nil {
			f.fault = m.fault("policy set", v.err)
			return nil
		}
		p.form = nil
		m.tell(toneGood, "Set. It holds from the next request on.")
		return p.take(v.value)
	}), true
}

func (p *policyPlace) draw(m *Model, width, height int) []row {
	if r := m.standing("policy", width); r != nil {
		return r
	}
	if p.form != nil {
		return append([]row{nil, heading("Change a setting"), nil}, p.form.draw(width)...)
	}
	if len(p.all) == 0 {
		return []row{nil, say(toneFaint, "  No settings.")}
	}
	ranks := []rank{{title: "Setting"}, {title: "Value", right: true}, {title: "What it is", elastic: true, drop: 1}}
	cells := make([][]cell, len(p.all))
	for i, l := range p.all {
		cells[i] = []cell{{l.Name, toneText}, {l.Value, toneStrong}, {l.Help, toneFaint}}
	}
	return grid(ranks, cells, p.chosen, width, height)
}
