package ledger

import "time"

// CheckoutMode is what a checkout asks for. The words are stored, and shown to programs.
type CheckoutMode string

// Modes of a checkout.
const (
	ModeCharge CheckoutMode = "charge" // one purchase
	ModeHold   CheckoutMode = "hold"   // one purchase whose money waits until the vendor has delivered
	ModeLink   CheckoutMode = "link"   // a standing permission (claim 13)
)

// CheckoutStatus is the state of a checkout. The words are stored, and shown to people and programs.
type CheckoutStatus string

// States of a checkout. Expired is derived from the clock.
const (
	CheckoutOpen     CheckoutStatus = "open"
	CheckoutApproved CheckoutStatus = "approved"
	CheckoutDenied   CheckoutStatus = "denied"
	CheckoutRedeemed CheckoutStatus = "redeemed"
	CheckoutExpired  CheckoutStatus = "expired"
)

// Checkout is a request to buy or to link that waits for a person (claims 35, 42): its code is typed in the terminal.
type Checkout struct {
	ID         CheckoutID
	Mode       CheckoutMode
	Offer      Offer // the version asked for; for an inline offer a version without a number
	Quantity   uint32
	Price      Amount // of all pieces
	Ask        Limits // mode link: what the vendor proposes
	SuccessURL string // where the browser goes on, on a verified origin (claim 28)
	CancelURL  string
	ClientRef  string // the vendor's own reference (claim 43)
	Metadata   map[string]string
	UserCode   string // WDJB-MJHT, valid as long as the checkout is open
	TxnID      string // the id that seals the terms (claim 29)
	Status     CheckoutStatus
	Created    time.Time
	Expires    time.Time // when it can no longer be answered
	User       UserID    // who may answer (0: who types the code); who answered
	Purchase   EntryNo   // approved: the sale
	Link       LinkID    // approved: the permission given
	// Browser is the hash of the cookie of the browser that opened the page first; zero: none has. What the answer leads
	// to comes back to that browser and to no other.
	Browser [32]byte
	// Known is the number of that browser in the wallet of User, 0: it is not remembered there.
	Known uint64
	// Static says that a static link has made it: no server redeems a code, so the grant itself comes back.
	Static bool
}

// Sells reports whether a yes buys something.
func (c Checkout) Sells() bool { return c.Mode == ModeCharge || c.Mode == ModeHold }
