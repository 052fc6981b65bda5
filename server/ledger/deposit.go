package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// DepositState is how far a deposit has come (claim 37). The words are stored, and shown to people and programs.
type DepositState string

// States of a deposit. Which follow which is in depositStates, and drawn in DESIGN.md.
const (
	DepositCreated        DepositState = "created"
	DepositRequiresAction DepositState = "requires_action" // the payer has to do something at the processor's
	DepositProcessing     DepositState = "processing"
	DepositErrored        DepositState = "errored" // outcome unknown, must be looked up
	DepositSucceeded      DepositState = "succeeded"
	DepositSettled        DepositState = "settled" // the processor has paid it out to the bank
	DepositFailed         DepositState = "failed"
	DepositCanceled       DepositState = "canceled"
	DepositChargedBack    DepositState = "charged_back"
	DepositAwaiting       DepositState = "awaiting_instrument" // a check or money order has to come
	DepositUncollected    DepositState = "uncollected"         // received, not cleared
	DepositCleared        DepositState = "cleared"
	DepositBounced        DepositState = "bounced"
	DepositExpired        DepositState = "expired"
	DepositRepresented    DepositState = "represented"      // the service disputes a chargeback
	DepositWon            DepositState = "won"              // and got the money back
	DepositLost           DepositState = "lost"             // or not
	DepositReturned       DepositState = "returned"         // taken back by a bank
	DepositSubmitted      DepositState = "submitted"        // in a file for a bank; or not decided yet
	DepositPendingClears  DepositState = "pending_clearing" // the bank has the file; a return may come
	DepositAccepted       DepositState = "accepted"         // the service lends the tokens against an order
	DepositIssued         DepositState = "issued"           // and they can be spent
	DepositInvoiced       DepositState = "invoiced"         // the buyer has an invoice
	DepositPaid           DepositState = "paid"             // and paid it
	DepositOverdue        DepositState = "overdue"          // or not in time
	DepositWrittenOff     DepositState = "written_off"      // nothing is expected any more
	DepositBillerAccepted DepositState = "biller_accepted"  // the charge will be on the bill
	DepositRemitted       DepositState = "remitted"         // the biller has passed it on
	DepositBillerReversed DepositState = "biller_reversed"  // the biller has taken it back
)

// DepositKind is what sort of life a deposit has: who knows what becomes of it, and which states there are.
type DepositKind string

// Kinds of deposits.
const (
	DepositOnline  DepositKind = "online" // a processor knows, and is asked
	DepositPaper   DepositKind = "paper"  // an instrument comes by post, and staff enter what they see
	DepositDebit   DepositKind = "debit"  // a bank account is debited by a file, and the bank tells what came back
	DepositOnOrder DepositKind = "order"  // a purchase order: the service lends until its invoice is paid
	DepositOnBill  DepositKind = "biller" // a charge on the bill of a provider or a utility: its files tell
)

// depositStates is the life of a deposit of each kind. The event is what is reported of it: the state's own word.
var depositStates = map[DepositKind]machine[DepositState]{
	DepositOnline: slices.Concat(
		reported(DepositCreated, DepositRequiresAction, DepositProcessing, DepositFailed, DepositCanceled, DepositExpired),
		reported(DepositRequiresAction,
			DepositProcessing, DepositSucceeded, DepositFailed, DepositCanceled, DepositExpired),
		reported(DepositProcessing,
			DepositRequiresAction, DepositSucceeded, DepositFailed, DepositCanceled, DepositExpired, DepositErrored),
		reported(DepositErrored, // after looking it up
			DepositRequiresAction, DepositProcessing, DepositSucceeded, DepositFailed, DepositCanceled, DepositExpired),
		reported(DepositSucceeded, DepositSettled, DepositChargedBack),
		reported(DepositSettled, DepositChargedBack),
		reported(DepositChargedBack, DepositRepresented, DepositWon, DepositLost),
		reported(DepositRepresented, DepositWon, DepositLost),
	),
	DepositPaper: slices.Concat(
		reported(DepositAwaiting, DepositUncollected, DepositCanceled, DepositExpired),
		reported(DepositUncollected, DepositCleared, DepositBounced),
		reported(DepositCleared, DepositReturned),
	),
	DepositDebit: slices.Concat(
		reported(DepositCreated, DepositSubmitted, DepositCanceled),
		reported(DepositSubmitted, DepositPendingClears, DepositReturned),
		reported(DepositPendingClears, DepositCleared, DepositReturned),
		reported(DepositCleared, DepositReturned), // late
	),
	DepositOnOrder: slices.Concat(
		reported(DepositSubmitted, DepositAccepted, DepositFailed, DepositCanceled, DepositExpired),
		reported(DepositAccepted, DepositIssued),
		reported(DepositIssued, DepositInvoiced),
		reported(DepositInvoiced, DepositPaid, DepositOverdue),
		reported(DepositOverdue, DepositPaid, DepositWrittenOff),
	),
	DepositOnBill: slices.Concat(
		reported(DepositSubmitted, DepositBillerAccepted, DepositFailed, DepositCanceled),
		reported(DepositBillerAccepted, DepositIssued),
		reported(DepositIssued, DepositRemitted, DepositBillerReversed),
		reported(DepositRemitted, DepositBillerReversed),
	),
}

func reported(from DepositState, to ...DepositState) machine[DepositState] {
	all := make(machine[DepositState], len(to))
	for i, s := range to {
		all[i] = transition[DepositState]{from, string(s), s}
	}
	return all
}

// NextDepositStates returns the states that may follow a state of a deposit of this kind at once, nil if it is the
// last.
func NextDepositStates(k DepositKind, s DepositState) []DepositState {
	return depositStates[k].after(s)
}

// Next returns the states that may follow at once, nil if this is the last.
func (d Deposit) Next() []DepositState { return NextDepositStates(d.kind(), d.State) }

// Is returns whether the deposit is of a kind.
func (d Deposit) Is(k DepositKind) bool { return d.kind() == k }

// kind is the kind of a deposit. Before kinds were written down there were two, told by the reference.
func (d Deposit) kind() DepositKind {
	switch {
	case d.Kind != "":
		return d.Kind
	case d.Reference != "":
		return DepositPaper
	}
	return DepositOnline
}

// TakenBack returns whether money that was credited has been taken back in this state.
func (s DepositState) TakenBack() bool {
	return s == DepositChargedBack || s == DepositReturned || s == DepositBillerReversed
}

// Uncollected returns whether the money is on its way: booked, and not to be spent.
func (d Deposit) Uncollected() bool {
	return d.State == DepositUncollected || d.Is(DepositDebit) && !d.credited()
}

// Moves returns whether something is still to come of a deposit in this state: the service asks for it, or waits.
func (s DepositState) Moves() bool {
	switch s {
	case DepositCreated, DepositRequiresAction, DepositProcessing, DepositErrored, DepositSucceeded, DepositAwaiting,
		DepositUncollected, DepositSubmitted, DepositPendingClears, DepositAccepted, DepositIssued, DepositInvoiced,
		DepositOverdue, DepositBillerAccepted:
		return true
	}
	return false
}

// DepositLife is how long an announced instrument is waited for: DESIGN.md, States.
const DepositLife = 60 * day

// debitRisk is how long a bank can take a cleared debit back, without a word of ours: 60 days in the ACH network, eight
// weeks in SEPA.
const debitRisk = 60 * day

// lifeOnline is how long an order at a processor waits that is not paid.
const lifeOnline = day

// Bounds of what a wallet may announce for nothing. Each announcement lasts for two months, is looked at by staff, and
// may cost a call of a processor.
const (
	// DepositsPerDay is how many deposits a wallet can begin in 24 hours, whatever becomes of them.
	DepositsPerDay = 20
	// DepositsAwaited is how many announced instruments of a wallet are waited for at a time.
	DepositsAwaited = 10
)

// Deposit is one way of money into a wallet by one method (claims 36 to 39).
type Deposit struct {
	No        EntryNo // the entry that began it
	ID        DepositID
	Kind      DepositKind // "": from before kinds were written down, see [Deposit.Is]
	Method    string      // name of the method, for example card
	Amount    Amount      // what the payer pays
	Fee       int64       // micros of it that the service keeps
	State     DepositState
	Reference string // what the payer writes on the check: with a check digit; "" online
	External  string // the processor's id
	Link      []byte // sealed; where the payer goes on, while it waits for that
	Created   time.Time
	Updated   time.Time
	Expires   time.Time // an order that is not paid until then may expire
	Reason    string    // of the last step; cleaned
	Free      time.Time // when it cannot be taken back any more; zero: not credited, or never at risk
	Receiver  string    // the key of staff that received the instrument
	Beside    int64     // micros that came beside it so far, each part a receipt of its own
	Mandate   uint64    // DepositDebit: the number of the mandate
	Due       time.Time // DepositDebit: when the bank account is debited
	Clears    time.Time // DepositDebit: when it has cleared, unless it came back
	Try       uint32    // DepositDebit: how often the same debit came back before
	Channel   Channel
	Code      [32]byte      // ByPhone: the hash of the code that leads to its page
	Order     PurchaseOrder // DepositOnOrder
	Bill      OnBill        // DepositOnBill
	Refunded  int64         // micros of it that were sent back to where they came from, or are on their way there
	Refill    uint32        // DepositDebit: the week of the budget that has ordered it, see [Refill.Week]
	// Kept is micros of it that had been sent back when its payer took back the rest, and have come back since. Exact says
	// that what its processor had then, to be sent back, is not among what was taken.
	Kept  int64
	Exact bool
}

// Channel is how a deposit was begun.
type Channel string

// ByPhone is begun by a representative for a caller, who pays at the processor's page. The zero value is the member.
const ByPhone Channel = "phone"

// DepositOrder begins a deposit.
type DepositOrder struct {
	Method string
	Kind   DepositKind
	Amount Amount
	Fee    int64         // micros, kept as funding fee
	Number uint64        // what the reference is made of; 0: the number of the entry
	Life   time.Duration // an order that is not paid expires after it; 0: 60 days offline, 24 hours online
	// Mandate permits a debit; Try and After are of one that is tried again.
	Mandate Mandate
	Try     uint32
	After   EntryNo
	Actor   Actor

	Channel Channel
	Code    [32]byte      // ByPhone
	Order   PurchaseOrder // DepositOnOrder
	Bill    OnBill        // DepositOnBill
	Refill  uint32        // DepositDebit: the week of a budget
}

// DepositEvent is something that happened to a deposit.
type DepositEvent struct {
	To       DepositState
	Amount   Amount        // what really came; the zero value is not compared
	External string        // the processor's id, kept if given
	Link     []byte        // sealed; DepositRequiresAction
	Due      time.Time     // DepositSubmitted: when the bank account is debited
	Clears   time.Time     // DepositSubmitted: until when it comes back, as a rule
	Freeze   bool          // DepositReturned: what the bank says freezes the wallet
	Taken    int64         // micros; DepositChargedBack: what the payer has taken, 0: not known
	Life     time.Duration // DepositInvoiced: how long it is to be paid in; 0: 30 days
	Fee      int64         // micros; DepositSettled, DepositRemitted, and what takes money back: what is taken for it
	Reason   string
	Actor    Actor
}

// DepositFacts is what a decision about a deposit needs to know.
type DepositFacts struct {
	No      EntryNo // the number that the entry will get
	User    User
	Wallet  Wallet // the user's, in the currency of the deposit
	Policy  Policy
	Deposit Deposit // DecideDeposit
	// Lately are the wallet's deposits of the last [DepositLife], newest first, at least as far back as the bounds of a
	// wallet count (NewDeposit).
	Lately []Deposit
	// Generation of the books, NewDeposit: names and references of a lost branch must not come back.
	Generation Generation
	// Staff is who acts and Receiver who received the instrument, if they are staff: DecideDeposit.
	Staff, Receiver Staff
	// Lender is who has set the credit limit: DepositAccepted.
	Lender Staff
	// Biller and Account are those of a deposit on a bill.
	Biller  Biller
	Account BillerAccount
	// Redemptions are those of the wallet that are on their way: DecideDeposit.
	Redemptions []Redemption
}

// DepositOutcome is a deposit after a step.
type DepositOutcome struct {
	Entry   Entry
	Deposit Deposit
	User    User          // NewDeposit counts it; a chargeback freezes the wallet
	Staff   Staff         // DecideDeposit: who acted, with what was moved today
	Account BillerAccount // of a deposit on a bill
}

// DecideDeposit moves a deposit one step on. Only a step that the table of states allows happens; a step that needs
// money posts it: tokens are issued when a card payment succeeded or a check was received (uncollected, not spendable
// until it clears). A chargeback takes back what is there, makes the rest a debt, and freezes the wallet (DESIGN.md,
// Returns 5). Staff are bound by [DepositFacts.mayAdvance]. It refuses with ErrState, ErrInvalid, ErrNotAllowed and
// ErrLimit.
func DecideDeposit(ev DepositEvent, f DepositFacts, now time.Time) (DepositOutcome, error) {
	d := f.Deposit
	to, can := depositStates[d.kind()].next(d.State, string(ev.To))
	switch {
	case !can && d.State == ev.To:
		return DepositOutcome{}, RefuseState("deposit", stateName(d.State)+" already")
	case !can:
		return DepositOutcome{}, RefuseState("deposit", stateName(d.State)+", so it cannot become "+stateName(ev.To))
	case ev.Amount != (Amount{}) && ev.Amount != d.Amount:
		return DepositOutcome{}, Invalid("amount",
			"Compare it with the instrument. If it is right, keep it apart with: receipt add",
			"Announced were %s, not %s.", d.Amount, ev.Amount)
	case ev.Fee < 0 || ev.Fee > MaxMicros || ev.Fee >= d.Amount.Micros && !ev.To.mayCostMore():
		return DepositOutcome{}, Invalid("fee", "Type a fee below the amount.", "The fee is out of bounds.")
	case ev.To == DepositCleared && d.Is(DepositDebit) && now.Before(d.Clears):
		return DepositOutcome{}, RefuseState("deposit", "not cleared before "+stamp(d.Clears.UTC()))
	case ev.To == DepositExpired && !d.Is(DepositOnline) && now.Before(d.Expires): // a processor knows when
		return DepositOutcome{}, RefuseState("deposit", "not expired before "+stamp(d.Expires.UTC()))
	}
	staff, err := f.mayAdvance(ev, now)
	if err != nil {
		return DepositOutcome{}, err
	}
	u, err := f.credit(to, now)
	if err != nil {
		return DepositOutcome{}, err
	}
	reason, err := reasonBy(ev.Actor, ev.Reason)
	if err != nil {
		return DepositOutcome{}, err
	}
	e := entry(f.No, now, KindDeposit, ev.Actor)
	e.User, e.Cause, e.Amount = d.ID.User, d.No, d.Amount
	e.Postings = f.postings(ev)
	d.State, d.Updated, d.Reason, d.Link = to, e.At, reason, nil
	d.arrives(to, ev, f.Policy, e.At)
	e.Reason, e.Deposit = d.Reason, &d
	if a := f.Account.afterStep(d, to); a != f.Account {
		f.Account, e.Biller = a, &AtBiller{Account: &a}
	}
	lost := ev.Freeze || ev.To == DepositWrittenOff || ev.To.TakenBack() && f.Deposit.credited()
	if lost && u.Status == UserActive {
		u.Status = UserFrozen
	}
	if lost {
		u.Paused = 0
	}
	return DepositOutcome{Entry: e, Deposit: d, User: u, Staff: staff, Account: f.Account}, nil
}

// arrives notes what a deposit has by being in a state.
func (d *Deposit) arrives(to DepositState, ev DepositEvent, p Policy, at time.Time) {
	switch to {
	case DepositRequiresAction:
		d.Link = ev.Link
	case DepositSucceeded:
		d.Free = atRiskUntil(at, p.Risk.Online)
	case DepositCleared:
		d.Free = atRiskUntil(at, p.Risk.Paper)
		if d.Is(DepositDebit) {
			d.Free = atRiskUntil(at, debitRisk)
		}
	case DepositSubmitted:
		d.Due, d.Clears = instant(ev.Due), instant(ev.Clears)
	case DepositUncollected:
		d.Receiver = ev.Actor.Key
	case DepositAccepted:
		d.Free, d.Receiver = untilPaid, ev.Actor.Key
	case DepositInvoiced:
		d.Order.Due = at.Add(cmp.Or(max(ev.Life, 0), invoiceLife))
	case DepositBillerAccepted:
		d.Free = atRiskUntil(at, p.Risk.Online)
	case DepositChargedBack:
		d.Exact = ev.Taken > 0 && ev.Taken == d.taken()
	}
	if ev.External != "" {
		d.External = CleanID(ev.External, 100)
	}
}

// credited reports whether the money of a deposit is in its wallet.
func (d Deposit) credited() bool {
	return d.State != DepositSubmitted && d.State != DepositPendingClears
}

// atRiskUntil is when money that is credited now cannot be taken back any more; zero: never at risk.
func atRiskUntil(now time.Time, window time.Duration) time.Time {
	if window <= 0 {
		return time.Time{}
	}
	return now.Add(window)
}

// net is what the wallet is credited, in micros.
func (d Deposit) net() int64 { return d.Amount.Micros - d.Fee }

// stateName is a state in a sentence. It may be one that does not exist: what an adapter or a program sent.
func stateName(s DepositState) string { return CleanLine(strings.ReplaceAll(string(s), "_", " "), 30) }

// postings are what a step of a deposit moves (DESIGN.md, Postings).
func (f DepositFacts) postings(ev DepositEvent) []Posting {
	d, w := f.Deposit, f.Wallet
	g, at := d.Amount.Micros, d.posting
	user, item := uint64(d.ID.User), uint64(d.No)
	debit := func(c Class) []Posting { return []Posting{at(c, 0, g)} }
	var all []Posting
	switch ev.To {
	case DepositSucceeded:
		all = slices.Concat(debit(PSPClearing), w.credited(d.net()), []Posting{at(FundingFee, 0, -d.Fee)})
	case DepositSettled:
		all = f.settled(ev.Fee)
	case DepositSubmitted:
		all = []Posting{at(UncollectedItem, item, g), at(Uncollected, user, -g)}
	case DepositChargedBack, DepositReturned, DepositBillerReversed:
		if !d.credited() {
			all = []Posting{
				at(Uncollected, user, g), at(UncollectedItem, item, -g), at(ChargebackFee, 0, ev.Fee), at(Bank, 0, -ev.Fee),
			}
			break
		}
		all = f.takenBack(ev.Fee)
	case DepositWon:
		g = d.taken()
		all = append([]Posting{at(Bank, 0, g)}, w.credited(g)...)
	case DepositUncollected:
		all = []Posting{at(UncollectedItem, item, g), at(Uncollected, user, -g)}
	case DepositCleared:
		arrived := append(debit(Bank), at(UncollectedItem, item, -g), at(Uncollected, user, g))
		all = slices.Concat(arrived, w.credited(d.net()), []Posting{at(FundingFee, 0, -d.Fee)})
	case DepositBounced:
		all = []Posting{at(Uncollected, user, g), at(UncollectedItem, item, -g)}
	case DepositAccepted:
		all = append(debit(OrderReceivable), w.credited(g)...)
	case DepositPaid:
		all = []Posting{at(Bank, 0, g), at(OrderReceivable, 0, -g)}
	case DepositWrittenOff:
		all = []Posting{at(BadDebt, 0, g), at(OrderReceivable, 0, -g)}
	case DepositBillerAccepted:
		all = slices.Concat(debit(BillerClearing), w.credited(d.net()), []Posting{at(FundingFee, 0, -d.Fee)})
	case DepositRemitted:
		all = []Posting{at(Bank, 0, g-ev.Fee), at(Processing, 0, ev.Fee), at(BillerClearing, 0, -g)}
	}
	return nonzero(all)
}
