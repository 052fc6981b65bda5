package history

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// try asks for a page that may be refused, and counts the rows of the store that it reads.
func (j *journal) try(q view.HistoryQuery) (page view.History, read int, err error) {
	err = j.store.View(j.t.Context(), func(kv store.Reader) (err error) {
		counted := &counting{Reader: kv}
		page, err = j.service().Of(books.Read(counted), ledger.User{ID: ann, Wallets: currencies}, j.at).Page(q)
		read = counted.rows
		return err
	})
	return page, read, err
}

// A sorted list has all rows that the filter finds, in the order of the column, and the top of it where fewer are asked
// for.
func TestSortedHasAllThatIsFound(t *testing.T) {
	j := newJournal(t)
	j.lives(700, currencies...)
	for _, filter := range []string{"", "amount>0.001003", "kind:refund in:EUR"} {
		found := j.all(view.HistoryQuery{Filter: filter})
		for _, by := range []view.Sorting{"amount", "-amount", "title", "-at", "at", "-balance"} {
			want, _ := view.Sorted(found, by)
			page, _, err := j.try(view.HistoryQuery{Filter: filter, Sort: by})
			if diff := cmp.Diff(want, []view.Row(page.Data)); err != nil || diff != "" || page.Next+page.Newer != "" {
				t.Fatalf("%q by %q: %v, next %q (-want +got):\n%s", filter, by, err, page.Next, diff)
			}
		}
	}
	most, _, err := j.try(view.HistoryQuery{Sort: "amount", Paging: view.Paging{Limit: 3}})
	if err != nil || len(most.Data) != 3 || !slices.IsSortedFunc(most.Data, func(a, b view.Row) int {
		return int(a.Amount.Micros - b.Amount.Micros)
	}) {
		t.Errorf("the first three by their amounts: %+v, %v", most.Data, err)
	}
}

// What finds too much is refused and not cut: half of a sorted list looks like a whole one. The refusal costs no more
// than the bound, and says to filter first.
func TestSortedRefusesWhatItCannotReadWhole(t *testing.T) {
	j := newJournal(t)
	j.lives(sortWalk+2000, "EUR")
	for _, c := range []struct {
		q    view.HistoryQuery
		why  string
		most int // rows of the store
	}{
		{view.HistoryQuery{Sort: "amount"}, "the history has", 10},
		{view.HistoryQuery{Sort: "amount", Filter: "kind:purchase"}, "more are found", 3 * view.MaxSorted},
		{view.HistoryQuery{Sort: "amount", Filter: "nowhere"}, "had not come to its end", 3 * sortWalk},
		{view.HistoryQuery{Sort: "nonsense", Filter: "since:1h"}, "no such column", 1000},
		{view.HistoryQuery{Sort: "amount", Oldest: true}, "has no places", 1000},
	} {
		_, read, err := j.try(c.q)
		if !errors.Is(err, ledger.ErrInvalid) || !strings.Contains(err.Error(), c.why) || read > c.most {
			t.Errorf("%+v reads %d rows and says: %v", c.q, read, err)
		}
	}
	// With a bound of time, what is left of a long history is sorted.
	page, read, err := j.try(view.HistoryQuery{Sort: "-amount", Filter: "since:10h"})
	if err != nil || len(page.Data) < 500 || read > 3000 {
		t.Errorf("of ten hours %d rows, %d read, %v", len(page.Data), read, err)
	}
}
