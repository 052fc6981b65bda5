package tui

import (
	"context"
	"errors"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Steps of the sign-up. The recovery code stands between the terms and the wallet: no user gets to the money without
// having written it down. The looks come before it, so that it is read well.
const (
	stepAccept = iota
	stepLooks
	stepRecover
	stepLink
	stepInvite
	stepCode
	stepDone
)

// signup is what an unknown key sees: accept, choose the looks, write the recovery code down, add funds or skip. Or:
// link this key to a wallet by the code of another device, or recover one. Who was invited types the code before the
// yes; it opens the wallet with it.
type signup struct {
	step   int
	form   form          // the code that is typed
	invite string        // the code of an invitation, "" without one
	by     view.Inviting // the vendor whose code it is; none: it is a representative's, or not known
	asked  string        // the code that was looked at last
	looks  looks
	chosen view.SettingsChange // of the looks
	joined view.Joined
	paper  onPaper // the code of the new wallet
	answer twice
	busy   bool
	fault  *failure
	back   bool // the wallet was recovered, not opened
}

// newSignup begins with the terms.
func newSignup() *signup { return &signup{} }

// askCode goes to the step that takes the code of a command.
func (s *signup) askCode(step int, path, help string) {
	s.step, s.fault, s.form = step, nil, form{fields: []field{textInput(path, "CODE", "", 40, help)}}
}

func (*signup) name() string  { return placeSignup }
func (*signup) crumb() string { return "Welcome" }

// load asks who has brought the person, which is told before the yes. A code that is no vendor's is looked at by the
// join.
func (s *signup) load(m *Model) tea.Cmd {
	code := s.invite
	if code == s.asked {
		return nil
	}
	if s.by, s.asked = (view.Inviting{}), code; code == "" {
		return nil
	}
	return attempt(m, "inviting", func(ctx context.Context) (view.Inviting, error) {
		return m.svc.Inviting(ctx, code)
	}, func(by view.Inviting, err error) tea.Cmd {
		if err == nil && code == s.invite {
			s.by = by
		} else if err != nil && !errors.Is(err, ledger.ErrNotFound) {
			s.asked = "" // nothing is known: the next look asks again
		}
		return nil
	})
}

// typing is true for all steps but the first two: no key of the frame leads away from them.
func (s *signup) typing() bool { return s.step != stepAccept && s.step != stepLooks }

// hints are few on purpose: each step asks for one thing.
func (s *signup) hints(*Model) []hint {
	switch s.step {
	case stepAccept:
		if s.answer.asked != "" {
			return []hint{{"y again", "open a wallet"}, {"esc", "not yet"}}
		}
		return []hint{
			{"y", "accept"}, {"l", "link"}, {"r", "recover"}, {"i", "invite"}, {"ctrl+t", "looks"}, {"q", "leave"},
		}
	case stepRecover:
		return s.form.hints("recover", "back")
	case stepLink:
		return s.form.hints("link", "back")
	case stepInvite:
		return s.form.hints("take it", "back")
	case stepLooks:
		return []hint{{"enter", "take it"}, {"↑↓", "try"}, {"esc", "back"}}
	case stepCode:
		return []hint{{"enter", "I wrote it down"}}
	}
	return []hint{{"f", "add funds"}, {"enter", "skip"}}
}

// key takes the keys of the present step. While the service is called they are dropped: a second y would be the
// answer to a question that is not there yet.
func (s *signup) key(m *Model, k Key) (tea.Cmd, bool) {
	name := k.String()
	if s.busy {
		return nil, true
	}
	switch s.step {
	case stepAccept:
		return s.acceptKey(m, k)
	case stepRecover, stepLink, stepInvite:
		return s.codeKey(m, k)
	case stepLooks:
		return s.looksKey(m, k)
	case stepCode:
		if done, used := s.paper.key(m, k); !done { // the code is shown once: no other key takes it away
			return nil, used || name == "esc"
		}
		s.step = stepDone
		return nil, true
	}
	switch name {
	case "f", "enter", "y", "esc":
		// Who is calling is looked up anew: this place goes, and those of a wallet come.
		m.o.Start = ""
		if name == "f" {
			m.o.Start = startFunding
		}
		return m.loadCaller(), true
	}
	return nil, true
}

// acceptKey drops the keys that lead to other places, because a key without a wallet has none.
func (s *signup) acceptKey(m *Model, k Key) (tea.Cmd, bool) {
	decided, cmd, used := s.answer.press(m, k, "y")
	if decided != "" {
		s.step, s.fault, s.looks = stepLooks, nil, newLooks(m)
		return m.guardInput(guardConfirm), true
	}
	if used {
		return cmd, true
	}
	switch k.String() {
	case "r":
		s.askCode(stepRecover, "recover", "You wrote it down when you opened the wallet.")
		return nil, true
	case "l":
		s.askCode(stepLink, "keys join", "It is good for ten minutes, and once.")
		return nil, true
	case "i":
		s.askCode(stepInvite, "join", "It is good for seven days, and once.")
		s.form.fields[0].set(s.invite)
		return nil, true
	case "1", "2", "3", "4", "5", "6", "7", "8", "9", "tab", "shift+tab", "-", ":":
		return nil, true // there is nothing else yet
	case "enter":
		m.notify(toneText, "y accepts the terms; l and r are for who has a wallet, i for who was invited.")
		return nil, true
	}
	return nil, false
}

// looksKey tries the looks. Nothing is written before one is taken, so esc goes back to the terms.
func (s *signup) looksKey(m *Model, k Key) (tea.Cmd, bool) {
	taken, left, used := s.looks.key(m, k)
	switch {
	case taken:
		s.chosen = s.looks.take(m)
		return s.join(m), true
	case left:
		s.step = stepAccept
	}
	return nil, used
}

// codeKey sends the code. Wrong ones are counted by the service, not here: a session is opened anew too easily.
func (s *signup) codeKey(m *Model, k Key) (tea.Cmd, bool) {
	if k.String() == "esc" {
		s.step, s.fault, s.form.fault = stepAccept, nil, nil
		return nil, true
	}
	send, used := s.form.key(m, k)
	code := s.form.text(0)
	switch {
	case send && s.step == stepInvite: // it is sent with the yes
		s.step, s.invite = stepAccept, code
		return s.load(m), true
	case !send || code == "":
		return nil, used
	}
	if s.step == stepLink {
		return s.link(m, code), true
	}
	return s.send(m, true, ownOf(m, m.svc.Recover, code)), true
}

// link adds this key to the wallet whose other key has given the code. There is no recovery code to write down: the
// wallet has one.
func (s *signup) link(m *Model, code string) tea.Cmd {
	return submit(m, &s.form, "join", func(ctx context.Context) (view.Identity, error) {
		return m.svc.JoinKey(ctx, m.who, code, "")
	}, func(id view.Identity) tea.Cmd {
		m.o.Start = ""
		m.notify(toneGood, "This key opens the wallet "+view.Clean(id.Handle)+" now.")
		return m.loadCaller()
	})
}

// join opens the wallet; that the terms were shown is what makes it an acceptance.
func (s *signup) join(m *Model) tea.Cmd {
	return s.send(m, false, ownOf(m, m.svc.Join, view.JoinRequest{Accept: true, Invite: s.invite}))
}

// send opens or recovers the wallet, and shows the recovery code that the service returns.
func (s *signup) send(m *Model, back bool, call func(context.Context) (view.Joined, error)) tea.Cmd {
	s.busy, s.fault, s.form.fault = true, nil, nil
	return attempt(m, "join", call, func(joined view.Joined, err error) tea.Cmd {
		s.busy = false
		if err != nil {
			f := m.fault("join", err)
			s.fault, s.form.fault = f, f
			if !back { // the terms have room for it
				s.step = stepAccept
			}
			return nil
		}
		s.joined, s.step, s.back = joined, stepCode, back
		s.paper = newOnPaper(joined.RecoveryCode)
		s.form = form{}
		if back { // the wallet has a look
			return tea.Batch(m.guardInput(guardCode), m.storeTheme())
		}
		return tea.Batch(m.guardInput(guardCode), m.storeLooks(s.chosen))
	})
}

// draw shows the present step.
func (s *signup) draw(m *Model, width, height int) []line {
	out := topGap(height)
	switch s.step {
	case stepAccept:
		out = append(out, s.drawAccept(m, width, height)...)
	case stepRecover:
		out = append(out, heading("Recover a wallet"), nil)
		out = append(out, s.form.draw(width)...)
		out = append(out, nil)
		out = append(out, paragraph(toneFaint, width,
			"Your other keys stop working; for some time no money can leave.")...)
	case stepLink:
		out = append(out, heading("Link this key to a wallet that you have"), nil)
		out = append(out, s.form.draw(width)...)
		out = append(out, nil)
		out = append(out, paragraph(toneFaint, width, "The other device makes the code: + on Me, or "+
			"ssh "+view.Clean(m.house.Host)+" keys add. Is no other key left? Go back, and recover the wallet with r.")...)
	case stepInvite:
		out = append(out, heading("Open a wallet with an invitation"), nil)
		out = append(out, s.form.draw(width)...)
		out = append(out, nil)
		out = append(out, paragraph(toneFaint, width, "Nobody needs one: leave it empty to open a wallet without.")...)
	case stepLooks:
		out = append(out, lineOf(toneStrong, "  Which one reads best?").add(toneFaint, "  Step 2 of 4"))
		if height >= roomyFrom {
			out = append(append(out, nil), paragraph(toneText, width,
				"Your terminal is not asked anything; you decide, and change it with ctrl+t or on Me.")...)
			out = append(out, nil)
		}
		out = append(out, s.looks.draw(width, height-len(out))...)
	case stepCode:
		out = append(out, s.drawCode(m, width, height)...)
	case stepDone:
		out = append(out, drawReady(m, width)...)
	}
	if s.busy {
		out = append(out, nil, lineOf(toneFaint, "  One moment …"))
	}
	return out
}

// drawAccept puts the choice above the terms: on a low terminal the terms are scrolled, and the choice must be seen.
func (s *signup) drawAccept(m *Model, width, height int) []line {
	out := []line{lineOf(toneStrong, "  Welcome to "+title(m.house.Name)+".").add(toneFaint, "  Step 1 of 4"), nil}
	if s.fault == nil || height >= roomyFrom { // on a low terminal what went wrong takes its place
		out = append(out, paragraph(toneText, width,
			"This key has no wallet yet. A wallet is tied to your SSH key: no name, no password, no mail address.")...)
		out = append(out, nil)
	}
	if s.fault != nil {
		out = append(append(out, s.fault.lines(width)...), nil)
	}
	yes := lineOf(toneKey, "  y").add(toneText, "  I accept: open a wallet")
	if s.answer.asked != "" {
		yes = question("y", "accept the terms")
	}
	// An agent offers its keys in an order of its own, and a recovery would end the key that has the wallet.
	other := paragraph(toneFaint, width, "A wallet of yours has another key? Leave, and name that key:")
	other = append(other, paragraph(toneText, width, ledger.OtherKey(view.Clean(m.house.Host)))...)
	link := lineOf(toneKey, "  l").add(toneText, "  Link this key to my wallet")
	back := lineOf(toneKey, "  r").add(toneText, "  I have a recovery code")
	invited := "  I have an invitation"
	if s.invite != "" {
		invited = "  Invited with " + view.Clean(s.invite)
	}
	out = append(out, yes, link) // all must be seen
	if beside := back.add(toneKey, "   i").add(toneText, invited); beside.width() <= width {
		out = append(out, beside)
	} else {
		out = append(out, back, lineOf(toneKey, "  i").add(toneText, invited))
	}
	if s.by.Vendor != "" {
		if height >= roomyFrom {
			out = append(out, nil)
		}
		out = append(out, paragraph(toneText, width, "You come by "+view.Clean(s.by.Words())+". "+view.Brings)...)
	}
	if height >= roomyFrom {
		out = append(out, nil)
	}
	out = append(out, other...)
	out = append(out, nil)
	terms := append(m.house.Terms(), view.Fact{Label: "Your key", Value: m.who.Fingerprint, Whole: true})
	return append(out, facts(factBlock{width: width}, terms)...)
}

// drawCode shows the recovery code, the only time that it is shown: the service keeps a hash.
func (s *signup) drawCode(m *Model, width, height int) []line {
	first := lineOf(toneStrong, "  Your wallet is "+view.Clean(s.joined.Handle)+".").add(toneFaint, "  Step 3 of 4")
	if s.back {
		first = lineOf(toneStrong, "  Welcome back, "+view.Clean(s.joined.Handle)+".")
	}
	out := []line{first}
	if !s.joined.LockedUntil.IsZero() {
		out = append(out, paragraph(toneWarn, width,
			"! Money cannot leave before "+m.format().Time(s.joined.LockedUntil)+".")...)
	}
	if height >= roomyFrom {
		out = append(out, nil)
	}
	return append(out, s.paper.draw(width, height-len(out)-1)...)
}

// drawReady offers to add funds, which is what a new wallet needs first.
func drawReady(m *Model, width int) []line {
	out := []line{lineOf(toneStrong, "  Ready.").add(toneFaint, "  Step 4 of 4"), nil}
	out = append(out, paragraph(toneText, width,
		title(m.house.Name)+" is prepaid: you spend what you put in, and nothing else.")...)
	return append(out, nil, lineOf(toneKey, "  f").add(toneText, "      add funds now"),
		lineOf(toneKey, "  enter").add(toneText, "  skip, later is fine"))
}
