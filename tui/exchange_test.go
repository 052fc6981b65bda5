package tui

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A quote is asked for, tells its seconds, and is taken after a question.
func TestExchangeOnTheScreen(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("2", "x").see("you have 12.40", "what you pay").unseen("holds for")
	s.press("5", "enter").see("5.00 EUR → 5.363366 USD", "holds for 30 s", "1 EUR = 1.0834 USD", "1 %, 0.049505 EUR")
	s.late = 21 * time.Second
	s.update(tick{s.m.ticks})
	s.see("holds for 9 s")
	if f.Calls("Exchange") != 0 {
		t.Fatal("a quote exchanges")
	}
	s.press("enter").see("Exchange 5.00 EUR for 5.363366 USD?", "spread 1 %", "8.363367", "No, keep 5.00 EUR")
	s.press("down", "enter").see("Exchanged: 5.00 EUR for 5.363366 USD.", "7.40 EUR", "8.363367 USD")
	got, ok := f.Data.Got.(view.ExchangeRequest)
	if !ok || got.Quote != "qte_5f8k2" || got.Other != "USD" || got.Get {
		t.Errorf("asked for %+v", f.Data.Got)
	}
}

// A quote that has ended, and one of a form that was changed, are taken by nobody: a new one is asked for.
func TestQuoteOnTheScreenEnds(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("2", "x", "5", "enter").see("holds for")
	s.press("0").unseen("holds for").press("backspace", "enter").see("holds for 30 s")
	s.late = ledger.QuoteLife
	s.update(tick{s.m.ticks})
	s.see("! The quote has ended. Enter asks for a new one.", "enter get a quote").unseen("holds for")
	s.press("enter")
	s.late = 0 // the new quote of these tests ends when the first did
	s.update(tick{s.m.ticks})
	s.see("holds for 30 s")
	if n := f.Calls("QuoteExchange"); n != 3 {
		t.Errorf("%d quotes", n)
	}
	// It ends while the question is looked at.
	s.press("enter").see("No, keep 5.00 EUR")
	f.Change(func(d *commandtest.Data) { d.Fail = ledger.RefuseQuoteOver() })
	s.press("down", "enter").see("The quote has ended: it held for 30 seconds.")
	f.Change(func(d *commandtest.Data) { d.Fail = nil })
	s.press("enter").see("holds for 30 s")
}

// The other side is asked for in its own currency, and paid by the account that was chosen.
func TestExchangeToGet(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("2", "x", "up", "right", "down", "1", "enter").see("0.932251 EUR → 1.00 USD")
	s.press("up", "up", "up", "right", "down", "right").see("From    USD", "To      ", "EUR", "you have 3.000001")
	s.press("tab", "tab", "enter").see("USD → 1.00 EUR")
	s.press("500", "enter").see("There are not enough tokens")
}

// Where nothing can be exchanged the key is neither named nor works.
func TestNothingToExchange(t *testing.T) {
	f := commandtest.New()
	f.Data.House.Currencies = f.Data.House.Currencies[:1]
	connect(t, f, commandtest.Ada, ScreenOptions{}).press("2").unseen("exchange").press("x").unseen("Exchange")
}
