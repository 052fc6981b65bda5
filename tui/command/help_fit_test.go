package command

import (
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// On a terminal no line of the help, and none of a usage beside a fault, is wider than the terminal. A pipe has them
// unbroken.
func TestHelpFitsTheTerminal(t *testing.T) {
	type page struct {
		role ledger.Role
		line string
	}
	pages := []page{{ledger.RoleUser, "history --nope"}, {ledger.RoleOperator, "vendor terms"}}
	for _, role := range []ledger.Role{ledger.RoleNone, ledger.RoleUser, ledger.RoleRep, ledger.RoleOperator} {
		pages = append(pages, page{role, "help"})
	}
	for _, c := range Commands() {
		pages = append(pages, page{c.Role, "help " + c.Path})
	}
	for _, p := range pages {
		for _, cells := range []int{80, 40} {
			var out strings.Builder
			o := Options{Width: func() int { return cells }}
			Exec(t.Context(), commandtest.New(), callerOf(p.role), words(p.line), nil, &out, &out, o)
			for l := range strings.Lines(out.String()) {
				l = strings.TrimRight(l, "\n")
				copied := strings.HasPrefix(l, "  ") && strings.Contains(l, "ssh ") || strings.Contains(l, "IdentitiesOnly")
				if view.Width(l) > cells && !copied {
					t.Errorf("%s: %d cells of %d: %s", p.line, view.Width(l), cells, l)
				}
			}
		}
	}
}
