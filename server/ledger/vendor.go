package ledger

import (
	"strings"
	"time"
)

// VendorStatus is the state of a vendor. Numbers are stored.
type VendorStatus uint8

// States of a vendor.
const (
	VendorActive    VendorStatus = iota + 1
	VendorSuspended              // sells nothing; what was sold stays
)

// Vendor sells content, goods or services (claims 1, 4).
type Vendor struct {
	ID       VendorID
	Name     string // unique, lower case, 2–40 of a–z 0–9 and -
	Title    string // for people
	Status   VendorStatus
	Created  time.Time
	Origins  []Origin
	Keys     []APIKey
	Offers   uint64 // number of the last offer
	Hooks    []Endpoint
	HookNext uint64 // number of the next endpoint
	// Terms are how it is settled, one for each currency that has terms of its own; see [Vendor.TermsIn].
	Terms []Terms
	// Payees are those of its payees that have something of their own.
	Payees []PayeeTerms
	// Accounts are the bank accounts that it and its payees are paid to.
	Accounts []PayAccount
	Plans    uint64 // number of the last royalty plan
	Plan     uint64 // the plan of offers that name no royalties; 0: none
	Kept     uint64 // bytes of content that are kept for its buyers
	// Referral is what was agreed for the users that it brings, Brought how many it has brought, and Rewards what they
	// have earned it in its till, by currency.
	Referral Referral
	Brought  uint64
	Rewards  []Amount
}

// APIKey is a vendor's key (claim 43), kept as a hash: who reads the books cannot sell with it.
type APIKey struct {
	Hash    [32]byte // SHA-256
	Hint    string   // first characters, to tell keys apart
	Created time.Time
	Ended   time.Time // zero while it is valid
	// A restricted key has a name and scopes; a full key has neither, and may do all.
	Name    string
	Scopes  []string
	Expires time.Time // zero: never
	From    []string  // networks from which it may be used; none: all
	Used    string    // the day of the last use in UTC, 2026-11-24
}

// Endpoint receives webhooks.
type Endpoint struct {
	Number  uint64
	URL     string
	Events  []string // empty: all
	Secrets [][]byte // sealed; newest first
	// Ends are when the secrets behind the newest one stop signing, in their order.
	Ends     []time.Time
	Disabled time.Time // zero while it receives
	Reason   string    // why it is disabled, in words for the vendor
	Created  time.Time
	Parallel uint8   // attempts at once, for different buyers; 0: one
	Since    EntryNo // the entry that added it; 0: before this was kept
}

// Misses reports whether an event is older than the endpoint, by the order of the entries.
func (h Endpoint) Misses(e Entry) bool {
	if h.Since != 0 {
		return e.No < h.Since
	}
	return e.At.Before(h.Created)
}

// Till is what a vendor has earned in one currency, in micros, kept equal to 2100, 2110 and 2120 by package books.
type Till struct {
	Vendor   VendorID
	Currency Currency
	// Available may be below zero: then the vendor owes it.
	Pending, Available, Reserve int64
	Last                        EntryNo // newest entry of this vendor in this currency
	Count                       uint64  // entries so far
}

// CheckVendorName accepts 2 to 40 lower-case letters, digits and single hyphens, beginning with a letter, not ending
// with a hyphen: people type it in commands, and it stands in URLs. It refuses with ErrInvalid.
func CheckVendorName(s string) error {
	ok := len(s) >= 2 && len(s) <= 40 && s[0] >= 'a' && s[0] <= 'z' && s[len(s)-1] != '-' &&
		only(s, lowerAlnum+"-") && !strings.Contains(s, "--")
	if !ok {
		return Invalid("name",
			"Use 2 to 40 lower-case letters, digits and single hyphens, beginning with a letter, for example acme-news.",
			"%q is not a name for a vendor.", CleanLine(s, 40))
	}
	return nil
}
