package ledger

import "time"

// PurchaseState is how far a purchase has come.
type PurchaseState uint8

// States of a purchase. Quoted and approval_required live in the checkout.
const (
	PurchaseHeld PurchaseState = iota + 1
	PurchaseCaptured
	PurchaseVoided
	PurchaseExpired
	PurchasePartlyRefunded
	PurchaseRefunded
)

// Purchase is what is left of a sale: the part that changes after its immutable entry. A purchase that nothing has
// happened to yet has no record; [NewPurchase] makes it from its entry.
type Purchase struct {
	No        EntryNo
	State     PurchaseState
	Held      int64
	Captured  int64
	Returned  int64 // refunded for good
	Disputed  int64 // in dispute hold
	Dispute   EntryNo
	Sources   []Posting // what is left of each source, as positive micros
	Receivers []Posting // what is left at each receiver, as positive micros
	Grant     Grant
	HoldUntil time.Time
}

// GrantTerms pin the bounds of a grant in the sale.
type GrantTerms struct {
	Bounds Bounds
	From   time.Time
	Until  time.Time // zero: no end in time
}

// Grant is the right to open what was bought (claims 25, 44).
type Grant struct {
	Used    uint32
	First   time.Time // first use
	Revoked time.Time
	// Seen holds the request ids of the last uses, so that a repeated consume counts once.
	Seen []string
}
