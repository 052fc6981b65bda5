package view

import (
	"encoding/json"
	"time"

	"tuppence/server/ledger"
)

// Wallet is an account: a user's tokens in one currency (claims 9, 10, 34).
type Wallet struct {
	Currency    ledger.Currency `json:"currency"`
	Available   ledger.Amount   `json:"available"` // what can be spent now
	Held        ledger.Amount   `json:"held"`
	Uncollected ledger.Amount   `json:"uncollected"` // paid in with something that has not cleared
	Simulated   bool            `json:"simulated"`
	Limits      List[Limit]     `json:"limits"`
	// Transferable is what of Available can be sent on now, TransferableAll when all of it can; zero: now.
	Transferable    ledger.Amount `json:"transferable"`
	TransferableAll Time          `json:"transferable_all_at"`
}

// WalletOf shows an account with its limits at an instant, in the user's time zone.
func WalletOf(w ledger.Wallet, now time.Time, zone *time.Location) Wallet {
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: w.Currency} }
	return Wallet{
		Currency: w.Currency, Available: in(w.Paid), Held: in(w.Held), Uncollected: in(w.Uncollected),
		Limits: LimitsOfWallet(w, now, zone), Transferable: in(w.Transferable(now)),
		TransferableAll: At(w.TransferableFrom(w.Paid, now)),
	}
}

// Overview is a wallet at one look: all accounts, what waits for an answer, what happened last.
type Overview struct {
	Handle      string         `json:"handle"`
	Wallets     List[Wallet]   `json:"accounts"`
	Pending     List[Approval] `json:"pending"`
	Recent      List[Row]      `json:"recent"`
	Disputes    int            `json:"disputes"` // open ones
	WindowUntil Time           `json:"window_until"`
	LockedUntil Time           `json:"locked_until"`
	Zone        string         `json:"zone"`
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

// limits gives each bound its form in JSON: no bound is null there, and not a number that stands for none.
func limits(all []ledger.LimitUse) List[Limit] {
	return Map(all, func(u ledger.LimitUse) Limit {
		l := Limit{Period: u.Period, Vendor: u.Vendor, Currency: u.Currency, Used: u.Used, ResetsAt: At(u.ResetsAt)}
		if !u.None {
			most := u.Max
			l.Max = &most
		}
		return l
	})
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
