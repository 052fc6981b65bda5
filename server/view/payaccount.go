package view

import "tuppence/server/ledger"

// PayAccount is the bank account that a vendor or one of its payees is paid to over one network. No number of an
// account is in it.
type PayAccount struct {
	Vendor  string `json:"vendor"`
	Payee   string `json:"payee,omitempty"`
	Network string `json:"network"`
	Account string `json:"account,omitempty"` // masked; left out: payouts wait
	Refused bool   `json:"refused"`           // the bank says that no payout reaches it
	Used    Time   `json:"used_since,omitzero"`
	Next    string `json:"next,omitempty"`      // masked: takes its place
	Mark    string `json:"next_mark,omitempty"` // names it, for who approves it
	From    Time   `json:"next_from,omitzero"`
	Waits   bool   `json:"waits_for_second_person"`
}

// PayAccountsChanged are the accounts of a vendor after one was changed.
type PayAccountsChanged struct {
	Data List[PayAccount] `json:"data"`
}

// PayAccountRequest is about the account of a vendor, or of one of its payees, in a currency.
type PayAccountRequest struct {
	Vendor, Payee   string
	Currency        ledger.Currency
	Account, Holder string
	Mark            string // of the account that is approved
	Company         *bool  // nil: a vendor is a company, a payee a person
}

// PayAccountTable is a list of accounts.
func PayAccountTable(all []PayAccount, f Format) Table {
	t := Table{Columns: []Column{
		{Title: "Vendor", Name: "vendor", Elastic: true},
		{Title: "Payee", Name: "payee", Drop: 1},
		{Title: "Network", Name: "network"},
		{Title: "Account", Name: "account"},
		{Title: "Next", Name: "next"},
		{Title: "Mark", Name: "mark"},
		{Title: "State", Name: "state"},
	}}
	for _, a := range all {
		state, tone := "in use", Good
		switch {
		case a.Waits:
			state, tone = "waits for a second person", Warn
		case a.Next != "":
			state, tone = "next from "+f.Time(a.From), Warn
		case a.Refused:
			state, tone = "refused by the bank", Bad
		}
		t.Rows = append(t.Rows, []Cell{
			{a.Vendor, Plain},
			{a.Payee, Faint},
			{a.Network, Plain},
			{a.Account, Strong},
			{a.Next, Plain},
			{a.Mark, Plain},
			{state, tone},
		})
	}
	return t
}
