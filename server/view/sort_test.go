package view_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Each kind of value has its own order: amounts within their currency, instants by time, texts without case and
// accents.
func TestSortedByEachKindOfValue(t *testing.T) {
	day := func(n int) view.Time { return view.At(time.Date(2026, 11, n, 0, 0, 0, 0, time.UTC)) }
	rows := []view.Row{
		{ID: "a", At: day(3), Title: "Élan", Amount: ledger.Amount{Micros: -9, Currency: "EUR"}},
		{ID: "b", At: day(1), Title: "eclair", Amount: ledger.Amount{Micros: 5, Currency: "EUR"}, CanOpen: true},
		{ID: "c", At: day(2), Title: "zoo", Amount: ledger.Amount{Micros: -20, Currency: "USD"}},
		{ID: "d", Title: "Zoo", Amount: ledger.Amount{Micros: -10, Currency: "EUR"}},
	}
	for by, want := range map[view.Sorting]string{
		"": "abcd", "amount": "dabc", "-amount": "cbad", "at": "dbca", "-at": "acbd", "title": "bacd", "-title": "cdab",
		"can_open": "acdb",
	} {
		sorted, ok := view.Sorted(rows, by)
		got := ""
		for _, r := range sorted {
			got += r.ID
		}
		if !ok || got != want {
			t.Errorf("sorted by %q: %s, %v, want %s", by, got, ok, want)
		}
	}
	if _, ok := view.Sorted(rows, "nonsense"); ok || rows[0].ID != "a" {
		t.Error("sorted by a field that is none, or the rows themselves were changed")
	}
	if fields := view.SortFields[view.Link](); slices.Contains(fields, "limits") || !slices.Contains(fields, "spent") {
		t.Errorf("a vendor can be sorted by %v", fields)
	}
}

func ExampleSorting_Turned() {
	fmt.Println(view.Sorting("amount").Turned(), view.Sorting("-at").Turned())
	// Output: -amount at
}
