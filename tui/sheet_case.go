package tui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// caseSheet is one matter of the desk. Staff decides in it, once: a dispute is decided for one side, a deposit goes one
// step on. Both move money, so the answer that does nothing is first and selected, the next question takes a reason or
// the amount, and the last repeats all of it.
type caseSheet struct {
	matter
	answers answers
	form    *form  // the reason of a decision, or the amount of a step
	chosen  string // the answer that the form is for
	over    bool   // it was decided in this sheet
}

// Answers of a case. The steps of a deposit have the words of the service.
const (
	answerLeave  = "leave"
	answerBuyer  = "buyer"
	answerVendor = "vendor"
	answerMatch  = "match"
	answerReturn = "return"
	answerAsk    = "ask"

	answerApprove = "approve"
	answerDeny    = "deny"
	answerGoOn    = "go on"
)

func newCaseSheet(t matter) *caseSheet {
	s := &caseSheet{matter: t}
	if t.receipt != nil {
		s.answers = safeFirst(
			answer{key: answerLeave, words: "Leave it as it is"},
			answer{key: answerMatch, words: "Credit it to a wallet"},
			answer{key: answerReturn, words: "Send it back to where it came from"},
		)
		return s
	}
	if t.task != nil {
		s.answers = taskAnswers(t)
		return s
	}
	if t.dispute == nil {
		s.answers = safeFirst(
			answer{key: answerLeave, words: "Leave it as it is"},
			answer{key: "received", words: "It is received: the letter is in hand"},
			answer{key: "cleared", words: "It has cleared: the money is there"},
			answer{key: "bounced", words: "It has bounced: the tokens go back"},
		)
		return s
	}
	amount, vendor := t.dispute.Amount.String(), view.Clean(t.dispute.Vendor)
	all := []answer{{key: answerLeave, words: "Decide nothing yet"}}
	if ledger.DisputeState(t.dispute.State).WaitsForStaff() { // else it is the turn of one of the sides
		all = append(all, answer{key: answerBuyer, words: "Give " + amount + " back to the buyer"},
			answer{key: answerVendor, words: "Keep it with " + vendor})
	}
	if t.dispute.State == view.State(ledger.DisputeUnderReview) {
		all = append(all, answer{key: answerAsk, words: "Ask " + vendor + " first"})
	}
	s.answers = safeFirst(all...)
	return s
}

func (*caseSheet) tellsTime()          {} // when it is due
func (*caseSheet) name() string        { return "case" }
func (*caseSheet) crumb() string       { return "Case" }
func (s *caseSheet) typing() bool      { return s.form != nil }
func (*caseSheet) load(*Model) tea.Cmd { return nil }

// copyable is the id: it is what a colleague is told.
func (s *caseSheet) copyable() string { return s.id }

func (s *caseSheet) hints(m *Model) []hint {
	switch {
	case s.over:
		return []hint{{"enter", "done"}, {"esc", "queue"}}
	case s.form != nil:
		return s.form.hints("go on", "back")
	}
	all := []hint{{"enter", "decide"}, {"↑↓", "choose"}}
	if m.overflows(s) {
		all = append(all, hint{"pgdown", "read on"})
	}
	return append(append(all, hint{"esc", "queue"}), m.besideHints(s)...)
}

// key chooses an answer and opens its question.
func (s *caseSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	switch {
	case s.over:
		if k.String() == "enter" {
			return m.close(), true
		}
		return nil, false
	case s.form != nil && s.dispute != nil:
		return s.decideKey(m, k)
	case s.form != nil && s.receipt != nil:
		return s.receiptKey(m, k)
	case s.form != nil && s.task != nil:
		return s.denyKey(m, k)
	case s.form != nil:
		return s.stepKey(m, k)
	}
	taken, cmd, used := s.answers.press(m, k)
	switch taken {
	case "":
		return cmd, used
	case answerLeave:
		return m.close(), true
	case answerApprove:
		return s.approve(m), true
	case answerGoOn:
		p := newPaletteSheet(m)
		p.form.fields[0].set(s.task.Leads)
		return tea.Batch(m.open(p), p.ask(m)), true
	case answerDeny:
		s.form = &form{fields: []field{s.denyField()}}
	case answerMatch:
		wallet := textInput("receipt match", "--wallet", s.receipt.Handle, 40, "As its owner names it.")
		s.form = &form{fields: []field{wallet, reasonField("receipt match", "Its owner reads this.")}}
	case answerReturn:
		s.form = &form{fields: []field{reasonField("receipt return", "It is final.")}}
	case answerBuyer, answerVendor:
		s.form = &form{fields: []field{reasonField("decide", s.ends())}}
	case answerAsk:
		ask := textInput("desk ask", "--text", "", 500, "Both sides read it.")
		ask.check = func(text string) (fault, warning string) {
			if text == "" {
				fault = "Type the question."
			}
			return fault, ""
		}
		s.form = &form{fields: []field{ask}}
	default:
		help := "In " + string(s.deposit.Amount.Currency) + ", as it was announced and stands on the paper."
		s.form = &form{fields: []field{
			textField(inputOf("deposit "+taken, "AMOUNT").Label(), "", amountLength, help),
		}}
	}
	s.chosen = taken
	return m.guardInput(guardConfirm), true
}

// reasonField takes the reason of a decision.
func reasonField(verb, help string) field {
	f := textInput(verb, "--reason", "", 200, help)
	f.check = func(text string) (fault, warning string) {
		if text == "" {
			fault = "A decision needs a reason. Type one sentence."
		}
		return fault, ""
	}
	return f
}

// receiptKey asks once more before a receipt becomes somebody's, or goes back.
func (s *caseSheet) receiptKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &s.form, k); !send {
		return nil, used
	}
	f, v, reason := s.form, *s.receipt, s.form.text(len(s.form.fields)-1)
	c := confirmation{
		question: "Send " + v.Amount.String() + " back to where it came from?",
		why:      view.Clean(reason),
		changes:  []change{{"receipt", v.State.Words(), "returned", ""}},
		ends:     "It stands in the journal with your name, and nothing takes it back.",
		no:       "No, leave it as it is", yes: "Yes, send it back",
	}
	act := func(ctx context.Context) (view.Unallocated, error) {
		return m.svc.ReceiptReturn(ctx, m.who, v.ID, reason)
	}
	if s.chosen == answerMatch {
		wallet := f.text(0)
		c.question = "Credit " + v.Amount.String() + " to " + view.Clean(wallet) + "?"
		c.changes[0].after, c.yes = "a new deposit of that wallet", "Yes, it is theirs"
		act = func(ctx context.Context) (view.Unallocated, error) {
			return m.svc.ReceiptMatch(ctx, m.who, v.ID, wallet, reason)
		}
	}
	c.do = func(m *Model) tea.Cmd {
		return submit(m, f, "receipt", act, func(v view.Unallocated) tea.Cmd {
			s.matter = receiptMatter(v)
			return s.done(m, "Now "+v.State.Words()+".")
		})
	}
	return m.confirm(c), true
}

// ends says whether a decision is the last one.
func (s *caseSheet) ends() string {
	if s.dispute.State == view.State(ledger.DisputeAppealed) {
		return "It is final."
	}
	return "The side that loses may appeal; the money waits so long."
}

// decideKey asks once more with the reason, which both sides will read. A question to the vendor is sent at once.
func (s *caseSheet) decideKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &s.form, k); !send {
		return nil, used
	}
	if id, question := s.dispute.ID, s.form.text(0); s.chosen == answerAsk {
		return submit(m, s.form, "ask", func(ctx context.Context) (view.Dispute, error) {
			return m.svc.AskVendor(ctx, m.who, id, question)
		}, func(d view.Dispute) tea.Cmd {
			s.matter = disputeMatter(d)
			return s.done(m, "Asked.")
		}), true
	}
	f, reason, wins := s.form, s.form.text(0), s.chosen == answerBuyer
	amount, vendor := s.dispute.Amount.String(), view.Clean(s.dispute.Vendor)
	c := confirmation{
		question: "Leave " + amount + " to the vendor " + vendor + "?",
		why:      "Both sides read: " + view.Clean(reason),
		changes:  []change{{"dispute", s.dispute.State.Words(), "the vendor is right", ""}},
		ends:     s.ends(),
		no:       "No, decide nothing yet", yes: "Yes, " + vendor + " keeps it",
		do: func(m *Model) tea.Cmd {
			return submit(m, f, "decide", func(ctx context.Context) (view.Dispute, error) {
				return m.svc.Decide(ctx, m.who, s.dispute.ID, wins, reason)
			}, func(d view.Dispute) tea.Cmd {
				s.matter = disputeMatter(d)
				return s.done(m, "Decided.")
			})
		},
	}
	if wins {
		c.question = "Give " + amount + " back to the buyer, from the vendor " + vendor + "?"
		c.changes[0].after = "the buyer is right"
		c.yes = "Yes, the buyer gets it back"
	}
	return m.confirm(c), true
}

// stepMeans says what a step does to the payer's tokens.
var stepMeans = map[string]string{
	"received": "Its tokens are seen in the wallet, and cannot be spent before it clears.",
	"cleared":  "Its tokens can be spent from then on.",
	"bounced":  "Its tokens go back.",
}

// stepKey reads the amount, which is typed again: it must be what was announced. It compares nothing itself: the
// service refuses an amount that was not announced, and says what to do then.
func (s *caseSheet) stepKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &s.form, k); !send {
		return nil, used
	}
	f, step := s.form, s.chosen
	amount, err := ledger.ReadAmount(f.text(0), s.deposit.Amount.Currency)
	if err != nil {
		f.refuse(0, misread(err))
		return nil, true
	}
	reference := view.Clean(s.deposit.Reference)
	return m.confirm(confirmation{
		question: "Is " + reference + " over " + amount.String() + " " + step + "?",
		why:      stepMeans[step],
		changes:  []change{{"deposit", s.deposit.State.Words(), step, ""}},
		ends:     "It stands in the journal with your name, and nothing takes it back.",
		no:       "No, leave it as it is", yes: "Yes, it is " + step,
		do: func(m *Model) tea.Cmd {
			return submit(m, f, "step", func(ctx context.Context) (view.Deposit, error) {
				return m.svc.AdvanceDeposit(ctx, m.who, s.deposit.Reference, step, amount)
			}, func(d view.Deposit) tea.Cmd {
				s.matter = depositMatter(d)
				return s.done(m, "Now "+d.State.Words()+".")
			})
		},
	}), true
}

// done shows what has become of the case.
func (s *caseSheet) done(m *Model, words string) tea.Cmd {
	s.form, s.over = nil, true
	m.notify(toneGood, "✓ "+words)
	return m.refresh()
}

// draw shows the case, and below it the answers or the question. Where there is no room for all of it they stand right
// under the title, and what is below is scrolled to.
func (s *caseSheet) draw(m *Model, width, height int) []line {
	about := s.lines(m, width, 0)
	if s.over {
		return append(topGap(height), about...)
	}
	acts := s.answers.draw(width, 2)
	if s.form != nil {
		acts = append([]line{lineOf(toneStrong, "  "+s.asked()).cut(width - 2)}, s.form.draw(width)...)
	}
	room := height - len(about) - 1 - len(acts)
	switch gap := topGap(height); {
	case room >= 1+len(gap) && s.form == nil:
		return slices.Concat(gap, about, []line{nil, heading("Decide")}, acts)
	case room >= len(gap):
		return slices.Concat(gap, about, []line{nil}, acts)
	case room >= 0:
		return slices.Concat(about, []line{nil}, acts)
	}
	dense := slices.DeleteFunc(slices.Clone(about), func(l line) bool { return len(l) == 0 })
	if len(dense)+1+len(acts) <= height {
		return slices.Concat(dense, []line{nil}, acts)
	}
	return slices.Concat(dense[:1], acts, []line{nil}, dense[1:])
}

// asked is the answer that the form is for.
func (s *caseSheet) asked() string {
	return s.answers.all[slices.IndexFunc(s.answers.all, func(a answer) bool { return a.key == s.chosen })].words
}
