// Package bank has what the files of all banks share: numbers with check digits, the letters that banks take, whole
// cents, and the references of ours that stand in their texts. Its packages ach, sepa and camt write and read the
// files: bytes in, bytes out, with no store, clock or network.
//
// Account numbers are personal data. They show themselves masked, and no error of these packages has one in it.
package bank

import "tuppence/server/ledger"

// MaxFile bounds a file that comes from a bank: 16 MiB, about 20 000 transactions of the wordiest format.
const MaxFile = 16 << 20

// remedy is what to do about a number with a wrong check digit.
const remedy = "Compare it with what the bank has given out."

// Bounded refuses a file that is empty or larger than MaxFile.
func Bounded(file []byte) error {
	switch {
	case len(file) == 0:
		return ledger.Invalid("file", "Ask the bank for it again.", "The file is empty.")
	case len(file) > MaxFile:
		return ledger.Invalid("file", "Ask the bank for smaller files.", "The file has more than %d bytes.", MaxFile)
	}
	return nil
}

// cent is 10 000 micros.
const cent = ledger.Unit / 100

// Cents returns an amount in whole cents. It refuses another currency, a part of a cent, and what is not positive.
func Cents(a ledger.Amount, c ledger.Currency) (int64, error) {
	switch {
	case a.Currency != c:
		return 0, ledger.Invalid("amount", "Use "+string(c)+".", "This way of paying moves %s only.", c)
	case a.Micros <= 0 || a.Micros > ledger.MaxMicros:
		return 0, ledger.Invalid("amount", "Use at least one cent.", "The amount is out of bounds.")
	case a.Micros%cent != 0:
		return 0, ledger.Invalid("amount", "Round it to whole cents.", "A bank moves no parts of a cent.")
	}
	return a.Micros / cent, nil
}

// FromCents returns the amount of so many cents.
func FromCents(n int64, c ledger.Currency) ledger.Amount {
	return ledger.Amount{Micros: n * cent, Currency: c}
}
