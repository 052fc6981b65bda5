package ledger

import (
	"cmp"
	"time"
)

// ReceiptState is how far a receipt has come.
type ReceiptState string

// What is kept of a receipt, in characters. What a person types is refused where it is longer, and cut from a file.
const (
	MaxSource      = 30
	MaxMark        = 100
	MaxReceiptText = 140
	MaxReason      = maxReason
)

// States of a receipt.
const (
	ReceiptUnallocated ReceiptState = "unallocated" // nobody's yet
	ReceiptMatched     ReceiptState = "matched"     // credited as a new deposit
	ReceiptReturned    ReceiptState = "returned"    // sent back to where it came from
)

// receiptStates is the life of a receipt.
var receiptStates = machine[ReceiptState]{
	{ReceiptUnallocated, "match", ReceiptMatched}, {ReceiptUnallocated, "return", ReceiptReturned},
}

// Receipt is money that came and that no open deposit has announced so: without a reference, with a wrong one, of
// another amount, twice, or too late. It is kept apart (account 2900) until a person matches it or sends it back; no
// machine guesses whose it is, and none is ever income.
type Receipt struct {
	No       EntryNo // the entry that booked it; its account 2900 has this number
	Source   string  // how it came: a method, or bank
	Amount   Amount
	Clearing bool      // it is with the processor, not at the bank
	External string    // what identifies it where it came from, unique per source; "" for nothing
	Text     string    // the reference as it was written; cleaned
	About    DepositID // the deposit that it came for, as far as that is known
	State    ReceiptState
	Created  time.Time
	Updated  time.Time
	Receiver string    // the key of staff that entered it; "" for the service
	Became   DepositID // ReceiptMatched: the deposit
	Reason   string    // of the last step; cleaned
}

// Open returns whether a receipt waits for a person.
func (r Receipt) Open() bool {
	return r.No != 0 && r.State != ReceiptMatched && r.State != ReceiptReturned
}

// asset is where the money is.
func (r Receipt) asset() Class {
	if r.Clearing {
		return PSPClearing
	}
	return Bank
}

// NeedsSecond reports whether a receipt waits for another person than the one who entered it.
func (r Receipt) NeedsSecond(p Policy) bool {
	return r.Receiver != "" && p.NeedsTwo(r.Amount)
}

// ReceiptFacts is what a decision about a receipt needs to know.
type ReceiptFacts struct {
	No       EntryNo
	Policy   Policy
	Receipt  Receipt // MatchReceipt, ReturnReceipt
	User     User    // MatchReceipt: whose it is
	Wallet   Wallet
	Staff    Staff // who acts
	Receiver Staff // who entered it, if staff did
	// Generation of the books: see [DepositFacts].
	Generation Generation
}

// ReceiptOutcome is a receipt after a step.
type ReceiptOutcome struct {
	Entry   Entry
	Receipt Receipt
	Deposit Deposit // MatchReceipt
	User    User    // MatchReceipt
	Staff   Staff
}

// NewReceipt books money that came. It refuses with ErrInvalid an amount that no bank moves, and a currency that is not
// held here.
func NewReceipt(r Receipt, f ReceiptFacts, a Actor, now time.Time) (ReceiptOutcome, error) {
	c := r.Amount.Currency
	if err := checkHeld(c, f.Policy.Currencies); err != nil {
		return ReceiptOutcome{}, err
	}
	if err := checkMinor(r.Amount); err != nil {
		return ReceiptOutcome{}, err
	}
	if r.Amount.Micros <= 0 || r.Amount.Micros > MaxMicros {
		return ReceiptOutcome{}, Invalid("amount", "Type what came, for example 20.00 EUR.", "The amount is out of bounds.")
	}
	if r.Source == "" {
		return ReceiptOutcome{}, Invalid("source", "Say check, bank, or the name of a method.", "How it came is missing.")
	}
	e := entry(f.No, now, KindReceipt, a)
	r.No, r.State, r.Created, r.Updated, r.Became = f.No, ReceiptUnallocated, e.At, e.At, DepositID{}
	r.Source, r.External = CleanLine(r.Source, MaxSource), CleanID(r.External, MaxMark)
	r.Text, r.Reason = CleanLine(r.Text, MaxReceiptText), CleanText(r.Reason, maxReason)
	if a.Role == RoleRep || a.Role == RoleOperator {
		r.Receiver = a.Key
	}
	e.Amount, e.Reason = r.Amount, r.Reason
	e.Postings = []Posting{
		{Account{r.asset(), c, 0}, r.Amount.Micros}, {Account{Unallocated, c, uint64(r.No)}, -r.Amount.Micros},
	}
	e.Receipt = &r
	return ReceiptOutcome{Entry: e, Receipt: r, Staff: f.Staff}, nil
}

// MatchReceipt credits a receipt to a wallet as a new deposit that has cleared. It refuses with ErrState one that is
// over, with ErrNotAllowed staff who act on their own wallet or, above the policy's bound, who entered it themselves,
// with ErrFrozen a wallet that takes nothing, and with ErrLimit more than a day may have.
func MatchReceipt(f ReceiptFacts, a Actor, reason string, now time.Time) (out ReceiptOutcome, err error) {
	r, st, err := f.step("match", reason, now)
	if err != nil {
		return out, err
	}
	out.Staff = st
	switch {
	case f.User.Status == UserClosed:
		return out, refuseFrozen()
	case f.Wallet.Currency != r.Amount.Currency || f.Wallet.User != f.User.ID:
		return out, Invalid("currency", "Match it with an account in its own currency.", "The account is in %s.",
			f.Wallet.Currency)
	}
	if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
		return out, err
	}
	if out.Staff, err = f.Staff.moves(r.Amount, f.Policy, now); err != nil {
		return out, err
	}
	e := entry(f.No, now, KindDeposit, a)
	e.User, e.Cause, e.Amount, e.Reason = f.User.ID, r.No, r.Amount, r.Reason
	apart := Posting{Account{Unallocated, r.Amount.Currency, uint64(r.No)}, r.Amount.Micros}
	e.Postings = nonzero(append([]Posting{apart}, f.Wallet.credited(r.Amount.Micros)...))
	window := f.Policy.Risk.Paper
	if r.Clearing {
		window = f.Policy.Risk.Online
	}
	out.User = f.User
	out.User.Deposits++
	d := Deposit{
		No: f.No, ID: DepositID{User: f.User.ID, Number: f.Generation.Owned(out.User.Deposits)}, Kind: DepositPaper,
		Method: r.Source, Amount: r.Amount, State: DepositCleared, Created: e.At, Updated: e.At, Reason: r.Reason,
		Free: atRiskUntil(e.At, window), Receiver: cmp.Or(r.Receiver, a.Key),
	}
	r.Became = d.ID
	e.Deposit, e.Receipt = &d, &r
	out.Entry, out.Receipt, out.Deposit = e, r, d
	return out, nil
}

// ReturnReceipt sends a receipt back to where it came from. It refuses as [MatchReceipt] does.
func ReturnReceipt(f ReceiptFacts, a Actor, reason string, now time.Time) (out ReceiptOutcome, err error) {
	r, st, err := f.step("return", reason, now)
	if err != nil {
		return out, err
	}
	e := entry(f.No, now, KindReceipt, a)
	e.Cause, e.Amount, e.Reason = r.No, r.Amount, r.Reason
	e.Postings = []Posting{
		{Account{Unallocated, r.Amount.Currency, uint64(r.No)}, r.Amount.Micros},
		{Account{r.asset(), r.Amount.Currency, 0}, -r.Amount.Micros},
	}
	e.Receipt = &r
	return ReceiptOutcome{Entry: e, Receipt: r, Staff: st}, nil
}

// step moves a receipt on: once, and above the bound by another person than the one who entered it.
func (f ReceiptFacts) step(event, reason string, now time.Time) (Receipt, Staff, error) {
	r := f.Receipt
	to, can := receiptStates.next(r.State, event)
	if !can {
		return r, f.Staff, RefuseState("receipt", string(r.State)+" already")
	}
	if r.NeedsSecond(f.Policy) {
		if err := SecondPerson(f.Receiver, f.Staff, f.Policy, r.Amount, "entered", "decide"); err != nil {
			return r, f.Staff, err
		}
	}
	reason, err := typedText("reason", reason, maxReason)
	r.State, r.Updated, r.Reason = to, instant(now), reason
	return r, f.Staff, err
}

// NewBeside books what came beside a deposit: all that came so far is beside, and what is booked already is in the
// deposit. It returns false where nothing is new.
func NewBeside(d Deposit, beside Amount, f ReceiptFacts, now time.Time) (out ReceiptOutcome, fresh bool, err error) {
	more := beside.Micros - d.Beside
	if more <= 0 || beside.Currency != d.Amount.Currency {
		return out, false, nil
	}
	out, err = NewReceipt(Receipt{
		Source: d.Method, Amount: Amount{more, beside.Currency}, Clearing: true, Text: d.External, About: d.ID,
		Reason: "Came beside a deposit of " + d.Amount.String() + " that is " + stateName(d.State) + ".",
	}, f, Actor{}, now)
	if err != nil {
		return out, false, err
	}
	d.Beside, d.Updated = beside.Micros, out.Entry.At
	out.Deposit, out.Entry.Deposit = d, &d
	return out, true, nil
}
