package view

import (
	"strconv"
	"time"

	"tuppence/server/ledger"
)

// PayLink is a card deposit that a representative has begun for a caller: the code leads to the processor's page.
type PayLink struct {
	Code      string        `json:"code"` // shown once
	URL       string        `json:"url"`
	Expires   Time          `json:"expires"`
	Deposit   string        `json:"deposit"`
	Handle    string        `json:"handle"` // whose
	Amount    ledger.Amount `json:"amount"`
	State     State         `json:"state"` // a [ledger.DepositState]
	Simulated bool          `json:"simulated"`
}

// Facts describe the code to the representative.
func (p PayLink) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Tell the caller", Value: p.URL, Whole: true, Tone: Strong},
		{Label: "Code", Value: p.Code, Whole: true},
		{Label: "Good until", Value: f.Time(p.Expires)},
		{Label: "Amount", Value: p.Amount.String(), Whole: true},
		{Label: "Wallet", Value: p.Handle},
		state(p.State),
		{Label: "Demo", Value: word(p.Simulated, "simulated, no real money"), Tone: Warn},
		id("Deposit", p.Deposit),
	}
}

// OrderText is the text of a purchase order, to be signed by its buyer.
type OrderText struct {
	Text      string `json:"text"`
	Namespace string `json:"namespace"` // for ssh-keygen -Y sign -n
}

// PaperOrder is a purchase order on paper, as a representative has typed it.
type PaperOrder struct {
	Wallet string
	Number string
	Amount ledger.Amount
	Until  time.Time // the day until which it is valid
	Scan   string    // SHA-256 of the scan, in hexadecimal
}

// OrderCredit is what a wallet may owe for purchase orders.
type OrderCredit struct {
	Handle string        `json:"handle"`
	Limit  ledger.Amount `json:"limit"`
	Used   ledger.Amount `json:"used"`
}

// Facts describe the credit.
func (c OrderCredit) Facts(Format) []Fact {
	return []Fact{
		{Label: "Wallet", Value: c.Handle},
		{Label: "May owe", Value: c.Limit.String(), Whole: true, Tone: Strong},
		{Label: "Owes", Value: c.Used.String(), Whole: true},
	}
}

// BillerRequest opens or changes a biller.
type BillerRequest struct {
	Name, Title, Kind string // Kind: isp, utility
	Cap               ledger.Amount
	Cost              string // 8 %; "" is none
	Closed            bool
}

// Biller is a biller with the caller's account there.
type Biller struct {
	Name    string        `json:"name"`
	Title   string        `json:"title"`
	Kind    string        `json:"kind"` // isp, utility
	Cap     ledger.Amount `json:"cap"`  // in a month
	Cost    string        `json:"cost"` // what it may keep of a charge
	Closed  bool          `json:"closed"`
	Files   uint64        `json:"files"`             // for it so far
	Account string        `json:"account,omitempty"` // the end of the number
	State   State         `json:"state,omitempty"`   // of the account: a [ledger.BillerAccountState]
}

// Facts describe a biller.
func (b Biller) Facts(Format) []Fact {
	return []Fact{
		{Label: "Biller", Value: b.Name, Tone: Strong},
		{Label: "Title", Value: b.Title},
		{Label: "Kind", Value: b.Kind},
		{Label: "In a month", Value: b.Cap.String(), Whole: true},
		{Label: "Keeps", Value: b.Cost},
		{Label: "Open", Value: word(b.Closed, "no, nothing new is charged")},
		{Label: "Your account", Value: b.Account},
		state(b.State),
	}
}

// BillerTable is the list of billers.
func BillerTable(all []Biller, _ Format) Table {
	t := Table{Columns: []Column{
		{Title: "Biller", Name: "name"},
		{Title: "Title", Elastic: true, Name: "title"},
		{Title: "Kind", Name: "kind"},
		{Title: "In a month", Right: true, Name: "cap"},
		{Title: "Your account", Name: "account"},
		{Title: "State", Name: "state"},
	}}
	for _, b := range all {
		shown := b.State.Words()
		if b.Closed {
			shown = "closed"
		}
		t.Rows = append(t.Rows, []Cell{
			{b.Name, Plain}, {b.Title, Plain}, {b.Kind, Plain}, {b.Cap.String(), Plain}, {b.Account, Plain}, {shown, Faint},
		})
	}
	return t
}

// BillerFile is a file of charges for a biller.
type BillerFile struct {
	Biller string        `json:"biller"`
	Number uint64        `json:"number"`
	Lines  int           `json:"lines"`
	Sum    ledger.Amount `json:"sum"`
	SHA256 string        `json:"sha256"`
	Made   Time          `json:"made"`
	Text   string        `json:"text"` // all of it
}

// BillerRead is what a biller's file has changed.
type BillerRead struct {
	Biller   string `json:"biller"`
	Lines    int    `json:"lines"`
	Accepted int    `json:"accepted"`
	Rejected int    `json:"rejected"`
	Remitted int    `json:"remitted"`
	Reversed int    `json:"reversed"`
	Apart    int    `json:"apart"` // remitted otherwise than charged: receipts
	Known    int    `json:"known"` // lines that say what was known
	SHA256   string `json:"sha256"`
	Again    bool   `json:"again"` // the file was read before: nothing has changed
}

// Count counts a line of a kind.
func (r *BillerRead) Count(kind string) {
	switch kind {
	case "accepted":
		r.Accepted++
	case "rejected":
		r.Rejected++
	case "remitted":
		r.Remitted++
	case "reversed":
		r.Reversed++
	}
}

// Facts describe what has changed.
func (r BillerRead) Facts(Format) []Fact {
	many := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	return []Fact{
		{Label: "Biller", Value: r.Biller},
		{Label: "Lines", Value: strconv.Itoa(r.Lines)},
		{Label: "Accepted", Value: many(r.Accepted)},
		{Label: "Rejected", Value: many(r.Rejected)},
		{Label: "Remitted", Value: many(r.Remitted)},
		{Label: "Reversed", Value: many(r.Reversed)},
		{Label: "Kept apart", Value: many(r.Apart)},
		{Label: "Known before", Value: many(r.Known)},
		{Label: "Again", Value: word(r.Again, "already read: nothing has changed")},
	}
}

// Sheet is something to print.
type Sheet struct {
	Title string `json:"title"`
	PDF   string `json:"pdf"` // in base 64
}
