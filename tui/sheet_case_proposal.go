package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// approve asks once more before what another person proposed is done.
func (s *caseSheet) approve(m *Model) tea.Cmd {
	return m.confirm(confirmation{
		question: "Do it: " + view.Clean(s.title) + "?",
		why:      s.amount.String() + " to " + view.Clean(s.wallet) + ".",
		changes:  []change{{"proposal", s.state.Words(), "approved", ""}},
		ends:     "It stands in the journal with your name, and nothing takes it back.",
		no:       "No, leave it as it is", yes: "Yes, approve it",
		do: func(m *Model) tea.Cmd {
			return attempt(m, "approve", func(ctx context.Context) (view.Deed, error) {
				return m.svc.DeskApprove(ctx, m.who, s.id)
			}, func(d view.Deed, err error) tea.Cmd {
				if err != nil {
					m.notify(toneBad, m.fault("approve", err).sentence())
					return m.refresh()
				}
				s.state = d.State
				return s.done(m, "Approved and done.")
			})
		},
	})
}

// denyKey ends a proposal without doing it, with the reason for who made it.
func (s *caseSheet) denyKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &s.form, k); !send {
		return nil, used
	}
	f, reason := s.form, s.form.text(0)
	return submit(m, f, "deny", func(ctx context.Context) (view.Deed, error) {
		return m.svc.DeskDeny(ctx, m.who, s.id, reason)
	}, func(d view.Deed) tea.Cmd {
		s.state = d.State
		return s.done(m, "Now "+d.State.Words()+".")
	}), true
}
