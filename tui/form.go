package tui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// form is a few questions and one answer. Enter goes on and, at the last, sends; ctrl+s sends from anywhere. Esc is
// not used by a form: the screen around it decides what is left then.
type form struct {
	fields []field
	at     int // field that has the cursor
	fault  *failure
	busy   bool // it was sent and has no result yet: keys are dropped, so that it is not sent twice
}

// key takes a key; send is true when the form is to be sent, which a key must do alone. Reading the values is for the
// screen, which knows what they mean; a value that cannot be read is shown with refuse. A fault stays until the next
// key that changes something.
func (f *form) key(m *Model, k Key) (send, used bool) {
	if f.busy {
		return false, k.String() != "esc"
	}
	switch k.String() {
	case "enter":
		if f.at < len(f.fields)-1 {
			f.at++
			return false, true
		}
		return m.decides(k), true
	case "ctrl+s":
		return m.decides(k), true
	case "tab", "down":
		f.at = (f.at + 1) % len(f.fields)
	case "shift+tab", "up":
		f.at = (f.at + len(f.fields) - 1) % len(f.fields)
	default:
		if !f.fields[f.at].edit(k.KeyMsg) {
			return false, false
		}
	}
	f.fault = nil
	return false, true
}

// keyOf gives a key to a form that lies over a list or over facts. esc takes the form away, also while it is busy: the
// person need not wait, and what was sent goes on.
func keyOf(m *Model, f **form, k Key) (send, used bool) {
	if k.String() == "esc" {
		*f = nil
		return false, true
	}
	return (*f).key(m, k)
}

// submit sends a form. It is busy until the service has returned, so that a second enter does not send it twice; a
// refusal is shown in the form, which keeps what was typed.
func submit[T any](
	m *Model, f *form, name string, call func(context.Context) (T, error), done func(T) tea.Cmd,
) tea.Cmd {
	return submitOr(m, f, name, call, done, func() tea.Cmd { return nil })
}

// submitOr is submit, with what follows a refusal; the form has it by then.
func submitOr[T any](
	m *Model, f *form, name string, call func(context.Context) (T, error), done func(T) tea.Cmd, refused func() tea.Cmd,
) tea.Cmd {
	f.busy, f.fault = true, nil
	return fetch(m, name, func(ctx context.Context) (outcome[T], error) {
		return outcomeOf(call(ctx))
	}, func(v outcome[T]) tea.Cmd {
		f.busy = false
		if v.err != nil {
			f.fault = m.fault(name, v.err)
			return refused()
		}
		return done(v.value)
	})
}

// sureness is the second step of a form that loosens a protection: the service has said what would change, and the same
// key that sent the form confirms it. Every other key takes the question back.
type sureness struct{ asked bool }

// key is form.key with the question in mind.
func (s *sureness) key(m *Model, f *form, k Key) (send, used bool) {
	if !s.asked || f.busy {
		return f.key(m, k)
	}
	if name := k.String(); name == "enter" || name == "ctrl+s" {
		return m.decides(k), true
	}
	s.asked, f.fault = false, nil
	if k.String() == "esc" { // back to the form, which keeps what was typed
		return false, true
	}
	return f.key(m, k)
}

// submitSure is submit, for a call that the service may want to be confirmed. The call has in it whether it is.
func submitSure[T any](
	m *Model, f *form, s *sureness, name string, call func(context.Context) (T, error), done func(T) tea.Cmd,
) tea.Cmd {
	s.asked = false
	return submitOr(m, f, name, call, done, func() tea.Cmd {
		if f.fault.code != ledger.ErrConfirm.Error() {
			return nil
		}
		s.asked, f.fault.remedy = true, "Press enter again to confirm, esc to leave it as it is."
		return m.guardInput(guardConfirm)
	})
}

// text is the value of a field.
func (f *form) text(i int) string { return f.fields[i].value() }

// refuse shows why a field is wrong, with the cursor in it: the person can go on typing where the mistake is.
func (f *form) refuse(i int, fault *failure) { f.at, f.fault = i, fault }

// draw shows the questions; the one that has the cursor is marked.
func (f *form) draw(width int) []line {
	label := 0
	for _, q := range f.fields {
		label = max(label, view.Width(q.name))
	}
	var out []line
	for i, q := range f.fields {
		mark, k := "  ", toneFaint
		if i == f.at {
			mark, k = "▐ ", toneKey
		}
		l := line{{mark + fill(q.name, label) + "  ", k}}
		room := max(4, width-label-6)
		if q.isChoice() {
			room = width - l.width()
		}
		out = append(out, append(l, q.draw(room, i == f.at && !f.busy)...))
	}
	help := f.fields[f.at].help
	switch { // one at a time: a small terminal has no room for two
	case f.busy:
		out = append(out, nil, lineOf(toneFaint, "  One moment …"))
	case f.fault != nil:
		out = append(append(out, nil), f.fault.lines(width)...)
	case help != "":
		out = append(append(out, nil), paragraph(toneFaint, width, help)...)
	}
	return out
}

// formHints are the keys of every form; send says what enter does at the last question.
func formHints(send string) []hint {
	return []hint{{"enter", send}, {"tab", "next"}, {"esc", "back"}}
}
