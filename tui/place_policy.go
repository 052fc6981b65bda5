package tui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// policyPlace shows and changes what the operator has decided for all wallets. Each setting is explained beside its
// value, because the operator changes it once a year and does not remember it.
type policyPlace struct {
	list[view.Setting]
	acts   []view.StaffAct // the newest acts of staff, for who changed what
	form   *form
	edited view.Setting // the setting in the form
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
	return append(p.ofRows(hint{"enter", "change"}, hint{"j k", "move"}), hint{"q", "leave"})
}

// load fetches all settings, and beside them who changed them. A form that is open keeps what was typed.
func (p *policyPlace) load(m *Model) tea.Cmd {
	q := view.AuditQuery{Act: "policy", Paging: view.Paging{Limit: view.MaxRows}}
	return tea.Batch(
		fetch(m, "policy", own(m, m.svc.Policy), p.take),
		fetch(m, "policy acts", ownOf(m, m.svc.StaffLog, q),
			func(page view.Page[view.StaffAct]) tea.Cmd {
				p.acts = page.Data
				return nil
			}))
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
		p.edited = s
		value := textField(view.Clean(s.Name), view.Clean(s.Value), 0, sentence(s.Help))
		value.fact = s.Bounds
		value.check = func(text string) (fault, warning string) {
			switch text {
			case "":
				return "There is no value. Type one, or leave with esc.", ""
			case view.Clean(s.Value):
				if len(s.Asked) > 0 {
					return "", "Takes back what waits for a second operator."
				}
				return "That is the value already. Type another, or leave with esc.", ""
			}
			return "", "Holds for every wallet from the next request on."
		}
		p.form = &form{fields: []field{value}}
		return nil, true
	}
	return nil, false
}

// formKey asks with the value before and after. What is good for a setting is decided by the rules, so a wrong value
// comes back into the form with their words.
func (p *policyPlace) formKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &p.form, k); !send {
		return nil, used
	}
	f, s, value := p.form, p.edited, p.form.text(0)
	name := view.Clean(s.Name)
	return m.confirm(confirmation{
		question: "Set " + name + " to " + view.Clean(value) + " for every wallet?",
		why:      sentence(s.Help),
		changes:  []change{{name, view.Clean(s.Value), view.Clean(value), ""}},
		ends:     "You set it back here; what was sold meanwhile keeps its terms.",
		no:       "No, leave it at " + view.Clean(s.Value), yes: "Yes, set " + view.Clean(value),
		do: func(m *Model) tea.Cmd {
			return submit(m, f, "policy set", func(ctx context.Context) ([]view.Setting, error) {
				return m.svc.SetPolicy(ctx, m.who, s.Name, value)
			}, func(all []view.Setting) tea.Cmd {
				p.form = nil
				m.notify(toneGood, "✓ Set. It holds from the next request on.")
				p.replace(all)
				for _, now := range all {
					if now.Name == s.Name && len(now.Asked) > 0 && now.Value == s.Value {
						m.notify(toneWarn, "! Asked for. It holds once a second operator has asked for it.")
					}
				}
				return m.refresh()
			})
		},
	}), true
}

// draw shows the form instead of the list, so that the explanation of the setting has room. Else the chosen setting is
// below the list, on a wide terminal beside it.
func (p *policyPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("policy", width); l != nil {
		return l
	}
	if p.form != nil {
		out := append(topGap(height), heading("Change "+view.Clean(p.edited.Name)))
		out = append(out, topGap(height)...)
		return append(out, p.form.drawIn(width, height-len(out))...)
	}
	s, ok := p.selected()
	if !ok {
		return emptyPlace(width, height, "No settings", "What the operator decides for all wallets is here.")
	}
	rows := func(_ *Model, width, height int) []line {
		return table(view.SettingTable(p.all), &p.listCursor, width, height)
	}
	about := func(m *Model, width, _ int) []line { return p.about(m, s, width) }
	lines, below := 0, 1+max(5, len(p.about(m, s, width))) // the list has one height, whatever is chosen
	if height >= below+6 {
		lines = min(len(p.all)+1, height-below)
	}
	return m.beside(width, height, rows, about, lines)
}

// about is all that is known of a setting: what it means, what it takes, and who changed it last, as far as the newest
// acts of staff tell.
func (p *policyPlace) about(m *Model, s view.Setting, width int) []line {
	changed := ""
	for _, a := range p.acts { // the newest first
		if value, is := strings.CutPrefix(a.Note, s.Name+": "); is && a.Act == "policy set" {
			changed = m.format().Time(a.At) + " by " + view.Clean(a.Name) + ", to " + view.Clean(value)
			break
		}
	}
	value := lineOf(toneStrong, view.Clean(s.Value)).add(toneText, "  ")
	title := heading(view.Clean(s.Name))
	out := []line{title.cut(max(8, width-value.width()-2)).right(width, value)}
	waits := ""
	for _, a := range s.Asked {
		a.Again = "enter, or policy set " + s.Name + " " + a.Value
		waits = a.Words(m.format())
		break
	}
	return append(out, facts(factBlock{width: width}, []view.Fact{
		{Label: "Waits", Value: waits, Tone: view.Warn},
		{Label: "Meaning", Value: s.Help},
		{Label: "Takes", Value: s.Bounds},
		{Label: "Changed", Value: changed},
	})...)
}
