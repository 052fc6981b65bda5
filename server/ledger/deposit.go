package ledger

import "time"

// DepositState is how far a deposit has come (DESIGN.md, States).
type DepositState string

// States of a deposit. Which follow which is in [NextDepositStates].
const (
	DepositCreated        DepositState = "created"
	DepositRequiresAction DepositState = "requires_action"
	DepositProcessing     DepositState = "processing"
	DepositErrored        DepositState = "errored" // outcome unknown, must be looked up
	DepositSucceeded      DepositState = "succeeded"
	DepositSettled        DepositState = "settled"
	DepositFailed         DepositState = "failed"
	DepositCanceled       DepositState = "canceled"
	DepositChargedBack    DepositState = "charged_back"
	DepositAwaiting       DepositState = "awaiting_instrument"
	DepositUncollected    DepositState = "uncollected" // received, not cleared
	DepositCleared        DepositState = "cleared"
	DepositBounced        DepositState = "bounced"
	DepositExpired        DepositState = "expired"
)

// Deposit is one way of money into a wallet by one method.
type Deposit struct {
	No        EntryNo // the entry that began it
	ID        DepositID
	Method    string
	Amount    Amount
	Fee       int64
	State     DepositState
	Reference string // what the payer writes on the check: with a check digit
	External  string // the processor's id
	Created   time.Time
	Updated   time.Time
	Expires   time.Time
	Reason    string
}
