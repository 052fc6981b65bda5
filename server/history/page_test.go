package history

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
	"tuppence/store"
)

// nth is an entry of a long history: sales at falling and rising prices, money that comes back, and entries that are no
// rows. In two wallets it is now in the one and now in the other.
func (j *journal) nth(i int, c ledger.Currency) ledger.Entry {
	e := ledger.Entry{At: j.at, Kind: ledger.KindPurchase, User: ann, Vendor: news}
	e.Amount = ledger.Amount{Micros: int64(1000 + i%7), Currency: c}
	micros := e.Amount.Micros
	switch {
	case i%10 == 9:
		e.Kind = ledger.KindLimit
		return e
	case i%10 == 0:
		e.Kind, micros = ledger.KindRefund, -20*micros
	default:
		e.Sale = &ledger.Sale{Title: fmt.Sprintf("Article %d", i), Price: e.Amount}
	}
	e.Postings = []ledger.Posting{
		{Account: ledger.Account{Class: ledger.Paid, Currency: c, Owner: uint64(ann)}, Micros: micros},
		{Account: ledger.Account{Class: ledger.VendorPending, Currency: c, Owner: uint64(news)}, Micros: -micros},
	}
	return e
}

// lives writes a long history, a minute to an entry.
func (j *journal) lives(entries int, in ...ledger.Currency) {
	j.t.Helper()
	chance := rand.New(rand.NewPCG(3, 4))
	j.write(func(tx books.Tx) error {
		return tx.PutVendor(ledger.Vendor{ID: news, Name: "news", Status: ledger.VendorActive})
	})
	for _, c := range in { // refunds take from the till
		j.appends(ledger.Entry{
			At: j.at, Kind: ledger.KindPurchase, User: ann, Vendor: news, Amount: ledger.Amount{Micros: 1, Currency: c},
			Sale: &ledger.Sale{Title: "The first", Price: ledger.Amount{Micros: 1, Currency: c}},
			Postings: []ledger.Posting{
				{Account: ledger.Account{Class: ledger.Bank, Currency: c}, Micros: 1e12},
				{Account: ledger.Account{Class: ledger.Paid, Currency: c, Owner: uint64(ann)}, Micros: -5e11},
				{Account: ledger.Account{Class: ledger.VendorPending, Currency: c, Owner: uint64(news)}, Micros: -5e11},
			},
		})
	}
	for done := 0; done < entries; {
		var some []ledger.Entry
		for ; len(some) < 500 && done < entries; done++ {
			j.at = j.at.Add(time.Minute)
			some = append(some, j.nth(done, in[min(chance.IntN(2*len(in)), len(in)-1)]))
		}
		j.appends(some...)
	}
}

// service is that of the journal, made once: keys are derived for it.
func (j *journal) service() Service {
	if j.svc.Seal != nil {
		return j.svc
	}
	names, err := seal.New(bytes.Repeat([]byte{7}, seal.MasterSize), bytes.NewReader(nil))
	if err != nil {
		j.t.Fatal(err)
	}
	j.svc = Service{
		Seal: names, Name: "tuppence", MethodTitle: func(name string) string { return name },
		Zone: func(ledger.User) *time.Location { return time.UTC },
	}
	return j.svc
}

// page asks for a page and counts the rows of the store that it reads.
func (j *journal) page(q view.HistoryQuery) (page view.History, read int) {
	j.t.Helper()
	err := j.store.View(j.t.Context(), func(kv store.Reader) (err error) {
		counted := &counting{Reader: kv}
		u := ledger.User{ID: ann, Wallets: currencies}
		page, err = j.service().Of(books.Read(counted), u, j.at).Page(q)
		read = counted.rows
		return err
	})
	if err != nil {
		j.t.Fatal(err)
	}
	return page, read
}

// counting counts the rows that are read by key.
type counting struct {
	store.Reader
	rows int
}

func (c *counting) Get(k []byte) ([]byte, error) {
	c.rows++
	return c.Reader.Get(k)
}

// all reads a history from the newest row to the oldest, page by page.
func (j *journal) all(q view.HistoryQuery) (rows []view.Row) {
	j.t.Helper()
	for {
		page, _ := j.page(q)
		rows = append(rows, page.Data...)
		if q.Before = page.Next; page.Next == "" {
			return rows
		}
	}
}

// The number of rows is what a person sees who walks to the end, and the balance after each row is what all rows up to
// it add up to.
func TestTotalsAndBalancesAreThoseOfAllRows(t *testing.T) {
	j := newJournal(t)
	j.lives(700, currencies...)
	for _, c := range []ledger.Currency{"", "EUR", "USD", "JPY"} {
		q := view.HistoryQuery{Currency: c, Paging: view.Paging{Limit: 17}}
		rows, sums := j.all(q), map[ledger.Currency]int64{}
		page, _ := j.page(q)
		if page.Total != uint64(len(rows)) || c == "JPY" != (len(rows) == 0) {
			t.Errorf("in %q: total %d, a walk finds %d", c, page.Total, len(rows))
		}
		for _, row := range slices.Backward(rows) {
			sums[row.Amount.Currency] += row.Amount.Micros
			if want := (ledger.Amount{Micros: sums[row.Amount.Currency], Currency: row.Amount.Currency}); row.Balance != want {
				t.Fatalf("row %s has the balance %v, rows up to it add up to %v", row.ID, row.Balance, want)
			}
		}
	}
}

// Every window of a history is the one that a walk over all of it has there, whether it is asked for by what is older,
// by what is newer, by its number or from the end; and each says what lies on both sides.
func TestWindowsInBothDirections(t *testing.T) {
	j := newJournal(t)
	j.lives(500, currencies...)
	for _, c := range []ledger.Currency{"", "EUR", "USD"} {
		all := j.all(view.HistoryQuery{Currency: c})
		n := len(all)
		for _, size := range []int{1, 10, 64, 200} {
			q := view.HistoryQuery{Currency: c, Paging: view.Paging{Limit: size}}
			check := func(name string, page view.History, from int) {
				t.Helper()
				to := min(from+size, n)
				if diff := cmp.Diff(all[from:to], []view.Row(page.Data)); len(page.Data)+to-from > 0 && diff != "" {
					t.Fatalf("%s in %q, %d rows at %d of %d: (-want +got):\n%s", name, c, size, from, n, diff)
				}
				if page.Above != uint64(from) || page.Total != uint64(n) ||
					(page.Newer == "") != (from == 0) || (page.Next == "") != (to == n) {
					t.Fatalf("%s in %q, %d rows at %d of %d: above %d, total %d, newer %q, next %q",
						name, c, size, from, n, page.Above, page.Total, page.Newer, page.Next)
				}
			}
			oldest := q
			oldest.Oldest = true
			page, _ := j.page(oldest)
			check("oldest", page, n-min(size, n))
			for at := 0; at < n; at += 1 + size/2 {
				skip := q
				skip.Skip = uint64(at)
				page, _ := j.page(skip)
				check("skip", page, at)
				if page.Next != "" {
					older := q
					older.Before = page.Next
					next, _ := j.page(older)
					check("older", next, at+size)
					back := q
					back.After = next.Newer
					page, _ = j.page(back)
					check("back", page, at)
				}
				if page.Newer != "" {
					newer := q
					newer.After = page.Newer
					page, _ = j.page(newer)
					from := max(at-size, 0)
					if len(page.Data) < size { // the newest ones, fewer than a page
						page.Data = append(page.Data, all[at:min(size, n)]...)
						if at+size >= n {
							continue
						}
					}
					if at >= size {
						check("newer", page, from)
					}
				}
			}
		}
	}
	page, _ := j.page(view.HistoryQuery{Skip: 1e6})
	if len(page.Data) != 0 || page.Next != "" || page.Newer == "" || page.Above != page.Total {
		t.Errorf("behind the end: %+v", page)
	}
}

// A filter is walked from both ends to the same rows, and each page says how far it has come.
func TestFilteredInBothDirections(t *testing.T) {
	j := newJournal(t)
	j.lives(5000, currencies...)
	for _, text := range []string{
		"kind:refund", "article 25 -255", "kind:refund in:USD", "since:7h until:3h", "since:2026-11-26 kind:refund",
		"until:2026-11-24 kind:refund", "amount<0.001003 kind:purchase", "bal>9999999", "nothing",
	} {
		f := view.ParseFilter(text, j.at, time.UTC)
		if len(f.Misread) > 0 {
			t.Fatalf("%q: %+v", text, f.Misread)
		}
		var want []view.Row
		for _, row := range j.all(view.HistoryQuery{}) {
			if f.Match(row) {
				want = append(want, row)
			}
		}
		q := view.HistoryQuery{Filter: text, Paging: view.Paging{Limit: 13}}
		j.counts(q, len(want))
		if diff := cmp.Diff(want, j.all(q)); diff != "" {
			t.Errorf("%q from the newest: (-want +got):\n%s", text, diff)
		}
		var got []view.Row
		for q.Oldest = true; ; q.Oldest = false {
			page, _ := j.page(q)
			got = append(slices.Clone([]view.Row(page.Data)), got...)
			if q.After = page.Newer; q.After == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q from the oldest: (-want +got):\n%s", text, diff)
		}
	}
}

// counts counts from both ends: a count that is said to be whole is, another is no more than what there is, and both
// look at a bounded number of entries.
func (j *journal) counts(q view.HistoryQuery, want int) {
	j.t.Helper()
	q.Count = true
	for _, q.Oldest = range []bool{false, true} {
		page, cost := j.page(q)
		n := int(page.Found)
		if page.All && n != want || n > want || n < len(page.Data) || !page.All && n < want && cost < pageWalk {
			j.t.Errorf("%q: %d found, all %v, want %d", q.Filter, n, page.All, want)
		}
		if cost > 6*pageWalk {
			j.t.Errorf("%q: %d records for a count", q.Filter, cost)
		}
	}
}

// What was not understood comes with the rows of the rest.
func TestMisreadFilterComesWithThePage(t *testing.T) {
	j := newJournal(t)
	j.lives(50, "EUR")
	page, _ := j.page(view.HistoryQuery{Filter: "vendr:x kind:refund"})
	want := view.List[view.Misread]{{At: 0, Text: "vendr:x", Why: "no field `vendr`: vendor?"}}
	if diff := cmp.Diff(want, page.Misread); diff != "" || len(page.Data) != 5 {
		t.Errorf("%d rows (-want +got):\n%s", len(page.Data), diff)
	}
}

// places are pages of a history that a person goes to.
func places(total uint64) map[string]view.HistoryQuery {
	q := view.HistoryQuery{Paging: view.Paging{Limit: 50}}
	oldest, middle, old, filtered := q, q, q, q
	oldest.Oldest, middle.Skip = true, total/2
	old.Filter = "until:2026-11-24T11:30:00Z"
	filtered.Filter = "kind:refund"
	return map[string]view.HistoryQuery{
		"first": q, "oldest": oldest, "middle": middle, "until": old, "filtered": filtered,
	}
}

// A page costs as many records as it shows and a few more, wherever it is and however long the history: what grows is
// the number of milestones that a search looks at, with the logarithm.
func TestPagesCostTheSameInALongHistory(t *testing.T) {
	cost := func(entries int) map[string]int {
		j := newJournal(t)
		j.lives(entries, currencies...)
		all := map[string]int{}
		first, _ := j.page(view.HistoryQuery{})
		for name, q := range places(first.Total) {
			page, n := j.page(q)
			if len(page.Data) != 50 {
				t.Errorf("%s of %d: %d rows", name, entries, len(page.Data))
			}
			all[name] = n
			if q.Before = page.Next; q.Before != "" {
				_, all[name+", older"] = j.page(q)
			}
			if q.Before, q.After = "", page.Newer; q.After != "" {
				_, all[name+", newer"] = j.page(q)
			}
		}
		return all
	}
	short, long := cost(2_000), cost(64_000) // 32 times as many: 5 more steps of a search, in each wallet
	for name, n := range long {
		// A page of refunds looks at ten times as many entries; the purchases among them read their own row as well.
		const steps, blocks = 5, 2 * 2 * books.MilestoneEvery
		if n > short[name]+8*steps*len(currencies)+blocks || n > 1200 {
			t.Errorf("%s: %d records, %d in a short history", name, n, short[name])
		}
		t.Logf("%s: %d records, %d in a short history", name, n, short[name])
	}
}
