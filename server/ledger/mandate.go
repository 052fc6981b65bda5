package ledger

import "time"

// MandateState is how far a mandate has come. The words are stored, and shown to people and programs.
type MandateState string

// States of a mandate.
const (
	MandatePending   MandateState = "pending"   // the bank is asked whether the account is there
	MandateActive    MandateState = "active"    // debits may be ordered
	MandateSuspended MandateState = "suspended" // the account cannot be debited
	MandateEnded     MandateState = "ended"     // its giver, or a bank in the giver's name, ended it
)

// Events in the life of a mandate.
const (
	MandateAsked     = "ask the bank" // in a file: its state is pending still
	MandateConfirmed = "confirm"      // nothing came back
	MandateReplaced  = "replace the account"
	MandateProved    = "clear a debit" // the account before is not kept any more
	MandateSuspend   = "suspend"
	MandateRevoked   = "revoke"
	MandateRefused   = "end"
)

// mandateStates is the life of a mandate.
var mandateStates = machine[MandateState]{
	{MandatePending, MandateAsked, MandatePending},
	{MandatePending, MandateReplaced, MandatePending},
	{MandatePending, MandateConfirmed, MandateActive},
	{MandatePending, MandateSuspend, MandateSuspended},
	{MandatePending, MandateRevoked, MandateEnded},
	{MandatePending, MandateRefused, MandateEnded},
	{MandateActive, MandateReplaced, MandateActive},
	{MandateActive, MandateProved, MandateActive},
	{MandateActive, MandateSuspend, MandateSuspended},
	{MandateActive, MandateRevoked, MandateEnded},
	{MandateActive, MandateRefused, MandateEnded},
	{MandateSuspended, MandateRevoked, MandateEnded},
	{MandateSuspended, MandateRefused, MandateEnded},
}

// Networks of banks.
const (
	NetworkACH  = "ach"  // US dollars, by the rules of NACHA
	NetworkSEPA = "sepa" // euros
)

// MandateID names a mandate: its giver, and the number of the bank account for which it was given.
type MandateID struct {
	User   UserID
	Number uint64
}

// Mandate is the permission of a person to debit a bank account (claim 38). Its text is what was agreed.
type Mandate struct {
	ID       MandateID
	No       EntryNo // the entry that gave it
	Bank     uint64  // the record of the vault that has the account
	Former   uint64  // the record before a bank has corrected it; 0: none is kept
	Network  string
	Currency Currency
	Country  string
	Last4    string
	Most     int64 // micros that one debit may have
	Text     string
	State    MandateState
	Key      string // fingerprint of the key that agreed
	Agreed   time.Time
	Updated  time.Time
	Trace    string    // of the question to the bank
	Clears   time.Time // when no answer to it is a yes
	Reason   string    // of the last step; cleaned
}

// Mask is the account in words that name it to its owner alone: DE•• … 3000.
func (m Mandate) Mask() string { return m.Country + "•• … " + m.Last4 }

// MandateOrder gives a mandate for a bank account.
type MandateOrder struct {
	Bank     VaultRecord
	Network  string
	Currency Currency
	Most     int64
	Text     string
	Active   bool // no question to the bank is needed
	Actor    Actor
}

// maxMandates is how many mandates of a wallet may stand at a time.
const maxMandates = 5

// maxMandateText bounds what is shown and agreed.
const maxMandateText = 1200

// NewMandate gives a mandate. It refuses with ErrFrozen, with ErrNotAllowed a key that is new, with ErrInvalid an
// account that is not the person's or has a mandate, and with ErrLimit more than a wallet may have.
func NewMandate(o MandateOrder, u User, had []Mandate, no EntryNo, now time.Time) (Entry, Mandate, error) {
	if err := u.refuseYoung(o.Actor, "add bank accounts", now); err != nil {
		return Entry{}, Mandate{}, err
	}
	id := MandateID{u.ID, o.Bank.ID.Number}
	live := 0
	for _, m := range had {
		if m.State != MandateEnded {
			live++
		}
		if m.ID == id {
			return Entry{}, Mandate{}, RefuseState("bank account", "with a mandate already")
		}
	}
	switch {
	case u.Status != UserActive:
		return Entry{}, Mandate{}, refuseFrozen()
	case !o.Bank.Live() || o.Bank.ID.Kind != VaultUser || o.Bank.ID.Owner != uint64(u.ID) || o.Bank.Purpose != VaultBank:
		return Entry{}, Mandate{}, Invalid("account", "See yours with: bank accounts", "There is no such bank account.")
	case o.Most <= 0 || o.Most > MaxMicros || o.Currency == "" || o.Text == "":
		return Entry{}, Mandate{}, Invalid("mandate", "Give an amount.", "The mandate does not say what it permits.")
	case live >= maxMandates:
		return Entry{}, Mandate{}, Refuse(ErrLimit, "Remove one first with: bank remove",
			"One wallet can have %d bank accounts at a time.", maxMandates)
	}
	e := entry(no, now, KindMandate, o.Actor)
	m := Mandate{
		ID: id, No: no, Bank: o.Bank.ID.Number, Network: o.Network, Currency: o.Currency, Country: o.Bank.Country,
		Last4: o.Bank.Last4, Most: o.Most, Text: CleanText(o.Text, maxMandateText), State: MandatePending,
		Key: o.Actor.Key, Agreed: e.At, Updated: e.At,
	}
	if o.Active {
		m.State = MandateActive
	}
	return m.told(e, u, "", string(m.State)), m, nil
}

// PayableFrom is from when on money can be sent to the account: it has to be there for so long. One that a bank has
// corrected is new until a debit of it has cleared.
func (m Mandate) PayableFrom(hold time.Duration) time.Time {
	if m.Former != 0 {
		return m.Updated.Add(hold)
	}
	return m.Agreed.Add(hold)
}

// MandateEvent is something that happened to a mandate.
type MandateEvent struct {
	What   string
	Bank   uint64    // MandateReplaced: the record of the vault that has the corrected account
	Last4  string    // MandateReplaced
	Trace  string    // MandateAsked
	Clears time.Time // MandateAsked
	Reason string
	Actor  Actor
}

// StepMandate moves a mandate one step on. It refuses with ErrState what cannot follow.
func StepMandate(ev MandateEvent, m Mandate, u User, no EntryNo, now time.Time) (Entry, Mandate, error) {
	to, can := mandateStates.next(m.State, ev.What)
	if !can {
		return Entry{}, m, RefuseState("mandate", string(m.State))
	}
	if ev.What == MandateConfirmed && (m.Clears.IsZero() || now.Before(m.Clears)) {
		return Entry{}, m, RefuseState("mandate", "not answered before its time is over")
	}
	reason, err := reasonBy(ev.Actor, ev.Reason)
	if err != nil {
		return Entry{}, m, err
	}
	e := entry(no, now, KindMandate, ev.Actor)
	e.Cause, e.Reason = m.No, reason
	was := m.State
	m.State, m.Updated, m.Reason = to, e.At, reason
	switch ev.What {
	case MandateAsked:
		m.Trace, m.Clears = CleanID(ev.Trace, 40), instant(ev.Clears)
	case MandateReplaced:
		m.Bank, m.Former, m.Last4 = ev.Bank, m.Bank, CleanLine(ev.Last4, 4)
	case MandateProved:
		m.Former = 0
	}
	return m.told(e, u, string(was), string(to)), m, nil
}

// told completes the entry about a mandate.
func (m Mandate) told(e Entry, u User, was, is string) Entry {
	e.User = u.ID
	if len(u.Wallets) > 0 {
		e.Wallet = u.Wallets[0]
	}
	e.Mandate, e.Change = &m, &Change{Name: "mandate", Old: was, New: is, Number: m.ID.Number}
	return e
}

// Permits refuses a debit that a mandate does not permit, with ErrState or ErrLimit.
func (m Mandate) Permits(a Amount) error {
	switch {
	case m.State != MandateActive:
		return RefuseState("mandate of the bank account", string(m.State))
	case a.Currency != m.Currency:
		return Invalid("currency", "Use another bank account.", "This bank account is debited in %s.", m.Currency)
	case a.Micros > m.Most:
		return Refuse(ErrLimit, "Choose a smaller amount, or add the account again with a higher one.",
			"The mandate permits debits of up to %s.", Amount{m.Most, m.Currency})
	}
	return nil
}
