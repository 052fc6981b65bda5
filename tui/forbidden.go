package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// ofOtherRole returns the first command of the table that fits and that a key may not use; nil if one fits that it may,
// or none does.
func ofOtherRole(me view.Identity, fits func(command.Command) bool) (found *command.Command) {
	table := command.Commands()
	for i := range table {
		switch c := &table[i]; {
		case !fits(*c):
		case command.May(me, c.Role):
			return nil
		case found == nil:
			found = c
		}
	}
	return found
}

// forbidKey says who may use what a key does for others. A key that means nothing to anybody stays silent.
func (m *Model) forbidKey(name string) {
	c := ofOtherRole(m.me, func(c command.Command) bool {
		for key := range strings.FieldsSeq(c.Key) {
			if key == name {
				return true
			}
		}
		return false
	})
	if c == nil {
		return
	}
	words := "! Only a key with a wallet may use " + c.Path + "."
	if c.Role != ledger.RoleUser {
		words = "! " + misread(command.Forbidden(*c)).detail
	}
	m.notify(toneWarn, words)
}

// forbiddenSheet is what is shown in the place of a screen that this key may not see.
type forbiddenSheet struct{ c command.Command }

func (*forbiddenSheet) name() string                    { return "forbidden" }
func (*forbiddenSheet) crumb() string                   { return "Not allowed" }
func (*forbiddenSheet) typing() bool                    { return false }
func (*forbiddenSheet) load(*Model) tea.Cmd             { return nil }
func (*forbiddenSheet) key(*Model, Key) (tea.Cmd, bool) { return nil, false }
func (*forbiddenSheet) hints(*Model) []hint             { return []hint{{"esc", "back"}, {"q", "leave"}} }

// draw says who may, and what this key may instead.
func (s *forbiddenSheet) draw(m *Model, width, height int) []line {
	p := misread(command.Forbidden(s.c))
	your := "Your key is that of " + map[ledger.Role]string{
		ledger.RoleUser: "a user", ledger.RoleRep: "a representative", ledger.RoleOperator: "the operator",
		ledger.RoleVendor: "a vendor's team",
	}[m.me.Role] + "."
	if m.me.Role == ledger.RoleNone {
		your = "Your key has no wallet yet."
	}
	if s.c.Role == ledger.RoleUser {
		p.detail = "Only a key with a wallet may use " + s.c.Path + "."
	}
	return emptyPlace(width, height, "Not for this key", p.detail+" "+your+" What it may do is one step back, with esc.")
}
