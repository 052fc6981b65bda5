package tui

import (
	"fmt"
	"testing"

	"tuppence/server/view"
	"tuppence/tui/command"
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

// Money that waits to leave is in the queue by its promise, beside callers: a redemption is approved or denied, a
// payout approved or held. What is not decided there leads to its command.
func TestDeskLetsMoneyLeave(t *testing.T) {
	f := commandtest.New()
	f.Data.Disputes, f.Data.Deposits, f.Data.Unallocated = nil, nil, nil
	f.Data.Tasks = commandtest.Leaving()
	for _, one := range f.Data.Tasks {
		words, err := command.Words(one.Leads)
		if c, _ := command.Find(words); err != nil || c == nil {
			t.Errorf("%q is no command: %v", one.Leads, err)
		}
	}
	open := func(row int) *terminal {
		s := connect(t, f, commandtest.Otto, ScreenOptions{Width: 100, Height: 30})
		s.see("4 wait", "250.00 EUR", "7.60 EUR", "31.00 EUR", "26 h  redemption", "20 h  caller", "Due later")
		for range row {
			s.press("j")
		}
		return s.press("enter").see("▐ Leave it as it is")
	}
	s := open(1).see("to bank, DE•• … 3000", "redemption approve red_6k2wm").press("down", "enter")
	s.see("Let 250.00 EUR leave?", "To: to bank, DE•• … 3000.").press("down", "enter").see("Approved.")
	wantCalls(t, f, 1, "RedemptionStep")
	open(1).press("j", "j", "enter").see("Its owner reads this.").press("not now", "enter").see("Now failed.")
	wantCalls(t, f, 2, "RedemptionStep")
	open(2).press("j", "j", "enter", "look at it first", "enter").see("Now held.")
	wantCalls(t, f, 1, "SettlementStep")
	open(3).see("Go on with: vendor account approve acme-news EUR").press("down", "enter")
	wantCalls(t, f, 0, "ApprovePayAccount")
	open(0).see("Go on with: desk answered cal_3k8wq")
}

// The queue goes on where its page has ended, for cases that no other list brings, too.
func TestDeskPagesItsCases(t *testing.T) {
	f := commandtest.New()
	f.Data.Disputes, f.Data.Deposits, f.Data.Unallocated = nil, nil, nil
	f.Data.Tasks = nil
	for i := range view.MaxRows + 20 {
		one := commandtest.Leaving()[0]
		one.ID = fmt.Sprintf("red_%03d", i)
		f.Data.Tasks = append(f.Data.Tasks, one)
	}
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.see(fmt.Sprintf("%d and more wait", view.MaxRows), "m more").press("m")
	s.see(fmt.Sprintf("%d wait", view.MaxRows+20)).unseen("m more")
}
