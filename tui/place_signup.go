package tui

import (
	"context"
	"fmt"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// Steps of the sign-up.
const (
	stepAccept = iota
	stepRecover
	stepCode
	stepDone
)

// signup is what an unknown key sees: accept, write the recovery code down, add funds or skip. Or: recover a wallet.
type signup struct {
	step   int
	form   form // the recovery code that is typed
	joined ledger.Joined
	busy   bool
	fault  *failure
	back   bool // the wallet was recovered, not opened
}

func newSignup() *signup {
	return &signup{form: form{fields: []field{{name: "Recovery code", most: 40, help: "The code that you wrote down when you opened the wallet."}}}}
}

func (*signup) crumb() string       { return "Welcome" }
func (*signup) load(*Model) tea.Cmd { return nil }

// typing is true for all steps but the first: no key of the frame leads away from them.
func (s *signup) typing() bool { return s.step != stepAccept }

func (s *signup) hints(*Model) []hint {
	switch s.step {
	case stepAccept:
		return []hint{{"y", "accept"}, {"r", "recover a wallet"}, {"q", "leave"}}
	case stepRecover:
		return formHints("recover")
	case stepCode:
		return []hint{{"y", "I wrote it down"}}
	}
	return []hint{{"f", "add funds"}, {"enter", "skip"}}
}

func (s *signup) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	name := k.String()
	if s.busy {
		return nil, true
	}
	switch s.step {
	case stepAccept:
		switch name {
		case "y":
			return s.join(m), true
		case "r":
			s.step, s.fault = stepRecover, nil
			return nil, true
		case "1", "2", "3", "4", "5", "6", "7", "8", "9", "tab", "shift+tab", "-", ":":
			return nil, true // there is nothing else yet
		}
		return nil, false
	case stepRecover:
		return s.recoverKey(m, k)
	case stepCode:
		// The code is shown once: no other key takes it away.
		if name == "y" {
			s.step = stepDone
		}
		return nil, true
	}
	switch name {
	case "f", "enter", "y", "s", "esc":
		cmd := m.meet()
		m.o.Start = ""
		if name == "f" {
			m.o.Start = startFunding
		}
		return cmd, true
	}
	return nil, true
}

// startFunding opens the form of adding funds as soon as the new wallet is there.
const startFunding = "fund"

func (s *signup) recoverKey(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "esc" {
		s.step, s.form.fault = stepAccept, nil
		return nil, true
	}
	send, used := s.form.key(k)
	if !send || s.form.text(0) == "" {
		return nil, used
	}
	code := s.form.text(0)
	return s.send(m, true, func(ctx context.Context) (ledger.Joined, error) { return m.svc.Recover(ctx, m.who, code) }), true
}

func (s *signup) join(m *Model) tea.Cmd {
	return s.send(m, false, func(ctx context.Context) (ledger.Joined, error) {
		return m.svc.Join(ctx, m.who, ledger.JoinRequest{Accept: true})
	})
}

// send asks the service to open or to recover the wallet, and shows the code that it answers.
func (s *signup) send(m *Model, back bool, question func(context.Context) (ledger.Joined, error)) tea.Cmd {
	s.busy, s.fault, s.form.fault = true, nil, nil
	return ask(m, "join", func(ctx context.Context) (found[ledger.Joined], error) { return foundOr(question(ctx)) },
		func(v found[ledger.Joined]) tea.Cmd {
			s.busy = false
			if v.err != nil {
				f := m.fault("join", v.err)
				s.fault, s.form.fault = f, f
				return nil
			}
			s.joined, s.step, s.back = v.value, stepCode, back
			s.form.fields[0].value = ""
			return m.deafen(deafForCode)
		})
}

func (s *signup) draw(m *Model, width, height int) []row {
	out := []row{nil}
	if height < 14 {
		out = nil
	}
	switch s.step {
	case stepAccept:
		out = append(out, s.drawAccept(m, width)...)
	case stepRecover:
		out = append(out, heading("Recover a wallet"), nil)
		out = append(out, s.form.draw(width)...)
		out = append(out, nil)
		out = append(out, prose(toneFaint, width, "Your other keys stop working. For some time no money can leave the wallet.")...)
	case stepCode:
		out = append(out, s.drawCode(m, width)...)
	case stepDone:
		out = append(out, s.drawDone(m, width)...)
	}
	if s.busy {
		out = append(out, nil, say(toneFaint, "  One moment …"))
	}
	return out
}

func (s *signup) drawAccept(m *Model, width int) []row {
	h := m.house
	out := []row{say(toneStrong, "  Welcome to "+title(h.Name)+".").and(toneFaint, "  Step 1 of 3"), nil}
	out = append(out, prose(toneText, width, "This key has no wallet yet. A wallet is tied to your SSH key: no name, no password, no mail address.")...)
	out = append(out, nil)
	if s.fault != nil {
		return append(out, s.fault.rows(width)...)
	}
	out = append(out, say(toneKey, "  y").and(toneText, "  I accept these terms: open a wallet"),
		say(toneKey, "  r").and(toneText, "  I have a recovery code"), nil)
	currencies := ""
	for i, c := range h.Currencies {
		if i > 0 {
			currencies += ", "
		}
		currencies += string(c)
	}
	demo := ""
	if h.Simulated {
		demo = "Payment methods are simulated, no real money moves."
	}
	return append(out, pairs(width, fact{"Demo", demo}, fact{"Currencies", currencies}, fact{"Vendors pay", h.Commission + " of each sale; you pay the price and nothing more"},
		fact{"Limits", boundsWords(h.Limits) + ", until you change them"}, fact{"Buying", "works while you are here and " + durationWords(h.Window) + " after your last key"},
		fact{"Your key", m.who.Fingerprint})...)
}

func (s *signup) drawCode(m *Model, width int) []row {
	first := "  Your wallet is " + clean(s.joined.Handle) + "."
	if s.back {
		first = "  Welcome back, " + clean(s.joined.Handle) + "."
	}
	out := []row{say(toneStrong, first).and(toneFaint, "  Step 2 of 3"), nil}
	out = append(out, prose(toneText, width, "Write down this recovery code:")...)
	out = append(out, nil, say(toneText, "  ").and(toneBadge, "  "+clean(s.joined.RecoveryCode)+"  "), nil)
	out = append(out, prose(toneText, width, "It is shown this once, and it alone brings your wallet back if you lose your key.")...)
	out = append(out, nil)
	if !s.joined.LockedUntil.IsZero() {
		out = append(out, prose(toneWarn, width, "Money cannot leave before "+when(s.joined.LockedUntil, m.now(), m.zone)+".")...)
	}
	return append(out, say(toneKey, "  y").and(toneText, "  I wrote it down"))
}

func (s *signup) drawDone(m *Model, width int) []row {
	out := []row{say(toneStrong, "  Ready.").and(toneFaint, "  Step 3 of 3"), nil}
	out = append(out, prose(toneText, width, fmt.Sprintf("%s is prepaid: you spend what you put in, and nothing else.", title(m.house.Name)))...)
	return append(out, nil, say(toneKey, "  f").and(toneText, "      add funds now"), say(toneKey, "  enter").and(toneText, "  skip, later is fine"))
}
