package tui

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// longHistory is a service with so many rows, an hour between them, at falling prices.
func longHistory(rows int) *commandtest.Service {
	f := commandtest.New()
	f.Data.Rows = nil
	for i := range rows {
		f.Data.Rows = append(f.Data.Rows, view.Row{
			ID: fmt.Sprintf("chg_%04d", i), At: view.At(commandtest.Now.Add(-time.Duration(i) * time.Hour)), Kind: "purchase",
			Vendor: []string{"acme-news", "acme-video"}[i%2], Title: fmt.Sprintf("Row %04d", i), State: "paid",
			Amount: commandtest.EUR(-10_000 * int64(i*7919%rows+1)),
		})
	}
	return f
}

// arrives puts new rows above all others.
func arrives(f *commandtest.Service, n int) {
	f.Change(func(d *commandtest.Data) {
		for i := range n {
			row := d.Rows[0]
			row.ID, row.Title = fmt.Sprintf("new_%d_%d", len(d.Rows), i), "Brand new row"
			d.Rows = append([]view.Row{row}, d.Rows...)
			d.Overview.Wallets[0].Available.Micros += row.Amount.Micros
		}
	})
}

// body is what stands between the head and the foot.
func (s *terminal) body() string {
	lines := strings.Split(s.view(), "\n")
	return strings.Join(lines[3:len(lines)-4], "\n")
}

// New rows wait: nothing moves under the cursor, wherever the window is, with a filter too; n shows them. What changed
// of the rows that are here is shown at once.
func TestNewRowsWait(t *testing.T) {
	for _, way := range [][]string{
		{"j", "j"}, {"G"}, {"pgdown", "pgdown", "pgdown"}, {"/", "row", "enter", "j", "j", "j"},
	} {
		f := longHistory(300)
		s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3").press(way...)
		p := s.m.top().(*historyPlace)
		before, row := s.body(), p.selectedID()
		arrives(f, 3)
		s.see("3 new, n shows them")
		arrives(f, 1)
		s.see("4 new, n shows them").unseen("Brand new")
		rows := func(body string) string { return body[strings.LastIndex(body[:strings.Index(body, "▐")], "\n"):] }
		selected := func(body string) string { return strings.SplitN(rows(body), "\n", 3)[1] }
		if got := s.body(); p.selectedID() != row || selected(got) != selected(before) {
			t.Errorf("after %v the cursor was on\n%s\nand is on\n%s", way, selected(before), selected(got))
		} else if was, is := strings.Index(before, "▐"), strings.Index(got, "▐"); strings.Count(before[:was], "\n") !=
			strings.Count(got[:is], "\n") {
			t.Errorf("after %v the chosen row moved:\n%s\nbefore:\n%s", way, got, before)
		}
		s.press("n").see("Brand new").unseen("n shows them")
		if p.selectedID() != "new_303_0" || p.chosen != 0 {
			t.Errorf("after %v, n leads to %s", way, p.selectedID())
		}
	}
	f := longHistory(5)
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3", "j")
	f.Change(func(d *commandtest.Data) { d.Rows[2].State = "refunded" })
	s.see("refunded").unseen("n shows")
}

// uncounted is a service whose count of what a filter finds comes to its bound.
type uncounted struct{ *commandtest.Service }

func (u uncounted) History(ctx context.Context, who view.Caller, q view.HistoryQuery) (view.History, error) {
	page, err := u.Service.History(ctx, who, q)
	page.Found, page.All = min(page.Found, 120), false
	return page, err
}

// How many rows a filter finds is counted, and the chosen one is a number of them. Where the count has come to its
// bound it is not made up, and neither is how many are above a window that does not begin at the newest. A filter that
// was opened and left untyped moves nothing.
func TestFilteredPositionIsTrue(t *testing.T) {
	s := connect(t, longHistory(300), commandtest.Ada, ScreenOptions{}).press("3", "/", "video", "enter")
	s.see("1/150", "150 rows").press("G").see("150/150").press("k", "k").see("148/150").press("g").see("1/150")
	for range 5 {
		s.press("pgdown")
	}
	s.see(fmt.Sprintf("Row %04d", 2*s.m.top().(*historyPlace).chosen+1))
	s = connect(t, uncounted{longHistory(300)}, commandtest.Ada, ScreenOptions{}).press("3", "/", "row", "enter")
	s.see("1/120+", "120+ rows").press("G").see("1 from the end", "120+ rows").press("k", "k").see("3 from the end")
	s.press("esc", "j", "j", "j").see("4/300").press("/", "esc").see("4/300")
}

// Who looks at the newest row sees what comes at once, and stays on the row.
func TestNewRowsAreShownAtTheTop(t *testing.T) {
	f := longHistory(100)
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3")
	arrives(f, 1)
	s.see("Brand new", "▐ 15:07  acme-news   Row 0000").unseen("n shows")
}

// Marks hold rows by their ids: they stay while the list is filtered, sorted and left, and the status line says what
// they add up to. Esc takes back one thing after the other: the filter, the marks, and at the root nothing.
func TestMarksStayOnTheirRows(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3", "space", "space").see("2 marked, -0.35 EUR")
	s.see("✓ 14:02  acme-news", "✓ 13:40  acme-news")
	s.press("G", "space").see("3 marked, -0.35 EUR, +25.00 USD")
	s.press("space").see("2 marked, -0.35 EUR")
	s.press("5", "3").see("2 marked")
	s.press("/", "cross", "enter").see("2 marked", "✓ 13:40").unseen("rivers")
	s.press("esc").see("2 marked", "rivers")
	s.press("s", "left", "left", "enter").see("Amount ↓", "✓ 11-24 13:40", "✓ 11-24 14:02")
	s.press("esc").unseen("marked", "✓")
	s.press("esc").see("History")
}

// All that the filter finds is marked, also what the window does not hold, or nothing: half would be taken for all.
func TestMarkAllIsAllOrNothing(t *testing.T) {
	s := connect(t, longHistory(700), commandtest.Ada, ScreenOptions{}).press("3", "*").see("700 marked")
	s.press("*").see("700 marked").press("esc")
	s = connect(t, longHistory(1200), commandtest.Ada, ScreenOptions{}).press("3", "*")
	s.see("Nothing marked: At most 1,000 rows").unseen("1,200 marked")
	s.press("/", "vendor:acme-news", "enter", "*").see("600 marked")
	s.press("esc", "/", "vendor:acme-video", "enter", "*").see("More than 1,000 rows").press("k").see("600 marked")
	if p := s.m.top().(*historyPlace); len(p.all) > (windowPages+1)*listPage {
		t.Errorf("the window holds %d rows", len(p.all))
	}
}

// y copies the ids of the marked rows, one on a line; Y prints them; e has them as CSV.
func TestMarkedRowsAreTakenAway(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3", "space", "space")
	if got := s.m.top().(copier).copyable(); got != "chg_8f3ka\nchg_8f2xw" {
		t.Errorf("copied: %q", got)
	}
	s.press("Y").see("\nchg_8f3ka\nchg_8f2xw\n").press("esc", "e")
	want := "id,at,kind,vendor,title,state,amount,currency,balance,can_open,disputed,agent\n" +
		"chg_8f3ka,2026-11-24T13:02:00Z,purchase,acme-news,How rivers freeze,paid,-0.25,EUR,12.40,true,false,\n" +
		"chg_8f2xw,2026-11-24T12:40:00Z,purchase,acme-news,Crossword 412,paid,-0.10,EUR,12.65,true,false,"
	if got := s.m.top().(copier).copyable(); got != want {
		t.Errorf("exported: %q", got)
	}
	s.press("esc", "esc")
	if got := s.m.top().(copier).copyable(); got != "dep_7c1mm" {
		t.Errorf("without marks: %q", got)
	}
}

// All marked purchases are disputed with one reason, in one question that lists them.
func TestMarkedPurchasesAreDisputed(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3", "space", "space", "space", "d")
	s.see("Dispute 2 purchases, -0.35 EUR", "How rivers freeze, acme-news, -0.25 EUR", "Crossword 412")
	s.press("enter", "gone", "enter").see("2 purchases disputed.").press("k").see("1 marked") // a key ends the note
	wantCalls(t, f, 2, "Dispute")
	s.press("esc", "G", "space", "d").see("None of the marked rows is a purchase")
}

// All marked vendors are blocked after one question, and z gives each back what it had.
func TestMarkedVendorsAreBlocked(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("5", "*").see("3 marked, +14.95 EUR")
	s.press("b").see("Block 2 vendors?", "acme-news", "acme-video").unseen("pushy-shop")
	s.press("enter").see("3 marked")
	wantCalls(t, f, 0, "Block")
	s.press("b", "down", "enter").see("2 vendors blocked. z undoes it.").unseen("marked")
	s.press("z").see("Taken back: 2 vendors, with the permissions that they had.")
	if l := f.Data.Links[0]; l.Status != "active" {
		t.Errorf("after the undo acme-news is %s", l.Status)
	}
	s.press("space", "space", "u").see("Unlink 1 vendor?")
}

// A list is sorted by the column that is picked, turned round by S; the cursor stays on its row.
func TestListsAreSorted(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{Height: 12, Width: 80}).press("5")
	s.press("s").see("Sort by  [Vendor]  May take  Bought  Spent").press("left", "enter").see("Spent ↓")
	s.see("▐ acme-news").press("S").see("Spent ↑", "▐ acme-news")
	if p := s.m.top().(*vendorsPlace); p.all[0].Vendor != "pushy-shop" {
		t.Errorf("the least is %s", p.all[0].Vendor)
	}
	s.press("s", "esc").see("Spent ↑")
	s.press("s", "j").see("▐ acme-news").unseen("Sort by") // another key does what it does
	s.press("4", "s", "right", "right", "right", "enter", "g").see("by part used ↓")
	if p := s.m.top().(*limitsPlace); p.all[0].Percent < p.all[1].Percent {
		t.Errorf("%d %% before %d %%", p.all[0].Percent, p.all[1].Percent)
	}
	s.press("6", "S").see("Opened ↑").press("S").see("Opened ↓")
	s.press("2", "s", "left", "enter").see("Amount ↓")
}

// A history is sorted whole or not at all: what finds too much stays in the order of time, and says what to do.
func TestHistoryIsSortedWholeOrNotAtAll(t *testing.T) {
	s := connect(t, longHistory(1200), commandtest.Ada, ScreenOptions{}).press("3", "s", "left", "left", "enter")
	s.see("Not sorted: At most 1,000 rows", "Time ↓", "1/1,200")
	s.press("/", "vendor:acme-news", "enter", "s", "left", "left", "enter").see("Amount ↓", "1/600")
	p := s.m.top().(*historyPlace)
	for i := range len(p.all) - 1 {
		if p.all[i].Amount.Micros < p.all[i+1].Amount.Micros {
			t.Fatalf("row %d has %v before %v", i, p.all[i].Amount, p.all[i+1].Amount)
		}
	}
	s.press("S").see("Amount ↑").press("G").see("600/600").press("g").see("1/600")
	s.press("esc").see("Not sorted", "Time ↓", "1/1,200") // without the filter it is too much again
	if p.sort != "" {
		t.Errorf("it is still sorted by %s", p.sort)
	}
}

func Example_sumWords() {
	all := []ledger.Amount{commandtest.EUR(-900_000), commandtest.USD(5), commandtest.EUR(-2_000_000)}
	fmt.Println(sumWords(all, view.Signed))
	// Output: -2.90 EUR, +0.000005 USD
}

// Columns are chosen in a sheet, the last one stays; with the amounts go the sums of the days.
func TestColumnsAreChosen(t *testing.T) {
	s := connect(t, commandtest.New(), commandtest.Ada, ScreenOptions{}).press("3").see("Vendor ", "+9.65 EUR")
	s.press("c").see("✓  Vendor").press("j", "space").see("○  Vendor").press("enter").unseen("Vendor  ", "acme-video")
	s.see("How rivers freeze", "+9.65 EUR")
	s.press("c", "j", "j", "j", "j", "space", "esc").unseen("+9.65 EUR", "Amount")
	s.press("c", "g", "space", "j", "j", "space", "j", "space", "G", "space").see("One column stays.")
	s.press("esc", "5").see("Vendor") // each list has its own
}

// A view is a filter, an order and columns under a name: it is saved, shown from its sheet and from the palette, and
// dropped, which z takes back.
func TestViewsAreSavedAndShown(t *testing.T) {
	f := commandtest.New()
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3", "/", "acme-news", "enter")
	s.press("s", "left", "left", "enter")
	s.press("S", "c", "j", "space", "enter", "v", "+", "news", "enter").see("Saved.", "news", "big ones")
	want := view.SavedView{
		Name: "news", Place: "history", Filter: "acme-news", Sort: "amount", Columns: "at,title,state,amount,balance",
	}
	if got := f.Data.People[commandtest.Ada.Fingerprint].Views; len(got) != 2 || got[1] != want {
		t.Fatalf("saved: %+v", got)
	}
	s.press("g", "enter").see("filter: amount>1", "Amount ↑", "Archive week").unseen("State", "Crossword")
	s.press("esc", "2", ":", "view news", "enter").see("filter: acme-news", "Amount ↑", "State", "Crossword")
	s.unseen("Vendor ")
	s.press("v", "j", "D").see("is dropped. z undoes it.").unseen("acme-news")
	s.press("z").see("Taken back.", "acme-news")
	s.press("esc", "5", "v").see("No saved views").press("+", "mine", "enter").see("Saved.")
	s.press("enter").see("May take")
}

// A view whose rows are too many to be sorted is shown in the order of time.
func TestViewThatCannotBeSortedIsShown(t *testing.T) {
	f := longHistory(1200)
	s := connect(t, f, commandtest.Ada, ScreenOptions{}).press("3", "/", "vendor:acme-news", "enter")
	s.press("s", "left", "left", "enter")
	f.Change(func(d *commandtest.Data) {
		s.m.me.Views = view.List[view.SavedView]{{Name: "all", Place: "history", Sort: "-amount"}}
		d.Person(commandtest.Ada, func(me *view.Identity) { me.Views = s.m.me.Views })
	})
	s.press("v", "enter").see("Not sorted", "Time ↓", "1/1,200", "acme-video")
}
