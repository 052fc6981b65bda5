package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestDeskDecidesAndClears(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.see("Archive week").press("enter", "enter").see("by promise") // the safe answer is selected
	s.press("enter", "down", "enter", "enter").see("A decision needs a reason.")
	s.press("The archive was down.", "enter").see("Give 2.00 EUR back", "The archive was down.")
	s.press("enter").unseen("Decided.")
	s.press("enter", "down", "enter").see("Decided.", "buyer is right")
	s.press("enter", "g", "enter", "j", "j", "enter", "25", "enter").see("over 25.00 USD cleared?")
	s.press("down", "enter").see("Now cleared.")
}

// Money that nobody announced so is credited to a wallet or goes back; the wallet that it may be for is proposed.
func TestDeskDecidesReceipts(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.press("G", "enter").see("25.00 USD", "one slip of the pen", "▐ Leave it as it is")
	s.press("j", "enter").see("w_7g2v").press("enter", "enter").see("A decision needs a reason.")
	s.press("It was late.", "enter").see("Credit 25.00 USD to w_7g2v?")
	s.press("enter").unseen("Now matched.")
	s.press("enter", "down", "enter").see("Now matched.", "It was late.")
	wantCalls(t, f, 1, "ReceiptMatch")
	s.press("enter").see("2 wait")

	f = commandtest.New()
	s = connect(t, f, commandtest.Rita, ScreenOptions{}).press("G", "enter", "j", "j", "enter", "Nobody's.", "enter")
	s.see("Send 25.00 USD back").press("down", "enter").see("Now returned.")
	wantCalls(t, f, 1, "ReceiptReturn")
}

// No letter decides a case: answers are lines.
func TestNoLetterDecidesACase(t *testing.T) {
	f := commandtest.New()
	for letter := 'a'; letter <= 'z'; letter++ {
		connect(t, f, commandtest.Rita, ScreenOptions{}).press("enter", string(letter), string(letter), string(letter))
	}
	wantCalls(t, f, 0, "Decide")
}

// The queue has what is due first on top, whatever it is, and says what is late in a word.
func TestDeskIsOrderedByPromise(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		for i, due := range []time.Duration{30 * time.Hour, -42 * time.Minute, 35 * time.Minute} {
			one := d.Disputes[1]
			one.ID, one.Title = fmt.Sprintf("dsp_%d", i), fmt.Sprintf("Case %d", i)
			one.DueBy = view.At(commandtest.Now.Add(due))
			d.Disputes = append(d.Disputes, one)
		}
		open := d.Disputes[1]
		open.ID, open.Title, open.DueBy = "dsp_none", "Silence", view.Time{}
		d.Disputes = append(d.Disputes, open)
	})
	s := connect(t, f, commandtest.Rita, ScreenOptions{Width: 80, Height: 44})
	s.see("7 wait, 1 late, by promise", "late 42 min", "! late by 42 min", "35 min", "30 h")
	screen, last := s.view(), 0
	for _, text := range []string{
		"Late ", "Case 1", "Due in 24 hours ", "Case 2", "Due later ", "Case 0", "Archive week", "TP 1180", "Without a date",
		"Silence",
	} {
		at := strings.Index(screen, text)
		if at < last {
			t.Errorf("%q is not where its promise is:\n%s", text, screen)
		}
		last = at
	}
	s.see("4.00 EUR, 25.00 USD") // what is due later, per currency
	// What comes meanwhile moves no row under the cursor.
	s.press("j", "j").see("▐        30 h")
	f.Change(func(d *commandtest.Data) { d.Disputes[1].DueBy = view.At(commandtest.Now.Add(-time.Hour)) })
	s.see("2 late", "▐        30 h")
}

// The desk searches its queue and turns its pages.
func TestDeskSearchesAndGoesOn(t *testing.T) {
	f := commandtest.New()
	for i := range 120 {
		d := f.Data.Deposits[len(f.Data.Deposits)-1]
		d.ID, d.Reference = fmt.Sprintf("dep_%03d", i), fmt.Sprintf("TP %03d", i)
		f.Data.Deposits = append(f.Data.Deposits, d)
	}
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.see("52 and more wait", "1/52+", "m more")
	s.press("m").see("102 and more wait")
	s.press("m").see("123 wait", "1/123 ").unseen("m more")
	s.press("/", "TP 077", "enter").see("search: TP 077", "1 wait", "TP 077")
	s.press("esc").see("52 and more wait")
	s.press("/", "nothing has this", "enter").see("Nothing like that; esc shows all.")
}

// Where nothing waits the desk says what would be here; where the service fails it says so and offers to look again.
func TestDeskWithNothingToShow(t *testing.T) {
	f := commandtest.New()
	f.Data.Disputes, f.Data.Deposits, f.Data.Unallocated = nil, nil, nil
	s := connect(t, f, commandtest.Rita, ScreenOptions{})
	s.see("Nothing waits", "q leave").unseen("enter open", "j k move")
	s.update(tea.WindowSizeMsg{Width: 40, Height: 10})
	s.see("Nothing waits")
	s.update(tea.WindowSizeMsg{Width: 39, Height: 10})
	s.see("Enlarge to 40x10")
}

// A case that does not fit has its answers under the title: nobody decides below the edge of the screen.
func TestAnswersOfACaseAreInSight(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {40, 12}, {80, 16}, {80, 24}, {200, 60}} {
		s := connect(t, commandtest.New(), commandtest.Rita, ScreenOptions{Width: size[0], Height: size[1]})
		s.press("enter").see("2.00 EUR", "▐ Decide nothing yet", "Give 2.00 EUR", "Keep it with acme-news")
		s.press("G").see("0 of 7 views were used.")
	}
}

func TestPolicyIsChanged(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Otto, ScreenOptions{})
	s.press("2", "j").see("how long after the last key one may buy", "1m to 1d", "11-20 14:07 by otto, to 15m")
	s.press("enter", "enter").see("✕ That is the value already.")
	s.press("ctrl+u", "enter").see("✕ There is no value.")
	s.press("20m", "enter").see("Set window to 20m for every wallet?", "15m  →  20m")
	s.press("enter").unseen("Set.").see("20m") // the answer that changes nothing was selected
	wantCalls(t, f, 0, "SetPolicy")
	s.press("enter", "down", "enter").see("20m", "Set.")
}
