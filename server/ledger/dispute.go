package ledger

import (
	"slices"
	"strings"
	"time"
)

// DisputeState is how far a dispute has come (claim 14). The words are stored, and shown to people and programs.
type DisputeState string

// States of a dispute. Which follow which is in disputeStates, and drawn in DESIGN.md.
const (
	DisputeOpened        DisputeState = "opened"
	DisputeAutoResolved  DisputeState = "auto_resolved"  // refunded at once by rule
	DisputeNeedsResponse DisputeState = "needs_response" // the vendor has until it is due
	DisputeOffered       DisputeState = "offered"        // the vendor offers a part: the buyer has until it is due
	DisputeUnderReview   DisputeState = "under_review"   // a person looks at it: silence decides nothing
	DisputeForBuyer      DisputeState = "for_buyer"      // decided so: the vendor may appeal until it is due
	DisputeForVendor     DisputeState = "for_vendor"     // decided so: the buyer may appeal until it is due
	DisputeAppealed      DisputeState = "appealed"       // another person looks at it once more
	DisputeAccepted      DisputeState = "accepted"       // the buyer took the offer
	DisputeWon           DisputeState = "won"            // by the user
	DisputeLost          DisputeState = "lost"
	DisputeWithdrawn     DisputeState = "withdrawn"
)

// Events in the life of a dispute. The words are stored in its steps.
const (
	eventRefundAtOnce = "refund at once"
	eventWait         = "wait for an answer"
	eventAnswer       = "answer"
	eventOffer        = "offer a part"
	eventTake         = "take the offer"
	eventDecline      = "decline the offer"
	eventAsk          = "ask the vendor"
	eventSilence      = "silence"
	eventRefer        = "refer to a person"
	eventGiveIn       = "give in"
	eventDecideBuyer  = "decide for the buyer"
	eventDecideVendor = "decide for the vendor"
	eventAppeal       = "appeal"
	eventStand        = "let it stand"
	eventWithdraw     = "withdraw"
)

const (
	disputeMax     = 60 * day // after its purchase a dispute can be opened
	maxDisputeText = 2_000    // characters
	fewDisputes    = 2        // of a wallet: so few say nothing about it
	fewReturns     = 5        // of a vendor in a day, by rule: so few say nothing about it
)

// disputeStates is the life of a dispute. It is opened and moved on by one entry, so opened is never seen. Its money
// waits in 2300 from the beginning to the end, also while a verdict can be appealed: so won and lost are final, and no
// appeal has to take from anybody what was given.
var disputeStates = machine[DisputeState]{
	{DisputeOpened, eventRefundAtOnce, DisputeAutoResolved},
	{DisputeOpened, eventWait, DisputeNeedsResponse},
	{DisputeNeedsResponse, eventAnswer, DisputeUnderReview},
	{DisputeNeedsResponse, eventOffer, DisputeOffered},
	{DisputeNeedsResponse, eventSilence, DisputeWon},
	{DisputeNeedsResponse, eventRefer, DisputeUnderReview},
	{DisputeNeedsResponse, eventDecideBuyer, DisputeForBuyer},
	{DisputeNeedsResponse, eventDecideVendor, DisputeForVendor},
	{DisputeNeedsResponse, eventGiveIn, DisputeWon},
	{DisputeNeedsResponse, eventWithdraw, DisputeWithdrawn},
	{DisputeOffered, eventTake, DisputeAccepted},
	{DisputeOffered, eventDecline, DisputeUnderReview},
	{DisputeOffered, eventGiveIn, DisputeWon},
	{DisputeOffered, eventWithdraw, DisputeWithdrawn},
	{DisputeUnderReview, eventAnswer, DisputeUnderReview},
	{DisputeUnderReview, eventAsk, DisputeNeedsResponse},
	{DisputeUnderReview, eventDecideBuyer, DisputeForBuyer},
	{DisputeUnderReview, eventDecideVendor, DisputeForVendor},
	{DisputeUnderReview, eventGiveIn, DisputeWon},
	{DisputeUnderReview, eventWithdraw, DisputeWithdrawn},
	{DisputeForBuyer, eventAppeal, DisputeAppealed},
	{DisputeForBuyer, eventStand, DisputeWon},
	{DisputeForBuyer, eventGiveIn, DisputeWon},
	{DisputeForBuyer, eventWithdraw, DisputeWithdrawn},
	{DisputeForVendor, eventAppeal, DisputeAppealed},
	{DisputeForVendor, eventStand, DisputeLost},
	{DisputeForVendor, eventGiveIn, DisputeWon},
	{DisputeForVendor, eventWithdraw, DisputeWithdrawn},
	{DisputeAppealed, eventDecideBuyer, DisputeWon},
	{DisputeAppealed, eventDecideVendor, DisputeLost},
	{DisputeAppealed, eventGiveIn, DisputeWon},
	{DisputeAppealed, eventWithdraw, DisputeWithdrawn},
}

// Open reports whether a dispute still waits for its decision.
func (s DisputeState) Open() bool { return !disputeStates.ends(s) }

// DisputeStates returns the states in which a dispute can be seen.
func DisputeStates() (all []string) {
	for _, t := range disputeStates {
		if !slices.Contains(all, string(t.to)) {
			all = append(all, string(t.to))
		}
	}
	return all
}

// Words is the state as it is told to people.
func (s DisputeState) Words() string { return strings.ReplaceAll(string(s), "_", " ") }

// WaitsForStaff reports whether staff have something to do in a dispute: else it is over, or the turn of one of its
// sides.
func (s DisputeState) WaitsForStaff() bool {
	_, can := disputeStates.next(s, eventDecideBuyer)
	return can
}

// CanFollow reports whether a dispute in this state may be in the other one by its next step.
func (s DisputeState) CanFollow(next DisputeState) bool {
	return slices.Contains(disputeStates.after(s), next)
}

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
	DueBy     time.Time // until when the side whose turn it is may act; zero: a person has to, or it is over
	Decided   time.Time // when its money moved; zero: not yet
	Note      string    // why it was decided so
	Receivers []Posting // what was taken from each receiver, as positive micros
	Sources   []Posting // where it goes back to if the user wins, as positive micros

	// Older books have nothing of what follows: their disputes were opened and decided, and silence was for the buyer.
	Rule    string // which rule has said how it goes on, see disputeRules
	Why     string // the same in words for both sides
	Refer   bool   // silence refers it to a person instead of deciding for the buyer
	Used    uint32 // how often the content was opened before
	First   time.Time
	Offer   int64   // micros that the vendor offers back, or has given back when the buyer took it
	Ended   EntryNo // the entry by which its money left the hold: the name of the refund, if some went back
	Decider string  // the key of who has given the verdict: another person decides the appeal
	Steps   []DisputeStep

	Provisional int64 // micros that were lent to the buyer until it is decided
	Reclaimed   int64 // micros of it that the buyer did not keep
}

// DisputeStep is what one side, staff or the clock has done in a dispute. Both sides read it.
type DisputeStep struct {
	At     time.Time
	Role   Role
	Event  string // of disputeStates
	Micros int64  // of an offer
	Text   string // what was said; cleaned
}

// Acts of a buyer in a dispute that is open, as commands and screens name them.
const (
	DisputeAccept   = "accept"  // take the offer
	DisputeDecline  = "decline" // do not
	DisputeAppeal   = "appeal"
	DisputeWithdraw = "withdraw"
)

// BuyerMay returns which acts the state leaves to the buyer. Whether it is in time is said when one is tried.
func (d Dispute) BuyerMay() (acts []string) {
	for _, a := range [...]struct{ act, event string }{
		{DisputeAccept, eventTake},
		{DisputeDecline, eventDecline},
		{DisputeAppeal, eventAppeal},
		{DisputeWithdraw, eventWithdraw},
	} {
		_, can := disputeStates.next(d.State, a.event)
		if can && (a.event != eventAppeal || d.State == DisputeForVendor) {
			acts = append(acts, a.act)
		}
	}
	return acts
}

// DisputeCase opens a dispute.
type DisputeCase struct {
	Reason string // one of DisputeReasons
	Text   string // what the user says
	Actor  Actor
}

// DisputeFacts is what a decision about a dispute needs to know.
type DisputeFacts struct {
	SaleFacts
	Dispute Dispute // of a step
	Staff   Staff   // verdict, question: who of staff it is
	Decider Staff   // verdict of an appeal: who has decided before

	// The rest is for a dispute that is opened.
	Autos uint32 // how many disputes of this user the rule has refunded this month
	// Lent reports that something is lent to this wallet for another dispute.
	Lent bool
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
// was never used is refunded at once by rule, a few times a month; any other waits for the vendor's answer with its
// money set aside (2300). What silence means then, and why, the first of disputeRules says that applies. It refuses
// with ErrInvalid and as [CanDispute] does.
func DecideDispute(r DisputeCase, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	if !slices.Contains(DisputeReasons, r.Reason) {
		return DisputeOutcome{}, Invalid("reason", "Say "+orList(DisputeReasons)+".",
			"%q is not a reason for a dispute.", CleanLine(r.Reason, 30))
	}
	text, err := typedText("text", r.Text, maxDisputeText)
	if err != nil {
		return DisputeOutcome{}, err
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
		Text: text, Opened: e.At, Receivers: t.debits, Sources: t.sources,
		Used: p.Grant.Used, First: p.Grant.First,
	}
	p.Receivers, p.Sources, p.Dispute = t.receivers, t.left, f.No
	rule, why := f.rule(x, now)
	d.Rule, d.Why, d.Refer = rule.name, why, rule.refer
	if rule.event == eventRefundAtOnce {
		d.Decided, d.Note, d.Ended = e.At, why, f.No
		e.Postings = append(t.debits, giveBack(t.sources, f.Wallet, now)...)
		p.Returned += x
		p = p.afterReturn(&e)
	} else {
		d.DueBy = e.At.Add(f.Policy.DisputeAnswer)
		d.Provisional = f.provisional(rule, t.sources, now)
		e.Postings = append(append(slices.Clone(t.debits), Posting{disputeHold(d), -x}), d.lend()...)
		p.Disputed += x
	}
	d.State, _ = disputeStates.next(DisputeOpened, rule.event)
	e.Postings = f.rewarded(e.Postings, &p)
	e.Reason, e.Dispute = d.Reason, &d
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: p}, nil
}

// disputeHold is where the money of a dispute waits.
func disputeHold(d Dispute) Account {
	return Account{DisputeHold, d.Amount.Currency, uint64(d.No)}
}
