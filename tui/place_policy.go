package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// policyPlace shows and changes what the operator has decided for all wallets. Each setting is explained beside its
// value, because the operator changes it once a year and does not remember it.
type policyPlace struct {
	list[view.Setting]
	form   *form
	edited string // name of the setting in the form
}

// newPolicyPlace starts with an empty list; load fills it.
func newPolicyPlace() *policyPlace {
	return &policyPlace{list: list[view.Setting]{id: func(s view.Setting) string { return s.Name }}}
}

func (*policyPlace) name() string   { return "policy" }
func (*policyPlace) crumb() string  { return "Policy" }
func (p *policyPlace) typing() bool { return p.form != nil }

// hints are those of the form while one is open.
func (p *policyPlace) hints(*Model) []hint {
	if p.form != nil {
		return p.form.hints("set", "back")
	}
	return []hint{{"enter", "change"}, {"j k", "move"}, {"q", "leave"}}
}

// load fetches all settings. A form that is open keeps what was typed.
func (p *policyPlace) load(m *Model) tea.Cmd {
	return fetch(m, "policy", func(ctx context.Context) ([]view.Setting, error) {
		return m.svc.Policy(ctx, m.who)
	}, func(all []view.Setting) tea.Cmd {
		p.replace(all)
		return nil
	})
}

// key opens a form for the chosen setting, with its value in it.
func (p *policyPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if p.form != nil {
		return p.formKey(m, k)
	}
	if p.move(k.String()) {
		return nil, true
	}
	if s, ok := p.selected(); ok && k.String() == "enter" {
		p.edited = s.Name
		p.form = &form{fields: []field{textField(view.Clean(s.Name), view.Clean(s.Value), 0, s.Help)}}
		return nil, true
	}
	return nil, false
}

// formKey sends the value. What is good for a setting is decided by the rules, so a wrong value is shown with their
// words.
func (p *policyPlace) formKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &p.form, k); !send {
		return nil, used
	}
	name, value := p.edited, p.form.text(0)
	return submit(m, p.form, "policy set", func(ctx context.Context) ([]view.Setting, error) {
		return m.svc.SetPolicy(ctx, m.who, name, value)
	}, func(all []view.Setting) tea.Cmd {
		p.form = nil
		m.notify(toneGood, "Set. It holds from the next request on.")
		p.replace(all)
		return nil
	}), true
}

// draw shows the form instead of the list, so that the explanation of the setting has room.
func (p *policyPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("policy", width); l != nil {
		return l
	}
	if p.form != nil {
		return append([]line{nil, heading("Change a setting"), nil}, p.form.draw(width)...)
	}
	if len(p.all) == 0 {
		return []line{nil, lineOf(toneFaint, "  No settings.")}
	}
	return table(view.SettingTable(p.all), &p.listCursor, width, height)
}
