package tui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

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

// unsure is a service that has done what it was asked for, and whose first answer is lost.
type unsure struct {
	*commandtest.Service
	keys []string
}

func (u *unsure) answer(key string, err error) error {
	if u.keys = append(u.keys, key); len(u.keys) == 1 {
		return context.DeadlineExceeded
	}
	return err
}

func (u *unsure) ShopRefund(
	ctx context.Context, who view.Caller, id string, a ledger.Amount, reason, key string,
) (view.Refund, error) {
	r, err := u.Service.ShopRefund(ctx, who, id, a, reason, key)
	return r, u.answer(key, err)
}

func (u *unsure) ShopContest(
	ctx context.Context, who view.Caller, q view.ShopDisputeAct,
) (view.VendorDispute, error) {
	d, err := u.Service.ShopContest(ctx, who, q)
	return d, u.answer(q.Key, err)
}

func (u *unsure) ShopOfferChange(
	ctx context.Context, who view.Caller, id string, q view.ShopOfferOrder,
) (view.Offer, error) {
	o, err := u.Service.ShopOfferChange(ctx, who, id, q)
	return o, u.answer(q.Key, err)
}

// What is sent again after an answer that was lost has the key of the first time, so that it is done once; the next
// sheet has another key.
func TestShopActsHaveAKey(t *testing.T) {
	for what, test := range map[string]struct{ open, send, again []string }{
		"refund": {
			[]string{"3", "enter"},
			[]string{"j", "j", "enter", "0.10", "enter", "j", "enter"},
			[]string{"enter", "j", "enter"},
		},
		"dispute": {
			[]string{"4", "enter"},
			[]string{"j", "enter", "All pages came.", "enter", "j", "enter"},
			[]string{"enter", "j", "enter"},
		},
		"offer": {
			[]string{"2", "enter"},
			[]string{"j", "enter", "ctrl+u", "0.30", "enter", "j", "enter"},
			[]string{"enter", "j", "enter"},
		},
	} {
		t.Run(what, func(t *testing.T) {
			u, ids := &unsure{Service: commandtest.New()}, 0
			s := connect(t, u, commandtest.Vera, ScreenOptions{NewID: func() string { ids++; return fmt.Sprint("key", ids) }})
			s.press(test.open...).press(test.send...).see("did not answer in time").press(test.again...).see("✓")
			if len(u.keys) != 2 || u.keys[0] == "" || u.keys[0] != u.keys[1] {
				t.Errorf("sent with the keys %q", u.keys)
			}
			if what == "dispute" {
				return // it is answered
			}
			s.press(test.open...).press(test.send...)
			if len(u.keys) != 3 || u.keys[2] == u.keys[0] {
				t.Errorf("sent with the keys %q", u.keys)
			}
		})
	}
}

// A list that goes on says so, and takes the next page; what a screen does not hold, the command lists.
func TestShopListsGoOn(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		one := d.Shop.Offers[0]
		d.Shop.Offers = nil
		for i := range 150 {
			one.ID = fmt.Sprintf("ofr_%05d", i)
			d.Shop.Offers = append(d.Shop.Offers, one)
		}
	})
	s := connect(t, f, commandtest.Vera, ScreenOptions{}).press("2").see("1/100+", "m more").press("G").see("100/100+")
	s.press("m").see("100/150").unseen("+", "m more").press("G").see("150/150", "ofr_00149")
	calls := f.Calls("ShopOffers")
	s.update(changed{})
	s.wait()
	if s.see("150/150"); f.Calls("ShopOffers") != calls+2 {
		t.Errorf("%d pages were read anew", f.Calls("ShopOffers")-calls)
	}
	f.Change(func(d *commandtest.Data) {
		for range 4 {
			d.Shop.Offers = append(d.Shop.Offers, d.Shop.Offers...)
		}
		for i := range d.Shop.Offers {
			d.Shop.Offers[i].ID = fmt.Sprintf("ofr_%05d", i)
		}
	})
	s.see("/200+").press("m", "m", "m", "m").see("/500+", "shop offers lists all, page after page.")
}

// A vendor who has much sees how much: what waits on Today, and that its lists go on.
func TestBusyShopGolden(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		waits, one := d.Shop.Today.Disputes[0], d.Shop.Offers[1]
		d.Shop.Today.Disputes, d.Shop.Offers = nil, nil
		for i := range 150 {
			one.ID, one.Title = fmt.Sprintf("ofr_%05d", i), fmt.Sprintf("Chapter %d", 150-i)
			if d.Shop.Offers = append(d.Shop.Offers, one); i < 20 {
				waits.ID = fmt.Sprintf("dsp_%05d", i)
				d.Shop.Today.Disputes = append(d.Shop.Today.Disputes, waits)
			}
		}
	})
	s := connect(t, f, commandtest.Vera, ScreenOptions{})
	top := s.see("dsp_00000").view()
	end := s.press("G").see("Last 7 days").view()
	commandtest.Golden(t, "states/shop_busy", top+end+s.press("2").see("Chapter 150", "1/100+").view())
}

// What waits for the vendor is on top, the first due first, however many disputes came after it.
func TestShopDisputesByDueDate(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		waits := d.Shop.Disputes[slices.IndexFunc(d.Shop.Disputes, func(d view.VendorDispute) bool {
			return d.Stage == string(ledger.DisputeNeedsResponse)
		})]
		over := waits
		over.Stage, over.DueBy = string(ledger.DisputeForVendor), nil
		d.Shop.Disputes = nil
		for i := range 130 {
			over.ID = fmt.Sprintf("dsp_over%03d", i)
			d.Shop.Disputes = append(d.Shop.Disputes, over)
		}
		for i, hours := range []int{72, 24, 48} {
			by := view.At(commandtest.Now.Add(time.Duration(hours) * time.Hour))
			waits.ID, waits.DueBy = fmt.Sprintf("dsp_due%d", i), &by
			d.Shop.Disputes = append(d.Shop.Disputes, waits)
		}
	})
	s := connect(t, f, commandtest.Vera, ScreenOptions{Width: 160, Height: 45}).press("4").see("1/103+")
	screen := s.view()
	at := func(text string) int { return strings.Index(screen, text) }
	if first, last := at("11-25 14:07"), at("11-27 14:07"); first < 0 || first > at("11-26 14:07") ||
		last < at("11-26 14:07") || last > at("vendor is right") {
		t.Error(screen)
	}
	s.press("m").see("1/133").unseen("133+")
}

// Where Today is longer than the terminal, its end can be read, too.
func TestTodayIsRead(t *testing.T) {
	f := commandtest.New()
	f.Change(func(d *commandtest.Data) {
		one := d.Shop.Today.Disputes[0]
		for i := range 30 {
			one.ID = fmt.Sprintf("dsp_%05d", i)
			d.Shop.Today.Disputes = append(d.Shop.Today.Disputes, one)
		}
	})
	s := connect(t, f, commandtest.Vera, ScreenOptions{})
	for _, size := range [][2]int{{40, 12}, {80, 24}, {200, 60}} {
		s.update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		s.wait()
		if size[1] < 60 {
			s.press("g").see("↓ more", "j k scroll").unseen("my.paper")
			for !strings.Contains(s.view(), "my.paper") && strings.Contains(s.view(), "↓ more") {
				s.press("pgdown")
			}
		}
		s.see("my.paper").press("G").unseen("↓ more").see("Last 7 days")
	}
}
