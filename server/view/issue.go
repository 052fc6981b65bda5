package view

import (
	"strconv"

	"tuppence/server/ledger"
)

// VoucherRequest asks for vouchers of the service.
type VoucherRequest struct {
	Amount ledger.Amount // of one
	Count  uint32
	Days   uint32 // in which they are redeemed
	Reason string // who redeems one reads it
}

// TokenIssue is tokens that were paid for: for one wallet, or as vouchers (claim 6).
type TokenIssue struct {
	ID       string        `json:"id"`
	State    State         `json:"state" doc:"proposed, open, issued, voided, expired or denied."`
	Amount   ledger.Amount `json:"amount" doc:"What one voucher brings."`
	Count    uint32        `json:"count" doc:"How many vouchers there are."`
	Redeemed uint32        `json:"redeemed" doc:"How many of them were redeemed; never by whom."`
	Left     ledger.Amount `json:"left" doc:"What can still be redeemed."`
	To       string        `json:"to,omitempty" doc:"The link of the buyer who gets them; left out for vouchers."`
	Reason   string        `json:"reason,omitempty" doc:"Who gets them reads it."`
	By       string        `json:"by" doc:"Who has paid for them."`
	Created  Time          `json:"created"`
	Ends     Time          `json:"ends_at" doc:"What is not redeemed by then returns to who has paid for it."`
	Codes    []string      `json:"codes,omitempty" doc:"Of the vouchers, in order: told once, and kept as hashes."`
}

// Facts tell an issue.
func (i TokenIssue) Facts(f Format) []Fact {
	all := []Fact{
		state(i.State),
		{Label: "Each", Value: i.Amount.String(), Whole: true},
		{Label: "Redeemed", Value: i.redeemed()},
		{Label: "Left", Value: i.Left.String(), Whole: true},
		{Label: "Reason", Value: i.Reason},
		{Label: "Paid by", Value: i.By},
		{Label: "Ends", Value: f.Time(i.Ends)},
		id("Id", i.ID),
	}
	for n, code := range i.Codes {
		all = append(all, Fact{Label: "Voucher " + strconv.Itoa(n+1), Value: code, Whole: true, Tone: Strong})
	}
	return all
}

// redeemed says how many of how many.
func (i TokenIssue) redeemed() string {
	return strconv.FormatUint(uint64(i.Redeemed), 10) + " of " + strconv.FormatUint(uint64(i.Count), 10)
}

// TokenIssueTable is a list of issues.
func TokenIssueTable(all []TokenIssue, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Reason", Elastic: true, Name: "reason"},
		{Title: "State", Name: "state"},
		{Title: "Each", Right: true, Name: "amount"},
		{Title: "Redeemed", Right: true, Name: "redeemed"},
		{Title: "Left", Right: true, Name: "left"},
		{Title: "Ends", Drop: 1, Name: "ends_at"},
		{Title: "Id", Plain: true, Name: "id"},
	}}
	for _, i := range all {
		t.Rows = append(t.Rows, []Cell{
			{i.Reason, Strong},
			stateCell(i.State),
			{i.Amount.Number(), Plain},
			{i.redeemed(), Plain},
			{i.Left.String(), Plain},
			{f.Time(i.Ends), Faint},
			{i.ID, Plain},
		})
	}
	return t
}
