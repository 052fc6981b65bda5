package view

import (
	"strconv"
	"time"

	"tuppence/server/ledger"
)

// Postpaid is an account that pays afterwards (claim 15).
type Postpaid struct {
	Handle    string        `json:"handle"`
	State     State         `json:"state"` // postpaid, overdue, prepaid
	Line      ledger.Amount `json:"credit_line"`
	Owed      ledger.Amount `json:"owed"`
	Left      ledger.Amount `json:"credit_left"` // what can still be bought on credit now
	Unbilled  ledger.Amount `json:"unbilled"`    // owed, and on no bill yet
	NextBill  Time          `json:"next_bill_at"`
	Bills     List[Bill]    `json:"open_bills"`      // the oldest first
	Asked     bool          `json:"write_off_asked"` // somebody has asked to give the debt up
	Simulated bool          `json:"simulated"`
}

// PostpaidState is how an account that pays afterwards stands, in a word.
func PostpaidState(w ledger.Wallet, at time.Time) State {
	switch _, late := w.Overdue(at); {
	case late:
		return "overdue"
	case w.Credit.Line > 0:
		return "postpaid"
	}
	return "prepaid"
}

// Bill is what an account has bought in a month and pays afterwards (claims 15, 39).
type Bill struct {
	ID        string        `json:"id"`
	Number    uint32        `json:"number"` // of the account, from 1
	Amount    ledger.Amount `json:"amount"`
	Left      ledger.Amount `json:"left"`
	Carried   ledger.Amount `json:"carried"` // earlier bills that were not paid then
	State     State         `json:"state"`   // a [ledger.BillState]
	From      Time          `json:"from"`
	Till      Time          `json:"till"`
	Issued    Time          `json:"issued"`
	Due       Time          `json:"due"`
	Reminder  int           `json:"reminder"` // 0: none, 3: the last one
	Reference string        `json:"reference"`
	Deposit   string        `json:"deposit"` // what its reference announces
	Simulated bool          `json:"simulated"`
	// Mailed is when the bill went to the printer, zero for one that is electronic; LastLetter is when the newest letter
	// about it did, and Mailings which reminder that was.
	Mailed     Time `json:"mailed"`
	LastLetter Time `json:"last_letter"`
	Mailings   int  `json:"reminders_mailed"`
}

// Credit is what an account may owe, for its own screens; see [Postpaid] for all there is to say.
type Credit struct {
	Line    ledger.Amount `json:"line"`
	Left    ledger.Amount `json:"left"`
	Billed  ledger.Amount `json:"billed"` // to be paid by Due
	Due     Time          `json:"due"`    // of the oldest bill; zero: nothing is billed
	Overdue bool          `json:"overdue"`
	Frozen  string        `json:"frozen"` // why nothing is bought on credit for now
}

// creditOf is the credit of an account, nil for one that is prepaid and has no bill.
func creditOf(w ledger.Wallet, now time.Time) *Credit {
	if w.Credit.Line == 0 && len(w.Credit.Bills) == 0 {
		return nil
	}
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: w.Currency} }
	c := &Credit{Line: in(w.Credit.Line), Left: in(w.CreditLeft(now)), Billed: in(w.Owed - w.Unbilled())}
	if len(w.Credit.Bills) > 0 {
		c.Due = At(w.Credit.Bills[0].Due)
		_, c.Overdue = w.Overdue(now)
	}
	return c
}

// Words tells how an account that pays afterwards stands, and what to do.
func (c Credit) Words(f Format) string {
	switch {
	case c.Frozen != "" && !c.Overdue:
		return "Nothing is bought on credit for now: " + Clean(c.Frozen)
	case c.Overdue:
		return c.Billed.String() + " were due on " + f.Time(c.Due) + ": nothing is bought before that is paid. f adds funds"
	case !c.Due.IsZero():
		return "Pays later: " + c.Left.String() + " of credit left, " + c.Billed.String() + " due on " + f.Time(c.Due)
	}
	return "Pays later: " + c.Left.Number() + " of " + c.Line.String() + " of credit left"
}

// Facts tell how an account that pays afterwards stands.
func (p Postpaid) Facts(f Format) []Fact {
	all := []Fact{
		{Label: "Wallet", Value: p.Handle, Whole: true},
		state(p.State),
		{Label: "Credit line", Value: p.Line.String(), Whole: true},
		{Label: "Left", Value: p.Left.String(), Whole: true},
		{Label: "Owed", Value: p.Owed.String(), Whole: true},
		{Label: "Not billed", Value: p.Unbilled.String(), Whole: true},
		{Label: "Next bill", Value: f.Time(p.NextBill)},
		{Label: "Write-off", Value: word(p.Asked, "asked for; it waits for a second person"), Tone: Warn},
	}
	for _, b := range p.Bills {
		all = append(all, Fact{
			Label: "Bill " + strconv.Itoa(int(b.Number)), Value: b.words(f), Tone: stateCell(b.State).Tone,
		})
	}
	return all
}

// words tells a bill in a line.
func (b Bill) words(f Format) string {
	text := b.Left.String() + " left of " + b.Amount.String() + ", due " + f.Time(b.Due) + ", reference " + b.Reference
	return text + suffix(b.ReminderWords()) + suffix(b.MailedWords(f))
}

// ReminderWords tells which reminder an overdue bill has come to, "" for none.
func (b Bill) ReminderWords() string {
	return reminderWords(b.Reminder)
}

// PostpaidTable is a list of accounts that pay afterwards.
func PostpaidTable(all []Postpaid, f Format, desk bool) Table {
	t := Table{Columns: []Column{
		{Title: "Wallet", Plain: !desk, Name: "handle"},
		{Title: "State", Name: "state"},
		{Title: "Owed", Right: true, Name: "owed"},
		{Title: "Left", Right: true, Drop: 2, Name: "credit_left"},
		{Title: "Line", Right: true, Drop: 3, Name: "credit_line"},
		{Title: "Next bill", Drop: 1, Name: "next_bill_at"},
		{Title: "Open", Right: true, Drop: 4},
		{Title: "Due", Drop: 1},
	}}
	for _, p := range all {
		due := ""
		if len(p.Bills) > 0 {
			due = f.Time(p.Bills[0].Due) + suffix(p.Bills[0].ReminderWords())
		}
		t.Rows = append(t.Rows, []Cell{
			{p.Handle, Plain},
			stateCell(p.State),
			{p.Owed.String(), Strong},
			{p.Left.Number(), Plain},
			{p.Line.Number(), Plain},
			{f.Time(p.NextBill), Faint},
			{strconv.Itoa(len(p.Bills)), Plain},
			{due, Plain},
		})
	}
	return t
}

// BillTable is a list of bills.
func BillTable(all []Bill, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Bill", Right: true, Name: "number"},
		{Title: "Issued", Drop: 2, Name: "issued"},
		{Title: "Due", Name: "due"},
		{Title: "State", Name: "state"},
		{Title: "Reference", Name: "reference"},
		{Title: "Left", Right: true, Drop: 1, Name: "left"},
		{Title: "Amount", Right: true, Name: "amount"},
		{Title: "Letters", Plain: true, Name: "mailed"},
		{Title: "Id", Plain: true, Name: "id"},
	}}
	for _, b := range all {
		t.Rows = append(t.Rows, []Cell{
			{strconv.Itoa(int(b.Number)), Plain},
			{f.Time(b.Issued), Faint},
			{f.Time(b.Due), Plain},
			stateCell(b.State),
			{b.Reference, Plain},
			{b.Left.Number(), Plain},
			{b.Amount.String(), Strong},
			{b.MailedWords(f), Faint},
			{b.ID, Plain},
		})
	}
	return t
}
