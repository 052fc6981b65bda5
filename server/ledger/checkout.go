package ledger

import "time"

// CheckoutMode is what a checkout asks for.
type CheckoutMode string

// Modes of a checkout.
const (
	ModeCharge CheckoutMode = "charge"
	ModeLink   CheckoutMode = "link"
)

// CheckoutStatus is the state of a checkout.
type CheckoutStatus string

// States of a checkout. Expired is derived from the clock.
const (
	CheckoutOpen     CheckoutStatus = "open"
	CheckoutApproved CheckoutStatus = "approved"
	CheckoutDenied   CheckoutStatus = "denied"
	CheckoutRedeemed CheckoutStatus = "redeemed"
	CheckoutExpired  CheckoutStatus = "expired"
)

// Checkout is a request to buy or to link that a person answers in the terminal.
type Checkout struct {
	ID         CheckoutID
	Mode       CheckoutMode
	Offer      Offer // the version asked for; for an inline offer a version without a number
	Quantity   uint32
	Price      Amount // of all pieces
	Ask        Limits // mode link: what the vendor proposes
	SuccessURL string
	CancelURL  string
	ClientRef  string
	Metadata   map[string]string
	UserCode   string // WDJB-MJHT, valid as long as the checkout is open
	TxnID      string
	Status     CheckoutStatus
	Created    time.Time
	Expires    time.Time
	User       UserID // who may answer (0: whoever types the code); who answered
	Purchase   EntryNo
	Link       LinkID
}
