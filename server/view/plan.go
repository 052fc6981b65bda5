package view

import (
	"strconv"
	"strings"

	"tuppence/server/ledger"
)

// RoyaltyPlan is one version of a vendor's royalty plan (claims 19, 20).
type RoyaltyPlan struct {
	ID       string          `json:"id"`
	Version  uint32          `json:"version"`
	Name     string          `json:"name"`
	Currency ledger.Currency `json:"currency,omitempty" doc:"Of fixed amounts."`
	Lines    List[Royalty]   `json:"lines" doc:"Shares of the price less commission; the rest is the vendor's."`
	Default  bool            `json:"default" doc:"For offers that name no royalties."`
	Created  Time            `json:"created" doc:"When this version was made."`
}

// RoyaltyPlanOrder makes a plan, or its next version.
type RoyaltyPlanOrder struct {
	Vendor, Plan string
	Lines        string // as people type them; "": as they are
	Currency     ledger.Currency
	Default      *bool // nil: as it is
}

// Words are the lines in one text.
func (p RoyaltyPlan) Words() string {
	all := make([]string, len(p.Lines))
	for i, r := range p.Lines {
		share := ledger.Percent(r.Share)
		if r.Fixed != nil {
			share = r.Fixed.String()
		}
		all[i] = r.Payee + " (" + r.Role + ") " + share
	}
	return strings.Join(all, ", ")
}

// Facts tell a plan.
func (p RoyaltyPlan) Facts(f Format) []Fact {
	facts := []Fact{
		{Label: "Plan", Value: p.Name, Tone: Strong},
		{Label: "Version", Value: strconv.FormatUint(uint64(p.Version), 10)},
	}
	for _, r := range p.Lines {
		share := ledger.Percent(r.Share) + " of the net"
		if r.Fixed != nil {
			share = r.Fixed.String() + " a piece"
		}
		facts = append(facts, Fact{Label: "Payee", Value: r.Payee + ", " + r.Role + ", " + share})
	}
	return append(facts, Fact{Label: "Rest", Value: "the vendor's"},
		Fact{Label: "Default", Value: p.isDefault()}, Fact{Label: "Since", Value: f.Time(p.Created)}, id("Id", p.ID))
}

func (p RoyaltyPlan) isDefault() string {
	if p.Default {
		return "of offers that name no royalties"
	}
	return "no"
}

// RoyaltyPlanTable is a list of plans.
func RoyaltyPlanTable(all []RoyaltyPlan, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Plan", Name: "name"},
		{Title: "Version", Right: true, Name: "version"},
		{Title: "Lines", Elastic: true, Name: "lines"},
		{Title: "Default", Name: "default"},
		{Title: "Since", Drop: 1, Name: "created"},
		{Title: "Id", Plain: true, Name: "id"},
	}}
	for _, p := range all {
		is := "no"
		if p.Default {
			is = "yes"
		}
		t.Rows = append(t.Rows, []Cell{
			{p.Name, Strong},
			{strconv.FormatUint(uint64(p.Version), 10), Plain},
			{p.Words(), Plain},
			{is, Plain},
			{f.Time(p.Created), Faint},
			{p.ID, Plain},
		})
	}
	return t
}
