package view

import (
	"encoding/json"
	"fmt"
	"time"

	"tuppence/server/ledger"
)

// Wallet is an account: a user's tokens in one currency (claims 9, 10, 34).
type Wallet struct {
	Currency    ledger.Currency `json:"currency"`
	Available   ledger.Amount   `json:"available"` // what can be spent now: tokens, then credit
	Held        ledger.Amount   `json:"held"`
	Uncollected ledger.Amount   `json:"uncollected"` // paid in with something that has not cleared
	Owed        ledger.Amount   `json:"owed"`        // bought on credit, or taken back; what comes in pays it
	Disputed    ledger.Amount   `json:"disputed"`    // waits in disputes for their end, of the newest 200
	Simulated   bool            `json:"simulated"`
	Limits      List[Limit]     `json:"limits"`
	// Transferable is what of Available can be sent on now, TransferableAll when all of it can; zero: now.
	Transferable    ledger.Amount `json:"transferable"`
	TransferableAll Time          `json:"transferable_all_at"`
	Spending        Spending      `json:"spending"`
	Credit          *Credit       `json:"credit"` // null: it is prepaid
	// Incentives is what was given and can still be spent, at some vendors or at all; it is not in Available.
	Incentives ledger.Amount `json:"incentives"`
	// Redeeming is what is on its way back to money, Refill the weekly budget; null if there is none.
	Redeeming *ledger.Amount `json:"redeeming,omitempty"`
	Refill    *Refill        `json:"refill,omitempty"`
}

// Spending is what a wallet has spent day by day in the person's zone: the last 30 days, of which today is the last.
// The end of a hold is taken off while its day runs; a refund is not taken off.
type Spending struct {
	Currency ledger.Currency `json:"currency"`
	Days     List[DaySpent]  `json:"days"`
	Sum      ledger.Amount   `json:"sum"`
	Before   ledger.Amount   `json:"before"` // in the 30 days before them
	Most     ledger.Amount   `json:"most"`   // in one day
	Mean     ledger.Amount   `json:"mean"`   // a day, over all of the 30, in hundredths
	Today    ledger.Amount   `json:"today"`
}

// DaySpent is what was spent on a date.
type DaySpent struct {
	Date  string        `json:"date"` // 2026-11-24
	Spent ledger.Amount `json:"spent"`
}

// SpendingOf shows what a wallet has spent day by day, at an instant and in a zone.
func SpendingOf(w ledger.Wallet, d ledger.Days, now time.Time, zone *time.Location) Spending {
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: w.Currency} }
	on, before := ledger.SpentOn(w, d, now, zone)
	s := Spending{Currency: w.Currency, Days: make(List[DaySpent], 0, len(on)), Before: in(before), Most: in(0)}
	var sum int64
	for _, v := range on {
		s.Days = append(s.Days, DaySpent{v.Date, in(v.Micros)})
		s.Most.Micros = max(s.Most.Micros, v.Micros)
		sum += v.Micros
	}
	s.Sum, s.Mean, s.Today = in(sum), in(ledger.Rough(sum/int64(len(on)))), in(on[len(on)-1].Micros)
	return s
}

// WalletOf shows an account with its limits and its days at an instant, in the user's time zone.
func WalletOf(w ledger.Wallet, d ledger.Days, now time.Time, zone *time.Location) Wallet {
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: w.Currency} }
	return Wallet{
		Currency: w.Currency, Available: in(w.Spendable(now)), Held: in(w.Held), Uncollected: in(w.Uncollected),
		Owed: in(w.Owed), Disputed: in(0),
		Limits: LimitsOfWallet(w, now, zone), Transferable: in(w.Transferable(now)),
		TransferableAll: At(w.TransferableFrom(w.Paid, now)), Spending: SpendingOf(w, d, now, zone),
		Credit: creditOf(w, now), Incentives: in(w.IncentivesOpen(now)),
	}
}

// Overview is a wallet at one look: all accounts, what waits for an answer, what happened last.
type Overview struct {
	Handle      string         `json:"handle"`
	Wallets     List[Wallet]   `json:"accounts"`
	Pending     List[Approval] `json:"pending"`
	Recent      List[Row]      `json:"recent"`
	Disputes    int            `json:"disputes"` // open ones
	Offers      int            `json:"offers"`   // disputes in which the vendor waits for an answer to an offer
	WindowUntil Time           `json:"window_until"`
	LockedUntil Time           `json:"locked_until"`
	Frozen      bool           `json:"frozen"` // staff have to look at the wallet first
	Zone        string         `json:"zone"`
	NewKeys     List[Key]      `json:"new_keys"`   // added a short while ago
	NewAgents   List[Agent]    `json:"new_agents"` // keys by which programs pay since a short while ago
}

// Contested counts money of an account that waits in a dispute.
func (o *Overview) Contested(a ledger.Amount) {
	for i := range o.Wallets {
		if w := &o.Wallets[i]; w.Currency == a.Currency {
			w.Disputed.Micros += a.Micros
		}
	}
}

// Restraint is why a wallet does less than usual, and what follows from that.
type Restraint struct {
	Title  string // what holds, and until when
	Works  string
	Waits  string
	Remedy string
}

// Restraint returns what holds the wallet back; held is false for a wallet that does all it can.
func (o Overview) Restraint(f Format) (r Restraint, held bool) {
	switch {
	case o.Frozen:
		return Restraint{
			Title:  "Frozen until staff have looked at it",
			Works:  "looking, lower limits, ending links, disputes",
			Waits:  "buying, adding funds, sending, new links and keys",
			Remedy: "Nothing is lost. Speak with a representative of this service.",
		}, true
	case !o.LockedUntil.IsZero() && (f.Now.IsZero() || f.Now.Before(o.LockedUntil.Time)):
		return Restraint{
			Title:  "Recovered: locked until " + f.Time(o.LockedUntil),
			Works:  "buying that you say yes to, adding funds, disputes",
			Waits:  "sending, higher limits, linked vendors without asking",
			Remedy: "It ends by itself. Nobody who finds a recovery code can empty the wallet before its owner speaks up.",
		}, true
	}
	return r, false
}

// Limits are bounds of what may be spent. A purchase has to be within all of them (claim 23).
type Limits struct {
	Currency    ledger.Currency `json:"-"` // of all of them
	PerPurchase Bound           `json:"per_purchase"`
	PerDay      Bound           `json:"per_day"`
	PerWeek     Bound           `json:"per_week"`
	PerMonth    Bound           `json:"per_month"`
}

// LimitsOf shows bounds.
func LimitsOf(l ledger.Limits, c ledger.Currency) Limits {
	return Limits{c, Bound(l.PerPurchase), Bound(l.PerDay), Bound(l.PerWeek), Bound(l.PerMonth)}
}

// MarshalJSON returns the bounds as amounts in their currency, null for none.
func (l Limits) MarshalJSON() ([]byte, error) {
	in := func(b Bound) *ledger.Amount {
		if b < 0 {
			return nil
		}
		return &ledger.Amount{Micros: int64(b), Currency: l.Currency}
	}
	return json.Marshal(struct {
		PerPurchase *ledger.Amount `json:"per_purchase"`
		PerDay      *ledger.Amount `json:"per_day"`
		PerWeek     *ledger.Amount `json:"per_week"`
		PerMonth    *ledger.Amount `json:"per_month"`
	}{in(l.PerPurchase), in(l.PerDay), in(l.PerWeek), in(l.PerMonth)})
}

// Rules returns the bounds as the rules take them.
func (l Limits) Rules() ledger.Limits {
	return ledger.Limits{
		PerPurchase: int64(l.PerPurchase), PerDay: int64(l.PerDay), PerWeek: int64(l.PerWeek), PerMonth: int64(l.PerMonth),
	}
}

// Limit is one bound and how much of it is used (claims 23, 24).
type Limit struct {
	Period   string          `json:"period"`           // purchase, day, week, month; of a vendor also total
	Vendor   string          `json:"vendor,omitempty"` // "" for all vendors
	Currency ledger.Currency `json:"currency"`
	Max      *ledger.Amount  `json:"max"` // nil: no bound
	Used     ledger.Amount   `json:"used"`
	ResetsAt Time            `json:"resets_at"`
	// Percent is how much of the bound is used, 0 where there is none; Note says so in words, from 80 % on.
	Percent int    `json:"used_percent"`
	Note    string `json:"note"`
	// Forecast is what will be used when the period ends, if it goes on as it has begun; nil: it is too early to tell.
	Forecast *ledger.Amount `json:"forecast"`
}

// None tells whether the limit bounds nothing.
func (l Limit) None() bool { return l.Max == nil }

// MaxMicros is the bound in micros, 0 where there is none.
func (l Limit) MaxMicros() int64 {
	if l.Max == nil {
		return 0
	}
	return l.Max.Micros
}

// LimitsOfWallet shows the bounds of a wallet at an instant.
func LimitsOfWallet(w ledger.Wallet, now time.Time, zone *time.Location) List[Limit] {
	return limits(ledger.LimitUses(w, nil, "", now, zone))
}

// LimitsOfLink shows a user's bounds at one vendor.
func LimitsOfLink(l ledger.Link, vendor string, now time.Time, zone *time.Location) List[Limit] {
	return limits(ledger.LimitUses(ledger.Wallet{Currency: l.ID.Currency}, &l, vendor, now, zone))
}

func limits(all []ledger.LimitUse) List[Limit] { return Map(all, LimitOf) }

// LimitOf gives a bound its form in JSON: no bound is null there, and not a number that stands for none.
func LimitOf(u ledger.LimitUse) Limit {
	l := Limit{
		Period: u.Period, Vendor: u.Vendor, Currency: u.Currency, Used: u.Used, ResetsAt: At(u.ResetsAt),
		Percent: u.Percent(), Forecast: u.Forecast,
	}
	if !u.None {
		most := u.Max
		l.Max = &most
	}
	switch {
	case l.Percent >= 100:
		l.Note = "used up"
	case l.Percent >= ledger.NearLimit:
		l.Note = fmt.Sprintf("%d %% used", l.Percent)
	}
	return l
}

// WhatIf is what bounds would have made of the purchases of the last 30 days, if they had held then.
type WhatIf struct {
	Vendor    string        `json:"vendor,omitempty"` // "": at all vendors
	Purchases int           `json:"purchases"`
	Refused   int           `json:"refused"` // by a limit; of a permission: the vendor would have asked
	Sum       ledger.Amount `json:"refused_sum"`
	First     Time          `json:"first_refused_at"`
	Since     Time          `json:"since"`   // 30 days ago, or where the look ended
	Bounded   bool          `json:"bounded"` // there are older ones in the 30 days, which were not looked at
}

// WhatIfOf shows what was tried.
func WhatIfOf(t ledger.Tried, vendor string, c ledger.Currency) WhatIf {
	return WhatIf{
		Vendor: vendor, Purchases: t.Purchases, Refused: t.Refused, Sum: ledger.Amount{Micros: t.Micros, Currency: c},
		First: At(t.First),
	}
}

// LimitSet is the answer to a changed bound: all of them, and a sentence if the new one is exceeded already.
type LimitSet struct {
	Limits  List[Limit] `json:"limits"`
	Warning string      `json:"warning"`
}

// Link is a vendor that the wallet knows: its standing permission, if it has one (claims 13, 21).
type Link struct {
	ID       string          `json:"id"`
	Vendor   string          `json:"vendor"` // its name
	Title    string          `json:"title"`
	Site     string          `json:"site"` // verified origin, "" if there is none
	Currency ledger.Currency `json:"currency"`
	Status   string          `json:"status"` // active, known, revoked, blocked
	Limits   List[Limit]     `json:"limits"`
	Count    uint64          `json:"count"`
	Spent    ledger.Amount   `json:"spent"` // for Count purchases, over all permissions; refunds are not taken off
	Created  Time            `json:"created"`
	Expires  Time            `json:"expires"`
}
