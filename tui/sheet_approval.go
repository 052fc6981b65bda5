package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// approvalSheet is one request with everything that a person should know before an answer, and afterwards the
// receipt.
type approvalSheet struct {
	a         view.Approval
	opened    time.Time // the bar of the time left begins here
	answers   answers
	number    chips
	busy      bool // an answer is on its way: keys are dropped
	elsewhere bool // another screen has answered, or the time is over
	fault     *failure
	receipt   *view.Receipt
	limits    *form // bounds of the link that is to be given
}

// Answers to a request.
const (
	answerPay    = "y"
	answerLink   = "l"
	answerRefuse = "n"
	answerBlock  = "b"
)

// newApprovalSheet has nothing selected: the first key decides nothing.
func newApprovalSheet(m *Model, a view.Approval) *approvalSheet {
	s := &approvalSheet{a: a, opened: m.now(), number: chipsOf(a)}
	name := view.Clean(a.Vendor)
	all := []answer{
		{answerPay, "Pay " + a.Price.String() + " to " + name, "Pay " + a.Price.String()},
		{answerLink, "Pay, and let " + name + " take without asking, inside bounds …", "Pay, and no longer ask …"},
		{answerRefuse, "Refuse", ""},
		{answerBlock, "Refuse and block " + name, "Refuse and block"},
	}
	if a.Mode == ledger.ModeLink {
		words := "Let " + name + " take without asking, inside bounds …"
		all = append([]answer{{answerLink, words, "Take inside bounds …"}}, all[2:]...)
	}
	s.answers = newAnswers(all...)
	return s
}

func (*approvalSheet) name() string { return "approval" }
func (*approvalSheet) tellsTime()   {}

// crumb changes with the answer: the person must see that it was taken.
func (s *approvalSheet) crumb() string {
	if s.receipt != nil {
		return "Receipt"
	}
	return "Approve"
}

func (s *approvalSheet) typing() bool { return s.limits != nil && s.receipt == nil }

// load looks whether the request still waits, and nothing else: what a person looks at must not change under the
// finger. The service checks the rest again in the answer.
func (s *approvalSheet) load(m *Model) tea.Cmd {
	if s.receipt != nil || s.busy || !s.a.Open() {
		return nil
	}
	return attempt(m, "approval state", ownOf(m, m.svc.Approval, s.a.Code), func(a view.Approval, err error) tea.Cmd {
		if err == nil && !s.busy && s.receipt == nil && !a.Open() {
			s.a.Status, s.elsewhere, s.limits = a.Status, s.fault == nil, nil
			m.forget(s.a.Code)
		}
		return nil
	})
}

// open tells whether the request can still be answered.
func (s *approvalSheet) open(m *Model) bool { return s.a.Open() && s.a.Expires.After(m.now()) }

// hints are the keys that work now, none while an answer is on its way.
func (s *approvalSheet) hints(m *Model) (all []hint) {
	switch {
	case s.receipt != nil:
		return []hint{{"enter", "done"}, {"j k", "scroll"}}
	case s.busy:
		return nil
	case s.limits != nil:
		return s.limits.hints("allow", "back")
	case !s.open(m):
		return []hint{{"esc", "back"}}
	}
	if len(s.number.all) > 0 {
		all = append(all, hint{"←→", "number"})
	}
	if s.answers.selected() == "" {
		all = append(all, hint{"↑↓", "answer"})
	} else {
		all = append(all, hint{"enter", "do it"}, hint{"↑↓", "answer"})
	}
	if _, blocked := s.blocking(m); blocked {
		all = append(all, hint{"L", "that limit"})
	}
	return append(all, hint{"esc", "later"})
}

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
	case !s.open(m):
		return nil, false
	case s.number.press(name):
		return nil, true
	}
	return s.answerKey(m, k)
}

// answerKey takes a person's answer, which needs two keys. That of a link goes on to its bounds. A paste is no key, so
// it never confirms.
func (s *approvalSheet) answerKey(m *Model, k Key) (tea.Cmd, bool) {
	taken, cmd, used := s.answers.press(m, k)
	switch {
	case (taken == answerPay || taken == answerLink) && !s.number.told(m):
		return nil, true
	case taken == answerPay:
		return s.send(m, s.yes()), true
	case taken == answerLink:
		return s.askLimits(m), true
	case taken != "":
		return s.send(m, view.Answer{Code: s.a.Code, Block: taken == answerBlock}), true
	case used:
		return cmd, true
	}
	switch k.String() {
	case "L":
		if l, ok := s.blocking(m); ok {
			return m.open(newLimitSheet(m, l)), true
		}
	case "a", "f": // would lead away from a request that is looked at
		return nil, true
	}
	return nil, false
}

// blocking is the limit of the wallet that would refuse the price, if one does.
func (s *approvalSheet) blocking(m *Model) (l view.Limit, ok bool) {
	for _, w := range m.home.Wallets {
		for _, l := range w.Limits {
			if w.Currency != s.a.From || l.None() || s.a.Price.Micros == 0 {
				continue
			}
			used := l.Used.Micros
			if l.Period == "purchase" {
				used = 0
			}
			if used+s.a.Price.Micros > l.MaxMicros() {
				return l, true
			}
		}
	}
	return l, false
}

// askLimits opens the bounds of the link, with what the vendor proposed or, if it did not, the wallet's own. What was
// spent at the vendor comes later and moves nothing.
func (s *approvalSheet) askLimits(m *Model) tea.Cmd {
	// A new wallet begins with these, so a person has seen them before.
	l := m.house.Limits
	if s.a.Ask != nil {
		l = *s.a.Ask
	}
	f := &form{fields: m.allowanceFields(s.a.From, nil, l.PerPurchase, l.PerDay, l.PerWeek, l.PerMonth)}
	s.limits = f
	known := own(m, m.svc.Vendors)
	return tea.Batch(m.guardInput(guardConfirm), fetch(m, "link facts", known, func(all []view.Link) tea.Cmd {
		for _, l := range all {
			if l.Vendor == s.a.Vendor && l.Currency == s.a.From {
				m.tellAllowances(f.fields, l.Currency, l.Limits)
			}
		}
		return nil
	}))
}

// limitsKey reads the bounds and asks. Bounds that are what the vendor proposed are sent as the proposal, so that the
// vendor sees that it was accepted.
func (s *approvalSheet) limitsKey(m *Model, k Key) (tea.Cmd, bool) {
	send, used := keyOf(m, &s.limits, k)
	if !send {
		return nil, used
	}
	var l ledger.Limits
	if allowances(s.limits, s.a.From, &l.PerPurchase, &l.PerDay, &l.PerWeek, &l.PerMonth) != nil {
		return nil, true // the form has checked them
	}
	answer := s.yes()
	answer.Link, answer.Limits = true, &l
	if s.a.Ask != nil && l == s.a.Ask.Rules() {
		answer.Limits = nil
	}
	return m.confirm(s.question(l, answer)), true
}

// question is what the person is asked before a vendor may take without asking.
func (s *approvalSheet) question(l ledger.Limits, answer view.Answer) confirmation {
	name, after := view.Clean(s.a.Vendor), bounds(l, ledger.NoLimit)
	c := confirmation{
		question: "Let " + name + " take " + mostWords(after, s.a.From) + " without asking?",
		why:      loosens, changes: allowanceChanges(nil, after, s.a.From),
		ends: "You end it with u on Vendors; that works at once.",
		no:   "No, keep asking me", yes: "Yes, link " + name,
		do: func(m *Model) tea.Cmd { return s.send(m, answer) },
	}
	if s.a.Mode != ledger.ModeLink {
		c.question = "Pay " + s.a.Price.String() + ", and let " + name + " take " + mostWords(after, s.a.From) +
			" without asking?"
		c.yes = "Yes, pay " + s.a.Price.String() + " and link " + name
	}
	return c
}

// yes is the answer to what is on the screen, and to nothing that the request has become since. The number is the one
// that the person saw on the page: the service compares it.
func (s *approvalSheet) yes() view.Answer {
	return view.Answer{Code: s.a.Code, Yes: true, Expect: &s.a.Price, Match: s.number.chosen()}
}

// send answers. The code is the idempotency key: the same answer twice pays once, and busy keeps a second key away.
func (s *approvalSheet) send(m *Model, a view.Answer) tea.Cmd {
	s.busy, s.fault = true, nil
	// A yes opens the purchase window again, also one that was closed with its key: otherwise it could not be paid.
	if a.Yes {
		m.locked = false
	}
	return attempt(m, "answer", func(ctx context.Context) (r view.Receipt, err error) {
		if a.Yes { // a person who answers is here: the purchase window opens
			if err = m.svc.Touch(ctx, m.who); err != nil {
				return r, err
			}
		}
		return m.svc.Answer(ctx, m.who, a)
	}, func(r view.Receipt, err error) tea.Cmd {
		s.busy, s.limits = false, nil
		if err != nil {
			s.fault = m.fault("answer", err)
			s.answers.at, s.number.at = noChoice, noChoice
			return s.load(m) // a wrong number has ended the request
		}
		s.receipt, m.scroll = &r, 0
		m.forget(s.a.Code)
		if a.Block && !r.Again {
			blocked := []string{s.a.Vendor}
			m.offerUndo(takenAway(blocked, true), func() tea.Cmd { return m.giveBack(blocked, nil, true) })
		}
		return m.refresh()
	})
}

// blockMeans is what the chosen answer does beside refusing, "" for the others.
func (s *approvalSheet) blockMeans() string {
	if s.answers.selected() != answerBlock {
		return ""
	}
	return command.BlockMeans(view.Clean(s.a.Vendor))
}
