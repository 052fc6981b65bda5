package ledger

import (
	"time"
)

// ProposalState is how far a proposal has come.
type ProposalState string

// States of a proposal.
const (
	ProposalOpen      ProposalState = "proposed"
	ProposalApproved  ProposalState = "approved"  // and done, in the same commit
	ProposalDenied    ProposalState = "denied"    // by another person
	ProposalWithdrawn ProposalState = "withdrawn" // by who made it
	ProposalExpired   ProposalState = "expired"   // the clock ends it: nothing is written
)

// proposalStates is the life of a proposal.
var proposalStates = machine[ProposalState]{
	{ProposalOpen, "approve", ProposalApproved},
	{ProposalOpen, "deny", ProposalDenied},
	{ProposalOpen, "withdraw", ProposalWithdrawn},
	{ProposalOpen, eventExpire, ProposalExpired},
}

// Acts that can be proposed.
const (
	ActCredit = "credit" // goodwill to a wallet
	ActRefund = "refund" // a sale back to its buyer
)

const (
	// ProposalLife is how long a proposal waits for a second person.
	ProposalLife = 3 * day
	// MaxProposals bounds how many of one member of staff wait.
	MaxProposals = 20
)

// Proposal is an act above the bound for one person (two_persons): one proposes it, another approves it, and then it is
// done, under the rules of that moment. There is one shape for all such acts.
type Proposal struct {
	No      EntryNo // the entry that made it
	Act     string
	User    UserID  // whose wallet gets it
	Sale    EntryNo // ActRefund
	Amount  Amount
	Reason  string // what the parties read
	State   ProposalState
	By      string // fingerprint of who has made it
	Created time.Time
	Expires time.Time
	Decider string // fingerprint of who has decided it
	Decided time.Time
	Why     string // of a denial; cleaned
}

// At returns the proposal as it stands at an instant: the clock ends it.
func (p Proposal) At(now time.Time) Proposal {
	if p.State == ProposalOpen && (!now.Before(p.Expires) || p.Expires.Sub(now) > ProposalLife+clockSlack) {
		p.State = ProposalExpired
	}
	return p
}

// Open reports whether a second person is waited for.
func (p Proposal) Open(now time.Time) bool { return p.At(now).State == ProposalOpen }

// SecondPerson refuses with ErrNotAllowed who would be both persons of an act that needs two. It is the one rule for
// instruments, receipts and proposals: first is who has done the first step, did and does are the words of the steps.
func SecondPerson(first, second Staff, p Policy, x Amount, did, does string) error {
	if !SamePerson(first, second) {
		return nil
	}
	return Refuse(ErrNotAllowed, "It waits on the desk for a second person.",
		"Above %s another person than the one who %s it has to %s.",
		Amount{p.In(x.Currency).Risk.TwoPersons, x.Currency}, did, does)
}

// NeedsTwo reports whether an act over an amount is one for two persons.
func (p Policy) NeedsTwo(x Amount) bool { return x.Micros > p.In(x.Currency).Risk.TwoPersons }

// ProposalFacts is what a decision about a proposal needs to know.
type ProposalFacts struct {
	No       EntryNo
	Policy   Policy
	Proposal Proposal // approve, deny
	User     User     // whose wallet gets it
	Staff    Staff    // who acts
	Proposer Staff    // approve, deny: who has made it
	Open     int      // propose: how many of the same person wait
}

// ProposalOutcome is a proposal after a step. Approve has no entry of its own: the act's entry tells of it.
type ProposalOutcome struct {
	Entry    Entry
	Proposal Proposal
	Staff    Staff
}

// Propose asks for a second person. The sum counts for the day of who proposes, as if it were done. It refuses with
// ErrNotAllowed one's own wallet, with ErrInvalid no reason, and with ErrLimit more than a day may have, or more
// proposals than may wait.
func Propose(p Proposal, f ProposalFacts, a Actor, now time.Time) (out ProposalOutcome, err error) {
	if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
		return out, err
	}
	if f.Open >= MaxProposals {
		no := Refuse(ErrLimit, "Have a colleague decide some of them: desk proposals.",
			"%d proposals of one person wait already.", f.Open)
		no.Limit = "proposals"
		return out, no
	}
	if p.Reason, err = typedText("reason", p.Reason, maxReason); err != nil {
		return out, err
	}
	if p.Reason == "" {
		return out, Invalid("reason", "Type one sentence: its owner reads it.", "The reason is missing.")
	}
	if out.Staff, err = f.Staff.moves(p.Amount, f.Policy, now); err != nil {
		return out, err
	}
	e := entry(f.No, now, KindProposal, a)
	p.No, p.State, p.By, p.Created, p.Expires = f.No, ProposalOpen, a.Key, e.At, e.At.Add(ProposalLife)
	e.User, e.Desk, e.Reason = p.User, &Desk{Proposal: &p}, p.Reason
	out.Entry, out.Proposal = e, p
	return out, nil
}

// Approve returns the proposal as approved: the act follows in the same commit. It refuses with ErrState one that is
// over, and with ErrNotAllowed who has made it, whatever key that person has, and whose own wallet it is about.
func (f ProposalFacts) Approve(a Actor, now time.Time) (Proposal, error) {
	p, err := f.decide("approve", a, now)
	if err != nil {
		return p, err
	}
	return p, SecondPerson(f.Proposer, f.Staff, f.Policy, p.Amount, "proposed", "approve")
}

// Deny ends a proposal without the act; of who has made it that is a withdrawal. It refuses as [ProposalFacts.Approve].
func (f ProposalFacts) Deny(why string, a Actor, now time.Time) (out ProposalOutcome, err error) {
	event := "deny"
	if SamePerson(f.Proposer, f.Staff) {
		event = "withdraw"
	}
	p, err := f.decide(event, a, now)
	if err != nil {
		return out, err
	}
	if p.Why, err = typedText("reason", why, maxReason); err != nil {
		return out, err
	}
	if p.Why == "" {
		return out, Invalid("reason", "Type one sentence: who proposed it reads it.", "The reason is missing.")
	}
	e := entry(f.No, now, KindProposal, a)
	e.User, e.Cause, e.Desk, e.Reason = p.User, p.No, &Desk{Proposal: &p}, p.Why
	return ProposalOutcome{Entry: e, Proposal: p, Staff: f.Staff}, nil
}

// decide moves a proposal on, once, in its time, and by nobody whose own wallet it is about.
func (f ProposalFacts) decide(event string, a Actor, now time.Time) (Proposal, error) {
	p := f.Proposal.At(now)
	to, can := proposalStates.next(p.State, event)
	if !can || p.State != ProposalOpen {
		return p, RefuseState("proposal", string(p.State)+" already")
	}
	if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
		return p, err
	}
	p.State, p.Decider, p.Decided = to, a.Key, instant(now)
	return p, nil
}
