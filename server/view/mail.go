package view

import (
	"strconv"

	"tuppence/server/ledger"
)

// Address is where a person gets bills on paper. Of it there is only a mask.
type Address struct {
	Mask    string `json:"address"` // DE 50•••
	Country string `json:"country"`
	Added   Time   `json:"added"`
	Removed Time   `json:"removed"`
}

// Facts are what is known of a postal address.
func (a Address) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Address", Value: a.Mask, Whole: true, Tone: Strong},
		{Label: "Country", Value: a.Country},
		{Label: "Added", Value: f.Time(a.Added)},
		{Label: "Removed", Value: f.Time(a.Removed)},
	}
}

// Letter is a page of a batch for the printer. It names nobody.
type Letter struct {
	Page      int           `json:"page"`
	Handle    string        `json:"handle"`
	Bill      string        `json:"bill"` // id
	Reference string        `json:"reference"`
	Reminder  int           `json:"reminder"` // 0: the bill itself
	Amount    ledger.Amount `json:"amount"`   // of the bill
}

// Mailing is a batch of letters for the printer.
type Mailing struct {
	Number    uint64       `json:"number"`
	Printed   Time         `json:"printed"`
	Letters   int          `json:"letters"`
	SHA256    string       `json:"sha256"` // of the PDF
	Deleted   Time         `json:"deleted"`
	Pages     List[Letter] `json:"pages"`
	PDF       string       `json:"pdf"` // in base 64
	Simulated bool         `json:"simulated"`
}

// MailingTable is a list of batches of letters.
func MailingTable(all []Mailing, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Batch", Right: true, Name: "number"},
		{Title: "Printed", Name: "printed"},
		{Title: "Letters", Right: true, Name: "letters"},
		{Title: "SHA-256", Plain: true, Drop: 1, Name: "sha256"},
		{Title: "Deleted", Drop: 2, Name: "deleted"},
	}}
	for _, m := range all {
		t.Rows = append(t.Rows, []Cell{
			{strconv.FormatUint(m.Number, 10), Plain},
			{f.Time(m.Printed), Plain},
			{strconv.Itoa(m.Letters), Plain},
			{m.SHA256, Faint},
			{f.Time(m.Deleted), Faint},
		})
	}
	return t
}

// LetterTable is the list for the printer: what is on which page.
func LetterTable(all []Letter, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Page", Right: true, Name: "page"},
		{Title: "Wallet", Name: "handle"},
		{Title: "Letter", Name: "reminder"},
		{Title: "Reference", Name: "reference"},
		{Title: "Amount", Right: true, Name: "amount"},
		{Title: "Bill", Plain: true, Name: "bill"},
	}}
	for _, l := range all {
		t.Rows = append(t.Rows, []Cell{
			{strconv.Itoa(l.Page), Plain},
			{l.Handle, Plain},
			{letterWords(l.Reminder), Plain},
			{l.Reference, Plain},
			{l.Amount.String(), Plain},
			{l.Bill, Plain},
		})
	}
	return t
}

// letterWords tell what a letter is.
func letterWords(reminder int) string {
	if reminder == 0 {
		return "bill"
	}
	return reminderWords(reminder)
}

// reminderWords are the number of a reminder in words, "" for none.
func reminderWords(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "first reminder"
	case ledger.LastReminder:
		return "last reminder"
	}
	return "second reminder"
}

// MailedWords tell which letter about a bill was mailed last, "" for a bill that is electronic.
func (b Bill) MailedWords(f Format) string {
	switch {
	case b.Mailed.IsZero():
		return ""
	case b.Mailings == 0:
		return "mailed " + f.Time(b.Mailed)
	}
	return reminderWords(b.Mailings) + " mailed " + f.Time(b.LastLetter)
}
