package ledger

import "strings"

// Currency is an ISO 4217 code in capitals, for example EUR. Nothing is ever converted: an entry balances in each of
// its currencies by itself (claim 9).
type Currency string

// ParseCurrency reads an ISO 4217 code in any case. Where currencies are listed it must be one of them. It refuses with
// ErrInvalid.
func ParseCurrency(s string, allowed ...Currency) (Currency, error) {
	c := Currency(strings.ToUpper(s))
	if len(s) != 3 || len(c) != 3 || !only(string(c), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return "", Invalid("currency", "Write three letters, for example EUR.", "%q is not a currency.", CleanLine(s, 10))
	}
	if len(allowed) == 0 {
		return c, nil
	}
	return c, checkHeld(c, allowed)
}

// checkHeld refuses a currency that the service does not hold.
func checkHeld(c Currency, held []Currency) error {
	names := make([]string, 0, len(held))
	for _, h := range held {
		if h == c {
			return nil
		}
		names = append(names, string(h))
	}
	return Invalid("currency", "Use one of: "+strings.Join(names, ", ")+".",
		"This service holds no tokens of %q.", CleanLine(string(c), 10))
}
