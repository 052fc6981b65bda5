package ledger

import "time"

// States of a transfer.
const (
	TransferSent     = "sent"
	TransferClaimed  = "claimed"
	TransferRecalled = "recalled"
	TransferExpired  = "expired"
)

// Events in the life of a transfer; that it expires is eventExpire.
const (
	eventClaim  = "claim"
	eventRecall = "recall"
)

// transferStates is the life of a transfer.
var transferStates = machine[string]{
	{TransferSent, eventClaim, TransferClaimed},
	{TransferSent, eventRecall, TransferRecalled},
	{TransferSent, eventExpire, TransferExpired},
}

// TransfersPerDay is how many transfers one person can send in 24 hours, whatever became of them. Each one is a code
// that a thief may try to guess.
const TransfersPerDay = 200

// Transfer moves paid tokens to another user by a one-time claim code (claim 31).
type Transfer struct {
	No      EntryNo // the entry that sent it
	From    UserID
	To      UserID // 0 until claimed
	Amount  Amount
	Code    [32]byte // SHA-256 of the claim code
	Hint    string   // how the code begins: the desk finds the transfer by it; "" of older ones
	Created time.Time
	Expires time.Time
	State   string // sent, claimed, recalled, expired
}

// TransferOrder sends tokens to the person who will know the claim code.
type TransferOrder struct {
	Amount Amount
	Code   [32]byte // SHA-256 of the claim code
	Hint   string   // how it begins: see package seal
	Actor  Actor
}

// TransferFacts is what a decision about a transfer needs to know.
type TransferFacts struct {
	No       EntryNo // the number that the entry will get
	User     User    // who acts: sender (transfer, recall) or receiver (claim)
	Sender   User    // claim: whose money it is until then
	Wallet   Wallet  // of who acts
	Policy   Policy
	Sent     int64    // transfer: micros that the sender has sent in the last 24 hours
	Count    int      // transfer: how many transfers of those 24 hours the sender has, whatever became of them
	Transfer Transfer // claim, recall
}

// TransferOutcome is a transfer after a step.
type TransferOutcome struct {
	Entry    Entry
	Transfer Transfer
}

// DecideTransfer takes paid and collected tokens out of a wallet and holds them until they are claimed, recalled or
// expired (claim 31). It needs an open purchase window and no lock after a recovery or of a new key, and stays inside
// the policy's bound for 24 hours. What can be taken back from the sender stays there ([Wallet.Transferable]), so what
// arrives never can be, over any number of hops. It refuses with ErrFrozen, ErrNotAllowed (lock), ErrWindow,
// ErrInvalid, ErrLimit and ErrFunds.
func DecideTransfer(r TransferOrder, f TransferFacts, now time.Time) (TransferOutcome, error) {
	u, x, c := f.User, r.Amount.Micros, r.Amount.Currency
	p := f.Policy.In(c)
	most, sender := transferMax(u, f.Wallet, p, now), "One person"
	if most < p.TransferMax {
		sender = "A new wallet"
	}
	if err := u.refuseYoung(r.Actor, "send money", now); err != nil {
		return TransferOutcome{}, err
	}
	switch {
	case u.Status != UserActive:
		return TransferOutcome{}, refuseFrozen()
	case now.Before(u.LockedUntil):
		return TransferOutcome{}, refuseLocked(u.LockedUntil)
	case !u.windowOpen(now, f.Policy):
		return TransferOutcome{}, RefuseWindow()
	case f.Wallet.Currency != c || f.Wallet.User != u.ID:
		return TransferOutcome{}, Invalid("currency", "Send tokens of an account that you have.",
			"The account is in %s.", f.Wallet.Currency)
	case x < 1 || x > MaxMicros:
		return TransferOutcome{}, Invalid(
			"amount",
			"Send more than nothing, for example 5.00.",
			"The amount is out of bounds.",
		)
	case f.Wallet.Paid < x:
		return TransferOutcome{}, RefuseFunds(Amount{x - f.Wallet.Paid, c})
	case f.Wallet.Transferable(now) < x:
		return TransferOutcome{}, refuseAtRisk("Send", "sent", Amount{f.Wallet.Transferable(now), c},
			f.Wallet.TransferableFrom(x, now))
	case x > most || f.Sent > most-x:
		no := Refuse(ErrLimit, "Send less, or wait until tomorrow.",
			"%s can send %s in 24 hours; %s of it are sent.", sender, Amount{most, c}, Amount{f.Sent, c})
		no.Limit = "transfer_max"
		return TransferOutcome{}, no
	case f.Count >= TransfersPerDay:
		no := Refuse(ErrLimit, "Wait until tomorrow.", "One person can send %d transfers in 24 hours.", TransfersPerDay)
		no.Limit = "transfers_per_day"
		return TransferOutcome{}, no
	}
	e := entry(f.No, now, KindTransfer, r.Actor)
	e.User, e.Amount = u.ID, r.Amount
	t := Transfer{
		No: f.No, From: u.ID, Amount: r.Amount, Code: r.Code, Hint: r.Hint, State: TransferSent,
		Created: e.At, Expires: e.At.Add(f.Policy.TransferLife),
	}
	e.Postings = []Posting{{t.wallet(u.ID), x}, {t.hold(), -x}}
	return TransferOutcome{Entry: e, Transfer: t}, nil
}

func (t Transfer) wallet(u UserID) Account { return Account{Paid, t.Amount.Currency, uint64(u)} }

func (t Transfer) hold() Account { return Account{Held, t.Amount.Currency, uint64(t.No)} }

// DecideClaim gives a transfer to the user who acts. While the sender's wallet is frozen or was just recovered its
// money does not leave, also if it was sent before: a thief may have sent it. It refuses with ErrFrozen, ErrNotAllowed
// (one's own) and ErrState.
func DecideClaim(a Actor, f TransferFacts, now time.Time) (TransferOutcome, error) {
	t := f.Transfer
	to, can := transferStates.next(t.State, eventClaim)
	switch {
	case f.User.Status != UserActive:
		return TransferOutcome{}, refuseFrozen()
	case !can:
		return TransferOutcome{}, RefuseState("transfer", t.State)
	case !now.Before(t.Expires):
		return TransferOutcome{}, RefuseState("transfer", TransferExpired)
	case t.From == f.User.ID:
		return TransferOutcome{}, Refuse(ErrNotAllowed, "Take it back with: transfer recall ID.",
			"This is your own transfer.")
	case f.Sender.Status == UserFrozen, now.Before(f.Sender.LockedUntil):
		return TransferOutcome{}, Refuse(ErrState, "Ask the sender, or try again in a day.",
			"Nothing can leave the sender's wallet at the moment.")
	}
	t.State, t.To = to, f.User.ID
	out := t.end(KindTransferClaimed, a, f.No, now)
	out.Entry.Postings = nonzero(append(out.Entry.Postings, f.Wallet.credited(t.Amount.Micros)...))
	return out, nil
}

// DecideRecall gives an unclaimed transfer back to its sender: on the sender's word, or with RoleSystem because it
// expired. A frozen sender gets it back, too. It refuses with ErrNotFound and ErrState.
func DecideRecall(a Actor, f TransferFacts, now time.Time) (TransferOutcome, error) {
	t, event := f.Transfer, eventRecall
	if a.Role == RoleSystem {
		event = eventExpire
	}
	to, can := transferStates.next(t.State, event)
	switch {
	case t.From != f.User.ID:
		return TransferOutcome{}, RefuseNotFound("transfer")
	case !can:
		return TransferOutcome{}, RefuseState("transfer", t.State)
	case event == eventExpire && now.Before(t.Expires):
		return TransferOutcome{}, RefuseState("transfer", "open until "+stamp(t.Expires.UTC()))
	}
	t.State = to
	out := t.end(KindTransferRecalled, a, f.No, now)
	out.Entry.Postings = append(out.Entry.Postings, Posting{t.wallet(t.From), -t.Amount.Micros})
	return out, nil
}

// end moves the tokens out of the hold; whoever ends it says where to.
func (t Transfer) end(k Kind, a Actor, no EntryNo, now time.Time) TransferOutcome {
	e := entry(no, now, k, a)
	e.User, e.Counterparty, e.Cause, e.Amount = t.From, t.To, t.No, t.Amount
	e.Postings = []Posting{{t.hold(), t.Amount.Micros}}
	return TransferOutcome{Entry: e, Transfer: t}
}
