package history

import (
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

const (
	// vendorStride is how many entries of a vendor are read at once.
	vendorStride = 100
	// vendorWalk bounds how many entries one page of a vendor's list looks at.
	vendorWalk = 1000
)

// VendorQuery asks for entries of a vendor, newest first.
type VendorQuery struct {
	Vendor     ledger.VendorID
	Currencies []ledger.Currency // in any of these
	// From is where the page before ended: of each chain that is not read to its end the newest entry that is left. Nil:
	// from the beginning.
	From   []ledger.EntryNo
	Since  time.Time // not older than this; zero: all
	Before time.Time // older than this; zero: all
	Limit  int       // rows of a page
}

// VendorPage is a page of a vendor's list.
type VendorPage[T any] struct {
	Rows []T
	Next []ledger.EntryNo // where the following page begins, nil at the end
	// Searched is how far back was looked where the walk ended before it was known whether a row follows; zero: one does,
	// or none.
	Searched time.Time
}

// OfVendor walks through the entries of a vendor in several currencies as through one list, and returns what take made
// of those that it took. A page ends before the row that would be one too many, so Next is nil unless there is such a
// row; but a walk is bounded, so that a page of refunds stays cheap at a vendor who has sold a million times and
// refunded twice: after so many entries without one, Next is where to look on. It refuses with ErrInvalid a place that
// is not in this list.
func OfVendor[T any](
	r books.Reader, q VendorQuery, take func(books.Record) (one T, taken bool, err error),
) (page VendorPage[T], err error) {
	w := vendorChains{books: r, vendor: q.Vendor}
	if err := w.begin(q.Currencies, q.From); err != nil {
		return page, err
	}
	for walked := 0; ; walked++ {
		c, err := w.newest()
		switch {
		case err != nil || c == nil || c.ready[0].At.Before(q.Since):
			return page, err
		case walked == vendorWalk:
			page.Searched = c.ready[0].At
			page.Next, err = w.left()
			return page, err
		}
		if q.Before.IsZero() || c.ready[0].At.Before(q.Before) {
			one, taken, err := take(c.ready[0])
			switch {
			case err != nil:
				return page, err
			case taken && len(page.Rows) == q.Limit:
				page.Next, err = w.left()
				return page, err
			case taken:
				page.Rows = append(page.Rows, one)
			}
		}
		c.ready = c.ready[1:]
	}
}

// vendorChains are the chains of entries of one vendor, one for each currency.
type vendorChains struct {
	books  books.Reader
	vendor ledger.VendorID
	chains []chain
}

// chain is the part of a vendor's entries in one currency that has been read and not yet returned.
type chain struct {
	currency ledger.Currency
	ready    []books.Record
	before   ledger.EntryNo // the next entries are older than this one, 0 for the newest
	over     bool           // no older entry is left
}

// begin finds where each chain goes on. A place that no page of this list has named is refused: the list would lack
// something, or have it twice.
func (w *vendorChains) begin(in []ledger.Currency, from []ledger.EntryNo) error {
	if from == nil {
		for _, c := range in {
			w.chains = append(w.chains, chain{currency: c})
		}
		return nil
	}
	left := map[ledger.Currency]bool{}
	for _, c := range in {
		left[c] = true
	}
	for _, no := range from {
		rec, found, err := w.books.Entry(no)
		c := rec.Amount.Currency
		switch {
		case err != nil:
			return err
		case !found || rec.Vendor != w.vendor || !left[c]:
			return RefuseCursor()
		}
		left[c] = false
		w.chains = append(w.chains, chain{currency: c, ready: []books.Record{rec}, before: no})
	}
	return nil
}

// newest is the chain whose next entry is the newest of all, nil behind the last one.
func (w *vendorChains) newest() (first *chain, err error) {
	for i := range w.chains {
		c := &w.chains[i]
		if err := w.fill(c); err != nil {
			return nil, err
		}
		if len(c.ready) > 0 && (first == nil || c.ready[0].No > first.ready[0].No) {
			first = c
		}
	}
	return first, nil
}

// fill reads the next entries of a chain when none is left.
func (w *vendorChains) fill(c *chain) error {
	if len(c.ready) > 0 || c.over {
		return nil
	}
	ready, err := w.books.VendorEntries(w.vendor, c.currency, c.before, vendorStride)
	if err != nil {
		return err
	}
	if c.over = len(ready) < vendorStride; len(ready) > 0 {
		c.ready, c.before = ready, ready[len(ready)-1].No
	}
	return nil
}

// left is the newest entry of each chain that is not read to its end.
func (w *vendorChains) left() (places []ledger.EntryNo, err error) {
	for i := range w.chains {
		if err := w.fill(&w.chains[i]); err != nil {
			return nil, err
		}
		if ready := w.chains[i].ready; len(ready) > 0 {
			places = append(places, ready[0].No)
		}
	}
	return places, nil
}

// placeMark stands between the places of one cursor: a list over several chains goes on at one place of each.
const placeMark = "."

// OpenPlaces returns the places that an earlier page named, nil for the beginning. It refuses with ErrInvalid.
func OpenPlaces(names *seal.Sealer, c view.Cursor) (places []ledger.EntryNo, err error) {
	if c == "" {
		return nil, nil
	}
	for part := range strings.SplitSeq(string(c), placeMark) {
		n, err := names.OpenCursor(part)
		if err != nil {
			return nil, RefuseCursor()
		}
		places = append(places, ledger.EntryNo(n))
	}
	return places, nil
}

// ClosePlaces is the reverse of OpenPlaces.
func ClosePlaces(names *seal.Sealer, places []ledger.EntryNo) view.Cursor {
	sealed := make([]string, 0, len(places))
	for _, no := range places {
		sealed = append(sealed, names.Cursor(uint64(no)))
	}
	return view.Cursor(strings.Join(sealed, placeMark))
}
