package tui

import (
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// What a buyer does in a dispute is a line, then a question with what it becomes: no key of its own does it.
func TestBuyerContests(t *testing.T) {
	for _, c := range []struct {
		name  string
		keys  []string
		asked string
		state ledger.DisputeState
	}{
		{"takes the offer", []string{"down", "enter"}, "Take 0.80 EUR of 1.60 EUR back", ledger.DisputeAccepted},
		{"declines it", []string{"down", "down", "enter"}, "Decline the 0.80 EUR", ledger.DisputeUnderReview},
		{"withdraws", []string{"down", "down", "down", "enter"}, "Withdraw the dispute", ledger.DisputeWithdrawn},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := commandtest.New()
			s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 80, Height: 40}).press("6", "enter")
			s.see("The second half is.", "▐ Leave it as it is").press(c.keys...)
			s.see(c.asked, "No, leave it").press("enter").see("Leave it as it is")
			wantCalls(t, f, 0, "ContestDispute")
			s.press("enter", "down", "enter").see("✓ Now " + view.State(c.state).Words())
			wantCalls(t, f, 1, "ContestDispute")
			if got := f.Data.Disputes[0].State; got != view.State(c.state) {
				t.Errorf("the dispute is %s", got)
			}
		})
	}
}

// An appeal has words, and is asked for once more with them.
func TestBuyerAppeals(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		d.Disputes[0].State = view.State(ledger.DisputeForVendor)
		d.Disputes[0].Can = []string{ledger.DisputeAppeal, ledger.DisputeWithdraw}
	})
	s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 80, Height: 40}).press("6", "enter", "down", "enter", "enter")
	s.see("Say what was not seen").press("It is silent from the middle on.", "enter")
	s.see("Appeal against the decision?", "silent from the middle", "There is one appeal").press("down", "enter")
	s.see("✓ Now appealed.")
	if got, want := f.Data.Got, (view.DisputeAct{
		ID: "dsp_7v3xc", Act: ledger.DisputeAppeal, Text: "It is silent from the middle on.",
	}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// Staff ask the vendor from the case.
func TestStaffAskTheVendor(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{Width: 80, Height: 44}).press("enter")
	s.see("The case", "It was moved", "Ask acme-news first").press("down", "down", "down", "enter", "enter")
	s.see("Type the question.").press("Since when?", "enter").see("✓ Asked.", "asks the vendor: Since when?")
	if f.Data.Got != "Since when?" {
		t.Errorf("got %v", f.Data.Got)
	}
}

// A wallet that is open rings when a vendor offers something, once, and not for what was there when it was opened.
func TestOfferRings(t *testing.T) {
	m := &Model{}
	m.me.Notices = "bell"
	m.home.Offers = 1
	if m.tell(view.Overview{}) != nil {
		t.Error("rings at the first look")
	}
	before := view.Overview{Handle: "w_7g2v"}
	if cmd := m.tell(before); cmd == nil || cmd() != (Effect{Ring: true}) {
		t.Error("does not ring")
	}
	before.Offers = 1
	if m.tell(before) != nil {
		t.Error("rings again")
	}
}
