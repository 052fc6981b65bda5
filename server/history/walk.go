package history

import (
	"tuppence/server/books"
	"tuppence/server/ledger"
)

// stride is how many entries of a chain are read at once: a page of the usual size is one read of each wallet.
const stride = 64

// walk goes through the chains of several wallets of one user as through one, newest first. An entry is read once, and
// a chain only as far as the page needs.
type walk struct {
	books  books.Reader
	user   ledger.UserID
	before ledger.EntryNo // 0: from the newest on
	chains []chain
}

// chain is the part of one wallet's entries that has been read and not yet returned.
type chain struct {
	currency ledger.Currency
	ready    []books.Record
	before   ledger.EntryNo // the next entries are older than this one, 0 for the newest
	// begun says that the place where the walk goes on was looked for; over, that no older entry is left.
	begun, over bool
}

// walkOne goes through a single wallet from its newest entry on.
func (h *Reader) walkOne(c ledger.Currency) *walk {
	return &walk{books: h.books, user: h.user.ID, chains: []chain{{currency: c}}}
}

// next returns the newest entry that is left, with the wallet it is from. An entry of two wallets of the same user
// comes once for each.
func (w *walk) next() (rec books.Record, c ledger.Currency, found bool, err error) {
	// Users have two or three wallets, so looking at each chain is cheaper than a heap.
	best := -1
	for i := range w.chains {
		if err := w.fill(&w.chains[i]); err != nil {
			return rec, "", false, err
		}
		if ready := w.chains[i].ready; len(ready) > 0 && (best < 0 || ready[0].No > rec.No) {
			best, rec = i, ready[0]
		}
	}
	if best < 0 {
		return rec, "", false, nil
	}
	w.chains[best].ready = w.chains[best].ready[1:]
	return rec, w.chains[best].currency, true, nil
}

// fill reads the next entries of a wallet. The place where a walk goes on is an entry of one of the wallets; the others
// are gone through from their newest entry until they are older.
func (w *walk) fill(c *chain) error {
	if !c.begun {
		c.begun = true
		if err := w.begin(c); err != nil {
			return err
		}
	}
	for len(c.ready) == 0 && !c.over {
		ready, err := w.books.UserEntries(w.user, c.currency, c.before, stride)
		if err != nil {
			return err
		}
		if c.over = len(ready) < stride; len(ready) == 0 {
			return nil
		}
		c.before = ready[len(ready)-1].No
		// What is newer than the place where the walk goes on was on an earlier page.
		for len(ready) > 0 && w.before != 0 && ready[0].No >= w.before {
			ready = ready[1:]
		}
		c.ready = ready
	}
	return nil
}

// begin jumps to the place where the walk goes on if it is in this wallet.
func (w *walk) begin(c *chain) error {
	if w.before == 0 {
		return nil
	}
	// Another wallet's chain does not lead through this entry: it is gone through from its beginning by fill.
	rec, found, err := w.books.Entry(w.before)
	if found && mine(rec.Entry, w.user) && rec.Amount.Currency == c.currency {
		c.before = w.before
	}
	return err
}
