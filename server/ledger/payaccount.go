package ledger

import (
	"cmp"
	"slices"
	"strconv"
	"time"
)

// PayoutRules are what the policy says of accounts that payouts go to.
type PayoutRules struct {
	Wait time.Duration // another account is used when it was known for so long
	Two  bool          // another person than the one who typed an account approves it
}

// DefaultPayouts returns what a new service begins with.
func DefaultPayouts() PayoutRules { return PayoutRules{Wait: 3 * day} }

// payoutSettings are the lines of the policy about accounts that payouts go to.
func (p *Policy) payoutSettings() []setting {
	s := &p.Payouts
	return []setting{
		timeSetting("payout_account_wait", "how long another account of a vendor waits before payouts", &s.Wait, 0, 30*day),
		switchSetting("payout_account_two", "a second person approves each account that vendors are paid to", &s.Two),
	}
}

// PayAccount is the bank account to which a vendor or a payee is paid over one network. The account itself is in the
// vault; what is here tells it from others. One that takes its place waits beside it.
type PayAccount struct {
	Payee         PayeeID // 0: the vendor itself
	Network       string
	Number        uint64 // of the record in the vault to which payouts go; 0: to none
	Country       string
	Last4         string
	Refused       bool   // the bank says that no payout reaches it
	Next          uint64 // of the record that takes its place; 0: none does
	NextCountry   string
	NextLast4     string
	From          time.Time // from when on Next is used
	By            string    // the key of staff that typed Next
	Approved      bool      // no other person has to approve Next
	Used, Changed time.Time // when Number began to be used, and when anything was changed
}

// Is returns whether an account is that of a party in a network.
func (a PayAccount) Is(p PayeeID, network string) bool { return a.Payee == p && a.Network == network }

// masked is what may be shown of an account.
func masked(number uint64, country, last4 string) string {
	if number == 0 {
		return ""
	}
	return country + "•• … " + last4
}

// Mask is what may be shown of the account that payouts go to, "" if there is none.
func (a PayAccount) Mask() string { return masked(a.Number, a.Country, a.Last4) }

// NextMask is what may be shown of the account that takes its place, "" if none does.
func (a PayAccount) NextMask() string { return masked(a.Next, a.NextCountry, a.NextLast4) }

// NextMark names the account that takes its place, "" if none does: its last characters, and a number that no other
// account ever has. Who approves an account names it so, and therefore approves the one that he has looked at.
func (a PayAccount) NextMark() string {
	if a.Next == 0 {
		return ""
	}
	return a.NextLast4 + "-" + strconv.FormatUint(a.Next, 36)
}

// Payable returns the number of the record in the vault that a payout goes to, 0 if it has to wait.
func (a PayAccount) Payable() uint64 {
	if a.Refused {
		return 0
	}
	return a.Number
}

// Due returns whether what takes its place can be used now.
func (a PayAccount) Due(now time.Time) bool { return a.Next != 0 && a.Approved && !now.Before(a.From) }

// Owner names who a record of the vault belongs to.
func (a PayAccount) Owner(v VendorID) VaultID {
	if a.Payee != 0 {
		return VaultID{Kind: VaultPayee, Owner: uint64(a.Payee)}
	}
	return VaultID{Kind: VaultVendor, Owner: uint64(v)}
}

// PayAccountOf returns the account of a party in a network.
func (v Vendor) PayAccountOf(p PayeeID, network string) (PayAccount, bool) {
	i := slices.IndexFunc(v.Accounts, func(a PayAccount) bool { return a.Is(p, network) })
	if i < 0 {
		return PayAccount{Payee: p, Network: network}, false
	}
	return v.Accounts[i], true
}

// What happens to an account that payouts go to.
const (
	PayAccountGiven    = "given"                 // a person typed it
	PayAccountApproved = "approved"              // another person did
	PayAccountUsed     = "in use"                // its time has come
	PayAccountBank     = "corrected by the bank" // waits as one that was typed
	PayAccountRefused  = "refused by the bank"
	PayAccountRemoved  = "removed"
)

// PayAccountStep is one step of an account.
type PayAccountStep struct {
	What  string // one of the above
	Payee PayeeID
	Name  string // of the payee, for people
	// Network is ach or sepa.
	Network string
	Kept    VaultRecord // PayAccountGiven, PayAccountBank
	Known   bool        // PayAccountGiven: this party was paid to an account before, be it gone by now
	Reason  string      // of the bank
	Staff   Staff       // who acts, if staff do
	Giver   Staff       // PayAccountApproved: who typed it
	Mark    string      // PayAccountApproved: [PayAccount.NextMark] of what is approved
	Actor   Actor
}

// PayAccountOutcome is a vendor after a step. Gone are the records of the vault that lead nowhere any more.
type PayAccountOutcome struct {
	Entry   Entry
	Vendor  Vendor
	Account PayAccount
	Gone    []uint64
}

// StepPayAccount moves an account on. The first one is used at once, another one after the time of the policy, so that
// who is robbed by it has heard of it; and not before another person has approved it where the policy wants that. That
// holds for the word of a bank, too: who can read a file in can write one. It refuses with ErrState what cannot follow,
// also the approval of another account than the one that waits, and with ErrNotAllowed the person who typed it.
func StepPayAccount(
	q PayAccountStep, v Vendor, p Policy, no EntryNo, now time.Time,
) (out PayAccountOutcome, err error) {
	if q.Reason, err = reasonBy(q.Actor, q.Reason); err != nil {
		return out, err
	}
	e := entry(no, now, KindPayAccount, q.Actor)
	a, _ := v.PayAccountOf(q.Payee, q.Network)
	was := a
	switch q.What {
	case PayAccountGiven:
		out.Gone = append(out.Gone, a.Next)
		a = a.given(q, p, e.At)
	case PayAccountApproved:
		if err = a.mayApprove(q); err == nil {
			a.Approved = true
		}
	case PayAccountUsed:
		if !a.Due(now) {
			err = RefuseState("account", "not due")
		}
	case PayAccountBank:
		if a.Number == 0 {
			return out, RefuseState("account", "removed")
		}
		if a.Next != 0 {
			return out, Refuse(ErrState, "See: vendor accounts "+v.Name, "Another account takes its place already.")
		}
		q.Known = true
		a = a.given(q, p, e.At)
	case PayAccountRefused:
		a.Refused = true
	case PayAccountRemoved:
		if a.Number == 0 && a.Next == 0 {
			return out, RefuseNotFound("bank account of " + v.Name)
		}
		out.Gone = append(out.Gone, a.Number, a.Next)
		a = PayAccount{Payee: a.Payee, Network: a.Network}
	}
	if err != nil {
		return out, err
	}
	if a.Due(e.At) && q.What != PayAccountRemoved {
		out.Gone = append(out.Gone, a.Number)
		a = a.use(e.At)
	}
	a.Changed = e.At
	out.Gone = slices.DeleteFunc(out.Gone, func(n uint64) bool { return n == 0 })
	out.Account = a
	out.Vendor = v.withAccount(a)
	out.Entry = a.told(e, q, was, v)
	return out, nil
}

// given puts a typed account beside the one that is used.
func (a PayAccount) given(q PayAccountStep, p Policy, at time.Time) PayAccount {
	a.Next, a.NextCountry, a.NextLast4 = q.Kept.ID.Number, q.Kept.Country, q.Kept.Last4
	a.From, a.By, a.Approved = at, cmp.Or(q.Actor.Key, q.Staff.Fingerprint), !p.Payouts.Two
	if q.Known {
		a.From = instant(at.Add(p.Payouts.Wait))
	}
	return a
}

// use takes what waited.
func (a PayAccount) use(at time.Time) PayAccount {
	a.Number, a.Country, a.Last4, a.Used, a.Refused = a.Next, a.NextCountry, a.NextLast4, at, false
	a.Next, a.NextCountry, a.NextLast4, a.From, a.By, a.Approved = 0, "", "", time.Time{}, "", false
	return a
}

// mayApprove refuses where nothing waits for another person, and the person who typed it.
func (a PayAccount) mayApprove(q PayAccountStep) error {
	if a.Next == 0 || a.Approved {
		return Refuse(ErrState, "See: vendor accounts", "No account waits for a second person there.")
	}
	if SamePerson(q.Staff, q.Giver) {
		return Refuse(ErrNotAllowed, "Ask another operator to approve it.",
			"Another person than the one who typed the account has to approve it.")
	}
	if q.Mark != a.NextMark() {
		return Refuse(ErrState, "Look at it, and name it: vendor accounts",
			"The account that waits is %s with the mark %s; another one was named.", a.NextMask(), a.NextMark())
	}
	return nil
}

// withAccount puts an account into the list of its vendor.
func (v Vendor) withAccount(a PayAccount) Vendor {
	v.Accounts = slices.Clone(v.Accounts)
	i := slices.IndexFunc(v.Accounts, func(o PayAccount) bool { return o.Is(a.Payee, a.Network) })
	if i < 0 {
		v.Accounts = append(v.Accounts, a)
	} else {
		v.Accounts[i] = a
	}
	return v
}

// told completes the entry about a step, which its vendor is told of.
func (a PayAccount) told(e Entry, q PayAccountStep, was PayAccount, v Vendor) Entry {
	name := a.Network + " account"
	if q.Name != "" {
		name = "payee " + strconv.Quote(q.Name) + ", " + name
	}
	e.Vendor, e.Reason, e.PayAccount = v.ID, q.Reason, &a
	e.Change = &Change{Name: name, Old: was.Words(), New: a.Words()}
	return e
}

// Words tell how an account stands.
func (a PayAccount) Words() string {
	words := a.Mask()
	switch {
	case words == "":
		words = "none"
	case a.Refused:
		words += ", which the bank refuses"
	}
	if a.Next == 0 {
		return words
	}
	words += "; next " + a.NextMask()
	if !a.Approved {
		return words + ", waits for a second person"
	}
	return words + ", from " + a.From.UTC().Format("2006-01-02 15:04 MST")
}
