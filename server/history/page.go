package history

import (
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// longWalk bounds how many entries one call reads, so that no filter costs the time of other callers. A filter that
// finds little returns what it has and where to go on.
const longWalk = 5000

// staleRun is how many entries in a row may be older than was asked for before a walk ends: a clock that was behind has
// stamped what is new as if it were old, and what is older must not be hidden by it.
const staleRun = 100

// Page lists what happened to the wallets, newest first (claim 22). Filters leave rows out; Next names the place where
// the following page begins. It refuses with ErrInvalid a cursor of another list.
func (h *Reader) Page(q view.HistoryQuery) (page view.Page[view.Row], err error) {
	before, err := OpenCursor(h.svc.Seal, q.Before)
	if err != nil {
		return page, err
	}
	w := walk{books: h.books, user: h.user.ID, before: ledger.EntryNo(before)}
	for _, c := range h.user.Wallets {
		_, found, err := h.books.Wallet(h.user.ID, c)
		if err != nil {
			return page, err
		}
		// A wallet that the user knows of may not have been opened yet.
		if found && (q.Currency == "" || q.Currency == c) {
			w.chains = append(w.chains, chain{currency: c})
		}
	}
	// A page ends before the row that would be one too many: only then it is known that there is a next page.
	limit := q.Rows()
	var last ledger.EntryNo
	for walked, stale := 0, 0; ; walked++ {
		rec, c, found, err := w.next()
		if err != nil || !found {
			return page, err
		}
		if !q.Since.IsZero() && rec.At.Before(q.Since) {
			if stale++; stale == staleRun {
				return page, nil
			}
			continue
		}
		stale = 0
		if len(page.Data) == limit || walked == longWalk {
			page.Next = CloseCursor(h.svc.Seal, uint64(last))
			return page, nil
		}
		last = rec.No
		row, shown, err := h.row(rec, c)
		if err != nil {
			return page, err
		}
		if shown && matches(row, q) {
			page.Data = append(page.Data, row)
		}
	}
}

// matches applies the filters of a query to a row. Texts match in any case; an id has to be whole.
func matches(row view.Row, q view.HistoryQuery) bool {
	holds := func(text, part string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part))
	}
	switch {
	case q.Vendor != "" && !strings.EqualFold(row.Vendor, q.Vendor):
		return false
	case q.Kind != "" && !strings.EqualFold(row.Kind, q.Kind):
		return false
	case q.Text == "":
		return true
	}
	return holds(row.Title, q.Text) || holds(row.Vendor, q.Text) || holds(row.State.Words(), q.Text) || row.ID == q.Text
}
