package hook

import "tuppence/server/ledger"

// Money is an amount on the wire: a decimal string with at most 6 decimals, since a number would be read as a float.
type Money struct {
	Amount   string `json:"amount" maxLength:"40" example:"0.25" doc:"Decimal string, at most 6 decimals."`
	Currency string `json:"currency" maxLength:"3" example:"EUR" doc:"ISO 4217 code."`
}

// amount reads money; param names the field in a refusal.
func (m Money) amount(param string) (ledger.Amount, error) {
	if m.Currency == "" { // would read as no amount at all
		return ledger.Amount{}, ledger.Invalid(param, "Name the currency, for example EUR.", "The amount has no currency.")
	}
	a, err := ledger.ParseAmount(m.Amount, ledger.Currency(m.Currency))
	return a, named(err, param)
}

// named puts the wire's name of a field on a refusal.
func named(err error, param string) error {
	if no, ok := err.(*ledger.Refusal); ok { //nolint:errorlint // parsers return the refusal itself
		with := *no
		with.Param = param
		return &with
	}
	return err
}
