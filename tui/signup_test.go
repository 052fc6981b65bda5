package tui

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestSignUp(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.NewKey, ScreenOptions{Width: 120, Height: 24})
	s.see("Welcome to Tuppence", commandtest.NewKey.Fingerprint, "simulated")
	s.press("y", "y").see("Which one reads best?").press("enter").see("4TQM-8WZX-K2HR-7NVP-C3DJ")
	// Only its end takes it away.
	s.press("enter", "esc", "q", "2", "y", "esc", "x", "enter", "C3D", "tab").see("4TQM-8WZX-K2HR-7NVP-C3DJ")
	s.press("ctrl+u", "c3dj", "enter").unseen("4TQM").see("add funds")
	s.press("f").see("w_9q4m", "How should the money come?").press("enter").see("Amount")
	s.press("20", "enter").see("Done. The tokens are in your account.")
	want := view.FundRequest{Amount: commandtest.EUR(20_000_000), Method: "card", Key: "id-1"}
	if diff := cmp.Diff(want, f.Data.Got); diff != "" {
		t.Error(diff)
	}
}

func TestRecover(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.NewKey, ScreenOptions{})
	s.press("r", "wrong", "enter").see("This is no recovery code.")
	s.press("ctrl+u", "4TQM-8WZX-K2HR-7NVP-C3DJ", "enter")
	s.see("Welcome back, w_7g2v.", "9HJ2-XW4C-M7TK-5PZR-V8DQ", "Money cannot leave before")
	s.press("V8DQ", "enter", "enter").see("12.40 EUR")
}

// No key that does nothing is offered to a key without a wallet.
func TestHelpOfTheSignUpOffersWhatThereIs(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.NewKey, ScreenOptions{Height: 60, Width: 120})
	s.press("?").see("ctrl+t", "accept").unseen("1-9", "type a command\n", "add funds\n")
	s.press("?", ":", "2", "tab").see("Step 1 of 4")
}

// Who has typed a wrong code and goes back still sees the choice.
func TestWrongRecoveryCodeLeavesTheTerms(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.NewKey, ScreenOptions{})
	s.press("r", "wrong", "enter").see("This is no recovery code.").press("esc")
	s.see("I accept: open a wallet", "I have a recovery code").unseen("no recovery code.")
}

// A person with a second device finds how its key gets to the wallet: by the code that the first one has made.
func TestSignUpLinksAKeyToAWallet(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.NewKey, ScreenOptions{})
	s.see("l  Link this key to my wallet").press("l").see("+ on Me, or ssh tuppence.example keys add")
	s.press("wrong", "enter").see("✕").press("ctrl+u", commandtest.KeyCode, "enter")
	s.see("This key opens the wallet w_7g2v now.", "12.40 EUR")
	if f.Calls("Join") != 0 {
		t.Error("a wallet was opened")
	}
	s = connect(t, commandtest.New(), commandtest.NewKey, ScreenOptions{})
	s.press("l", "x", "esc").see("I accept").press("r").see("Recover a wallet").unseen("x\n")
}

// Who was invited types the code before the yes, and the wallet opens with it. A wrong code leads back to the terms,
// which say so; it can be typed anew, or left out.
func TestSignUpTakesAnInvitation(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.NewKey, ScreenOptions{})
	s.see("i  I have an invitation").press("i").see("Open a wallet with an invitation", "Code")
	s.press("J-WRONG", "enter").see("i  Invited with J-WRONG", "y  I accept")
	s.press("y", "y", "enter").see("This invitation is not known, used, or over.", "Step 1 of 4")
	s.press("i").see("J-WRONG").press("ctrl+u", commandtest.InviteCode, "enter")
	s.see("Invited with " + commandtest.InviteCode).unseen("not known")
	s.press("y", "y", "enter").see("Your wallet is w_9q4m.")
	if !f.Data.Invited || f.Calls("Join") != 2 {
		t.Errorf("invited %t, joined %d times", f.Data.Invited, f.Calls("Join"))
	}
	f = commandtest.New()
	s = connect(t, f, commandtest.NewKey, ScreenOptions{})
	s.press("i", "J-WRONG", "enter", "i", "ctrl+u", "enter").see("i  I have an invitation")
	s.press("i", "J-WRONG", "esc", "esc").see("i  I have an invitation") // esc takes back what was typed
	if s.press("y", "y", "enter").see("Your wallet is w_9q4m."); f.Data.Invited {
		t.Error("an invitation was used that was left out")
	}
}

// A vendor's link leads into the sign-up with its code, and who brings the person is told before the yes.
func TestSignUpBeginsWithAVendorsCode(t *testing.T) {
	f := commandtest.New()
	o := ScreenOptions{Start: placeSignup, Invite: commandtest.ReferralCode}
	s := connect(t, f, commandtest.NewKey, o)
	s.see("You come by Acme News (acme-news).", "You pay nothing for that", "Invited with "+commandtest.ReferralCode)
	s.press("i", "ctrl+u", "enter").see("i  I have an invitation").unseen("Acme News")
	s.press("i", commandtest.ReferralCode, "enter").see("You come by Acme News")
	s.press("y", "y", "enter").see("Your wallet is w_9q4m.")
	o.Invite = "J-WRONG"
	connect(t, commandtest.New(), commandtest.NewKey, o).see("Invited with J-WRONG").unseen("You come by")
	connect(t, commandtest.New(), commandtest.Ada, o).see("This key already has the wallet")
}
