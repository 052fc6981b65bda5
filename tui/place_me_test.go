package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/view"
	"tuppence/tui/command"
	"tuppence/tui/command/commandtest"
)

// A key is added by a code that is shown after a yes, and ended after a yes; the first answer does nothing.
func TestKeysAreAddedAndEnded(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("7")
	s.press("+", "enter").unseen(commandtest.KeyCode)
	s.press("+", "down", "enter").see("ssh tuppence.example keys join "+commandtest.KeyCode, "15:17").press("esc")
	s.press("j", "D", "enter").see("phone")
	wantCalls(t, f, 0, "EndKey")
	s.press("D", "down", "enter").see("✓ The key phone has ended.").unseen("phone  ")
	s.press("g", "D").see("this session ends with it").press("down", "enter").see("The last key of a wallet does not end.")
}

func TestKeyIsNamed(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("7", "j", "enter")
	s.see("SHA256:phone2pb8mR7vJ2kWq8xTz5cYbHs3LdEf6GpNiOaVuQ").press("tablet", "enter").see("✓ Named.", "tablet")
}

// A program is let pay by its key and its limits, after a question, and stopped after another.
func TestProgramsPayAndStop(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("7").see("Programs that pay", "1.25 of 5.00 EUR")
	s.unseen("crawler") // it has ended
	s.press("A", "pilot", "enter", "SHA256:short", "enter").see("This is neither a public key nor a fingerprint.")
	s.press("up", "esc", commandtest.AgentKey, "enter", "0.25", "enter", "2", "enter")
	s.see("Let pilot pay up to 2.00 EUR a day?")
	wantCalls(t, f, 0, "AddAgent")
	s.press("down", "enter").see("✓ pilot may pay.", "0.00 of 2.00 EUR")
	s.choose("pilot").press("enter").see("SHA256:IwLiBva5xOUjv").press("D", "enter")
	wantCalls(t, f, 0, "EndAgent")
	s.press("D", "down", "enter").see("✓ pilot pays no more.")
	wantCalls(t, f, 1, "EndAgent")
}

// A browser is forgotten after a question.
func TestBrowserIsForgotten(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("7", "j", "j")
	s.see("smallhours", "enter forget it").press("enter")
	s.see("Vendors ask again in this browser.")
	wantCalls(t, f, 0, "ForgetBrowser")
	s.press("down", "enter").see("this one").press("esc").unseen("Browsers that may buy")
	wantCalls(t, f, 1, "ForgetBrowser")
}

// The new code is shown once, and its end is typed back. To leave without it is asked for.
func TestRecoveryCodeIsRenewed(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("7").choose("Recovery code").press("R", "enter")
	wantCalls(t, f, 0, "RenewRecovery")
	s.press("enter", "down", "enter").see("9HJ2-XW4C-M7TK-5PZR-V8DQ", "good until 12-01")
	s.press("4TQM", "enter").see("✕ That is not how it ends.")
	s.press("ctrl+u", "8dq", "enter").see("✕ That is not") // three letters are too few to tell
	s.press("esc", "enter").see("9HJ2-XW4C-M7TK-5PZR-V8DQ")
	s.press("ctrl+u", "v8-dq", "enter").see("✓ That is how it ends.", "renewed today").unseen("9HJ2")
	s.press("R", "down", "enter", "esc", "down", "enter").unseen("9HJ2").see("Recovery code")
}

// A new key is told what it cannot do yet before it is asked anything.
func TestNewKeyIsToldWhoMay(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		d.Person(commandtest.Ada, func(me *view.Identity) { me.NewUntil = view.At(commandtest.Now.Add(time.Hour)) })
	})
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("7")
	for _, keys := range [][]string{{"+"}, {"j", "D"}, {"j", "R"}} {
		s.press(keys...).see("! This key is new: before 11-24 16:07 it cannot")
		if note := s.m.note.text; !strings.HasSuffix(note, "An older key of this wallet can.") {
			t.Errorf("%v: %s", keys, note)
		}
		s.press("x").unseen("This key is new")
	}
	s.press("g", "D").see("End the key laptop?") // itself it may end
}

// A setting is stored and holds at once; every one of the table is one of the command.
func TestSettings(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("7").choose("Plain signs").press("enter", "right", "enter")
	s.see("+ Plain signs: on.", "oo Tuppence")
	s.choose("Mouse").press("enter", "right", "enter").see("Mouse: on.")
	s.choose("Notices").press("enter", "right", "enter").see("Notices: bell.")
	s.choose("Time zone").press("enter", "Mars/Olympus", "enter").see("is no time zone")
	s.press("ctrl+u", "UTC", "enter").see("Time zone: UTC.", "14:07")
	s.choose("Plain mode").press("enter", "right", "enter").see("It holds from your next log-in on.")
	want := view.Settings{Zone: "UTC", Theme: "dark", Notices: "bell", Mouse: true, ASCII: true, Plain: true}
	got := f.Data.People[commandtest.Ada.Fingerprint].Settings
	got.Views = nil // History and Vendors have them
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
	c, _ := command.Find([]string{"settings"})
	for _, one := range settings {
		if in := c.Input("--" + one.flag); in.Help == "" {
			t.Errorf("nothing explains %s", one.flag)
		}
	}
}

// Enter on the line of the purchase window closes it, and opens it again.
func TestWindowIsClosedOnMe(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("7").choose("Buying")
	s.see("open, 15 min left").press("enter").see("The purchase window is closed.", "w opens it")
	s.press("enter").see("The purchase window is open.", "open, 15 min left")
}
