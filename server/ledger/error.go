package ledger

import (
	"errors"
	"fmt"
	"time"
)

// Sentinels: what kind of refusal it is. The code is the word on every surface: problem type over HTTP, "code" in JSON
// of a command, the last word of an error line on a screen. Package hook maps them to statuses, package tui to exit codes.
var (
	ErrInvalid         = errors.New("invalid_request")
	ErrKeyMissing      = errors.New("idempotency_key_missing")
	ErrUnauthenticated = errors.New("unauthenticated")
	ErrLimit           = errors.New("limit_exceeded")
	ErrFunds           = errors.New("insufficient_tokens")
	ErrWindow          = errors.New("window_closed")
	ErrApproval        = errors.New("approval_required")
	ErrNotLinked       = errors.New("vendor_not_linked")
	ErrNotAllowed      = errors.New("not_allowed")
	ErrOrigin          = errors.New("origin_not_allowed")
	ErrGrantOver       = errors.New("grant_exhausted")
	ErrFrozen          = errors.New("account_frozen")
	ErrNotFound        = errors.New("not_found")
	ErrTermsChanged    = errors.New("terms_changed")
	ErrState           = errors.New("state_conflict")
	ErrOfferExpired    = errors.New("offer_expired")
	ErrCheckoutExpired = errors.New("checkout_expired")
	ErrKeyReused       = errors.New("idempotency_key_reused")
	ErrRate            = errors.New("rate_limited")
	ErrUnavailable     = errors.New("unavailable")
	ErrNotJoined       = errors.New("not_joined") // the key has no wallet yet
	ErrConfirm         = errors.New("confirmation_required")
)

// Refusal is a "no" with a reason and a way on, the same words on every surface. It wraps exactly one sentinel.
type Refusal struct {
	Is     error  // the sentinel
	Detail string // what was wrong, one sentence for a person
	Remedy string // what to do about it, one sentence
	Param  string // the field or argument at fault, if one is
	// Limit is the bound that was met (per_purchase, per_day, per_week, per_month, total, vendor_…), with when it frees.
	Limit     string
	ResetsAt  time.Time
	Shortfall Amount        // ErrFunds: how much is missing
	Approve   string        // checkout whose approval would help: its code
	Txn       string        // and its transaction id
	Retry     time.Duration // when to try again
}

// Error is the detail and the remedy.
func (r *Refusal) Error() string {
	if r.Remedy == "" {
		return r.Detail
	}
	return r.Detail + " " + r.Remedy
}

// Unwrap gives the sentinel.
func (r *Refusal) Unwrap() error { return r.Is }

// Refuse makes a refusal. The detail is formatted; the remedy is a sentence.
func Refuse(is error, remedy, detail string, args ...any) *Refusal {
	return &Refusal{Is: is, Remedy: remedy, Detail: fmt.Sprintf(detail, args...)}
}

// Invalid is a refusal of one field or argument.
func Invalid(param, remedy, detail string, args ...any) *Refusal {
	r := Refuse(ErrInvalid, remedy, detail, args...)
	r.Param = param
	return r
}
