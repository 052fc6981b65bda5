package view

import (
	"strings"

	"tuppence/server/ledger"
)

// This file puts what a vendor has into words, for the people of its team. They see what the vendor's server sees: a
// buyer is a pseudonym.

// ShopToday is a vendor at one look.
type ShopToday struct {
	Vendor string `json:"vendor"`
	Title  string `json:"title"`
	Status State  `json:"status"` // active, suspended
	Role   string `json:"role"`   // of who asks
	// Sums are what was sold in each currency; Counted is how far back they go where there is more than is counted.
	Sums    List[ShopSum] `json:"sums"`
	Counted Time          `json:"counted_to,omitzero"`
	Balance List[Balance] `json:"balance"`
	Terms   List[ShopPay] `json:"terms"`
	// Disputes are those that wait for the vendor, the first due on top.
	Disputes List[VendorDispute] `json:"disputes"`
	// Hooks are the endpoints that do not take their events.
	Hooks List[Endpoint] `json:"hooks"`
}

// ShopSum is what was sold in one currency. Days begin at midnight in UTC.
type ShopSum struct {
	Currency ledger.Currency `json:"currency"`
	Today    ShopCount       `json:"today"`
	Week     ShopCount       `json:"week"` // today and the six days before
	Days     List[ShopDay]   `json:"days"` // the same, the oldest first
}

// ShopCount is how much was sold and given back.
type ShopCount struct {
	Sales    uint64        `json:"sales"`
	Sold     ledger.Amount `json:"sold"`
	Refunds  uint64        `json:"refunds"`
	Refunded ledger.Amount `json:"refunded"`
}

// ShopDay is what was sold on a day.
type ShopDay struct {
	Date string        `json:"date"` // 2026-11-24
	Sold ledger.Amount `json:"sold"`
}

// ShopPay is when a vendor is settled in one currency.
type ShopPay struct {
	Currency ledger.Currency `json:"currency"`
	Words    string          `json:"words"`
}

// Words tells how much was sold: "193 sales 18.15 EUR, 1 refund 0.40 EUR".
func (c ShopCount) Words() string {
	text := Plural(c.Sales, "sale") + " " + c.Sold.String()
	if c.Refunds > 0 {
		text += ", " + Plural(c.Refunds, "refund") + " " + c.Refunded.String()
	}
	return text
}

// Facts are a vendor at one look.
func (t ShopToday) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "Vendor", Value: t.Title, Tone: Strong},
		{Label: "Name", Value: t.Vendor + suffix(word(t.Role != "", "you are "+t.Role))},
		{
			Label: "State", Value: word(t.Status != State("active"), t.Status.Words()+": it sells nothing; what was sold stays"),
			Tone: Bad,
		},
	}
	if len(t.Sums) == 0 {
		all = append(all, Fact{Label: "Sales", Value: "none in the last 7 days"})
	}
	for _, s := range t.Sums {
		all = append(all, Fact{Label: "Today", Value: s.Today.Words(), Tone: Strong},
			Fact{Label: "7 days", Value: s.Week.Words()})
	}
	if !t.Counted.IsZero() {
		all = append(all, Fact{Label: "Counted", Value: "only since " + f.Time(t.Counted) + ": there is more", Tone: Warn})
	}
	for _, b := range t.Balance {
		all = append(all, Fact{Label: "Balance", Value: b.Words()})
	}
	for _, p := range t.Terms {
		all = append(all, Fact{Label: "Settled", Value: word(p.Words != "", string(p.Currency)+": "+p.Words)})
	}
	for _, d := range t.Disputes {
		all = append(all, Fact{Label: "Waits", Value: d.Waits(f), Tone: Warn})
	}
	for _, h := range t.Hooks {
		all = append(all, Fact{Label: "Hook", Value: h.URL + " " + h.Trouble(f), Tone: Bad})
	}
	return all
}

// Words tells what a vendor has: "3.20 available, 163.20 pending EUR".
func (b Balance) Words() string {
	parts := []string{b.Available + " available", b.Pending + " pending"}
	for _, p := range []struct{ n, word string }{
		{b.Reserve, "kept"}, {b.Disputed, "disputed"}, {b.InTransit, "on its way"},
	} {
		if strings.Trim(p.n, "0.") != "" {
			parts = append(parts, p.n+" "+p.word)
		}
	}
	return strings.Join(parts, ", ") + " " + string(b.Currency)
}

// at is a time that may be missing.
func (f Format) at(t *Time) string {
	if t == nil {
		return ""
	}
	return f.Time(*t)
}

// Acts of a vendor in a dispute.
const (
	ShopAccept = "accept" // all of it goes back
	ShopOffer  = "offer"  // a part of it
	ShopAnswer = "answer"
	ShopAppeal = "appeal"
)
