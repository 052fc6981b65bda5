package debit

import (
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// AutoDebit is automatic debit (claim 38): by a standing mandate, in the USA or in SEPA.
type AutoDebit struct{ Bank }

// Info describes the method.
func (a AutoDebit) Info() funding.Info {
	info := funding.Info{
		Name: "autodebit", Title: "Automatic debit", Kind: ledger.DepositDebit, Simulated: a.Simulated,
		Arrives: "after 5 banking days", Cost: "free",
		Help: "Your bank account is debited by a mandate that you can revoke. Add the account first, with: bank add" +
			a.says(),
	}
	if a.SEPA != nil {
		info.Currencies = append(info.Currencies, "EUR")
	}
	if a.ACH != nil {
		info.Currencies = append(info.Currencies, "USD")
	}
	return info
}

// says tells what happens in a demonstration.
func (b Bank) says() string {
	if !b.Simulated {
		return ""
	}
	return ". The bank is simulated: an amount ending in .13 has no account, .16 is taken back late, .17 comes back " +
		"once, .18 always, and .19 has another account number."
}

// Network returns the network of a currency.
func (a AutoDebit) Network(c ledger.Currency) string {
	switch {
	case c == "EUR" && a.SEPA != nil:
		return ledger.NetworkSEPA
	case c == "USD" && a.ACH != nil:
		return ledger.NetworkACH
	}
	return ""
}

// Write returns a file of debits by standing mandates.
func (a AutoDebit) Write(o funding.FileOrder) ([]byte, error) { return a.write(o, true) }
