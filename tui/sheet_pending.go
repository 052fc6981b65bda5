package tui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// pendingSheet lists the requests that wait, and takes the code of one. Its letters are text: a code is typed.
type pendingSheet struct {
	list[view.Approval]
	form form
}

// newPendingSheet has a field for the code that the vendor shows: a request may have come for another wallet, and
// then it is not in the list.
func newPendingSheet() *pendingSheet {
	return &pendingSheet{
		list: list[view.Approval]{id: func(a view.Approval) string { return a.Code }},
		form: form{fields: []field{codeField("")}},
	}
}

// codeField is the field for the code of a request.
func codeField(code string) field {
	return textField(inputOf("pending", "CODE").Label(), code, codeLength, "")
}

func (*pendingSheet) name() string  { return "answer" }
func (*pendingSheet) crumb() string { return "Answer" }
func (*pendingSheet) typing() bool  { return true }
func (*pendingSheet) tellsTime()    {}

// hints name the arrows, since letters are the code.
func (s *pendingSheet) hints(*Model) []hint {
	return slices.Concat([]hint{{"enter", "look at it"}}, s.ofRows(hint{"↑↓", "choose"}), []hint{{"esc", "back"}})
}

// load fetches what waits. It is called whenever something changes, so a new request appears by itself.
func (s *pendingSheet) load(m *Model) tea.Cmd {
	return fetch(m, "pending", own(m, m.svc.Pending), func(all []view.Approval) tea.Cmd {
		return s.take(m.withKept(all))
	})
}

// key chooses with the arrows and looks a request up with enter; a code that was typed goes before the chosen one.
func (s *pendingSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	switch k.String() {
	case "up", "down":
		return nil, s.move(k.String())
	case "enter":
		code := view.CheckoutCode(s.form.text(0))
		if a, ok := s.selected(); ok && code == "" {
			code = a.Code
		}
		if code == "" {
			s.form.refuse(0, &failure{
				"There is no code.", "Type the one that the vendor shows you.", ledger.ErrInvalid.Error(),
			})
			return nil, true
		}
		return s.find(m, code), true
	}
	_, used := s.form.key(m, k)
	return nil, used
}

// find looks a request up by its code, and opens it behind the guard: keys that were typed ahead must not answer it.
func (s *pendingSheet) find(m *Model, code string) tea.Cmd {
	s.form.fault = nil
	return attempt(m, "approval", ownOf(m, m.svc.Approval, code), func(a view.Approval, err error) tea.Cmd {
		if err != nil {
			s.form.fault = m.fault("approval", err)
			return nil
		}
		// A request that comes up over something else would take keys that were meant for that.
		if m.top() != screen(s) {
			return nil
		}
		if s.form.text(0) != "" {
			s.form.fields[0] = codeField("")
			m.keep(a)
		}
		if !a.Open() { // answered elsewhere meanwhile
			m.forget(code)
		}
		return tea.Batch(m.open(newApprovalSheet(m, a)), m.guardInput(guardConfirm))
	})
}

// draw puts the field above the list, where it stays while requests come and go.
func (s *pendingSheet) draw(m *Model, width, height int) []line {
	var out []line
	if height >= roomyFrom {
		out = append(topGap(height), paragraph(toneText, width,
			"Type the code that the vendor shows you, or choose a request.")...)
		out = append(out, nil)
	}
	out = append(append(out, s.form.draw(width)...), nil)
	if l := m.placeholder("pending", width); l != nil {
		return append(out, l...)
	}
	if len(s.all) == 0 {
		return append(out, paragraph(toneFaint, width, "Nothing waits for your answer.")...)
	}
	return append(out, table(view.ApprovalTable(s.all, m.format()), &s.listCursor, width, height-len(out))...)
}
