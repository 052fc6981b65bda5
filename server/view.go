package server

import (
	"tuppence/server/books"
	"tuppence/server/ledger"
)

// maxRows bounds every list in one answer; usualRows is how many come when nobody says.
const (
	maxRows   = 200
	usualRows = 50
)

// maxShown bounds a text of a vendor on a screen, in characters.
const maxShown = 2000

// rows bounds what a caller asked for.
func rows(limit int) int {
	if limit <= 0 {
		return usualRows
	}
	return min(limit, maxRows)
}

// cursor reads the place in a list that an earlier page named; "" is the newest.
func (s *Server) cursor(name string) (uint64, error) {
	if name == "" {
		return 0, nil
	}
	n, err := s.seal.OpenCursor(name)
	if err != nil {
		return 0, ledger.Invalid("before", "Begin again without it.", "This place in the list is not known.")
	}
	return n, nil
}

// missing is the one answer for what does not exist and for what belongs to somebody else.
func missing() error {
	return ledger.Refuse(ledger.ErrNotFound, "Copy the id from the history.", "This wallet has nothing with that id.")
}

// orMissing is the fault, or that nothing was found.
func orMissing(err error) error {
	if err != nil {
		return err
	}
	return missing()
}

// mine tells whether an entry is in a wallet of the user.
func mine(e ledger.Entry, u ledger.UserID) bool { return e.User == u || e.Payer2 == u }

// effect is what an entry changed for a wallet: what can be spent or will be once cleared, less what is owed.
func effect(e ledger.Entry, u ledger.UserID, c ledger.Currency) (micros int64) {
	for _, p := range e.Postings {
		if p.Account.Owner != uint64(u) || p.Account.Currency != c {
			continue
		}
		switch p.Account.Class {
		case ledger.Paid, ledger.Uncollected, ledger.Receivable:
			micros -= p.Micros
		}
	}
	return micros
}

// vendorNames looks names of vendors up once each.
type vendorNames struct {
	r  books.Reader
	by map[ledger.VendorID]ledger.Vendor
}

func (n *vendorNames) get(id ledger.VendorID) (ledger.Vendor, error) {
	if v, seen := n.by[id]; seen || id == 0 {
		return v, nil
	}
	v, _, err := n.r.Vendor(id)
	if err != nil {
		return v, err
	}
	if n.by == nil {
		n.by = map[ledger.VendorID]ledger.Vendor{}
	}
	n.by[id] = v
	return v, nil
}
