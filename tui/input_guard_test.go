package tui

import (
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/tui/command/commandtest"
)

// Keys that were typed before the request could be read do not answer it: not when all come in one packet, and not a
// moment later. The keys stand in the footer from when they are guardOver.
func TestTypedAheadDoesNotPay(t *testing.T) {
	for _, early := range []string{"y", "n", "b", "l", "yyyyyyyy"} {
		f := commandtest.New()
		s := connect(t, f, commandtest.Ada, ScreenOptions{})
		s.press("a")
		s.hit("WDJB-MJHT")
		s.hit("enter")
		s.wait()
		s.hit(early)
		s.late += 299 * time.Millisecond
		s.hit(early)
		s.wait()
		s.see("Ice on the Danube", "Look, then press it again.").unseen("y pay", "Per purchase")
		if got := f.Calls("Answer"); got != 0 {
			t.Errorf("%q typed ahead answered the request", early)
		}
		s.late += time.Millisecond
		s.see("y pay")
		s.press("y").see("Paid.")
	}
}

// The bounds of a link are not confirmed by keys that came before they could be read.
func TestTypedAheadDoesNotLink(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "KXPR-9QTC", "enter")
	s.hit("l")
	for range 4 {
		s.hit("enter")
	}
	s.wait()
	if got := f.Calls("Answer"); got != 0 {
		t.Error("keys typed ahead gave a link")
	}
	s.see("Per purchase")
	s = connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("5", "j")
	s.hit("l")
	s.hit("\x13")
	for range 6 {
		s.hit("enter")
	}
	s.wait()
	if got := f.Calls("Link"); got != 0 {
		t.Error("keys typed ahead linked a vendor")
	}
}

// Nothing that is pasted answers a request, whenever it comes.
func TestPasteNeverConfirms(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("a", "WDJB-MJHT", "enter").see("y pay")
	for _, text := range []string{"y", "n", "b", "l", "y\r", "\r", "yes\n"} {
		s.update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(text), Paste: true})
	}
	s.wait()
	s.see("y pay").unseen("Per purchase")
	if got := f.Calls("Answer"); got != 0 {
		t.Error("a paste answered the request")
	}
}

// A key that is held down does not take the recovery code away.
func TestHeldKeyLeavesTheRecoveryCode(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.NewKey, ScreenOptions{})
	s.hit("y")
	s.wait()
	for range 9 {
		s.late += 100 * time.Millisecond
		s.hit("y")
	}
	s.wait()
	s.see("4TQM-8WZX-K2HR-7NVP-C3DJ")
	s.late += 100 * time.Millisecond
	s.press("y").unseen("4TQM")
}

// A clock that is set back locks no person out.
func TestClockSetBackIsNotDeaf(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{})
	s.hit("a")
	s.wait()
	s.hit("WDJB-MJHT")
	s.hit("enter")
	s.wait()
	s.late -= time.Hour
	s.press("y").see("Paid.")
}
