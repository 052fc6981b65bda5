package view

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tuppence/server/ledger"
)

// RowTable is a page of the history. Its amounts are signed, and those that came are marked as good; a row that
// moved nothing has none.
func RowTable(all []Row, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "When", Drop: 4, Name: "at"},
		{Title: "ID", Plain: true, Name: "id"},
		{Title: "Vendor", Drop: 5, Name: "vendor"},
		{Title: "Title", Elastic: true, Foreign: true, Name: "title"},
		{Title: "State", Drop: 2, Name: "state"},
		{Title: "Amount", Right: true, Name: "amount"},
	}}
	t.Rows = make([][]Cell, 0, len(all))
	for _, r := range all {
		tone := Plain
		if r.Amount.Micros > 0 {
			tone = Good
		}
		t.Rows = append(t.Rows, append(make([]Cell, 0, len(t.Columns)+1), // a screen adds the balance
			Cell{f.Time(r.At), Faint},
			Cell{r.ID, Plain},
			Cell{r.Who(), Plain},
			Cell{r.Title + r.by(), Plain},
			stateCell(r.State),
			Cell{Signed(r.Amount), tone},
		))
	}
	return t
}

// Who is who the row is about: the vendor or, if there is none, its kind.
func (r Row) Who() string { return cmp.Or(r.Vendor, Reason(r.Kind)) }

// by tells which program bought, "" where a person did.
func (r Row) by() string {
	if r.Agent == "" {
		return ""
	}
	return " (by " + r.Agent + ")"
}

// Name is what the row is called: its title or, if it has none, its kind.
func (r Row) Name() string { return cmp.Or(r.Title, Reason(r.Kind)) }

// Facts are what is known of a row before its parts: the grant, the deposit, the dispute, the timeline.
func (d Detail) Facts(f Format) []Fact {
	by := ""
	if d.CanDispute {
		by = f.Time(d.DisputeBy)
	}
	all := []Fact{
		{Label: "Title", Value: d.Title},
		state(d.State),
		{Label: "Amount", Value: Signed(d.Amount), Whole: true, Tone: Strong},
		{Label: "When", Value: f.Time(d.At)},
		{Label: "Vendor", Value: d.Vendor},
		money("Returned", d.Returned),
		{Label: "Dispute until", Value: by},
	}
	if d.Agent != "" {
		all = append(all, Fact{Label: "Bought by", Value: "the program with the key " + d.Agent})
	}
	if d.Request != "" {
		all = append(all, Fact{Label: "Request", Value: d.Request})
	}
	if d.Exchange != nil {
		all = append(all, d.Exchange.Terms()...)
	}
	return all
}

// Proof are the names by which a row can be checked in the journal, and by which the vendor finds it in its own
// books.
func (d Detail) Proof() []Fact {
	return []Fact{
		id("Id", d.ID),
		{Label: "Kind", Value: Reason(d.Kind)},
		id("Transaction", d.TxnID),
		id("Offer", d.Offer),
		id("Journal entry", d.Hash),
	}
}

// LineTable tells who paid and who got what, to the micro, the decimal points under each other.
func LineTable(all []Line) Table {
	t := Table{Columns: []Column{{Title: "Who", Elastic: true, Foreign: true}, {Title: "Amount", Right: true}}}
	for _, l := range all {
		number, tone := l.Amount.Number(), Strong
		if l.Amount.Micros > 0 {
			number, tone = "+"+number, Plain
		}
		t.Rows = append(t.Rows, []Cell{{l.Who, Plain}, {number, tone}})
	}
	t.AlignPoints(1, 0)
	for i, l := range all {
		t.Rows[i][1].Text += " " + string(l.Amount.Currency)
	}
	return t
}

// AlignPoints puts the decimal points of a column of bare numbers under each other: each number gets as many decimals
// as the one that has most, and at least so many. It returns how many. Empty cells stay empty.
func (t Table) AlignPoints(column, most int) int {
	decimals := func(text string) int {
		_, fraction, _ := strings.Cut(text, ".")
		return len(fraction)
	}
	for _, row := range t.Rows {
		most = max(most, decimals(row[column].Text))
	}
	for _, row := range t.Rows {
		text := row[column].Text
		if text == "" || most == 0 {
			continue
		}
		if !strings.Contains(text, ".") {
			text += "."
		}
		row[column].Text = text + strings.Repeat("0", most-decimals(text))
	}
	return most
}

// Facts are what is known of a dispute.
func (d Dispute) Facts(f Format) []Fact {
	all := []Fact{
		state(d.State),
		{Label: "Amount", Value: d.Amount.String(), Whole: true, Tone: Strong},
		{Label: "Vendor", Value: d.Vendor},
		{Label: "Title", Value: d.Title},
		id("Purchase", d.Purchase),
		{Label: "Reason", Value: Reason(d.Reason)},
		{Label: "Text", Value: d.Text},
		{Label: "Opened", Value: f.Time(d.Opened)},
		{Label: "Decision by", Value: f.Time(d.Due())},
		{Label: "Next", Value: d.Next(f)},
		{Label: "Decided", Value: f.Time(d.Decided)},
		{Label: "Because", Value: d.Note},
		{Label: "Wallet", Value: d.Handle},
		id("Dispute", d.ID),
	}
	if d.Offer != nil {
		all = slices.Insert(all, 2, Fact{Label: "Offer", Value: d.Offer.String(), Whole: true, Tone: Strong})
	}
	for _, text := range d.Notes {
		all = append(all, Fact{Label: "Fact", Value: text})
	}
	return all
}

// DisputeTable is a list of disputes with the day by which there is a decision. Staff sees whose they are in plain
// text; a screen shows it for the chosen one.
func DisputeTable(all []Dispute, f Format, staff bool) Table {
	t := Table{Columns: []Column{
		{Title: "Opened", Drop: 4, Name: "opened"},
		{Title: "Dispute", Plain: true, Name: "id"},
		{Title: "Vendor", Drop: 2, Name: "vendor"},
		{Title: "Title", Elastic: true, Foreign: true, Name: "title"},
		{Title: "Due", Drop: 5, Name: "due_by"},
		{Title: "State", Drop: 1, Name: "state"},
		{Title: "Amount", Right: true, Name: "amount"},
	}}
	if staff {
		t.Columns = append(t.Columns, Column{Title: "Wallet", Plain: true})
	}
	for _, d := range all {
		row := []Cell{
			{f.Time(d.Opened), Faint},
			{d.ID, Plain},
			{d.Vendor, Plain},
			{d.Title, Plain},
			{f.Time(d.Due()), Faint},
			stateCell(d.State),
			{d.Amount.String(), Plain},
		}
		if staff {
			row = append(row, Cell{d.Handle, Plain})
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Subject tells what a request is about.
func (a Approval) Subject() string {
	switch {
	case a.Mode == ledger.ModeLink:
		return "to charge without asking"
	case a.Title == "":
		return "something without a title"
	default:
		return a.Title
	}
}

// Payee tells who asks, with the site that was verified.
func (a Approval) Payee() string { return a.Vendor + " (" + a.Origin() + ")" }

// Origin tells the site that was verified, or that there is none.
func (a Approval) Origin() string {
	if a.Site == "" {
		return "no verified site"
	}
	return a.Site + ", verified"
}

// Earlier tells how well the wallet knows the vendor.
func (a Approval) Earlier() string {
	if a.Purchases == 0 {
		return "your first purchase there"
	}
	return Plural(a.Purchases, "earlier purchase")
}

// Proposal tells what the vendor of a link asks for, "" for a purchase.
func (a Approval) Proposal() string {
	if a.Ask == nil || a.Ask.Rules() == (ledger.Limits{}) { // the wallet's own limits hold
		return ""
	}
	return a.Ask.Words()
}

// Waits tells that the price waits until the vendor has delivered, "" if it is taken at once.
func (a Approval) Waits() string {
	if a.Mode != ledger.ModeHold {
		return ""
	}
	return "for up to 7 days: the vendor takes what it delivers, at most the price"
}

// Today tells what is spent today, before and after.
func (a Approval) Today() string {
	day := a.DaySpent.Number()
	if a.Price.Micros != 0 {
		day += " → " + ledger.Amount{Micros: a.DaySpent.Micros + a.Price.Micros, Currency: a.Price.Currency}.Number()
	}
	if a.DayMax != nil {
		day += " of " + a.DayMax.String()
	}
	return day
}

// Change tells what the account has before and after, "" if the request takes nothing.
func (a Approval) Change() string {
	if a.Price.Micros == 0 {
		return ""
	}
	return fmt.Sprintf("%s → %s after", a.Before.Number(), a.After)
}

// Wanted is the price of the request, or that it is one for a standing permission.
func (a Approval) Wanted() string {
	if a.Mode == ledger.ModeLink {
		return "a link"
	}
	return a.Price.String()
}

// OwnPage are the words by which a person finds out whose purchase it is, none for a request without a page.
func (a Approval) OwnPage() []string {
	if a.Match == "" {
		return nil
	}
	return []string{
		"Which number does your page show?",
		"No page of your own shows it? Refuse: a stranger would get what you pay for.",
	}
}

// Request are the facts of who wants what. The vendor's words give way, so that on a screen they never push the price
// or the answers away.
func (a Approval) Request(f Format) []Fact {
	return []Fact{
		{Label: "For", Value: a.Subject(), Lines: 2},
		{Label: "About", Value: a.What, Lines: 3, Drop: 3},
		{Label: "Gives", Value: a.Bounds.Words(f), Lines: 2, Drop: 1},
		{Label: "Asks", Value: a.Proposal(), Lines: 4},
		{Label: "Held", Value: a.Waits(), Lines: 2},
		{Label: "Who", Value: a.Payee(), Lines: 3},
		{Label: "Before", Value: a.Earlier(), Lines: 1, Drop: 2},
		{Label: "Disputes", Value: a.Record.Words(), Lines: 2, Drop: 4},
	}
}

// Sums are the facts of what the answer costs.
func (a Approval) Sums() []Fact {
	price := ""
	if a.Mode != ledger.ModeLink {
		price = a.Price.String()
	}
	return []Fact{
		{Label: "You pay", Value: price, Whole: true, Tone: Strong},
		{Label: "Account", Value: a.Change(), Whole: true},
		{Label: "Today", Value: a.Today(), Whole: true},
	}
}

// Facts are what a person should know before an answer.
func (a Approval) Facts(f Format) []Fact {
	return slices.Concat([]Fact{id("Code", a.Code)}, a.Request(f), a.Sums(), []Fact{
		state(a.Status),
		{Label: "Expires", Value: f.Time(a.Expires)},
		{Label: "Note", Value: a.Refused, Tone: Bad},
	})
}

// ApprovalTable is a list of requests. The code stays at every width: it is what the person compares with the
// vendor's page.
func ApprovalTable(all []Approval, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Code"},
		{Title: "Vendor", Drop: 1},
		{Title: "For", Elastic: true, Drop: 3, Foreign: true},
		{Title: "Expires", Drop: 4},
		{Title: "Price", Right: true},
	}}
	for _, a := range all {
		t.Rows = append(t.Rows, []Cell{
			{a.Code, Strong}, {a.Vendor, Plain}, {a.Subject(), Plain}, {f.Until(a.Expires), Faint}, {a.Wanted(), Plain},
		})
	}
	return t
}

// Facts are what the buyer keeps, before the lines and the grant.
func (r Receipt) Facts(f Format) []Fact {
	after := ""
	if r.Amount.Micros != 0 {
		after = r.After.String() + " available"
	}
	return []Fact{
		state(r.Status),
		{Label: "To", Value: r.Vendor},
		{Label: "For", Value: r.Title},
		money("Paid", r.Amount),
		{Label: "Left", Value: after, Whole: true},
		{Label: "At", Value: f.Time(r.At)},
		id("Receipt", r.ID),
		id("Link", r.Link),
	}
}
