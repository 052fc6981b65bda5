// Package sepa writes SEPA direct debits (pain.008) and credit transfers (pain.001), and reads the answers of the bank
// to them (pain.002). What a schema does not see is checked before anything is written: check digits, whole cents, EUR,
// the characters that banks take, dates of the TARGET calendar.
package sepa
