package tui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// listPage is how many entries one call fetches.
const listPage = 50

// accountsPlace shows the balances and the deposits with their states: where the money is, and what of it is still
// on its way.
type accountsPlace struct{ list[view.Deposit] }

// depositColumns are those of all sessions.
var depositColumns = view.DepositTable(nil, view.Format{}, false).Columns

// newAccountsPlace starts with an empty list; load fills it. The balances have no selection: there is nothing to do
// with them.
func newAccountsPlace() *accountsPlace {
	id := func(d view.Deposit) string { return d.ID }
	return &accountsPlace{list[view.Deposit]{
		id: id, copies: id, worth: func(d view.Deposit) ledger.Amount { return d.Amount },
		open:    func(_ *Model, d view.Deposit) screen { return &depositSheet{d: d} },
		columns: depositColumns, arrangement: arrangement{usual: "-created"},
	}}
}

func (*accountsPlace) name() string  { return "accounts" }
func (*accountsPlace) crumb() string { return "Accounts" }

// hints name f first: a person who comes here wants to add funds more often than to look at a deposit.
func (p *accountsPlace) hints(m *Model) []hint {
	all := []hint{{"f", "add funds"}}
	if m.exchanges() {
		all = append(all, hint{"x", "exchange"})
	}
	all = append(all, p.ofRows(hint{"enter", "open"})...)
	return append(append(all, p.listHints()...), hint{"q", "leave"})
}

// load fetches the newest deposits. The balances above them come with the overview, which the frame fetches.
func (p *accountsPlace) load(m *Model) tea.Cmd {
	return fetch(m, "accounts", func(ctx context.Context) ([]view.Deposit, error) {
		return m.svc.Deposits(ctx, m.who, view.Paging{Limit: listPage})
	}, p.take)
}

// key exchanges, beside what every list does.
func (p *accountsPlace) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "x" && !p.typing() && m.exchanges() {
		return m.open(newExchangeSheet(m)), true
	}
	return p.list.key(m, k)
}

// exchanges tells whether there is another currency to exchange for, and something to exchange.
func (m *Model) exchanges() bool {
	return len(m.house.Currencies) > 1 && slices.ContainsFunc(m.home.Wallets, func(w view.Wallet) bool {
		return w.Available.Micros > 0
	})
}

// creditTone is that of a line about an account that pays later.
func creditTone(c view.Credit) tone {
	switch {
	case c.Overdue:
		return toneBad
	case !c.Due.IsZero():
		return toneWarn
	}
	return toneFaint
}

// draw gives the balances the lines that they need, and the deposits the rest. On a low terminal the empty line at
// the top and the sentence about the demonstration go first; the badge in the head line always says it.
func (p *accountsPlace) draw(m *Model, width, height int) []line {
	if l := m.placeholder("home", width); l != nil {
		return l
	}
	out := append(topGap(height), balances(m.home.Wallets, width)...)
	for _, w := range m.home.Wallets {
		if w.Credit != nil {
			out = append(out, paragraph(creditTone(*w.Credit), width, w.Credit.Words(m.format()))...)
		}
		for _, text := range w.OnItsWay(m.format()) {
			out = append(out, paragraph(toneFaint, width, text)...)
		}
		if text := w.AtRisk(m.format()); text != "" && height >= 14 {
			out = append(out, paragraph(toneFaint, width, text)...)
		}
	}
	if m.house.Simulated && height >= 10 {
		out = append(out, nil)
		out = append(out, paragraph(toneFaint, width, "Demo: payment methods are simulated, no real money moves.")...)
	}
	out = append(out, nil, heading("Deposits"))
	if l := m.placeholder("accounts", width); l != nil {
		return append(out, l...)
	}
	if len(p.all) == 0 {
		return append(out, paragraph(toneFaint, width, "No deposits yet. Press f to add funds.")...)
	}
	t := view.DepositTable(p.all, m.format(), false)
	return append(out, p.rows(t).draw(&p.listCursor, width, height-len(out))...)
}
