package command

import "tuppence/server/view"

// answer keeps both forms of the result; one of them is printed when the command is over. So a command whose output
// cannot be written has done its work, and a command that fails prints nothing but its fault.
func (r *Run) answer(result any, draw func(*textWriter)) error {
	r.result, r.draw = result, draw
	return nil
}

// answerOf is answer for what a call has returned with its error.
func (r *Run) answerOf(result any, err error, draw func(*textWriter)) error {
	if err != nil {
		return err
	}
	return r.answer(result, draw)
}

// answerList is the answer of a command that lists something: the table, or a sentence that says what is missing.
// err is that of the call that made the list.
func answerList[T any](r *Run, all []T, err error, none string, table func([]T, view.Format) view.Table) error {
	all, err = arranged(r, all, err, table(nil, view.Format{}))
	return r.answerOf(view.All(all), err, func(s *textWriter) {
		if len(all) == 0 {
			s.line(none)
			return
		}
		s.table("", r.only(table(all, s.format())))
	})
}

// answerPage is answerList for a list that is divided: it says how far back was looked, and how to go on.
func answerPage[T any](
	r *Run, p view.Page[T], err error, none string, table func([]T, view.Format) view.Table,
) error {
	r.next = p.Next
	return r.answerOf(p, err, func(s *textWriter) { writePage(r, s, p, none, table) })
}

// writePage is the text of a page.
func writePage[T any](
	r *Run, s *textWriter, p view.Page[T], none string, table func([]T, view.Format) view.Table,
) {
	if len(p.Data) == 0 {
		s.line(none)
	} else {
		s.table("", r.only(table(p.Data, s.format())))
	}
	if !p.Searched.IsZero() {
		s.line("Searched to " + s.at(p.Searched) + ".")
	}
	s.more(p.Next)
}

// more says how to go on with a list that goes on.
func (s *textWriter) more(next view.Cursor) {
	switch {
	case next == "":
	case s.plain:
		s.line("There are more. Type more.")
	default:
		s.line(moreAt(next))
	}
}

// moreAt says how a list goes on, "" where it ends.
func moreAt(next view.Cursor) string {
	if next == "" {
		return ""
	}
	return "More: add --cursor " + string(next)
}

// described is what server/view describes by facts, the same ones that a screen shows.
type described interface {
	Facts(f view.Format) []view.Fact
}

// answerFacts is the answer of a command that shows or changes one thing. err is that of the call that returned it.
func (r *Run) answerFacts(thing described, err error) error {
	return r.answerOf(thing, err, func(s *textWriter) { s.facts("", thing.Facts(s.format())...) })
}
