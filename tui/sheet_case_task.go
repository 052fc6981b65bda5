package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// taskAnswers are what can be said of a case that has no sheet of its own. What is not decided here has a command.
func taskAnswers(t matter) answers {
	leave := answer{key: answerLeave, words: "Leave it as it is"}
	switch t.kind {
	case "proposal":
		return safeFirst(leave, answer{key: answerApprove, words: "Approve it: it is done at once"},
			answer{key: answerDeny, words: "Deny it"})
	case "redemption":
		return safeFirst(leave, answer{key: answerApprove, words: "Approve it: it leaves next"},
			answer{key: answerDeny, words: "Deny it: the tokens go back"})
	case "payout":
		return safeFirst(leave, answer{key: answerApprove, words: "Approve it: it goes into the next file"},
			answer{key: answerDeny, words: "Hold it"})
	}
	return safeFirst(leave, answer{key: answerGoOn, words: "Go on with: " + view.Clean(t.task.Leads)})
}

// step says yes or no to a case, and returns its state then.
func (s *caseSheet) step(ctx context.Context, m *Model, yes bool, reason string) (view.State, error) {
	switch s.kind {
	case "redemption":
		q := view.RedemptionStep{ID: s.id, Event: ledger.RedeemApprove}
		if !yes {
			q.Event, q.Reason = ledger.RedeemDeny, reason
		}
		moved, err := m.svc.RedemptionStep(ctx, m.who, q)
		if len(moved.Redemptions) == 0 {
			return s.state, err
		}
		return moved.Redemptions[0].State, err
	case "payout":
		q := view.SettlementStep{ID: s.id, Event: ledger.PayoutApprove}
		if !yes {
			q.Event, q.Reason = ledger.PayoutHold, reason
		}
		page, err := m.svc.SettlementStep(ctx, m.who, q)
		if len(page.Data) == 0 {
			return s.state, err
		}
		return page.Data[0].State, err
	}
	if yes {
		d, err := m.svc.DeskApprove(ctx, m.who, s.id)
		return d.State, err
	}
	d, err := m.svc.DeskDeny(ctx, m.who, s.id, reason)
	return d.State, err
}

// approve asks once more before it is done.
func (s *caseSheet) approve(m *Model) tea.Cmd {
	c := confirmation{
		question: "Do it: " + view.Clean(s.title) + "?",
		why:      s.amount.String() + " to " + view.Clean(s.wallet) + ".",
		changes:  []change{{s.kind, s.state.Words(), "approved", ""}},
		ends:     "It stands in the journal with your name, and nothing takes it back.",
		no:       "No, leave it as it is", yes: "Yes, approve it",
	}
	if s.kind != "proposal" {
		c.question = "Let " + s.amount.String() + " leave?"
		c.why = "To: " + view.Clean(s.title) + "."
	}
	c.do = func(m *Model) tea.Cmd {
		return attempt(m, "approve", func(ctx context.Context) (view.State, error) {
			return s.step(ctx, m, true, "")
		}, func(state view.State, err error) tea.Cmd {
			if err != nil {
				m.notify(toneBad, m.fault("approve", err).sentence())
				return m.refresh()
			}
			s.state = state
			return s.done(m, "Approved"+map[bool]string{true: " and done.", false: "."}[s.kind == "proposal"])
		})
	}
	return m.confirm(c)
}

// denyField takes why not.
func (s *caseSheet) denyField() field {
	switch s.kind {
	case "redemption":
		return reasonField("redemption deny", "Its owner reads this.")
	case "payout":
		return reasonField("settlement hold", "Its vendor reads this.")
	}
	return reasonField("desk deny", "Who proposed it reads this.")
}

// denyKey ends a case without doing it, with the reason.
func (s *caseSheet) denyKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &s.form, k); !send {
		return nil, used
	}
	f, reason := s.form, s.form.text(0)
	return submit(m, f, "deny", func(ctx context.Context) (view.State, error) {
		return s.step(ctx, m, false, reason)
	}, func(state view.State) tea.Cmd {
		s.state = state
		return s.done(m, "Now "+state.Words()+".")
	}), true
}
