package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// fundSheet is the form that adds funds: how much, of what, by which method. Methods differ by currency, so the
// choices of one question depend on the answer to another.
type fundSheet struct {
	form    form
	methods []view.Method
	idem    string // idempotency key of this deposit: however often it is sent, it is made once
}

// Fields of fundSheet.
const (
	fundAmount = iota
	fundCurrency
	fundMethod
)

// newFundSheet starts the form with the first account.
func newFundSheet(m *Model) *fundSheet {
	codes := view.Map(m.house.Currencies, func(c ledger.Currency) string { return string(c) })
	s := &fundSheet{idem: m.o.NewID(), form: form{fields: []field{
		textInput("fund", "AMOUNT", "", amountLength, ""),
		choiceInput("fund", "CURRENCY", "Each currency is an account of its own; they never mix.", codes...),
		choiceInput("fund", "--method", ""),
	}}}
	if len(m.home.Wallets) > 0 {
		s.form.fields[fundCurrency].begin(string(m.home.Wallets[0].Currency))
	}
	return s
}

func (*fundSheet) name() string        { return "fund" }
func (*fundSheet) crumb() string       { return "Add funds" }
func (*fundSheet) typing() bool        { return true }
func (*fundSheet) hints(*Model) []hint { return formHints("next, add") }

// load fetches the methods. They may change while the form is open, and what was chosen stays if it still exists.
func (s *fundSheet) load(m *Model) tea.Cmd {
	return fetch(m, "methods", func(ctx context.Context) ([]view.Method, error) {
		return m.svc.Methods(ctx, m.who)
	}, func(all []view.Method) tea.Cmd {
		s.methods = all
		s.offerMethods()
		return nil
	})
}

// currency is the chosen account.
func (s *fundSheet) currency() ledger.Currency { return ledger.Currency(s.form.text(fundCurrency)) }

// offerMethods offers those that know the chosen currency, and tells the bounds of the chosen one.
func (s *fundSheet) offerMethods() {
	var names []string
	for _, m := range s.methods {
		if _, ok := m.In(s.currency()); ok {
			names = append(names, view.Clean(m.Name))
		}
	}
	q := &s.form.fields[fundMethod]
	q.offer(names)
	i := slices.IndexFunc(s.methods, func(m view.Method) bool { return view.Clean(m.Name) == q.chosen })
	if i < 0 {
		return
	}
	m := s.methods[i]
	q.help = m.Title + ". " + m.Help
	if m.Simulated {
		q.help += "\nSimulated: no real money moves."
	}
	// The range stands where it is needed: at the amount.
	s.form.fields[fundAmount].help = rangeWords(m, s.currency())
}

// rangeWords tells how much a method takes: "By card from 5.00 to 500.00 EUR."
func rangeWords(m view.Method, c ledger.Currency) string {
	r, _ := m.In(c)
	words := "By " + strings.ToLower(m.Title)
	if r.Min != nil {
		words += " from " + r.Min.Number()
	}
	if r.Max != nil {
		words += " to " + r.Max.Number()
	}
	return fmt.Sprintf("%s %s.", words, c)
}

// key sends the deposit and shows it in the place of the form, with what the payer has to do next.
func (s *fundSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	s.offerMethods()
	if !send {
		return nil, used
	}
	amount, err := ledger.ReadAmount(s.form.text(fundAmount), s.currency())
	if err != nil {
		s.form.refuse(fundAmount, misread(err))
		return nil, true
	}
	r := view.FundRequest{Amount: amount, Method: s.form.text(fundMethod), Key: s.idem}
	s.form.busy = true
	return fetch(m, "fund", func(ctx context.Context) (outcome[view.Deposit], error) {
		return outcomeOf(m.svc.Fund(ctx, m.who, r))
	}, func(v outcome[view.Deposit]) tea.Cmd {
		s.form.busy = false
		if v.err != nil {
			s.form.fault = m.fault("fund", v.err)
			s.idem = m.keyAfter(s.form.fault, s.idem)
			return nil
		}
		// The person may have left the form meanwhile; the deposit is in the list then.
		if m.top() == screen(s) {
			m.replaceTop(&depositSheet{d: v.value, fresh: true})
		}
		return m.refresh()
	}), true
}

// keyAfter is the idempotency key of the next try: a refused request may be changed and is another one then; one
// whose outcome is unknown keeps its key.
func (m *Model) keyAfter(f *failure, key string) string {
	if f.code == "internal" || f.code == ledger.ErrUnavailable.Error() {
		return key
	}
	return m.o.NewID()
}

// draw shows the form only when there is a method, so that no person types an amount for nothing.
func (s *fundSheet) draw(m *Model, width, height int) []line {
	out := append(topGap(height), heading("Add funds"), nil)
	if l := m.placeholder("methods", width); l != nil {
		return append(out, l...)
	}
	if len(s.methods) == 0 {
		return append(out, paragraph(toneText, width, "No way to add funds is open at the moment.")...)
	}
	return append(out, s.form.draw(width)...)
}
