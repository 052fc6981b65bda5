package view

import (
	"time"

	"tuppence/server/ledger"
)

// IncentiveRequest gives tokens of the service to a wallet.
type IncentiveRequest struct {
	Wallet string // its handle
	Amount ledger.Amount
	Vendor string // where they buy, by its name; "": everywhere
	Days   uint32 // that they can be spent
	Reason string
}

// Incentive is tokens that were given to a wallet (claim 7).
type Incentive struct {
	ID      string        `json:"id"`
	Amount  ledger.Amount `json:"amount"`
	Left    ledger.Amount `json:"left"`
	Vendor  string        `json:"vendor"` // where they buy, "" for everywhere
	By      string        `json:"by"`     // who has given them
	Reason  string        `json:"reason"`
	State   State         `json:"state"` // open, spent, expired
	Expires Time          `json:"expires"`
	Handle  string        `json:"handle,omitempty"` // whose; for staff
}

// IncentiveState is how an incentive stands, in a word.
func IncentiveState(l ledger.IncentiveLot, at time.Time) State {
	switch {
	case !at.Before(l.Expires):
		return "expired"
	case l.Left == 0:
		return "spent"
	}
	return "usable"
}

// VendorIncentive is tokens that a vendor has given to a buyer.
type VendorIncentive struct {
	ID      string        `json:"id"`
	Wallet  string        `json:"wallet"`
	Amount  ledger.Amount `json:"amount"`
	Reason  string        `json:"reason"`
	Expires Time          `json:"expires"`
	Created Time          `json:"created"`
}

// Facts tell what was given.
func (i Incentive) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Given", Value: i.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Left", Value: i.Left.String(), Whole: true},
		{Label: "To", Value: i.Handle, Whole: true},
		{Label: "Buys at", Value: i.where()},
		{Label: "By", Value: i.By},
		{Label: "Why", Value: i.Reason},
		state(i.State),
		{Label: "Expires", Value: f.Time(i.Expires)},
		id("Incentive", i.ID),
	}
}

// where is the vendor at which the tokens buy.
func (i Incentive) where() string {
	if i.Vendor == "" {
		return "every vendor"
	}
	return i.Vendor
}

// IncentiveTable is a list of what was given.
func IncentiveTable(all []Incentive, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Left", Right: true, Name: "left"},
		{Title: "Given", Right: true, Drop: 2, Name: "amount"},
		{Title: "Buys at", Name: "vendor"},
		{Title: "State", Name: "state"},
		{Title: "Expires", Drop: 1, Name: "expires"},
		{Title: "Why", Elastic: true, Foreign: true, Name: "reason"},
		{Title: "Id", Plain: true, Name: "id"},
	}}
	for _, i := range all {
		t.Rows = append(t.Rows, []Cell{
			{i.Left.String(), Strong},
			{i.Amount.Number(), Plain},
			{i.where(), Plain},
			stateCell(i.State),
			{f.Time(i.Expires), Faint},
			{i.Reason, Plain},
			{i.ID, Plain},
		})
	}
	return t
}
