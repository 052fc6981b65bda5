package history

import (
	"slices"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// walk goes through the histories of several wallets of one user as through one, in either direction. It stands at a
// place of each: below it is what is older, above it what is newer. Entries are read a block at a time, from milestone
// to milestone, and only as far as the page needs.
type walk struct {
	books  books.Reader
	up     bool // to what is newer
	chains []wallet
}

// wallet is one wallet in a walk.
type wallet struct {
	ledger.Wallet
	place uint64         // entries below
	ready []books.Placed // read and not yet taken, the next one first
	cuts  map[uint64]books.Cut
}

// walkOne goes through a single wallet from its newest entry on.
func (h *Reader) walkOne(c ledger.Currency) (*walk, error) {
	w, _, err := h.books.Wallet(h.user.ID, c)
	return &walk{books: h.books, chains: []wallet{{Wallet: w, place: w.Count}}}, err
}

// next returns the next entry that is left and takes it. An entry of two wallets of the same user comes once for each.
func (w *walk) next() (rec books.Placed, found bool, err error) {
	at, rec, err := w.peek()
	if err != nil || at < 0 {
		return rec, false, err
	}
	w.take(at)
	return rec, true, nil
}

// peek returns the next entry and the wallet that it is from, -1 if there is none.
func (w *walk) peek() (at int, rec books.Placed, err error) {
	// Users have two or three wallets, so looking at each is cheaper than a heap.
	at = -1
	for i := range w.chains {
		if err := w.fill(&w.chains[i]); err != nil {
			return -1, rec, err
		}
		ready := w.chains[i].ready
		if len(ready) > 0 && (at < 0 || ready[0].No > rec.No != w.up) {
			at, rec = i, ready[0]
		}
	}
	return at, rec, nil
}

// take takes the entry that peek has returned.
func (w *walk) take(at int) {
	c := &w.chains[at]
	c.ready = c.ready[1:]
	if w.up {
		c.place++
	} else {
		c.place--
	}
}

// fill reads the next entries of a wallet, up to the next milestone: then each is read once.
func (w *walk) fill(c *wallet) (err error) {
	const block = books.MilestoneEvery
	switch {
	case len(c.ready) > 0:
	case w.up && c.place < c.Count:
		c.ready, err = w.books.WalletEntries(c.Wallet, c.place/block*block+block, c.place+1)
		slices.Reverse(c.ready)
	case !w.up && c.place > 0:
		c.ready, err = w.books.WalletEntries(c.Wallet, c.place, (c.place-1)/block*block+1)
	}
	return err
}

// below returns how many rows are below the places of a walk, after peek. It reads nothing.
func (w *walk) below() (rows uint64) {
	for _, c := range w.chains {
		switch {
		case len(c.ready) == 0 && c.place > 0:
			rows += c.Rows()
		case len(c.ready) > 0 && w.up && c.ready[0].Shown(c.User):
			rows += c.ready[0].Rows - 1
		case len(c.ready) > 0:
			rows += c.ready[0].Rows
		}
	}
	return rows
}

// ahead returns how many rows are left in the direction of the walk, after peek.
func (w *walk) ahead() uint64 {
	if w.up {
		return w.total() - w.below()
	}
	return w.below()
}

// total returns how many rows there are.
func (w *walk) total() (rows uint64) {
	for _, c := range w.chains {
		rows += c.Rows()
	}
	return rows
}
