package tui

import (
	"cmp"
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// approvalSheet is one request with everything that a person should know before an answer, and afterwards the
// receipt.
type approvalSheet struct {
	a       view.Approval
	answer  twice
	busy    bool // an answer is on its way: keys are dropped
	fault   *failure
	receipt *view.Receipt
	limits  *form // bounds of the link that is to be given
}

func (*approvalSheet) name() string { return "approval" }

// crumb changes with the answer: the person must see that it was taken.
func (s *approvalSheet) crumb() string {
	if s.receipt != nil {
		return "Receipt"
	}
	return "Approve"
}

func (s *approvalSheet) typing() bool { return s.limits != nil && s.receipt == nil }

// load does nothing: what a person looks at must not change under the finger. The service checks again in the answer.
func (s *approvalSheet) load(*Model) tea.Cmd { return nil }

// hints are the answers that are possible, none while one is on its way.
func (s *approvalSheet) hints(*Model) []hint {
	switch {
	case s.receipt != nil:
		return []hint{{"enter", "done"}, {"j k", "scroll"}}
	case s.busy:
		return nil
	case s.limits != nil:
		return formHints("next, allow")
	case !s.a.Open():
		return []hint{{"esc", "back"}}
	case s.answer.asked != "":
		return []hint{{s.answer.asked + " again", answerWords[s.answer.asked]}, {"esc", "not yet"}}
	case s.a.Mode == ledger.ModeLink:
		return []hint{{"l", "allow"}, {"n", "refuse"}, {"b", "refuse and block"}, {"esc", "later"}}
	}
	return []hint{{"y", "pay"}, {"n", "refuse"}, {"l", "link"}, {"b", "block"}, {"esc", "later"}}
}

// answerWords say what the keys do that answer by themselves.
var answerWords = map[string]string{"y": "pay", "n": "refuse", "b": "refuse and block"}

// key takes the answer, the bounds of a link, or the end of the receipt, whichever is shown. Esc leaves the request
// open: it can be answered later.
func (s *approvalSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	switch {
	case s.busy:
		return nil, true
	case s.receipt != nil:
		if name == "enter" || name == "esc" {
			m.sheets = nil
			return m.refresh(), true
		}
		return nil, false
	case s.limits != nil:
		return s.limitsKey(m, k)
	case !s.a.Open():
		return nil, false
	}
	return s.answerKey(m, k)
}

// answerKey takes the keys of a person's answer, which takes two. That of a link goes on to its bounds, which are the
// second step. A paste is no key, so it never confirms.
func (s *approvalSheet) answerKey(m *Model, k Key) (tea.Cmd, bool) {
	keys := "ynb"
	if s.a.Mode == ledger.ModeLink {
		keys = "nb"
	}
	decided, cmd, used := s.answer.press(m, k, keys)
	if decided != "" {
		if decided == "y" {
			return s.send(m, s.yes()), true
		}
		return s.send(m, view.Answer{Code: s.a.Code, Block: decided == "b"}), true
	}
	if used {
		return cmd, true
	}
	switch k.String() {
	case "l", "y":
		if !m.decides(k) {
			return nil, true
		}
		return s.askLimits(m), true
	case "enter", "a", "f": // would lead away from a request that is looked at
		return nil, true
	}
	return nil, false
}

// askLimits opens the bounds of the link, with what the vendor proposed or, if it did not, the wallet's own.
func (s *approvalSheet) askLimits(m *Model) tea.Cmd {
	// A new wallet begins with these, so a person has seen them before.
	l := m.house.Limits
	if s.a.Ask != nil {
		l = *s.a.Ask
	}
	s.limits = &form{fields: allowanceFields(s.a.From, l.PerPurchase, l.PerDay, l.PerWeek, l.PerMonth)}
	return m.guardInput(guardConfirm)
}

// limitsKey reads the bounds and sends the yes. Bounds that are what the vendor proposed are sent as the proposal, so
// that the vendor sees that it was accepted.
func (s *approvalSheet) limitsKey(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "esc" {
		s.limits = nil
		return nil, true
	}
	send, used := s.limits.key(m, k)
	if !send {
		return nil, used
	}
	var l ledger.Limits
	if !allowances(s.limits, s.a.From, &l.PerPurchase, &l.PerDay, &l.PerWeek, &l.PerMonth) {
		return nil, true
	}
	answer := s.yes()
	answer.Link, answer.Limits = true, &l
	if s.a.Ask != nil && l == s.a.Ask.Rules() {
		answer.Limits = nil
	}
	return s.send(m, answer), true
}

// yes is the answer to what is on the screen, and to nothing that the request has become since.
func (s *approvalSheet) yes() view.Answer {
	return view.Answer{Code: s.a.Code, Yes: true, Expect: &s.a.Price, Match: cmp.Or(s.a.Match, view.NoMatch)}
}

// send answers. The code is the idempotency key: the same answer twice pays once, and busy keeps a second key away.
func (s *approvalSheet) send(m *Model, a view.Answer) tea.Cmd {
	s.busy, s.fault = true, nil
	// A yes opens the purchase window again, also one that was closed with its key: otherwise it could not be paid.
	if a.Yes {
		m.locked = false
	}
	return fetch(m, "answer", func(ctx context.Context) (outcome[view.Receipt], error) {
		if a.Yes { // a person who answers is here: the purchase window opens
			if err := m.svc.Touch(ctx, m.who); err != nil {
				return outcomeOf(view.Receipt{}, err)
			}
		}
		return outcomeOf(m.svc.Answer(ctx, m.who, a))
	}, func(v outcome[view.Receipt]) tea.Cmd {
		s.busy = false
		if v.err != nil {
			s.fault, s.limits = m.fault("answer", v.err), nil
			return nil
		}
		s.receipt, m.scroll = &v.value, 0
		if a.Block && !v.value.Again {
			m.offerUnblock(s.a.Vendor)
		}
		return m.refresh()
	})
}
