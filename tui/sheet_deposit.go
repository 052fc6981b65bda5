package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
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
	return fetch(m, "deposit", func(ctx context.Context) (outcome[view.Detail], error) {
		return outcomeOf(m.svc.Show(ctx, m.who, s.d.ID))
	}, func(v outcome[view.Detail]) tea.Cmd {
		if v.err == nil && v.value.Deposit != nil {
			s.d = *v.value.Deposit
		}
		return nil
	})
}

func (*depositSheet) hints(*Model) []hint { return []hint{{"enter", "done"}, {"esc", "back"}} }

// key closes the sheet with enter too: after a form, enter is what a person presses to go on.
func (*depositSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "enter" {
		return m.close(), true
	}
	return nil, false
}

// draw begins with how much comes, by what, and how far it is; then what became of it if it was just made. The steps of
// the payer stand below the facts, because they repeat the reference that is one of them.
func (s *depositSheet) draw(m *Model, width, height int) []line {
	state := line{{s.d.State.Words(), tone(s.d.State.Tone())}, {"  ", toneText}}
	title := heading(byMethod(s.d))
	if with := title.right(width, state); with.width() > title.width() {
		title = with
	} else {
		title = title.add(toneText, "  ").add(state[0].tone, state[0].text)
	}
	out := append(topGap(height), title)
	if s.fresh {
		out = append(out, paragraph(tone(s.d.State.Tone()), width, s.d.Outcome)...)
	}
	about := facts(factBlock{width: width}, view.Without(s.d.Facts(m.format()), "Amount", "Method", "State"))
	out = append(append(out, nil), about...)
	return append(out, section("What to do", depositSteps(s.d, width))...)
}

// depositLines are the facts of a deposit and what its payer has to do.
func depositLines(m *Model, d view.Deposit, width int) []line {
	return append(facts(factBlock{width: width}, d.Facts(m.format())), section("What to do", depositSteps(d, width))...)
}

// depositSteps are what the payer has to do, one after the other.
func depositSteps(d view.Deposit, width int) (steps []line) {
	for _, s := range d.Steps {
		steps = append(steps, paragraph(toneText, width, "- "+s)...)
	}
	return steps
}

// stepSheet moves an offline deposit on: staff has the check in hand. The amount is typed again: it must be what
// was announced.
type stepSheet struct {
	d    view.Deposit
	form *form
	step string
}

func (*stepSheet) name() string        { return "deposit" }
func (*stepSheet) crumb() string       { return "Deposit" }
func (s *stepSheet) typing() bool      { return s.form != nil }
func (*stepSheet) load(*Model) tea.Cmd { return nil }

// hints are the steps that staff can confirm. Which of them is possible is decided by the rules.
func (s *stepSheet) hints(*Model) []hint {
	if s.form != nil {
		return s.form.hints("confirm", "back")
	}
	return []hint{{"e", "received"}, {"c", "cleared"}, {"b", "bounced"}, {"esc", "back"}}
}

// key chooses a step and opens the form for the amount: no single letter moves money.
func (s *stepSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if s.form != nil {
		return s.confirmKey(m, k)
	}
	step := map[string]string{"e": "received", "c": "cleared", "b": "bounced"}[k.String()]
	if step == "" {
		return nil, false
	}
	s.step = step
	label := inputOf("deposit "+step, "AMOUNT").Label()
	help := "In " + string(s.d.Amount.Currency) + ", as it was announced. Enter confirms."
	s.form = &form{fields: []field{textField(label, "", amountLength, help)}}
	return nil, true
}

// confirmKey compares nothing itself: the service refuses an amount that was not announced, and says what to do
// then.
func (s *stepSheet) confirmKey(m *Model, k Key) (tea.Cmd, bool) {
	if send, used := keyOf(m, &s.form, k); !send {
		return nil, used
	}
	f := s.form
	amount, err := ledger.ReadAmount(f.text(0), s.d.Amount.Currency)
	if err != nil {
		f.refuse(0, misread(err))
		return nil, true
	}
	step, reference := s.step, view.Clean(s.d.Reference)
	return m.confirm(confirmation{
		question: "Is " + reference + " over " + amount.String() + " " + step + "?",
		why:      stepMeans[step],
		ends:     "It stands in the journal with your name, and nothing takes it back.",
		no:       "No, leave it as it is", yes: "Yes, it is " + step,
		do: func(m *Model) tea.Cmd {
			return submit(m, f, "step", func(ctx context.Context) (view.Deposit, error) {
				return m.svc.AdvanceDeposit(ctx, m.who, s.d.Reference, step, amount)
			}, func(d view.Deposit) tea.Cmd {
				s.d, s.form = d, nil
				m.notify(toneGood, "Now "+d.State.Words()+".")
				return m.refresh()
			})
		},
	}), true
}

// stepMeans says what a step does to the payer's tokens.
var stepMeans = map[string]string{
	"received": "Its tokens are seen in the wallet, and cannot be spent before it clears.",
	"cleared":  "Its tokens can be spent from then on.",
	"bounced":  "Its tokens go back.",
}

// draw keeps the facts below the form: the reference and the amount are compared with the check in hand.
func (s *stepSheet) draw(m *Model, width, _ int) []line {
	var out []line
	if s.form != nil {
		out = append(out, nil, lineOf(toneWarn, "  "+view.Clean(s.d.Reference)+" is "+s.step), nil)
		out = append(out, s.form.draw(width)...)
	}
	return append(append(out, nil), depositLines(m, s.d, width)...)
}
