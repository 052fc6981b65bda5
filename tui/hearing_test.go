package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// Keys that were typed before the request could be read do not answer it: not when all come in one packet, and not a
// moment later. The keys stand in the footer from when they are heard.
func TestTypedAheadDoesNotPay(t *testing.T) {
	for _, early := range []string{"y", "n", "b", "l", "yyyyyyyy"} {
		f := newFixture()
		s := sit(t, f, ada, ScreenOptions{})
		s.press("a")
		s.hit("WDJB-MJHT")
		s.hit("enter")
		s.settle()
		s.hit(early)
		s.late += 299 * time.Millisecond
		s.hit(early)
		s.settle()
		s.see("Ice on the Danube", "Look, then press it again.").unseen("y pay", "Per purchase")
		if got := f.calls["Answer"]; got != 0 {
			t.Errorf("%q typed ahead answered the request", early)
		}
		s.late += time.Millisecond
		s.see("y pay")
		s.press("y").see("Paid.")
	}
}

// The bounds of a link are not confirmed by keys that came before they could be read.
func TestTypedAheadDoesNotLink(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("a", "KXPR-9QTC", "enter")
	s.hit("l")
	for range 4 {
		s.hit("enter")
	}
	s.settle()
	if got := f.calls["Answer"]; got != 0 {
		t.Error("keys typed ahead gave a link")
	}
	s.see("Per purchase")
	s = sit(t, f, ada, ScreenOptions{})
	s.press("5", "j")
	s.hit("l")
	s.hit("\x13")
	for range 6 {
		s.hit("enter")
	}
	s.settle()
	if got := f.calls["Link"]; got != 0 {
		t.Error("keys typed ahead linked a vendor")
	}
}

// Nothing that is pasted answers a request, whenever it comes.
func TestPasteNeverConfirms(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("y pay")
	for _, text := range []string{"y", "n", "b", "l", "y\r", "\r", "yes\n"} {
		s.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	}
	s.settle()
	s.see("y pay").unseen("Per purchase")
	if got := f.calls["Answer"]; got != 0 {
		t.Error("a paste answered the request")
	}
}

// A key that is held down does not take the recovery code away.
func TestHeldKeyLeavesTheRecoveryCode(t *testing.T) {
	s := sit(t, newFixture(), stranger, ScreenOptions{})
	s.hit("y")
	s.settle()
	for range 9 {
		s.late += 100 * time.Millisecond
		s.hit("y")
	}
	s.settle()
	s.see("4TQM-8WZX-K2HR-7NVP-C3DJ")
	s.late += 100 * time.Millisecond
	s.press("y").unseen("4TQM")
}

// A clock that is set back keeps nobody out.
func TestClockSetBackIsNotDeaf(t *testing.T) {
	s := sit(t, newFixture(), ada, ScreenOptions{})
	s.hit("a")
	s.settle()
	s.hit("WDJB-MJHT")
	s.hit("enter")
	s.settle()
	s.late -= time.Hour
	s.press("y").see("Paid.")
}

// What a command of the palette would do stands ready and needs one more key, which is not one that was typed before.
func TestPaletteMakesConfirmationReady(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press(":")
	s.hit("transfer 1 EUR")
	s.hit("enter")
	s.settle()
	s.hit("enter")
	s.settle()
	s.see("Nothing has happened yet.", "--yes_")
	if f.calls["Transfer"] != 0 {
		t.Fatal("it was done without being confirmed")
	}
	s.late += deafFor
	s.press("enter").see("Claim code, shown this once")
	if f.calls["Transfer"] != 1 {
		t.Errorf("%d transfers, want 1", f.calls["Transfer"])
	}
}

// What stands ready in the palette is read as it was meant, also with an apostrophe in it.
func TestPaletteReadsWhatItMadeReady(t *testing.T) {
	f := newFixture()
	s := sit(t, f, rita, ScreenOptions{})
	s.press(":", `decide dsp_5t2rr --user --reason "It's late."`, "enter").see("Nothing has happened yet.")
	s.press("enter").see("It's late.").unseen("Not understood")
	if got, want := f.disputes[0].Note, "It's late."; got != want {
		t.Errorf("decided because of %q, want %q", got, want)
	}
}

// However much a vendor writes, the price, the balance after and the answers stay on the screen.
func TestVendorsWordsDoNotHideThePrice(t *testing.T) {
	f := newFixture()
	a := &f.approvals[0]
	a.Title, a.What, a.Site = strings.Repeat("Title ", 60), strings.Repeat("Words and\n", 90), "https://"+strings.Repeat("site.", 40)+"example"
	for _, size := range [][2]int{{80, 24}, {80, 18}, {60, 20}, {200, 60}} {
		s := sit(t, f, ada, ScreenOptions{Width: size[0], Height: size[1]})
		s.press("a", a.Code, "enter").see("Price    0.25 EUR", "12.40 → 12.15 EUR after", "1.80 → 2.05", "y pay", "n refuse").unseen("↓ more")
		if size[1] >= 24 {
			s.see("y  approve once", "n  refuse", "b  refuse")
		}
	}
	s := sit(t, f, ada, ScreenOptions{Width: 40, Height: 12})
	s.press("a", a.Code, "enter").see("y pay", "n refuse")
	s.press("G").see("Price    0.25 EUR", "12.40 → 12.15 EUR after")
}

// A refusal is told once and leaves the answers in sight.
func TestRefusedAnswerKeepsTheChoices(t *testing.T) {
	f := newFixture()
	f.approvals[0].Refused = "The limit is 0.10 EUR in a day. Raise it with: limits set day AMOUNT."
	s := sit(t, f, ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("Raise it with: limits set day AMOUNT.", "n  refuse")
}

// What is longer than the terminal is scrolled, to its last line and not beyond.
func TestLongSheetsScroll(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{Width: 40, Height: 12})
	s.press("2", "j", "enter").see("↓ more").unseen("Send it to the desk.")
	s.press("G").see("Send it to the desk.").unseen("↓ more")
	s.press("j", "j", "j").see("Send it to the desk.")
	s.press("g").see("↓ more")
	s.press("esc", "a", "WDJB-MJHT", "enter", "y").see("Paid.", "↓ more")
	s.press("G").see("used").unseen("↓ more")
	s = sit(t, f, stranger, ScreenOptions{Width: 40, Height: 12})
	s.press("G").see("after your last").unseen("↓ more")
}

// A note that is longer than the status line goes on above it.
func TestLongNoteIsReadWhole(t *testing.T) {
	for _, width := range []int{40, 80} {
		s := sit(t, newFixture(), ada, ScreenOptions{Width: width, Height: 24})
		s.m.tell(toneWarn, "More than that is spent already: 0.25 EUR. Nothing can be bought under this limit until 2026-11-26 00:00 UTC.")
		s.see("More than that is spent", "00:00 UTC.")
	}
}

// No key that does nothing is offered to a key without a wallet.
func TestHelpOfTheSignUpOffersWhatThereIs(t *testing.T) {
	s := sit(t, newFixture(), stranger, ScreenOptions{Height: 60, Width: 120})
	s.press("?").see("ctrl+t", "accept").unseen("1-9", "type a command\n", "add funds\n")
	s.press("?", ":", "2", "tab").see("Step 1 of 3")
}

// Whoever sits at a key that was ended sees nothing of the wallet any more.
func TestEndedKeySeesNothingAnyMore(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("3", "enter").see("Who got what")
	f.mu.Lock()
	f.people[ada.Fingerprint] = ledger.Identity{}
	f.fail = ledger.Refuse(ledger.ErrNotJoined, "Type: join.", "This key has no wallet yet.")
	f.wake()
	f.mu.Unlock()
	s.see("This key was ended").unseen("12.40", "Who got what", "w_7g2v")
}

func TestAnsweringSaysThatTheCodeIsMissing(t *testing.T) {
	f := newFixture()
	f.approvals = nil
	sit(t, f, ada, ScreenOptions{}).press("a", "enter").see("There is no code.")
}

// Only a deposit that still waits has an end.
func TestPaidDepositDoesNotExpire(t *testing.T) {
	d := ledger.DepositView{State: ledger.DepositSucceeded, Expires: fixtureNow}
	if !expiry(d).IsZero() {
		t.Error("a paid deposit expires")
	}
	if d.State = ledger.DepositAwaiting; expiry(d) != fixtureNow {
		t.Error("an announced deposit does not expire")
	}
}

// What comes while somebody looks at a list does not move another request under the cursor.
func TestSelectionStaysOnItsRow(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("a", "down").see("> KXPR-9QTC")
	f.mu.Lock()
	fresh := f.approvals[0]
	fresh.Code = "BBBB-CCCC"
	f.approvals = append([]ledger.Approval{fresh}, f.approvals...)
	f.wake()
	f.mu.Unlock()
	s.see("BBBB-CCCC", "> KXPR-9QTC")
}

// Refusing a request leaves the purchase window as closed as it was.
func TestRefusingDoesNotOpenTheWindow(t *testing.T) {
	f := newFixture()
	s := sit(t, f, ada, ScreenOptions{})
	s.press("ctrl+x").see("The purchase window is closed.")
	before := f.calls["Touch"]
	s.press("a", "WDJB-MJHT", "enter", "n").see("Refused.")
	s.late += time.Minute
	s.press("enter", "a").see("window closed")
	if got := f.calls["Touch"]; got != before {
		t.Errorf("the window was opened %d times", got-before)
	}
}

// slow is a service that answers only when it is no longer asked.
type slow struct{ *fixture }

func (slow) History(ctx context.Context, _ ledger.Caller, _ ledger.HistoryQuery) (ledger.HistoryPage, error) {
	<-ctx.Done()
	return ledger.HistoryPage{}, ctx.Err()
}

// A question that the service does not answer ends with the session; meanwhile every key is heard.
func TestQuestionEndsWithTheSession(t *testing.T) {
	ctx, leave := context.WithCancel(t.Context())
	m := New(ctx, slow{newFixture()}, ada, ScreenOptions{Now: func() time.Time { return fixtureNow }}).(*Model)
	cmd := (&historyPlace{}).load(m)
	ended := make(chan tea.Msg)
	go func() { ended <- cmd() }()
	leave()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("the question goes on after the session")
	}
}
