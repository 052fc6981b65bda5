package ledger

import (
	"slices"
	"time"
)

// CaseKind says what a case of the desk is about. Numbers are stored.
type CaseKind uint8

// Kinds of cases.
const (
	CaseDispute    CaseKind = iota + 1 // by the entry that opened it
	CaseDeposit                        // by its owner and number
	CaseReceipt                        // by the entry that booked it
	CaseProposal                       // by the entry that made it
	CaseCaller                         // the request of a caller, by its owner and the entry that noted it
	CaseInvite                         // an invitation, by the entry that made it
	CaseRedemption                     // by the entry that opened it
	CasePayout                         // a settlement, by the entry that made it
	CaseAccount                        // a bank account that payouts go to, by its record in the vault
)

// CaseRef names a case: a dispute, a deposit, a receipt or a proposal … User is 0 but for a deposit and a caller.
type CaseRef struct {
	Kind CaseKind
	User UserID
	No   uint64
}

const (
	// ClaimLife is for how long a case is with who has claimed it.
	ClaimLife = 30 * time.Minute
	// maxNotes bounds the notes of a case, maxNote the characters of one.
	maxNotes, maxNote = 50, 500
)

// Acts on a case.
const (
	CaseNoted    = "note"
	CaseClaimed  = "claim"
	CaseReleased = "release"
	CaseHanded   = "hand"
)

// Case is what staff know of a case beside the books, and with whom it is. It says nothing of the case itself.
type Case struct {
	Ref    CaseRef
	Holder string    // fingerprint of who has claimed it, "" for nobody
	Until  time.Time // when the claim ends by itself
	Notes  []CaseNote
	Last   EntryNo // the newest entry about it
}

// CaseNote is a note of staff for staff.
type CaseNote struct {
	At   time.Time
	By   string // fingerprint
	Text string // cleaned
}

// With returns with whom the case is now, "" for nobody: a claim ends by itself.
func (c Case) With(now time.Time) string {
	if c.Holder == "" || !now.Before(c.Until) || c.Until.Sub(now) > ClaimLife+clockSlack {
		return ""
	}
	return c.Holder
}

// CaseStep is what an entry says of a case.
type CaseStep struct {
	Ref    CaseRef
	Act    string // note, claim, release, hand
	Text   string
	Holder string
	Until  time.Time
}

// After returns the case after an entry about it. The audit follows the same steps.
func (c Case) After(e Entry) Case {
	s := e.Desk.Case
	c.Ref, c.Last = s.Ref, e.No
	if s.Act == CaseNoted {
		c.Notes = append(slices.Clone(c.Notes), CaseNote{At: e.At, By: e.Actor.Key, Text: s.Text})
		return c
	}
	if s.Text != "" { // a word for who takes over
		c.Notes = append(slices.Clone(c.Notes), CaseNote{At: e.At, By: e.Actor.Key, Text: s.Text})
	}
	c.Holder, c.Until = s.Holder, s.Until
	return c
}

// CaseRequest is a step of staff in a case.
type CaseRequest struct {
	Act   string
	Text  string // of a note, or for who takes over
	To    Staff  // hand: who takes over
	Actor Actor
}

// CaseFacts is what the decision needs to know.
type CaseFacts struct {
	No     EntryNo
	Case   Case
	Owner  User // whose wallet it is about; zero for nobody's
	Staff  Staff
	Holder string // the name of who has the case, for words
}

// CaseOutcome is a case after a step.
type CaseOutcome struct {
	Entry Entry
	Case  Case
}

// DecideCase notes something about a case, claims it for half an hour, gives it back, or hands it to a colleague. A
// claim binds nobody: it says who is at work, so that two do not do the same. It refuses with ErrNotAllowed a case
// about one's own wallet, also for who takes over; with ErrState a case that is with another; and with ErrInvalid a
// note without words, and one too many.
func DecideCase(r CaseRequest, f CaseFacts, now time.Time) (out CaseOutcome, err error) {
	text, err := typedText("text", r.Text, maxNote)
	if err != nil {
		return out, err
	}
	with := f.Case.With(now)
	if err := f.Staff.RefuseOwnWallet(f.Owner); err != nil {
		return out, err
	}
	switch {
	case r.Act == CaseNoted && text == "":
		return out, Invalid("text", "Type what a colleague should know.", "The note has no words.")
	case text != "" && len(f.Case.Notes) >= maxNotes:
		return out, Invalid("text", "Hand it to a colleague, and speak.", "A case has at most %d notes.", maxNotes)
	}
	step := CaseStep{Ref: f.Case.Ref, Act: r.Act, Text: text}
	mine := with == f.Staff.Fingerprint
	switch r.Act {
	case CaseNoted:
	case CaseClaimed:
		if with != "" && !mine {
			return out, refuseHeld(f, "Take another one, or ask for it: desk hand.")
		}
		step.Holder, step.Until = f.Staff.Fingerprint, instant(now).Add(ClaimLife)
	case CaseReleased:
		if with == "" {
			return out, RefuseState("case", "free already")
		}
		if !mine && f.Staff.Role != RoleOperator {
			return out, refuseHeld(f, "Who has it, or an operator, gives it back.")
		}
	case CaseHanded:
		if with != "" && !mine && f.Staff.Role != RoleOperator {
			return out, refuseHeld(f, "Who has it, or an operator, hands it over.")
		}
		if err := mayTake(r.To, f); err != nil {
			return out, err
		}
		step.Holder, step.Until = r.To.Fingerprint, instant(now).Add(ClaimLife)
	}
	e := entry(f.No, now, KindCase, r.Actor)
	e.User, e.Desk = f.Owner.ID, &Desk{Case: &step}
	return CaseOutcome{Entry: e, Case: f.Case.After(e)}, nil
}

// mayTake refuses a case to who is no staff, and to whose own wallet it is about.
func mayTake(to Staff, f CaseFacts) error {
	switch {
	case to.Fingerprint == "" || !to.Ended.IsZero():
		return Refuse(ErrNotFound, "Name a colleague as the staff log does.", "There is no such member of staff.")
	case f.Owner.ID != 0 && to.owns(f.Owner):
		return Refuse(ErrNotAllowed, "Hand it to another colleague.", "It is about that colleague's own wallet.")
	}
	return nil
}

func refuseHeld(f CaseFacts, remedy string) error {
	no := Refuse(ErrState, remedy, "It is with %s until %s.", f.Holder, stamp(f.Case.Until.UTC()))
	no.ResetsAt = f.Case.Until
	return no
}
