package tui

import (
	"fmt"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// restraints are what holds a wallet back, and what Home says of it.
var restraints = []struct {
	name string
	of   func(*view.Overview)
	see  []string
}{
	{
		"locked", func(o *view.Overview) { o.LockedUntil = view.At(commandtest.Now.Add(72 * time.Hour)) },
		[]string{"! Recovered: locked until 11-27 15:07", "Works", "adding funds", "Waits", "sending", "12.40 EUR"},
	},
	{
		"frozen", func(o *view.Overview) { o.Frozen = true },
		[]string{"! Frozen until staff have looked at it", "Works", "Waits", "adding funds", "12.40 EUR"},
	},
}

func TestHeldWalletGolden(t *testing.T) {
	for _, r := range restraints {
		for _, size := range [][2]int{{40, 12}, {80, 10}, {80, 24}, {160, 45}} {
			f := commandtest.New()
			f.Change(func(d *commandtest.Data) { r.of(&d.Overview) })
			s := connect(t, f, commandtest.Ada, ScreenOptions{Width: size[0], Height: size[1]})
			s.see(r.see...)
			commandtest.Golden(t, fmt.Sprintf("screens/home_%s_%dx%d", r.name, size[0], size[1]), s.view())
		}
	}
}

// A lock ends by itself: the screen does not go on telling of it.
func TestLockEnds(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		restraints[0].of(&d.Overview)
		d.Approvals = nil
	})
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.see("Recovered").press("2").see("! Recovered: locked until 11-27 15:07").press("1")
	s.late = 73 * time.Hour
	s.update(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.see("Spending, 30 days").unseen("Recovered")
}

// No key is offered that the wallet refuses.
func TestFrozenWalletOffersNoFunds(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) { d.Overview.Frozen, d.Approvals = true, nil })
	connect(t, f, commandtest.Ada, ScreenOptions{}).see("! Frozen").unseen("f add funds")
}
