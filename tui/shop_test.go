package tui

import (
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// A member of a vendor's team gives a part of a sale back in three steps: what, how much, and yes.
func TestShopRefund(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Vera, ScreenOptions{}).press("3", "enter").see("▐ Leave it as it is")
	s.press("j", "j", "enter").see("up to 0.40").press("9", "enter").see("✕").press("backspace", "0.10", "enter")
	s.see("Give 0.10 EUR back to the buyer?", "0.40 EUR").press("enter") // no is first
	if n := f.Calls("ShopRefund"); n != 0 {
		t.Fatalf("%d refunds before a yes", n)
	}
	s.press("enter").see("back to the buyer?").press("j", "enter").see("0.10 EUR went back.", "partly refunded")
	if n := f.Calls("ShopRefund"); n != 1 {
		t.Errorf("%d refunds", n)
	}
}

// A vendor answers a dispute in its own words, and reads them before they are sent.
func TestShopDispute(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Vera, ScreenOptions{}).press("4", "enter").see("What now").press("j", "enter")
	s.press("All pages came.", "enter").see("Both sides read: All pages came.").press("j", "enter")
	s.see("Now: under review.")
	q, is := f.Data.Got.(view.ShopDisputeAct)
	if !is || q.Act != view.ShopAnswer || q.Text != "All pages came." {
		t.Errorf("the service got %+v", f.Data.Got)
	}
}

// Who only reads is offered nothing to do, and the places go with the place in the team while the session is open.
func TestShopOfWhoMayOnlyRead(t *testing.T) {
	f := commandtest.New()
	f.Data.Person(commandtest.Ada, func(me *view.Identity) { me.Shop, me.ShopRole = "acme-news", "read" })
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).see("12.40 EUR")
	s.press("tab", "tab", "tab", "tab", "tab", "tab", "tab").see("Acme News", "acme-news, read")
	s.press("tab", "tab").see("Crossword 412").press("enter").see("Seal").unseen("Give", "What now")
	f.Change(func(d *commandtest.Data) {
		d.Person(commandtest.Ada, func(me *view.Identity) { me.Shop, me.ShopRole = "", "" })
	})
	s.wait()
	s.unseen("Catalogue", "Crossword")
	if !s.m.hasWallet() || s.m.me.Role != ledger.RoleUser {
		t.Errorf("what is left is %+v", s.m.me)
	}
}
