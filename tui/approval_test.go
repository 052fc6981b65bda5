package tui

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A purchase as a person does it: a, the code, a look at title and price, the number of the own page, y, enter, the
// balance after.
func TestApproveOnce(t *testing.T) {
	s, f := ada(t)
	s.press("a").see("Type the code")
	s.press("WDJB-MJHT", "enter")
	s.see("acme-news asks for 0.25 EUR", "2 min left", "Ice on the Danube", "You pay  0.25 EUR", "12.40 → 12.15 EUR")
	s.see("✓ https://news.example, verified, 14 earlier purchases", "1.80 → 2.05 of 5.00 EUR").unseen("▐")
	s.press("4", "7").see("[47]").press("y").see("▐ y  Pay 0.25 EUR to acme-news").unseen("Paid.")
	s.press("enter").see("Paid.", "12.15 EUR available", "acme-news", "River Press")
	s.press("enter").see("12.15 EUR", "Spending, 30 days")
	wantCalls(t, f, 1, "Answer")
}

// The person has to find the number of the own page among others: no yes goes out without it, and the service gets the
// one that was chosen.
func TestYesNeedsTheNumberOfThePage(t *testing.T) {
	wrong := chipsOf(commandtest.New().Data.Approvals[0]).all
	for _, tc := range []struct{ keys, see, match string }{
		{"y y", "Choose the number that your browser shows first.", ""},
		{"l l", "Choose the number that your browser shows first.", ""},
		{"right left y y", "", wrong[0]},
		{"right right right right right y y", "Your browser shows none of them", ""},
		{"9 9 y y", "Your browser shows none of them", ""},
		{"4 y y", "Choose the number", ""},
		{"9 4 7 y y", "Choose the number", ""},
		{"4 7 y y", "Paid.", "47"},
		{"n n", "Refused.", ""},
	} {
		s, f := ada(t)
		s.press("a", "WDJB-MJHT", "enter").see("The same as", "Refuse: a stranger would get what you pay for")
		s.press(strings.Fields(tc.keys)...).see(tc.see)
		got, _ := f.Data.Got.(view.Answer)
		if got.Match != tc.match {
			t.Errorf("%q sent the number %q, want %q", tc.keys, got.Match, tc.match)
		}
	}
	// Who has chosen a wrong one cannot try the next: the request is over.
	right := slices.Index(wrong, "47")
	s, f := ada(t)
	s.press("a", "WDJB-MJHT", "enter").press(strings.Split(wrong[(right+1)%3], "")...).press("y", "y")
	s.see("The page shows another number.", "start again at the").unseen("The same as").press("4", "7", "y", "y")
	wantCalls(t, f, 1, "Answer")
	// Another browser has the page meanwhile.
	s, f = ada(t)
	s.press("a", "WDJB-MJHT", "enter", "4", "7")
	f.Data.Approvals[0].Match = "48"
	s.press("y", "y").see("The page shows another number.").unseen("Paid.", "[47]")
	s = connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "KXPR-9QTC", "enter").see("asks to take without asking").unseen("The same as")
}

// What another screen has answered, and what is over, says so in the place of the answers.
func TestAnsweredElsewhereSaysSo(t *testing.T) {
	for status, want := range map[ledger.CheckoutStatus]string{
		ledger.CheckoutApproved: "Approved on another screen a moment ago.",
		ledger.CheckoutDenied:   "Refused on another screen a moment ago.",
		ledger.CheckoutExpired:  "The time to answer is over.",
	} {
		s, f := ada(t)
		s.press("a", "WDJB-MJHT", "enter", "4", "7", "y")
		f.Change(func(d *commandtest.Data) { d.Approvals[0].Status = view.State(status) })
		s.see(want).unseen("Pay 0.25").press("y", "enter")
		wantCalls(t, f, 0, "Answer")
	}
	s, f := ada(t)
	s.press("a", "WDJB-MJHT", "enter", "4", "7", "y")
	s.late += 2 * time.Minute
	s.see("The time to answer is over.").press("y", "enter")
	wantCalls(t, f, 0, "Answer")
}

// The time left is told in steps of ten seconds, and in seconds in the last minute; the bar goes with it.
func TestTimeLeftOfARequest(t *testing.T) {
	for d, want := range map[time.Duration]string{
		2 * time.Minute: "2 min", 118 * time.Second: "2 min", 110 * time.Second: "1 min 50", 61 * time.Second: "1 min 10",
		time.Minute: "60 s", 9 * time.Second: "9 s", 0: "no more", 25 * time.Minute: "25 min",
	} {
		if got := timeLeft(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	s, _ := ada(t)
	s.press("a", "WDJB-MJHT", "enter")
	full := strings.Count(s.view(), "━")
	s.late += time.Minute
	if half := strings.Count(s.view(), "━"); half > full*2/3 || half < full/3 {
		t.Errorf("%d cells of the bar after half of the time, %d before", half, full)
	}
	s.see("60 s left")
}

// A request whose time is over waits no more, on any place.
func TestNobodyIsAskedWhenTheTimeIsOver(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 160, Height: 45})
	s.see("2 waiting", "a answer", "Waiting for your answer (2)")
	s.late += 24 * time.Hour
	s.see("Nothing waits.", "Waiting for your answer (0)").unseen(" waiting ", "a answer")
	s.press("3").unseen(" waiting ", "a answer")
}

// A limit that stands against the price is named with when it frees, and one key opens it.
func TestApprovalNamesTheLimit(t *testing.T) {
	s, _ := ada(t)
	s.press("4", "j", "enter", "1.9", "enter", "a", "WDJB-MJHT", "enter")
	s.see("Over your limit a day, 1.80 of 1.90 EUR, until midnight. L opens it.", "L that limit")
	s.press("L").see("now 1.90")
}

// Two keys that come before the answer pay once.
func TestDoubleYesPaysOnce(t *testing.T) {
	s, f := ada(t)
	s.press("a", "WDJB-MJHT", "enter").see("Ice on the Danube")
	s.press("4", "7", "y")
	s.hit("y")
	s.hit("y")
	s.wait()
	s.see("Paid.")
	wantCalls(t, f, 1, "Answer")
	if got := f.Data.Overview.Wallets[0].Available; got != commandtest.EUR(12_150_000) {
		t.Errorf("balance %v, want 12.15 EUR", got)
	}
}

func TestRefuseAndBlock(t *testing.T) {
	for key, block := range map[string]bool{"n": false, "b": true} {
		s, f := ada(t)
		s.press("a", "enter", key, key).see("Refused.", "Nothing was charged.")
		if diff := cmp.Diff(view.Answer{Code: "WDJB-MJHT", Block: block}, f.Data.Got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestApproveLinkWithBounds(t *testing.T) {
	s, f := ada(t)
	// What was proposed is sent as the proposal.
	s.press("a", "KXPR-9QTC", "enter", "l", "l").see("Each", "1.50", "none")
	s.press("enter", "enter", "enter", "enter").see("Let acme-video take up to 10.00 EUR a month without asking?")
	s.press("enter").unseen("Let acme-video take up to").press("ctrl+s", "down", "enter")
	s.see("Allowed.", "acme-video may charge")
	none, price := commandtest.EUR(0), commandtest.EUR(250_000)
	proposal := view.Answer{Code: "KXPR-9QTC", Yes: true, Link: true, Expect: &none, Match: view.NoMatch}
	if diff := cmp.Diff(proposal, f.Data.Got); diff != "" {
		t.Error(diff)
	}
	// What was typed is sent as it is. What was spent at the vendor stands beside the bounds.
	s.press("enter", "a", "WDJB-MJHT", "enter", "4", "7", "l", "l").see("used so far 8.35")
	s.press("ctrl+u", "x", "ctrl+s").see("✕", "digits and one point only")
	s.press("ctrl+u", "0", "ctrl+s").see("✕ A bound of 0 would allow nothing.")
	s.press("ctrl+u", "0.30", "tab", "ctrl+u", "1", "ctrl+s")
	s.see("Pay 0.25 EUR, and let acme-news take up to 20.00 EUR a week")
	s.press("down", "enter").see("Paid.")
	want := view.Answer{
		Code: "WDJB-MJHT", Yes: true, Link: true, Expect: &price, Match: "47",
		Limits: &ledger.Limits{PerPurchase: 300_000, PerDay: 1_000_000, PerWeek: 20_000_000, PerMonth: ledger.NoLimit},
	}
	if diff := cmp.Diff(want, f.Data.Got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongCodeSaysWhy(t *testing.T) {
	s, _ := ada(t)
	s.press("a", "AAAABBBB", "enter").see("There is no request with the code AAAA-BBBB", "Look at the list again")
}

func TestAnsweringSaysThatTheCodeIsMissing(t *testing.T) {
	f := commandtest.New()
	f.Data.Approvals = nil
	connect(t, f, commandtest.Ada, ScreenOptions{}).press("a", "enter").see("There is no code.")
}

// However much a vendor writes, the price, the balance after, the number and the answers stay on the screen, at every
// size.
func TestVendorsWordsDoNotHideThePrice(t *testing.T) {
	f := commandtest.New()
	a := &f.Data.Approvals[0]
	a.Title, a.What = strings.Repeat("Title ", 60), strings.Repeat("Words and\n", 90)
	a.Site = "https://" + strings.Repeat("site.", 40) + "example"
	for _, size := range [][2]int{{80, 24}, {80, 18}, {60, 20}, {200, 60}, {40, 12}, {40, 10}} {
		s := connect(t, f, commandtest.Ada, ScreenOptions{Width: size[0], Height: size[1]})
		s.press("a", a.Code, "enter").see("0.25 EUR", "Account  12.40 → 12.15 EUR after", " 47 ", "none").unseen("↓ more")
		s.see("y  Pay 0.25 EUR", "l  Pay, and", "n  Refuse", "b  Refuse and block", "none")
		if size[1] > 10 {
			s.see("1.80 → 2.05")
		}
	}
}

// A refusal is told once and leaves the answers in sight.
func TestRefusedAnswerKeepsTheChoices(t *testing.T) {
	f := commandtest.New()
	f.Data.Approvals[0].Refused = "The limit is 0.10 EUR in a day. Raise it with: limits set day AMOUNT."
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("✕ The limit is 0.10 EUR", "n  Refuse")
}

// unsent is a service with requests that were sent to no wallet: who has the code finds them.
type unsent struct{ *commandtest.Service }

func (unsent) Pending(context.Context, view.Caller) ([]view.Approval, error) { return nil, nil }

func (u unsent) Overview(ctx context.Context, who view.Caller) (view.Overview, error) {
	o, err := u.Service.Overview(ctx, who)
	o.Pending = nil
	return o, err
}

// A request that is left for later waits like one that was sent to the wallet, until it is answered or its time is
// over.
func TestLaterKeepsTheRequest(t *testing.T) {
	s := connect(t, unsent{commandtest.New()}, commandtest.Ada, ScreenOptions{})
	s.unseen("waiting", "asks").press("a").see("Nothing waits")
	s.press("wdjbmjht", "enter").see("y  Pay").press("esc").see("▐ WDJB-MJHT", "▐ Code\n")
	s.press("esc").see("1 waiting", "acme-news asks 0.25 EUR")
	s.press("a", "enter").see("y  Pay").press("4", "7", "y", "y").see("Paid.").press("enter").unseen("waiting", "asks")
	s = connect(t, unsent{commandtest.New()}, commandtest.Ada, ScreenOptions{})
	s.press("a", "wdjbmjht", "enter").see("y  Pay").press("esc", "esc").see("1 waiting")
	s.late += 3 * time.Minute
	s.press("r").unseen("waiting")
	// Answered elsewhere, it waits no longer; nor does it for who has the session when the wallet was taken over.
	f := commandtest.New()
	s = connect(t, unsent{f}, commandtest.Ada, ScreenOptions{})
	s.press("a", "wdjbmjht", "enter", "esc", "esc").see("1 waiting")
	f.Change(func(d *commandtest.Data) { d.Approvals[0].Status = view.State(ledger.CheckoutDenied) })
	s.press("a", "enter").see("Refused").press("esc", "esc").unseen("waiting")
	s.press("a", "kxpr9qtc", "enter", "esc", "esc").see("1 waiting")
	if s.m.lostWallet(); len(s.m.waiting()) > 0 {
		t.Errorf("a lost wallet leaves %v", s.m.waiting())
	}
}
