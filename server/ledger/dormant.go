package ledger

import (
	"time"
)

// Dormancy is what the operator decides about balances that nobody has used for long. They are never income.
type Dormancy struct {
	After  time.Duration // since the owner was last seen; 0: nothing is moved
	Notice time.Duration // a balance is announced so long before it is moved
}

// DefaultDormancy returns what books without these settings have: nothing is moved.
func DefaultDormancy() Dormancy { return Dormancy{Notice: 30 * day} }

// dormancySettings are the lines of the policy about balances that nobody uses.
func (p *Policy) dormancySettings() []setting {
	d := &p.Dormancy
	return []setting{
		timeSetting("dormant_after", "after how long without its owner a balance becomes unclaimed property; 0s: never",
			&d.After, 0, 15*366*day),
		timeSetting("dormant_notice", "how long before that it is announced in the wallet", &d.Notice, 0, 366*day),
	}
}

// Unclaimed is a balance whose owner was not seen for long: first it is announced, then it is unclaimed property, until
// its owner comes or it goes to the state.
type Unclaimed struct {
	User      UserID
	Currency  Currency
	Announced time.Time
	Micros    int64     // that are unclaimed property now
	Moved     time.Time // when they became that; zero: announced only
	Remitted  int64     // micros that were paid to the state, over all times
	// Asked is who has asked to pay it to the state, and waits for a second person; "": nobody.
	Asked   string
	AskedAt time.Time
}

// DormantFacts is what a decision about an unused balance needs to know.
type DormantFacts struct {
	No     EntryNo
	User   User
	Wallet Wallet
	Had    Unclaimed // zero: there was none
	Seen   time.Time // when the owner was last seen, or last moved the balance
	Refill Refill    // the weekly budget of the account; zero: there is none
	Policy Policy
	Staff  Staff // who acts: DecideRemit
	Asked  Staff // DecideRemit: who asked for it first
}

// DormantOutcome is a balance after it. An entry without a number says that the journal has nothing of it.
type DormantOutcome struct {
	Entry Entry
	Now   Unclaimed
	// EndRefill says that the weekly budget of the account ends with it: nobody fills up what is unclaimed.
	EndRefill bool
}

// DecideDormant announces an unused balance, or moves it when it was announced long enough ago. What can still be taken
// back stays, and so do incentives. Nothing follows for a wallet that is frozen or owes, and for one whose owner was
// seen: what was announced is forgotten then. A weekly budget that still lives ends with the move.
func DecideDormant(f DormantFacts, now time.Time) (out DormantOutcome, changed bool) {
	d, w := f.Policy.Dormancy, f.Wallet
	out.Now = f.Had
	out.Now.User, out.Now.Currency = w.User, w.Currency
	alive := f.Refill.State == RefillActive || f.Refill.State == RefillPaused
	if alive && f.Had.Micros > 0 && !f.Seen.After(f.Had.Moved) {
		out.EndRefill = true
		return out, true
	}
	micros := w.Paid - w.AtRisk(now)
	idle := d.After > 0 && micros > 0 && w.Owed == 0 && f.User.Status == UserActive
	if !f.Had.Announced.IsZero() && (!idle || f.Seen.After(f.Had.Announced)) {
		out.Now.Announced = time.Time{}
		return out, true
	}
	if !idle || now.Before(f.Seen.Add(d.After-min(d.Notice, d.After))) {
		return out, false
	}
	amount := Amount{micros, w.Currency}
	if f.Had.Announced.IsZero() {
		e := entry(f.No, now, KindUnclaimed, Actor{Role: RoleSystem})
		e.User, e.Wallet = w.User, w.Currency
		moves := e.At.Add(d.Notice)
		if at := f.Seen.Add(d.After); at.After(moves) {
			moves = at
		}
		e.Change = &Change{Name: UnclaimedAnnounced, New: amount.String(), Old: stamp(moves.UTC()), Currency: w.Currency}
		out.Now.Announced = e.At
		return out.told(e), true
	}
	if now.Before(f.Had.Announced.Add(d.Notice)) || now.Before(f.Seen.Add(d.After)) {
		return out, false
	}
	e := entry(f.No, now, KindUnclaimed, Actor{Role: RoleSystem})
	e.User, e.Amount = w.User, amount
	e.Postings = []Posting{{Account{Paid, w.Currency, uint64(w.User)}, micros}, unclaimedLeg(w, -micros)}
	e.Change = &Change{Name: UnclaimedMoved, Currency: w.Currency}
	out.Now.Announced, out.Now.Moved = time.Time{}, e.At
	out.Now.Micros += micros
	out.EndRefill = alive
	return out.told(e), true
}

// What an entry about an unclaimed balance says, in [Change.Name].
const (
	UnclaimedAnnounced = "announced"
	UnclaimedMoved     = "moved"
	UnclaimedClaimed   = "claimed"
	UnclaimedRemitted  = "remitted"
	UnclaimedLate      = "late"   // it came into a closed wallet
	UnclaimedDebt      = "debt"   // it paid what a closed wallet owed
	UnclaimedHanded    = "handed" // to the new wallet of the owner of a closed one
)

// told completes the outcome: the entry has the balance as it is after it.
func (o DormantOutcome) told(e Entry) DormantOutcome {
	now := o.Now
	e.Unclaimed = &now
	o.Entry = e
	return o
}

// unclaimedLeg is a posting on what is unclaimed of a wallet.
func unclaimedLeg(w Wallet, micros int64) Posting {
	return Posting{Account{UnclaimedProperty, w.Currency, uint64(w.User)}, micros}
}

// ReclaimUnclaimed brings unclaimed property back to its owner, at par. It refuses with ErrState a wallet of which
// nothing is unclaimed.
func ReclaimUnclaimed(a Actor, f DormantFacts, now time.Time) (out DormantOutcome, err error) {
	had, w := f.Had, f.Wallet
	switch {
	case had.Micros == 0 && had.Remitted > 0:
		return out, Refuse(ErrState, "Ask the operator: it has the name of the office that has it.",
			"%s were paid to the state as unclaimed property.", Amount{had.Remitted, w.Currency})
	case had.Micros == 0:
		return out, RefuseState("balance", "not unclaimed")
	}
	e := entry(f.No, now, KindUnclaimed, a)
	e.User, e.Amount = w.User, Amount{had.Micros, w.Currency}
	e.Postings = nonzero(append([]Posting{unclaimedLeg(w, had.Micros)}, w.credited(had.Micros)...))
	e.Change = &Change{Name: UnclaimedClaimed, Currency: w.Currency}
	out.Now = had
	out.Now.Micros, out.Now.Moved, out.Now.Announced = 0, time.Time{}, time.Time{}
	out.Now.Asked, out.Now.AskedAt = "", time.Time{}
	return out.told(e), nil
}

// RemitRequest pays unclaimed property to the state.
type RemitRequest struct {
	Micros int64 // of what is unclaimed, as it was shown
	Reason string
	Actor  Actor
}

// remitAsked is how long the word of the first person holds.
const remitAsked = 3 * day

// DecideRemit pays unclaimed property to the state, as the law of the place asks for. It takes two persons: the first
// asks, and then nothing is written but that, which holds for three days.
//
// It refuses with ErrState a wallet of which nothing is unclaimed, or another sum, with ErrInvalid no reason, and with
// ErrNotAllowed one's own wallet, and the same person twice.
func DecideRemit(r RemitRequest, f DormantFacts, now time.Time) (out DormantOutcome, err error) {
	had, w := f.Had, f.Wallet
	reason, err := typedText("reason", r.Reason, maxReason)
	switch {
	case f.Staff.owns(f.User):
		return out, RefuseOwn()
	case err != nil:
		return out, err
	case reason == "":
		return out, Invalid("reason", "Type one sentence: it stands in the books.", "The reason is missing.")
	case had.Micros == 0:
		return out, Refuse(ErrState, "See what is with: report unclaimed.", "Nothing of this account is unclaimed.")
	}
	if r.Micros != had.Micros {
		return out, refuseOther("unclaimed property", Amount{r.Micros, w.Currency}, Amount{had.Micros, w.Currency})
	}
	out.Now = had
	asked := had.Asked != "" && now.Before(had.AskedAt.Add(remitAsked)) && !had.AskedAt.Before(had.Moved)
	switch {
	case !asked:
		out.Now.Asked, out.Now.AskedAt = f.Staff.Fingerprint, instant(now)
		return out, nil
	case SamePerson(f.Staff, f.Asked):
		return out, Refuse(ErrNotAllowed, "It waits for a second person.",
			"Another person than the one who asked for it has to pay it to the state.")
	}
	e := entry(f.No, now, KindUnclaimed, r.Actor)
	e.User, e.Amount, e.Reason = w.User, Amount{had.Micros, w.Currency}, reason
	e.Postings = []Posting{unclaimedLeg(w, had.Micros), {Account{Bank, w.Currency, 0}, -had.Micros}}
	e.Change = &Change{Name: UnclaimedRemitted, Currency: w.Currency}
	out.Now.Remitted += had.Micros
	out.Now.Micros, out.Now.Moved, out.Now.Announced = 0, time.Time{}, time.Time{}
	out = out.told(e) // with who has asked: both persons are in the journal
	out.Now.Asked, out.Now.AskedAt = "", time.Time{}
	return out, nil
}
