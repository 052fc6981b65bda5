package tui

import (
	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// disputeSheet is one dispute as its buyer reads it. Staff has caseSheet.
type disputeSheet struct{ d view.Dispute }

func (*disputeSheet) name() string        { return "dispute" }
func (*disputeSheet) crumb() string       { return "Dispute" }
func (*disputeSheet) typing() bool        { return false }
func (*disputeSheet) load(*Model) tea.Cmd { return nil }
func (s *disputeSheet) hints(m *Model) []hint {
	return append([]hint{{"enter", "done"}, {"y", "copy an id"}, {"esc", "back"}}, m.besideHints(s)...)
}

// copyable is the id of the dispute, and ids are those of what it is about too.
func (s *disputeSheet) copyable() string { return s.d.ID }

func (s *disputeSheet) ids(m *Model) []view.Fact {
	return onlyIDs(view.Without(s.d.Facts(m.format()), "Amount"))
}

// key closes the sheet with enter too: after a form, enter is what a person presses to go on.
func (*disputeSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "enter" {
		return m.close(), true
	}
	return nil, false
}

func (s *disputeSheet) draw(m *Model, width, height int) []line {
	out := append(topGap(height), lineOf(toneStrong, "  "+view.Clean(s.d.Title)), nil)
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

func (*disputeForm) name() string          { return "dispute" }
func (*disputeForm) crumb() string         { return "Dispute" }
func (*disputeForm) typing() bool          { return true }
func (*disputeForm) load(*Model) tea.Cmd   { return nil }
func (s *disputeForm) hints(*Model) []hint { return s.form.hints("send", "back") }

// key sends the dispute and shows it in the place of the form: some are decided at once, and the person should see
// that.
func (s *disputeForm) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return nil, used
	}
	r := view.DisputeRequest{ID: s.d.ID, Reason: s.form.text(0), Text: s.form.text(1)}
	return submit(m, &s.form, "dispute", ownOf(m, m.svc.Dispute, r), func(d view.Dispute) tea.Cmd {
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
