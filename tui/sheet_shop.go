package tui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopAct is something that a member of a vendor's team can do about a row. It is asked for once more, with what it
// means, before anything happens.
type shopAct struct {
	words  string // of the answer
	fields []field
	sure   func(f *form) confirmation
	do     func(f *form) shopCall
}

// shopCall does an act, once for each idempotency key, and says what it did.
type shopCall func(ctx context.Context, who view.Caller, key string) (done string, err error)

// shopSheet is one thing of a vendor, with all that is known of it and what can be done now. The answer that does
// nothing is first and selected.
type shopSheet[T any] struct {
	kind    shopKind[T]
	v       T
	acts    []shopAct
	answers answers
	form    *form
	chosen  int    // the act that the form is for
	idem    string // idempotency key: what is sent again after an answer that was lost is done once
}

func newShopSheet[T any](m *Model, k shopKind[T], v T) *shopSheet[T] {
	s := &shopSheet[T]{kind: k, v: v, idem: m.o.NewID()}
	if k.acts != nil {
		s.acts = k.acts(m, v)
	}
	all := []answer{{key: answerLeave, words: "Leave it as it is"}}
	for _, a := range s.acts {
		all = append(all, answer{key: a.words, words: a.words})
	}
	s.answers = safeFirst(all...)
	return s
}

func (*shopSheet[T]) tellsTime()          {}
func (s *shopSheet[T]) name() string      { return s.kind.name + " one" }
func (s *shopSheet[T]) crumb() string     { return s.kind.one }
func (s *shopSheet[T]) typing() bool      { return s.form != nil }
func (*shopSheet[T]) load(*Model) tea.Cmd { return nil }
func (s *shopSheet[T]) copyable() string  { return s.kind.id(s.v) }

func (s *shopSheet[T]) rowID() string            { return s.kind.id(s.v) }
func (s *shopSheet[T]) position(m *Model) string { return m.positionBehind(s) }

// ids are those of what it is about, too.
func (s *shopSheet[T]) ids(m *Model) []view.Fact { return onlyIDs(s.kind.about(s.v, m.format())) }

func (s *shopSheet[T]) hints(m *Model) []hint {
	switch {
	case s.form != nil:
		return s.form.hints("go on", "back")
	case len(s.acts) == 0:
		return append([]hint{{"enter", "done"}, {"y", "copy an id"}, {"esc", "back"}}, m.besideHints(s)...)
	}
	all := []hint{{"enter", "do it"}, {"↑↓", "choose"}}
	if m.overflows(s) {
		all = append(all, hint{"pgdown", "read on"})
	}
	return append(append(all, hint{"y", "copy an id"}, hint{"esc", "back"}), m.besideHints(s)...)
}

// key chooses what is done; what needs words asks for them first, and each is asked for once more.
func (s *shopSheet[T]) key(m *Model, k Key) (tea.Cmd, bool) {
	switch {
	case s.form != nil:
		send, used := keyOf(m, &s.form, k)
		if !send {
			return nil, used
		}
		return s.sure(m), true
	case len(s.acts) == 0:
		if k.String() == "enter" {
			return m.close(), true
		}
		return nil, false
	}
	taken, cmd, used := s.answers.press(m, k)
	switch taken {
	case "":
		return cmd, used
	case answerLeave:
		return m.close(), true
	}
	s.chosen = slices.IndexFunc(s.acts, func(a shopAct) bool { return a.words == taken })
	if fields := s.acts[s.chosen].fields; len(fields) > 0 {
		s.form = &form{fields: slices.Clone(fields)}
		return m.guardInput(guardConfirm), true
	}
	return s.sure(m), true
}

// sure asks once more.
func (s *shopSheet[T]) sure(m *Model) tea.Cmd {
	a, f := s.acts[s.chosen], s.form
	c := a.sure(f)
	c.no = "No, leave it as it is"
	c.do = func(m *Model) tea.Cmd {
		name, call, key := s.kind.name+" act "+s.kind.id(s.v), a.do(f), s.idem
		return attempt(m, name, func(ctx context.Context) (string, error) {
			return call(ctx, m.who, key)
		}, func(done string, err error) tea.Cmd {
			if err != nil {
				s.refused(m, m.fault(name, err))
				return nil
			}
			m.notify(toneGood, "✓ "+done)
			if m.top() == screen(s) { // the person may have left meanwhile
				return m.close()
			}
			return m.refresh()
		})
	}
	return m.confirm(c)
}

// refused tells why nothing was done. Something else under a key whose outcome is not known is not done either: what
// was sent first may have been, and a look at it tells.
func (s *shopSheet[T]) refused(m *Model, why *failure) {
	if why.code == ledger.ErrKeyReused.Error() {
		m.notify(toneBad, "✕ What was sent first may have been done, so this was not. Go back with esc and look at it.")
		return
	}
	m.notify(toneBad, "✕ "+why.sentence())
	s.idem = m.keyAfter(why, s.idem)
}

// draw puts what can be done below what is known; where there is no room for all of it, right below the title.
func (s *shopSheet[T]) draw(m *Model, width, height int) []line {
	title := lineOf(toneStrong, "  "+view.Clean(s.kind.title(s.v))).cut(width - 2)
	about := facts(factBlock{width: width}, s.kind.about(s.v, m.format()))
	var acts []line
	switch {
	case s.form != nil:
		acts = s.form.draw(width)
	case len(s.acts) > 0:
		acts = s.answers.draw(width, 2)
	}
	gap := topGap(height)
	switch {
	case len(acts) == 0:
		return slices.Concat(gap, []line{title, nil}, about)
	case len(gap)+2+len(about)+2+len(acts) <= height:
		return slices.Concat(gap, []line{title, nil}, about, []line{nil, heading("What now")}, acts)
	}
	return slices.Concat([]line{title}, acts, []line{nil}, about)
}

// mayShop tells whether the person has one of the roles in the team. The service looks again.
func (m *Model) mayShop(roles ...ledger.TeamRole) bool {
	return slices.Contains(roles, ledger.TeamRole(m.me.ShopRole))
}

// saidField takes words that others read.
func saidField(path string) field {
	f := textInput(path, "--text", "", 500, "Both sides and staff read it.")
	f.check = func(text string) (fault, warning string) {
		if text == "" {
			fault = "Type one sentence."
		}
		return fault, ""
	}
	return f
}

// partField takes a part of an amount.
func partField(path string, of ledger.Amount) field {
	f := textInput(path, "AMOUNT", "", amountLength, "In "+string(of.Currency)+", up to "+of.Number()+".")
	f.check = func(text string) (fault, warning string) {
		a, err := ledger.ReadAmount(text, of.Currency)
		if err != nil || a.Micros <= 0 || a.Micros > of.Micros {
			fault = "Type an amount from 0.01 to " + of.Number() + "."
		}
		return fault, ""
	}
	return f
}

// partOf is what was typed into a partField.
func partOf(f *form, c ledger.Currency) ledger.Amount {
	a, err := ledger.ReadAmount(f.text(0), c)
	if err != nil { // the field has checked it
		return ledger.Amount{Currency: c}
	}
	return a
}
