package funding

import (
	"context"

	"tuppence/server/ledger"
)

// Refunder is a method that can send money back to where a deposit came from.
type Refunder interface {
	Method
	// Refund sends an amount of a deposit back, or says what became of that. It may be called again at any time: under
	// one name money is sent back once. An error means that the outcome is unknown and is to be asked for again; a refusal
	// is an outcome.
	Refund(ctx context.Context, o RefundOrder) (Refunded, error)
}

// RefundOrder is what a method learns of a refund.
type RefundOrder struct {
	Name     string // sealed name of the redemption, the idempotency key at the processor
	Amount   ledger.Amount
	External string // the processor's id of the refund; "": it is not known to have it
	Order    Order  // of the deposit that is sent back
}

// Refunded is what a method knows of a refund.
type Refunded struct {
	State    ledger.RedemptionState // submitted, paid, failed, or returned after it was paid
	External string                 // the processor's id of the refund
	Link     string                 // where the payer fetches it, an https address
	Reason   string                 // why it failed, for people
}
