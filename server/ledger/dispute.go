package ledger

import (
	"slices"
	"time"
)

// DisputeState is how far a dispute has come.
type DisputeState string

// States of a dispute. Which follow which is in [NextDisputeStates].
const (
	DisputeOpened        DisputeState = "opened"
	DisputeAutoResolved  DisputeState = "auto_resolved"
	DisputeNeedsResponse DisputeState = "needs_response"
	DisputeUnderReview   DisputeState = "under_review"
	DisputeWon           DisputeState = "won" // by the user
	DisputeLost          DisputeState = "lost"
	DisputeWithdrawn     DisputeState = "withdrawn"
)

// Dispute is a user's contest of a purchase (claim 14). Its money waits in 2300.
type Dispute struct {
	No        EntryNo // the entry that opened it
	Purchase  EntryNo
	User      UserID
	Vendor    VendorID
	Amount    Amount
	Reason    string // one of DisputeReasons
	Text      string
	State     DisputeState
	Opened    time.Time
	DueBy     time.Time
	Decided   time.Time
	Note      string    // why it was decided so
	Receivers []Posting // what was taken from each receiver, as positive micros
	Sources   []Posting // where it goes back to if the user wins, as positive micros
}

// DisputeReasons are the reasons for which a purchase can be disputed.
var DisputeReasons = []string{"unauthorized", "not_delivered", "not_as_described", "duplicate"}

// DisputeCase is a user's contest of a purchase (claim 14).
type DisputeCase struct {
	Reason string // one of DisputeReasons
	Text   string
	Actor  Actor
}

// DisputeFacts is what a decision about a dispute needs to know.
type DisputeFacts struct {
	SaleFacts
	Dispute Dispute // verdict, withdraw
	Autos   uint32  // how many disputes of this user the rule has refunded this month
}

// DisputeOutcome is a dispute after a step.
type DisputeOutcome struct {
	Entry    Entry
	Dispute  Dispute
	Purchase Purchase
}

// VerdictRequest decides a dispute.
type VerdictRequest struct {
	UserWins bool
	Reason   string
	Actor    Actor
}

// disputeLife is how long after its purchase a dispute can be opened.
const disputeLife = 60 * day

const maxDisputeText = 2_000

// NextDisputeStates is the table of the life of a dispute.
func NextDisputeStates(s DisputeState) []DisputeState {
	switch s {
	case DisputeOpened:
		return []DisputeState{DisputeAutoResolved, DisputeNeedsResponse}
	case DisputeNeedsResponse:
		return []DisputeState{DisputeUnderReview, DisputeWon, DisputeLost, DisputeWithdrawn}
	case DisputeUnderReview:
		return []DisputeState{DisputeWon, DisputeLost, DisputeWithdrawn}
	}
	return nil
}

// Open tells whether a dispute still waits for its decision.
func (s DisputeState) Open() bool { return len(NextDisputeStates(s)) > 0 }

// DisputeWindow tells until when the rule refunds at once, and until when a dispute can be opened at all.
func DisputeWindow(sold Entry, p Policy) (auto, last time.Time) {
	return sold.At.Add(min(p.DisputeWindow, disputeLife)), sold.At.Add(disputeLife)
}

// CanDispute refuses to dispute what was not captured, is given back already, is or was disputed, or is too old.
func CanDispute(sold Entry, p Purchase, now time.Time) error {
	switch {
	case sold.Sale == nil:
		return RefuseNotFound("purchase")
	case p.Dispute != 0:
		return Refuse(ErrState, "See how it stands with: disputes.", "This purchase was disputed already.")
	case p.State != PurchaseCaptured && p.State != PurchasePartlyRefunded:
		return RefuseState("purchase", StateWord(p.State))
	case !now.Before(sold.At.Add(disputeLife)):
		return Refuse(ErrState, "Speak with a representative of this service.", "A purchase can be disputed for 60 days.")
	}
	return nil
}

// DecideDispute opens a dispute about all that is left of a purchase. A small and fresh one whose content was used at most
// once is refunded at once by rule, a few times a month; any other waits with its money set aside (2300) for an answer,
// and silence means that the buyer is right.
func DecideDispute(r DisputeCase, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	if !slices.Contains(DisputeReasons, r.Reason) {
		return DisputeOutcome{}, Invalid("reason", "Say "+orList(DisputeReasons)+".", "%q is not a reason for a dispute.", CleanLine(r.Reason, 30))
	}
	p := f.Purchase
	if err := CanDispute(f.Sold, p, now); err != nil {
		return DisputeOutcome{}, err
	}
	x := p.Left()
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
	if auto, _ := DisputeWindow(f.Sold, f.Policy); x <= f.Policy.DisputeAuto && now.Before(auto) && p.Grant.Used <= 1 && f.Autos < f.Policy.DisputesPerMonth {
		d.State, d.Decided, d.Note = DisputeAutoResolved, e.At, "Paid back at once by rule: small, fresh, and used at most once."
		e.Postings = append(t.debits, giveBack(t.sources, f.Wallet)...)
		p.Returned += x
		p = p.settleState(now)
	} else {
		d.State, d.DueBy = DisputeNeedsResponse, e.At.Add(f.Policy.DisputeAnswer)
		e.Postings = append(slices.Clone(t.debits), Posting{disputeHold(d), -x})
		p.Disputed += x
	}
	e.Reason, e.Dispute = d.Reason, &d
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: p}, nil
}

// disputeHold is where the money of a dispute waits.
func disputeHold(d Dispute) Account {
	return Account{DisputeHold, d.Amount.Currency, uint64(d.No)}
}

// DecideVerdict ends a dispute for the user or for the vendor. Staff give a reason and never decide about their own
// wallet; the house itself decides only when the time to answer is over, and then for the user.
func DecideVerdict(r VerdictRequest, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	if err := f.open(); err != nil {
		return DisputeOutcome{}, err
	}
	reason := CleanText(r.Reason, maxReason)
	switch r.Actor.Role {
	case RoleRep, RoleOperator:
		if f.User.Holds(r.Actor.Key) {
			return DisputeOutcome{}, RefuseOwn()
		}
		if reason == "" {
			return DisputeOutcome{}, Invalid("reason", "Say why, for both sides to read.", "The reason is missing.")
		}
	case RoleSystem:
		if now.Before(f.Dispute.DueBy) {
			return DisputeOutcome{}, RefuseState("dispute", "open until "+stamp(f.Dispute.DueBy.UTC()))
		}
		if !r.UserWins {
			return DisputeOutcome{}, Refuse(ErrNotAllowed, "Let a representative decide.", "Silence never decides against the buyer.")
		}
	case RoleVendor: // the vendor may only accept
		if !r.UserWins {
			return DisputeOutcome{}, Refuse(ErrNotAllowed, "Let a representative decide.", "A vendor cannot decide against the buyer.")
		}
	default:
		return DisputeOutcome{}, Refuse(ErrNotAllowed, "Let a representative decide.", "Only staff decide a dispute.")
	}
	if r.UserWins {
		return f.end(DisputeWon, reason, r.Actor, now), nil
	}
	return f.end(DisputeLost, reason, r.Actor, now), nil
}

// DecideWithdraw ends a dispute because the user says so: the money goes back to the receivers.
func DecideWithdraw(a Actor, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	if err := f.open(); err != nil {
		return DisputeOutcome{}, err
	}
	return f.end(DisputeWithdrawn, "Withdrawn by the buyer.", a, now), nil
}

// open refuses a dispute that is decided.
func (f DisputeFacts) open() error {
	if !slices.Contains(NextDisputeStates(f.Dispute.State), DisputeWon) {
		return RefuseState("dispute", string(f.Dispute.State))
	}
	if f.Purchase.No != f.Dispute.Purchase || f.Purchase.Disputed != f.Dispute.Amount.Micros {
		return errOverflow // the caller brought records that do not belong together
	}
	return nil
}

// end moves the money out of the dispute hold.
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
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: p.settleState(now)}
}
