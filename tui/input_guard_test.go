package tui

import (
	"strings"
	"testing"
	"time"

	"tuppence/tui/command/commandtest"
)

// Keys that were typed before the request could be read do not answer it: not when all come in one packet, and not a
// moment later. The keys stand in the footer from when they are guardOver.
func TestTypedAheadDoesNotPay(t *testing.T) {
	for _, early := range []string{"y", "n", "b", "l", "yyyyyyyy"} {
		s, f := ada(t)
		s.press("a")
		s.hit("WDJB-MJHT")
		s.hit("enter")
		s.wait()
		s.hit(early)
		s.late += 299 * time.Millisecond
		s.hit(early)
		s.wait()
		s.see("Ice on the Danube", "Look, then press it again.").unseen("esc later", "Month")
		if got := f.Calls("Answer"); got != 0 {
			t.Errorf("%q typed ahead answered the request", early)
		}
		s.late += time.Millisecond
		s.see("esc later")
		s.press("4", "7", "y", "y").see("Paid.")
	}
}

// The bounds of a link are not confirmed by keys that came before they could be read.
func TestTypedAheadDoesNotLink(t *testing.T) {
	s, f := ada(t)
	s.press("a", "KXPR-9QTC", "enter", "l")
	s.hit("l")
	for range 4 {
		s.hit("enter")
	}
	s.wait()
	wantCalls(t, f, 0, "Answer")
	s.see("Month")
	s = connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("5", "j")
	s.hit("l")
	s.hit("\x13")
	for range 6 {
		s.hit("enter")
	}
	s.wait()
	wantCalls(t, f, 0, "Link")
}

// Nothing that is pasted answers a request, whenever it comes.
func TestPasteNeverConfirms(t *testing.T) {
	s, f := ada(t)
	s.press("a", "WDJB-MJHT", "enter", "4", "7").see("esc later")
	for _, text := range []string{"y", "n", "b", "l", "y\r", "\r", "yes\n"} {
		s.paste(text)
	}
	s.wait()
	s.see("esc later").unseen("Month")
	wantCalls(t, f, 0, "Answer")
}

// A key that is held down does not take the recovery code away.
func TestHeldKeyLeavesTheRecoveryCode(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.NewKey, ScreenOptions{})
	s.press("y", "y")
	s.hit("enter")
	s.wait()
	for range 30 {
		s.late += 100 * time.Millisecond
		s.hit("enter")
	}
	s.wait()
	s.see("4TQM-8WZX-K2HR-7NVP-C3DJ", "✕ That is not how it ends.").press("C3DJ", "enter").unseen("4TQM")
}

// A clock that is set back locks no person out.
func TestClockSetBackIsNotDeaf(t *testing.T) {
	s, _ := ada(t)
	s.hit("a")
	s.wait()
	s.hit("WDJB-MJHT")
	s.hit("enter")
	s.wait()
	s.late -= time.Hour
	s.press("4", "7", "y", "y").see("Paid.")
}

// decisions are the calls that cannot be undone, or that loosen what protects the money. What is left is reading,
// saying that the person is here, closing the window, and the look of the screens.
func decisions(f *commandtest.Service) int {
	return f.Calls() - f.Calls("WhoAmI", "House", "Watch", "Touch", "Lock", "Settings", "Overview", "Methods", "Deposits",
		"History", "Show", "Limits", "Vendors", "Disputes", "Pending", "Approval", "Transfers", "Policy", "DeskDisputes",
		"DeskDeposits", "DeskReceipts", "WhatIf", "WhatIfLink", "StaffLog", "Keys", "Agents", "Voice",
		"DeskQueue", "DeskFind", "DeskWallet", "DeskProposals", "Looks", "Library", "ClosingTerms", "Inviting",
		"ShopToday", "ShopOffers", "ShopSales", "ShopDisputes", "ShopSettlements", "ShopHooks", "Team")
}

// undone are the calls that one key makes and one key takes back, and the look at what is paid for already: it takes a
// view, which a paste must not.
func undone(f *commandtest.Service) int {
	return f.Calls("Unlink", "Block", "DeskClaim", "DeskRelease", "OpenContent")
}

// secondStep tells whether a scene has taken the first step of a decision: the next key is the second. Who chooses the
// looks of a sign-up has accepted the terms with two keys.
func secondStep(scene string) bool {
	return scene == "approval_sure" || strings.HasPrefix(scene, "signup_sure") || scene == "signup_looks"
}

// No key decides on any screen that comes with others: it may be a letter of a text that was pasted without marks.
func TestKeysInCompanyDecideNothing(t *testing.T) {
	t.Parallel()
	everyKey(t, func(*Model) bool { return true }, false)
}

// No single key decides on a screen where letters are keys: every decision takes two, but for what one key takes back.
// A form is the second step of its own.
func TestNoSingleKeyDecides(t *testing.T) {
	t.Parallel()
	everyKey(t, func(m *Model) bool { return !m.top().typing() || m.top().name() == placeSignup }, true)
}

// everyKey presses each key on each screen, alone or in company, and holds that nothing is decided.
func everyKey(t *testing.T, tried func(*Model) bool, alone bool) {
	for _, sc := range scenes {
		if alone && (secondStep(sc.name) || strings.HasSuffix(sc.name, "_undo")) {
			continue // the second step is what they wait for; what was just decided is taken back by one key
		}
		t.Run(sc.name, func(t *testing.T) {
			t.Parallel()
			f := commandtest.New()
			s := connect(t, f, sc.who, ScreenOptions{}).press(sc.keys...)
			for _, k := range keyboard() {
				if !tried(s.m) {
					return
				}
				count := func() int {
					if alone { // one key, and one key takes it back
						return decisions(f) - undone(f)
					}
					return decisions(f)
				}
				before, view := count(), s.view()
				k.Alone = alone
				s.update(k)
				s.wait()
				if after := count(); after != before {
					t.Errorf("%s on the screen %s decides", k, sc.name)
				}
				if s.quit || s.view() != view { // the next key is tried where this one was
					f = commandtest.New()
					s = connect(t, f, sc.who, ScreenOptions{}).press(sc.keys...)
				}
			}
		})
	}
}

// An answer is selected by one key and taken by another: enter, or the same letter again.
func TestDecisionTakesTwoSteps(t *testing.T) {
	for _, tc := range []struct {
		keys  []string
		calls int
	}{
		{[]string{"y", "y"}, 1},
		{[]string{"y", "enter"}, 1},
		{[]string{"n", "n"}, 1},
		{[]string{"b", "enter"}, 1},
		{[]string{"down", "enter"}, 1},
		{[]string{"y"}, 0},
		{[]string{"enter", "enter"}, 0},
		{[]string{"y", "n"}, 0},
		{[]string{"y", "yy"}, 0},
		{[]string{"y", "esc", "enter"}, 0},
		{[]string{"y", "n", "n"}, 1},
	} {
		s, f := ada(t)
		s.press("a", "WDJB-MJHT", "enter", "4", "7").press(tc.keys...)
		if got := f.Calls("Answer"); got != tc.calls {
			t.Errorf("%q answered %d times, want %d", tc.keys, got, tc.calls)
		}
	}
}

// The second step waits for the eyes, too: two quick presses are one.
func TestSecondStepIsGuarded(t *testing.T) {
	s, _ := ada(t)
	s.press("a", "WDJB-MJHT", "enter", "4", "7")
	s.hit("y")
	s.late += guardConfirm - time.Millisecond
	s.hit("y")
	s.wait()
	s.see("▐ y  Pay 0.25 EUR").unseen("Paid.")
	s.late += time.Millisecond
	s.press("y").see("Paid.")
}
