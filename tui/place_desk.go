package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// deskPlace is what waits for staff: disputes to decide, then offline deposits on their way. Both are what only a
// person can settle; everything else is done by rules, and there is nothing to see of it here.
type deskPlace struct {
	disputes []view.Dispute
	deposits []view.Deposit
	chosen   int // through both lists
	loads    int // lists that were fetched so far
}

func (*deskPlace) name() string  { return "desk" }
func (*deskPlace) crumb() string { return "Desk" }
func (*deskPlace) typing() bool  { return false }

// hints name the palette: what the desk does beside these two lists is done by commands.
func (*deskPlace) hints(*Model) []hint {
	return []hint{{"enter", "open"}, {"j k", "move"}, {":", "command"}, {"q", "leave"}}
}

// load makes two calls, so that a slow list does not hold the other back.
func (p *deskPlace) load(m *Model) tea.Cmd {
	disputes := fetch(m, "desk", func(ctx context.Context) ([]view.Dispute, error) {
		return m.svc.DeskDisputes(ctx, m.who)
	}, func(all []view.Dispute) tea.Cmd {
		p.replace(all, p.deposits)
		return nil
	})
	deposits := fetch(m, "desk deposits", func(ctx context.Context) ([]view.Deposit, error) {
		return m.svc.DeskDeposits(ctx, m.who)
	}, func(all []view.Deposit) tea.Cmd {
		p.replace(p.disputes, all)
		return nil
	})
	return tea.Batch(disputes, deposits)
}

// replace takes fresh lists; the selection stays on its line.
func (p *deskPlace) replace(disputes []view.Dispute, deposits []view.Deposit) {
	ids := func(disputes []view.Dispute, deposits []view.Deposit) []string {
		all := view.Map(disputes, func(d view.Dispute) string { return d.ID })
		return append(all, view.Map(deposits, func(d view.Deposit) string { return d.ID })...)
	}
	// The lists come one after the other. Before both were there, no line was chosen yet.
	if p.loads++; p.loads > 2 {
		before, after := ids(p.disputes, p.deposits), ids(disputes, deposits)
		p.chosen = keepSelection(before, after, p.chosen, func(id string) string { return id })
	}
	p.disputes, p.deposits = disputes, deposits
}

func (p *deskPlace) count() int { return len(p.disputes) + len(p.deposits) }

// key moves through both lists as if they were one, because they are read as one queue.
func (p *deskPlace) key(m *Model, k Key) (tea.Cmd, bool) {
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

// draw gives half of the height to the disputes, whose promises are counted in days, and the rest to the deposits.
func (p *deskPlace) draw(m *Model, width, height int) []line {
	for _, name := range []string{"desk", "desk deposits"} {
		if l := m.placeholder(name, width); l != nil {
			return l
		}
	}
	out := []line{heading(fmt.Sprintf("Disputes to decide (%d)", len(p.disputes)))}
	half := max(3, (height-3)/2)
	if len(p.disputes) == 0 {
		out = append(out, lineOf(toneFaint, "  None."))
	} else {
		at := p.chosen
		if at >= len(p.disputes) {
			at = noChoice
		}
		out = append(out, table(view.DisputeTable(p.disputes, m.format(), true), at, width, half)...)
	}
	out = append(out, nil, heading(fmt.Sprintf("Deposits on their way (%d)", len(p.deposits))))
	if len(p.deposits) == 0 {
		return append(out, lineOf(toneFaint, "  None."))
	}
	at := p.chosen - len(p.disputes)
	return append(out, table(view.DepositTable(p.deposits, m.format(), true), at, width, height-len(out))...)
}
