package tui

import (
	"errors"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
)

// A purchase as a person does it: a, the code, a look at title and price, y, the balance after.
func TestApproveOnce(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("a").see("Type the code")
	s.press("WDJB-MJHT", "enter").see("Ice on the Danube", "0.25 EUR", "12.40 → 12.15 EUR", "https://news.example, verified")
	s.press("y").see("Paid.", "12.15 EUR available", "acme-news", "River Press")
	s.press("enter").see("12.15 EUR", "Recent")
	if got := f.calls["Answer"]; got != 1 {
		t.Errorf("%d answers, want 1", got)
	}
}

// Two keys that come before the answer pay once.
func TestDoubleYesPaysOnce(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("Ice on the Danube")
	s.hit("yyyy")
	s.settle()
	s.see("Paid.")
	if got := f.calls["Answer"]; got != 1 {
		t.Errorf("%d answers, want 1", got)
	}
	if got := f.overview.Wallets[0].Available; got != eur(12_150_000) {
		t.Errorf("balance %v, want 12.15 EUR", got)
	}
}

func TestRefuseAndBlock(t *testing.T) {
	for key, block := range map[string]bool{"n": false, "b": true} {
		f := newFixture()
		s := sit(t, f, ada, ScreenOptions{})
		s.press("a", "enter", key).see("Refused.", "Nothing was charged.")
		if diff := cmp.Diff(ledger.Answer{Code: "WDJB-MJHT", Block: block}, f.got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestApproveLinkWithBounds(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	// What was proposed is sent as the proposal.
	s.press("a", "KXPR-9QTC", "enter", "l").see("Per purchase", "1.50", "none")
	s.press("enter", "enter", "enter", "enter").see("Allowed.", "acme-video may charge")
	if diff := cmp.Diff(ledger.Answer{Code: "KXPR-9QTC", Yes: true, Link: true}, f.got); diff != "" {
		t.Error(diff)
	}
	// What was typed is sent as it is.
	s.press("enter", "a", "WDJB-MJHT", "enter", "l", "ctrl+u", "x", "ctrl+s").see("digits and one point only")
	s.press("ctrl+u", "0", "ctrl+s").see("A bound of 0 would allow nothing.")
	s.press("ctrl+u", "0.30", "tab", "ctrl+u", "1", "ctrl+s").see("Paid.")
	want := ledger.Answer{
		Code: "WDJB-MJHT", Yes: true, Link: true,
		Limits: &ledger.Limits{PerPurchase: 300_000, PerDay: 1_000_000, PerWeek: 20_000_000, PerMonth: ledger.NoLimit},
	}
	if diff := cmp.Diff(want, f.got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongCodeSaysWhy(t *testing.T) {
	s := sit(t, newFixture(), ada, ScreenOptions{})
	s.press("a", "AAAABBBB", "enter").see("There is no request with the code AAAA-BBBB", "Look at the list again")
}

func TestSignUp(t *testing.T) {
	f := newFixture()
	s := sit(t, f, stranger, ScreenOptions{})
	s.see("Welcome to Tuppence", stranger.Fingerprint, "simulated")
	s.press("y").see("4TQM-8WZX-K2HR-7NVP-C3DJ")
	s.press("enter", "esc", "q", "2").see("4TQM-8WZX-K2HR-7NVP-C3DJ") // only y takes it away
	s.press("y").unseen("4TQM").see("add funds")
	s.press("f").see("Amount", "w_9q4m", "Currency")
	s.press("20", "enter", "enter", "enter").see("Done. The tokens are in your account.")
	if diff := cmp.Diff(ledger.FundRequest{Amount: eur(20_000_000), Method: "card", Key: "id-1"}, f.got); diff != "" {
		t.Error(diff)
	}
}

func TestRecover(t *testing.T) {
	s := sit(t, newFixture(), stranger, ScreenOptions{})
	s.press("r", "wrong", "enter").see("This is no recovery code.")
	s.press("ctrl+u", "4TQM-8WZX-K2HR-7NVP-C3DJ", "enter").see("Welcome back, w_7g2v.", "9HJ2-XW4C-M7TK-5PZR-V8DQ", "Money cannot leave before")
	s.press("y", "enter").see("12.40 EUR")
}

func TestFundByCheck(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("4", "f", "12.5", "tab", "u", "tab", "right").see("[USD]", "[check]", "Simulated")
	s.press("enter").see("Announced. The tokens come when you have done what is written below.", "TP 4821 7730 5", "Send it to the desk.", "AWAITING INSTRUMENT", "simulated")
	// The check is cleared while she looks.
	f.mu.Lock()
	f.deposits[0].State = ledger.DepositCleared
	f.wake()
	f.mu.Unlock()
	s.see("CLEARED", "Done. The tokens are in your account.")
	s.press("esc", "2").see("TP 4821 7730 5")
	f = newFixture()
	s = sit(t, f, ada, ScreenOptions{})
	s.press("f", "1,5", "ctrl+s").see("a point and no other separators")
	if f.calls["Fund"] != 0 {
		t.Error("a wrong amount reached the service")
	}
}

func TestHistoryDetailAndDispute(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{Width: 80, Height: 40})
	s.press("3", "enter").see("-0.25000 EUR", "+0.16625 EUR", "txn_06dkq5x1c8v3n7m2t9w4y0zr5hjb1f6gae8k", "approved in the terminal", "1 of 5 used")
	s.press("d").see("[not delivered]")
	s.press("enter", "It", "space", "never came", "enter").see("AUTO RESOLVED", "It never came")
	if d := f.disputes[0]; d.Purchase != "chg_8f3ka" || d.Reason != "not_delivered" {
		t.Errorf("dispute of %s because %s", d.Purchase, d.Reason)
	}
	s.press("6").see("How rivers freeze")
}

func TestHistoryFilterAndPages(t *testing.T) {
	f := newFixture()
	for i := range 120 {
		f.rows = append(f.rows, ledger.Row{
			ID: "old_" + string(rune('a'+i/26)) + string(rune('a'+i%26)), At: fixtureNow.AddDate(0, 0, -40-i), Kind: "purchase",
			Vendor: "acme-news", Title: "Old", State: "PAID", Amount: eur(-10_000),
		})
	}
	s := sit(t, f, ada, ScreenOptions{})
	s.press("3").see("50 rows, more below")
	s.press("G").see("100 rows, more below")
	s.press("G").see("128 rows").unseen("more below")
	s.press("/", "river", "enter").see("filter: river", "How rivers freeze").unseen("Crossword")
	s.press("esc").see("Crossword")
	s.press("/", "nothing like it", "enter").see("Nothing like that; esc shows all.")
}

// New rows push others down; the selection stays on its row.
func TestSelectionHoldsTheRow(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("3", "j").see("> 11-24 13:40  acme-news     Crossword 412")
	f.mu.Lock()
	f.rows = append([]ledger.Row{{ID: "chg_new", At: fixtureNow, Kind: "purchase", Vendor: "acme-news", Title: "Brand new", State: "PAID", Amount: eur(-1)}}, f.rows...)
	f.wake()
	f.mu.Unlock()
	s.see("Brand new").see("> 11-24 13:40  acme-news     Crossword 412")
}

func TestLimitIsChanged(t *testing.T) {
	f := newFixture()
	f.warning = "1.80 EUR are spent today already."
	s := sit(t, f, ada, ScreenOptions{})
	s.press("4", "j", "enter").see("Limit a day in EUR", "5.00")
	s.press("ctrl+u", "1.5", "enter").see("1.80 EUR are spent today already.", "1.80 of 1.50 EUR")
	if diff := cmp.Diff(ledger.LimitChange{Currency: "EUR", Period: "day", Max: 1_500_000}, f.got); diff != "" {
		t.Error(diff)
	}
}

func TestVendorIsUnlinkedLinkedAndBlocked(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("5", "u").see("End the standing permission of acme-news?")
	s.press("j").unseen("End the standing")
	if f.calls["Unlink"] != 0 {
		t.Error("unlinked without a yes")
	}
	s.press("u", "y").see("REVOKED")
	s.press("l", "ctrl+s").see("acme-news is linked.")
	s.press("b", "y").see("acme-news is refused.")
	s.press("o").see("https://news.example")
}

func TestDeskDecidesAndClears(t *testing.T) {
	f := newFixture()
	s := sit(t, f, rita, ScreenOptions{})
	s.see("Archive week").press("enter", "u", "enter").see("A decision needs a reason.")
	s.press("The archive was down.", "enter").see("Decided.")
	s.press("esc", "G", "enter", "c", "25", "enter").see("Now CLEARED.")
}

func TestPolicyIsChanged(t *testing.T) {
	s := sit(t, newFixture(), otto, ScreenOptions{})
	s.press("2", "j", "enter", "ctrl+u", "20m", "enter").see("20m", "Set.")
}

func TestPaletteRunsCommands(t *testing.T) {
	s := sit(t, newFixture(), ada, ScreenOptions{})
	s.press(":", "bal", "tab", "enter").see("12.40")
	s.press("limits set day 'x", "enter").see("Not understood: the quote ' at place 16 is not closed.")
	s.press("ctrl+u", "nonsense", "enter").see("There is no command")
	s.press("esc").see("Recent")
}

func TestFailureShowsTheRemedyAndHidesTheInside(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	f.mu.Lock()
	f.fail = ledger.Refuse(ledger.ErrUnavailable, "Try again in a minute.", "The books are closed.")
	f.mu.Unlock()
	s.press("4").see("The books are closed.", "Try again in a minute.", "(unavailable)")
	f.mu.Lock()
	f.fail = errors.New("secret path /var/lib")
	f.mu.Unlock()
	s.press("5").see("internal error, quote id-1").unseen("secret")
	f.mu.Lock()
	f.fail = nil
	f.mu.Unlock()
	s.press("r").see("acme-news")
}

func TestEmptyPlaces(t *testing.T) {
	f := newFixture()
	f.rows, f.links, f.disputes, f.deposits, f.approvals, f.overview.Wallets = nil, nil, nil, nil, nil, nil
	s := sit(t, f, ada, ScreenOptions{})
	s.see("No tokens yet. Press f to add funds.", "Nothing bought yet.")
	s.press("2").see("No deposits yet.")
	s.press("3").see("Nothing bought yet.")
	s.press("4").see("No limits yet")
	s.press("5").see("Vendors appear here")
	s.press("6").see("No disputes.")
	s.press("a").see("Nothing waits for your answer.")
}

// An answer that comes after a later question is dropped.
func TestLateAnswerIsDropped(t *testing.T) {
	s := sit(t, newFixture(), ada, ScreenOptions{})
	first := s.m.slot("home").seq
	s.press("r")
	s.m.hear(answered{slot: "home", seq: first, apply: func() tea.Cmd { t.Error("applied"); return nil }})
}

func TestLeaving(t *testing.T) {
	for _, key := range []string{"q", "ctrl+c"} {
		s := sit(t, newFixture(), ada, ScreenOptions{})
		s.hit(key)
		for !s.quit {
			s.take("still here")
		}
	}
}

func TestTouchIsRareAndLockHolds(t *testing.T) {
	now := fixtureNow
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{Now: func() time.Time { return now }})
	s.press("j", "j", "k").see("12.40")
	if got := f.calls["Touch"]; got != 1 {
		t.Errorf("%d touches for three keys at once, want 1", got)
	}
	now = now.Add(touchEvery)
	s.press("j")
	if got := f.calls["Touch"]; got != 2 {
		t.Errorf("%d touches, want 2", got)
	}
	now = now.Add(time.Minute)
	s.press("ctrl+x").see("The purchase window is closed.")
	s.press("j")
	if got := f.calls["Touch"]; got != 2 {
		t.Errorf("%d touches after the lock, want 2", got)
	}
	s.press("w")
	if got := f.calls["Touch"]; got != 3 {
		t.Errorf("%d touches after w, want 3", got)
	}
}

func TestTooSmall(t *testing.T) {
	s := sit(t, newFixture(), ada, ScreenOptions{Width: 30, Height: 8})
	s.see("Enlarge to 40x12", "now 30x8")
	s.update(tea.WindowSizeMsg{Width: 80, Height: 24})
	s.see("12.40 EUR")
}
