package tui

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/tui/command/commandtest"
)

func TestLimitIsChanged(t *testing.T) {
	f := commandtest.New()
	f.Data.Warning = "1.80 EUR are spent today already."
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("4", "j", "enter").see("Limit a day in EUR", "5.00")
	s.press("ctrl+u", "1.5", "enter").see("1.80 EUR are spent today already.", "1.80 of 1.50 EUR")
	if diff := cmp.Diff(ledger.LimitChange{Currency: "EUR", Period: "day", Max: 1_500_000}, f.Data.Got); diff != "" {
		t.Error(diff)
	}
}

func TestVendorIsUnlinkedLinkedAndBlocked(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("5", "u").see("End the standing permission of acme-news?")
	s.press("j").unseen("End the standing")
	if f.Calls("Unlink") != 0 {
		t.Error("unlinked without a yes")
	}
	s.press("u", "y").see("REVOKED")
	s.press("l", "ctrl+s").see("acme-news is linked.")
	s.press("b", "y").see("acme-news is refused.")
	s.press("o").see("https://news.example")
}
