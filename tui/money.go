package tui

import "tuppence/server/ledger"

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

// moved is what a row of the history moved; nothing for a row that moved nothing.
func moved(a ledger.Amount) string {
	if a.Micros == 0 {
		return ""
	}
	return signed(a)
}
