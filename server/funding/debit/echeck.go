package debit

import (
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// ECheck is the electronic check (claim 38): each debit is ordered by itself.
type ECheck struct{ Bank }

// Info describes the method.
func (e ECheck) Info() funding.Info {
	return funding.Info{
		Name: "echeck", Title: "Electronic check", Kind: ledger.DepositDebit, Currencies: []ledger.Currency{"USD"},
		Simulated: e.Simulated, Arrives: "after 5 banking days", Cost: "free",
		Help: "Your bank account in the USA is debited once. Add the account first, with: bank add" + e.says(),
	}
}

// Network returns the network of a currency.
func (e ECheck) Network(c ledger.Currency) string {
	if c == "USD" && e.ACH != nil {
		return ledger.NetworkACH
	}
	return ""
}

// Write returns a file of single debits.
func (e ECheck) Write(o funding.FileOrder) ([]byte, error) { return e.write(o, false) }
