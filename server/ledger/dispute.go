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
	DisputeUnderReview   DisputeState = "under_review"   // a person looks at it: silence decides nothing
	DisputeWon           DisputeState = "won"            // by the user
	DisputeLost          DisputeState = "lost"
	DisputeWithdrawn     DisputeState = "withdrawn"
)

// Events in the life of a dispute.
const (
	eventRefundAtOnce = "refund at once"
	eventWait         = "wait for an answer"
	eventRefer        = "refer to a person"
	eventAnswer       = "answer"
	eventDecideBuyer  = "decide for the buyer"
	eventDecideVendor = "decide for the vendor"
	eventWithdraw     = "withdraw"
)

const (
	disputeMax     = 60 * day // after its purchase a dispute can be opened
	maxDisputeText = 2_000    // characters
	fewDisputes    = 2        // of a wallet: so few say nothing about it
	fewReturns     = 5        // of a vendor in a day, by rule: so few say nothing about it
)

// disputeStates is the life of a dispute. It is opened and moved on by one entry, so opened is never seen.
var disputeStates = machine[DisputeState]{
	{DisputeOpened, eventRefundAtOnce, DisputeAutoResolved},
	{DisputeOpened, eventWait, DisputeNeedsResponse},
	{DisputeOpened, eventRefer, DisputeUnderReview},
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
	DueBy     time.Time // silence until then: won; zero if it was decided at once, or a person has to decide
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
	Staff   Staff   // verdict: who decides, if it is staff

	// The rest is for a dispute that is opened.
	Autos uint32 // how many disputes of this user the rule has refunded this month
	// VendorReturns is how many disputes the rule has refunded at this vendor in the last 24 hours.
	VendorReturns uint64
}

// DisputeOutcome is a dispute after a step.
type DisputeOutcome struct {
	Entry    Entry
	Dispute  Dispute
	Purchase Purchase
	Staff    Staff // verdict: who decided, with what was moved today
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
// was never used is refunded at once by rule, a few times a month; any other waits with its money set aside (2300): for
// an answer, where silence means that the buyer is right, or for a person, see [DisputeFacts.needsPerson]. It refuses
// with ErrInvalid and as [CanDispute] does.
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
	event := f.route(x, now)
	if event == eventRefundAtOnce {
		d.Decided, d.Note = e.At, "Paid back at once by rule: small, fresh, and never used."
		e.Postings = append(t.debits, giveBack(t.sources, f.Wallet, now)...)
		p.Returned += x
		p = p.afterReturn(now)
	} else {
		if event == eventWait {
			d.DueBy = e.At.Add(f.Policy.DisputeAnswer)
		}
		e.Postings = append(slices.Clone(t.debits), Posting{disputeHold(d), -x})
		p.Disputed += x
	}
	d.State, _ = disputeStates.next(DisputeOpened, event)
	e.Reason, e.Dispute = d.Reason, &d
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: p}, nil
}

// route is how a new dispute goes on.
func (f DisputeFacts) route(micros int64, now time.Time) string {
	switch {
	case f.needsPerson():
		return eventRefer
	case f.refundsAtOnce(micros, now):
		return eventRefundAtOnce
	case f.Wallet.Past.Waited > f.Wallet.Past.PaidIn-micros: // silence gives back once what a person has paid in
		return eventRefer
	}
	return eventWait
}

// needsPerson reports whether neither a rule nor silence may decide for the buyer: the content was used, the wallet
// disputes more than the policy's part of its purchases, or the vendor's sales come back by rule more often than that.
func (f DisputeFacts) needsPerson() bool {
	past := f.Wallet.Past
	over := func(n, of, few uint64) bool { return n > few && n*10_000 > of*uint64(f.Policy.Risk.DisputeRatio) }
	return f.Purchase.Grant.Used > 0 || over(past.Disputes+1, past.Sales, fewDisputes) ||
		over(f.VendorReturns+1, f.Till.Count, fewReturns)
}

// refundsAtOnce is the rule for small disputes: each of its bounds keeps one way of cheating small. What it gives back
// over the life of a wallet is a share of what its owner has paid in, so many wallets get no more than one.
func (f DisputeFacts) refundsAtOnce(micros int64, now time.Time) bool {
	fresh, _ := DisputeWindow(f.Sold, f.Policy)
	p := f.Policy.In(f.Sold.Amount.Currency)
	return micros <= p.DisputeAuto && now.Before(fresh) && f.Autos < p.DisputesPerMonth &&
		f.Wallet.Past.Returned <= f.Wallet.standing(now).returns(p)-micros
}

// disputeHold is where the money of a dispute waits.
func disputeHold(d Dispute) Account {
	return Account{DisputeHold, d.Amount.Currency, uint64(d.No)}
}

// DecideVerdict ends a dispute for the user or for the vendor. Staff give a reason and never decide about their own
// wallet; the vendor may only give in; the service itself decides only when the time to answer is over, and then for
// the user of what was never used. It refuses with ErrState, ErrInvalid (reason), ErrNotAllowed and ErrLimit (a day's
// sum of staff).
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
	st := f.Staff
	if r.UserWins && (r.Actor.Role == RoleRep || r.Actor.Role == RoleOperator) {
		if st, err = st.moves(f.Dispute.Amount, f.Policy, now); err != nil {
			return DisputeOutcome{}, err
		}
	}
	out := f.end(state, reason, r.Actor, now)
	out.Staff = st
	return out, nil
}

// mayDecide refuses who may not decide so.
func (f DisputeFacts) mayDecide(r VerdictRequest, reason string, now time.Time) error {
	no := func(detail string) error { return Refuse(ErrNotAllowed, "Let a representative decide.", "%s", detail) }
	switch r.Actor.Role {
	case RoleRep, RoleOperator:
		if f.User.holds(r.Actor.Key) || f.Staff.owns(f.User) {
			return RefuseOwn()
		}
		if reason == "" {
			return Invalid("reason", "Say why, for both sides to read.", "The reason is missing.")
		}
	case RoleSystem:
		if now.Before(f.Dispute.DueBy) {
			return RefuseState("dispute", "open until "+stamp(f.Dispute.DueBy.UTC()))
		}
		switch {
		case !r.UserWins:
			return no("Silence never decides against the buyer.")
		case f.Dispute.DueBy.IsZero() || f.Purchase.Grant.Used > 0:
			return no("Silence decides nothing about content that was used.")
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
		e.Postings = append(e.Postings, giveBack(d.Sources, f.Wallet, now)...)
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
