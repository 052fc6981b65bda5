package tui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// disputeSheet is one dispute as its buyer reads it: what is known, what both sides have said, and what the buyer can
// do now. The answer that does nothing is first and selected. Staff has caseSheet.
type disputeSheet struct {
	d       view.Dispute
	answers answers
	form    *form // the words of an appeal
}

func newDisputeSheet(d view.Dispute) *disputeSheet {
	s := &disputeSheet{}
	s.take(d)
	return s
}

// take shows a dispute, with the answers that its state leaves.
func (s *disputeSheet) take(d view.Dispute) {
	s.d, s.form = d, nil
	s.answers = answers{}
	if len(d.Can) == 0 {
		return
	}
	offer, words := "the offer", map[string]string{
		ledger.DisputeAppeal: "Appeal: another person looks at it", ledger.DisputeWithdraw: "Withdraw the dispute",
	}
	if d.Offer != nil {
		offer = d.Offer.String()
	}
	words[ledger.DisputeAccept] = "Take " + offer + " back, and end it"
	words[ledger.DisputeDecline] = "Decline " + offer + ": a person decides"
	all := []answer{{key: answerLeave, words: "Leave it as it is"}}
	for _, act := range d.Can {
		all = append(all, answer{key: act, words: words[act]})
	}
	s.answers = safeFirst(all...)
}

func (*disputeSheet) tellsTime()     {} // by when somebody has to act
func (*disputeSheet) name() string   { return "dispute" }
func (*disputeSheet) crumb() string  { return "Dispute" }
func (s *disputeSheet) typing() bool { return s.form != nil }

// load fetches how the dispute stands: an offer may come while its buyer looks at it.
func (s *disputeSheet) load(m *Model) tea.Cmd {
	return attempt(m, "dispute", own(m, m.svc.Disputes), func(all []view.Dispute, err error) tea.Cmd {
		i := slices.IndexFunc(all, func(d view.Dispute) bool { return d.ID == s.d.ID })
		if err == nil && i >= 0 && all[i].State != s.d.State && s.form == nil {
			s.take(all[i])
		}
		return nil
	})
}

func (s *disputeSheet) hints(m *Model) []hint {
	switch {
	case s.form != nil:
		return s.form.hints("go on", "back")
	case len(s.d.Can) == 0:
		return append([]hint{{"enter", "done"}, {"y", "copy an id"}, {"esc", "back"}}, m.besideHints(s)...)
	}
	all := []hint{{"enter", "do it"}, {"↑↓", "choose"}}
	if m.overflows(s) {
		all = append(all, hint{"pgdown", "read on"})
	}
	return append(append(all, hint{"y", "copy an id"}, hint{"esc", "back"}), m.besideHints(s)...)
}

// copyable is the id of the dispute, and ids are those of what it is about too.
func (s *disputeSheet) copyable() string { return s.d.ID }

func (s *disputeSheet) ids(m *Model) []view.Fact {
	return onlyIDs(view.Without(s.d.Facts(m.format()), "Amount", "Offer"))
}

// key closes the sheet with enter too where there is nothing to do: after a form, enter is what a person presses to go
// on.
func (s *disputeSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	switch {
	case s.form != nil:
		send, used := keyOf(m, &s.form, k)
		if !send {
			return nil, used
		}
		return s.sure(m, ledger.DisputeAppeal), true
	case len(s.d.Can) == 0:
		if k.String() == "enter" {
			return m.close(), true
		}
		return nil, false
	}
	taken, cmd, used := s.answers.press(m, k)
	switch taken {
	case "":
		return cmd, used
	case answerLeave:
		return m.close(), true
	case ledger.DisputeAppeal:
		f := textInput("dispute appeal", "--text", "", 500, "Both sides and staff read it. It is the only appeal.")
		f.check = func(text string) (fault, warning string) {
			if text == "" {
				fault = "Say what was not seen or not known. Type one sentence."
			}
			return fault, ""
		}
		s.form = &form{fields: []field{f}}
		return m.guardInput(guardConfirm), true
	}
	return s.sure(m, taken), true
}

// sure asks once more, with what the dispute becomes and who gets what by it.
func (s *disputeSheet) sure(m *Model, act string) tea.Cmd {
	amount, vendor := s.d.Amount.String(), view.Clean(s.d.Vendor)
	c := confirmation{changes: []change{{"dispute", s.d.State.Words(), "", ""}}, no: "No, leave it as it is"}
	q := view.DisputeAct{ID: s.d.ID, Act: act}
	after := &c.changes[0].after
	switch act {
	case ledger.DisputeAccept:
		c.question = "Take " + s.d.Offer.String() + " of " + amount + " back from " + vendor + "?"
		*after, c.yes, c.ends = "accepted", "Yes, take it", "It ends the dispute: the rest stays with "+vendor+"."
		c.changes = append(c.changes, change{"you get back", "nothing yet", s.d.Offer.String(), ""})
	case ledger.DisputeDecline:
		c.question = "Decline the " + s.d.Offer.String() + " that " + vendor + " offers?"
		*after, c.yes, c.ends = "under review", "Yes, decline", "The offer does not come back. A person decides."
	case ledger.DisputeAppeal:
		q.Text = s.form.text(0)
		c.question, c.why = "Appeal against the decision?", "Both sides read: "+view.Clean(q.Text)
		*after, c.yes, c.ends = "appealed", "Yes, appeal", "Another person decides, for good. There is one appeal."
	case ledger.DisputeWithdraw:
		c.question = "Withdraw the dispute, and leave " + amount + " to " + vendor + "?"
		*after, c.yes, c.ends = "withdrawn", "Yes, withdraw it", "A purchase is disputed once: nothing takes this back."
	}
	c.do = func(m *Model) tea.Cmd {
		return outcomeShown(m, "dispute act", func(ctx context.Context, who view.Caller) (view.Dispute, error) {
			return m.svc.ContestDispute(ctx, who, q)
		}, func(d view.Dispute) tea.Cmd {
			s.take(d)
			m.notify(toneGood, "✓ Now "+d.State.Words()+".")
			return m.refresh()
		})
	}
	return m.confirm(c)
}

// draw puts what can be done below what was said; where there is no room for all of it, right below the title.
func (s *disputeSheet) draw(m *Model, width, height int) []line {
	title := lineOf(toneStrong, "  "+view.Clean(s.d.Title)).cut(width - 2)
	now, rest := []string{"State", "Amount", "Offer", "Next"}, s.d.Facts(m.format())
	about := facts(factBlock{width: width}, slices.DeleteFunc(slices.Clone(rest), func(f view.Fact) bool {
		return !slices.Contains(now, f.Label)
	}))
	about = append(about, section("The case", caseLines(m, s.d, width))...)
	rest = view.Without(rest, append(now, "Title", "Text", "Decision by", "Because")...)
	about = append(about, section("The purchase", facts(factBlock{width: width}, rest))...)
	var acts []line
	switch {
	case s.form != nil:
		acts = s.form.draw(width)
	case len(s.d.Can) > 0:
		acts = s.answers.draw(width, 2)
	}
	gap := topGap(height)
	switch {
	case len(acts) == 0:
		return slices.Concat(gap, []line{title, nil}, about)
	case len(gap)+2+len(about)+2+len(acts) <= height:
		return slices.Concat(gap, []line{title, nil}, about, []line{nil, heading("What now")}, acts)
	}
	return slices.Concat([]line{title}, acts, []line{nil}, about)
}

// caseLines are the steps of a dispute, each with its time, and below each other what belongs together.
func caseLines(m *Model, d view.Dispute, width int) []line {
	return facts(factBlock{width: width}, d.Timeline(m.format()))
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
			m.replaceTop(newDisputeSheet(d))
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
