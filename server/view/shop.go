package view

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"

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

// Waits tells what a dispute asks of the vendor.
func (d VendorDispute) Waits(f Format) string {
	by := word(d.DueBy != nil, "answer by "+f.at(d.DueBy))
	return d.ID + " " + d.Amount.String() + ", " + Reason(d.Reason) + suffix(by)
}

// at is a time that may be missing.
func (f Format) at(t *Time) string {
	if t == nil {
		return ""
	}
	return f.Time(*t)
}

// Failing tells whether an endpoint does not take its events.
func (e Endpoint) Failing() bool {
	failed := e.Failure != nil && (e.Success == nil || e.Success.Before(e.Failure.At.Time))
	return e.Status != "live" || e.Next != nil || failed
}

// Trouble tells what is wrong with an endpoint.
func (e Endpoint) Trouble(f Format) string {
	switch {
	case e.Status != "live":
		return "is disabled since " + f.at(e.Disabled) + suffix(e.Why)
	case e.Failure != nil:
		return "fails" + suffix(e.Failure.Words()) + suffix(word(e.Next != nil, "next try "+f.at(e.Next)))
	}
	return ""
}

// Words tells how an attempt has ended.
func (e EndpointError) Words() string {
	return strings.TrimSpace(word(e.Status != 0, strconv.Itoa(e.Status)) + " " + e.Text)
}

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
		Fact{Label: "Your reference", Value: c.ClientRef},
		Fact{Label: "Note", Value: word(c.PaysBuyer, "the buyer is a payee of this sale"), Tone: Warn},
		id("Offer", c.Offer.ID), id("Grant", c.GrantID), id("Seal", c.TxnID), id("Sale", c.ID),
	)
}

// OfferTable is the catalogue of a vendor.
func OfferTable(all []Offer, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Offer", Name: "id", Plain: true},
		{Title: "Price", Name: "price", Right: true},
		{Title: "State", Name: "status", Drop: 1},
		{Title: "Gives", Drop: 3},
		{Title: "Version", Name: "version", Right: true, Drop: 4},
		{Title: "Since", Name: "created", Drop: 5},
		{Title: "Title", Name: "title", Elastic: true, Foreign: true},
	}}
	for _, o := range all {
		t.Rows = append(t.Rows, []Cell{
			{o.ID, Faint},
			{o.Price.String(), Strong},
			o.stateCell(f),
			{o.Gives(f), Plain},
			{digits(uint64(o.Version)), Faint},
			{f.Time(o.Created), Faint},
			{o.Title, Plain},
		})
	}
	t.AlignPoints(1, 0)
	return t
}

// Over tells whether an offer sells nothing any more.
func (o Offer) Over(now time.Time) bool {
	return o.Status != string(ledger.OfferActive) || o.ExpiresAt != nil && !now.Before(o.ExpiresAt.Time)
}

// stateCell is live, or what the offer says of itself.
func (o Offer) stateCell(f Format) Cell {
	if !f.Now.IsZero() && o.ExpiresAt != nil && !f.Now.Before(o.ExpiresAt.Time) {
		return Cell{"ended", Faint}
	}
	return Cell{strings.Replace(o.Status, "active", "live", 1), Plain}
}

// Gives tells what a buyer gets.
func (o Offer) Gives(f Format) string {
	b := Bounds{Views: o.Views, Hours: o.Hours, Days: o.Days}
	if o.ExpiresAt != nil {
		b.Expires = *o.ExpiresAt
	}
	if text := b.Words(f); text != "" {
		return text
	}
	return "always"
}

// Facts are what is known of an offer.
func (o Offer) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "Title", Value: o.Title, Tone: Strong},
		{Label: "Price", Value: o.Price.String(), Whole: true, Tone: Strong},
		{Label: "State", Value: o.stateCell(f).Text},
		{Label: "Gives", Value: o.Gives(f)},
		{Label: "Description", Value: o.Description},
		{Label: "Kind", Value: o.Kind},
		{Label: "Opens", Value: o.ContentURL, Whole: true, Link: true},
		{Label: "Sample", Value: o.SampleURL, Whole: true, Link: true},
		{Label: "Type", Value: o.MIME},
		id("Royalty plan", o.Plan),
	}
	for _, r := range o.Royalties {
		all = append(all, Fact{Label: "Gets", Value: r.Words()})
	}
	return append(all, Fact{Label: "Version", Value: digits(uint64(o.Version)) + ", since " + f.Time(o.Created)},
		id("Offer", o.ID))
}

// Words tells what a payee gets: "anna, author, 12.5 %".
func (r Royalty) Words() string {
	part := ledger.Percent(r.Share)
	if r.Fixed != nil {
		part = r.Fixed.String() + " a piece"
	}
	return r.Payee + ", " + r.Role + ", " + part
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

// EndpointTable is where a vendor gets its events.
func EndpointTable(all []Endpoint, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Hook", Name: "id", Plain: true},
		{Title: "State", Name: "status"},
		{Title: "Last taken", Name: "last_success", Drop: 2},
		{Title: "Trouble", Drop: 1},
		{Title: "Address", Name: "url", Elastic: true, Foreign: true},
	}}
	for _, e := range all {
		tone := Plain
		if e.Failing() {
			tone = Bad
		}
		t.Rows = append(t.Rows, []Cell{
			{e.ID, Plain}, {e.Status, tone}, {f.at(e.Success), Faint}, {e.Trouble(f), tone}, {e.URL, Plain},
		})
	}
	return t
}

// Facts are what is known of an endpoint.
func (e Endpoint) Facts(f Format) []Fact {
	events := strings.Join(e.Events, ", ")
	if events == "" {
		events = "all"
	}
	return []Fact{
		{Label: "Address", Value: e.URL, Whole: true},
		{Label: "State", Value: e.Status, Tone: Strong},
		{Label: "Trouble", Value: e.Trouble(f), Tone: Bad},
		{Label: "Events", Value: events},
		{Label: "At once", Value: strconv.Itoa(e.Parallel)},
		{Label: "Last taken", Value: f.at(e.Success)},
		{Label: "Old secret until", Value: f.at(e.Old)},
		{Label: "Warning", Value: e.Warning, Tone: Warn},
		{Label: "Since", Value: f.Time(e.Created)},
		id("Hook", e.ID),
	}
}

// EventTable is what was sent to a vendor, one row for each endpoint.
func EventTable(all []VendorEvent, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "When", Name: "timestamp"},
		{Title: "Event", Name: "type", Elastic: true},
		{Title: "State", Name: "status"},
		{Title: "Tries", Right: true, Drop: 2},
		{Title: "Answer", Drop: 1},
		{Title: "Next try", Drop: 3},
		{Title: "Id", Name: "id", Plain: true},
		{Title: "Hook", Plain: true},
	}}
	for _, e := range all {
		for _, d := range e.Deliveries {
			t.Rows = append(t.Rows, []Cell{
				{f.Time(e.At), Faint},
				{e.Type, Plain},
				{d.Status, d.tone()},
				{strconv.Itoa(d.Attempts), Plain},
				{EndpointError{Status: d.HTTP, Text: d.Text}.Words(), d.tone()},
				{f.at(d.Next), Plain},
				{e.ID, Faint},
				{d.EndpointID, Faint},
			})
		}
	}
	return t
}

// tone is that of how far a delivery is.
func (d EventDelivery) tone() Tone {
	switch {
	case d.Status == "delivered":
		return Faint
	case d.Status == "parked", d.Attempts > 0:
		return Bad
	}
	return Plain
}

// Facts are what is known of an event.
func (e VendorEvent) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "Event", Value: e.Type, Tone: Strong},
		{Label: "When", Value: f.Time(e.At)},
		id("About", e.Data.ID),
		id("Id", e.ID),
	}
	for _, d := range e.Deliveries {
		all = append(all, Fact{
			Label: "Sent", Tone: d.tone(),
			Value: d.Status + suffix(Plural(d.Attempts, "attempt")) +
				suffix(EndpointError{Status: d.HTTP, Text: d.Text}.Words()) +
				suffix(word(d.Next != nil, "next try "+f.at(d.Next))) + suffix(d.EndpointID),
		})
	}
	return all
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

// ShopOfferOrder posts an offer or its next version; what is nil stays as it is, or as it is usual.
type ShopOfferOrder struct {
	Title, Description, ContentURL *string
	Price                          *ledger.Amount
	Views, Hours, Days             *uint32
	Expires                        *time.Time
	Plan                           *string // the id of a royalty plan, or none
	Status                         *string // active, retired
	Kind                           string  // of a new one
	Key                            string  // idempotency key
}

// Asked is all that is asked for, so that a key is not used for something else.
func (q ShopOfferOrder) Asked() []string {
	words, err := json.Marshal(q)
	if err != nil { // a struct of texts and numbers has a form
		panic(err)
	}
	return []string{string(words)}
}

// Acts of a vendor in a dispute.
const (
	ShopAccept = "accept" // all of it goes back
	ShopOffer  = "offer"  // a part of it
	ShopAnswer = "answer"
	ShopAppeal = "appeal"
)

// ShopDisputeAct is what a vendor does in a dispute.
type ShopDisputeAct struct {
	ID, Act string
	Amount  ledger.Amount // of an offer
	Text    string
	Key     string // idempotency key
}

// CatalogueColumns are the columns of a catalogue in CSV.
var CatalogueColumns = []string{
	"id", "title", "description", "price", "currency", "content_url", "views", "hours", "days", "expires_at", "status",
}

// ImportDiff is what a catalogue in CSV changes.
type ImportDiff struct {
	Mark    string           `json:"mark"` // of these changes; "": there are none
	Applied bool             `json:"applied"`
	Added   int              `json:"added"`
	Changed int              `json:"changed"`
	Rows    List[ImportLine] `json:"changes"`
}

// ImportLine is a field that changes.
type ImportLine struct {
	Line  int    `json:"line"`  // of the file
	Offer string `json:"offer"` // "": a new one
	Title string `json:"title"`
	Field string `json:"field"`
	Old   string `json:"old"`
	New   string `json:"new"`
}

// ImportTable is what a catalogue changes.
func ImportTable(all []ImportLine, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Line", Name: "line", Right: true},
		{Title: "Field", Name: "field"},
		{Title: "Offer", Name: "offer", Drop: 2},
		{Title: "Was", Name: "old", Foreign: true, Drop: 1},
		{Title: "Becomes", Name: "new", Foreign: true},
		{Title: "Title", Name: "title", Elastic: true, Foreign: true},
	}}
	for _, l := range all {
		offer := l.Offer
		if offer == "" {
			offer = word(l.Field != "", "new")
		}
		t.Rows = append(t.Rows, []Cell{
			{word(l.Line > 0, strconv.Itoa(l.Line)), Faint},
			{l.Field, Plain},
			{offer, Faint},
			{l.Old, Faint},
			{l.New, Strong},
			{l.Title, Plain},
		})
	}
	return t
}

// Catalogue is what a vendor sells, as CSV.
type Catalogue struct {
	Offers int    `json:"offers"`
	CSV    string `json:"csv"`
}
