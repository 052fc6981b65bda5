package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// listPage is how many rows one question fetches.
const listPage = 50

// accountsPlace shows the balances and the deposits with their states.
type accountsPlace struct {
	deposits []ledger.DepositView
	chosen   int
}

func (*accountsPlace) crumb() string { return "Accounts" }
func (*accountsPlace) typing() bool  { return false }

func (*accountsPlace) hints(*Model) []hint {
	return []hint{{"f", "add funds"}, {"enter", "open"}, {"j k", "move"}, {"q", "leave"}}
}

func (p *accountsPlace) load(m *Model) tea.Cmd {
	return ask(m, "deposits", func(ctx context.Context) ([]ledger.DepositView, error) {
		return m.svc.Deposits(ctx, m.who, ledger.Page{Limit: listPage})
	}, func(all []ledger.DepositView) tea.Cmd {
		p.chosen = stay(p.deposits, all, p.chosen, func(d ledger.DepositView) string { return d.ID })
		p.deposits = all
		return nil
	})
}

func (p *accountsPlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if move(&p.chosen, len(p.deposits), k.String()) {
		return nil, true
	}
	if k.String() == "enter" && p.chosen < len(p.deposits) {
		return m.open(&depositSheet{d: p.deposits[p.chosen]}), true
	}
	return nil, false
}

func (p *accountsPlace) draw(m *Model, width, height int) []row {
	if r := m.standing("home", width); r != nil {
		return r
	}
	var out []row
	if height >= 16 {
		out = append(out, nil)
	}
	out = append(out, balances(m.home.Wallets, width)...)
	if m.house.Simulated && height >= 10 {
		out = append(out, nil)
		out = append(out, prose(toneFaint, width, "Demo: payment methods are simulated, no real money moves.")...)
	}
	out = append(out, nil, heading("Deposits"))
	if r := m.standing("deposits", width); r != nil {
		return append(out, r...)
	}
	if len(p.deposits) == 0 {
		return append(out, prose(toneFaint, width, "No deposits yet. Press f to add funds.")...)
	}
	return append(out, depositGrid(m, p.deposits, p.chosen, width, height-len(out), false)...)
}

// depositGrid draws deposits; staff sees whose they are.
func depositGrid(m *Model, all []ledger.DepositView, chosen, width, height int, staff bool) []row {
	ranks := []rank{{title: "When", drop: 5}, {title: "Method", elastic: true}, {title: "Reference", drop: 3}, {title: "State", drop: 1}, {title: "Amount", right: true}}
	if staff {
		ranks[1] = rank{title: "Wallet", elastic: true}
	}
	cells := make([][]cell, len(all))
	for i, d := range all {
		who := d.Method
		if staff {
			who = d.Handle
		}
		cells[i] = []cell{
			{when(d.Created, m.now(), m.zone), toneFaint},
			{who, toneText},
			{d.Reference, toneText},
			{stateWord(string(d.State)), stateTone(string(d.State))},
			{money(d.Amount), toneText},
		}
	}
	return grid(ranks, cells, chosen, width, height)
}

// depositSheet is one deposit with what the payer has to do now.
type depositSheet struct {
	d     ledger.DepositView
	fresh bool // it was just made
}

func (*depositSheet) crumb() string { return "Deposit" }
func (*depositSheet) typing() bool  { return false }

// load asks how the deposit stands: a check that is cleared meanwhile says so under the eyes of who sent it.
func (s *depositSheet) load(m *Model) tea.Cmd {
	return ask(m, "deposit", func(ctx context.Context) (found[ledger.Detail], error) {
		return foundOr(m.svc.Show(ctx, m.who, s.d.ID))
	}, func(v found[ledger.Detail]) tea.Cmd {
		if v.err == nil && v.value.Deposit != nil {
			s.d = *v.value.Deposit
		}
		return nil
	})
}

func (*depositSheet) hints(*Model) []hint { return []hint{{"enter", "done"}, {"esc", "back"}} }

func (*depositSheet) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "enter" {
		return m.close(), true
	}
	return nil, false
}

func (s *depositSheet) draw(m *Model, width, height int) []row {
	var out []row
	if height >= 14 {
		out = append(out, nil)
	}
	if s.fresh {
		t, text := toneWarn, "  On its way."
		if s.d.State == ledger.DepositAwaiting {
			text = "  Announced. The tokens come when you have done what is written below."
		}
		if s.d.State == ledger.DepositSucceeded || s.d.State == ledger.DepositSettled || s.d.State == ledger.DepositCleared {
			t, text = toneGood, "  Done. The tokens are in your account."
		}
		out = append(out, say(t, text), nil)
	}
	return append(out, depositRows(m, s.d, width)...)
}

// expiry is when a deposit ends if nobody goes on with it; zero if it cannot end so any more.
func expiry(d ledger.DepositView) time.Time {
	if d.State == ledger.DepositAwaiting {
		return d.Expires
	}
	return time.Time{}
}

// depositRows are the facts of a deposit.
func depositRows(m *Model, d ledger.DepositView, width int) []row {
	fee, demo := "", ""
	if d.Fee.Micros != 0 {
		fee = money(in(d.Fee, d.Amount.Currency))
	}
	if d.Simulated {
		demo = "simulated, no real money"
	}
	out := pairs(width, fact{"Amount", money(d.Amount)}, fact{"Method", d.Method}, fact{"Fee", fee}, fact{"State", stateWord(string(d.State))},
		fact{"Why", d.Reason}, fact{"Reference", d.Reference}, fact{"Wallet", d.Handle}, fact{"Made", when(d.Created, m.now(), m.zone)},
		fact{"Expires", when(expiry(d), m.now(), m.zone)}, fact{"Id", d.ID}, fact{"Demo", demo})
	if len(d.Steps) > 0 {
		out = append(out, nil, heading("What to do"))
		for _, s := range d.Steps {
			out = append(out, prose(toneText, width, "- "+s)...)
		}
	}
	return out
}
