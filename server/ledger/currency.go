package ledger

import (
	"strings"

	iso4217 "github.com/bojanz/currency"
)

// Currency is an ISO 4217 code in capitals, for example EUR. Nothing is converted but by an exchange that a person asks
// for, and each entry is of one currency (claim 9).
type Currency string

// digits is how many decimals real money of the currency has by ISO 4217: JPY none, EUR two, KWD three. A code that the
// standard does not know, from books of before it was asked, and no code at all have two.
func (c Currency) digits() int {
	if n, known := iso4217.GetDigits(string(c)); known {
		return int(n)
	}
	return 2
}

// minor is the smallest unit of real money of the currency, in micros: one cent, one yen, one fils.
func (c Currency) minor() int64 {
	n := Unit
	for range c.digits() {
		n /= 10
	}
	return n
}

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

// checkStandard refuses a code that ISO 4217 does not know as money in use: nothing says how many decimals it has.
func checkStandard(c Currency) error {
	if iso4217.IsValid(string(c)) {
		return nil
	}
	return Invalid("currency", "Use a code of ISO 4217, for example EUR, JPY or KWD.",
		"%s is not the code of a currency in use.", c)
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
