package ledger

import (
	"slices"
	"time"
)

// DisputeState is how far a dispute has come (claim 14). The words are stored, and shown to people and programs.
type DisputeState string

// States of a dispute. Which follow which is in disputeStates, and drawn in DESIGN.md.
const (
	DisputeOpened        DisputeState = "opened"
	DisputeAutoResolved  DisputeState = "auto_resolved"  // refunded at once by rule
	DisputeNeedsResponse DisputeState = "needs_response" // the vendor or staff have until it is due
	DisputeUnderReview   DisputeState = "under_review"   // the vendor has answered
	DisputeWon           DisputeState = "won"            // by the user
	DisputeLost          DisputeState = "lost"
	DisputeWithdrawn     DisputeState = "withdrawn"
)

// Events in the life of a dispute.
const (
	eventRefundAtOnce = "refund at once"
	eventWait         = "wait for an answer"
	eventAnswer       = "answer"
	eventDecideBuyer  = "decide for the buyer"
	eventDecideVendor = "decide for the vendor"
	eventWithdraw     = "withdraw"
)

const (
	disputeMax     = 60 * day // after its purchase a dispute can be opened
	maxDisputeText = 2_000    // characters
	maxAutoUses    = 1        // views of the content after which the rule still refunds at once
)

// disputeStates is the life of a dispute. It is opened and moved on by one entry, so opened is never seen.
var disputeStates = machine[DisputeState]{
	{DisputeOpened, eventRefundAtOnce, DisputeAutoResolved},
	{DisputeOpened, eventWait, DisputeNeedsResponse},
	{DisputeNeedsResponse, eventAnswer, DisputeUnderReview},
	{DisputeNeedsResponse, eventDecideBuyer, DisputeWon},
	{DisputeNeedsResponse, eventDecideVendor, DisputeLost},
	{DisputeNeedsResponse, eventWithdraw, DisputeWithdrawn},
	{DisputeUnderReview, eventDecideBuyer, DisputeWon},
	{DisputeUnderReview, eventDecideVendor, DisputeLost},
	{DisputeUnderReview, eventWithdraw, DisputeWithdrawn},
}

// Open reports whether a dispute still waits for its decision.
func (s DisputeState) Open() bool { return !disputeStates.ends(s) }

// DisputeReasons are the reasons for which a purchase can be disputed.
var DisputeReasons = []string{"unauthorized", "not_delivered", "not_as_described", "duplicate"}

// Dispute is a user's contest of a purchase (claim 14). Until it is decided its money waits in 2300.
type Dispute struct {
	No        EntryNo // the entry that opened it
	Purchase  EntryNo // the entry of the sale
	User      UserID
	Vendor    VendorID
	Amount    Amount
	Reason    string // one of DisputeReasons
	Text      string // the user's, cleaned
	State     DisputeState
	Opened    time.Time
	DueBy     time.Time // silence until then: won; zero if it was decided at once
	Decided   time.Time // zero: not yet
	Note      string    // why it was decided so
	Receivers []Posting // what was taken from each receiver, as positive micros
	Sources   []Posting // where it goes back to if the user wins, as positive micros
}

// DisputeCase opens a dispute.
type DisputeCase struct {
	Reason string // one of DisputeReasons
	Text   string // what the user says
	Actor  Actor
}

// VerdictRequest decides a dispute.
type VerdictRequest struct {
	UserWins bool
	Reason   string // shown to both sides
	Actor    Actor
}

// DisputeFacts is what a decision about a dispute needs to know.
type DisputeFacts struct {
	SaleFacts
	Dispute Dispute // verdict, withdraw
	Autos   uint32  // dispute: how many disputes of this user the rule has refunded this month
}

// DisputeOutcome is a dispute after a step.
type DisputeOutcome struct {
	Entry    Entry
	Dispute  Dispute
	Purchase Purchase
}

// DisputeWindow returns until when the rule refunds at once, and until when a dispute can be opened at all.
func DisputeWindow(sold Entry, p Policy) (auto, last time.Time) {
	return sold.At.Add(min(p.DisputeWindow, disputeMax)), sold.At.Add(disputeMax)
}

// CanDispute returns why a purchase cannot be disputed, nil if it can: ErrNotFound, or ErrState if it was not captured,
// is given back already, is or was disputed, or is too old.
func CanDispute(sold Entry, p Purchase, now time.Time) error {
	_, can := purchaseStates.next(p.State, eventReturnAll)
	switch {
	case sold.Sale == nil:
		return RefuseNotFound("purchase")
	case p.Dispute != 0:
		return Refuse(ErrState, "See how it stands with: disputes.", "This purchase was disputed already.")
	case !can:
		return RefuseState("purchase", StateWord(p.State))
	case !now.Before(sold.At.Add(disputeMax)):
		return Refuse(ErrState, "Speak with a representative of this service.", "A purchase can be disputed for 60 days.")
	}
	return nil
}

// DecideDispute opens a dispute about all that is left of a purchase (claim 14). A small and fresh one whose content
// was used at most once is refunded at once by rule, a few times a month; any other waits with its money set aside
// (2300) for an answer, and silence means that the buyer is right. It refuses with ErrInvalid and as [CanDispute] does.
func DecideDispute(r DisputeCase, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	if !slices.Contains(DisputeReasons, r.Reason) {
		return DisputeOutcome{}, Invalid("reason", "Say "+orList(DisputeReasons)+".",
			"%q is not a reason for a dispute.", CleanLine(r.Reason, 30))
	}
	p := f.Purchase
	if err := CanDispute(f.Sold, p, now); err != nil {
		return DisputeOutcome{}, err
	}
	x := p.left()
	t, err := take(p, f.Till, x)
	if err != nil {
		return DisputeOutcome{}, err
	}
	e := f.step(now, KindDispute, r.Actor, x)
	d := Dispute{
		No: f.No, Purchase: f.Sold.No, User: f.Sold.User, Vendor: f.Sold.Vendor, Amount: e.Amount, Reason: r.Reason,
		Text: CleanText(r.Text, maxDisputeText), Opened: e.At, Receivers: t.debits, Sources: t.sources,
	}
	p.Receivers, p.Sources, p.Dispute = t.receivers, t.left, f.No
	event := eventWait
	if f.refundsAtOnce(x, now) {
		event = eventRefundAtOnce
		d.Decided, d.Note = e.At, "Paid back at once by rule: small, fresh, and used at most once."
		e.Postings = append(t.debits, giveBack(t.sources, f.Wallet)...)
		p.Returned += x
		p = p.afterReturn(now)
	} else {
		d.DueBy = e.At.Add(f.Policy.DisputeAnswer)
		e.Postings = append(slices.Clone(t.debits), Posting{disputeHold(d), -x})
		p.Disputed += x
	}
	d.State, _ = disputeStates.next(DisputeOpened, event)
	e.Reason, e.Dispute = d.Reason, &d
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: p}, nil
}

// refundsAtOnce is the rule for small disputes: each of its bounds keeps one way of cheating small.
func (f DisputeFacts) refundsAtOnce(micros int64, now time.Time) bool {
	fresh, _ := DisputeWindow(f.Sold, f.Policy)
	most := f.Policy.In(f.Sold.Amount.Currency).DisputeAuto
	return micros <= most && now.Before(fresh) && f.Purchase.Grant.Used <= maxAutoUses &&
		f.Autos < f.Policy.DisputesPerMonth
}

// disputeHold is where the money of a dispute waits.
func disputeHold(d Dispute) Account {
	return Account{DisputeHold, d.Amount.Currency, uint64(d.No)}
}

// DecideVerdict ends a dispute for the user or for the vendor. Staff give a reason and never decide about their own
// wallet; the vendor may only give in; the service itself decides only when the time to answer is over, and then for
// the user. It refuses with ErrState, ErrInvalid (reason) and ErrNotAllowed.
func DecideVerdict(r VerdictRequest, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	event := eventDecideVendor
	if r.UserWins {
		event = eventDecideBuyer
	}
	state, err := f.after(event)
	if err != nil {
		return DisputeOutcome{}, err
	}
	reason := CleanText(r.Reason, maxReason)
	if err := f.mayDecide(r, reason, now); err != nil {
		return DisputeOutcome{}, err
	}
	return f.end(state, reason, r.Actor, now), nil
}

// mayDecide refuses who may not decide so.
func (f DisputeFacts) mayDecide(r VerdictRequest, reason string, now time.Time) error {
	no := func(detail string) error { return Refuse(ErrNotAllowed, "Let a representative decide.", "%s", detail) }
	switch r.Actor.Role {
	case RoleRep, RoleOperator:
		if f.User.holds(r.Actor.Key) {
			return RefuseOwn()
		}
		if reason == "" {
			return Invalid("reason", "Say why, for both sides to read.", "The reason is missing.")
		}
	case RoleSystem:
		if now.Before(f.Dispute.DueBy) {
			return RefuseState("dispute", "open until "+stamp(f.Dispute.DueBy.UTC()))
		}
		if !r.UserWins {
			return no("Silence never decides against the buyer.")
		}
	case RoleVendor:
		if !r.UserWins {
			return no("A vendor cannot decide against the buyer.")
		}
	default:
		return no("Only staff decide a dispute.")
	}
	return nil
}

// DecideWithdraw ends a dispute because the user says so: the money goes back to the receivers. It refuses with
// ErrState.
func DecideWithdraw(a Actor, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	state, err := f.after(eventWithdraw)
	if err != nil {
		return DisputeOutcome{}, err
	}
	return f.end(state, "Withdrawn by the buyer.", a, now), nil
}

// after returns the state that the event leads to. It refuses a dispute that is decided.
func (f DisputeFacts) after(event string) (DisputeState, error) {
	d := f.Dispute
	to, can := disputeStates.next(d.State, event)
	if !can {
		return "", RefuseState("dispute", string(d.State))
	}
	if f.Purchase.No != d.Purchase || f.Purchase.Disputed != d.Amount.Micros {
		return "", errOverflow // the caller brought records that do not belong together
	}
	return to, nil
}

// end moves the money out of the dispute hold: to the sources if the user won, else back to the receivers.
func (f DisputeFacts) end(s DisputeState, note string, a Actor, now time.Time) DisputeOutcome {
	d, p := f.Dispute, f.Purchase
	x := d.Amount.Micros
	e := f.step(now, KindDisputeDecided, a, x)
	e.User, e.Vendor, e.Cause = d.User, d.Vendor, d.Purchase
	d.State, d.Decided, d.Note = s, e.At, note
	e.Postings = []Posting{{disputeHold(d), x}}
	p.Disputed = 0
	if s == DisputeWon {
		e.Postings = append(e.Postings, giveBack(d.Sources, f.Wallet)...)
		p.Returned += x
	} else {
		for _, g := range d.Receivers {
			e.Postings = append(e.Postings, Posting{g.Account, -g.Micros})
		}
		p.Receivers, p.Sources = restore(p.Receivers, d.Receivers), restore(p.Sources, d.Sources)
	}
	e.Reason, e.Dispute = note, &d
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: p.afterReturn(now)}
}
