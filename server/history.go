package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// longWalk bounds how many entries one call reads. A filter that finds little answers what it has and where to go on.
const longWalk = 5000

// History lists what happened to the wallets, newest first (claim 22). Filters leave rows out; Next names the place
// where the following page begins.
func (s *Server) History(ctx context.Context, who ledger.Caller, q ledger.HistoryQuery) (page ledger.HistoryPage, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		u, err := member(r, who)
		if err != nil {
			return err
		}
		page, err = s.history(r, u, q, at)
		return err
	})
	return page, err
}

func (s *Server) history(r books.Reader, u ledger.User, q ledger.HistoryQuery, at time.Time) (page ledger.HistoryPage, err error) {
	before, err := s.cursor(q.Before)
	if err != nil {
		return page, err
	}
	limit := rows(q.Limit)
	walk := walker{r: r, user: u.ID, before: ledger.EntryNo(before)}
	for _, c := range u.Wallets {
		_, found, err := r.Wallet(u.ID, c)
		if err != nil {
			return page, err
		}
		if found && (q.Currency == "" || q.Currency == c) {
			walk.chains = append(walk.chains, chain{currency: c})
		}
	}
	render := renderer{s: s, r: r, user: u, names: vendorNames{r: r}, at: at}
	var last ledger.EntryNo
	for walked := 0; ; walked++ {
		rec, c, found, err := walk.next()
		if err != nil || !found || !q.Since.IsZero() && rec.At.Before(q.Since) {
			return page, err
		}
		if len(page.Rows) == limit || walked == longWalk {
			page.Next = s.seal.Cursor(uint64(last))
			return page, nil
		}
		last = rec.No
		row, shown, err := render.row(rec, c)
		if err != nil {
			return page, err
		}
		if shown && matches(row, q) {
			page.Rows = append(page.Rows, row)
		}
	}
}

// matches applies the filters of a query to a row.
func matches(row ledger.Row, q ledger.HistoryQuery) bool {
	holds := func(text, part string) bool {
		return strings.Contains(strings.ToLower(text), strings.ToLower(part))
	}
	switch {
	case q.Vendor != "" && !strings.EqualFold(row.Vendor, q.Vendor):
		return false
	case q.Kind != "" && !strings.EqualFold(row.Kind, q.Kind):
		return false
	}
	return q.Text == "" || holds(row.Title, q.Text) || holds(row.Vendor, q.Text) || holds(row.State, q.Text) || row.ID == q.Text
}

// walker goes through the chains of several wallets as through one, newest first.
type walker struct {
	r      books.Reader
	user   ledger.UserID
	before ledger.EntryNo // 0: from the newest on
	chains []chain
}

// chain is the part of one wallet's entries that has been read and not yet given out.
type chain struct {
	currency ledger.Currency
	ready    []books.Record
	before   ledger.EntryNo
	begun    bool
	over     bool
}

// stride is how many entries of a wallet are read at once.
const stride = 64

// next answers the newest entry that is left, with the wallet it is from. An entry of two wallets of the same user
// comes once for each.
func (w *walker) next() (rec books.Record, c ledger.Currency, found bool, err error) {
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
func (w *walker) fill(c *chain) error {
	if !c.begun {
		c.begun = true
		if err := w.begin(c); err != nil {
			return err
		}
	}
	for len(c.ready) == 0 && !c.over {
		ready, err := w.r.UserEntries(w.user, c.currency, c.before, stride)
		if err != nil {
			return err
		}
		if c.over = len(ready) < stride; len(ready) == 0 {
			return nil
		}
		c.before = ready[len(ready)-1].No
		for len(ready) > 0 && w.before != 0 && ready[0].No >= w.before {
			ready = ready[1:]
		}
		c.ready = ready
	}
	return nil
}

// begin jumps to the place where the walk goes on if it is in this wallet.
func (w *walker) begin(c *chain) error {
	if w.before == 0 {
		return nil
	}
	rec, found, err := w.r.Entry(w.before)
	if found && mine(rec.Entry, w.user) && rec.Amount.Currency == c.currency {
		c.before = w.before
	}
	return err
}
