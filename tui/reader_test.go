package tui

import (
	"testing"

	"tuppence/server/ledger"
	"tuppence/tui/command/commandtest"
)

// What was bought is opened once, whatever changes in the wallet while it is read: each opening is a view.
func TestReaderOpensOnce(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3", "o").see("needles of ice", "3 of 5 views")
	f.Change(func(d *commandtest.Data) { d.Overview.Wallets[0].Available.Micros = 7_000_000 })
	s.see("7.00 EUR", "needles of ice")
	wantCalls(t, f, 1, "OpenContent")
	s.press("esc").see("o read")
}

// What does not open says why, and a row that bought nothing has nothing to open.
func TestReaderSaysWhyNot(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3").see("How rivers freeze")
	f.Data.Fail = ledger.Refuse(ledger.ErrUnavailable, "Try again later: nothing was counted.",
		"The vendor's site does not give the content: it breaks off.")
	s.press("o").see("it breaks off", "nothing was counted")
	f.Data.Fail = nil
	s.press("esc", "G", "o").see("There is nothing to open now")
}
