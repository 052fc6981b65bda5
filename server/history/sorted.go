package history

import (
	"fmt"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// sortWalk bounds at how many entries a sorted list looks. It has no second page that could go on, so it looks at more
// of them than a page does.
const sortWalk = 10 * pageWalk

// sorted lists all rows that a query finds in another order. The books keep a history in the order of time only: an
// index for each other order would be written with each sale, and read by few. So what is found is sorted here, and
// only if it is few enough to be read whole: a part of it in the right order would be taken for the whole. It refuses
// with ErrInvalid a query that finds more than [view.MaxSorted] rows, or does not come to its end within sortWalk
// entries.
func (h *Reader) sorted(w *walk, q view.HistoryQuery, f view.Filter) (page view.History, err error) {
	if q.Before != "" || q.After != "" || q.Oldest || q.Skip > 0 {
		return page, ledger.Invalid("sort", "Leave the place out.", "A sorted list is one page and has no places.")
	}
	page.Total, page.Misread = w.total(), f.Misread
	const narrow = "Filter first, as since:30d or vendor:NAME: what is left is sorted whole."
	refuse := func(why string) (view.History, error) {
		return view.History{}, ledger.Invalid("sort", narrow, "At most %d rows are sorted at once, and %s.",
			view.MaxSorted, why)
	}
	every := q.Vendor == "" && q.Kind == "" && q.Text == "" && q.Since.IsZero() && f.Empty()
	if every && page.Total > view.MaxSorted {
		return refuse(fmt.Sprintf("the history has %d", page.Total))
	}
	end, err := h.collect(w, q, f, &page, bounds{rows: view.MaxSorted, walk: sortWalk})
	switch {
	case err != nil:
		return view.History{}, err
	case !page.Searched.IsZero():
		return refuse(fmt.Sprintf("after the newest %d entries the search had not come to its end", sortWalk))
	case end != "":
		return refuse("more are found")
	}
	rows, ok := view.Sorted(page.Data, q.Sort)
	if !ok {
		return view.History{}, ledger.Invalid("sort", "Choose a column of the history.", "Rows have no such column.")
	}
	if q.Limit > 0 {
		rows = rows[:min(q.Limit, len(rows))]
	}
	page.Data = rows
	return page, nil
}
