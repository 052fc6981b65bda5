package view

import (
	"strconv"
	"strings"

	"tuppence/server/ledger"
)

// ReferralFor is what a referral tells its vendor (claim 12). It names no user and no time of anything: how many it has
// brought is rounded down, and what they have earned it is what was booked.
type ReferralFor struct {
	Active bool   `json:"active" doc:"Sales to the users that you have brought earn you something now."`
	Rate   string `json:"rate" example:"0.2" doc:"Your share of the commission, as a decimal."`
	Basis  string `json:"basis" doc:"commission: what the service keeps of a sale at another vendor, of paid tokens."`
	Days   uint32 `json:"days" doc:"How long a user counts, from the sign-up on."`
	Most   string `json:"most_per_user,omitempty" doc:"The most that one user earns you in a currency."`
	Code   string `json:"code,omitempty" doc:"Who opens a wallet with it was brought by you."`
	URL    string `json:"url,omitempty" doc:"The page for your site that tells what it means, and how to join."`
	Users  uint64 `json:"users" doc:"Brought so far, rounded down to tens."`
	// Earned is what was booked: once a week, or when you are settled.
	Earned List[ledger.Amount] `json:"earned" doc:"Booked into your balance so far, less what was given back."`
}

// Referral is what was agreed with a vendor, for the operator.
type Referral struct {
	Vendor  string          `json:"vendor"`
	Version uint32          `json:"version"`
	Since   Time            `json:"since"`
	Waiting []ledger.Amount `json:"waiting,omitempty"` // earned, not booked yet
	Share   string          `json:"-"`                 // the rate for people
	ReferralFor
}

// ReferralOrder agrees on a referral, or ends one; what is empty stays as it is.
type ReferralOrder struct {
	Vendor string
	Off    bool
	Rate   string // a percentage
	Days   string
	Most   string // an amount of any currency; 0: no bound
}

// Inviting is the vendor that invites with a code.
type Inviting struct {
	Code   string `json:"code"`
	Vendor string `json:"vendor"`
	Title  string `json:"title"` // for people
	Days   uint32 `json:"days"`
}

// Brings tells a person what it means to be brought by a vendor.
const Brings = "You pay nothing for that: for a time, a part of what the service earns by your purchases elsewhere " +
	"is the vendor's. It does not learn who you are, nor what you buy. You can leave the code out, or end it later."

// Words say who invites: the title, and the name where that is another.
func (i Inviting) Words() string {
	if i.Title == "" || strings.EqualFold(i.Title, i.Vendor) {
		return i.Vendor
	}
	return i.Title + " (" + i.Vendor + ")"
}

// Facts tell a referral.
func (r Referral) Facts(f Format) []Fact {
	if r.Version == 0 {
		return []Fact{{Label: "Vendor", Value: r.Vendor, Tone: Strong}, {Label: "Referral", Value: "nothing is agreed"}}
	}
	active := "off: sales earn it nothing"
	if r.Active {
		active = "on"
	}
	amounts := func(all []ledger.Amount) string {
		return strings.Join(Map(all, func(a ledger.Amount) string { return a.String() }), ", ")
	}
	return []Fact{
		{Label: "Vendor", Value: r.Vendor, Tone: Strong},
		{Label: "Referral", Value: active},
		{Label: "Rate", Value: r.Share + " of the commission"},
		{Label: "Counts for", Value: Plural(uint64(r.Days), "day") + " from the sign-up on"},
		{Label: "Most a user", Value: r.Most},
		{Label: "Users", Value: strconv.FormatUint(r.Users, 10)},
		{Label: "Booked", Value: amounts(r.Earned)},
		{Label: "Not booked yet", Value: amounts(r.Waiting)},
		{Label: "Version", Value: strconv.FormatUint(uint64(r.Version), 10)},
		{Label: "Since", Value: f.Time(r.Since)},
		{Label: "Code", Value: r.Code, Whole: true},
		{Label: "Page", Value: r.URL, Whole: true},
	}
}
