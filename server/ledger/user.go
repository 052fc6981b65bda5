package ledger

import "time"

// Role is what a key may do.
type Role uint8

// Roles. Numbers are stored.
const (
	RoleNone     Role = iota
	RoleUser          // a member of a wallet
	RoleRep           // customer-service representative
	RoleOperator      // runs the house
	RoleVendor        // a vendor's API key
	RoleSystem        // the house itself: rules, timers
)

// UserStatus is the state of a person's wallets.
type UserStatus uint8

// States of a user.
const (
	UserActive UserStatus = iota + 1
	UserFrozen
	UserClosed
)

// User is a person, known by keys and nothing else.
type User struct {
	ID      UserID
	Status  UserStatus
	Created time.Time
	// Handle is what the person and staff call the wallet: w_ and a short sealed name. Vendors never see it.
	Handle   string
	Keys     []Member
	Recovery [32]byte // SHA-256 of the recovery code
	Zone     string   // IANA time zone in which days, weeks and months begin; "" is UTC
	Theme    string
	// WindowUntil is when the purchase window closes (claim 26); every key press moves it.
	WindowUntil time.Time
	// LockedUntil is when money may leave again after a recovery.
	LockedUntil time.Time
	Wallets     []Currency // opened wallets, in order of opening
	Deposits    uint64     // number of the last deposit
}

// Member is one key of a wallet. There is one live key at a time: several people in one account (claim 33) are not built yet.
type Member struct {
	Fingerprint string // SHA256:…
	Name        string
	Added       time.Time
	Ended       time.Time // zero while it may log in
}

// Staff is a key of the house.
type Staff struct {
	Fingerprint string
	Name        string
	Role        Role // RoleRep or RoleOperator
	Added       time.Time
	Ended       time.Time
}

// Wallet is a user's account in one currency with its limits and their counters.
type Wallet struct {
	User     UserID
	Currency Currency
	// Balances in micros, kept equal to the sub-accounts 2000, 2005, 2010 and 1200 by package books.
	Paid, Uncollected, Held, Owed int64
	Limits                        Limits
	Spent                         Counters
	Last                          EntryNo // newest entry of this wallet
	Count                         uint64  // entries so far
}

// Limits bound spending, in micros; a negative value means no bound (claims 23, 24).
type Limits struct{ PerPurchase, PerDay, PerWeek, PerMonth int64 }

// NoLimit is the value of a bound that does not bind.
const NoLimit int64 = -1

// Counter is what was spent in the period that began at Start (Unix seconds).
type Counter struct{ Start, Spent int64 }

// Counters are kept incrementally: a purchase adds its price, a void takes the held part back, a refund changes nothing.
type Counters struct{ Day, Week, Month Counter }

// LinkStatus is the state of a buyer's relation to a vendor.
type LinkStatus uint8

// States of a link. Known means: bought there before, but every purchase is asked for.
const (
	LinkKnown LinkStatus = iota + 1
	LinkActive
	LinkRevoked
	LinkBlocked
)

// Link is a user's relation to one vendor in one currency: limits at that vendor, and while it is active the standing
// permission to charge inside them without a question (claims 13, 24).
type Link struct {
	ID      LinkID
	Status  LinkStatus
	Limits  Limits
	Total   int64 // bound over the life of the link, NoLimit if none
	Spent   Counters
	Sum     int64 // spent since it was given
	Created time.Time
	Expires time.Time // zero: never
	Count   uint64    // purchases so far
}
