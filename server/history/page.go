package history

import (
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// pageWalk bounds how many entries one page looks at, so that no filter costs the time of other callers. A filter that
// finds little returns what it has, to where it has looked, and where to go on.
const pageWalk = 1000

// staleRun is how many entries in a row may be older than was asked for before a walk ends: a clock that was behind has
// stamped what is new as if it were old, and what is older must not be hidden by it.
const staleRun = 100

// Page lists what happened to the wallets, newest first (claim 22). Filters leave rows out; Next and Newer name the
// places where the pages on both sides begin, and Searched says to when the history was looked through if the page
// ended before it was known whether a row follows. It refuses with ErrInvalid a cursor of another list.
func (h *Reader) Page(q view.HistoryQuery) (page view.History, err error) {
	f := view.ParseFilter(q.Filter, h.at, h.svc.Zone(h.user))
	f.Since = latest(f.Since, q.Since)
	w, err := h.walkFrom(q, f)
	if err != nil {
		return page, err
	}
	if q.Sort != "" {
		return h.sorted(w, q, f)
	}
	if _, _, err := w.peek(); err != nil { // what is below its places is known from then on
		return page, err
	}
	begin, below := h.cursor(w), w.below()
	end, err := h.collect(w, q, f, &page, bounds{rows: q.Rows(), walk: pageWalk})
	if err != nil {
		return page, err
	}
	page.Total, page.Misread = w.total(), f.Misread
	if w.up {
		slices.Reverse(page.Data)
		page.Newer, page.Above = end, page.Total-w.below()
		if below > 0 {
			page.Next = begin
		}
	} else {
		page.Next, page.Above = end, page.Total-below
		if page.Above > 0 {
			page.Newer = begin
		}
	}
	if q.Count && q.Before == "" && q.After == "" && q.Skip == 0 {
		err = h.count(w, q, f, end, &page)
	}
	return page, err
}

// count counts what is found in the whole history. Behind a full page the walk goes on, and looks at no more entries
// than the page might have: what it has come to by then is the least, and All is false.
func (h *Reader) count(w *walk, q view.HistoryQuery, f view.Filter, end view.Cursor, page *view.History) error {
	var rest view.History
	var err error
	if end != "" && page.Searched.IsZero() {
		end, err = h.collect(w, q, f, &rest, bounds{rows: pageWalk, walk: pageWalk})
	}
	page.Found, page.All = uint64(len(page.Data)+len(rest.Data)), end == ""
	return err
}

// bounds are how many rows a page has at most, and at how many entries it looks for them.
type bounds struct{ rows, walk int }

// collect walks until the page is full, and returns where the following one begins. It ends before the row that would
// be one too many: only then it is known that there is such a page.
func (h *Reader) collect(
	w *walk, q view.HistoryQuery, f view.Filter, page *view.History, most bounds,
) (view.Cursor, error) {
	for looked, stale := 0, 0; ; looked++ {
		at, rec, err := w.peek()
		if err != nil || at < 0 || w.ahead() == 0 {
			return "", err
		}
		old := !f.Since.IsZero() && rec.At.Before(f.Since)
		young := !f.Until.IsZero() && !rec.At.Before(f.Until)
		switch {
		case !w.up && !old || w.up && !young:
			stale = 0
		case stale == staleRun-1:
			return "", nil
		default:
			stale++
		}
		if looked == most.walk {
			page.Searched = view.At(rec.At)
			return h.cursor(w), nil
		}
		if !old && !young && rec.Shown(h.user.ID) {
			row, through, err := h.through(rec, w.chains[at].Currency, q, f)
			switch {
			case err != nil:
				return "", err
			case through && len(page.Data) == most.rows:
				return h.cursor(w), nil
			case through:
				page.Data = append(page.Data, row)
			}
		}
		w.take(at)
	}
}

// through makes the row of an entry, and tells whether the query lets it through.
func (h *Reader) through(
	rec books.Placed, c ledger.Currency, q view.HistoryQuery, f view.Filter,
) (row view.Row, through bool, err error) {
	row, shown, err := h.row(rec.Record, c)
	row.Balance = ledger.Amount{Micros: rec.Balance, Currency: c}
	return row, err == nil && shown && matches(row, q) && f.Match(row), err
}

// latest returns the later one of two instants.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// matches applies the filters of a query to a row. Texts match in any case; an id has to be whole.
func matches(row view.Row, q view.HistoryQuery) bool {
	holds := func(text, part string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part))
	}
	switch {
	case q.Opens && !row.CanOpen:
		return false
	case q.Vendor != "" && !strings.EqualFold(row.Vendor, q.Vendor):
		return false
	case q.Kind != "" && !strings.EqualFold(row.Kind, q.Kind):
		return false
	case q.Text == "":
		return true
	}
	return holds(row.Title, q.Text) || holds(row.Vendor, q.Text) || holds(row.State.Words(), q.Text) || row.ID == q.Text
}
