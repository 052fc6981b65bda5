package ledger

import (
	"errors"
	"fmt"
	"time"
)

// Sentinels: what kind of refusal it is. The text is the code on every surface: problem type over HTTP, "code" in the
// JSON of a command, the last word of an error line on a screen. Package hook maps them to statuses, package tui to
// exit codes.
var (
	ErrInvalid         = errors.New("invalid_request")         // a field or argument is missing or out of bounds
	ErrKeyMissing      = errors.New("idempotency_key_missing") // a request that moves money needs one
	ErrUnauthenticated = errors.New("unauthenticated")         // no valid key or signature
	ErrLimit           = errors.New("limit_exceeded")          // a spending limit (claims 23, 24), or a bound per day
	ErrFunds           = errors.New("insufficient_tokens")     // the tokens are not there
	ErrWindow          = errors.New("window_closed")           // the purchase window (claim 26)
	ErrApproval        = errors.New("approval_required")       // the person has to say yes to this purchase
	ErrNotLinked       = errors.New("vendor_not_linked")       // no standing permission (claim 13)
	ErrNotAllowed      = errors.New("not_allowed")             // this caller may not, whatever the state
	ErrOrigin          = errors.New("origin_not_allowed")      // a URL that is not the vendor's (claim 28)
	ErrScope           = errors.New("scope_missing")           // a restricted key of a vendor may not do this
	ErrAddress         = errors.New("address_not_allowed")     // a key is used from elsewhere than it may be
	ErrGrantOver       = errors.New("grant_exhausted")         // one of the four bounds of a grant (claim 44)
	ErrFrozen          = errors.New("account_frozen")          // staff have to look at the wallet
	ErrNotFound        = errors.New("not_found")               // there is none, or it is another's
	ErrTermsChanged    = errors.New("terms_changed")           // the price is not the one that was seen
	ErrState           = errors.New("state_conflict")          // the thing is in another state than the act needs
	ErrOfferExpired    = errors.New("offer_expired")
	ErrCheckoutExpired = errors.New("checkout_expired")
	ErrKeyReused       = errors.New("idempotency_key_reused") // for another request
	ErrRate            = errors.New("rate_limited")
	ErrUnavailable     = errors.New("unavailable")
	ErrNotJoined       = errors.New("not_joined")            // the key has no wallet yet
	ErrConfirm         = errors.New("confirmation_required") // the person has to say so explicitly
)

// Refusal is a "no" with a reason and a way on, the same words on every surface of the person that it is about. It
// wraps exactly one sentinel. A vendor reads another face of it, made by [ForVendor]. An error that is none is a fault
// of ours: it is logged, and never shown.
type Refusal struct {
	Is     error  // the sentinel
	Detail string // what was wrong, one sentence for a person
	Remedy string // what to do about it, one sentence
	Param  string // the field or argument at fault, if one is
	// Limit is the bound that was met (per_purchase, per_day, per_week, per_month, total, vendor_…), or that ended a
	// grant.
	Limit     string
	ResetsAt  time.Time     // when the limit frees; zero: never by itself
	Shortfall Amount        // ErrFunds: how much is missing
	Approve   string        // checkout whose approval would help: its code
	Txn       string        // and its transaction id
	Retry     time.Duration // when to try again

	disguise error // the kind that a vendor reads instead, nil: this one
}

// Error returns the detail and the remedy.
func (r *Refusal) Error() string {
	if r.Remedy == "" {
		return r.Detail
	}
	return r.Detail + " " + r.Remedy
}

// Unwrap returns the sentinel.
func (r *Refusal) Unwrap() error { return r.Is }

// Refuse returns a refusal. The detail is formatted with the arguments; the remedy is a sentence.
func Refuse(is error, remedy, detail string, args ...any) *Refusal {
	return &Refusal{Is: is, Remedy: remedy, Detail: fmt.Sprintf(detail, args...)}
}

// Invalid returns a refusal of one field or argument, with ErrInvalid.
func Invalid(param, remedy, detail string, args ...any) *Refusal {
	r := Refuse(ErrInvalid, remedy, detail, args...)
	r.Param = param
	return r
}

// named makes another name the parameter at fault; an error that is no refusal stays as it is.
func named(err error, name string) error {
	var r *Refusal
	if errors.As(err, &r) {
		r.Param = name
	}
	return err
}

// problem is one kind of refusal: its sentinel, whose text is the code, and its title.
type problem struct {
	is    error
	title string
}

// problems are all kinds there are. The words of a single refusal are in refusal_words.go or with their rule.
var problems = []problem{
	{ErrInvalid, "Invalid request"},
	{ErrKeyMissing, "Idempotency key missing"},
	{ErrUnauthenticated, "Not authenticated"},
	{ErrLimit, "Spending limit reached"},
	{ErrFunds, "Not enough tokens"},
	{ErrWindow, "Purchase window closed"},
	{ErrApproval, "Approval required"},
	{ErrNotLinked, "Vendor not linked"},
	{ErrNotAllowed, "Not allowed"},
	{ErrOrigin, "Origin not allowed"},
	{ErrScope, "Scope missing"},
	{ErrAddress, "Address not allowed"},
	{ErrGrantOver, "Grant used up"},
	{ErrFrozen, "Wallet frozen"},
	{ErrNotFound, "Not found"},
	{ErrTermsChanged, "Terms changed"},
	{ErrState, "Another state"},
	{ErrOfferExpired, "Offer ended"},
	{ErrCheckoutExpired, "Checkout expired"},
	{ErrKeyReused, "Idempotency key reused"},
	{ErrRate, "Too many requests"},
	{ErrUnavailable, "Unavailable"},
	{ErrNotJoined, "No wallet yet"},
	{ErrConfirm, "Confirmation required"},
}

// Code returns the stable word for an error on every surface: the text of its sentinel, "internal" for anything that is
// not a refusal, "" for nil.
func Code(err error) string {
	if err == nil {
		return ""
	}
	for _, p := range problems {
		if errors.Is(err, p.is) {
			return p.is.Error()
		}
	}
	return "internal"
}

// Title returns the heading of an error, by its kind; "Internal error" for anything that is not a refusal.
func Title(err error) string {
	for _, p := range problems {
		if errors.Is(err, p.is) {
			return p.title
		}
	}
	return "Internal error"
}
