package ledger

import "time"

// DepositState is how far a deposit has come (money.md: funding, online and offline).
type DepositState string

// States of a deposit. Which follow which is the table in funding.go.
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

// DisputeState is how far a dispute has come.
type DisputeState string

// States of a dispute. Which follow which is the table in dispute.go.
const (
	DisputeOpened        DisputeState = "opened"
	DisputeAutoResolved  DisputeState = "auto_resolved"
	DisputeNeedsResponse DisputeState = "needs_response"
	DisputeUnderReview   DisputeState = "under_review"
	DisputeWon           DisputeState = "won" // by the user
	DisputeLost          DisputeState = "lost"
	DisputeWithdrawn     DisputeState = "withdrawn"
)

// Dispute is a user's contest of a purchase (claim 14). Its money waits in 2300.
type Dispute struct {
	No        EntryNo // the entry that opened it
	Purchase  EntryNo
	User      UserID
	Vendor    VendorID
	Amount    Amount
	Reason    string // unauthorized, not_delivered, not_as_described, duplicate
	Text      string
	State     DisputeState
	Opened    time.Time
	DueBy     time.Time
	Decided   time.Time
	Note      string    // why it was decided so
	Receivers []Posting // what was taken from each receiver, as positive micros
	Sources   []Posting // where it goes back to if the user wins, as positive micros
}

// Transfer moves paid tokens to another user by a one-time claim code (claim 31).
type Transfer struct {
	No      EntryNo
	From    UserID
	To      UserID // 0 until claimed
	Amount  Amount
	Code    [32]byte // SHA-256 of the claim code
	Created time.Time
	Expires time.Time
	State   string // sent, claimed, recalled, expired
}

// Policy is what the operator decides for everybody.
type Policy struct {
	Currencies []Currency
	// Commission in basis points of the price, rounded up to the next micro.
	Commission uint32
	// Limits of a new wallet, in micros of its currency.
	Limits Limits
	// Window is how long after the last key one may buy.
	Window time.Duration
	// SettleAmount (micros) or SettleAfter, whichever comes first.
	SettleAmount int64
	SettleAfter  time.Duration
	// DisputeAuto (micros) is up to where a dispute is refunded at once by rule, for DisputeWindow after the purchase,
	// at most DisputesPerMonth times.
	DisputeAuto      int64
	DisputeWindow    time.Duration
	DisputesPerMonth uint32
	DisputeAnswer    time.Duration // vendor and staff have this long
	DepositMin       int64
	DepositMax       int64
	TransferMax      int64
	TransferLife     time.Duration
	RecoveryLock     time.Duration // money cannot leave for so long after a recovery
	CheckoutLife     time.Duration
}
