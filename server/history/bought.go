package history

import (
	"slices"
	"time"

	"tuppence/server/ledger"
)

// Bounds of what a what-if reads: purchases, and entries of any kind between them.
const (
	MaxBought     = 1000
	maxBoughtWalk = 2000
)

// Bought returns the purchases of a wallet at a vendor (0: at any) that were made after an instant, the oldest first,
// and those before them that were made in a period which the oldest of them shares: they have used it up. cut is when
// the reading has stopped, if that was before the instant: there are more purchases then. Zero: there are none.
func (h *Reader) Bought(
	c ledger.Currency, v ledger.VendorID, since time.Time,
) (all []ledger.Bought, cut time.Time, err error) {
	w, err := h.walkOne(c)
	if err != nil {
		return nil, cut, err
	}
	defer func() { slices.Reverse(all) }()
	var oldest ledger.Bought // of those after the instant
	for looked := 0; ; looked++ {
		rec, found, err := w.next()
		if err != nil || !found {
			return all, cut, err
		}
		late := rec.At.After(since)
		if looked == maxBoughtWalk || len(all) == MaxBought {
			if late {
				cut = rec.At
			}
			return all, cut, nil
		}
		b, is := ledger.BoughtBy(rec.Entry)
		switch {
		case !is || v != 0 && rec.Vendor != v:
			continue
		case late:
			oldest = b
		case b.Month != oldest.Month && b.Week != oldest.Week && b.Day != oldest.Day:
			return all, cut, nil
		default:
			b.Before = true
		}
		all = append(all, b)
	}
}
