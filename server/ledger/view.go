package ledger

import "time"

// This file has what the service answers to people: plain values with sealed names, ready to be drawn as a screen or
// printed as JSON. Vendor text in them is cleaned.

// Caller is who is at the other end of an SSH connection: the key that really authenticated.
type Caller struct {
	Fingerprint string // SHA256:…
	Key         string // the key in authorized_keys form
	Remote      string // address, for rate limits and logs only
}

// Identity is what a caller may do.
type Identity struct {
	Role   Role // RoleNone: an unknown key
	Handle string
	Name   string // of a staff key
	Zone   string
	Theme  string
}

// House is what everybody may know about this service.
type House struct {
	Name       string
	Host       string // what people type after ssh, with -p where needed
	URL        string // base of the HTTP side
	Simulated  bool   // demo: payment methods are simulated, no real money
	Currencies []Currency
	Commission string // for people, "5 %"
	Limits     Limits
	Window     time.Duration
}

// JoinRequest opens a wallet for the calling key.
type JoinRequest struct {
	Accept bool
	Zone   string
}

// Joined is the answer to a sign-up or a recovery. The code is shown once.
type Joined struct {
	Handle       string
	RecoveryCode string
	LockedUntil  time.Time // recovery: money cannot leave before
}

// WalletView is one account on a screen.
type WalletView struct {
	Currency    Currency
	Available   Amount // what can be spent now
	Held        Amount
	Uncollected Amount
	Limits      []LimitView
	Simulated   bool
}

// LimitView is one bound and how much of it is used.
type LimitView struct {
	Period   string // purchase, day, week, month, total
	Vendor   string // "" for all vendors
	Currency Currency
	Max      Amount
	None     bool // no bound
	Used     Amount
	ResetsAt time.Time
}

// Overview is the home screen.
type Overview struct {
	Handle      string
	Wallets     []WalletView
	Pending     []Approval
	Recent      []Row
	WindowUntil time.Time
	LockedUntil time.Time
	Zone        string
	Disputes    int // open ones
}

// Row is one line of the history.
type Row struct {
	ID       string
	At       time.Time
	Kind     string // purchase, refund, deposit, transfer_out, transfer_in, dispute, …
	Vendor   string
	Title    string
	State    string // PAID, REFUNDED, DISPUTED, CLEARED, …
	Amount   Amount // signed: negative leaves the wallet
	CanOpen  bool
	Disputed bool
}

// Page bounds a list: at most Limit rows older than Before (a cursor of an earlier page).
type Page struct {
	Limit  int
	Before string
}

// HistoryQuery filters a history.
type HistoryQuery struct {
	Page
	Currency Currency
	Vendor   string
	Kind     string
	Since    time.Time
	Text     string
}

// HistoryPage is a window of a history. Next is the cursor of the following page, "" at the end.
type HistoryPage struct {
	Rows []Row
	Next string
}

// Detail is everything about one row: who got what, to the micro.
type Detail struct {
	Row
	TxnID      string
	Offer      string
	URL        string
	Lines      []Line // who paid and who got what
	Returned   Amount
	Commission Amount
	Grant      *GrantView
	Dispute    *DisputeView
	Deposit    *DepositView
	Timeline   []Event
	Hash       string // of the journal entry
	CanDispute bool
	DisputeBy  time.Time
}

// Line is one side of an entry: positive received, negative paid.
type Line struct {
	Who    string // "you", the vendor's name, a payee with its role, "tuppence (commission)"
	Amount Amount
}

// Event is one step in the life of a purchase or a deposit.
type Event struct {
	At   time.Time
	What string
}

// GrantView is the state of a grant.
type GrantView struct {
	ID         string
	Status     string // active, exhausted, expired, revoked
	ViewsTotal uint32 // 0: no bound
	ViewsUsed  uint32
	From       time.Time
	Until      time.Time
	Hours      uint32 // after first use
	URL        string
}

// MethodInfo is one way to add funds.
type MethodInfo struct {
	Name       string // card, check
	Title      string
	Online     bool
	Simulated  bool
	Currencies []Currency
	Min, Max   map[Currency]Amount
	Help       string // what will happen
}

// FundRequest adds funds.
type FundRequest struct {
	Amount Amount
	Method string
	Key    string // idempotency key, "": one is made at random
}

// DepositView is a deposit on a screen.
type DepositView struct {
	ID        string
	Method    string
	Amount    Amount
	Fee       Amount
	State     DepositState
	Reference string
	Steps     []string // what the payer has to do now
	Created   time.Time
	Expires   time.Time
	Reason    string
	Handle    string // whose; for staff
	Simulated bool
}

// LimitChange sets one bound.
type LimitChange struct {
	Currency Currency
	Vendor   string // "" for all vendors
	Period   string // purchase, day, week, month, total (vendor only)
	Max      int64  // micros, NoLimit to lift it
}

// LinkView is a vendor that the wallet knows.
type LinkView struct {
	ID       string
	Vendor   string // its name
	Title    string
	Site     string // verified origin, to open
	Currency Currency
	Status   string // active, known, revoked, blocked
	Limits   []LimitView
	Count    uint64
	Spent    Amount // since Created: a new permission begins anew
	Created  time.Time
	Expires  time.Time
}

// LinkRequest gives a standing permission.
type LinkRequest struct {
	Vendor   string
	Currency Currency
	Limits   Limits
	Total    int64
}

// Approval is a request that waits for an answer: a checkout, seen from the terminal.
type Approval struct {
	Code      string // WDJB-MJHT
	Mode      CheckoutMode
	Vendor    string
	Site      string // verified origin; "" if none is
	Title     string
	What      string // description
	Bounds    Bounds
	Price     Amount
	Ask       Limits // mode link
	From      Currency
	Before    Amount // available now
	After     Amount
	DaySpent  Amount
	DayMax    Amount
	DayNone   bool
	Purchases uint64 // earlier ones at this vendor
	Expires   time.Time
	Status    CheckoutStatus
	// Refused says why approving would fail as things stand, with the remedy; "" if it would not.
	Refused string
}

// Answer to an approval.
type Answer struct {
	Code  string
	Yes   bool
	Link  bool // yes, and allow the vendor to charge without asking, inside Limits
	Block bool // no, and never ask again
	// Limits of the link; zero value: what the vendor proposed, or the wallet's own.
	Limits *Limits
}

// Receipt is what the buyer keeps.
type Receipt struct {
	ID     string // charge
	Vendor string
	Title  string
	Amount Amount
	After  Amount // available afterwards
	Lines  []Line
	Grant  *GrantView
	Link   string
	Status CheckoutStatus
	At     time.Time
	Again  bool // it had been answered before
}

// DisputeRequest contests a purchase.
type DisputeRequest struct {
	ID     string
	Reason string
	Text   string
}

// DisputeView is a dispute on a screen.
type DisputeView struct {
	ID       string
	Purchase string
	Vendor   string
	Title    string
	Amount   Amount
	Reason   string
	Text     string
	State    DisputeState
	Opened   time.Time
	DueBy    time.Time
	Decided  time.Time
	Note     string // why it was decided so
	Handle   string // for staff
	Facts    []string
}

// TransferRequest sends tokens to whoever types the claim code.
type TransferRequest struct {
	Amount Amount
	Key    string
}

// TransferView is a transfer on a screen. The code is shown once, to the sender.
type TransferView struct {
	ID      string
	Amount  Amount
	Code    string
	State   string
	Created time.Time
	Expires time.Time
	After   Amount
}

// VendorRequest opens a vendor.
type VendorRequest struct {
	Name   string
	Title  string
	Origin string
}

// VendorKey is the answer with the API key, shown once.
type VendorKey struct {
	ID     string
	Name   string
	Origin string
	Key    string
	Ended  int // earlier keys that ended
}

// PolicyLine is one setting of the operator.
type PolicyLine struct {
	Name  string
	Value string
	Help  string
}
