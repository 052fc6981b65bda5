package ledger

import (
	"math"
	"slices"
	"time"
)

// GrantState is whether a grant opens what was bought. It is never stored: it follows from the terms, the uses and the
// clock.
type GrantState string

// States of a grant. Pending: the purchase is held, not captured, or a dispute about it is open.
const (
	GrantActive    GrantState = "active"
	GrantExhausted GrantState = "exhausted"
	GrantExpired   GrantState = "expired"
	GrantRevoked   GrantState = "revoked"
	GrantPending   GrantState = "pending"
)

// maxSeen is how many uses of a grant its own record remembers, so that it stays small. The books remember all of them,
// each under its request id.
const maxSeen = 64

// maxRequestID bounds what a vendor calls one use, in characters.
const maxRequestID = 100

// GrantTerms pin the bounds of a grant in the sale.
type GrantTerms struct {
	Bounds Bounds
	From   time.Time // of the purchase
	Until  time.Time // days and absolute end, whichever comes first; zero: no end in time
}

// Grant is what became of the right to open what was bought (claims 25, 44).
type Grant struct {
	Used    uint32    // views
	First   time.Time // first use; zero: not yet
	Revoked time.Time // zero: not
	By      EntryNo   // the entry that revoked it; 0: none did, or an earlier program wrote it
	Vendor  VendorID  // whose it is, as soon as it is revoked: the vendor has a list of them
	// Seen holds the request ids of the last uses, so that a repeated consume counts once.
	Seen []string
}

// grantTerms pins the bounds of an offer: days count from the purchase.
func grantTerms(b Bounds, from time.Time) GrantTerms {
	t := GrantTerms{Bounds: b, From: from, Until: b.Expires}
	if b.Days > 0 {
		t.Until = sooner(t.Until, from.Add(time.Duration(b.Days)*day))
	}
	return t
}

// sooner returns the earlier of two ends; zero means none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// GrantEnds returns when the grant ends by the clock, as things stand: days, absolute end, and hours after the first
// use, whichever comes first. Zero: never.
func GrantEnds(s *Sale, p Purchase) time.Time {
	end := s.Grant.Until
	if h := s.Grant.Bounds.Hours; h > 0 && !p.Grant.First.IsZero() {
		end = sooner(end, p.Grant.First.Add(time.Duration(h)*time.Hour))
	}
	return end
}

// GrantStatus returns whether the grant of a sale opens it now (claims 25, 44).
func GrantStatus(s *Sale, p Purchase, now time.Time) GrantState {
	switch p.State {
	case PurchaseHeld:
		return GrantPending
	case PurchaseCaptured, PurchasePartlyRefunded:
	default:
		return GrantRevoked
	}
	end := GrantEnds(s, p)
	switch {
	case !p.Grant.Revoked.IsZero():
		return GrantRevoked
	case p.Disputed > 0: // its money waits, and so does the content: nobody reads while silence may give it back
		return GrantPending
	case !end.IsZero() && !now.Before(end):
		return GrantExpired
	case s.Grant.Bounds.Views > 0 && p.Grant.Used >= s.Grant.Bounds.Views:
		return GrantExhausted
	}
	return GrantActive
}

// ConsumeRequest uses up views of a grant. The request id makes a repetition count once.
type ConsumeRequest struct {
	N         uint32 // 1 to 1,000,000
	RequestID string // the vendor's own, 1 to 100 characters
	Actor     Actor
}

// ConsumeOutcome is a use of a grant. Again: it had been counted before, there is nothing to write.
type ConsumeOutcome struct {
	Entry    Entry
	Purchase Purchase
	Again    bool
}

// Consume counts n views, and begins the hours after the first use (claim 44). It refuses with ErrGrantOver, naming the
// bound that ended the grant; with ErrState a purchase that is only held; with ErrInvalid and ErrNotFound.
func Consume(r ConsumeRequest, f SaleFacts, now time.Time) (ConsumeOutcome, error) {
	p, s := f.Purchase, f.Sold.Sale
	switch {
	case s == nil:
		return ConsumeOutcome{}, RefuseNotFound("grant")
	case r.RequestID == "" || checkExact("request_id", r.RequestID, maxRequestID) != nil:
		return ConsumeOutcome{}, Invalid("request_id", "Send an id of your own for this view, up to 100 characters.",
			"The request id is missing or too long.")
	case r.N < 1 || r.N > 1_000_000:
		return ConsumeOutcome{}, Invalid("n", "Use 1 for one view.", "The number of views is out of bounds.")
	case slices.Contains(p.Grant.Seen, r.RequestID):
		return ConsumeOutcome{Purchase: p, Again: true}, nil
	}
	if err := MayOpen(s, p, r.N, now); err != nil {
		return ConsumeOutcome{}, err
	}
	views := s.Grant.Bounds.Views
	e := f.step(now, KindConsumed, r.Actor, 0)
	e.Amount = Amount{}
	if p.Grant.First.IsZero() {
		p.Grant.First = e.At
	}
	p.Grant.Used += min(r.N, math.MaxUint32-p.Grant.Used)
	if views > 0 && p.Grant.Used == views {
		e.Change = &Change{Name: "grant", Old: string(GrantActive), New: string(GrantExhausted)}
	}
	p.Grant.Seen = append(slices.Clone(p.Grant.Seen), r.RequestID)
	if n := len(p.Grant.Seen); n > maxSeen {
		p.Grant.Seen = p.Grant.Seen[n-maxSeen:]
	}
	return ConsumeOutcome{Entry: e, Purchase: p}, nil
}

// MayOpen refuses n views that a grant does not give now: with ErrGrantOver, naming the bound that ended it, and with
// ErrState a purchase that is held or disputed.
func MayOpen(s *Sale, p Purchase, n uint32, now time.Time) error {
	views := s.Grant.Bounds.Views
	switch st := GrantStatus(s, p, now); {
	case st == GrantPending && p.Disputed > 0:
		return RefuseState("charge", "disputed: its grant rests until the decision")
	case st == GrantPending:
		return RefuseState("charge", "held")
	case st == GrantExhausted:
		return refuseGrantOver("views")
	case st == GrantExpired:
		return refuseGrantOver(endedBy(s, p))
	case st == GrantRevoked:
		return refuseGrantOver("revoked")
	case views > 0 && n > views-p.Grant.Used:
		return refuseGrantOver("views")
	}
	return nil
}

// endedBy names the bound in time that ended a grant.
func endedBy(s *Sale, p Purchase) string {
	end := GrantEnds(s, p)
	switch {
	case !end.Equal(s.Grant.Until):
		return "hours"
	case end.Equal(s.Grant.Bounds.Expires):
		return "expires_at"
	}
	return "days"
}
