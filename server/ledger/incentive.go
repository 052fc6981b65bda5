package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Incentive is tokens that the service or a vendor gives away (claim 7). They buy like paid tokens, before those, until
// they expire; they are never sent on, exchanged, or paid out. What a vendor pays for buys at that vendor alone.
type Incentive struct {
	No       EntryNo // the entry that gave them; their account 2020 has this number
	User     UserID
	Amount   Amount
	Vendor   VendorID // where they can be spent; 0: everywhere
	ByVendor bool     // that vendor has paid for them; else the service has
	Campaign EntryNo  // of which they were given; 0: of none
	Offer    uint64   // the one offer of the vendor that they buy; 0: all of them
	Issue    EntryNo  // by which they were paid for, and so buy everywhere (claim 6); 0: they were given away
	Created  time.Time
	Expires  time.Time
	Ended    time.Time // zero: they may still be spent, or come back by a refund
}

// IncentiveLot is what is left of an incentive in a wallet.
type IncentiveLot struct {
	No       EntryNo
	Vendor   VendorID
	ByVendor bool
	Campaign EntryNo
	Offer    uint64
	Issue    EntryNo
	Left     int64 // micros
	Expires  time.Time
}

const (
	// maxIncentives is how many incentives of a wallet may be open at a time: each of them is looked at by each sale.
	maxIncentives = 16
	// vendorIncentives is how many of them may be of one vendor: nobody fills a wallet alone.
	vendorIncentives = 4
	// maxForgone bounds how many a wallet remembers that are spent and have expired.
	maxForgone = 32
	// incentiveMemory is how long a wallet remembers what has expired: a refund of that time goes back to who paid for it.
	incentiveMemory = 400 * day
	// incentiveLife bounds how long an incentive can be spent.
	incentiveLife = 2 * 366 * day
)

// Buys tells whether the tokens of a lot buy an offer at an instant. What the service gives buys everywhere; what a
// vendor gives buys what that vendor has said.
func (l IncentiveLot) Buys(o *Offer, now time.Time) bool {
	if l.Issue != 0 {
		return now.Before(l.Expires)
	}
	return now.Before(l.Expires) && (l.Vendor == 0 || l.Vendor == o.ID.Vendor) &&
		(l.Offer == 0 || l.Offer == o.ID.Number) && (!l.ByVendor || o.takes(l.Campaign))
}

// IncentivesFor is how much of the wallet's incentives can be spent on an offer now, in micros.
func (w Wallet) IncentivesFor(o *Offer, now time.Time) (micros int64) {
	for _, l := range w.Incentives {
		if l.Buys(o, now) {
			micros += l.Left
		}
	}
	return micros
}

// IncentivesOpen is how much of the wallet's incentives can be spent now, somewhere, in micros.
func (w Wallet) IncentivesOpen(now time.Time) (micros int64) {
	for _, l := range w.Incentives {
		if now.Before(l.Expires) {
			micros += l.Left
		}
	}
	return micros
}

// incentiveTotal is what is left of all incentives, expired or not.
func (w Wallet) incentiveTotal() (micros int64) {
	for _, l := range w.Incentives {
		micros += l.Left
	}
	return micros
}

// spendIncentives appends the debits of as many micros as incentives pay of an offer: those bound to it first, then the
// others, each in the order in which they expire (DESIGN.md, Order of spending).
func (w *Wallet) spendIncentives(debits []Posting, o *Offer, micros int64, now time.Time) ([]Posting, int64) {
	if len(w.Incentives) == 0 {
		return debits, micros
	}
	lots := slices.Clone(w.Incentives)
	slices.SortStableFunc(lots, func(a, b IncentiveLot) int {
		return cmp.Or(cmp.Compare(b.bound(), a.bound()), cmp.Compare(min(a.Issue, 1), min(b.Issue, 1)),
			a.Expires.Compare(b.Expires)) // 0 comes last
	})
	for _, l := range lots {
		if part := min(l.Left, micros); part > 0 && l.Buys(o, now) {
			debits = append(debits, Posting{l.account(w.Currency), part})
			micros -= part
		}
	}
	return debits, micros
}

// bound is the one vendor at which a lot buys, 0 for all.
func (l IncentiveLot) bound() VendorID {
	if l.Issue != 0 {
		return 0
	}
	return l.Vendor
}

// account is where the tokens of a lot are.
func (l IncentiveLot) account(c Currency) Account { return Account{Promo, c, uint64(l.No)} }

// Payer is where what has expired goes back to: the vendor who paid for it, who waits for it as for what was just
// earned, or the expense of the service.
func (l IncentiveLot) Payer(c Currency) Account {
	if l.ByVendor {
		return Account{VendorPending, c, uint64(l.Vendor)}
	}
	return Account{PromoGiven, c, 0}
}

// incentiveBack is where a returned part of an incentive goes: to the wallet while it can be spent, else to who paid
// for it. Tokens that were issued buy at other vendors than the one who paid, and an entry names one vendor: after
// their time they go to their lot all the same, and an entry of its own ends that again. What is older than anybody
// remembers was the service's.
func (w Wallet) incentiveBack(s Posting, now time.Time) Posting {
	to := Account{PromoGiven, w.Currency, 0}
	if i := slices.IndexFunc(w.Incentives, func(l IncentiveLot) bool { return uint64(l.No) == s.Account.Owner }); i >= 0 {
		l := w.Incentives[i]
		if to = l.Payer(w.Currency); l.Issue != 0 || now.Before(l.Expires) {
			to = s.Account
		}
	}
	return Posting{to, -s.Micros}
}

// afterIncentives returns the wallet with its incentives after an entry of its own.
func (w Wallet) afterIncentives(e Entry) Wallet {
	if e.Kind == KindIncentive && e.Incentive != nil {
		lots, forgone := make([]IncentiveLot, 0, len(w.Incentives)+1), 0
		for _, l := range slices.Backward(w.Incentives) { // the newest first, so the oldest are forgotten
			over := l.Left == 0 && !e.At.Before(l.Expires)
			if over {
				forgone++
			}
			if !over || forgone <= maxForgone && e.At.Before(l.Expires.Add(incentiveMemory)) {
				lots = append(lots, l)
			}
		}
		slices.Reverse(lots)
		i := e.Incentive
		w.Incentives = append(lots, IncentiveLot{
			No: e.No, Vendor: i.Vendor, ByVendor: i.ByVendor, Campaign: i.Campaign, Offer: i.Offer, Issue: i.Issue,
			Expires: i.Expires,
		})
	}
	if len(w.Incentives) == 0 {
		return w
	}
	cloned := false
	for _, g := range e.Postings {
		if g.Account.Class != Promo {
			continue
		}
		if !cloned {
			w.Incentives, cloned = slices.Clone(w.Incentives), true
		}
		for i := range w.Incentives {
			if uint64(w.Incentives[i].No) == g.Account.Owner {
				w.Incentives[i].Left -= g.Micros
			}
		}
	}
	return w
}

// IncentiveOrder gives tokens away.
type IncentiveOrder struct {
	Amount Amount
	Vendor VendorID // where they can be spent; 0: everywhere, which the service alone can give
	Life   time.Duration
	Reason string // the owner of the wallet reads it
	Actor  Actor  // staff: the service pays; a vendor: it pays for them itself
}

// IncentiveFacts is what a decision about an incentive needs to know.
type IncentiveFacts struct {
	No        EntryNo
	User      User
	Wallet    Wallet
	Till      Till // of the vendor who pays
	Policy    Policy
	Staff     Staff     // who gives for the service
	Incentive Incentive // EndIncentive
}

// IncentiveOutcome is an incentive after a step. An entry without a number says that nothing was left.
type IncentiveOutcome struct {
	Entry     Entry
	Incentive Incentive
	Staff     Staff
}

// NewIncentive gives tokens away (claim 7). A vendor pays for them at once out of what it has earned, so nothing is
// promised that is not there; they buy at that vendor alone, so they take nothing out of it sooner than a settlement.
//
// It refuses with ErrInvalid amounts, times and reasons out of bounds, with ErrFrozen a wallet that is, with
// ErrNotAllowed staff and their own wallet, with ErrState a vendor who has too little or gives one buyer too
// many, and with ErrLimit more than staff may give in a day or a wallet can hold.
func NewIncentive(o IncentiveOrder, f IncentiveFacts, now time.Time) (out IncentiveOutcome, err error) {
	c, m := o.Amount.Currency, o.Amount.Micros
	reason, err := typedText("reason", o.Reason, maxReason)
	if err != nil {
		return out, err
	}
	vendor := o.Actor.Role == RoleVendor
	if err := o.check(f, reason, now); err != nil {
		return out, err
	}
	out.Staff = f.Staff
	from := []Posting{{Account{PromoGiven, c, 0}, m}}
	if vendor { // what was earned lately first: the tokens come back to this vendor, or expire
		if from, err = f.Till.gives(m, o.Vendor, c); err != nil {
			return out, err
		}
	} else {
		if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
			return out, err
		}
		if out.Staff, err = f.Staff.moves(o.Amount, f.Policy, now); err != nil {
			return out, err
		}
	}
	e := entry(f.No, now, KindIncentive, o.Actor)
	e.User, e.Amount, e.Reason = f.User.ID, o.Amount, reason
	if vendor {
		e.Vendor = o.Vendor
	}
	e.Postings = nonzero(append(from, Posting{Account{Promo, c, uint64(f.No)}, -m}))
	i := Incentive{
		No: f.No, User: f.User.ID, Amount: o.Amount, Vendor: o.Vendor, ByVendor: vendor, Created: e.At,
		Expires: instant(now.Add(o.Life)),
	}
	e.Incentive = &i
	out.Entry, out.Incentive = e, i
	return out, nil
}

// check refuses what cannot be given.
func (o IncentiveOrder) check(f IncentiveFacts, reason string, now time.Time) error {
	c, m := o.Amount.Currency, o.Amount.Micros
	most := f.Policy.In(c).IncentiveMax
	switch {
	case f.User.Status != UserActive:
		return refuseFrozen()
	case f.Wallet.Currency != c || f.Wallet.User != f.User.ID:
		return Invalid("currency", "Give tokens of an account that the wallet has.", "The account is in %s.",
			f.Wallet.Currency)
	case m < 1 || m > most:
		return Invalid("amount", "Give at most "+Amount{most, c}.String()+" at a time.", "The amount is out of bounds.")
	case o.Life < time.Hour || o.Life > incentiveLife:
		return Invalid("days", "Let them be spent for 1 to 732 days.", "The time is out of bounds.")
	case strings.TrimSpace(reason) == "":
		return Invalid("reason", "Type one sentence: the owner of the wallet reads it.", "The reason is missing.")
	}
	return f.Wallet.holdsAnother(o.Actor.Role == RoleVendor, o.Vendor, now)
}

// holdsAnother refuses with ErrState another incentive of a vendor, and with ErrLimit any other, where the wallet holds
// as many as it may.
func (w Wallet) holdsAnother(byVendor bool, v VendorID, now time.Time) error {
	open, own := 0, 0
	for _, l := range w.Incentives {
		if now.Before(l.Expires) && l.Issue == 0 {
			open++
			if l.ByVendor && l.Vendor == v {
				own++
			}
		}
	}
	switch {
	case byVendor && own >= vendorIncentives:
		return Refuse(ErrState, "Wait until some have expired.", "One buyer holds %d incentives of a vendor at a time.",
			vendorIncentives)
	case open >= maxIncentives:
		return Refuse(ErrLimit, "Wait until some have expired.", "One wallet holds %d incentives at a time.",
			maxIncentives)
	}
	return nil
}

// EndIncentive takes back what is left of an incentive that has expired: it returns to who paid for it, and is never
// income. So does what is left when the wallet closes, and what comes back to a closed one, or after its end. It
// refuses with ErrState one that has not expired, or has ended and has nothing.
func EndIncentive(f IncentiveFacts, now time.Time) (out IncentiveOutcome, err error) {
	i := f.Incentive
	at := slices.IndexFunc(f.Wallet.Incentives, func(l IncentiveLot) bool { return l.No == i.No })
	empty := at < 0 || f.Wallet.Incentives[at].Left == 0
	if f.User.Status != UserClosed && (!i.Ended.IsZero() && empty || now.Before(i.Expires)) {
		return out, RefuseState("incentive", "open until "+stamp(i.Expires.UTC()))
	}
	i.Ended = instant(now)
	out.Incentive = i
	if empty {
		return out, nil
	}
	l, c := f.Wallet.Incentives[at], i.Amount.Currency
	e := entry(f.No, now, KindIncentiveEnded, Actor{Role: RoleSystem})
	e.User, e.Cause, e.Amount = i.User, i.No, Amount{l.Left, c}
	if i.ByVendor {
		e.Vendor = i.Vendor
	}
	e.Postings = []Posting{{l.account(c), l.Left}, {l.Payer(c), -l.Left}}
	out.Entry = e
	return out, nil
}
