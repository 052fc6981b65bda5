package tui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// confirmation is what a person is asked before a protection becomes looser, or before something that cannot be undone.
type confirmation struct {
	question string // a sentence with its question mark: who, how much, how often
	why      string // what stands above the changes
	changes  []change
	ends     string // how to take it back
	no, yes  string // the answers
	do       func(*Model) tea.Cmd
}

// change is one thing that becomes another.
type change struct{ what, before, after, note string }

// confirmSheet asks. The answer that changes nothing is first and selected, and no letter answers: what was typed for
// another screen decides nothing here.
type confirmSheet struct {
	confirmation
	answers answers
}

// Answers of a confirmation.
const (
	answerNo  = "no"
	answerYes = "yes"
)

func newConfirm(c confirmation) *confirmSheet {
	return &confirmSheet{c, safeFirst(answer{key: answerNo, words: c.no}, answer{key: answerYes, words: c.yes})}
}

// confirm asks behind the guard.
func (m *Model) confirm(c confirmation) tea.Cmd {
	return tea.Batch(m.open(newConfirm(c)), m.guardInput(guardConfirm))
}

func (*confirmSheet) name() string        { return "confirm" }
func (*confirmSheet) crumb() string       { return "Confirm" }
func (*confirmSheet) typing() bool        { return false }
func (*confirmSheet) load(*Model) tea.Cmd { return nil }
func (*confirmSheet) hints(*Model) []hint {
	return []hint{{"enter", "do it"}, {"↑↓", "choose"}, {"esc", "no"}}
}

// key takes the answer. Of the keys of other screens only the help works: a place that is opened over a question would
// throw away what was typed below it.
func (s *confirmSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	taken, cmd, used := s.answers.press(m, k)
	switch {
	case taken == answerNo || k.String() == "esc" || k.String() == "left":
		m.pop()
		return nil, true
	case taken == answerYes:
		m.pop()
		return s.do(m), true
	}
	return cmd, used || k.Type == tea.KeyRunes && m.bound(k.String()) != "help"
}

// confirmRefused asks where the service wants to be told that the person knows what becomes looser, because something
// else changed since the screen was drawn. Any other refusal stays in the form.
func (m *Model) confirmRefused(f *form, c confirmation) tea.Cmd {
	if f.fault.code != ledger.ErrConfirm.Error() {
		return nil
	}
	c.why, c.changes, f.fault = f.fault.detail, nil, nil
	return m.confirm(c)
}

// pop takes the top sheet away and fetches nothing: what is below is what the person goes on with.
func (m *Model) pop() { m.sheets, m.scroll = m.sheets[:len(m.sheets)-1], 0 }

// draw gives way from the bottom: the question and the answers stay at every size.
func (s *confirmSheet) draw(_ *Model, width, height int) []line {
	indent := 2
	if width >= narrow {
		indent = 6
	}
	part := func(t tone, text string) (out []line) {
		for _, l := range wrapped(text, width-2*indent) {
			out = append(out, lineOf(t, strings.Repeat(" ", indent)+l))
		}
		return out
	}
	head, tail := part(toneStrong, s.question), s.answers.draw(width, indent)
	changes := s.drawChanges(width, indent)
	if s.why != "" {
		changes = append(part(toneText, s.why), changes...)
	}
	room := height - len(head) - len(tail)
	if len(changes) > room {
		changes = changes[:max(0, room-1)]
		changes = append(changes, part(toneWarn, "! More changes than fit. Enlarge.")...)
	}
	ends := part(toneFaint, s.ends)
	if s.ends == "" || len(changes)+len(ends) > room {
		ends = nil
	}
	return spaced(height, head, changes, ends, tail)
}

// spaced puts parts under each other with an empty line between them, and some above, as far as there is room.
func spaced(height int, parts ...[]line) []line {
	n, gaps := 0, -1
	for _, p := range parts {
		n += len(p)
		if len(p) > 0 {
			gaps++
		}
	}
	spare := height - n - gaps
	var out []line
	for range max(0, min(3, spare/3)) {
		out = append(out, nil)
	}
	for _, p := range parts {
		if spare >= 0 && len(p) > 0 && len(out) > 0 && len(out[len(out)-1]) > 0 {
			out = append(out, nil)
		}
		out = append(out, p...)
	}
	return out
}

// drawChanges are lines of before → after, the arrows under each other. Where there is no room for that, what comes
// after has a line of its own: it is what is asked about.
func (s *confirmSheet) drawChanges(width, indent int) []line {
	what, before, after := 0, 0, 0
	for _, c := range s.changes {
		what, before = max(what, view.Width(c.what)), max(before, view.Width(c.before))
		after = max(after, view.Width(c.after))
	}
	if width >= narrow {
		indent += 2
	}
	var out []line
	for _, c := range s.changes {
		l := lineOf(toneFaint, strings.Repeat(" ", indent)+view.Pad(c.what, what)+"  ")
		then := line{{"  →  ", toneText}, {view.Align(c.after, after, true), toneStrong}}
		if c.note != "" {
			then = then.add(toneFaint, "    "+c.note)
		}
		if whole := append(l.add(toneText, view.Align(c.before, before, true)), then...); whole.width() <= width-2 {
			out = append(out, whole)
			continue
		}
		then[0].text = strings.Repeat(" ", indent) + "→  "
		then[1].text = c.after
		out = append(out, l.add(toneText, c.before).cut(width-2), then.cut(width-2))
	}
	return out
}

// throwAway asks before a form is left with what was typed into it. The answer takes the form back to what it began
// with; esc then leaves it.
func (m *Model) throwAway(f *form, esc Key) {
	n := 0
	for i := range f.fields {
		if f.fields[i].changed() {
			n++
		}
	}
	m.sheets = append(m.sheets, newConfirm(confirmation{
		question: "Throw away what you typed?",
		why:      fmt.Sprintf("Nothing was sent. %s in the form.", view.Plural(n, "changed field")),
		no:       "No, keep it and go on", yes: "Yes, throw it away",
		do: func(m *Model) tea.Cmd {
			for i := range f.fields {
				f.fields[i].back()
			}
			if cmd, used := m.top().key(m, esc); used {
				return cmd
			}
			return m.close()
		},
	}))
}
