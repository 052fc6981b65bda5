package ledger

import (
	"cmp"
	"time"
)

// NewDeposit announces money that will come into a wallet (claims 15, 37). It posts nothing. It refuses with ErrFrozen,
// ErrInvalid, and with ErrLimit more than a wallet can announce; one without cleared money can announce less.
func NewDeposit(r DepositOrder, f DepositFacts, now time.Time) (DepositOutcome, error) {
	if err := r.check(f, now); err != nil {
		return DepositOutcome{}, err
	}
	return f.begun(r, now)
}

// begun is a new deposit of any kind.
func (f DepositFacts) begun(r DepositOrder, now time.Time) (DepositOutcome, error) {
	e := entry(f.No, now, KindDeposit, r.Actor)
	e.User, e.Amount, e.Cause = f.User.ID, r.Amount, r.After
	u := f.User
	u.Deposits++
	number := f.Generation.Owned(u.Deposits)
	d := Deposit{
		No: f.No, ID: DepositID{User: u.ID, Number: number}, Kind: r.Kind, Method: CleanLine(r.Method, 30),
		Amount: r.Amount, Fee: r.Fee,
		State: DepositCreated, Created: e.At, Updated: e.At, Expires: e.At.Add(cmp.Or(max(r.Life, 0), lifeOnline)),
		Channel: r.Channel, Code: r.Code,
	}
	if r.Kind != DepositOnline && r.Kind != DepositDebit {
		d.State, d.Reference = DepositAwaiting, Reference(cmp.Or(r.Number, f.Generation.Payment(f.No)))
		d.Expires = e.At.Add(cmp.Or(max(r.Life, 0), DepositLife))
	}
	switch r.Kind {
	case DepositDebit:
		d.Mandate, d.Try, d.Expires, d.Refill = r.Mandate.ID.Number, r.Try, time.Time{}, r.Refill
	case DepositOnOrder:
		d.submitOrder(r)
	case DepositOnBill:
		a, err := f.Account.charge(r.Amount, r.Bill.First, f.Biller, now)
		if err != nil {
			return DepositOutcome{}, err
		}
		d.State, d.Bill = DepositSubmitted, r.Bill
		f.Account, e.Biller = a, &AtBiller{Account: &a}
	}
	e.Deposit = &d
	return DepositOutcome{Entry: e, Deposit: d, User: u, Account: f.Account}, nil
}

// check refuses an order that cannot begin.
func (r DepositOrder) check(f DepositFacts, now time.Time) error {
	p := f.Policy.In(r.Amount.Currency)
	switch {
	case f.User.Status != UserActive:
		return refuseFrozen()
	case depositStates[r.Kind] == nil:
		return Invalid("method", "See the ways to add funds with: methods.",
			"There is no way to add funds of that kind.")
	case r.Method == "":
		return Invalid(
			"method",
			"See the ways to add funds with: methods.",
			"The way to add funds is missing.",
		)
	}
	c := r.Amount.Currency
	if err := checkHeld(c, p.Currencies); err != nil {
		return err
	}
	if err := checkMinor(r.Amount); err != nil {
		return err
	}
	if err := checkDepositAmount(r, f, p); err != nil {
		return err
	}
	if f.Wallet.Currency != c || f.Wallet.User != f.User.ID {
		return Invalid("currency", "Add funds to an account in their own currency.",
			"The account is in %s.", f.Wallet.Currency)
	}
	if err := checkLately(r, f.Lately, now); err != nil {
		return err
	}
	if open := waiting(f.Lately); r.Kind == DepositPaper && open >= p.Risk.OpenNew && f.Wallet.standing(now).Cleared == 0 {
		return refuseOpen(open)
	}
	if r.Kind == DepositDebit {
		return r.Mandate.Permits(r.Amount)
	}
	return nil
}

// checkDepositAmount refuses an amount that is too small or too large. What an order may be over is its wallet's
// credit, and the first charge on a bill is as small as a bill can have it.
func checkDepositAmount(r DepositOrder, f DepositFacts, p Policy) error {
	least, most, m := max(p.DepositMin, 1), min(p.DepositMax, MaxMicros), r.Amount.Micros
	switch r.Kind {
	case DepositOnOrder:
		return f.User.lends(r.Amount)
	case DepositOnBill:
		least = min(least, Unit)
	}
	if m < least || m > most || r.Fee < 0 || r.Fee >= m {
		c := r.Amount.Currency
		return Invalid("amount", "Add "+Amount{least, c}.String()+" to "+Amount{most, c}.String()+" at a time.",
			"The amount is out of bounds.")
	}
	return nil
}

// waiting counts the deposits that wait for their payer.
func waiting(lately []Deposit) (n uint32) {
	for _, d := range lately {
		switch d.State {
		case DepositRequiresAction, DepositAwaiting:
			n++
		case DepositCreated:
			if !d.Is(DepositDebit) { // which waits for its file
				n++
			}
		}
	}
	return n
}

// checkLately refuses what is more than a wallet can announce.
func checkLately(r DepositOrder, lately []Deposit, now time.Time) error {
	today, awaited, frees := 0, 0, time.Time{}
	for _, d := range lately {
		if now.Sub(d.Created) < day {
			if today++; today == DepositsPerDay {
				return refuseDeposits("deposits_per_day", d.Created.Add(day), "begin %d deposits in 24 hours", DepositsPerDay)
			}
		}
		if d.State == DepositAwaiting {
			awaited, frees = awaited+1, d.Expires // the oldest comes last
		}
	}
	if r.Kind == DepositPaper && awaited >= DepositsAwaited {
		return refuseDeposits("deposits_awaited", frees, "wait for %d instruments at a time", DepositsAwaited)
	}
	return nil
}

// refuseDeposits says that a wallet has announced enough, and when it may go on.
func refuseDeposits(limit string, frees time.Time, what string, n int) *Refusal {
	no := Refuse(ErrLimit, "Send what is announced, or wait until "+stamp(frees.UTC())+".", "One wallet can "+what+".", n)
	no.Limit, no.ResetsAt = limit, frees
	return no
}
