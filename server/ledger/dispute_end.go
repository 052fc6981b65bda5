package ledger

import "time"

// VerdictRequest decides a dispute.
type VerdictRequest struct {
	UserWins bool
	Reason   string // shown to both sides
	Actor    Actor
}

// DecideVerdict decides a dispute for the user or for the vendor. The money waits until the side that lost lets it
// stand or its time to appeal is over; the verdict of an appeal is final. Staff give a reason, never decide about their
// own wallet, and never about the appeal of their own verdict. It refuses with ErrState, ErrInvalid (reason),
// ErrNotAllowed and ErrLimit (a day's sum of staff).
func DecideVerdict(r VerdictRequest, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	event := eventDecideVendor
	if r.UserWins {
		event = eventDecideBuyer
	}
	state, err := f.after(event)
	if err != nil {
		return DisputeOutcome{}, err
	}
	reason, err := reasonBy(r.Actor, r.Reason)
	if err != nil {
		return DisputeOutcome{}, err
	}
	if err := f.mayDecide(r.Actor, reason); err != nil {
		return DisputeOutcome{}, err
	}
	if r.UserWins {
		if f.Staff, err = f.Staff.moves(f.Dispute.Amount, f.Policy, now); err != nil {
			return DisputeOutcome{}, err
		}
	}
	f.Dispute.Note = reason
	if f.Dispute.State == DisputeAppealed {
		return f.end(state, event, DisputeStep{Text: reason}, r.Actor, now)
	}
	f.Dispute.Decider = r.Actor.Key
	return f.moved(state, event, DisputeStep{Text: reason}, r.Actor, now), nil
}

// mayDecide refuses who may not decide.
func (f DisputeFacts) mayDecide(a Actor, reason string) error {
	switch {
	case a.Role != RoleRep && a.Role != RoleOperator:
		return Refuse(ErrNotAllowed, "Let a representative decide.", "Only staff decide a dispute.")
	case f.User.holds(a.Key) || f.Staff.owns(f.User):
		return RefuseOwn()
	case f.Dispute.State == DisputeAppealed &&
		(a.Key == f.Dispute.Decider || SamePerson(f.Staff, f.Decider)):
		return Refuse(ErrNotAllowed, "It waits on the desk for a second person.",
			"Another person than the one who decided has to decide the appeal.")
	case reason == "":
		return Invalid("reason", "Say why, for both sides to read.", "The reason is missing.")
	}
	return nil
}

// DecideOverdue does what the clock does with a dispute whose time is over. Silence decides for the buyer where nothing
// was consumed and no rule wants a person; else a person looks at it. An offer without an answer is declined, and a
// verdict without an appeal stands. It refuses with ErrState what is not due.
func DecideOverdue(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	d, a := f.Dispute, Actor{Role: RoleSystem}
	if !d.State.Open() || d.DueBy.IsZero() || now.Before(d.DueBy) {
		return DisputeOutcome{}, RefuseState("dispute", "not due")
	}
	event := eventStand
	switch {
	case d.State == DisputeOffered:
		return f.says(eventDecline, DisputeStep{}, a, now)
	case d.State == DisputeNeedsResponse && (d.Refer || f.Purchase.Grant.Used > 0):
		return f.says(eventRefer, DisputeStep{}, a, now)
	case d.State == DisputeNeedsResponse:
		event, f.Dispute.Note = eventSilence, "The vendor did not answer in time, so the buyer is right."
	}
	state, err := f.after(event)
	if err != nil {
		return DisputeOutcome{}, err
	}
	return f.end(state, event, DisputeStep{}, a, now)
}

// DecideGiveIn is the vendor's yes: the buyer gets all of it. A verdict for the buyer stands by it at once. It refuses
// with ErrState.
func DecideGiveIn(a Actor, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	state, err := f.after(eventGiveIn)
	if err != nil {
		return DisputeOutcome{}, err
	}
	f.Dispute.Note = "The vendor agreed."
	return f.end(state, eventGiveIn, DisputeStep{}, a, now)
}

// DecideTake is the buyer's yes to an offer: that part goes back, exactly as a refund of it, and the rest to the
// receivers. It refuses with ErrState.
func DecideTake(a Actor, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	state, err := f.after(eventTake)
	if err != nil {
		return DisputeOutcome{}, err
	}
	if err := f.Dispute.inTime(now); err != nil {
		return DisputeOutcome{}, err
	}
	f.Dispute.Note = "The buyer took the vendor's offer."
	return f.end(state, eventTake, DisputeStep{Micros: f.Dispute.Offer}, a, now)
}

// DecideWithdraw ends a dispute because the user says so: the money goes back to the receivers. It refuses with
// ErrState.
func DecideWithdraw(a Actor, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	state, err := f.after(eventWithdraw)
	if err != nil {
		return DisputeOutcome{}, err
	}
	f.Dispute.Note = "Withdrawn by the buyer."
	return f.end(state, eventWithdraw, DisputeStep{}, a, now)
}

// after returns the state that the event leads to. It refuses a dispute that is over, or where it cannot happen.
func (f DisputeFacts) after(event string) (DisputeState, error) {
	d := f.Dispute
	to, can := disputeStates.next(d.State, event)
	if !can {
		return "", Refuse(ErrState, "Look at it again: what can be done follows from its state.",
			"This dispute is %s: nobody can %s.", d.State.Words(), event)
	}
	if f.Purchase.No != d.Purchase || f.Purchase.Disputed != d.Amount.Micros {
		return "", errOverflow // the caller brought records that do not belong together
	}
	return to, nil
}

// GivenBack returns how many micros of a dispute have gone back to its buyer.
func (d Dispute) GivenBack() int64 {
	switch d.State {
	case DisputeAutoResolved, DisputeWon:
		return d.Amount.Micros
	case DisputeAccepted:
		return d.Offer
	}
	return 0
}

// VendorPart returns how many micros of the disputed money were taken from the vendor itself.
func (d Dispute) VendorPart() (micros int64) {
	for _, g := range d.Receivers {
		if g.Account.Class == VendorPending || g.Account.Class == VendorAvailable {
			micros += g.Micros
		}
	}
	return micros
}

// GivenBack returns what an entry gives back of a sale, whether by a refund or by a dispute: zero if it is neither.
func (e Entry) GivenBack() Amount {
	switch {
	case e.Kind == KindRefund:
		return e.Amount
	case e.Dispute != nil:
		return Amount{e.Dispute.GivenBack(), e.Amount.Currency}
	}
	return Amount{}
}

// end moves the money out of the dispute hold: to the sources what goes back, the rest to the receivers. A part goes
// back as if all had been restored and the part been refunded then, so that it is exact by the same rule.
func (f DisputeFacts) end(
	state DisputeState, event string, s DisputeStep, a Actor, now time.Time,
) (DisputeOutcome, error) {
	p, x := f.Purchase, f.Dispute.Amount.Micros
	e := f.step(now, KindDisputeDecided, a, x)
	d := f.Dispute.with(event, s, a, e.At)
	d.State, d.Decided, d.DueBy, d.Ended = state, e.At, time.Time{}, e.No
	e.User, e.Vendor, e.Cause = d.User, d.Vendor, d.Purchase
	back := d.GivenBack()
	p.Disputed = 0
	p.Returned += back
	e.Postings = []Posting{{disputeHold(d), x}}
	if back == x {
		e.Postings = append(e.Postings, giveBack(d.Sources, f.Wallet, now)...)
	} else {
		till := f.Till
		for _, g := range d.Receivers {
			e.Postings = append(e.Postings, Posting{g.Account, -g.Micros})
			if g.Account.Class == VendorPending {
				till.Pending += g.Micros
			}
		}
		p.Receivers, p.Sources = restore(p.Receivers, d.Receivers), restore(p.Sources, d.Sources)
		t, err := take(p, till, back)
		if err != nil {
			return DisputeOutcome{}, err
		}
		p.Receivers, p.Sources = t.receivers, t.left
		for _, g := range append(t.debits, giveBack(t.sources, f.Wallet, now)...) {
			e.Postings = addTo(e.Postings, g)
		}
		e.Postings = nonzero(e.Postings)
	}
	e.Postings, d.Reclaimed = d.reclaim(e.Postings, f.Wallet)
	e.Postings = f.rewarded(e.Postings, &p)
	e.Reason, e.Dispute = d.Note, &d
	p = p.afterReturn(&e)
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: p, Staff: f.Staff}, nil
}
