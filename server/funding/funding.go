// Package funding holds the ways of money into a wallet (claims 37 to 39). A method is one file here and one line where
// the program puts its list together; what a deposit may become, and what that posts, is decided by package ledger
// alone.
package funding

import (
	"context"

	"tuppence/server/ledger"
)

// Method is one way of money into a wallet. Calls may be repeated: the deposit's name is the idempotency key at the
// processor. An error means that the outcome is unknown and must be looked up; a refusal is an outcome, not an error.
type Method interface {
	// Info says what people see. Bounds and currencies that it leaves empty come from the policy.
	Info() Info
	// Start hands the deposit to the processor and returns its new state.
	Start(ctx context.Context, o Order) (Outcome, error)
	// Lookup asks what became of a deposit that Start was called for. Methods whose steps only staff can see return the
	// state that they were given.
	Lookup(ctx context.Context, o Order) (Outcome, error)
	// Steps tells the payer what to do now, line by line; none when nothing is left to do.
	Steps(d ledger.Deposit) []string
}

// Info is what people see of a method. Currencies and bounds that it leaves empty come from the policy.
type Info struct {
	Name       string // card, check
	Title      string
	Online     bool
	Simulated  bool
	Currencies []ledger.Currency
	Min, Max   map[ledger.Currency]ledger.Amount
	Help       string // what will happen
	Arrives    string // when the tokens can be spent, in a few words
	Cost       string // what the payer pays for it
}

// Order is what a method learns: no name, no key, no wallet.
type Order struct {
	Name    string // sealed name of the deposit, the idempotency key at the processor
	Deposit ledger.Deposit
}

// Outcome is what a method knows of a deposit.
type Outcome struct {
	State    ledger.DepositState
	External string // the processor's id, "" if it has none
	Reason   string // why it failed, for people
}
