package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// deskForm asks staff for a few words before something of the desk is done: why a session is to write, a note, what to
// find, whose wallet to read.
type deskForm struct {
	word, title, why string
	form             form
	send             func(m *Model, s *deskForm) tea.Cmd
}

func (s *deskForm) name() string        { return s.word }
func (s *deskForm) crumb() string       { return s.title }
func (*deskForm) typing() bool          { return true }
func (*deskForm) load(*Model) tea.Cmd   { return nil }
func (s *deskForm) hints(*Model) []hint { return s.form.hints("go on", "back") }
func (s *deskForm) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return nil, used
	}
	return s.send(m, s), true
}

func (s *deskForm) draw(_ *Model, width, height int) []line {
	out := append(topGap(height), heading(s.title))
	if height >= 12 {
		out = append(append(out, paragraph(toneText, width, s.why)...), nil)
	}
	return append(out, s.form.drawIn(width, height-len(out))...)
}

// whyFields ask for a reason of the list and for words.
func whyFields(path string) []field {
	reason := choiceInput(path, "--reason", "Left and right choose, or the first letter.")
	return []field{reason, textInput(path, "--words", "", 200, "The case, or what the caller said.")}
}

// newWriteForm lets the session act.
func newWriteForm() *deskForm {
	return &deskForm{
		word: "write", title: "Act at the desk",
		why: "This session reads only. Say why you act: it stands in the staff log beside each act. " +
			"It ends 15 minutes after the last one, and with the session.",
		form: form{fields: whyFields("desk write on")},
		send: func(m *Model, s *deskForm) tea.Cmd {
			why := ledger.StaffReason{Code: s.form.text(0), Words: s.form.text(1)}
			return submit(m, &s.form, "write", func(ctx context.Context) (view.WriteMode, error) {
				return m.svc.WriteMode(ctx, m.who, true, why)
			}, func(w view.WriteMode) tea.Cmd {
				m.notify(toneGood, "✓ You act for: "+view.Clean(w.Reason)+".")
				return m.leave(s)
			})
		},
	}
}

// newNoteForm notes something about a case.
func newNoteForm(t matter) *deskForm {
	note := textField("Note", "", 500, "For colleagues only. It stays: write nothing of the person.")
	return &deskForm{
		word: "note", title: "Note: " + view.Clean(t.title), why: "Nobody but staff reads it.",
		form: form{fields: []field{note}},
		send: func(m *Model, s *deskForm) tea.Cmd {
			text := s.form.text(0)
			return submit(m, &s.form, "note", func(ctx context.Context) (view.CaseFile, error) {
				return m.svc.DeskNote(ctx, m.who, t.id, text)
			}, func(view.CaseFile) tea.Cmd {
				m.notify(toneGood, "✓ Noted.")
				return m.leave(s)
			})
		},
	}
}

// newFindForm looks up what a caller names.
func newFindForm() *deskForm {
	text := textField("Find", "", 80, "An id, a reference, a wallet, a vendor, how a claim code begins.")
	return &deskForm{
		word: "find", title: "Find", why: "Names and addresses of people are not here, so they cannot be found.",
		form: form{fields: []field{text}},
		send: func(m *Model, s *deskForm) tea.Cmd {
			return tea.Batch(m.leave(s), m.runLine("desk find "+quoted(s.form.text(0))))
		},
	}
}

// newMirrorForm asks why a wallet is to be read, which its owner will read, too.
func newMirrorForm(handle string) *deskForm {
	fields := append([]field{textInput("desk wallet", "WALLET", handle, 40, "Its handle.")}, whyFields("desk wallet")...)
	return &deskForm{
		word: "mirror", title: "Read a wallet",
		why:  "You see what its owner sees, and its owner sees that you looked, and why.",
		form: form{fields: fields},
		send: func(m *Model, s *deskForm) tea.Cmd {
			line := "desk wallet " + quoted(s.form.text(0)) + " --reason " + s.form.text(1)
			if words := s.form.text(2); words != "" {
				line += " --words " + quoted(words)
			}
			return tea.Batch(m.leave(s), m.runLine(line))
		},
	}
}

// claim takes a case for half an hour, or gives it back.
func (m *Model) claim(t matter) tea.Cmd {
	does, words := m.svc.DeskClaim, "✓ It is with you for 30 minutes."
	if t.staff.Mine {
		does, words = m.svc.DeskRelease, "✓ It is with nobody."
	}
	return m.act("claim", func(ctx context.Context) error {
		_, err := does(ctx, m.who, t.id)
		return err
	}, words)
}
