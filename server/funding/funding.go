// Package funding holds the ways of money into a wallet (claims 37 to 39). A method is one file here and one line where
// the program puts its list together; what a deposit may become, and what that posts, is decided by package ledger
// alone.
package funding

import (
	"context"
	"errors"
	"net/http"
	"time"

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
	// Steps tells the payer what to do now, line by line; none when nothing is left to do. The address of
	// [Outcome.Link] is shown beside them.
	Steps(d ledger.Deposit) []string
}

// Receiver is a method whose processor calls by itself when something has happened. Such a call never moves money: it
// says which deposit to look up, and what the processor's API says then decides.
type Receiver interface {
	Method
	// Receive reads a call. It returns [ErrUnsigned] for one that is not the processor's own, and another error if it
	// could not be understood now, so that the processor repeats it.
	Receive(ctx context.Context, header http.Header, body []byte) (News, error)
}

// ErrUnsigned refuses a call whose signature is missing, wrong or too old.
var ErrUnsigned = errors.New("not signed by the processor")

// News is what a call of a processor is about.
type News struct {
	ID    string // of the event, unique at the processor: what comes twice is done once
	About []Found
}

// Found is a deposit that there are news of.
type Found struct {
	Deposit  string   // its name; "" if only the processor's id is known
	External string   // the processor's id of the order; "" if only the name is known
	Outcome  *Outcome // what the processor's API has said of it meanwhile; nil: it is to be looked up
	// Redemption is the name of the one that the news are of, "" if they do not say.
	Redemption string
}

// Canceler is a method that can withdraw an order which waits for its payer. Cancel returns the state after it: one
// that was paid at the same moment is paid.
type Canceler interface {
	Method
	Cancel(ctx context.Context, o Order) (Outcome, error)
}

// Payable is a method whose payer is told on paper to whom to pay.
type Payable interface {
	Method
	PayTo() Payee
}

// Payee is to whom something is paid that is printed.
type Payee struct {
	Name, Address string
	IBAN          string // the account, "" for none
}

// Info is what people see of a method. Currencies and bounds that it leaves empty come from the policy.
type Info struct {
	Name       string // card, check
	Title      string
	Kind       ledger.DepositKind
	Simulated  bool
	Currencies []ledger.Currency
	Min, Max   map[ledger.Currency]ledger.Amount
	Life       time.Duration // an order that is not paid expires after it; 0: as its kind
	Late       time.Duration // and so long after that something may still come; 0: nothing can
	Help       string        // what will happen
	Arrives    string        // when the tokens can be spent, in a few words
	Cost       string        // what the payer pays for it
	Begins     string        // how it is begun where [Method.Start] is not, one sentence; "": as all others
}

// Order is what a method learns: no name, no key, no wallet.
type Order struct {
	Name    string // sealed name of the deposit, the idempotency key at the processor
	Deposit ledger.Deposit
}

// Outcome is what a method knows of a deposit.
type Outcome struct {
	State    ledger.DepositState
	External string // the processor's id of the order, "" if it has none
	Link     string // where the payer goes on, an https address; only with [ledger.DepositRequiresAction]
	Fee      int64  // micros; what the processor takes: with [ledger.DepositSettled] and [ledger.DepositChargedBack]
	Taken    int64  // micros; with [ledger.DepositChargedBack]: what was taken back, 0: not known
	Reason   string // why it failed, for people
	// Beside is all that came beside the deposit so far: too much, in part, too late; it is kept apart (account 2900).
	Beside ledger.Amount
}
