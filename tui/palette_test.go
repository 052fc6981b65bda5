package tui

import (
	"testing"

	"tuppence/tui/command/commandtest"
)

// What a command of the palette would do stands ready and needs one more key, which is not one that was typed before.
func TestPaletteMakesConfirmationReady(t *testing.T) {
	s, f := ada(t)
	s.press(":")
	s.hit("transfer 1 EUR")
	s.hit("enter")
	s.wait()
	s.hit("enter")
	s.wait()
	s.see("Nothing has happened yet.", "Leave it as it is", "Do it: transfer 1 EUR").unseen("type:", "--yes")
	wantCalls(t, f, 0, "Transfer")
	s.late += guardConfirm
	s.press("down", "enter").see(": transfer 1 EUR", "Claim code, shown this once").unseen("--yes")
	wantCalls(t, f, 1, "Transfer")
}

// What stands ready in the palette is read as it was meant, also with an apostrophe in it.
func TestPaletteReadsWhatItMadeReady(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.press(":", `decide dsp_5t2rr --user --reason "It's late."`, "enter").see("Nothing has happened yet.")
	s.press("down", "enter").see("It's late.").unseen("Not understood")
	if got, want := f.Data.Disputes[1].Note, "It's late."; got != want {
		t.Errorf("decided because of %q, want %q", got, want)
	}
}

// A request that the palette finds, and the command that answers one, open the sheet on which a yes wants the number of
// the own page.
func TestPaletteAnswersWithTheNumberOfThePage(t *testing.T) {
	for _, line := range []string{"WDJB-MJHT", "approve WDJB-MJHT"} {
		s, f := ada(t)
		s.press(":", line, "enter").see("The same as", "y  Pay 0.25 EUR").unseen("NN")
		s.press("y", "y").see("Choose the number").press("4", "7", "y", "y").see("Paid.")
		if f.Calls("Answer") != 1 {
			t.Errorf("%s: %d answers, want 1", line, f.Calls("Answer"))
		}
	}
}

func TestPaletteRunsCommands(t *testing.T) {
	s, _ := ada(t)
	s.press("3", ":", "bal", "tab", "enter").see("Spending, 30 days")
	s.press(":", "limits set day 'x", "enter").see("Not understood: the quote ' at place 16 is not closed.")
	s.press("ctrl+u", "zzzznonsense", "enter").see("There is no command")
	s.press("esc", "esc").see("Spending, 30 days")
}

// A request that is opened by its code can be answered.
func TestPaletteOpensARequestWithItsAnswers(t *testing.T) {
	s, _ := ada(t)
	s.press(":", "wdjb", "enter").see("Your browser shows a number", "y  Pay 0.25 EUR to acme-news")
	s.press("4", "7", "y", "enter").see("Paid.")
}

// Letters of an id that stand far from each other are no hit.
func TestPaletteFindsIDsByWhatTheyBeginWith(t *testing.T) {
	s, _ := ada(t)
	s.press(":", "chg_8f").see("chg_8f3ka")
	s.press("ctrl+u", "c8k").unseen("chg_8f3ka")
}
