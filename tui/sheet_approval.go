package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// approvalSheet is one request with everything that a person should know before an answer, and afterwards the receipt.
type approvalSheet struct {
	a       ledger.Approval
	busy    bool // an answer is on its way: keys are not heard
	fault   *failure
	receipt *ledger.Receipt
	limits  *form // bounds of the link that is to be given
}

func (s *approvalSheet) crumb() string {
	if s.receipt != nil {
		return "Receipt"
	}
	return "Approve"
}

func (s *approvalSheet) typing() bool { return s.limits != nil && s.receipt == nil }

// load does nothing: what a person looks at must not change under the finger. The service checks again in the answer.
func (s *approvalSheet) load(*Model) tea.Cmd { return nil }

func (s *approvalSheet) hints(*Model) []hint {
	switch {
	case s.receipt != nil:
		return []hint{{"enter", "done"}, {"j k", "scroll"}}
	case s.busy:
		return nil
	case s.limits != nil:
		return formHints("next, allow")
	case s.a.Status != ledger.CheckoutOpen:
		return []hint{{"esc", "back"}}
	case s.a.Mode == ledger.ModeLink:
		return []hint{{"l", "allow"}, {"n", "refuse"}, {"b", "refuse and block"}, {"esc", "later"}}
	}
	return []hint{{"y", "pay"}, {"n", "refuse"}, {"l", "link"}, {"b", "block"}, {"esc", "later"}}
}

func (s *approvalSheet) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	name := k.String()
	if s.busy {
		return nil, true
	}
	if s.receipt != nil {
		if name == "enter" || name == "esc" {
			m.over = nil
			return m.refresh(), true
		}
		return nil, false
	}
	if s.limits != nil {
		return s.limitsKey(m, k)
	}
	if s.a.Status != ledger.CheckoutOpen {
		return nil, false
	}
	answer := ledger.Answer{Code: s.a.Code}
	switch name {
	case "y":
		if s.a.Mode == ledger.ModeLink {
			return s.askLimits(m), true
		}
		answer.Yes = true
	case "l":
		return s.askLimits(m), true
	case "n":
	case "b":
		answer.Block = true
	case "enter", "a", "f":
		return nil, true
	default:
		return nil, false
	}
	return s.send(m, answer), true
}

// askLimits opens the bounds of the link, with what the vendor proposed or, if it did not, the wallet's own.
func (s *approvalSheet) askLimits(m *Model) tea.Cmd {
	l := s.proposed(m)
	f := &form{}
	for _, b := range []struct {
		name   string
		micros int64
	}{{"Per purchase", l.PerPurchase}, {"A day", l.PerDay}, {"A week", l.PerWeek}, {"A month", l.PerMonth}} {
		value := "none"
		if b.micros >= 0 {
			value = decimal(b.micros)
		}
		f.fields = append(f.fields, field{
			name: b.name, value: value, most: 18,
			help: fmt.Sprintf("In %s; none is no bound. Inside these the vendor charges without asking.", s.currency()),
		})
	}
	s.limits = f
	return m.deafen(deafFor)
}

// proposed are the bounds that the form starts with.
func (s *approvalSheet) proposed(m *Model) ledger.Limits {
	if s.a.Ask != (ledger.Limits{}) {
		return s.a.Ask
	}
	return m.house.Limits
}

func (s *approvalSheet) currency() ledger.Currency {
	if s.a.From != "" {
		return s.a.From
	}
	return s.a.Price.Currency
}

func (s *approvalSheet) limitsKey(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "esc" {
		s.limits = nil
		return nil, true
	}
	send, used := s.limits.key(k)
	if !send {
		return nil, used
	}
	var l ledger.Limits
	for i, to := range []*int64{&l.PerPurchase, &l.PerDay, &l.PerWeek, &l.PerMonth} {
		micros, fault := allowanceOf(s.limits.text(i))
		if fault != nil {
			s.limits.at, s.limits.fault = i, fault
			return nil, true
		}
		*to = micros
	}
	answer := ledger.Answer{Code: s.a.Code, Yes: true, Link: true, Limits: &l}
	if s.a.Ask != (ledger.Limits{}) && l == s.a.Ask {
		answer.Limits = nil
	}
	return s.send(m, answer), true
}

// boundOf reads a bound of a form.
func boundOf(text string) (int64, *failure) {
	if text == "none" || text == "" {
		return ledger.NoLimit, nil
	}
	micros, err := ledger.ParseMicros(text)
	if err != nil {
		return 0, misread(err)
	}
	return micros, nil
}

// allowanceOf reads a bound of a permission. The service takes 0 for a bound that was left open, and nobody who types it
// means that.
func allowanceOf(text string) (int64, *failure) {
	micros, fault := boundOf(text)
	if fault == nil && micros == 0 {
		return 0, misread(errNoAllowance)
	}
	return micros, fault
}

// errNoAllowance refuses a permission to charge nothing.
var errNoAllowance = ledger.Invalid("limits", "Type an amount above 0, or none for no bound here.", "A bound of 0 would allow nothing.")

// misread is a refusal of something that was typed into a form.
func misread(err error) *failure {
	p, _ := ProblemOf(err)
	return &failure{p.Detail, p.Remedy, p.Code}
}

// send answers. The code is the idempotency key: the same answer twice pays once, and busy keeps a second key away.
func (s *approvalSheet) send(m *Model, a ledger.Answer) tea.Cmd {
	s.busy, s.fault = true, nil
	if a.Yes {
		m.locked = false
	}
	return ask(m, "answer", func(ctx context.Context) (found[ledger.Receipt], error) {
		if a.Yes { // whoever answers is here: the purchase window opens
			if err := m.svc.Touch(ctx, m.who); err != nil {
				return foundOr(ledger.Receipt{}, err)
			}
		}
		return foundOr(m.svc.Answer(ctx, m.who, a))
	}, func(v found[ledger.Receipt]) tea.Cmd {
		s.busy = false
		if v.err != nil {
			s.fault, s.limits = m.fault("answer", v.err), nil
			return nil
		}
		s.receipt, m.scroll = &v.value, 0
		return m.refresh()
	})
}
