package tui

import (
	"errors"
	"strconv"
	"strings"

	"tuppence/server/ledger"
)

// decimal writes micros as a plain decimal of two to six places, exact: 250000 is 0.25, 250001 is 0.250001.
func decimal(micros int64) string { return ledger.Amount{Micros: micros}.Number() }

// money is an amount for people: "0.25 EUR".
func money(a ledger.Amount) string { return a.String() }

// signed is an amount that comes (+) or goes (-).
func signed(a ledger.Amount) string {
	if a.Micros > 0 {
		return "+" + money(a)
	}
	return money(a)
}

var errDecimal = errors.New("not a decimal")

// parseDecimal reads a positive decimal of at most six places, without signs, groups and exponents.
func parseDecimal(text string) (int64, error) {
	whole, fraction, dot := strings.Cut(text, ".")
	if whole == "" || len(whole) > 10 || len(fraction) > 6 || dot && fraction == "" {
		return 0, errDecimal
	}
	digits := whole + fraction + strings.Repeat("0", 6-len(fraction))
	if strings.Trim(digits, "0123456789") != "" {
		return 0, errDecimal
	}
	micros, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || micros > ledger.MaxMicros {
		return 0, errDecimal
	}
	return micros, nil
}
