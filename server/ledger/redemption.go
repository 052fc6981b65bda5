package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// RedemptionState is how far a redemption has come. The words are stored, and shown to people and programs.
type RedemptionState string

// States of a redemption.
const (
	RedemptionOpened    RedemptionState = "opened"    // waits for a person of the service
	RedemptionApproved  RedemptionState = "approved"  // leaves next
	RedemptionSubmitted RedemptionState = "submitted" // in a file, or handed to the processor
	RedemptionPaid      RedemptionState = "paid"
	RedemptionFailed    RedemptionState = "failed"   // did not leave: the tokens are back, or went with their payment
	RedemptionReturned  RedemptionState = "returned" // came back: the tokens are back
	RedemptionCanceled  RedemptionState = "canceled" // by its owner: the tokens are back
)

// Events of a redemption.
const (
	RedeemApprove = "approve"
	RedeemDeny    = "deny"
	RedeemCancel  = "cancel"
	RedeemSubmit  = "submit"
	RedeemNote    = "hear of it" // what the processor calls it, or where its owner fetches it
	RedeemPaid    = "paid"
	RedeemFail    = "fail"
	RedeemReturn  = "return"
)

// redemptionStates is the life of a redemption.
var redemptionStates = machine[RedemptionState]{
	{RedemptionOpened, RedeemApprove, RedemptionApproved},
	{RedemptionOpened, RedeemDeny, RedemptionFailed},
	{RedemptionOpened, RedeemCancel, RedemptionCanceled},
	{RedemptionApproved, RedeemSubmit, RedemptionSubmitted},
	{RedemptionApproved, RedeemDeny, RedemptionFailed},
	{RedemptionApproved, RedeemCancel, RedemptionCanceled},
	{RedemptionSubmitted, RedeemNote, RedemptionSubmitted},
	{RedemptionSubmitted, RedeemPaid, RedemptionPaid},
	{RedemptionSubmitted, RedeemFail, RedemptionFailed},
	{RedemptionSubmitted, RedeemReturn, RedemptionReturned},
	{RedemptionPaid, RedeemReturn, RedemptionReturned},
}

// InTransit returns whether the money of a redemption waits in 2210: something is still to be done about it.
func (s RedemptionState) InTransit() bool {
	return s == RedemptionOpened || s == RedemptionApproved || s == RedemptionSubmitted
}

// RedemptionMay returns whether a redemption in one state may be in another one next.
func RedemptionMay(from, to RedemptionState) bool {
	return slices.Contains(redemptionStates.after(from), to)
}

// back returns whether the tokens of a redemption are in the wallet again, or were taken from there with their payment.
func (s RedemptionState) back() bool {
	return s == RedemptionFailed || s == RedemptionReturned || s == RedemptionCanceled
}

// Where money goes to that is not sent back by the method of its deposit.
const (
	RedeemBank  = "bank"  // to a bank account of the wallet, in a file
	RedeemCheck = "check" // to a person by post; the operator writes the check
)

// RedeemSurplus is why a redemption was opened that nobody has asked for: what a weekly budget left over.
const RedeemSurplus = "surplus"

// Redemption is paid tokens on their way back to money, at par (claims 8, 15).
type Redemption struct {
	No       EntryNo // the entry that opened it; its account 2210 has this number
	User     UserID
	Amount   Amount // leaves the wallet
	Fee      int64  // micros of it that the service keeps if it is paid
	State    RedemptionState
	To       string // RedeemBank, RedeemCheck, or the method of the deposit that is refunded
	Deposit  uint64 // number of the deposit that is refunded, 0: none
	Mandate  uint64 // RedeemBank: number of the account's mandate
	Vault    uint64 // RedeemCheck: record of the vault with name and address
	Mask     string // of the account, for its owner and staff
	Why      string
	File     uint64 // RedeemBank, RedeemCheck: the file that it is in
	External string // the processor's id of the refund
	Link     []byte // sealed; where its owner fetches it
	Clearing bool   // of an earlier program: what it pays stays in 1100 until it ends, whatever becomes of its deposit
	Key      string // who asked
	Created  time.Time
	Updated  time.Time
	Reason   string // of the last step; cleaned
}

// Pays is what arrives.
func (r Redemption) Pays() Amount { return Amount{r.Amount.Micros - r.Fee, r.Amount.Currency} }

// transit is where its money waits.
func (r Redemption) transit() Account { return Account{RedeemTransit, r.Amount.Currency, uint64(r.No)} }

// RedeemRules are what the policy says of redemptions.
type RedeemRules struct {
	Minimum int64         // no redemption is smaller
	Fee     int64         // of each
	Approve int64         // above it a person of the service looks at it before it leaves
	Hold    time.Duration // money goes to a bank account only when the account has been there for so long
}

// DefaultRedeem returns what books without these rules have: no minimum and no fee.
func DefaultRedeem() RedeemRules { return RedeemRules{Approve: 100 * Unit, Hold: 3 * day} }

// redeemSettings are the lines of the policy about redemptions.
func (p *Policy) redeemSettings() []setting {
	r := &p.Redeem
	return []setting{
		p.moneySetting("redeem_minimum", "smallest amount that is turned back into money", &r.Minimum),
		p.moneySetting("redeem_fee", "what turning tokens back into money costs", &r.Fee),
		p.moneySetting("redeem_approve", "up to where it leaves without a person of the service", &r.Approve),
		timeSetting("redeem_hold", "how long a bank account has to be there before money goes to it", &r.Hold, 0, 90*day),
	}
}

// RedeemFee is what a redemption in a currency costs: whole minor units, since what arrives is.
func (p Policy) RedeemFee(c Currency) int64 {
	fee := p.In(c).Redeem.Fee
	return fee - fee%c.minor()
}

const (
	// RedemptionsOpen is how many redemptions of a wallet may be on their way at a time.
	RedemptionsOpen = 5
	// RedemptionsPerDay is how many of them a wallet can begin in 24 hours, whatever becomes of them.
	RedemptionsPerDay = 20
)

// RedeemOrder turns paid tokens back into money. What it goes to is one of Deposit, Mandate and Vault.
type RedeemOrder struct {
	Amount  Amount
	Deposit Deposit
	Mandate Mandate
	Account VaultRecord // that of the mandate, or with name and address for a check
	Why     string
	Actor   Actor
}

// RedeemFacts is what a decision about a redemption needs to know.
type RedeemFacts struct {
	No         EntryNo // the number that the entry will get
	User       User
	Wallet     Wallet
	Policy     Policy
	Open       int  // how many of the wallet's are on their way
	Today      int  // how many were begun in the last 24 hours
	Taken      bool // a deposit of the wallet is being taken back
	Contested  bool // a dispute of the wallet is open
	Redemption Redemption
	Deposit    Deposit // of Redemption, if one is refunded
	Mandate    Mandate // of Redemption when it leaves for a bank account
	Staff      Staff   // who acts
}

// RedemptionOutcome is a redemption after a step.
type RedemptionOutcome struct {
	Entry      Entry
	Redemption Redemption
	Deposit    Deposit // with what of it is refunded, if one is
}

// DecideRedeem takes paid tokens out of a wallet, towards money. What can be taken back from the wallet stays there, as
// in a transfer, and incentive tokens are never money. It needs what a transfer needs of the person: no lock, no new
// key, an open window. Nothing leaves while the wallet is frozen, owes, or has something contested.
//
// It refuses with ErrFrozen, ErrNotAllowed (lock), ErrWindow, ErrState, ErrInvalid, ErrLimit and ErrFunds.
func DecideRedeem(o RedeemOrder, f RedeemFacts, now time.Time) (out RedemptionOutcome, err error) {
	if err := f.MayRedeem(o, now); err != nil {
		return out, err
	}
	if err := f.checkTarget(o, now); err != nil {
		return out, err
	}
	c := o.Amount.Currency
	e := entry(f.No, now, KindRedemption, o.Actor)
	e.User, e.Amount = f.User.ID, o.Amount
	r := Redemption{
		No: f.No, User: f.User.ID, Amount: o.Amount, Fee: f.Policy.RedeemFee(c), State: RedemptionApproved, Why: o.Why,
		Key: o.Actor.Key, Created: e.At, Updated: e.At,
	}
	switch {
	case o.Deposit.No != 0:
		r.To, r.Deposit = o.Deposit.Method, o.Deposit.ID.Number
	case o.Mandate.ID.Number != 0:
		r.To, r.Mandate, r.Mask = RedeemBank, o.Mandate.ID.Number, o.Mandate.Mask()
	default:
		r.To, r.Vault, r.State = RedeemCheck, o.Account.ID.Number, RedemptionOpened
	}
	if o.Amount.Micros > f.Policy.In(c).Redeem.Approve {
		r.State = RedemptionOpened
	}
	e.Postings = []Posting{{Account{Paid, c, uint64(f.User.ID)}, o.Amount.Micros}, {r.transit(), -o.Amount.Micros}}
	e.Redemption = &r
	d := o.Deposit
	if d.No != 0 {
		d.Refunded += o.Amount.Micros - r.Fee
		e.Deposit = &d
	}
	return RedemptionOutcome{e, r, d}, nil
}

// MayRedeem refuses what cannot leave the wallet, wherever it would go: see [DecideRedeem].
func (f RedeemFacts) MayRedeem(o RedeemOrder, now time.Time) error {
	if err := f.mayLeave(o, now); err != nil {
		return err
	}
	return f.checkAmount(o, now)
}

// mayLeave refuses what keeps money from leaving a wallet, whoever asks for it.
func (f RedeemFacts) mayLeave(o RedeemOrder, now time.Time) error {
	if err := f.User.refuseYoung(o.Actor, "turn tokens back into money", now); err != nil {
		return err
	}
	switch u := f.User; {
	case u.Status != UserActive:
		return refuseFrozen()
	case now.Before(u.LockedUntil):
		return refuseLocked(u.LockedUntil)
	case o.Why == "" && !u.windowOpen(now, f.Policy):
		return RefuseWindow()
	case f.Open >= RedemptionsOpen:
		no := Refuse(ErrLimit, "Wait until one is paid, or cancel one: redemptions",
			"One wallet can have %d redemptions on their way.", RedemptionsOpen)
		no.Limit = "redemptions_open"
		return no
	case f.Today >= RedemptionsPerDay:
		no := Refuse(ErrLimit, "Wait until tomorrow.", "One wallet can begin %d redemptions in 24 hours.", RedemptionsPerDay)
		no.Limit = "redemptions_per_day"
		return no
	}
	return f.refuseOpen()
}

// refuseOpen refuses while the wallet owes, or has something contested.
func (f RedeemFacts) refuseOpen() error {
	switch {
	case f.Wallet.Owed > 0:
		return Refuse(ErrState, "Add funds first: what comes in pays it.", "The wallet owes %s.",
			Amount{f.Wallet.Owed, f.Wallet.Currency})
	case f.Taken:
		return Refuse(ErrState, "Wait until it has ended: deposits", "A payment into the wallet is being taken back.")
	case f.Contested:
		return Refuse(ErrState, "Wait until it has ended, or withdraw it: disputes", "A dispute of the wallet is open.")
	}
	return nil
}

// checkAmount refuses what cannot leave.
func (f RedeemFacts) checkAmount(o RedeemOrder, now time.Time) error {
	x, c, w := o.Amount.Micros, o.Amount.Currency, f.Wallet
	rules, fee := f.Policy.In(c).Redeem, f.Policy.RedeemFee(c)
	if w.Currency != c || w.User != f.User.ID {
		return Invalid("currency", "Redeem tokens of an account that you have.", "The account is in %s.", w.Currency)
	}
	if x < 1 || x > MaxMicros {
		return Invalid("amount", "Redeem more than nothing, for example 5.00.", "The amount is out of bounds.")
	}
	if err := checkMinor(o.Amount); err != nil {
		return err
	}
	switch free := w.Transferable(now); {
	case x < rules.Minimum || x <= fee:
		least := max(rules.Minimum, fee+c.minor())
		least += (c.minor() - least%c.minor()) % c.minor()
		return Invalid("amount", "Redeem at least "+Amount{least, c}.String()+".", "The amount is too small.")
	case w.Paid < x:
		return RefuseFunds(Amount{x - w.Paid, c})
	case free < x:
		return refuseAtRisk("Redeem", "redeemed", Amount{free, c}, w.TransferableFrom(x, now))
	}
	return nil
}

// checkTarget refuses where the money cannot go.
func (f RedeemFacts) checkTarget(o RedeemOrder, now time.Time) error {
	d, m, a := o.Deposit, o.Mandate, o.Account
	switch {
	case d.No != 0 && d.ID.User != f.User.ID, m.ID.Number != 0 && m.ID.User != f.User.ID,
		a.ID.Number != 0 && (a.ID.Kind != VaultUser || a.ID.Owner != uint64(f.User.ID) || !a.Live()):
		return RefuseNotFound("account")
	case d.No != 0:
		if d.Amount.Currency != o.Amount.Currency || o.Amount.Micros > d.Refundable(now) {
			return Invalid("amount", "Redeem less, or name another way with --to.",
				"The deposit by %s does not take so much back.", d.Method)
		}
		return nil
	case m.ID.Number == 0 && a.ID.Number == 0:
		return Invalid("to", "Name bank or check, or add a bank account with: bank add.", "It is not said where to.")
	case m.ID.Number == 0:
		return nil
	case m.Currency != o.Amount.Currency:
		return Invalid("currency", "Use another bank account.", "This bank account takes %s.", m.Currency)
	}
	return f.refuseAccount(m, now)
}

// refuseAccount refuses a bank account to which no money can be sent now: its mandate does not stand, or it is new.
func (f RedeemFacts) refuseAccount(m Mandate, now time.Time) error {
	if m.State != MandateActive {
		return RefuseState("mandate of the bank account", string(m.State))
	}
	hold := f.Policy.Redeem.Hold
	if from := m.PayableFrom(hold); now.Before(from) {
		no := Refuse(ErrNotAllowed, "Try again from "+stamp(from.UTC())+" on, or redeem to where the money came from.",
			"This bank account is new: it was added at %s.", stamp(from.Add(-hold).UTC()))
		no.ResetsAt = from
		return no
	}
	return nil
}

// RedemptionEvent is a step of a redemption.
type RedemptionEvent struct {
	Event    string
	Reason   string
	File     uint64 // RedeemSubmit
	External string // what the processor calls it; kept if given
	Link     []byte // sealed; RedeemNote
	Actor    Actor
}

// StepRedemption moves a redemption on. What fails or comes back is in the wallet again, where it pays what is owed
// first, unless the payer of its deposit has taken it back meanwhile. Staff never act on their own wallet. It refuses
// with ErrState what cannot follow, or may not leave now; with ErrInvalid a missing reason; and with ErrNotAllowed.
func StepRedemption(ev RedemptionEvent, f RedeemFacts, now time.Time) (out RedemptionOutcome, err error) {
	r := f.Redemption
	to, can := redemptionStates.next(r.State, ev.Event)
	if !can {
		return out, RefuseState("redemption", string(r.State))
	}
	reason, err := reasonBy(ev.Actor, ev.Reason)
	if err != nil {
		return out, err
	}
	if err := f.mayStep(ev, reason, now); err != nil {
		return out, err
	}
	d := f.Deposit
	if to.back() && r.goneWith(d) {
		reason = CleanText(strings.TrimSpace(reason+" "+wentWithPayment), maxReason)
	}
	e := entry(f.No, now, KindRedemption, ev.Actor)
	e.User, e.Amount, e.Cause, e.Reason = r.User, r.Amount, r.No, reason
	e.Postings = r.step(to, f.Wallet, d)
	if d.No != 0 && to.back() {
		d = d.cameBack(r)
		e.Deposit = &d
	}
	r.State, r.Updated, r.Reason, r.Link = to, e.At, reason, ev.Link
	r.External = cmp.Or(CleanID(ev.External, 100), r.External)
	if ev.Event == RedeemSubmit {
		r.File = ev.File
	}
	e.Redemption = &r
	return RedemptionOutcome{e, r, d}, nil
}

// wentWithPayment is said of a redemption that has ended without being paid after its payment was taken back.
const wentWithPayment = "The payment that it was to send back was taken back before: its tokens went with it."

// mayStep refuses a step that may not be.
func (f RedeemFacts) mayStep(ev RedemptionEvent, reason string, now time.Time) error {
	staff := ev.Actor.Role == RoleRep || ev.Actor.Role == RoleOperator
	if staff {
		if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
			return err
		}
	}
	switch ev.Event {
	case RedeemDeny, RedeemFail, RedeemReturn:
		if reason == "" {
			return Invalid("reason", "Say why: the owner of the wallet reads it.", "The reason is missing.")
		}
	case RedeemSubmit:
		if f.User.Status != UserActive {
			return RefuseState("wallet", "frozen")
		}
		if m := f.Mandate; m.ID.Number != 0 && f.refuseAccount(m, now) != nil {
			return RefuseState("bank account", "new, or its mandate is "+string(m.State))
		}
		return f.refuseOpen()
	}
	return nil
}

// afterRedemption returns the wallet after a step of a redemption: what was paid out was not paid in, so it earns no
// quota any more, also if it comes back. Nor does what the payer of its deposit has.
func (w Wallet) afterRedemption(e Entry) Wallet {
	switch r, d := e.Redemption, e.Deposit; {
	case r == nil:
	case r.State == RedemptionPaid:
		w.Past.PaidIn = max(w.Past.PaidIn-r.Amount.Micros, 0)
	case d != nil && r.State.back() && e.empties(r.transit()) && r.goneWith(*d):
		w.Past.PaidIn = max(w.Past.PaidIn-r.Pays().Micros, 0)
	}
	return w
}

// empties returns whether an entry takes money from an account: of a redemption that was paid nothing waits any more.
func (e Entry) empties(a Account) bool {
	return slices.ContainsFunc(e.Postings, func(g Posting) bool { return g.Account == a && g.Micros > 0 })
}
