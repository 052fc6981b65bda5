package tui

import (
	"testing"

	"tuppence/tui/command/commandtest"
)

// The desk says with whom a case is; c claims it or gives it back, n notes something.
func TestDeskClaimsAndNotes(t *testing.T) {
	f := commandtest.New()
	f.Data.Tasks[0].CaseNotes = commandtest.Noted()
	s := connect(t, f, commandtest.Rita, ScreenOptions{Width: 120, Height: 30})
	s.see("Archive week", "you", "asked the vendor").press("c")
	wantCalls(t, f, 1, "DeskRelease")
	s.see("It is with nobody.").press("j", "c").see("It is with you for 30 minutes.")
	wantCalls(t, f, 1, "DeskClaim")
	s.press("n").see("Note: ", "For colleagues only").press("asked the bank", "enter").see("Noted.")
	wantCalls(t, f, 1, "DeskNote")
}

// What a caller names is found, and a wallet is read for a reason, from the desk.
func TestDeskFindsAndReadsAWallet(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{Width: 120, Height: 40})
	s.press("F").see("Names and addresses of people are not here").press("RF48", "enter").see("dep_2mx8c", "w_7g2v")
	wantCalls(t, f, 1, "DeskFind")
	s.press("esc", "v").see("its owner sees that you looked", "w_7g2v").press("enter", "enter", "she called", "enter")
	s.see("Its owner reads", "rita looked, call, she called", "12.40 EUR to spend")
	wantCalls(t, f, 1, "DeskWallet")
}

// A session reads only until it says why it acts.
func TestDeskSaysWhyItActs(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.press("w").see("This session reads only").press("right", "enter", "the morning queue", "enter")
	s.see("You act for: dispute.")
	wantCalls(t, f, 1, "WriteMode")
}

// What waits for a second person is in the queue; it is approved or denied, and the safe answer is first.
func TestDeskApprovesAndDenies(t *testing.T) {
	f := commandtest.New()
	f.Data.Tasks = append(f.Data.Tasks, commandtest.Proposed())
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.press("g").see("credit: for the trou").press("enter").see("▐ Leave it as it is").press("enter")
	wantCalls(t, f, 0, "DeskApprove", "DeskDeny")
	s.press("enter", "down", "enter").see("Do it: credit: for the trouble?").press("enter").unseen("Approved")
	s.press("enter").see("Do it").press("down", "enter").see("Approved and done.", "approved")
	wantCalls(t, f, 1, "DeskApprove")
	s = connect(t, f, commandtest.Rita, ScreenOptions{})
	s.press("g", "enter", "j", "j", "enter", "too much", "enter").see("Now denied.")
	wantCalls(t, f, 1, "DeskDeny")
}
