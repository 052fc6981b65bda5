package ledger

import "time"

// Role is what a key may do. Numbers are stored.
type Role uint8

// Roles.
const (
	RoleNone     Role = iota // an unknown key
	RoleUser                 // a member of a wallet
	RoleRep                  // customer-service representative
	RoleOperator             // runs the service
	RoleVendor               // a vendor's API key
	RoleSystem               // the service itself: rules, timers
)

// String returns the role for people and in JSON: user, rep, operator, vendor, system, none.
func (r Role) String() string {
	switch r {
	case RoleUser:
		return "user"
	case RoleRep:
		return "rep"
	case RoleOperator:
		return "operator"
	case RoleVendor:
		return "vendor"
	case RoleSystem:
		return "system"
	default:
		return "none"
	}
}

// MarshalText returns the word of String.
func (r Role) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Actor is who caused an entry. It is stored with it, for the audit log.
type Actor struct {
	Role Role
	// Key is the SHA256 fingerprint of the SSH key that authenticated, or the public part of an API key.
	Key string
}

// Staff is a key of the people who run the service.
type Staff struct {
	Fingerprint string // SHA256:…
	Name        string
	Role        Role // RoleRep or RoleOperator
	Added       time.Time
	Ended       time.Time // zero while it may log in
	// Wallet is the member's own wallet, as the operator has written it down or as the key opens it; 0: not known.
	Wallet UserID
	Moved  []Amount // into wallets on Day, one amount for each currency
	Day    int64    // in UTC, days since 1970
}
