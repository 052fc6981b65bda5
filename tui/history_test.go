package tui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

func TestHistoryDetailAndDispute(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{Width: 80, Height: 40})
	s.press("3", "enter").see("-0.25000 EUR", "+0.16625 EUR", "approved in the terminal", "1 of 5 used")
	s.see("txn_06dkq5x1c8v3n7m2t9w4y0zr5hjb1f6gae8k")
	s.press("d").see("‹ not delivered ›")
	s.press("enter", "It", "space", "never came", "enter").see("paid back by rule", "It never came")
	if d := f.Data.Disputes[0]; d.Purchase != "chg_8f3ka" || d.Reason != "not_delivered" {
		t.Errorf("dispute of %s because %s", d.Purchase, d.Reason)
	}
	s.press("6").see("How rivers freeze")
}

func TestHistoryFilterAndPages(t *testing.T) {
	f := commandtest.New()
	for i := range 120 {
		f.Data.Rows = append(f.Data.Rows, view.Row{
			ID: fmt.Sprintf("old_%03d", i), At: view.At(commandtest.Now.AddDate(0, 0, -40-i)), Kind: "purchase",
			Vendor: "acme-news", Title: "Old", State: "paid", Amount: commandtest.EUR(-10_000),
		})
	}
	s := connect(t, f, commandtest.Ada, ScreenOptions{})
	s.press("3").see("1/128")
	s.press("G").see("128/128")
	s.press("g").see("1/128")
	s.press("/", "river").see("Filter  river", "How rivers freeze").unseen("Crossword") // after each letter
	s.press("enter").see("filter: river", "1/")
	s.press("esc").see("Crossword")
	s.press("/", "nothing like it", "enter").see("Nothing like that; esc shows all.")
	s.press("esc", "/", "vendr:acme river", "enter").see("✕ vendr:acme", "How rivers freeze")
}

// However a person walks through a long history, the chosen row is the one whose number stands below the list, and the
// session holds a few pages only.
func TestWindowOfTheHistoryIsTheHistory(t *testing.T) {
	f := commandtest.New()
	f.Data.Rows = nil
	for i := range 700 {
		f.Data.Rows = append(f.Data.Rows, view.Row{
			ID: fmt.Sprintf("chg_%03d", i), At: view.At(commandtest.Now.Add(-time.Duration(i) * time.Hour)), Kind: "purchase",
			Vendor: "acme-news", Title: fmt.Sprintf("Row %d", i), State: "paid", Amount: commandtest.EUR(-10_000),
		})
	}
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3")
	p := s.m.top().(*historyPlace)
	random := rand.New(rand.NewPCG(1, 2))
	for range 600 {
		keys := []string{"pgdown", "pgup", "ctrl+d", "ctrl+u", "j", "k", "pgdown", "pgdown", "pgup", "pgup"}
		if random.IntN(40) == 0 {
			keys = []string{"G", "g"}
		}
		s.press(keys[random.IntN(len(keys))])
		number := p.first + p.chosen
		if want := fmt.Sprintf("chg_%03d", number); p.selectedID() != want || len(p.all) > (windowPages+1)*listPage {
			t.Fatalf("row %d is %s, want %s; %d rows are held", number+1, p.selectedID(), want, len(p.all))
		}
		s.see(fmt.Sprintf(" %d/700 ", number+1))
		screen := s.view()
		if p.measures = nil; s.view() != screen {
			t.Fatalf("with the measures taken anew the screen is\n%s\nand was\n%s", s.view(), screen)
		}
	}
}

// New rows push others down; the selection stays on its row.
func TestSelectionHoldsTheRow(t *testing.T) {
	s, f := ada(t)
	s.press("3", "j").see("▐ 13:40  acme-news     Crossword 412")
	f.Change(func(d *commandtest.Data) {
		fresh := d.Rows[0]
		fresh.ID, fresh.Title = "chg_new", "Brand new"
		d.Rows = append([]view.Row{fresh}, d.Rows...)
	})
	s.see("1 new, n shows it").unseen("Brand new").see("▐ 13:40  acme-news     Crossword 412")
	s.press("n").see("Brand new").unseen("n shows it")
}

// What comes while a person looks at a list does not move another request under the cursor.
func TestSelectionStaysOnItsRow(t *testing.T) {
	s, f := ada(t)
	s.press("a", "down").see("▐ KXPR-9QTC")
	f.Change(func(d *commandtest.Data) {
		fresh := d.Approvals[0]
		fresh.Code = "BBBB-CCCC"
		d.Approvals = append([]view.Approval{fresh}, d.Approvals...)
	})
	s.see("BBBB-CCCC", "▐ KXPR-9QTC")
}

// far is a service whose search comes to its end on the third page.
type far struct{ *commandtest.Service }

func (f far) History(ctx context.Context, who view.Caller, q view.HistoryQuery) (view.History, error) {
	if q.Filter == "" {
		return f.Service.History(ctx, who, q)
	}
	switch q.Before {
	case "":
		return searched("second", -1), nil
	case "second":
		return searched("third", -2), nil
	}
	all, err := f.Service.History(ctx, who, view.HistoryQuery{})
	return view.History{Page: view.All(all.Data[:1])}, err
}

// searched is a page of a search that has found nothing so far.
func searched(next view.Cursor, months int) (p view.History) {
	p.Next, p.Searched = next, view.At(commandtest.Now.AddDate(0, months, 0))
	return p
}

// A search that has not come to its end says how far it is, and goes on from there.
func TestSearchSaysHowFarItIs(t *testing.T) {
	s := connect(t, far{commandtest.New()}, commandtest.Ada, ScreenOptions{})
	s.press("3", "/", "x", "enter").see("Nothing like that since 10-24", "m searches on")
	s.press("m").see("Nothing like that since 09-24")
	s.press("m").see("1 row").unseen("searched to", "search on")
	s.press("m", "esc").see("Crossword")
}

// In a wallet of one currency its title names it, so the balance has room at 80 columns, and what a day came to stands
// under the amounts.
func TestOneCurrencyStandsInTheTitle(t *testing.T) {
	s, f := ada(t)
	s.press("3").see("Amount", "-0.25 EUR")
	f.Change(func(d *commandtest.Data) {
		d.Overview.Wallets = d.Overview.Wallets[:1]
		d.Rows = slices.DeleteFunc(d.Rows, func(r view.Row) bool { return r.Amount.Currency != "EUR" })
	})
	s.press("r").see("EUR  Balance\n").unseen("0.25 EUR  ", "Amount")
	lines := strings.Split(s.view(), "\n")
	ends := func(text, number string) int {
		i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, text) })
		return view.Width(lines[i][:strings.Index(lines[i], number)+len(number)])
	}
	if sum, amount := ends("Monday 23 Nov", "-1.20"), ends("Lecture 7", "-1.20"); sum != amount {
		t.Errorf("the sum of the day ends in column %d, the amounts in column %d", sum, amount)
	}
}

// Tab completes the fields of a filter and then their values, from what the shell completes. A word that is not whole
// yet is no fault; one that is left so is told in words.
func TestFilterIsCompleted(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{})
	s.press("3", "/").see("Filter    vendor:  who:  state:")
	s.press("ven").see("Filter  ven  vendor:").press("tab").see("Filter  vendor:  vendor:acme-news").unseen("✕")
	s.press("tab").see("Filter  vendor:acme-news ", "How rivers freeze").unseen("Lecture 7")
	s.press("-state:part", "tab").see("-state:partly-refunded ")
	s.press("state:").unseen("✕").press("space").see("✕ state:  a value is missing")
	s.press("ctrl+u", "kind:deposit|ref", "tab").see("kind:deposit|refund ")
}

// A detail names several things: y asks which of them is copied, y again copies the row's, and the note names it.
func TestCopyOneOfSeveralIDs(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3", "enter", "y")
	s.see("Which one?", "▐ Id", "Transaction", "Journal entry").unseen("-0.25 EUR ")
	s.press("y").see("✓ Copied Id chg_8f3ka;", "› Detail")
	s.press("y", "j", "enter").see("✓ Copied Transaction txn_06dkq5")
	s.press("Y", "j", "enter").see("txn_06dkq5x1c8v3n7m2t9w4y0zr5hjb1f6gae8k", "› Print")
	s.press("esc", "6", "enter", "y").see("Purchase").press("j", "y").see("✓ Copied Dispute dsp_")
}

// In all of a row, [ and ] go to the rows beside it; the list goes along. At an end nothing moves, and in what was not
// opened from the list they lead back and forward as everywhere.
func TestNeighboursOfARow(t *testing.T) {
	for place, names := range map[string][3]string{
		"3": {"How rivers freeze", "Crossword 412", "1/8"}, "5": {"Acme News", "Acme Video", "1/3"},
	} {
		s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press(place, "enter")
		s.see("  "+names[0], " "+names[2]+" ").press("[").see("  "+names[0], " "+names[2]+" ")
		s.press("]").see("  "+names[1], " 2"+names[2][1:]).press("[").see("  " + names[0])
		s.press("]", "esc").see(" 2" + names[2][1:]).unseen("› ")
	}
	s := connect(t, commandtest.New(), commandtest.Rita, ScreenOptions{}).press("enter").see("› Case", " 1/")
	s.press("]").see("› Case", " 2/")
	s = connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3", "1", ":", "chg_8f3ka", "enter")
	s.see("› Detail").press("[").see("▐ 14:02").unseen("› Detail")
}
