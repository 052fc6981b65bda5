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
	chains []chain
}

// chain is the part of one wallet's entries that has been read and not yet returned.
type chain struct {
	currency ledger.Currency
	from     ledger.EntryNo // where the walk goes on, this entry included; 0: at the newest
	ready    []books.Record
	before   ledger.EntryNo // the next entries are older than this one, 0 for the newest
	over     bool           // no older entry is left
}

// walkOne goes through a single wallet from its newest entry on.
func (h *Reader) walkOne(c ledger.Currency) *walk {
	return &walk{books: h.books, user: h.user.ID, chains: []chain{{currency: c}}}
}

// next returns the newest entry that is left and takes it, with the wallet it is from. An entry of two wallets of the
// same user comes once for each.
func (w *walk) next() (rec books.Record, c ledger.Currency, found bool, err error) {
	at, rec, err := w.peek()
	if err != nil || at < 0 {
		return rec, "", false, err
	}
	return rec, w.take(at), true, nil
}

// peek returns the newest entry that is left and the chain that it is from, -1 if there is none.
func (w *walk) peek() (at int, rec books.Record, err error) {
	// Users have two or three wallets, so looking at each chain is cheaper than a heap.
	at = -1
	for i := range w.chains {
		if err := w.fill(&w.chains[i]); err != nil {
			return -1, rec, err
		}
		if ready := w.chains[i].ready; len(ready) > 0 && (at < 0 || ready[0].No > rec.No) {
			at, rec = i, ready[0]
		}
	}
	return at, rec, nil
}

// take takes the entry that peek has returned, and returns its wallet.
func (w *walk) take(at int) ledger.Currency {
	w.chains[at].ready = w.chains[at].ready[1:]
	return w.chains[at].currency
}

// places are where the walk stands after peek: the next entry of each wallet, 0 at the end of its history. A walk that
// begins at them reads nothing again.
func (w *walk) places() []ledger.EntryNo {
	all := make([]ledger.EntryNo, len(w.chains))
	for i, c := range w.chains {
		if len(c.ready) > 0 {
			all[i] = c.ready[0].No
		}
	}
	return all
}

// fill reads the next entries of a wallet.
func (w *walk) fill(c *chain) error {
	if c.from != 0 {
		if err := w.begin(c); err != nil {
			return err
		}
	}
	if len(c.ready) > 0 || c.over {
		return nil
	}
	ready, err := w.books.UserEntries(w.user, c.currency, c.before, stride)
	if err != nil {
		return err
	}
	if c.over = len(ready) < stride; len(ready) > 0 {
		c.ready, c.before = ready, ready[len(ready)-1].No
	}
	return nil
}

// begin jumps to the place where the walk goes on. One that is not in this wallet was made up: then nothing follows.
func (w *walk) begin(c *chain) error {
	rec, found, err := w.books.Entry(c.from)
	if found && mine(rec.Entry, w.user) && rec.Listed() == c.currency {
		c.ready, c.before = []books.Record{rec}, rec.No
	} else {
		c.over = true
	}
	c.from = 0
	return err
}
