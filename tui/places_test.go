package tui

import (
	"slices"
	"strings"
	"testing"

	"tuppence/server/ledger"
	"tuppence/tui/command"
	"tuppence/tui/command/commandtest"
)

// Every place that the table of commands names is one that a session can begin with, and shows itself.
func TestEveryPlaceOfTheTableOpens(t *testing.T) {
	for _, c := range command.Commands() {
		if c.Place == "" {
			continue
		}
		who := commandtest.Ada
		switch {
		case c.Role == ledger.RoleVendor:
			who = commandtest.Vera
		case !command.May(commandtest.New().Data.People[who.Fingerprint], c.Role):
			who = commandtest.Otto
		case c.Place == placeSignup:
			who = commandtest.NewKey
		}
		s := connect(t, commandtest.New(), who, ScreenOptions{Start: c.Place})
		want := c.Place
		if sheet := startSheets[c.Place]; sheet != nil {
			want = sheet(s.m).name()
		}
		if got := s.m.top().name(); got != want {
			t.Errorf("the place %s of %q opens %s, want %s", c.Place, c.Path, got, want)
		}
	}
}

// Every place that the screens have is opened by a command, and has the name that the table gives it.
func TestEveryPlaceIsNamedByTheTable(t *testing.T) {
	all := command.Commands()
	for place, screen := range placeScreens {
		if got := screen().name(); got != place {
			t.Errorf("the place %s calls itself %s", place, got)
		}
		if !slices.ContainsFunc(all, func(c command.Command) bool { return c.Place == place }) {
			t.Errorf("no command opens the place %s", place)
		}
	}
	for name := range startSheets {
		if !slices.ContainsFunc(all, func(c command.Command) bool { return c.Place == name || c.Path == name }) {
			t.Errorf("no command names the sheet %s", name)
		}
	}
}

// The numbers of the places follow from the order of the table and the role.
func TestPlacesOfEachRole(t *testing.T) {
	for who, want := range map[string][]string{
		commandtest.Ada.Fingerprint:    {"home", "accounts", "history", "limits", "vendors", "disputes", "me"},
		commandtest.Rita.Fingerprint:   {"desk"},
		commandtest.Otto.Fingerprint:   {"desk", "policy"},
		commandtest.Vera.Fingerprint:   {"shop", "catalogue", "sales", "cases", "money", "hooks", "team"},
		commandtest.NewKey.Fingerprint: {"signup"},
	} {
		var got []string
		for _, p := range placesFor(commandtest.New().Data.People[who]) {
			got = append(got, p.name())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s has %v, want %v", who, got, want)
		}
	}
}

// A vendor whose permission is over shows no bar of what it used.
func TestEndedPermissionHasNoBar(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("5").see("8.35")
	s.press("u").see("asks each time").unseen("8.35").press("enter").see("› Vendor").unseen("8.35")
}

// The funding screen says once that its money is simulated, beside the badge.
func TestFundingSaysOnceThatItIsSimulated(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("f").see("Simulated: no real money moves.")
	if n := strings.Count(strings.ToLower(s.view()), "simulat"); n != 1 || !strings.Contains(s.view(), " DEMO ") {
		t.Errorf("it is said %d times:\n%s", n, s.view())
	}
}
