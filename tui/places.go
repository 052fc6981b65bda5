package tui

import (
	"slices"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// placeSignup is the place of a key that has no other. It is left for good as soon as there is a wallet.
const placeSignup = "signup"

// startFunding opens the form of adding funds as soon as a new wallet is there.
const startFunding = "fund"

// placeScreens make the places that the table of commands names. A test holds both lists against each other.
var placeScreens = map[string]func() screen{
	placeSignup: func() screen { return newSignup() },
	"home":      func() screen { return &homePlace{} },
	"accounts":  func() screen { return newAccountsPlace() },
	"history":   func() screen { return newHistoryPlace() },
	"limits":    func() screen { return newLimitsPlace() },
	"vendors":   func() screen { return newVendorsPlace() },
	"disputes":  func() screen { return newDisputesPlace() },
	"me":        func() screen { return newMePlace() },
	"desk":      func() screen { return newDeskPlace() },
	"policy":    func() screen { return newPolicyPlace() },
	"shop":      func() screen { return &shopPlace{} },
	"catalogue": newCataloguePlace,
	"sales":     newSalesPlace,
	"cases":     newCasesPlace,
	"money":     newMoneyPlace,
	"hooks":     newHooksPlace,
	"team":      newTeamPlace,
}

// startSheets are what else a session can begin with: a sheet above the first place. The first is named by the
// table of commands, the second by the sign-up.
var startSheets = map[string]func(*Model) screen{
	"approval":   func(*Model) screen { return newPendingSheet() },
	"closing":    func(*Model) screen { return &closingSheet{} },
	startFunding: func(m *Model) screen { return newFundSheet(m) },
}

// placesFor returns the places of the commands that a key may use, in the order of the table: that is their number.
// The sign-up is for a key that has no other.
func placesFor(me view.Identity) []screen {
	var names []string
	for _, c := range command.CommandsFor(me) {
		if placeScreens[c.Place] != nil && c.Place != placeSignup && !slices.Contains(names, c.Place) {
			names = append(names, c.Place)
		}
	}
	if len(names) == 0 {
		names = append(names, placeSignup)
	}
	return view.Map(names, func(name string) screen { return placeScreens[name]() })
}

// openStart opens what the command line named, as the first place or above it.
func (m *Model) openStart() {
	start := m.o.Start
	m.o.Start = ""
	if i := slices.IndexFunc(m.places, func(p screen) bool { return p.name() == start }); i >= 0 {
		m.place = i
	}
	switch s, is := m.top().(*signup); {
	case is:
		s.invite = m.o.Invite
	case start == placeSignup:
		m.notify(toneText, "This key already has the wallet "+view.Clean(m.me.Handle)+".")
	}
	m.o.Invite = ""
	if sheet := startSheets[start]; sheet != nil && m.hasWallet() {
		m.sheets = append(m.sheets, sheet(m))
	}
	if c := ofOtherRole(m.me, func(c command.Command) bool { return start != "" && c.Place == start }); c != nil {
		m.sheets = append(m.sheets, &forbiddenSheet{*c})
	}
}
