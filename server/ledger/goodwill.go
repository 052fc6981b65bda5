package ledger

import (
	"time"
)

// Desk is what an entry says of the work of the desk.
type Desk struct {
	Case     *CaseStep // KindCase
	Proposal *Proposal // KindProposal, and what was done on one: as it is after this entry
}

// GoodwillRequest gives tokens to a wallet that the service pays for.
type GoodwillRequest struct {
	Amount   Amount
	Reason   string    // its owner reads it
	Proposal *Proposal // above the bound: the one that was approved
	Actor    Actor
}

// GoodwillFacts is what the decision needs to know.
type GoodwillFacts struct {
	No     EntryNo
	Policy Policy
	User   User
	Wallet Wallet
	Staff  Staff // who acts
}

// GoodwillOutcome is a credit, or that a second person is needed.
type GoodwillOutcome struct {
	Entry Entry
	Staff Staff
}

// DecideGoodwill gives a wallet goodwill: paid tokens, at the expense of the service. What the wallet owes is paid
// first. It refuses with ErrNotAllowed staff who act on their own wallet, and above two_persons without a second
// person; with ErrLimit more than a day may have; with ErrInvalid an amount out of bounds, and no reason; and with
// ErrFrozen a closed wallet.
func DecideGoodwill(r GoodwillRequest, f GoodwillFacts, now time.Time) (out GoodwillOutcome, err error) {
	x := r.Amount
	reason, err := typedText("reason", r.Reason, maxReason)
	if err != nil {
		return out, err
	}
	if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
		return out, err
	}
	switch {
	case x.Micros < 1 || x.Micros > MaxMicros:
		return out, Invalid("amount", "Give more than nothing, for example 0.40.", "The amount is out of bounds.")
	case reason == "":
		return out, Invalid("reason", "Type one sentence: its owner reads it.", "The reason is missing.")
	case f.User.Status == UserClosed:
		return out, refuseFrozen()
	case f.Wallet.Currency != x.Currency || f.Wallet.User != f.User.ID:
		return out, Invalid("currency", "Credit an account in its own currency.", "The account is in %s.", f.Wallet.Currency)
	case r.Proposal == nil && f.Policy.NeedsTwo(x):
		return out, refuseTwo(x, f.Policy)
	}
	if out.Staff, err = f.Staff.moves(x, f.Policy, now); err != nil {
		return out, err
	}
	e := entry(f.No, now, KindGoodwill, r.Actor)
	e.User, e.Amount, e.Reason = f.User.ID, x, reason
	e.Postings = nonzero(append([]Posting{{Account{Goodwill, x.Currency, 0}, x.Micros}}, f.Wallet.credited(x.Micros)...))
	if r.Proposal != nil {
		e.Cause, e.Desk = r.Proposal.No, &Desk{Proposal: r.Proposal}
	}
	out.Entry = e
	return out, nil
}

// refuseTwo refuses one person an act for two.
func refuseTwo(x Amount, p Policy) error {
	return Refuse(ErrNotAllowed, "Propose it: a second person approves.", "Above %s it needs two persons.",
		Amount{p.In(x.Currency).Risk.TwoPersons, x.Currency})
}

// StaffRefund is a refund that staff make in the place of a vendor.
type StaffRefund struct {
	Refund   RefundRequest
	Proposal *Proposal
	Policy   Policy
	Buyer    User
	Staff    Staff
}

// DecideStaffRefund gives a sale back as [DecideRefund] does. It refuses besides with ErrNotAllowed staff whose own
// wallet bought it, and above two_persons without a second person, and with ErrLimit more than a day may have.
func DecideStaffRefund(r StaffRefund, f SaleFacts, now time.Time) (out SaleOutcome, st Staff, err error) {
	if err := r.Staff.RefuseOwnWallet(r.Buyer); err != nil {
		return out, st, err
	}
	if out, err = DecideRefund(r.Refund, f, now); err != nil {
		return out, st, err
	}
	if x := out.Entry.Amount; r.Proposal == nil && r.Policy.NeedsTwo(x) {
		return out, st, refuseTwo(x, r.Policy)
	}
	if st, err = r.Staff.moves(out.Entry.Amount, r.Policy, now); err != nil {
		return out, st, err
	}
	if r.Proposal != nil {
		out.Entry.Desk = &Desk{Proposal: r.Proposal}
	}
	return out, st, nil
}

// DecideVendorStatus suspends a vendor, so that it sells nothing, or lets it go on. What was sold stays. It refuses
// with ErrState a vendor that is so already, and with ErrInvalid no reason.
func DecideVendorStatus(
	v Vendor, suspend bool, reason string, a Actor, no EntryNo, now time.Time,
) (Entry, Vendor, error) {
	to := VendorActive
	if suspend {
		to = VendorSuspended
	}
	reason, err := typedText("reason", reason, maxReason)
	switch {
	case err != nil:
		return Entry{}, v, err
	case v.Status == to:
		return Entry{}, v, RefuseState("vendor", VendorWords[to]+" already")
	case reason == "":
		return Entry{}, v, Invalid("reason", "Type one sentence.", "The reason is missing.")
	}
	e := entry(no, now, KindVendor, a)
	e.Vendor, e.Reason = v.ID, reason
	e.Change = &Change{Name: "status", Old: VendorWords[v.Status], New: VendorWords[to]}
	v.Status = to
	return e, v, nil
}

// VendorWords are the states of a vendor in words.
var VendorWords = map[VendorStatus]string{VendorActive: "active", VendorSuspended: "suspended"}
