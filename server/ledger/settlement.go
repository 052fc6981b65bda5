package ledger

import (
	"slices"
	"time"
)

// SettlementState is how far a settlement has come.
type SettlementState string

// States of a settlement. What is not settled yet accrues, and is stored nowhere.
const (
	SettlementDue       SettlementState = "due"       // waits for a second person
	SettlementHeld      SettlementState = "held"      // a person has stopped it
	SettlementApproved  SettlementState = "approved"  // goes into the next file
	SettlementSubmitted SettlementState = "submitted" // in a file
	SettlementPaid      SettlementState = "paid"
	SettlementFailed    SettlementState = "failed"   // available again, with the fee
	SettlementReturned  SettlementState = "returned" // came back; its money waits
	SettlementReissued  SettlementState = "reissued" // and left under another name
)

// Events of a settlement.
const (
	PayoutApprove = "approve"
	PayoutHold    = "hold"
	PayoutSubmit  = "submit"
	PayoutPaid    = "paid"
	PayoutFail    = "fail"
	PayoutReturn  = "return"
	PayoutReissue = "reissue"
)

// settlementStates is the life of a settlement.
var settlementStates = machine[SettlementState]{
	{SettlementDue, PayoutApprove, SettlementApproved},
	{SettlementDue, PayoutHold, SettlementHeld},
	{SettlementHeld, PayoutApprove, SettlementApproved},
	{SettlementHeld, PayoutFail, SettlementFailed},
	{SettlementHeld, PayoutPaid, SettlementPaid}, // by other means than from here, or before a restore
	{SettlementApproved, PayoutHold, SettlementHeld},
	{SettlementApproved, PayoutSubmit, SettlementSubmitted},
	{SettlementSubmitted, PayoutPaid, SettlementPaid},
	{SettlementSubmitted, PayoutFail, SettlementFailed},
	{SettlementSubmitted, PayoutReturn, SettlementReturned},
	{SettlementPaid, PayoutReturn, SettlementReturned},
	{SettlementReturned, PayoutReissue, SettlementReissued},
	{SettlementReturned, PayoutFail, SettlementFailed},
}

// InTransit returns whether the money of a settlement waits in 2200.
func (s SettlementState) InTransit() bool {
	return s != SettlementPaid && s != SettlementFailed && s != SettlementReissued
}

// Open returns whether something is still to be done about it.
func (s SettlementState) Open() bool { return s.InTransit() }

// Party is who is settled: a vendor, or one of its payees.
type Party struct {
	Vendor   VendorID
	Payee    PayeeID // 0: the vendor
	Currency Currency
}

// account is where what is available to the party stands.
func (p Party) account() Account {
	if p.Payee != 0 {
		return Account{RoyaltyPayable, p.Currency, uint64(p.Payee)}
	}
	return Account{VendorAvailable, p.Currency, uint64(p.Vendor)}
}

// Owns returns whether an account is among those of which the party's statement tells.
func (p Party) Owns(a Account) bool {
	if a.Currency != p.Currency {
		return false
	}
	switch a.Class {
	case VendorPending, VendorAvailable, VendorReserve:
		return p.Payee == 0 && a.Owner == uint64(p.Vendor)
	case RoyaltyPayable:
		return p.Payee != 0 && a.Owner == uint64(p.Payee)
	}
	return false
}

// Kept is a part of a reserve, and until when it is kept.
type Kept struct {
	Until  time.Time
	Micros int64
}

// maxKept bounds the parts of a reserve. Beyond it the two that end first become one with the later end.
const maxKept = 16

// Settlement closes a period of a vendor or a payee: its statement is sealed, what is old enough becomes available, and
// what is available is paid out (claims 16, 19, 30). Amounts are micros of its currency.
type Settlement struct {
	No     EntryNo // the entry that opened it; its account 2200 has this number
	Run    uint64  // of settlements
	Vendor VendorID
	Payee  PayeeID // 0: the vendor is paid
	State  SettlementState
	Amount Amount // is paid out
	Fee    int64

	// The period: entries of the vendor after From, up to To, the newest one until At.
	From, To EntryNo
	At       time.Time
	// Opening is what was owed at the beginning, and Closing what is owed after the payout: pending, available, reserve.
	Opening, Closing int64
	Sum              Tally
	// Digest is the SHA-256 of the statement's rows, see [Settlement.Rows].
	Digest [32]byte

	// What became available, what of it is kept, what is kept no longer, and what of the reserve paid a debt.
	Released, Withheld, Freed, Recovered int64
	Kept                                 []Kept // all that is kept after this
	Delay                                time.Duration

	Way, PayTo string
	Created    time.Time
	Updated    time.Time
	Runner     string  // the key of staff that ran it; "" for the service
	File       EntryNo // SettlementSubmitted and later: what its file is named after
	Account    uint64  // SettlementSubmitted and later: the record of the vault that it goes to, 0 for none
	Bank       uint64  // SettlementSubmitted and later: the file for a bank that it is in, 0 for none
	Before     EntryNo // the returned settlement that it pays again; it closes no period
	After      EntryNo // SettlementReissued: the settlement that pays it again
	Reason     string  // of the last step; cleaned
}

// Party is who is settled.
func (s Settlement) Party() Party { return Party{s.Vendor, s.Payee, s.Amount.Currency} }

// Closes returns whether the settlement closes a period.
func (s Settlement) Closes() bool { return s.No != 0 && s.Before == 0 }

// transit is where its money waits.
func (s Settlement) transit() Account { return Account{PayoutTransit, s.Amount.Currency, uint64(s.No)} }

// SettleFacts is what a settlement needs to know.
type SettleFacts struct {
	No      EntryNo
	Run     uint64
	Policy  Policy
	Vendor  Vendor
	Party   Party
	Terms   Terms      // of the party
	Pending int64      // of a vendor 2100, of a payee 2130; what is owed to it is positive
	Free    int64      // 2110 of a vendor
	Reserve int64      // 2120 of a vendor
	Young   int64      // how much of Pending is too young: see [Young]
	Last    Settlement // that closed the period before; its No is 0 for none
	At      time.Time  // what happened until then is settled
	Asked   bool       // a person asks for this vendor: amount and time do not count
}

// Plan is how a settlement would be.
type Plan struct {
	Released, Withheld, Freed, Recovered int64
	Kept                                 []Kept
	Available                            int64 // after all of these
	Payout, Fee                          int64
}

// Plan returns how the party would be settled, and whether it is due: by amount or by time, whichever comes first, and
// with a payout that is not below the minimum.
func (f SettleFacts) Plan() (p Plan, due bool) {
	p.Released = min(max(f.Pending-max(f.Young, 0), 0), max(f.Pending, 0))
	p.Available = f.Free
	if f.Party.Payee != 0 { // all of a payee is one account
		p.Available = min(f.Pending, p.Released)
		p.Released = 0
	}
	p = f.reserve(p)
	c, rest := f.Party.Currency, p.Available-f.Terms.Fee
	p.Payout, p.Fee = max(rest-rest%c.minor(), 0), f.Terms.Fee
	p.Payout = min(p.Payout, MaxMicros-MaxMicros%c.minor())
	if p.Payout <= 0 || p.Payout < f.Terms.Minimum {
		return p, false
	}
	since := f.Vendor.Created
	if f.Last.No != 0 {
		since = f.Last.At
	}
	return p, f.Asked || p.Available >= f.Terms.Amount || !f.At.Before(since.Add(f.Terms.After))
}

// reserve keeps a share of what becomes available, and lets go what was kept long enough. What issues of tokens have
// kept since the last settlement is kept from now on for as long. A debt is paid out of the reserve last, the part
// first that would end first.
func (f SettleFacts) reserve(p Plan) Plan {
	if f.Party.Payee != 0 {
		return p
	}
	p.Withheld = commissionOf(p.Released, f.Terms.Reserve)
	fresh := f.Reserve + p.Withheld // of which what was kept before is taken off: the rest is that of issues of tokens
	for _, k := range f.Last.Kept {
		fresh -= k.Micros
		if !f.At.Before(k.Until) {
			p.Freed += k.Micros
		} else {
			p.Kept = append(p.Kept, k)
		}
	}
	if fresh > 0 {
		p.Kept = keep(p.Kept, Kept{instant(f.At.Add(f.Terms.ReserveFor)), fresh})
	}
	p.Available += p.Released - p.Withheld + p.Freed
	for i := range p.Kept {
		part := min(max(-p.Available, 0), p.Kept[i].Micros)
		p.Kept[i].Micros -= part
		p.Recovered, p.Available = p.Recovered+part, p.Available+part
	}
	if p.Kept = slices.DeleteFunc(p.Kept, func(k Kept) bool { return k.Micros == 0 }); len(p.Kept) == 0 {
		p.Kept = nil
	}
	return p
}

// keep adds a part to a reserve, in the order of time.
func keep(all []Kept, k Kept) []Kept {
	i := slices.IndexFunc(all, func(o Kept) bool { return !o.Until.Before(k.Until) })
	switch {
	case i < 0:
		all = append(all, k)
	case all[i].Until.Equal(k.Until):
		all[i].Micros += k.Micros
	default:
		all = slices.Insert(all, i, k)
	}
	if len(all) > maxKept {
		all[1].Micros += all[0].Micros // it stays a little longer
		all = all[1:]
	}
	return all
}

// SettlementOutcome is a settlement after a step.
type SettlementOutcome struct {
	Entry      Entry
	Settlement Settlement
}

// OpenSettlement writes down a settlement that is due. to is the newest entry of its period, sum and digest are those
// of its statement. What needs no second person is approved at once.
func (f SettleFacts) OpenSettlement(p Plan, s Settlement, a Actor, now time.Time) SettlementOutcome {
	e := entry(f.No, now, KindSettlement, a)
	s.No, s.Run, s.Vendor, s.Payee, s.At = f.No, f.Run, f.Party.Vendor, f.Party.Payee, instant(f.At)
	s.Amount, s.Fee = Amount{p.Payout, f.Party.Currency}, p.Fee
	s.Closing = s.Opening + s.Sum.Net - p.Payout - p.Fee
	s.Released, s.Withheld, s.Freed, s.Recovered, s.Kept = p.Released, p.Withheld, p.Freed, p.Recovered, p.Kept
	s.Delay, s.Way, s.PayTo = f.Terms.Delay, f.Terms.Way, f.Terms.To
	s.Created, s.Updated, s.Runner = e.At, e.At, a.Key
	s.State = SettlementDue
	if p.Payout <= f.Policy.In(s.Amount.Currency).Settle.Approve {
		s.State = SettlementApproved
	}
	c, v := s.Amount.Currency, uint64(s.Vendor)
	all := []Posting{{f.Party.account(), p.Payout + p.Fee}, {s.transit(), -p.Payout}, {Account{PayoutFee, c, 0}, -p.Fee}}
	if s.Payee == 0 {
		freed := p.Freed + p.Recovered - p.Withheld
		all = []Posting{
			{Account{VendorPending, c, v}, p.Released},
			{Account{VendorReserve, c, v}, freed},
			{f.Party.account(), p.Payout + p.Fee - p.Released - freed},
			all[1], all[2],
		}
	}
	e.Vendor, e.Amount, e.Postings, e.Settlement = s.Vendor, s.Amount, nonzero(all), &s
	return SettlementOutcome{Entry: e, Settlement: s}
}

// PayoutFacts is what a step of a settlement needs to know.
type PayoutFacts struct {
	No         EntryNo
	Policy     Policy
	Settlement Settlement
	Staff      Staff  // who acts
	Runner     Staff  // who ran it, if staff did
	Way        string // PayoutReissue: in which way it leaves now; "" as before
}

// PayoutStep moves a settlement on.
type PayoutStep struct {
	Event  string // one of PayoutApprove and the others, but PayoutReissue
	Reason string
	File   EntryNo // PayoutSubmit
	// Account and Bank are those of [Settlement], for PayoutSubmit.
	Account, Bank uint64
	Actor         Actor
}

// DecidePayout moves a settlement on. It refuses with ErrState what cannot follow, with ErrInvalid a step that needs a
// reason and has none, and with ErrNotAllowed the person who ran it where another one has to approve it.
func DecidePayout(q PayoutStep, f PayoutFacts, now time.Time) (out SettlementOutcome, err error) {
	s := f.Settlement
	to, can := settlementStates.next(s.State, q.Event)
	if !can || q.Event == PayoutReissue {
		return out, RefuseState("settlement", string(s.State))
	}
	if s.Reason, err = reasonBy(q.Actor, q.Reason); err != nil {
		return out, err
	}
	held := s.State == SettlementHeld && q.Event == PayoutPaid // it leaves without a file, so this is its approval
	if q.Event == PayoutApprove || held {
		err = f.mayApprove()
	}
	switch {
	case err != nil:
		return out, err
	case s.Reason == "" && (held || q.Event == PayoutHold || q.Event == PayoutFail || q.Event == PayoutReturn):
		return out, Invalid("reason", "Say why.", "The reason is missing.")
	}
	e := entry(f.No, now, KindPayout, q.Actor)
	e.Cause, e.Reason = s.No, s.Reason
	e.Postings = s.step(q.Event)
	if len(e.Postings) > 0 || to == SettlementReturned { // what its vendor is told of
		e.Vendor, e.Amount = s.Vendor, s.Amount
	}
	if q.Event == PayoutSubmit {
		s.File, s.Account, s.Bank = q.File, q.Account, q.Bank
	}
	s.State, s.Updated = to, e.At
	e.Settlement = &s
	return SettlementOutcome{Entry: e, Settlement: s}, nil
}

// step are the postings of a step.
func (s Settlement) step(event string) []Posting {
	c, out := s.Amount.Currency, s.Amount.Micros
	bank := Account{Bank, c, 0}
	switch {
	case event == PayoutPaid:
		return []Posting{{s.transit(), out}, {bank, -out}}
	case event == PayoutReturn && s.State == SettlementPaid:
		return []Posting{{bank, out}, {s.transit(), -out}}
	case event == PayoutFail:
		return nonzero([]Posting{
			{s.transit(), out}, {Account{PayoutFee, c, 0}, s.Fee}, {s.Party().account(), -out - s.Fee},
		})
	}
	return nil
}

// mayApprove refuses the person who ran a settlement, if it is above the policy's bound.
func (f PayoutFacts) mayApprove() error {
	s := f.Settlement
	most := f.Policy.In(s.Amount.Currency).Settle.Approve
	if s.Runner == "" || s.Amount.Micros <= most || !SamePerson(f.Staff, f.Runner) {
		return nil
	}
	return Refuse(ErrNotAllowed, "It waits for a second person: settlements --state due",
		"Above %s another person than the one who ran it has to approve it.", Amount{most, s.Amount.Currency})
}

// DecideReissue pays a returned settlement again, under a new name: what of the old one is closed, and the new one,
// whose entry follows it.
func DecideReissue(f PayoutFacts, to, reason string, a Actor, now time.Time) (old, fresh SettlementOutcome, err error) {
	s := f.Settlement
	state, can := settlementStates.next(s.State, PayoutReissue)
	if !can {
		return old, fresh, RefuseState("settlement", string(s.State))
	}
	if reason, err = reasonBy(a, reason); err != nil {
		return old, fresh, err
	}
	if to, err = typedLine("to", to, maxPayTo); err != nil {
		return old, fresh, err
	}
	n := Settlement{
		No: f.No + 1, Run: s.Run, Vendor: s.Vendor, Payee: s.Payee, Amount: s.Amount, State: SettlementDue, From: s.From,
		To: s.To, At: s.At, Way: s.Way, PayTo: s.PayTo, Runner: a.Key, Before: s.No, Fee: s.Fee,
		Reason: reason,
	}
	if to != "" {
		n.PayTo = to
	}
	if f.Way != "" {
		n.Way = f.Way
	}
	if n.Amount.Micros <= f.Policy.In(n.Amount.Currency).Settle.Approve {
		n.State = SettlementApproved
	}
	e := entry(f.No, now, KindPayout, a)
	s.State, s.Updated, s.After, s.Reason = state, e.At, n.No, n.Reason
	e.Cause, e.Reason, e.Settlement = s.No, s.Reason, &s
	again := entry(n.No, now, KindSettlement, a)
	n.Created, n.Updated = again.At, again.At
	again.Cause, again.Vendor, again.Amount, again.Reason = s.No, s.Vendor, s.Amount, n.Reason
	again.Postings = []Posting{{s.transit(), s.Amount.Micros}, {n.transit(), -s.Amount.Micros}}
	again.Settlement = &n
	return SettlementOutcome{e, s}, SettlementOutcome{again, n}, nil
}
