package tui

import (
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestFundByCheck(t *testing.T) {
	s, f := ada(t)
	s.press("4", "f").see("‹ EUR ›  you have 12.40", "Online", "at once", "5.00 to 500.00").unseen("Check by post")
	s.press("right", "j").see("‹ USD ›", "On paper", "▐ Check by post", "when it has cleared", "Simulated")
	s.press("enter").see("10.00 to 500.00 USD").press("9.99", "enter").see("✕ The least by this method is 10.00 USD.")
	s.press("esc", "12.5", "enter").see("Announced. The tokens come when you have done what is written below.")
	s.see("TP 4821 7730 5", "Send it to the desk.", "awaits the letter", "simulated")
	// The check is cleared while she looks.
	f.Change(func(d *commandtest.Data) {
		d.Deposits[0].State = "cleared"
	})
	s.see("cleared", "Done. The tokens are in your account.")
	s.press("esc", "2").see("TP 4821 7730 5")
	s, f = ada(t)
	s.press("f", "enter", "1,5", "ctrl+s").see("one point and no other separators")
	wantCalls(t, f, 0, "Fund")
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

// A voucher brings what somebody has paid for. A wrong code stays in the form, and nothing is sent twice.
func TestFundByVoucher(t *testing.T) {
	s, f := ada(t)
	s.press("f").see("with a code", "Voucher", "what it says").press("G", "enter").see("V and three groups")
	s.press("V-WRONG", "enter").see("There is no voucher with this code.", "V-WRONG")
	s.press("esc", "V-7K3MD-2QX9R-0T4WB", "enter").see("5.00 EUR of tuppence added", "History").unseen("with a code")
	wantCalls(t, f, 2, "RedeemVoucher")
	s, f = ada(t)
	s.press("f", "G", "enter", "enter").see("✕ Type the code as it is written")
	wantCalls(t, f, 0, "RedeemVoucher")
}
