package history

import (
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// pageWalk bounds how many entries one page looks at, so that no filter costs the time of other callers. A filter that
// finds little returns what it has, to where it has looked, and where to go on.
const pageWalk = 1000

// staleRun is how many entries in a row may be older than was asked for before a walk ends: a clock that was behind has
// stamped what is new as if it were old, and what is older must not be hidden by it.
const staleRun = 100

// Page lists what happened to the wallets, newest first (claim 22). Filters leave rows out; Next names the place where
// the following page begins, and Searched says to when the history was looked through if the page ended before it was
// known whether a row follows. It refuses with ErrInvalid a cursor of another list.
func (h *Reader) Page(q view.HistoryQuery) (page view.Page[view.Row], err error) {
	w, err := h.walkFrom(q.Before)
	if err != nil {
		return page, err
	}
	for i, c := range w.chains {
		_, found, err := h.books.Wallet(h.user.ID, c.currency)
		if err != nil {
			return page, err
		}
		// A wallet that the user knows of may not have been opened yet.
		if !found || q.Currency != "" && q.Currency != c.currency {
			w.chains[i].over, w.chains[i].from = true, 0
		}
	}
	// A page ends before the row that would be one too many: only then it is known that there is a next page.
	limit := q.Rows()
	for looked, stale := 0, 0; ; looked++ {
		at, rec, err := w.peek()
		if err != nil || at < 0 {
			return page, err
		}
		old := !q.Since.IsZero() && rec.At.Before(q.Since)
		if !old {
			stale = 0
		} else if stale++; stale == staleRun {
			return page, nil
		}
		if looked == pageWalk {
			page.Next, page.Searched = h.cursor(w.places()), view.At(rec.At)
			return page, nil
		}
		if !old {
			row, shown, err := h.row(rec, w.chains[at].currency)
			switch {
			case err != nil:
				return page, err
			case !shown || !matches(row, q):
			case len(page.Data) == limit:
				page.Next = h.cursor(w.places())
				return page, nil
			default:
				page.Data = append(page.Data, row)
			}
		}
		w.take(at)
	}
}

// betweenPlaces stands between the places of a cursor, one for each wallet in the order in which they were opened.
const betweenPlaces = "."

// walkFrom goes through all wallets of the user from the place that an earlier page has named. A wallet that was opened
// since has newer entries only.
func (h *Reader) walkFrom(c view.Cursor) (w walk, err error) {
	w = walk{books: h.books, user: h.user.ID, chains: make([]chain, len(h.user.Wallets))}
	for i, currency := range h.user.Wallets {
		w.chains[i] = chain{currency: currency, over: c != ""}
	}
	if c == "" {
		return w, nil
	}
	for i, part := range strings.Split(string(c), betweenPlaces) {
		no, err := OpenCursor(h.svc.Seal, view.Cursor(part))
		switch {
		case err != nil:
			return w, err
		case i >= len(w.chains):
			return w, RefuseCursor()
		case no != 0:
			w.chains[i].from, w.chains[i].over = ledger.EntryNo(no), false
		}
	}
	return w, nil
}

// cursor names the places where the following page begins.
func (h *Reader) cursor(places []ledger.EntryNo) view.Cursor {
	parts := make([]string, len(places))
	for i, no := range places {
		parts[i] = h.svc.Seal.Cursor(uint64(no))
	}
	return view.Cursor(strings.Join(parts, betweenPlaces))
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
