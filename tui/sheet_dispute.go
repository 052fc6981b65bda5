package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// disputeSheet is one dispute. Staff decides in it, once: a decision moves money and is final.
type disputeSheet struct {
	d     view.Dispute
	staff bool
	form  *form // the reason of a decision
	wins  bool  // the decision is for the buyer
}

func (*disputeSheet) name() string        { return "dispute" }
func (*disputeSheet) crumb() string       { return "Dispute" }
func (s *disputeSheet) typing() bool      { return s.form != nil }
func (*disputeSheet) load(*Model) tea.Cmd { return nil }

// hints are the two decisions for staff; the buyer can only read.
func (s *disputeSheet) hints(*Model) []hint {
	switch {
	case s.form != nil:
		return s.form.hints("decide", "back")
	case s.staff:
		return []hint{{"u", "the buyer wins"}, {"v", "the vendor wins"}, {"esc", "back"}}
	}
	return []hint{{"enter", "done"}, {"esc", "back"}}
}

// key chooses for whom the decision is, and asks for the reason before anything happens.
func (s *disputeSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if s.form != nil {
		return s.decideKey(m, k)
	}
	switch {
	case name == "enter" && !s.staff:
		return m.close(), true
	case s.staff && (name == "u" || name == "v"):
		s.wins = name == "u"
		s.form = &form{fields: []field{
			textInput("decide", "--reason", "", 200, "Enter decides, and that is final."),
		}}
		return nil, true
	}
	return nil, false
}

// decideKey sends the decision. The reason is needed here already, because both sides will read it.
func (s *disputeSheet) decideKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &s.form, k); !send {
		return nil, used
	}
	f, reason, wins := s.form, s.form.text(0), s.wins
	if reason == "" {
		f.refuse(0, &failure{"A decision needs a reason.", "Type one sentence.", ledger.ErrInvalid.Error()})
		return nil, true
	}
	return m.confirm(s.question(func(m *Model) tea.Cmd {
		return submit(m, f, "decide", func(ctx context.Context) (view.Dispute, error) {
			return m.svc.Decide(ctx, m.who, s.d.ID, wins, reason)
		}, func(d view.Dispute) tea.Cmd {
			s.d, s.form, s.staff = d, nil, false
			m.notify(toneGood, "Decided.")
			return m.refresh()
		})
	}, reason)), true
}

// question says to whom the money goes, and that it stays there.
func (s *disputeSheet) question(do func(*Model) tea.Cmd, reason string) confirmation {
	amount, vendor := s.d.Amount.String(), view.Clean(s.d.Vendor)
	c := confirmation{
		question: "Leave " + amount + " to the vendor " + vendor + "?",
		why:      "Both sides read: " + view.Clean(reason),
		ends:     "A decision is final: nothing takes it back.",
		no:       "No, decide nothing yet", yes: "Yes, " + vendor + " keeps it", do: do,
	}
	if s.wins {
		c.question = "Give " + amount + " back to the buyer, from the vendor " + vendor + "?"
		c.yes = "Yes, the buyer gets it back"
	}
	return c
}

// draw repeats above the form for whom the decision is, since the two letters that choose it are easily mixed up.
func (s *disputeSheet) draw(m *Model, width, height int) []line {
	out := append(topGap(height), lineOf(toneStrong, "  "+view.Clean(s.d.Title)), nil)
	if s.form != nil {
		who := "The vendor wins: the money goes to it."
		if s.wins {
			who = "The buyer wins: the money goes back."
		}
		out = append(append(out, lineOf(toneWarn, "  "+who), nil), s.form.draw(width)...)
		out = append(out, nil)
	}
	return append(out, facts(factBlock{width: width}, view.Without(s.d.Facts(m.format()), "Title"))...)
}

// disputeForm contests a purchase.
type disputeForm struct {
	d    view.Detail
	form form
}

// newDisputeForm begins with the reason that is given most often.
func newDisputeForm(m *Model, d view.Detail) *disputeForm {
	reason := choiceInput("dispute", "--reason", "Left and right choose, or the first letter. "+
		"Small and recent purchases are paid back at once by rule.")
	reason.startWith(ledger.DisputeReasons[1])
	reason.fact = "until " + m.format().Time(d.DisputeBy)
	if d.DisputeBy.IsZero() {
		reason.fact = ""
	}
	return &disputeForm{d: d, form: form{fields: []field{
		reason,
		textInput("dispute", "--text", "", 500, "Enter sends."),
	}}}
}

func (*disputeForm) name() string        { return "dispute" }
func (*disputeForm) crumb() string       { return "Dispute" }
func (*disputeForm) typing() bool        { return true }
func (*disputeForm) load(*Model) tea.Cmd { return nil }
func (s *disputeForm) hints(*Model) []hint {
	return s.form.hints("send", "back")
}

// key sends the dispute and shows it in the place of the form: some are decided at once, and the person should see
// that.
func (s *disputeForm) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return nil, used
	}
	r := view.DisputeRequest{ID: s.d.ID, Reason: s.form.text(0), Text: s.form.text(1)}
	return submit(m, &s.form, "dispute", func(ctx context.Context) (view.Dispute, error) {
		return m.svc.Dispute(ctx, m.who, r)
	}, func(d view.Dispute) tea.Cmd {
		// The person may have left the form meanwhile; the dispute is in its place then.
		if m.top() == screen(s) {
			m.replaceTop(&disputeSheet{d: d})
		}
		return m.refresh()
	}), true
}

// draw names the purchase above the questions, so that it is not the wrong one that is contested.
func (s *disputeForm) draw(_ *Model, width, height int) []line {
	out := []line{
		nil,
		lineOf(toneStrong, "  Dispute "+view.Clean(s.d.Title)),
		lineOf(toneFaint, "  "+view.Clean(s.d.Vendor)+", "+view.Signed(s.d.Amount)),
		nil,
	}
	if height < 12 {
		out = out[1:3]
	}
	return append(out, s.form.drawIn(width, height-len(out))...)
}
