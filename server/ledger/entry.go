package ledger

import "time"

// Posting moves micros on one account: positive is a debit, negative a credit.
type Posting struct {
	Account Account
	Micros  int64
}

// Kind says what an entry records.
type Kind uint8

// Kinds of entries. Numbers are stored: never reorder them.
const (
	KindPolicy           Kind = iota + 1 // operator changed a policy
	KindJoined                           // wallet opened
	KindRecovered                        // new key by recovery code, old keys ended
	KindKeyAdded                         // member key, staff key or API key added
	KindVendor                           // vendor created or changed
	KindOffer                            // offer version posted
	KindLimit                            // a limit changed
	KindLink                             // standing permission given
	KindUnlink                           // standing permission ended
	KindDeposit                          // a step of a deposit
	KindPurchase                         // captured purchase
	KindHold                             // purchase held
	KindCapture                          // held purchase captured, rest released
	KindVoid                             // hold released
	KindRefund                           // vendor or rule gave money back
	KindDispute                          // dispute opened: money to dispute hold
	KindDisputeDecided                   // dispute won, lost or withdrawn
	KindTransfer                         // transfer sent, waiting for its claim
	KindTransferClaimed                  // transfer claimed
	KindTransferRecalled                 // transfer recalled or expired
	KindConsumed                         // a view of a grant was used
	KindStaff                            // other act of staff
	KindHook                             // webhook endpoint changed
)

// Actor is who caused an entry.
type Actor struct {
	Role Role
	// Key is the SHA256 fingerprint of the SSH key that authenticated, or the public part of an API key.
	Key string
}

// Entry is one balanced, immutable fact of the journal. Postings sum to zero per currency; an entry without postings
// records a change that moves no money.
type Entry struct {
	No     EntryNo
	At     time.Time // UTC, microseconds
	Kind   Kind
	Actor  Actor
	User   UserID   // whose wallet, 0 if none
	Payer2 UserID   // the other wallet of a transfer
	Vendor VendorID // 0 if none
	// Cause is the entry that this one continues: the purchase of a refund, the hold of a capture.
	Cause    EntryNo
	Amount   Amount // the figure a person would name: price, refund, deposit
	Postings []Posting

	Sale    *Sale    // KindPurchase, KindHold
	Deposit *Deposit // KindDeposit: the deposit as it is after this step
	Dispute *Dispute // KindDispute, KindDisputeDecided: the dispute as it is after this step
	Change  *Change  // KindPolicy, KindLimit, KindLink, KindUnlink, KindVendor, KindKeyAdded, KindStaff …
	Reason  string   // shown to the parties; cleaned text
}

// Change is a setting before and after, in words for people. What programs read of it has fields of its own.
type Change struct {
	Name, Old, New string
	Currency       Currency // KindLimit, KindLink, KindUnlink: of the account that it is about
	Fresh          bool     // KindLink: a new permission with a total of its own, not other bounds of one that stands
}

// Sale is what was sold, pinned for ever in the entry of its purchase.
type Sale struct {
	Offer      OfferID
	Version    uint32
	Title      string
	ContentURL string
	Quantity   uint32
	Price      Amount // of all pieces
	Commission int64
	Royalties  []Share
	Grant      GrantTerms
	Checkout   CheckoutID // zero for a charge on a link
	Link       LinkID     // zero for a checkout without a link
	ClientRef  string
	Metadata   map[string]string
	TxnID      string
	HoldUntil  time.Time // KindHold: when the hold ends by itself
	// Day, Week and Month are the limit periods (their first instants, Unix seconds) that the purchase counted in.
	Day, Week, Month int64
}

// Share is a royalty that one sale owes to one payee.
type Share struct {
	Payee  PayeeID
	Name   string
	Role   string // author, publisher, owner
	Micros int64
}

// entry begins an entry. Its time is in UTC and whole microseconds, as it will be stored.
func entry(no EntryNo, now time.Time, k Kind, a Actor) Entry {
	return Entry{No: no, At: now.UTC().Truncate(time.Microsecond), Kind: k, Actor: a}
}
