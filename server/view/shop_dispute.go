package view

import (
	"cmp"

	"tuppence/server/ledger"
)

// Waits tells what a dispute asks of the vendor.
func (d VendorDispute) Waits(f Format) string {
	by := word(d.DueBy != nil, "answer by "+f.at(d.DueBy))
	return d.ID + " " + d.Amount.String() + ", " + Reason(d.Reason) + suffix(by)
}

// VendorDisputeTable is a list of disputes for their vendor.
func VendorDisputeTable(all []VendorDispute, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Opened", Name: "created", Drop: 3},
		{Title: "Dispute", Name: "id", Plain: true},
		{Title: "State", Name: "stage"},
		{Title: "Due", Name: "due_by", Drop: 1},
		{Title: "Amount", Name: "amount", Right: true},
		{Title: "Reason", Name: "reason", Drop: 2},
		{Title: "Buyer says", Name: "text", Elastic: true, Foreign: true, Drop: 4},
	}}
	for _, d := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(d.Created), Faint},
			{d.ID, Plain},
			stateCell(State(d.Stage)),
			{f.at(d.DueBy), Plain},
			{d.Amount.String(), Strong},
			{Reason(d.Reason), Plain},
			{d.Text, Plain},
		})
	}
	t.AlignPoints(4, 0)
	return t
}

// Facts are what is known of a dispute.
func (d VendorDispute) Facts(f Format) []Fact {
	all := []Fact{
		state(State(d.Stage)),
		{Label: "Amount", Value: d.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Reason", Value: Reason(d.Reason)},
		{Label: "Buyer says", Value: d.Text},
		{Label: "Due", Value: f.at(d.DueBy)},
		{Label: "If nobody answers", Value: map[string]string{
			"buyer": "the buyer gets it back", "review": "a person decides",
		}[d.Silence]},
		{Label: "Used", Value: Plural(d.Used, "view") + " before" + suffix(f.at(d.First))},
		{Label: "Opened", Value: f.Time(d.Created)},
		{Label: "Decided", Value: f.at(d.Decided)},
		{Label: "Because", Value: d.Note},
		{Label: "Rule", Value: d.Why},
	}
	if d.Offer != nil {
		all = append(all, Fact{Label: "Offered", Value: d.Offer.String(), Whole: true})
	}
	return append(all, id("Sale", d.ChargeID), id("Refund", d.RefundID), id("Dispute", d.ID))
}

// Timeline are the steps of a dispute as facts: when, who, what.
func (d VendorDispute) Timeline(f Format) (all []Fact) {
	for _, c := range d.Case {
		who := map[string]string{"vendor": "you", "buyer": "the buyer"}[c.Who]
		all = append(all, Fact{Label: f.Time(c.At), Value: cmp.Or(who, c.Who) + ": " + c.Words()})
	}
	return all
}

// ShopDisputeAct is what a vendor does in a dispute.
type ShopDisputeAct struct {
	ID, Act string
	Amount  ledger.Amount // of an offer
	Text    string
	Key     string // idempotency key
}
