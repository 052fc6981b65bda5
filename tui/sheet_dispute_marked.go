package tui

import (
	"context"
	"fmt"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
)

// disputedMost bounds how many purchases are disputed at once: each is an act of its own in the books.
const disputedMost = 50

// markedDisputeForm contests all marked purchases with one reason. It asks once, with their list above the questions.
type markedDisputeForm struct {
	p    *historyPlace
	rows []view.Row
	form form
}

// disputeMarked opens the form for those of the marked rows that are purchases and not disputed yet. Whether each can
// be disputed is decided by the rules, when it is sent.
func (p *historyPlace) disputeMarked(m *Model) tea.Cmd {
	rows := slices.DeleteFunc(slices.Clone(p.marked), func(r view.Row) bool { return r.Kind != "purchase" || r.Disputed })
	switch {
	case len(rows) == 0:
		m.notify(toneWarn, "None of the marked rows is a purchase that can be disputed.")
		return nil
	case len(rows) > disputedMost:
		m.notify(toneWarn, fmt.Sprintf("%d purchases are marked; at most %d are disputed at once.", len(rows), disputedMost))
		return nil
	}
	s := &markedDisputeForm{p: p, rows: rows, form: newDisputeForm(m, view.Detail{}).form}
	return tea.Batch(m.open(s), m.guardInput(guardConfirm))
}

func (*markedDisputeForm) name() string        { return "dispute" }
func (*markedDisputeForm) crumb() string       { return "Dispute" }
func (*markedDisputeForm) typing() bool        { return true }
func (*markedDisputeForm) load(*Model) tea.Cmd { return nil }

func (s *markedDisputeForm) hints(*Model) []hint { return s.form.hints("send", "back") }

// key sends the disputes one after the other. One that is refused stops none: what became of each is said by number,
// and those that were refused stay marked.
func (s *markedDisputeForm) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return nil, used
	}
	type result struct {
		done []view.Row
		err  error // the first refusal
	}
	rows, reason, text := s.rows, s.form.text(0), s.form.text(1)
	return submit(m, &s.form, "dispute", func(ctx context.Context) (v result, err error) {
		for _, r := range rows {
			_, err := m.svc.Dispute(ctx, m.who, view.DisputeRequest{ID: r.ID, Reason: reason, Text: text})
			switch {
			case err == nil:
				v.done = append(v.done, r)
			case v.err == nil:
				v.err = err
			}
		}
		if len(v.done) == 0 {
			return v, v.err
		}
		return v, nil
	}, func(v result) tea.Cmd {
		for _, r := range v.done {
			if s.p.has[r.ID] {
				s.p.put(r, rowID)
			}
		}
		words := view.Plural(len(v.done), "purchase") + " disputed."
		if v.err != nil {
			left := len(rows) - len(v.done)
			m.notify(toneBad, fmt.Sprintf("%s %d refused: %s", words, left, m.fault("dispute", v.err).sentence()))
		} else {
			m.notify(toneGood, words)
		}
		if m.top() == screen(s) {
			return m.close()
		}
		return m.refresh()
	}), true
}

// draw names the purchases above the questions, as many as there is room for.
func (s *markedDisputeForm) draw(_ *Model, width, height int) []line {
	sum := sumWords(view.Map(s.rows, s.p.worth), view.Signed)
	title := lineOf(toneStrong, "  Dispute "+view.Plural(len(s.rows), "purchase")+", "+sum)
	questions := s.form.drawIn(width, max(3, height-3))
	out := []line{title.cut(width - 2)}
	room := height - len(questions) - 2
	for _, words := range names(s.rows, max(0, min(len(s.rows), room-1)), disputedName) {
		out = append(out, lineOf(toneFaint, "  "+words).cut(width-2))
	}
	return append(append(out, nil), questions...)
}

// disputedName is a purchase in a list: what, where, how much.
func disputedName(r view.Row) string { return r.Name() + ", " + r.Who() + ", " + view.Signed(r.Amount) }
