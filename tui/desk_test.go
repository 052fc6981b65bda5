package tui

import (
	"fmt"
	"testing"

	"tuppence/tui/command/commandtest"
)

func TestDeskDecidesAndClears(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.see("Archive week").press("enter", "u", "enter").see("A decision needs a reason.")
	s.press("The archive was down.", "enter").see("Give 2.00 EUR back", "The archive was down.")
	s.press("enter").unseen("Decided.")
	s.press("enter", "down", "enter").see("Decided.")
	s.press("esc", "G", "enter", "c", "25", "enter").see("over 25.00 USD cleared?")
	s.press("down", "enter").see("Now cleared.")
}

// The desk searches its queues and turns their pages.
func TestDeskSearchesAndGoesOn(t *testing.T) {
	f := commandtest.New()
	for i := range 120 {
		d := f.Data.Deposits[len(f.Data.Deposits)-1]
		d.ID, d.Reference = fmt.Sprintf("dep_%03d", i), fmt.Sprintf("TP %03d", i)
		f.Data.Deposits = append(f.Data.Deposits, d)
	}
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.see("Deposits on their way (50, m: more)")
	s.press("m").see("Deposits on their way (100, m: more)")
	s.press("m").see("Deposits on their way (121)")
	s.press("/", "TP 077", "enter").see("Deposits on their way (1), search: TP 077", "TP 077")
	s.press("esc").see("Deposits on their way (50, m: more)")
}

func TestPolicyIsChanged(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Otto, ScreenOptions{})
	s.press("2", "j", "enter", "ctrl+u", "20m", "enter").see("20m", "Set.")
}
