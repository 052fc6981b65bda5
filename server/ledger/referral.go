package ledger

import (
	"slices"
	"strings"
	"time"
)

// Acts of a referral.
const (
	ReferralAgreed = "agreed" // terms with a vendor, or their end
	ReferralJoined = "joined" // a user was brought
	ReferralEnded  = "ended"  // by the user
	ReferralBooked = "booked" // what a vendor has earned is in its till
)

// DefaultReferralMax is what books without this setting have, in basis points of the commission; referralLife and
// maxReferralLife are how long a user counts.
const (
	DefaultReferralMax = 5000
	referralLife       = 365 * day
	maxReferralLife    = 3650 * day
)

// Referral is what was agreed with a vendor for the users that it brings (claim 12): a share of the commission that
// their purchases at other vendors leave. A change is of later sales alone; how long a user counts, of later users.
type Referral struct {
	Rate    uint32        // basis points of the commission; 0: nothing is agreed
	Life    time.Duration // how long a user counts
	Cap     int64         // the most that one user brings in each currency, in micros; 0: no bound
	Since   time.Time
	Version uint32
}

// Text returns the terms for people: "20 % of the commission".
func (r Referral) Text() string {
	if r.Rate == 0 {
		return "off"
	}
	s := percent(r.Rate) + " of the commission, " + duration(r.Life)
	if r.Cap > 0 {
		s += ", at most " + strings.TrimSuffix(strings.TrimRight(string(AppendMicros(nil, r.Cap)), "0"), ".") + " a user"
	}
	return s
}

// Referred is who has brought a user. It is written when the wallet is opened, and never replaced.
type Referred struct {
	Vendor VendorID // 0: nobody
	Until  time.Time
	Earned []Amount // what was earned while there was a cap, by currency
}

// By returns which vendor has brought the user and still counts, 0 for none.
func (r Referred) By(now time.Time) VendorID {
	if !now.Before(r.Until) {
		return 0
	}
	return r.Vendor
}

// in returns what was earned in a currency.
func (r Referred) in(c Currency) int64 {
	for _, a := range r.Earned {
		if a.Currency == c {
			return a.Micros
		}
	}
	return 0
}

// Counting returns it with a reward more, which counts where there is a cap. What is taken back later stays counted.
func (r Referred) Counting(x Amount, most int64) Referred {
	if most > 0 {
		r.Earned = addAmount(r.Earned, x)
	}
	return r
}

// Returning returns it with so much less counted: a hold that ended without it has used up nothing of the cap.
func (r Referred) Returning(from Reward, x Amount) Referred {
	if x.Micros = min(x.Micros, r.in(x.Currency)); x.Micros > 0 && r.Vendor == from.Vendor {
		r.Earned = addAmount(r.Earned, Amount{-x.Micros, x.Currency})
	}
	return r
}

// Reward is what a sale owes to the vendor that has brought its buyer: pinned in the sale, and less by what is given
// back.
type Reward struct {
	Vendor VendorID
	Rate   uint32 // basis points of the commission
	Micros int64  // of all of the commission
}

// On returns the part of the reward that so much of the commission carries, rounded down. It depends on nothing but
// what is left, so any number of returns ends at the same micro.
func (r Reward) On(left, commission int64) int64 {
	if r.Micros == 0 || left <= 0 || commission <= 0 {
		return 0
	}
	part, err := mulDiv(r.Micros, min(left, commission), commission)
	if err != nil {
		return 0
	}
	return part
}

// RewardOf returns the reward for a commission that was earned at a rate, of which one part of the price was paid with
// paid tokens: given tokens cost the service itself, and credit may never be paid. most bounds it; below zero: nothing.
func RewardOf(commission, paid, price int64, rate uint32, most int64) int64 {
	base, err := mulDiv(commission, paid, max(price, 1))
	if err != nil {
		return 0
	}
	micros, err := mulDiv(base, int64(rate), whole)
	if err != nil {
		return 0
	}
	return max(min(micros, commission, most), 0)
}

// Left returns how much one more reward may be by the cap, for a user as it was before.
func (r Referral) Left(b Referred, c Currency) int64 {
	if r.Cap == 0 {
		return MaxMicros
	}
	return r.Cap - b.in(c)
}

// earns returns whether sales to a user reward the vendor now: not where it sells itself, which would lower its own
// commission, and not what its own people buy.
func (v *Vendor) earns(u *User, at VendorID, now time.Time) bool {
	by := u.Brought.By(now)
	return by != 0 && by == v.ID && by != at && v.Status == VendorActive && v.Referral.Rate > 0 &&
		!slices.ContainsFunc(v.Payees, func(t PayeeTerms) bool { return t.Wallet == u.ID })
}

// reward returns what a sale owes to who has brought the buyer. A hold that is not all of paid tokens owes nothing:
// what is not captured gives paid tokens back first.
func (f *PurchaseFacts) reward(commission, price int64, debits []Posting, hold bool, now time.Time) Reward {
	if f.User.Brought.Vendor == 0 || !f.Referrer.earns(&f.User, f.Vendor.ID, now) {
		return Reward{}
	}
	var paid int64
	for _, g := range debits {
		if g.Account.Class == Paid {
			paid += g.Micros
		}
	}
	if hold && paid != price {
		return Reward{}
	}
	agreed := &f.Referrer.Referral
	r := Reward{Vendor: f.Referrer.ID, Rate: min(agreed.Rate, f.Policy.ReferralMax)}
	r.Micros = RewardOf(commission, paid, price, r.Rate, agreed.Left(f.User.Brought, f.Wallet.Currency))
	if r.Micros == 0 {
		return Reward{}
	}
	return r
}

// postings are those by which a reward grows by so much, or shrinks.
func (r Reward) postings(c Currency, by int64) []Posting {
	return nonzero([]Posting{{Account{ReferralCost, c, 0}, by}, {Account{ReferralReward, c, uint64(r.Vendor)}, -by}})
}

// commission returns what is left of the commission.
func (p *Purchase) commission() (micros int64) {
	for _, g := range p.Receivers {
		if g.Account.Class == Commission {
			micros += g.Micros
		}
	}
	return micros
}

// rewarded returns the postings of a step of a sale with those of its reward, which follows what is left of the
// commission.
func (f *SaleFacts) rewarded(postings []Posting, after *Purchase) []Posting {
	s := f.Sold.Sale
	if s == nil || s.Reward.Micros == 0 {
		return postings
	}
	by := s.Reward.On(after.commission(), s.Commission) - s.Reward.On(f.Purchase.commission(), s.Commission)
	return append(postings, s.Reward.postings(s.Price.Currency, by)...)
}

// ReferralStep is what an entry says of a referral.
type ReferralStep struct {
	Act    string
	Vendor VendorID
	Terms  Referral  // ReferralAgreed
	Until  time.Time // ReferralJoined: how long the user counts
}

// ReferralOrder agrees terms with a vendor; what is nil stays as it is.
type ReferralOrder struct {
	Off  bool
	Rate *uint32
	Life *time.Duration
	Cap  *int64
}

// ReferralFacts is what a step of a referral needs to know.
type ReferralFacts struct {
	No     EntryNo
	Vendor Vendor
	User   User // who joins, or ends it
	Till   Till // ReferralBooked
	Policy Policy
	Actor  Actor
}

// ReferralOutcome is a vendor and a user after a step.
type ReferralOutcome struct {
	Entry  Entry
	Vendor Vendor
	User   User
}

// step begins an entry.
func (f ReferralFacts) step(act string, now time.Time) (e Entry) {
	e = entry(f.No, now, KindReferral, f.Actor)
	e.Referral = &ReferralStep{Act: act, Vendor: f.Vendor.ID}
	return e
}

// DecideReferral agrees terms with a vendor, or ends them. It refuses with ErrInvalid terms out of bounds.
func DecideReferral(q ReferralOrder, f ReferralFacts, now time.Time) (out ReferralOutcome, err error) {
	r := f.Vendor.Referral
	if q.Rate != nil {
		r.Rate = *q.Rate
	}
	if q.Life != nil {
		r.Life = *q.Life
	} else if r.Life == 0 {
		r.Life = referralLife
	}
	if q.Cap != nil {
		r.Cap = *q.Cap
	}
	switch most := f.Policy.ReferralMax; {
	case q.Off && f.Vendor.Referral.Rate == 0:
		return out, Refuse(ErrState, "Nothing is to be ended.", "Nothing is agreed with this vendor.")
	case q.Off:
		r.Rate = 0
	case r.Rate == 0:
		return out, Invalid("rate", "Name a share of the commission, for example --rate 20%, or end it with --off.",
			"The share is missing.")
	case r.Rate > most:
		return out, Invalid("rate", "Agree on less, or raise the setting referral_max.",
			"The policy allows at most %s of the commission.", percent(most))
	case r.Life < day || r.Life > maxReferralLife || r.Life%day != 0:
		return out, Invalid("days", "Write 1 to 3650 days.", "The time for which a user counts is out of bounds.")
	case r.Cap < 0 || r.Cap > MaxMicros:
		return out, Invalid("cap", "Write an amount, or 0 for no bound.", "The bound is out of bounds.")
	}
	e := f.step(ReferralAgreed, now)
	r.Since, r.Version = e.At, r.Version+1
	e.Vendor, e.Referral.Terms = f.Vendor.ID, r
	e.Change = &Change{Name: "referral", Old: f.Vendor.Referral.Text(), New: r.Text()}
	out.Entry, out.Vendor = e, f.Vendor
	out.Vendor.Referral = r
	return out, nil
}

// Brings returns whether a vendor can bring users now.
func (v *Vendor) Brings() bool { return v.Status == VendorActive && v.Referral.Rate > 0 }

// DecideBrought notes who has brought a user that has just joined. It refuses with ErrNotFound a vendor with which
// nothing is agreed, in the words of one that is not known, and with ErrState a wallet that is not new.
func DecideBrought(f ReferralFacts, now time.Time) (out ReferralOutcome, err error) {
	switch {
	case !f.Vendor.Brings():
		return out, RefuseReferral()
	case f.User.Brought.Vendor != 0 || !f.User.Created.Equal(instant(now)):
		return out, Refuse(ErrState, "Nothing is to be done.", "Only a new wallet notes who has brought it.")
	}
	e := f.step(ReferralJoined, now)
	e.User, e.Wallet = f.User.ID, firstWallet(f.User)
	e.Referral.Until = e.At.Add(f.Vendor.Referral.Life)
	out.Entry, out.User, out.Vendor = e, f.User, f.Vendor
	out.User.Brought = Referred{Vendor: f.Vendor.ID, Until: e.Referral.Until}
	out.Vendor.Brought++
	return out, nil
}

func firstWallet(u User) Currency {
	if len(u.Wallets) == 0 {
		return ""
	}
	return u.Wallets[0]
}

// RefuseReferral says that nobody invites with a code.
func RefuseReferral() error {
	return Refuse(ErrNotFound, "Leave the code out: a wallet needs none.",
		"This invitation by a vendor is not known, or over.")
}

// DecideReferralEnd forgets who has brought a user: later sales reward nobody. It refuses with ErrState.
func DecideReferralEnd(f ReferralFacts, now time.Time) (out ReferralOutcome, err error) {
	if f.User.Brought.Vendor == 0 {
		return out, Refuse(ErrState, "Nothing is to be ended.", "No vendor has brought this wallet.")
	}
	e := f.step(ReferralEnded, now)
	e.User, e.Wallet, e.Referral.Vendor = f.User.ID, firstWallet(f.User), f.User.Brought.Vendor
	out.Entry, out.User, out.Vendor = e, f.User, f.Vendor
	out.User.Brought = Referred{}
	return out, nil
}

// BookRewards brings what a vendor has earned into its till, in one sum: its feeds tell of no single sale, and of no
// time of one. A sum below zero, because more was given back than earned since, is taken as a refund is.
func BookRewards(f ReferralFacts, earned int64, now time.Time) (out ReferralOutcome) {
	c, v := f.Till.Currency, uint64(f.Vendor.ID)
	e := f.step(ReferralBooked, now)
	e.Vendor, e.Amount = f.Vendor.ID, Amount{max(earned, -earned), c}
	pending := earned
	if earned < 0 {
		pending = max(earned, -max(f.Till.Pending, 0))
	}
	e.Postings = nonzero([]Posting{
		{Account{ReferralReward, c, v}, earned},
		{Account{VendorPending, c, v}, -pending},
		{Account{VendorAvailable, c, v}, pending - earned},
	})
	out.Entry, out.Vendor = e, f.Vendor
	out.Vendor.Rewards = addAmount(f.Vendor.Rewards, Amount{earned, c})
	return out
}

// pinReward puts a reward into a sale, and counts it where there is a cap.
func (o *PurchaseOutcome) pinReward(e *Entry, r Reward, f *PurchaseFacts) {
	if r.Micros == 0 {
		return
	}
	e.Sale.Reward = r
	if most := f.Referrer.Referral.Cap; most > 0 {
		counted := f.User.Brought.Counting(Amount{r.Micros, e.Amount.Currency}, most)
		o.Brought = &counted
	}
}
