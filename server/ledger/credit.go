package ledger

import (
	"slices"
	"time"
)

// Credit makes an account postpaid (claim 15): it may owe up to a line, and what it owes is billed once a month. Line
// and bills follow from the journal, see [Wallet.After].
type Credit struct {
	Line  int64      // micros that the account may owe; 0: it is prepaid
	Bills []OpenBill // not paid yet, the oldest first
}

// OpenBill is a bill of which something is to be paid.
type OpenBill struct {
	No   EntryNo // the entry that issued it
	Left int64   // micros
	Due  time.Time
}

// Billing is what the operator decides about accounts that pay later.
type Billing struct {
	Line     int64         // the largest credit line, micros of whichever currency is at hand
	Due      time.Duration // from a bill to the day on which it is due
	WriteOff time.Duration // from that day to the one on which the debt may be given up
	Reminder time.Duration // from that day to the first reminder; the others are twice as far apart
}

// DefaultBilling returns what books without these settings have.
func DefaultBilling() Billing {
	return Billing{Line: 200 * Unit, Due: 14 * day, WriteOff: 90 * day, Reminder: 7 * day}
}

// billingSettings are the lines of the policy about accounts that pay later.
func (p *Policy) billingSettings() []setting {
	b := &p.Billing
	return []setting{
		p.moneySetting("credit_line", "largest credit line of an account", &b.Line),
		timeSetting("bill_due", "how long after a bill it is due; then the account buys nothing", &b.Due, 0, 90*day),
		timeSetting("bill_reminder", "how long after a bill was due its first reminder comes; two more, twice as far apart",
			&b.Reminder, time.Second, 90*day),
		timeSetting("write_off", "how long after a bill was due its debt may be given up", &b.WriteOff, 0, 730*day),
	}
}

// billed is what is left to be paid of all bills.
func (c Credit) billed() (micros int64) {
	for _, b := range c.Bills {
		micros += b.Left
	}
	return micros
}

// Unbilled is what is owed and on no bill yet, in micros. What a bank took back is among it.
func (w Wallet) Unbilled() int64 { return max(w.Owed-w.Credit.billed(), 0) }

// Overdue returns the oldest bill that should have been paid by now.
func (w Wallet) Overdue(now time.Time) (OpenBill, bool) {
	if len(w.Credit.Bills) == 0 || now.Before(w.Credit.Bills[0].Due) {
		return OpenBill{}, false
	}
	return w.Credit.Bills[0], true
}

// CreditLeft is how much may still be bought on credit now, in micros: nothing while a bill is overdue.
func (w Wallet) CreditLeft(now time.Time) int64 {
	if w.Credit.Line == 0 {
		return 0
	}
	if _, late := w.Overdue(now); late {
		return 0
	}
	return max(w.Credit.Line-w.Owed, 0)
}

// Lent returns the wallet as it buys now: without credit while bills are frozen. What is owed stays owed.
func (p Policy) Lent(w Wallet) Wallet {
	if _, closed := p.Closed(BillMethod); closed {
		w.Credit.Line = 0
	}
	return w
}

// Spendable is how much may be bought now beside incentives, in micros: paid tokens first, then credit.
func (w Wallet) Spendable(now time.Time) int64 { return w.Paid + w.CreditLeft(now) }

// sources appends the debits of a purchase of so many micros to a list, in the order of spending: incentives, paid
// tokens, credit (DESIGN.md, Order of spending). The caller has checked that they are there.
func (w *Wallet) sources(debits []Posting, o *Offer, micros int64, now time.Time) []Posting {
	debits, micros = w.spendIncentives(debits, o, micros, now)
	part := min(micros, w.Paid)
	return append(debits, Posting{Account{Paid, w.Currency, uint64(w.User)}, part},
		Posting{Account{Receivable, w.Currency, uint64(w.User)}, micros - part})
}

// pays returns the wallet with its bills after an entry: what lowers the debt pays the oldest bill first.
func (w Wallet) pays(e Entry) Wallet {
	if len(w.Credit.Bills) == 0 {
		return w
	}
	var paid int64
	for _, g := range e.Postings {
		if g.Account.Class == Receivable && g.Account.Owner == uint64(w.User) && g.Micros < 0 {
			paid -= g.Micros
		}
	}
	if paid == 0 {
		return w
	}
	left := make([]OpenBill, 0, len(w.Credit.Bills)) // another one: rows are shared
	for _, b := range w.Credit.Bills {
		part := min(b.Left, paid)
		b.Left, paid = b.Left-part, paid-part
		if b.Left > 0 {
			left = append(left, b)
		}
	}
	if w.Credit.Bills = left; len(left) == 0 {
		w.Credit.Bills = nil
	}
	return w
}

// afterCredit returns the wallet after an entry about its credit.
func (w Wallet) afterCredit(e Entry) Wallet {
	switch e.Kind {
	case KindCredit:
		w.Credit.Line = e.Amount.Micros
	case KindWriteOff:
		w.Credit.Line = 0
	case KindBill:
		if e.Bill != nil {
			w.Credit.Bills = append(slices.Clone(w.Credit.Bills), OpenBill{e.No, e.Amount.Micros, e.Bill.Due})
		}
	}
	return w
}

// Postpaid is when an account that pays later is billed next. It stays when the line is taken away, until all is paid.
type Postpaid struct {
	User     UserID
	Currency Currency
	From     time.Time // what is not billed was bought since then
	Until    time.Time // the next bill; zero: nothing is owed and nothing can be
	Bills    uint32    // issued so far
	// GivenUp is who has asked to give the debt up, and waits for a second person; "": nobody.
	GivenUp   string
	GivenUpAt time.Time
}

// Bill is what an account has bought in a month and pays afterwards (claims 15, 39).
type Bill struct {
	No         EntryNo // the entry that issued it
	User       UserID
	Number     uint32 // of the account, from 1
	Amount     Amount
	From, Till time.Time // what was bought between them
	Issued     time.Time
	Due        time.Time
	Carried    int64     // micros of earlier bills that were not paid then
	Deposit    DepositID // what is announced by its reference
	Reference  string    // what the payer writes
	GivenUp    time.Time // zero: not written off
	// Mailed is when the bill went to the printer, zero for one that is electronic; LastLetter is when the newest letter
	// about it did, and Reminded is its number.
	Mailed, LastLetter time.Time
	Reminded           uint32
}

// BillState is how far a bill has come. It follows from what is left of it and from the day.
type BillState string

// States of a bill.
const (
	BillOpen       BillState = "open"
	BillOverdue    BillState = "overdue"
	BillPaid       BillState = "paid"
	BillWrittenOff BillState = "written_off"
)

// StateIn returns how far a bill of this wallet has come, and what is left of it in micros.
func (b Bill) StateIn(w Wallet, now time.Time) (s BillState, left int64) {
	i := slices.IndexFunc(w.Credit.Bills, func(o OpenBill) bool { return o.No == b.No })
	switch {
	case !b.GivenUp.IsZero():
		return BillWrittenOff, 0
	case i < 0:
		return BillPaid, 0
	case now.Before(b.Due):
		return BillOpen, w.Credit.Bills[i].Left
	}
	return BillOverdue, w.Credit.Bills[i].Left
}

// Reminder is the number of the reminder that a bill has come to, 0 for none: with the usual setting the first a week
// after it was due, the others two weeks after the one before. Each repeats the reference of the bill.
func (o OpenBill) Reminder(every time.Duration, now time.Time) (n int) {
	for n < LastReminder && !now.Before(o.Due.Add(every*time.Duration(2*n+1))) {
		n++
	}
	return n
}

// CreditFacts is what a decision about the credit of an account needs to know.
type CreditFacts struct {
	No     EntryNo
	User   User
	Wallet Wallet
	Terms  Postpaid
	Policy Policy
	Zone   *time.Location // the user's time zone; nil is UTC
	Staff  Staff          // who acts: DecideCredit, DecideWriteOff
	Asked  Staff          // DecideWriteOff: who asked for it first
	Moved  time.Time      // DecideWriteOff: when something has moved in the account last
	// Generation of the books: see [DepositFacts].
	Generation Generation
}

// CreditOutcome is an account after it. An entry without a number says that nothing was written.
type CreditOutcome struct {
	Entry   Entry
	Terms   Postpaid
	Bill    Bill    // NewBill
	Deposit Deposit // NewBill: what is announced by the reference
	User    User    // NewBill counts the deposit; DecideWriteOff freezes the wallet
}

// CreditRequest gives an account a credit line.
type CreditRequest struct {
	Line   int64  // micros; 0 takes it away: what is owed stays owed
	Reason string // why; the owner of the wallet reads it
	Actor  Actor
}

// DecideCredit makes an account postpaid, or prepaid again (claim 15). It refuses with ErrNotAllowed staff who act on
// their own wallet, with ErrInvalid a line above the policy's or no reason, and with ErrState a wallet that is frozen
// or has a bill overdue, and while bills are frozen, unless its line is taken away.
func DecideCredit(r CreditRequest, f CreditFacts, now time.Time) (out CreditOutcome, err error) {
	c, most := f.Wallet.Currency, f.Policy.In(f.Wallet.Currency).Billing.Line
	reason, err := typedText("reason", r.Reason, maxReason)
	_, late := f.Wallet.Overdue(now)
	switch {
	case f.Staff.owns(f.User):
		return out, RefuseOwn()
	case err != nil:
		return out, err
	case reason == "":
		return out, Invalid("reason", "Type one sentence: the owner of the wallet reads it.", "The reason is missing.")
	case r.Line < 0 || r.Line > most:
		return out, Invalid("amount", "Give at most "+Amount{most, c}.String()+", or raise the setting credit_line.",
			"The credit line is out of bounds.")
	case r.Line == f.Wallet.Credit.Line:
		return out, RefuseState("credit line", Amount{r.Line, c}.String()+" already")
	case r.Line > f.Wallet.Credit.Line && f.User.Status != UserActive:
		return out, RefuseState("wallet", UserWords[f.User.Status])
	case r.Line > f.Wallet.Credit.Line && late:
		return out, Refuse(ErrState, "Wait until it is paid.", "A bill of this account is overdue.")
	case r.Line > f.Wallet.Credit.Line:
		if err := f.Policy.RefuseClosed(BillMethod); err != nil {
			return out, err
		}
	}
	e := entry(f.No, now, KindCredit, r.Actor)
	e.User, e.Amount, e.Reason = f.User.ID, Amount{r.Line, c}, reason
	had := Amount{f.Wallet.Credit.Line, c}
	e.Change = &Change{Name: "credit line", Old: had.String(), New: e.Amount.String(), Currency: c}
	out.Entry, out.Terms = e, f.Terms
	out.Terms.User, out.Terms.Currency = f.User.ID, c
	if out.Terms.Until.IsZero() {
		out.Terms.From, out.Terms.Until = e.At, instant(periodsAt(now, f.Zone).nextMonth())
	}
	return out, nil
}

// NewBill bills what an account owes and was not billed, when its month is over or, if staff ask for it, early. Less
// than the smallest deposit waits for the next month, unless the account has no line any more or staff ask. The entry
// has no number if nothing is billed. It refuses with ErrState a month that is not over, and staff who ask
// for a bill over nothing.
func NewBill(early bool, a Actor, f CreditFacts, now time.Time) (out CreditOutcome, err error) {
	t, w, c := f.Terms, f.Wallet, f.Wallet.Currency
	owed := w.Unbilled()
	from, till := t.From, t.Until
	switch {
	case early && owed == 0:
		return out, Refuse(ErrState, "See what is owed with: credit list.", "There is nothing to bill on this account.")
	case early:
		till = instant(now)
	case t.Until.IsZero() || now.Before(t.Until):
		return out, RefuseState("month", "not over before "+stamp(t.Until.UTC()))
	default:
		t.Until = instant(periodsAt(now, f.Zone).nextMonth())
	}
	out.Terms, out.User = t, f.User
	switch {
	case early: // whatever it is
	case owed == 0 && w.Credit.Line == 0 && len(w.Credit.Bills) == 0:
		out.Terms.Until = time.Time{}
		return out, nil
	case owed == 0:
		out.Terms.From = till
		return out, nil
	case owed < f.Policy.In(c).DepositMin && w.Credit.Line > 0:
		return out, nil
	}
	return f.bill(out, Bill{Amount: Amount{owed, c}, From: from, Till: till}, a, now), nil
}

// bill issues a bill, and announces its payment under its reference.
func (f CreditFacts) bill(out CreditOutcome, b Bill, a Actor, now time.Time) CreditOutcome {
	e := entry(f.No, now, KindBill, a)
	e.User, e.Amount = f.User.ID, b.Amount
	out.User.Deposits++
	d := Deposit{
		No: f.No, ID: DepositID{User: f.User.ID, Number: f.Generation.Owned(out.User.Deposits)}, Kind: DepositPaper,
		Method: BillMethod, Amount: wholeMinor(e.Amount), State: DepositAwaiting,
		Reference: Reference(f.Generation.Payment(f.No)), Created: e.At, Updated: e.At,
		Expires: e.At.Add(f.Policy.Billing.Due + f.Policy.Billing.WriteOff),
	}
	out.Terms.Bills, out.Terms.From = out.Terms.Bills+1, b.Till
	b.No, b.User, b.Number, b.Issued, b.Due = f.No, f.User.ID, out.Terms.Bills, e.At, e.At.Add(f.Policy.Billing.Due)
	b.Carried, b.Deposit, b.Reference = f.Wallet.Credit.billed(), d.ID, d.Reference
	e.Deposit, e.Bill = &d, &b
	out.Entry, out.Bill, out.Deposit = e, b, d
	return out
}

// BillMethod is the method of the deposits that pay a bill by its reference.
const BillMethod = "bill"

// wholeMinor rounds up to what a bank can move; the rest of it is paid tokens when it has come.
func wholeMinor(a Amount) Amount {
	unit := a.Currency.minor()
	if rest := a.Micros % unit; rest != 0 {
		a.Micros += unit - rest
	}
	return a
}

// WriteOffRequest gives the debt of an account up.
type WriteOffRequest struct {
	Owed   int64 // micros of the debt that is given up, as it was shown
	Reason string
	Actor  Actor
}

// asked tells whether somebody has asked to give this debt up, lately, and nothing has moved in the account since: two
// persons say yes to one debt.
func (f CreditFacts) asked(late OpenBill, now time.Time) bool {
	t := f.Terms
	return t.GivenUp != "" && now.Before(t.GivenUpAt.Add(writeOffAsked)) && !t.GivenUpAt.Before(late.Due) &&
		!t.GivenUpAt.Before(f.Moved)
}

// WriteOffAsked is what the entry of a write-off says of its two persons, in [Change.Name]: who has asked for it, and
// who has done it.
const WriteOffAsked = "asked for and done by"

// writeOffAsked is how long the word of the first person holds.
const writeOffAsked = 3 * day

// DecideWriteOff gives up what an account owes, long after its oldest bill was due (money that nobody will pay is no
// claim). It takes two persons: the first asks, and then nothing is written but that, which holds for three days. The
// line ends and the wallet stays frozen.
//
// It refuses with ErrState an account that owes nothing or another sum, or whose time has not come, and with
// ErrNotAllowed one's own wallet, and the same person twice.
func DecideWriteOff(r WriteOffRequest, f CreditFacts, now time.Time) (out CreditOutcome, err error) {
	w := f.Wallet
	reason, err := typedText("reason", r.Reason, maxReason)
	late, is := w.Overdue(now)
	switch {
	case f.Staff.owns(f.User):
		return out, RefuseOwn()
	case err != nil:
		return out, err
	case reason == "":
		return out, Invalid("reason", "Type one sentence: it stands in the books.", "The reason is missing.")
	case !is:
		return out, Refuse(ErrState, "See what is owed with: credit list.", "No bill of this account is overdue.")
	case now.Before(late.Due.Add(f.Policy.Billing.WriteOff)):
		return out, RefuseState("debt", "not given up before "+stamp(late.Due.Add(f.Policy.Billing.WriteOff).UTC()))
	}
	out.Terms, out.User = f.Terms, f.User
	switch {
	case r.Owed != w.Owed:
		return out, refuseOther("debt", Amount{r.Owed, w.Currency}, Amount{w.Owed, w.Currency})
	case !f.asked(late, now):
		out.Terms.GivenUp, out.Terms.GivenUpAt = f.Staff.Fingerprint, instant(now)
		return out, nil
	case SamePerson(f.Staff, f.Asked):
		return out, Refuse(ErrNotAllowed, "It waits for a second person.",
			"Another person than the one who asked for it has to give the debt up.")
	}
	e := entry(f.No, now, KindWriteOff, r.Actor)
	c := w.Currency
	e.User, e.Amount, e.Reason = f.User.ID, Amount{w.Owed, c}, reason
	e.Postings = []Posting{{Account{BadDebt, c, 0}, w.Owed}, {Account{Receivable, c, uint64(f.User.ID)}, -w.Owed}}
	e.Change = &Change{Name: WriteOffAsked, Old: f.Terms.GivenUp, New: r.Actor.Key, Currency: c}
	out.Entry = e
	out.Terms.GivenUp, out.Terms.GivenUpAt, out.Terms.Until = "", time.Time{}, time.Time{}
	if out.User.Status == UserActive {
		out.User.Status = UserFrozen
	}
	out.User.Paused = 0 // a debt freezes it now, whatever did before
	return out, nil
}

// refuseOther refuses to give up another sum than the one that a person was shown.
func refuseOther(what string, shown, is Amount) error {
	return Refuse(ErrState, "Look at it again, without --yes.", "The %s is %s, and not %s.", what, is, shown)
}
