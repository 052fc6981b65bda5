package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// funding is the form that adds funds: how much, of what, by which method.
type funding struct {
	form    form
	methods []ledger.MethodInfo
	idem    string // idempotency key of this deposit: however often it is sent, it is made once
}

// newFunding starts the form with the first account.
func newFunding(m *Model) *funding {
	f := &funding{idem: m.o.NewID()}
	f.form.fields = []field{{name: "Amount", most: 18}, {name: "Currency"}, {name: "Method"}}
	for _, c := range m.house.Currencies {
		f.form.fields[1].choices = append(f.form.fields[1].choices, string(c))
	}
	f.form.fields[1].turn(1)
	if len(m.home.Wallets) > 0 {
		f.form.fields[1].put(string(m.home.Wallets[0].Currency))
	}
	return f
}

func (*funding) crumb() string         { return "Add funds" }
func (*funding) typing() bool          { return true }
func (s *funding) hints(*Model) []hint { return formHints("next") }

func (s *funding) load(m *Model) tea.Cmd {
	return ask(m, "methods", func(ctx context.Context) ([]ledger.MethodInfo, error) {
		return m.svc.Methods(ctx, m.who)
	}, func(all []ledger.MethodInfo) tea.Cmd {
		s.methods = all
		s.settle()
		return nil
	})
}

// settle offers the methods that know the chosen currency, and tells the bounds of the chosen one.
func (s *funding) settle() {
	c, q := ledger.Currency(s.form.fields[1].value), &s.form.fields[2]
	q.choices = nil
	for _, m := range s.methods {
		if slices.Contains(m.Currencies, c) {
			q.choices = append(q.choices, clean(m.Name))
		}
	}
	if !slices.Contains(q.choices, q.value) {
		q.value = ""
		q.turn(1)
	}
	for _, m := range s.methods {
		if clean(m.Name) != q.value {
			continue
		}
		demo := ""
		if m.Simulated {
			demo = "\nSimulated: no real money moves."
		}
		q.help = m.Title + ". " + m.Help + demo
		s.form.fields[0].help = fmt.Sprintf("By %s from %s to %s.", strings.ToLower(m.Title), decimal(m.Min[c].Micros), money(in(m.Max[c], c)))
	}
	s.form.fields[1].help = "Each currency is an account of its own; they never mix."
}

func (s *funding) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	send, used := s.form.key(k)
	s.settle()
	if !send {
		return nil, used
	}
	micros, err := ledger.ParseMicros(s.form.text(0))
	if err != nil {
		s.form.at, s.form.fault = 0, misread(err)
		return nil, true
	}
	r := ledger.FundRequest{Amount: ledger.Amount{Micros: micros, Currency: ledger.Currency(s.form.fields[1].value)}, Method: s.form.fields[2].value, Key: s.idem}
	s.form.busy = true
	return ask(m, "fund", func(ctx context.Context) (found[ledger.DepositView], error) {
		return foundOr(m.svc.Fund(ctx, m.who, r))
	}, func(v found[ledger.DepositView]) tea.Cmd {
		s.form.busy = false
		if v.err != nil {
			s.form.fault = m.fault("fund", v.err)
			s.idem = m.keyAfter(s.form.fault, s.idem)
			return nil
		}
		if m.top() == screen(s) {
			m.become(&depositSheet{d: v.value, fresh: true})
		}
		return m.refresh()
	}), true
}

// keyAfter is the idempotency key of the next try: a refused request may be changed and is another one then; one whose
// outcome is unknown keeps its key.
func (m *Model) keyAfter(f *failure, key string) string {
	if f.code == "internal" || f.code == ledger.ErrUnavailable.Error() {
		return key
	}
	return m.o.NewID()
}

func (s *funding) draw(m *Model, width, height int) []row {
	out := []row{nil}
	if height < 14 {
		out = nil
	}
	out = append(out, heading("Add funds"), nil)
	if r := m.standing("methods", width); r != nil {
		return append(out, r...)
	}
	if len(s.methods) == 0 {
		return append(out, prose(toneText, width, "No way to add funds is open at the moment.")...)
	}
	return append(out, s.form.draw(width)...)
}
