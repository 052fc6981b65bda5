package tui

import (
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestFundByCheck(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("4", "f", "12.5", "tab", "u", "tab", "right").see("[USD]", "[check]", "Simulated")
	s.press("enter").see("Announced. The tokens come when you have done what is written below.")
	s.see("TP 4821 7730 5", "Send it to the desk.", "awaits the letter", "simulated")
	// The check is cleared while she looks.
	f.Change(func(d *commandtest.Data) {
		d.Deposits[0].State = "cleared"
	})
	s.see("cleared", "Done. The tokens are in your account.")
	s.press("esc", "2").see("TP 4821 7730 5")
	f = commandtest.New()
	s = connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("f", "1,5", "ctrl+s").see("one point and no other separators")
	if f.Calls("Fund") != 0 {
		t.Error("a wrong amount reached the service")
	}
}

// Only a deposit that still waits has an end.
func TestPaidDepositDoesNotExpire(t *testing.T) {
	d := view.Deposit{State: view.State(ledger.DepositSucceeded), Expires: view.At(commandtest.Now)}
	if !d.Expiry().IsZero() {
		t.Error("a paid deposit expires")
	}
	if d.State = view.State(ledger.DepositAwaiting); d.Expiry() != d.Expires {
		t.Error("an announced deposit does not expire")
	}
}
