package tui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// form is a few questions and one answer. Enter goes on and, at the last, sends; ctrl+s sends from anywhere. Esc takes
// back one thing after the other: the text of the field, then all that was typed, which is asked for, then the form,
// which the screen around it takes away.
type form struct {
	fields []field
	at     int // field that has the cursor
	fault  *failure
	busy   bool // it was sent and has no result yet: keys are dropped, so that it is not sent twice
}

// key takes a key; send is true when the form is to be sent, which a key must do alone. A field is checked when it is
// left, and while it is typed only if it was wrong before. What only the service knows is shown with fault, which stays
// until the next key that changes something.
func (f *form) key(m *Model, k Key) (send, used bool) {
	if f.busy {
		return false, k.String() != "esc"
	}
	q := &f.fields[f.at]
	switch k.String() {
	case "esc":
		switch {
		case q.changed():
			q.back()
		case slices.ContainsFunc(f.fields, func(q field) bool { return q.changed() }):
			m.throwAway(f, k)
		default:
			return false, false
		}
	case "enter":
		if f.at == len(f.fields)-1 {
			return m.decides(k) && f.right(), true
		}
		q.look(false)
		f.at++
		return false, true
	case "ctrl+s":
		return m.decides(k) && f.right(), true
	case "tab", "down":
		f.step(1)
	case "shift+tab", "up":
		f.step(-1)
	default:
		if !q.edit(k.KeyMsg) {
			return false, false
		}
		if q.fault != "" || q.masked != "" {
			q.look(false)
		}
	}
	f.fault = nil
	return false, true
}

// step leaves the field for the next one or the one before.
func (f *form) step(by int) {
	f.fields[f.at].look(false)
	f.at = (f.at + by + len(f.fields)) % len(f.fields)
}

// right checks all fields before the form is sent. The cursor goes to the first that is wrong.
func (f *form) right() bool {
	for i := range f.fields {
		f.fields[i].look(true)
	}
	i := slices.IndexFunc(f.fields, func(q field) bool { return q.fault != "" })
	if i >= 0 {
		f.at = i
	}
	return i < 0
}

// keyOf gives a key to a form that lies over a list or over facts. esc takes the form away in the end, also while it is
// busy: the person need not wait, and what was sent goes on.
func keyOf(m *Model, f **form, k Key) (send, used bool) {
	send, used = (*f).key(m, k)
	if k.String() == "esc" && !used {
		*f, used = nil, true
	}
	return send, used
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
	return attempt(m, name, call, func(v T, err error) tea.Cmd {
		f.busy = false
		if err != nil {
			f.fault = m.fault(name, err)
			return refused()
		}
		return done(v)
	})
}

// text is the value of a field.
func (f *form) text(i int) string { return f.fields[i].value() }

// texts are the values of all fields.
func (f *form) texts() string {
	return strings.Join(view.Map(f.fields, func(q field) string { return q.value() }), "\n")
}

// refuse shows why a field is wrong, with the cursor in it: the person can go on typing where the mistake is.
func (f *form) refuse(i int, fault *failure) { f.at, f.fields[i].fault = i, fault.sentence() }

// sentence is a refusal as one line under a field: what is wrong, and what would be right.
func (f *failure) sentence() string { return strings.TrimSpace(f.detail + " " + f.remedy) }

// factColumn is where facts beside fields begin, so that they stand under each other.
const factColumn = 42

// draw shows the questions with what helps to answer them; the one that has the cursor is marked.
func (f *form) draw(width int) []line { return f.drawIn(width, 0) }

// drawIn is draw in at most so many lines. What explains goes first, then fields far from the cursor.
func (f *form) drawIn(width, room int) []line {
	label := longestName(f.fields)
	var out []line
	from, to := 0, 0 // lines of the field with the cursor
	for i := range f.fields {
		if i == f.at {
			from = len(out)
		}
		out = append(out, f.drawField(i, label, width)...)
		if i == f.at {
			to = len(out)
		}
	}
	about := f.about(width)
	if len(about) > 0 && (room <= 0 || len(out)+1+len(about) <= room) {
		about = append([]line{nil}, about...)
	}
	switch {
	case room <= 0 || len(out)+len(about) <= room:
		return append(out, about...)
	case f.busy || f.fault != nil: // what was said now matters more than other fields
		room = max(to-from, room-len(about))
	default:
		about = nil
	}
	first := max(0, min(to-room, from))
	return append(out[first:min(len(out), first+room)], about...)
}

// longestName is the width of the column of labels.
func longestName(all []field) (width int) {
	for _, q := range all {
		width = max(width, view.Width(q.name))
	}
	return width
}

// drawField is a field with its fact, and below it what is wrong or should be known.
func (f *form) drawField(i, label, width int) []line {
	q := &f.fields[i]
	active := i == f.at && !f.busy
	l := lineOf(toneText, "  ")
	if active {
		l = lineOf(toneAccent, "▐").add(toneText, " ")
	}
	l = l.add(toneFaint, view.Pad(q.name, label)+"  ")
	room := width - 2 - l.width()
	beside := f.beside(q, label, width)
	if beside {
		room = factColumn - 2 - l.width()
	}
	value := q.draw(max(4, room), active)
	if f.busy { // it is on its way, and no key changes it
		value[0].tone = toneFaint
	}
	l = append(l, value...)
	if beside {
		l = l.add(toneFaint, strings.Repeat(" ", max(2, factColumn-l.width()))+q.fact)
	}
	out := []line{l}
	below := func(t tone, sign, text string) {
		for i, part := range wrapped(text, width-label-8) {
			if i > 0 {
				sign = " "
			}
			out = append(out, lineOf(t, strings.Repeat(" ", label+4)+sign+" "+part))
		}
	}
	switch {
	case q.fault != "":
		below(toneBad, "✕", q.fault)
	case q.warning != "":
		below(toneWarn, "!", q.warning)
	}
	return out
}

// beside tells whether the fact of a field has room beside its value.
func (f *form) beside(q *field, label, width int) bool {
	const least = 12 // cells of the value
	return q.fact != "" && label+4+least+2 <= factColumn && factColumn+view.Width(q.fact) <= width-2
}

// about is one thing, the first that there is: that the form was sent, what the service refused, what the field means.
// A small terminal has no room for two.
func (f *form) about(width int) []line {
	q := &f.fields[f.at]
	switch {
	case f.busy:
		return []line{lineOf(toneFaint, "  One moment …")}
	case f.fault != nil:
		out := f.fault.lines(width - 2)
		for i := range out {
			sign := "  "
			if i == 0 {
				sign = "✕ "
			}
			out[i][0].text = "  " + sign + strings.TrimPrefix(out[i][0].text, "  ")
		}
		return out
	}
	help := q.help
	if q.fact != "" && !f.beside(q, longestName(f.fields), width) {
		help = strings.TrimSpace(sentence(q.fact) + " " + help)
	}
	if help == "" {
		return nil
	}
	return paragraph(toneFaint, width, help)
}

// hints are the keys of the form that do something now: send says what sending does, back where esc leads.
func (f *form) hints(send, back string) (all []hint) {
	q := &f.fields[f.at]
	switch {
	case f.busy:
		return nil
	case f.at == len(f.fields)-1:
		all = []hint{{"enter", send}}
	default:
		all = []hint{{"enter", "next field"}, {"ctrl+s", send}}
	}
	if len(q.choices) > 1 {
		all = append(all, hint{"←→", "choose"})
	}
	all = append(all, hint{"esc", back})
	if q.changed() {
		all = append(all, hint{"ctrl+z", "old value"})
	}
	if !q.isChoice() && q.value() != "" {
		all = append(all, hint{"ctrl+u", "empty"})
	}
	return all
}
