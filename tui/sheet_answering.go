package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// answering lists the requests that wait, and takes the code of one. Its letters are text: a code is typed.
type answering struct {
	form   form
	chosen int
	all    []ledger.Approval
}

func newAnswering() *answering {
	return &answering{form: form{fields: []field{{name: "Code", most: 12}}}}
}

func (*answering) crumb() string { return "Answer" }
func (*answering) typing() bool  { return true }

func (*answering) hints(*Model) []hint {
	return []hint{{"enter", "look at it"}, {"↑↓", "choose"}, {"esc", "back"}}
}

func (s *answering) load(m *Model) tea.Cmd {
	return ask(m, "pending", func(ctx context.Context) ([]ledger.Approval, error) {
		return m.svc.Pending(ctx, m.who)
	}, func(all []ledger.Approval) tea.Cmd {
		s.chosen = stay(s.all, all, s.chosen, func(a ledger.Approval) string { return a.Code })
		s.all = all
		return nil
	})
}

func (s *answering) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	switch k.String() {
	case "up", "down":
		return nil, move(&s.chosen, len(s.all), k.String())
	case "enter":
		text := code(s.form.text(0))
		if text == "" && s.chosen < len(s.all) {
			text = s.all[s.chosen].Code
		}
		if text == "" {
			s.form.fault = &failure{"There is no code.", "Type the one that the shop shows you.", ledger.ErrInvalid.Error()}
			return nil, true
		}
		return s.find(m, text), true
	}
	_, used := s.form.key(k)
	return nil, used
}

// find looks a request up by its code, and opens it.
func (s *answering) find(m *Model, text string) tea.Cmd {
	s.form.fault = nil
	return ask(m, "approval", func(ctx context.Context) (found[ledger.Approval], error) {
		a, err := m.svc.Approval(ctx, m.who, text)
		return foundOr(a, err)
	}, func(v found[ledger.Approval]) tea.Cmd {
		if v.err != nil {
			s.form.fault = m.fault("approval", v.err)
			return nil
		}
		if m.top() != screen(s) {
			return nil
		}
		s.form.fields[0].value = ""
		return tea.Batch(m.open(&approvalSheet{a: v.value}), m.deafen(deafFor))
	})
}

func (s *answering) draw(m *Model, width, height int) []row {
	var out []row
	if height >= 16 {
		out = append(out, nil)
		out = append(out, prose(toneText, width, "Type the code that the shop shows you, or choose a request.")...)
		out = append(out, nil)
	}
	out = append(append(out, s.form.draw(width)...), nil)
	if r := m.standing("pending", width); r != nil {
		return append(out, r...)
	}
	if len(s.all) == 0 {
		return append(out, prose(toneFaint, width, "Nothing waits for your answer.")...)
	}
	ranks := []rank{{title: "Code"}, {title: "Vendor", drop: 1}, {title: "For", elastic: true, drop: 3}, {title: "Left", right: true, drop: 4}, {title: "Price", right: true}}
	var cells [][]cell
	for _, a := range s.all {
		cells = append(cells, []cell{{a.Code, toneStrong}, {a.Vendor, toneText}, {what(a), toneText}, {timeLeft(a.Expires.Sub(m.now())), toneFaint}, {askedPrice(a), toneText}})
	}
	return append(out, grid(ranks, cells, s.chosen, width, height-len(out))...)
}

// found is an answer that may be a refusal that its own form shows.
type found[T any] struct {
	value T
	err   error
}

// foundOr keeps an error with its question.
func foundOr[T any](v T, err error) (found[T], error) { //nolint:unparam // it ends a question, which answers both
	return found[T]{v, err}, nil
}
