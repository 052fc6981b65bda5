package view

import (
	"fmt"

	"tuppence/server/ledger"
)

// MaxBankFile bounds a file that comes from a bank, in bytes.
const MaxBankFile = 16 << 20

// BankAccount is an account at a bank that a person has permitted to be debited. Of its number there is only a mask.
type BankAccount struct {
	ID       string          `json:"id"`
	Account  string          `json:"account"` // DE•• … 3000
	Currency ledger.Currency `json:"currency"`
	State    State           `json:"state"` // of its mandate
	Added    Time            `json:"added"`
	Removed  Time            `json:"removed"`
	Mandate  string          `json:"mandate"` // id
}

// Mandate is a permission to debit a bank account, with the text that was agreed.
type Mandate struct {
	ID      string        `json:"id"`
	Account string        `json:"account"`
	Most    ledger.Amount `json:"most"` // that one debit may have
	State   State         `json:"state"`
	Agreed  Time          `json:"agreed"`
	Key     string        `json:"key"` // fingerprint of the key that agreed
	Text    string        `json:"text"`
	Reason  string        `json:"reason,omitempty"`
}

// BankTerms are what a person agrees to.
type BankTerms struct {
	Account string        `json:"account"`
	Most    ledger.Amount `json:"most"`
	Text    string        `json:"text"`
}

// BankFile is a file for a bank.
type BankFile struct {
	ID      string        `json:"id"`
	Method  string        `json:"method"`
	Network string        `json:"network"`
	Created Time          `json:"created"`
	Sent    Time          `json:"sent"`
	Debits  uint32        `json:"debits"`
	Payouts uint32        `json:"payouts"`
	Asked   uint32        `json:"asked"` // accounts that the bank is asked for
	Sum     ledger.Amount `json:"sum"`
	Hash    string        `json:"sha256"`
}

// BankNews is what was read of a file of a bank.
type BankNews struct {
	What   string         `json:"what"`
	Hash   string         `json:"sha256"`
	Read   bool           `json:"read"`    // it is done; else this is a preview
	Again  bool           `json:"already"` // it was read before
	Items  List[NewsItem] `json:"items"`
	Left   int            `json:"left,omitempty"` // items beyond those of a preview
	Person int            `json:"person"`         // items that a person has to look at
}

// NewsItem is one line of a file of a bank, and what follows from it.
type NewsItem struct {
	ID      string         `json:"id,omitempty"` // of the deposit, mandate, file or receipt
	Code    string         `json:"code,omitempty"`
	Amount  *ledger.Amount `json:"amount,omitempty"`
	Outcome string         `json:"outcome"`
	Handle  string         `json:"handle,omitempty"`
	Person  bool           `json:"person"`
}

// Facts are what is known of a bank account.
func (b BankAccount) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Bank account", Value: b.Account, Whole: true, Tone: Strong},
		{Label: "Currency", Value: string(b.Currency)},
		state(b.State),
		{Label: "Added", Value: f.Time(b.Added)},
		{Label: "Removed", Value: f.Time(b.Removed)},
		id("Mandate", b.Mandate),
		id("Id", b.ID),
	}
}

// BankAccountTable is a list of bank accounts.
func BankAccountTable(all []BankAccount, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Bank account", Plain: true, Name: "account"},
		{Title: "Currency", Name: "currency"},
		{Title: "Mandate", Name: "state"},
		{Title: "Added", Drop: 1, Name: "added"},
		{Title: "Id", Plain: true, Name: "id"},
	}}
	for _, b := range all {
		t.Rows = append(t.Rows, []Cell{
			{b.Account, Plain},
			{string(b.Currency), Plain},
			stateCell(b.State),
			{f.Time(b.Added), Faint},
			{b.ID, Plain},
		})
	}
	return t
}

// Facts are what is known of a mandate.
func (m Mandate) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Bank account", Value: m.Account, Whole: true, Tone: Strong},
		{Label: "A debit up to", Value: m.Most.String(), Whole: true},
		state(m.State),
		{Label: "Why", Value: m.Reason},
		{Label: "Agreed", Value: f.Time(m.Agreed)},
		{Label: "By the key", Value: m.Key, Whole: true},
		{Label: "Text", Value: m.Text},
		id("Mandate", m.ID),
	}
}

// MandateTable is a list of mandates.
func MandateTable(all []Mandate, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Agreed", Drop: 2, Name: "agreed"},
		{Title: "Mandate", Plain: true, Name: "id"},
		{Title: "Bank account", Plain: true, Name: "account"},
		{Title: "State", Name: "state"},
		{Title: "Why", Drop: 1, Elastic: true, Foreign: true, Name: "reason"},
		{Title: "A debit up to", Right: true, Name: "most"},
	}}
	for _, m := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(m.Agreed), Faint},
			{m.ID, Plain},
			{m.Account, Plain},
			stateCell(m.State),
			{m.Reason, Plain},
			{m.Most.String(), Plain},
		})
	}
	return t
}

// Facts are what is known of a file for a bank.
func (b BankFile) Facts(f Format) []Fact {
	sent := f.Time(b.Sent)
	if sent == "" {
		sent = "not yet; say so with: bank sent " + b.ID
	}
	return []Fact{
		id("File", b.ID),
		{Label: "Method", Value: b.Method},
		{Label: "Network", Value: b.Network},
		{Label: "Orders", Value: fmt.Sprint(b.Debits + b.Payouts), Whole: true},
		{Label: "Accounts asked for", Value: fmt.Sprint(b.Asked), Whole: true},
		{Label: "Sum", Value: b.Sum.String(), Whole: true, Tone: Strong},
		{Label: "Made", Value: f.Time(b.Created)},
		{Label: "At the bank", Value: sent},
		{Label: "SHA-256", Value: b.Hash, Whole: true},
	}
}

// Resumed tells that orders leave again after a restore.
type Resumed struct {
	Restored Time   `json:"restored"`
	Restores uint64 `json:"restores"` // how many there were
	Resumed  Time   `json:"resumed"`
	Reason   string `json:"reason"`
}

// Facts are what is known of it.
func (r Resumed) Facts(f Format) []Fact {
	return []Fact{
		{Label: "Restored", Value: f.Time(r.Restored)},
		{Label: "Restores", Value: digits(r.Restores)},
		{Label: "Orders leave since", Value: f.Time(r.Resumed), Tone: Good},
		{Label: "Reason", Value: r.Reason},
	}
}

// BankFileTable is a list of files for banks.
func BankFileTable(all []BankFile, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Made", Drop: 2, Name: "created"},
		{Title: "File", Plain: true, Name: "id"},
		{Title: "Method", Drop: 3, Name: "method"},
		{Title: "At the bank", Drop: 1, Name: "sent"},
		{Title: "Orders", Right: true, Name: "orders"},
		{Title: "Asked", Right: true, Drop: 4, Name: "asked"},
		{Title: "Sum", Right: true, Name: "sum"},
	}}
	for _, b := range all {
		t.Rows = append(t.Rows, []Cell{
			{f.Time(b.Created), Faint},
			{b.ID, Plain},
			{b.Method, Plain},
			{f.Time(b.Sent), Faint},
			{fmt.Sprint(b.Debits + b.Payouts), Plain},
			{fmt.Sprint(b.Asked), Plain},
			{b.Sum.String(), Plain},
		})
	}
	return t
}

// NewsTable is what was read of a file of a bank.
func NewsTable(all []NewsItem) Table {
	t := Table{Columns: []Column{
		{Title: "Code", Name: "code"},
		{Title: "About", Drop: 1, Plain: true, Name: "id"},
		{Title: "Wallet", Drop: 2, Plain: true, Name: "handle"},
		{Title: "What follows", Elastic: true, Foreign: true, Name: "outcome"},
		{Title: "Amount", Right: true, Name: "amount"},
	}}
	for _, i := range all {
		amount := ""
		if i.Amount != nil {
			amount = i.Amount.String()
		}
		tone := Plain
		if i.Person {
			tone = Warn
		}
		t.Rows = append(t.Rows, []Cell{
			{i.Code, Plain},
			{i.ID, Plain},
			{i.Handle, Plain},
			{i.Outcome, tone},
			{amount, Plain},
		})
	}
	return t
}
