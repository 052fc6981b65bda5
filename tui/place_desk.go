package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// deskPlace is what waits for staff: disputes to decide, then offline deposits on their way.
type deskPlace struct {
	disputes []ledger.DisputeView
	deposits []ledger.DepositView
	chosen   int // through both lists
	took     int // answers so far
}

func (*deskPlace) crumb() string { return "Desk" }
func (*deskPlace) typing() bool  { return false }

func (*deskPlace) hints(*Model) []hint {
	return []hint{{"enter", "open"}, {"j k", "move"}, {":", "command"}, {"q", "leave"}}
}

func (p *deskPlace) load(m *Model) tea.Cmd {
	disputes := ask(m, "desk", func(ctx context.Context) ([]ledger.DisputeView, error) {
		return m.svc.DeskDisputes(ctx, m.who)
	}, func(all []ledger.DisputeView) tea.Cmd {
		p.take(all, p.deposits)
		return nil
	})
	deposits := ask(m, "desk deposits", func(ctx context.Context) ([]ledger.DepositView, error) {
		return m.svc.DeskDeposits(ctx, m.who)
	}, func(all []ledger.DepositView) tea.Cmd {
		p.take(p.disputes, all)
		return nil
	})
	return tea.Batch(disputes, deposits)
}

// take replaces both lists; the selection stays on its row.
func (p *deskPlace) take(disputes []ledger.DisputeView, deposits []ledger.DepositView) {
	ids := func(disputes []ledger.DisputeView, deposits []ledger.DepositView) []string {
		all := wire(disputes, func(d ledger.DisputeView) string { return d.ID })
		return append(all, wire(deposits, func(d ledger.DepositView) string { return d.ID })...)
	}
	if p.took++; p.took > 2 { // before that the lists come one after the other, and nobody has chosen yet
		p.chosen = stay(ids(p.disputes, p.deposits), ids(disputes, deposits), p.chosen, func(id string) string { return id })
	}
	p.disputes, p.deposits = disputes, deposits
}

func (p *deskPlace) count() int { return len(p.disputes) + len(p.deposits) }

func (p *deskPlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if move(&p.chosen, p.count(), k.String()) {
		return nil, true
	}
	if k.String() != "enter" || p.chosen >= p.count() {
		return nil, false
	}
	if p.chosen < len(p.disputes) {
		return m.open(&disputeSheet{d: p.disputes[p.chosen], staff: true}), true
	}
	return m.open(&stepSheet{d: p.deposits[p.chosen-len(p.disputes)]}), true
}

func (p *deskPlace) draw(m *Model, width, height int) []row {
	for _, slot := range []string{"desk", "desk deposits"} {
		if r := m.standing(slot, width); r != nil {
			return r
		}
	}
	out := []row{heading(fmt.Sprintf("Disputes to decide (%d)", len(p.disputes)))}
	half := max(3, (height-3)/2)
	if len(p.disputes) == 0 {
		out = append(out, say(toneFaint, "  None."))
	} else {
		at := p.chosen
		if at >= len(p.disputes) {
			at = -1
		}
		out = append(out, disputeGrid(m, p.disputes, at, width, half)...)
	}
	out = append(out, nil, heading(fmt.Sprintf("Deposits on their way (%d)", len(p.deposits))))
	if len(p.deposits) == 0 {
		return append(out, say(toneFaint, "  None."))
	}
	return append(out, depositGrid(m, p.deposits, p.chosen-len(p.disputes), width, height-len(out), true)...)
}

// stepSheet moves an offline deposit on. The amount is typed again: it must be what was announced.
type stepSheet struct {
	d    ledger.DepositView
	form *form
	step string
}

func (*stepSheet) crumb() string       { return "Deposit" }
func (s *stepSheet) typing() bool      { return s.form != nil }
func (*stepSheet) load(*Model) tea.Cmd { return nil }

func (s *stepSheet) hints(*Model) []hint {
	if s.form != nil {
		return formHints("confirm")
	}
	return []hint{{"e", "received"}, {"c", "cleared"}, {"b", "bounced"}, {"esc", "back"}}
}

func (s *stepSheet) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if s.form != nil {
		return s.confirmKey(m, k)
	}
	step := map[string]string{"e": "received", "c": "cleared", "b": "bounced"}[k.String()]
	if step == "" {
		return nil, false
	}
	s.step = step
	s.form = &form{fields: []field{{name: "Amount on it", most: 18, help: "In " + string(s.d.Amount.Currency) + ". It must be what was announced. Enter confirms."}}}
	return nil, true
}

func (s *stepSheet) confirmKey(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "esc" {
		s.form = nil
		return nil, true
	}
	send, used := s.form.key(k)
	if !send {
		return nil, used
	}
	f := s.form
	micros, err := ledger.ParseMicros(f.text(0))
	if err != nil {
		f.fault = misread(err)
		return nil, true
	}
	f.busy = true
	amount, step := ledger.Amount{Micros: micros, Currency: s.d.Amount.Currency}, s.step
	return ask(m, "step", func(ctx context.Context) (found[ledger.DepositView], error) {
		return foundOr(m.svc.Step(ctx, m.who, s.d.Reference, step, amount))
	}, func(v found[ledger.DepositView]) tea.Cmd {
		f.busy = false
		if v.err != nil {
			f.fault = m.fault("step", v.err)
			return nil
		}
		s.d, s.form = v.value, nil
		m.tell(toneGood, "Now "+stateWord(string(v.value.State))+".")
		return m.refresh()
	}), true
}

func (s *stepSheet) draw(m *Model, width, _ int) []row {
	var out []row
	if s.form != nil {
		out = append(out, nil, say(toneWarn, "  "+clean(s.d.Reference)+" is "+s.step), nil)
		out = append(out, s.form.draw(width)...)
	}
	return append(append(out, nil), depositRows(m, s.d, width)...)
}
