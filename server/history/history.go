// Package history reads what has happened to the wallets of a person: rows, the details of one row, and who got what.
// Nothing of it is stored but milestones. Each entry of the journal points to the one before it in its wallet and at
// its vendor, so a history is a walk over these chains, and that of a wallet can be entered at each milestone. So a
// page costs the same wherever it is, however old the books are.
package history

import (
	"strconv"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// Service is what a history says of the service itself: names that are not in the books.
type Service struct {
	Seal *seal.Sealer
	Name string // of the service, as the one who takes a commission
	// MethodTitle returns the name for people of a way to add funds.
	MethodTitle func(name string) string
	// Zone returns the time zone of a user: days of a filter begin there.
	Zone func(ledger.User) *time.Location
	// Deposit shows a deposit to its user, with the steps that its method asks for.
	Deposit func(ledger.User, ledger.Deposit) view.Deposit
}

// Reader reads the history of one user on one snapshot of the books.
type Reader struct {
	svc     Service
	books   books.Reader
	user    ledger.User
	at      time.Time
	vendors map[ledger.VendorID]ledger.Vendor // each is read once for a page
	agents  map[uint32]string                 // names of the keys of programs
}

// Of returns the history of a user as it stands at an instant. A reader serves one answer and is dropped with it.
func (s Service) Of(r books.Reader, u ledger.User, at time.Time) *Reader {
	return &Reader{
		svc: s, books: r, user: u, at: at,
		vendors: map[ledger.VendorID]ledger.Vendor{}, agents: map[uint32]string{},
	}
}

// vendor returns a vendor, the zero value for none.
func (h *Reader) vendor(id ledger.VendorID) (ledger.Vendor, error) {
	if v, seen := h.vendors[id]; seen || id == 0 { // entries about the wallet alone have no vendor
		return v, nil
	}
	v, _, err := h.books.Vendor(id)
	if err == nil {
		h.vendors[id] = v
	}
	return v, err
}

// agent returns the name of the key by which a program of the user has bought, "" for none. One that was forgotten has
// its number.
func (h *Reader) agent(number uint32) (string, error) {
	if name, seen := h.agents[number]; seen || number == 0 {
		return name, nil
	}
	a, found, err := h.books.Agent(h.user.ID, number)
	if err != nil {
		return "", err
	}
	if !found {
		a.Name = "key " + strconv.FormatUint(uint64(number), 10)
	}
	h.agents[number] = a.Name
	return a.Name, nil
}

// OrMissing returns the fault, or else the refusal of what does not exist. What belongs to another wallet is refused in
// the same words: trying ids tells nothing.
func OrMissing(err error) error {
	if err != nil {
		return err
	}
	return ledger.Refuse(
		ledger.ErrNotFound, "Copy the id from the history.", "This wallet has nothing with that id.",
	)
}

// OpenCursor returns the place in a list that an earlier page named, 0 for the beginning. It refuses with ErrInvalid.
func OpenCursor(names *seal.Sealer, c view.Cursor) (uint64, error) {
	if c == "" {
		return 0, nil
	}
	n, err := names.OpenCursor(string(c))
	if err != nil {
		return 0, RefuseCursor()
	}
	return n, nil
}

// RefuseCursor refuses a place in a list that no page has named.
func RefuseCursor() error {
	return ledger.Invalid("before", "Begin again without it.", "This place in the list is not known.")
}

// CloseCursor names the place in a list where the following page begins; "" at the end, which is 0.
func CloseCursor(names *seal.Sealer, n uint64) view.Cursor {
	if n == 0 {
		return ""
	}
	return view.Cursor(names.Cursor(n))
}

// mine tells whether an entry is in a wallet of the user.
func mine(e ledger.Entry, u ledger.UserID) bool { return e.User == u || e.Counterparty == u }
