package tui

import (
	"cmp"
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// depositSheet is one deposit with what the payer has to do now.
type depositSheet struct {
	d     view.Deposit
	fresh bool // it was just made
}

func (*depositSheet) name() string  { return "deposit" }
func (*depositSheet) crumb() string { return "Deposit" }
func (*depositSheet) typing() bool  { return false }

// load fetches how the deposit stands: a check that is cleared meanwhile says so while its payer looks at it.
func (s *depositSheet) load(m *Model) tea.Cmd {
	return attempt(m, "deposit", ownOf(m, m.svc.Show, s.d.ID), func(d view.Detail, err error) tea.Cmd {
		if err == nil && d.Deposit != nil {
			s.d = *d.Deposit
		}
		return nil
	})
}

// copyable is what the payer needs elsewhere: the address of the page to pay at, or what to write on the paper.
func (s *depositSheet) copyable() string { return cmp.Or(s.d.Link, s.d.Reference) }

// hints offer the reference as a code while it is of use.
func (s *depositSheet) hints(*Model) []hint {
	all := []hint{{"enter", "done"}}
	switch {
	case s.d.Link != "":
		all = append(all, hint{"y", "copy link"}, hint{"Q", "as a code"})
	case s.d.Reference != "":
		all = append(all, hint{"y", "copy reference"}, hint{"Q", "as a code"})
	}
	if s.d.ForPayer() {
		all = append(all, hint{"x", "cancel"})
	}
	return append(all, hint{"esc", "back"})
}

// key closes the sheet with enter too: after a form, enter is what a person presses to go on.
func (s *depositSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	switch {
	case k.String() == "enter":
		return m.close(), true
	case k.String() == "x" && s.d.ForPayer():
		return s.cancel(m), true
	}
	return nil, false
}

// cancel asks before the deposit is withdrawn: an order at a processor does not come back.
func (s *depositSheet) cancel(m *Model) tea.Cmd {
	id := s.d.ID
	return m.confirm(confirmation{
		question: "Cancel " + byMethod(s.d) + "?",
		changes:  []change{{"deposit", s.d.State.Words(), "canceled", ""}},
		ends:     "You add funds again at any time. What is paid at this moment is not lost: it comes to your account.",
		no:       "No, I will pay", yes: "Yes, cancel it",
		do: func(m *Model) tea.Cmd {
			return outcomeShown(m, "cancel", func(ctx context.Context, who view.Caller) (view.Deposit, error) {
				return m.svc.CancelDeposit(ctx, who, id)
			}, func(d view.Deposit) tea.Cmd {
				s.d, s.fresh = d, true
				return m.refresh()
			})
		},
	})
}

// codeColumn is the least that a code leaves to the words beside it.
const codeColumn = 44

// draw begins with how much comes, by what, and how far it is; then what became of it if it was just made. The steps of
// the payer stand below the facts, because they repeat the reference that is one of them. While it is waited for, the
// reference stands beside them as a code, where there is room.
func (s *depositSheet) draw(m *Model, width, height int) []line {
	state := line{{s.d.State.Words(), tone(s.d.State.Tone())}, {"  ", toneText}}
	var code []line
	room := width
	if !s.d.Expiry().IsZero() {
		if code = m.qr(s.copyable(), width-codeColumn-2, height); code != nil {
			room = min(width-2-code[0].width(), readable)
		}
	}
	title := heading(byMethod(s.d))
	if with := title.right(room, state); with.width() > title.width() {
		title = with
	} else {
		title = title.add(toneText, "  ").add(state[0].tone, state[0].text)
	}
	out := append(topGap(height), title)
	if s.fresh {
		out = append(out, paragraph(tone(s.d.State.Tone()), room, s.d.Outcome)...)
	}
	about := facts(factBlock{width: room}, view.Without(s.d.Facts(m.format()), "Amount", "Method", "State"))
	out = append(append(out, nil), about...)
	out = append(out, section("What to do", bullets(s.d.Steps, room))...)
	if code == nil {
		return out
	}
	return columns(out, code, room)
}

// depositLines are the facts of a deposit and what its payer has to do.
func depositLines(m *Model, d view.Deposit, width int) []line {
	return append(facts(factBlock{width: width}, d.Facts(m.format())), section("What to do", bullets(d.Steps, width))...)
}
