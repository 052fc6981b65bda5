package history

import (
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// walkFrom stands where a query begins, in all wallets that it asks for.
func (h *Reader) walkFrom(q view.HistoryQuery, f view.Filter) (w *walk, err error) {
	w = &walk{books: h.books, chains: make([]wallet, len(h.user.Wallets))}
	for i, currency := range h.user.Wallets {
		w.chains[i].Currency = currency
		if q.Currency != "" && q.Currency != currency {
			continue // it stays empty: a cursor has a place for each wallet
		}
		// A wallet that the user knows of may not have been opened yet.
		had, found, err := h.books.Wallet(h.user.ID, currency)
		if err != nil {
			return nil, err
		}
		if found {
			w.chains[i].Wallet = had
		}
	}
	switch {
	case q.Before != "":
		return w, h.open(w, q.Before)
	case q.After != "":
		w.up = true
		return w, h.open(w, q.After)
	case q.Oldest:
		w.up = true
		return w, w.toTime(f.Since, true)
	case q.Skip > 0:
		return w, w.skip(q.Skip)
	}
	for i := range w.chains {
		w.chains[i].place = w.chains[i].Count
	}
	return w, w.toTime(f.Until, false)
}

// betweenPlaces stands between the places of a cursor, one for each wallet in the order in which they were opened.
const betweenPlaces = "."

// open stands at the places that an earlier page has named. A wallet that was opened since has newer entries only.
func (h *Reader) open(w *walk, c view.Cursor) error {
	for i, part := range strings.Split(string(c), betweenPlaces) {
		place, err := OpenCursor(h.svc.Seal, view.Cursor(part))
		switch {
		case err != nil:
			return err
		case i >= len(w.chains):
			return RefuseCursor()
		case w.chains[i].Count == 0: // not asked for any more
		case place > w.chains[i].Count:
			return RefuseCursor()
		default:
			w.chains[i].place = place
		}
	}
	return nil
}

// cursor names the places where a walk stands.
func (h *Reader) cursor(w *walk) view.Cursor {
	parts := make([]string, len(w.chains))
	for i, c := range w.chains {
		parts[i] = h.svc.Seal.Cursor(c.place)
	}
	return view.Cursor(strings.Join(parts, betweenPlaces))
}

// toTime moves each place to where rows of an instant can be, so that a search for what was long ago begins there. A
// clock that was behind has stamped what is new as if it were old, so it keeps away from the instant.
func (w *walk) toTime(at time.Time, above bool) error {
	if at.IsZero() {
		return nil
	}
	for i := range w.chains {
		c := &w.chains[i]
		cut, err := w.lastCut(c, func(m books.Cut) (bool, error) {
			rec, _, err := w.books.Entry(m.No)
			return !rec.At.Before(at), err
		})
		if err != nil {
			return err
		}
		if above {
			c.place = cut.Position - min(cut.Position, staleRun)
		} else {
			c.place = min(cut.Position+books.MilestoneEvery+staleRun, c.Count)
		}
	}
	return nil
}

// lastCut returns the last milestone of a wallet that is not beyond what is looked for. Both ends of the history count
// as milestones, and what follows one beyond is beyond. It costs the logarithm of what the wallet has.
func (w *walk) lastCut(c *wallet, beyond func(books.Cut) (bool, error)) (last books.Cut, err error) {
	const block = books.MilestoneEvery
	for from, to := uint64(0), (c.Count+block-1)/block; from < to; {
		mid := (from + to + 1) / 2
		m, known := c.cuts[mid]
		if !known {
			if m, err = w.books.Milestone(c.Wallet, mid*block); err != nil {
				return last, err
			}
			c.remember(mid, m)
		}
		over, err := beyond(m)
		switch {
		case err != nil:
			return last, err
		case over:
			to = mid - 1
		default:
			from, last = mid, m
		}
	}
	return last, nil
}

// remember keeps a milestone: one search after another looks at the same ones.
func (c *wallet) remember(i uint64, m books.Cut) {
	if c.cuts == nil {
		c.cuts = map[uint64]books.Cut{}
	}
	c.cuts[i] = m
}

// skip stands where so many rows are newer. It finds an entry by the rows that the milestones have below it, and walks
// down from there: less than a block for each wallet, and one more.
func (w *walk) skip(rows uint64) error {
	left := w.total() - min(w.total(), rows)
	var low, high ledger.EntryNo
	for _, c := range w.chains {
		high = max(high, c.Last)
	}
	for low < high { // the first entry with enough rows below it
		mid := low + (high-low)/2
		below, err := w.belowNumber(mid)
		switch {
		case err != nil:
			return err
		case below < left:
			low = mid + 1
		default:
			high = mid
		}
	}
	if err := w.toNumber(high); err != nil {
		return err
	}
	for {
		at, _, err := w.peek()
		if err != nil || at < 0 || w.below() <= left {
			return err
		}
		w.take(at)
	}
}

// cutAt returns the last milestone of a wallet up to an entry.
func (w *walk) cutAt(c *wallet, no ledger.EntryNo) (books.Cut, error) {
	return w.lastCut(c, func(m books.Cut) (bool, error) { return m.No > no, nil })
}

// belowNumber returns how many rows the milestones have up to an entry.
func (w *walk) belowNumber(no ledger.EntryNo) (rows uint64, err error) {
	for i := range w.chains {
		cut, err := w.cutAt(&w.chains[i], no)
		if err != nil {
			return 0, err
		}
		rows += cut.Rows
	}
	return rows, nil
}

// toNumber stands right above an entry, in all wallets. What it has read of those below is ready for the walk down.
func (w *walk) toNumber(no ledger.EntryNo) error {
	for i := range w.chains {
		c := &w.chains[i]
		cut, err := w.cutAt(c, no)
		if err != nil {
			return err
		}
		c.place = cut.Position
		if cut.No == no || cut.Position == c.Count {
			continue
		}
		block, err := w.books.WalletEntries(c.Wallet, cut.Position+books.MilestoneEvery, cut.Position+1)
		if err != nil {
			return err
		}
		for i, rec := range block {
			if rec.No <= no {
				c.place, c.ready = rec.Position, block[i:]
				break
			}
		}
	}
	return nil
}
