package ledger

import "time"

// What both sides, and staff, say in a dispute before it is decided. Nothing here moves money.

// maxAsked is how often staff may ask the vendor of one dispute.
const maxAsked = 3

// DecideAnswer is the vendor's answer with its evidence. A person looks at it then. It refuses with ErrInvalid (text)
// and with ErrState what is due no more, or a second answer that nobody asked for.
func DecideAnswer(a Actor, text string, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	text, err := typedText("text", text, maxDisputeText)
	switch {
	case err != nil:
		return DisputeOutcome{}, err
	case text == "":
		return DisputeOutcome{}, Invalid("text", "Say what was delivered, and when.", "The answer is empty.")
	}
	if f.Dispute.State == DisputeUnderReview && f.Dispute.said(RoleVendor) {
		return DisputeOutcome{}, Refuse(ErrState, "Wait until a representative asks or decides.",
			"The vendor has answered this dispute.")
	}
	return f.says(eventAnswer, DisputeStep{Text: text}, a, now)
}

// DecideOffer offers a part of the money to the buyer: less than all of it, which is to give in. It refuses with
// ErrInvalid (amount, text) and ErrState.
func DecideOffer(a Actor, micros int64, text string, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	if micros <= 0 {
		return DisputeOutcome{}, Invalid("amount", "Offer a part of what is disputed.",
			"An offer has to be more than zero.")
	}
	if all := f.Dispute.Amount; micros >= all.Micros {
		return DisputeOutcome{}, Invalid("amount", "Offer less, or accept the dispute to give all of it back.",
			"%s are disputed: an offer is a part of that.", all)
	}
	text, err := typedText("text", text, maxDisputeText)
	switch {
	case err != nil:
		return DisputeOutcome{}, err
	case text == "":
		return DisputeOutcome{}, Invalid("text", "Say why you offer that much.", "The offer has no words.")
	}
	f.Dispute.Offer = micros
	return f.says(eventOffer, DisputeStep{Micros: micros, Text: text}, a, now)
}

// DecideDecline is the buyer's no to an offer. It refuses with ErrState.
func DecideDecline(a Actor, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	return f.says(eventDecline, DisputeStep{}, a, now)
}

// DecideAsk asks the vendor again, who has as long as for the first answer. It refuses with ErrInvalid (text), with
// ErrNotAllowed staff whose own wallet it is about, and with ErrState.
func DecideAsk(a Actor, text string, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	if f.User.holds(a.Key) || f.Staff.owns(f.User) {
		return DisputeOutcome{}, RefuseOwn()
	}
	text, err := typedText("text", text, maxDisputeText)
	switch {
	case err != nil:
		return DisputeOutcome{}, err
	case text == "":
		return DisputeOutcome{}, Invalid("text", "Type the question.", "The question is empty.")
	}
	asked := 0
	for _, s := range f.Dispute.Steps {
		if s.Event == eventAsk {
			asked++
		}
	}
	if asked >= maxAsked {
		return DisputeOutcome{}, Refuse(ErrState, "Decide it by what is known.",
			"The vendor was asked %d times already.", asked)
	}
	f.Dispute.Refer = true // whatever the vendor does, a person looks at it
	return f.says(eventAsk, DisputeStep{Text: text}, a, now)
}

// DecideAppeal is the appeal of the side that lost, once and before it is due. It refuses with ErrInvalid (text), with
// ErrNotAllowed the side that has won, and with ErrState.
func DecideAppeal(a Actor, text string, f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	lost := map[DisputeState]Role{DisputeForBuyer: RoleVendor, DisputeForVendor: RoleUser}
	if side, can := lost[f.Dispute.State]; can && side != a.Role {
		return DisputeOutcome{}, Refuse(ErrNotAllowed, "Wait until the other side has let it stand.",
			"Only the side that lost may appeal.")
	}
	text, err := typedText("text", text, maxDisputeText)
	switch {
	case err != nil:
		return DisputeOutcome{}, err
	case text == "":
		return DisputeOutcome{}, Invalid("text", "Say what was not seen or not known.", "The appeal has no words.")
	}
	return f.says(eventAppeal, DisputeStep{Text: text}, a, now)
}

// said reports whether a side has said something since the dispute was opened.
func (d Dispute) said(r Role) bool {
	for _, s := range d.Steps {
		if s.Role == r && s.Text != "" {
			return true
		}
	}
	return false
}

// inTime refuses what comes after its time, before the clock has moved the dispute on.
func (d Dispute) inTime(now time.Time) error {
	if !d.DueBy.IsZero() && !now.Before(d.DueBy) {
		return RefuseState("dispute", "over since "+stamp(d.DueBy.UTC()))
	}
	return nil
}

// says moves a dispute on by a step that moves no money.
func (f DisputeFacts) says(event string, s DisputeStep, a Actor, now time.Time) (DisputeOutcome, error) {
	state, err := f.after(event)
	if err != nil {
		return DisputeOutcome{}, err
	}
	if a.Role != RoleSystem {
		if err := f.Dispute.inTime(now); err != nil {
			return DisputeOutcome{}, err
		}
	}
	return f.moved(state, event, s, a, now), nil
}

// moved is the dispute in its next state, with by when somebody has to act in it.
func (f DisputeFacts) moved(state DisputeState, event string, s DisputeStep, a Actor, now time.Time) DisputeOutcome {
	e := f.step(now, KindDisputeStep, a, f.Dispute.Amount.Micros)
	d := f.Dispute.with(event, s, a, e.At)
	d.State, d.DueBy = state, time.Time{}
	switch state {
	case DisputeNeedsResponse, DisputeOffered:
		d.DueBy = e.At.Add(f.Policy.DisputeAnswer)
	case DisputeForBuyer, DisputeForVendor:
		d.DueBy = e.At.Add(f.Policy.Disputes.Appeal)
	}
	e.Reason, e.Dispute = s.Text, &d
	return DisputeOutcome{Entry: e, Dispute: d, Purchase: f.Purchase, Staff: f.Staff}
}

// with is the dispute with one step more. The steps of the record that was read are not touched.
func (d Dispute) with(event string, s DisputeStep, a Actor, at time.Time) Dispute {
	s.At, s.Role, s.Event = at, a.Role, event
	d.Steps = append(append(make([]DisputeStep, 0, len(d.Steps)+1), d.Steps...), s)
	return d
}
