package ledger

import (
	"slices"
	"strings"
	"time"
)

// NextDepositStates is the table of the life of a deposit, online and on paper (DESIGN.md, States).
func NextDepositStates(s DepositState) []DepositState {
	switch s {
	case DepositCreated:
		return []DepositState{DepositRequiresAction, DepositProcessing, DepositFailed, DepositCanceled, DepositExpired}
	case DepositRequiresAction:
		return []DepositState{DepositProcessing, DepositFailed, DepositCanceled, DepositExpired}
	case DepositProcessing:
		return []DepositState{DepositSucceeded, DepositFailed, DepositCanceled, DepositErrored}
	case DepositErrored: // reconciled
		return []DepositState{DepositSucceeded, DepositFailed, DepositCanceled}
	case DepositSucceeded:
		return []DepositState{DepositSettled, DepositChargedBack}
	case DepositSettled:
		return []DepositState{DepositChargedBack}
	case DepositAwaiting:
		return []DepositState{DepositUncollected, DepositCanceled, DepositExpired}
	case DepositUncollected:
		return []DepositState{DepositCleared, DepositBounced}
	}
	return nil
}

// DepositOrder begins a deposit.
type DepositOrder struct {
	Method string
	Online bool // false: an instrument on paper will come
	Amount Amount
	Fee    int64         // kept as funding fee
	Number uint64        // what the reference is made of; 0: the number of the entry
	Life   time.Duration // an order nobody pays expires after it; 0: 60 days on paper, 24 hours online
	Actor  Actor
}

// DepositEvent is something that happened to a deposit.
type DepositEvent struct {
	To       DepositState
	Amount   Amount // what really came; the zero value is not compared
	External string // the processor's id, kept if given
	Fee      int64  // DepositSettled, DepositChargedBack: what the processor takes for it
	Reason   string
	Actor    Actor
}

// DepositFacts is what a decision about a deposit needs to know. No is the number that the entry will get.
type DepositFacts struct {
	No      EntryNo
	User    User
	Wallet  Wallet
	Policy  Policy  // NewDeposit
	Deposit Deposit // DecideDeposit
}

// DepositOutcome is a deposit after a step. User is frozen after a chargeback.
type DepositOutcome struct {
	Entry   Entry
	Deposit Deposit
	User    User
}

// NewDeposit announces money that will come into a wallet. It refuses with ErrFrozen and ErrInvalid.
func NewDeposit(r DepositOrder, f DepositFacts, now time.Time) (DepositOutcome, error) {
	p := f.Policy
	switch {
	case f.User.Status != UserActive:
		return DepositOutcome{}, RefuseFrozen()
	case r.Method == "":
		return DepositOutcome{}, Invalid("method", "See the ways to add funds with: methods.", "The way to add funds is missing.")
	}
	if err := heldHere(r.Amount.Currency, p.Currencies); err != nil {
		return DepositOutcome{}, err
	}
	if m := r.Amount.Micros; m < p.DepositMin || m > p.DepositMax || m < 1 || m > MaxMicros || r.Fee < 0 || r.Fee >= m {
		c := r.Amount.Currency
		return DepositOutcome{}, Invalid("amount", "Add "+Amount{p.DepositMin, c}.String()+" to "+Amount{p.DepositMax, c}.String()+" at a time.", "The amount is out of bounds.")
	}
	if f.Wallet.Currency != r.Amount.Currency || f.Wallet.User != f.User.ID {
		return DepositOutcome{}, Invalid("currency", "Add funds to an account in their own currency.", "The account is in %s.", f.Wallet.Currency)
	}
	e := entry(f.No, now, KindDeposit, r.Actor)
	e.User, e.Amount = f.User.ID, r.Amount
	u := f.User
	u.Deposits++
	d := Deposit{
		No: f.No, ID: DepositID{User: u.ID, Number: u.Deposits}, Method: CleanLine(r.Method, 30), Amount: r.Amount, Fee: r.Fee,
		State: DepositCreated, Created: e.At, Updated: e.At, Expires: e.At.Add(life(r)),
	}
	if !r.Online {
		d.State, d.Reference = DepositAwaiting, Reference(max(r.Number, 1))
		if r.Number == 0 {
			d.Reference = Reference(uint64(f.No))
		}
	}
	e.Deposit = &d
	return DepositOutcome{Entry: e, Deposit: d, User: u}, nil
}

func life(r DepositOrder) time.Duration {
	switch {
	case r.Life > 0:
		return r.Life
	case r.Online:
		return day
	}
	return 60 * day
}

// DecideDeposit moves a deposit one step on. Only a step that the table allows happens; a step that needs money posts it:
// tokens are issued when a card payment succeeded or a check was received (uncollected, not spendable until it clears).
// A chargeback takes back what is there, makes the rest a debt, and freezes the wallet. It refuses with ErrState and ErrInvalid.
func DecideDeposit(ev DepositEvent, f DepositFacts, now time.Time) (DepositOutcome, error) {
	d := f.Deposit
	switch {
	case !slices.Contains(NextDepositStates(d.State), ev.To):
		return DepositOutcome{}, RefuseState("deposit", strings.ReplaceAll(string(d.State), "_", " ")+", so it cannot become "+CleanLine(strings.ReplaceAll(string(ev.To), "_", " "), 30))
	case ev.Amount != (Amount{}) && ev.Amount != d.Amount:
		return DepositOutcome{}, Invalid("amount", "Compare it with the instrument. If it is right, keep the receipt apart for the operator.",
			"Announced were %s, not %s.", d.Amount, ev.Amount)
	case ev.Fee < 0 || ev.Fee >= d.Amount.Micros:
		return DepositOutcome{}, Invalid("fee", "Type a fee below the amount.", "The fee is out of bounds.")
	case ev.To == DepositExpired && now.Before(d.Expires):
		return DepositOutcome{}, RefuseState("deposit", "not expired before "+stamp(d.Expires.UTC()))
	}
	e := entry(f.No, now, KindDeposit, ev.Actor)
	e.User, e.Cause, e.Amount = d.ID.User, d.No, d.Amount
	e.Postings = d.postings(ev, f.Wallet)
	d.State, d.Updated, d.Reason = ev.To, e.At, CleanText(ev.Reason, maxReason)
	if ev.External != "" {
		d.External = CleanLine(ev.External, 100)
	}
	e.Reason, e.Deposit = d.Reason, &d
	u := f.User
	if ev.To == DepositChargedBack && u.Status == UserActive {
		u.Status = UserFrozen
	}
	return DepositOutcome{Entry: e, Deposit: d, User: u}, nil
}

// postings are what a step of a deposit moves (DESIGN.md, Postings).
func (d Deposit) postings(ev DepositEvent, w Wallet) []Posting {
	g := d.Amount.Micros
	at := func(c Class, owner uint64, micros int64) Posting {
		return Posting{Account{c, d.Amount.Currency, owner}, micros}
	}
	user, item := uint64(d.ID.User), uint64(d.No)
	var all []Posting
	switch ev.To {
	case DepositSucceeded:
		all = []Posting{at(PSPClearing, 0, g), at(Paid, user, d.Fee-g), at(FundingFee, 0, -d.Fee)}
	case DepositSettled:
		all = []Posting{at(Bank, 0, g-ev.Fee), at(Processing, 0, ev.Fee), at(PSPClearing, 0, -g)}
	case DepositChargedBack:
		there := min(max(w.Paid, 0), g)
		all = []Posting{at(Paid, user, there), at(Receivable, user, g-there), at(ChargebackFee, 0, ev.Fee), at(PSPClearing, 0, -g-ev.Fee)}
	case DepositUncollected:
		all = []Posting{at(UncollectedItem, item, g), at(Uncollected, user, -g)}
	case DepositCleared:
		all = []Posting{
			at(Bank, 0, g), at(UncollectedItem, item, -g), at(Uncollected, user, g), at(Paid, user, d.Fee-g), at(FundingFee, 0, -d.Fee),
		}
	case DepositBounced:
		all = []Posting{at(Uncollected, user, g), at(UncollectedItem, item, -g)}
	}
	return nonzero(all)
}
