package ledger

import (
	"crypto/sha256"
	"time"
)

// IssueState is how far an issue of tokens has come. The words are stored.
type IssueState string

// States of an issue.
const (
	IssueProposed IssueState = "proposed" // waits for a second person; nothing is paid in
	IssueOpen     IssueState = "open"
	IssueIssued   IssueState = "issued" // all of it is in wallets
	IssueVoided   IssueState = "voided" // its issuer took the rest back
	IssueExpired  IssueState = "expired"
	IssueDenied   IssueState = "denied"
)

// Events in the life of an issue.
const (
	issueApproves = "a second person approves it"
	issueVoids    = "its issuer takes the rest back"
	issueExpires  = "its time is over"
	issueEnds     = "the last one is redeemed"
)

// issueStates is the life of an issue.
var issueStates = machine[IssueState]{
	{IssueProposed, issueApproves, IssueOpen},
	{IssueProposed, issueVoids, IssueDenied},
	{IssueProposed, issueExpires, IssueDenied},
	{IssueOpen, issueEnds, IssueIssued},
	{IssueOpen, issueVoids, IssueVoided},
	{IssueOpen, issueExpires, IssueExpired},
}

const (
	maxVouchers   = 1000      // of one issue
	issuesPerDay  = 100       // of one issuer, each of which is one durable commit
	issueLife     = 366 * day // in which a voucher is redeemed
	issuedLife    = 366 * day // in which what was redeemed is spent
	maxIssuedLots = 48        // in one wallet, each until its time is over: a refund may come back to it
	vendorLots    = 8         // of one vendor among them: nobody fills a wallet alone
	leastIssued   = 10_000    // micros of a voucher, or the smallest coin of the currency
	codeBytes     = sha256.Size
)

// TokenIssue is tokens that were paid for by a vendor or by the service, for one wallet or for whoever has a voucher
// (claims 6, 32). Its money waits in account 2150 under its number until it is redeemed. What arrives in a wallet buys
// everywhere and is never sent on, exchanged or paid out: else an issue would be a payout that nobody approves.
type TokenIssue struct {
	No       EntryNo
	Vendor   VendorID // that paid for it; 0: the service
	To       UserID   // the one wallet that it is for; 0: whoever has a voucher
	Each     Amount   // of one voucher
	Count    uint32   // vouchers
	Redeemed uint32
	Used     []byte // a bit for each voucher that was redeemed
	Codes    []byte // the hashes of the codes, one after the other; entries have them at the beginning alone
	Reason   string // who gets it reads it
	State    IssueState
	By       string // fingerprint of who has proposed it
	Created  time.Time
	Ends     time.Time
}

// Code is the hash of the code of a voucher; they count from 0.
func (i TokenIssue) Code(n int) (h [codeBytes]byte) {
	copy(h[:], i.Codes[n*codeBytes:])
	return h
}

// Voucher is which voucher has a code; false: none.
func (i TokenIssue) Voucher(code [codeBytes]byte) (n uint32, found bool) {
	for n := range uint32(len(i.Codes) / codeBytes) {
		if i.Code(int(n)) == code {
			return n, true
		}
	}
	return 0, false
}

// IsUsed tells whether a voucher was redeemed.
func (i TokenIssue) IsUsed(n uint32) bool {
	return int(n/8) < len(i.Used) && i.Used[n/8]&(1<<(n%8)) != 0
}

// With is the issue after one more voucher was redeemed.
func (i TokenIssue) With(n uint32) TokenIssue {
	used := make([]byte, (i.Count+7)/8)
	copy(used, i.Used)
	used[n/8] |= 1 << (n % 8)
	i.Used, i.Redeemed = used, i.Redeemed+1
	if i.Redeemed == i.Count {
		i.State = IssueIssued
	}
	return i
}

// Total is what all vouchers are worth, and Left those that can still be redeemed.
func (i TokenIssue) Total() Amount { return Amount{i.Each.Micros * int64(i.Count), i.Each.Currency} }

// Left is what of it can still be redeemed, in micros.
func (i TokenIssue) Left() int64 {
	if i.State != IssueOpen {
		return 0
	}
	return i.Each.Micros * int64(i.Count-i.Redeemed)
}

// Account is where its money waits.
func (i TokenIssue) Account() Account { return Account{VoucherEscrow, i.Each.Currency, uint64(i.No)} }

// IssueFacts is what a decision about an issue needs to know.
type IssueFacts struct {
	No       EntryNo
	Issue    TokenIssue // a zero one is new
	Vendor   Vendor     // that pays
	Till     Till       // of that vendor
	Young    int64      // how much of what is pending is too young: see [Young]
	Terms    Terms      // by which the vendor is settled
	Count    int        // issues of the issuer in the last 24 hours
	Issued   int64      // micros of them in this currency
	Policy   Policy
	Staff    Staff // who acts for the service
	Proposer Staff // approve
	Actor    Actor
}

// IssueOutcome is an issue after a step.
type IssueOutcome struct {
	Entry Entry
	Issue TokenIssue
	Staff Staff // with what was moved today
}

// IssueTokens pays for tokens. A vendor pays out of what is available to it, then out of what a settlement would make
// so now: what waits for its delay or is kept back is not its own yet. It issues no more in a day than one person may
// pay out of the service: more is for a settlement, which two persons see. What the service issues above two_persons is
// proposed, and the rest counts as what its person moves into wallets in a day.
//
// It refuses with ErrInvalid what is out of bounds, with ErrNotAllowed a vendor that is suspended, with ErrState one
// who has too little, and with ErrLimit more than a day may have.
func IssueTokens(i TokenIssue, f IssueFacts, now time.Time) (out IssueOutcome, err error) {
	if i, err = i.check(f, now); err != nil {
		return out, err
	}
	most := f.Policy.In(i.Each.Currency).Risk.TwoPersons
	switch {
	case i.Vendor != 0 && f.Vendor.Status == VendorSuspended: // what it has earned may not be its own
		return out, RefuseSuspended()
	case f.Count >= issuesPerDay:
		return out, Refuse(ErrLimit, "Put more vouchers into one issue.", "%d issues were made in 24 hours.", f.Count)
	case i.Vendor != 0 && f.Issued+i.Total().Micros > most:
		return out, Refuse(ErrLimit, "Issue the rest tomorrow.", "A vendor issues up to %s in 24 hours.",
			Amount{most, i.Each.Currency})
	}
	i.No, i.State, i.By, i.Created = f.No, IssueOpen, f.Actor.Key, instant(now)
	if i.Vendor == 0 && f.Policy.NeedsTwo(i.Total()) {
		i.State = IssueProposed
		return f.step(i, nil, now), nil
	}
	if i.Vendor == 0 {
		if f.Staff, err = f.Staff.moves(i.Total(), f.Policy, now); err != nil {
			return out, err
		}
	}
	from, err := f.paysIn(i)
	return f.step(i, from, now), err
}

// ApproveIssue is the yes of a second person. It refuses with ErrState one that does not wait, and with ErrNotAllowed
// who has proposed it, whatever key that person has.
func ApproveIssue(f IssueFacts, now time.Time) (out IssueOutcome, err error) {
	i := f.Issue
	if !now.Before(i.Ends) {
		return out, RefuseState("token issue", "over")
	}
	if i.State, err = i.next(issueApproves); err != nil {
		return out, err
	}
	if err := SecondPerson(f.Proposer, f.Staff, f.Policy, i.Total(), "proposed", "approve"); err != nil {
		return out, err
	}
	from, err := f.paysIn(i)
	return f.step(i, from, now), err
}

// EndIssue takes the rest back: what nobody has redeemed returns to who paid for it, to a vendor as what was just
// earned: it may have come out of what no reserve was kept of yet. It refuses with ErrState one that has ended.
func EndIssue(f IssueFacts, now time.Time) (out IssueOutcome, err error) {
	i, event := f.Issue, issueVoids
	if !now.Before(i.Ends) {
		event = issueExpires
	}
	left := i.Left()
	if i.State, err = i.next(event); err != nil {
		return out, err
	}
	back := IncentiveLot{Vendor: i.Vendor, ByVendor: i.Vendor != 0}.Payer(i.Each.Currency)
	out = f.step(i, []Posting{{i.Account(), left}, {back, -left}}, now)
	if left > 0 {
		out.Entry.Amount.Micros = left
	}
	return out, nil
}

// next is the state after an event.
func (i TokenIssue) next(event string) (IssueState, error) {
	to, can := issueStates.next(i.State, event)
	if !can {
		return to, RefuseState("token issue", string(i.State))
	}
	return to, nil
}

// step is the entry of a step.
func (f IssueFacts) step(i TokenIssue, postings []Posting, now time.Time) IssueOutcome {
	e := entry(f.No, now, KindTokenIssue, f.Actor)
	told := i
	if e.Amount, e.Postings, e.Vendor = i.Total(), nonzero(postings), i.Vendor; i.No != f.No {
		e.Cause, told.Codes = i.No, nil
	}
	e.Issue = &told
	return IssueOutcome{e, i, f.Staff}
}

// paysIn is where the money of an issue comes from.
func (f IssueFacts) paysIn(i TokenIssue) ([]Posting, error) {
	m, to := i.Total().Micros, Posting{i.Account(), -i.Total().Micros}
	if i.Vendor == 0 {
		return []Posting{{Account{PromoGiven, i.Each.Currency, 0}, m}, to}, nil
	}
	from, err := f.vendorPays(m, i.Vendor, i.Each.Currency)
	return append(from, to), err
}

// vendorPays takes from what is available first, then from what is old enough to become so. Of that part a reserve is
// kept as a settlement keeps one, so that no issue goes past it; what the vendor owes comes before both. It refuses
// with ErrState more than that.
func (f IssueFacts) vendorPays(m int64, v VendorID, c Currency) ([]Posting, error) {
	old := max(f.Till.Pending-max(f.Young, 0), 0)
	free := max(f.Till.Available, 0)
	if most := max(f.Till.Available+old-commissionOf(old, f.Terms.Reserve), 0); m > most {
		return nil, Refuse(ErrState, "Issue less, or wait: what is sold now is yours "+duration(f.Terms.Delay)+" later.",
			"Tokens are issued out of what is available to you: %s.", Amount{most, c})
	}
	part := min(m, free)
	rest := m - part
	kept, err := f.Terms.keptBeside(rest)
	if err != nil {
		return nil, err
	}
	owner := uint64(v)
	return nonzero([]Posting{
		{Account{VendorAvailable, c, owner}, part},
		{Account{VendorPending, c, owner}, rest + kept},
		{Account{VendorReserve, c, owner}, -kept},
	}), nil
}

// check refuses what cannot be issued, and cleans the text.
func (i TokenIssue) check(f IssueFacts, now time.Time) (TokenIssue, error) {
	reason, err := typedText("reason", i.Reason, maxReason)
	if err != nil {
		return i, err
	}
	i.Reason, i.Ends = reason, instant(i.Ends)
	if err := checkHeld(i.Each.Currency, f.Policy.Currencies); err != nil {
		return i, named(err, "amount")
	}
	most := Amount{f.Policy.In(i.Each.Currency).TransferMax, i.Each.Currency}
	least := Amount{max(leastIssued, i.Each.Currency.minor()), i.Each.Currency}
	switch {
	case i.Each.Micros > 0 && i.Each.Micros < least.Micros:
		return i, Invalid("amount", "Issue at least "+least.String()+".", "The amount is too small: each fills a place.")
	case i.Each.Micros < 1 || i.Each.Micros > most.Micros:
		return i, Invalid("amount", "Issue at most "+most.String()+" at a time.", "The amount is out of bounds.")
	case i.Count < 1 || i.Count > maxVouchers:
		return i, Invalid("count", "Make 1 to 1000 vouchers at a time.", "The number of vouchers is out of bounds.")
	case i.To != 0 && i.Count != 1 || i.To == 0 && len(i.Codes) != int(i.Count)*codeBytes:
		return i, Invalid("count", "Leave the count out.", "One wallet gets one amount.")
	case !i.Ends.After(now) || i.Ends.After(now.Add(issueLife)):
		return i, Invalid("ends_at", "Let it end within a year from now.", "The end is out of bounds.")
	}
	return i, nil
}

// VoucherFacts is what a decision about a voucher needs to know.
type VoucherFacts struct {
	No      EntryNo // of the entry that tells its issuer; the next one gives the tokens
	Issue   TokenIssue
	Voucher uint32 // which one; they count from 0
	Vendor  Vendor // that has paid for it
	Issuer  Staff  // who has made it for the service
	User    User
	Wallet  Wallet // in the currency of the issue
}

// VoucherOutcome is a voucher that was redeemed: one entry that tells its issuer which, and nothing of who, and one
// that gives the tokens to the wallet.
type VoucherOutcome struct {
	Note      Entry
	Issue     TokenIssue
	Given     Entry
	Incentive Incentive
}

// RedeemVoucher brings the tokens of a voucher into a wallet (claims 6, 32). a is its owner, or who issues to it.
//
// It refuses with ErrFrozen, with ErrState a voucher that was used, voided, or is over, with ErrNotAllowed another
// wallet than the one that it is for, that of who has made it for the service, and one of a vendor that is suspended,
// and with ErrLimit a wallet that holds too many.
func RedeemVoucher(a Actor, f VoucherFacts, now time.Time) (out VoucherOutcome, err error) {
	i := f.Issue
	switch {
	case f.User.Status != UserActive:
		return out, refuseFrozen()
	case i.Vendor != 0 && f.Vendor.Status == VendorSuspended: // what it has earned may not be its own
		return out, RefuseSuspended()
	case i.Vendor == 0 && f.Issuer.owns(f.User):
		return out, RefuseOwn()
	case i.IsUsed(f.Voucher):
		return out, Refuse(ErrState, "Each code is good once.", "The voucher was redeemed.")
	case i.State == IssueProposed:
		return out, Refuse(ErrState, "Try it later.", "The voucher is not paid for yet.")
	case i.State == IssueExpired || i.State == IssueOpen && !now.Before(i.Ends):
		return out, Refuse(ErrState, "Ask who gave it to you.", "The voucher has expired.")
	case i.State != IssueOpen:
		return out, Refuse(ErrState, "Ask who gave it to you.", "The voucher was taken back by its issuer.")
	case i.To != 0 && i.To != f.User.ID:
		return out, Refuse(ErrNotAllowed, "It is for another wallet.", "The tokens are not for this wallet.")
	case i.Vendor != 0 && f.Wallet.issues(i.Vendor, now) >= vendorLots:
		return out, Refuse(ErrLimit, "Wait until the time of one is over.",
			"One wallet holds %d vouchers of a vendor at a time.", vendorLots)
	case f.Wallet.issues(0, now) >= maxIssuedLots:
		return out, Refuse(ErrLimit, "Wait until the time of one is over.", "One wallet holds %d vouchers at a time.",
			maxIssuedLots)
	}
	note := entry(f.No, now, KindVoucher, Actor{Role: RoleSystem})
	note.Vendor, note.Cause = i.Vendor, i.No
	note.Change = &Change{Name: "voucher", New: string(i.With(f.Voucher).State), Number: uint64(f.Voucher) + 1}
	e := entry(f.No+1, now, KindIncentive, a)
	e.User, e.Amount, e.Reason, e.Cause = f.User.ID, i.Each, i.Reason, i.No
	e.Postings = []Posting{
		{i.Account(), i.Each.Micros}, {Account{Promo, i.Each.Currency, uint64(e.No)}, -i.Each.Micros},
	}
	given := Incentive{
		No: e.No, User: f.User.ID, Amount: i.Each, Vendor: i.Vendor, ByVendor: i.Vendor != 0, Issue: i.No, Created: e.At,
		Expires: instant(now.Add(issuedLife)),
	}
	e.Incentive = &given
	return VoucherOutcome{note, i.With(f.Voucher), e, given}, nil
}

// issues counts the issued tokens of a vendor, or of all where it is 0, that a wallet holds or that a refund may bring
// back.
func (w Wallet) issues(of VendorID, now time.Time) (n int) {
	for _, l := range w.Incentives {
		if l.Issue != 0 && (of == 0 || l.Vendor == of) && now.Before(l.Expires) {
			n++
		}
	}
	return n
}
