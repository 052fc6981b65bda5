package tui

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A purchase as a person does it: a, the code, a look at title and price, y, the balance after.
func TestApproveOnce(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a").see("Type the code")
	s.press("WDJB-MJHT", "enter")
	s.see("Ice on the Danube", "0.25 EUR", "12.40 → 12.15 EUR", "https://news.example, verified")
	s.press("y").see("> y  Press y again to approve once and pay 0.25 EUR", "y again pay").unseen("Paid.")
	s.press("y").see("Paid.", "12.15 EUR available", "acme-news", "River Press")
	s.press("enter").see("12.15 EUR", "Recent")
	if got := f.Calls("Answer"); got != 1 {
		t.Errorf("%d answers, want 1", got)
	}
}

// The number of the page is on the screen before the answer, and a yes is to the page that it is of: it is refused once
// another browser has that page.
func TestYesIsToTheNumberOnTheScreen(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("Your page must show 47.", "a stranger would get what you pay for")
	f.Data.Approvals[0].Match = "48"
	s.press("y", "y").see("open in another browser").unseen("Paid.")
	s = connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "KXPR-9QTC", "enter").see("Allow charges without asking").unseen("Your page must show")
}

// Two keys that come before the answer pay once.
func TestDoubleYesPaysOnce(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("Ice on the Danube")
	s.press("y")
	s.hit("y")
	s.hit("y")
	s.wait()
	s.see("Paid.")
	if got := f.Calls("Answer"); got != 1 {
		t.Errorf("%d answers, want 1", got)
	}
	if got := f.Data.Overview.Wallets[0].Available; got != commandtest.EUR(12_150_000) {
		t.Errorf("balance %v, want 12.15 EUR", got)
	}
}

func TestRefuseAndBlock(t *testing.T) {
	for key, block := range map[string]bool{"n": false, "b": true} {
		f := commandtest.New()
		s := connect(t, f, commandtest.Ada, ScreenOptions{})
		s.press("a", "enter", key, key).see("Refused.", "Nothing was charged.")
		if diff := cmp.Diff(view.Answer{Code: "WDJB-MJHT", Block: block}, f.Data.Got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestApproveLinkWithBounds(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	// What was proposed is sent as the proposal.
	s.press("a", "KXPR-9QTC", "enter", "l").see("Per purchase", "1.50", "none")
	s.press("enter", "enter", "enter", "enter").see("Allowed.", "acme-video may charge")
	none, price := commandtest.EUR(0), commandtest.EUR(250_000)
	proposal := view.Answer{Code: "KXPR-9QTC", Yes: true, Link: true, Expect: &none, Match: view.NoMatch}
	if diff := cmp.Diff(proposal, f.Data.Got); diff != "" {
		t.Error(diff)
	}
	// What was typed is sent as it is.
	s.press("enter", "a", "WDJB-MJHT", "enter", "l", "ctrl+u", "x", "ctrl+s").see("digits and one point only")
	s.press("ctrl+u", "0", "ctrl+s").see("A bound of 0 would allow nothing.")
	s.press("ctrl+u", "0.30", "tab", "ctrl+u", "1", "ctrl+s").see("Paid.")
	want := view.Answer{
		Code: "WDJB-MJHT", Yes: true, Link: true, Expect: &price, Match: "47",
		Limits: &ledger.Limits{PerPurchase: 300_000, PerDay: 1_000_000, PerWeek: 20_000_000, PerMonth: ledger.NoLimit},
	}
	if diff := cmp.Diff(want, f.Data.Got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongCodeSaysWhy(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{})
	s.press("a", "AAAABBBB", "enter").see("There is no request with the code AAAA-BBBB", "Look at the list again")
}

func TestAnsweringSaysThatTheCodeIsMissing(t *testing.T) {
	f := commandtest.New()
	f.Data.Approvals = nil
	connect(t, f, commandtest.Ada, ScreenOptions{}).press("a", "enter").see("There is no code.")
}

// However much a vendor writes, the price, the balance after and the answers stay on the screen.
func TestVendorsWordsDoNotHideThePrice(t *testing.T) {
	f := commandtest.New()
	a := &f.Data.Approvals[0]
	a.Title, a.What = strings.Repeat("Title ", 60), strings.Repeat("Words and\n", 90)
	a.Site = "https://" + strings.Repeat("site.", 40) + "example"
	for _, size := range [][2]int{{80, 24}, {80, 18}, {60, 20}, {200, 60}} {
		s := connect(t, f, commandtest.Ada, ScreenOptions{Width: size[0], Height: size[1]})
		s.press("a", a.Code, "enter").see("Price    0.25 EUR", "12.40 → 12.15 EUR after", "1.80 → 2.05")
		s.see("y pay", "n refuse").unseen("↓ more")
		if size[1] >= 24 {
			s.see("y  approve once", "n  refuse", "b  refuse")
		}
	}
	s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 40, Height: 12})
	s.press("a", a.Code, "enter").see("y pay", "n refuse")
	s.press("G").see("Price    0.25 EUR", "12.40 → 12.15 EUR after")
}

// A refusal is told once and leaves the answers in sight.
func TestRefusedAnswerKeepsTheChoices(t *testing.T) {
	f := commandtest.New()
	f.Data.Approvals[0].Refused = "The limit is 0.10 EUR in a day. Raise it with: limits set day AMOUNT."
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("Raise it with: limits set day AMOUNT.", "n  refuse")
}
