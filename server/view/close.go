package view

import (
	"strconv"

	"tuppence/server/ledger"
)

// Month is a month of the books that is closed (UTC).
type Month struct {
	Month  string          `json:"month"` // 2026-11
	From   Time            `json:"from"`
	Until  Time            `json:"until"`
	Last   uint64          `json:"last_entry"`
	Head   string          `json:"head"` // SHA-256 of the journal behind that entry
	Totals List[TrialLine] `json:"totals"`
}

// MonthOf shows a closed month.
func MonthOf(c ledger.Close, head string) Month {
	return Month{
		Month: c.Month(), From: At(c.From), Until: At(c.Until), Last: uint64(c.Last), Head: head,
		Totals: Map(c.Totals, TrialLineOf),
	}
}

// MonthTable is a list of closed months.
func MonthTable(all []Month, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Month", Name: "month"},
		{Title: "Last entry", Right: true, Name: "last_entry"},
		{Title: "Classes", Right: true},
		{Title: "Journal up to it, SHA-256", Plain: true, Drop: 1, Name: "head"},
	}}
	for _, m := range all {
		t.Rows = append(t.Rows, []Cell{
			{m.Month, Strong},
			{strconv.FormatUint(m.Last, 10), Plain},
			{strconv.Itoa(len(m.Totals)), Plain},
			{m.Head, Faint},
		})
	}
	return t
}

// Facts are what seals a closed month.
func (m Month) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Month", Value: m.Month, Tone: Strong},
		{Label: "From", Value: f.Time(m.From)},
		{Label: "Until", Value: f.Time(m.Until)},
		{Label: "Last entry", Value: strconv.FormatUint(m.Last, 10)},
		{Label: "Journal up to it", Value: m.Head, Whole: true},
	}
}

// Unclaimed is a balance whose owner was not seen for long.
type Unclaimed struct {
	Handle    string        `json:"handle"`
	State     State         `json:"state"` // announced, unclaimed, remitted
	Amount    ledger.Amount `json:"amount"`
	Announced Time          `json:"announced"`
	Since     Time          `json:"since"`    // it is unclaimed; zero: announced only
	Remitted  ledger.Amount `json:"remitted"` // that the state has, over all times
	Asked     bool          `json:"remit_asked"`
	Closed    Time          `json:"closed"` // when its owner has closed the wallet
}

// Facts are what is known of an unclaimed balance.
func (u Unclaimed) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Wallet", Value: u.Handle, Whole: true},
		state(u.State),
		{Label: "Unclaimed", Value: u.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Announced", Value: f.Time(u.Announced)},
		{Label: "Since", Value: f.Time(u.Since)},
		{Label: "Paid to the state", Value: u.Remitted.String(), Whole: true},
		{Label: "Wallet closed", Value: f.Time(u.Closed)},
		{Label: "Payment", Value: word(u.Asked, "asked for; it waits for a second person"), Tone: Warn},
	}
}

// UnclaimedTable is a list of unclaimed balances.
func UnclaimedTable(all []Unclaimed, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Wallet", Name: "handle"},
		{Title: "State", Name: "state"},
		{Title: "Unclaimed", Right: true, Name: "amount"},
		{Title: "Announced", Drop: 2, Name: "announced"},
		{Title: "Since", Name: "since"},
		{Title: "Paid to the state", Right: true, Drop: 1, Name: "remitted"},
		{Title: "Closed", Drop: 3, Name: "closed"},
	}}
	for _, u := range all {
		t.Rows = append(t.Rows, []Cell{
			{u.Handle, Plain},
			stateCell(u.State),
			{u.Amount.String(), Strong},
			{f.Time(u.Announced), Faint},
			{f.Time(u.Since), Plain},
			{u.Remitted.String(), Plain},
			{f.Time(u.Closed), Faint},
		})
	}
	return t
}
