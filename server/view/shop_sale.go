package view

import (
	"time"

	"tuppence/server/ledger"
)

// SaleTable is a list of sales for their vendor.
func SaleTable(all []Charge, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "When", Name: "created", Drop: 3},
		{Title: "Buyer", Name: "wallet", Drop: 2},
		{Title: "State", Name: "status", Drop: 1},
		{Title: "Price", Name: "amount", Right: true},
		{Title: "Yours", Right: true, Drop: 4},
		{Title: "Sale", Name: "id", Plain: true},
		{Title: "What", Name: "offer", Elastic: true, Foreign: true},
	}}
	for _, c := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(c.Created), Faint},
			{short(c.Wallet), Plain},
			stateCell(c.State()),
			{c.Amount.String(), Strong},
			{c.Yours(), Plain},
			{c.ID, Faint},
			{c.Offer.Title, Plain},
		})
	}
	t.AlignPoints(3, 0)
	return t
}

// short is the beginning of a pseudonym: enough to see that two sales have one buyer.
func short(wallet string) string { return wallet[:min(len(wallet), 10)] }

// State is how far a sale has come, for people.
func (c Charge) State() State {
	switch {
	case c.Disputed:
		return "disputed"
	case c.Status == "captured":
		return "paid"
	case c.Status == "partially_refunded":
		return "partly_refunded"
	}
	return State(c.Status)
}

// Yours is the vendor's part of a sale.
func (c Charge) Yours() string {
	for _, s := range c.Splits {
		if s.Role == "vendor" {
			return s.Amount
		}
	}
	return ""
}

// Left is what of a sale has not been given back.
func (c Charge) Left() ledger.Amount {
	return ledger.Amount{Micros: c.Captured.Micros - c.Refunded.Micros, Currency: c.Amount.Currency}
}

// Facts are what is known of a sale.
func (c Charge) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "What", Value: c.Offer.Title, Tone: Strong},
		{Label: "State", Value: c.State().Words(), Tone: c.State().Tone()},
		{Label: "Price", Value: c.Amount.String(), Whole: true, Tone: Strong},
		money("Given back", c.Refunded),
		{Label: "When", Value: f.Time(c.Created)},
		id("Buyer", c.Wallet),
		{Label: "Pieces", Value: word(c.Quantity > 1, digits(uint64(c.Quantity)))},
	}
	for _, s := range c.Splits {
		who := s.Payee + ", " + s.Role
		if s.Role == "vendor" {
			who = "you"
		}
		all = append(all, Fact{Label: "Gets", Value: s.Amount + " " + who})
	}
	note := word(c.LinkID != "", "inside a permission, without a question")
	return append(all,
		Fact{Label: "Paid", Value: note},
		Fact{Label: "Request", Value: c.Request},
		Fact{Label: "Your reference", Value: c.ClientRef},
		Fact{Label: "Note", Value: word(c.PaysBuyer, "the buyer is a payee of this sale"), Tone: Warn},
		id("Offer", c.Offer.ID), id("Grant", c.GrantID), id("Seal", c.TxnID), id("Sale", c.ID),
	)
}

// ShopSalesQuery asks for sales of a vendor, newest first. A zero field filters nothing.
type ShopSalesQuery struct {
	Paging
	Currency     ledger.Currency
	Since, Until time.Time
	Status       string // captured, partially_refunded, refunded
	Offer        string // id
	Reference    string // the vendor's own
}

// Facts are what is known of a refund.
func (r Refund) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Given back", Value: r.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Reason", Value: Reason(r.Reason)},
		{Label: "When", Value: f.Time(r.Created)},
		id("Sale", r.ChargeID), id("Dispute", r.DisputeID), id("Refund", r.ID),
	}
}
