package tui

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

const closingCode = "R4KT9-PX2M-8VWR-C5ZD-7HJQ"

// emptied is a member whose account has nothing in it.
func emptied(t *testing.T) (*terminal, *commandtest.Service) {
	t.Helper()
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		for i := range d.Overview.Wallets {
			d.Overview.Wallets[i].Available.Micros = 0
		}
	})
	return connect(t, f, commandtest.Ada, ScreenOptions{}), f
}

// What is in the way is told with what to do, and nothing is asked.
func TestClosingTellsWhatIsFirst(t *testing.T) {
	s, f := ada(t)
	s.press("7").choose("Close the wallet").press("enter").see("What has to be done first", "or redeem it").press("enter")
	wantCalls(t, f, 0, "CloseWallet")
	f.Change(func(d *commandtest.Data) {
		for i := range d.Overview.Wallets {
			d.Overview.Wallets[i].Available.Micros = 0
		}
	})
	s.press("ctrl+r").see("enter close it").press("esc").see("If you leave")
}

// The code of a closed wallet stays on the screen until its end was typed back, whatever else would be fetched.
func TestClosedWalletShowsItsCode(t *testing.T) {
	s, f := emptied(t)
	s.press("7").choose("Close the wallet").press("enter").see("opens the wallet again").press("enter", "enter")
	wantCalls(t, f, 0, "CloseWallet")
	s.press("enter", "down", "enter").see(closingCode, "From 12-24 15:07 on")
	f.Change(func(*commandtest.Data) {})
	s.late = time.Minute
	s.press("ctrl+r", "esc").see("Leave without the code?").press("enter").see(closingCode)
	s.press("nope", "enter").see("not how it ends").press("ctrl+u", "7hjq", "enter").see("This key may open a new one")
	s.unseen(closingCode).see("no wallet")
}

// The same from the command line of the screens.
func TestClosedFromThePaletteShowsItsCode(t *testing.T) {
	s, _ := emptied(t)
	s.press(":", "wallet close", "enter").see("Close the wallet", "For 30 days your recovery code").press("esc")
	s.press(":", "wallet close --yes", "enter").see(closingCode)
	s.press("ctrl+r").see(closingCode).press("esc", "down", "enter").unseen(closingCode)
}

// A new key is told that it cannot close the wallet yet; a fault is told where the terms would stand.
func TestClosingHasItsFaults(t *testing.T) {
	s, f := emptied(t)
	f.Change(func(d *commandtest.Data) {
		d.Fail = ledger.RefuseUnavailable(time.Minute)
	})
	s.press(":", "wallet close", "enter").see("cannot do this at the moment", "r reads it again")
	f.Change(func(d *commandtest.Data) {
		d.Fail = nil
		d.Person(commandtest.Ada, func(me *view.Identity) { me.NewUntil = view.At(commandtest.Now.Add(time.Hour)) })
	})
	s.press("ctrl+r").see("close it").press("esc", "7").choose("Close the wallet").press("enter", "enter")
	s.see("it cannot close the wallet")
}
