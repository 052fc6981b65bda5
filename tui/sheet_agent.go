package tui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// agentSheet is one key by which a program pays.
type agentSheet struct{ a view.Agent }

func (*agentSheet) name() string        { return "agent" }
func (*agentSheet) crumb() string       { return "Program" }
func (*agentSheet) typing() bool        { return false }
func (*agentSheet) load(*Model) tea.Cmd { return nil }
func (*agentSheet) hints(*Model) []hint { return []hint{{"D", "stop it"}, {"esc", "back"}} }

// key stops the program, after a question.
func (s *agentSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "D" {
		return endAgent(m, s.a, s), true
	}
	return nil, false
}

// draw has the whole fingerprint.
func (s *agentSheet) draw(m *Model, width, height int) []line {
	return append(topGap(height), facts(factBlock{width: width}, s.a.Facts(m.format()))...)
}

// endAgent asks whether a program should stop, and leaves the sheet about it; nil: there is none.
func endAgent(m *Model, a view.Agent, from screen) tea.Cmd {
	name := view.Clean(a.Name)
	return m.confirm(confirmation{
		question: "Stop the program " + name + "?",
		why:      "Its key pays no more, at once, and what waits for its vendors goes back.",
		ends:     "The same key can be added again.",
		no:       "No, let it pay", yes: "Yes, stop " + name,
		do: func(m *Model) tea.Cmd {
			var left tea.Cmd
			if from != nil && m.top() == from {
				left = m.close()
			}
			return tea.Batch(left, m.act("agent end", func(ctx context.Context) error {
				_, err := m.svc.EndAgent(ctx, m.who, a.Fingerprint)
				return err
			}, "✓ "+name+" pays no more."))
		},
	})
}

// Fields of the form that lets a program pay, in their order.
const (
	agentName = iota
	agentKey
	agentEach
	agentDay
)

// agentKeyLength is what fits into the field of a public key: an ssh-ed25519 key with a long comment.
const agentKeyLength = 200

// newAgentSheet lets a program pay: its key and its bounds. The currency is that of the first account.
type newAgentSheet struct {
	c    ledger.Currency
	form form
}

// addAgent opens the form, unless the key is too new to let anybody pay.
func addAgent(m *Model) tea.Cmd {
	if m.young("let a program pay") {
		return nil
	}
	s := &newAgentSheet{c: m.house.Currencies[0]}
	if len(m.home.Wallets) > 0 {
		s.c = m.home.Wallets[0].Currency
	}
	need := func(q field, check func(string) error) field {
		q.check = func(text string) (fault, warning string) {
			if err := check(text); err != nil {
				return misread(err).sentence(), ""
			}
			return "", ""
		}
		return q
	}
	amount := func(flag, more string) field {
		return need(textInput("agent add", flag, "", amountLength, more), func(text string) error {
			_, err := s.bound(text)
			return err
		})
	}
	s.form = form{fields: []field{
		need(textInput("agent add", "NAME", "", 40, "One word."), func(text string) error {
			if strings.TrimSpace(text) == "" {
				return ledger.Invalid("name", "Say one word such as builder.", "The name is missing.")
			}
			return nil
		}),
		need(textInput("agent add", "KEY", "", agentKeyLength, "Make it for the program alone."), func(text string) error {
			_, _, _, err := ledger.ParseAgentKey(text)
			return err
		}),
		amount("--each", "In "+string(s.c)+"."), amount("--day", "The limits of your wallet hold beside it."),
	}}
	return m.open(s)
}

// bound reads an amount, which is needed.
func (s *newAgentSheet) bound(text string) (int64, error) {
	if strings.TrimSpace(text) == "" {
		return 0, ledger.Invalid("max", "Type an amount such as 0.50.", "The limit is missing.")
	}
	return view.ParseAllowance(text, s.c)
}

func (*newAgentSheet) name() string          { return "new agent" }
func (*newAgentSheet) crumb() string         { return "Let a program pay" }
func (*newAgentSheet) typing() bool          { return true }
func (*newAgentSheet) load(*Model) tea.Cmd   { return nil }
func (s *newAgentSheet) hints(*Model) []hint { return s.form.hints("go on", "back") }

// key asks before a program may pay.
func (s *newAgentSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return nil, used
	}
	q := view.AgentOrder{Name: strings.TrimSpace(s.form.text(agentName)), Key: s.form.text(agentKey), Currency: s.c}
	var err error
	if q.Each, err = s.bound(s.form.text(agentEach)); err != nil { // the form has checked both
		return nil, true
	}
	if q.Day, err = s.bound(s.form.text(agentDay)); err != nil {
		return nil, true
	}
	name, day := view.Clean(q.Name), ledger.Amount{Micros: q.Day, Currency: s.c}
	return m.confirm(confirmation{
		question: "Let " + name + " pay up to " + day.String() + " a day?",
		why:      "It pays without asking, also while buying is locked, for 90 days. Whoever has the key file may do so.",
		ends:     "You stop it with D on Me; that works at once.",
		no:       "No, let nobody pay", yes: "Yes, let " + name + " pay",
		do: func(m *Model) tea.Cmd {
			return submit(m, &s.form, "agent add", ownOf(m, m.svc.AddAgent, q), func(a view.Agent) tea.Cmd {
				m.notify(toneGood, "✓ "+view.Clean(a.Name)+" may pay.")
				return m.leave(s)
			})
		},
	}), true
}

func (s *newAgentSheet) draw(_ *Model, width, height int) []line {
	return append(topGap(height), s.form.drawIn(width, height-2)...)
}
