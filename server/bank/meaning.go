package bank

// Fate is what a reason does to the deposit or payout whose entry came back.
type Fate string

// Fates.
const (
	Kept     Fate = "kept"     // nothing came back
	Returned Fate = "returned" // the money went back
	ByPerson Fate = "person"   // a person decides: what it means is not known
)

// Mandate is what a reason does to the permission to take money from an account.
type Mandate string

// What becomes of mandates.
const (
	Stays     Mandate = "stays"
	Replaced  Mandate = "replaced"  // a new account number; the old one is kept until the next success
	Suspended Mandate = "suspended" // until its user gives another account or explains
	Ended     Mandate = "ended"     // the account's owner did not permit it, or no longer does
)

// Account is what a reason does to the wallet.
type Account string

// What becomes of wallets.
const (
	Untouched Account = "untouched"
	NoAdvance Account = "no advance" // nothing may be spent before its debit has cleared
	Looked    Account = "person"     // a person looks at it
	Frozen    Account = "frozen"
)

// Rate is which rate of returns a reason counts for. The networks bound these rates.
type Rate string

// Rates. Every return counts for the rate of all.
const (
	Other          Rate = ""
	Administrative Rate = "administrative"
	Unauthorised   Rate = "unauthorised"
)

// Meaning is what a reason code of a bank means to a deposit, a mandate and a wallet.
type Meaning struct {
	Codes   string // separated by spaces; empty: all others
	Words   string // for a person
	Fate    Fate
	Mandate Mandate
	Account Account
	Retries int // how often the same amount may be tried again
	Within  int // days from the settlement in which it may, 0: no bound
	Rate    Rate
}
