package bank

import (
	"log/slog"
	"strings"

	"tuppence/server/ledger"
)

// IBAN is an account number by ISO 13616, in capitals without spaces. It shows itself masked.
type IBAN string

// ibanLengths are the lengths of the countries of SEPA: two letters, two digits each.
const ibanLengths = "AD24AL28AT20BE16BG22CH21CY28CZ24DE22DK18EE20ES24FI18FO18FR27GB22GI23GL18GR27HR21HU28" +
	"IE22IS26IT27LI21LT20LU20LV21MC27MD24ME22MK19MT31NL18NO15PL28PT25RO24RS22SE24SI19SK24SM27VA22"

// ParseIBAN reads an account number as it was typed: case and spaces do not matter. It refuses with ErrInvalid what has
// another length than its country, or wrong check digits.
func ParseIBAN(typed string) (IBAN, error) {
	s := strings.ToUpper(strings.ReplaceAll(typed, " ", ""))
	if len(s) < 15 || len(s) > 34 || !letters(s[:2]) || !digits(s[2:4]) || !alnum(s[4:]) {
		return "", ledger.Invalid("iban", remedy, "This is not an IBAN.")
	}
	if n := ibanLength(s[:2]); n != 0 && n != len(s) {
		return "", ledger.Invalid("iban", remedy, "An IBAN of %s has %d characters.", s[:2], n)
	}
	if s[2:4] < "02" || s[2:4] > "98" || mod97(s[4:]+s[:4]) != 1 {
		return "", ledger.Invalid("iban", remedy, "The check digits of the IBAN do not match.")
	}
	return IBAN(s), nil
}

// ibanLength returns the length of the IBANs of a country, 0 for one outside of SEPA.
func ibanLength(country string) int {
	for i := 0; i < len(ibanLengths); i += 4 {
		if ibanLengths[i:i+2] == country {
			return int(ibanLengths[i+2]-'0')*10 + int(ibanLengths[i+3]-'0')
		}
	}
	return 0
}

// SEPA reports whether the account is in a country of SEPA.
func (i IBAN) SEPA() bool { return len(i) > 2 && ibanLength(string(i[:2])) == len(i) }

// String returns what may be shown: the country and the last four characters.
func (i IBAN) String() string {
	if len(i) < 15 {
		return "(no IBAN)"
	}
	return string(i[:2]) + "•• … " + Last4(string(i))
}

// GoString keeps the number out of %#v.
func (i IBAN) GoString() string { return i.String() }

// LogValue keeps the number out of logs.
func (i IBAN) LogValue() slog.Value { return slog.StringValue(i.String()) }

// Last4 returns the last four characters of an account number, fewer than half of a short one.
func Last4(account string) string { return account[len(account)-min(4, len(account)/2):] }

// CheckCreditorID refuses a SEPA creditor identifier with wrong check digits. Characters 5 to 7 are the creditor's own
// and not part of the check.
func CheckCreditorID(id string) error {
	if len(id) < 8 || len(id) > 35 || !letters(id[:2]) || !digits(id[2:4]) || !alnum(id[4:]) {
		return ledger.Invalid("creditor_id", remedy, "This is not a creditor identifier.")
	}
	if mod97(id[7:]+id[:4]) != 1 {
		return ledger.Invalid("creditor_id", remedy, "The check digits of the creditor identifier do not match.")
	}
	return nil
}

// CheckRouting refuses a US routing number with a wrong check digit: nine digits, weights 3, 7, 1.
func CheckRouting(number string) error {
	sum, weights := 0, [3]int{3, 7, 1}
	if len(number) == 9 && digits(number) {
		for i := range number {
			sum += int(number[i]-'0') * weights[i%3]
		}
	}
	if sum == 0 || sum%10 != 0 {
		return ledger.Invalid("routing", remedy, "This is not a routing number: nine digits, the last one a check digit.")
	}
	return nil
}

// mod97 returns the remainder by ISO 7064; a letter counts as two digits, A as 10.
func mod97(s string) (r int) {
	for i := range len(s) {
		if c := s[i]; c >= 'A' {
			r = (r*100 + int(c-'A') + 10) % 97
		} else {
			r = (r*10 + int(c-'0')) % 97
		}
	}
	return r
}

func letters(s string) bool { return all(s, func(c byte) bool { return c >= 'A' && c <= 'Z' }) }
func digits(s string) bool  { return all(s, func(c byte) bool { return c >= '0' && c <= '9' }) }
func alnum(s string) bool {
	return all(s, func(c byte) bool { return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' })
}

func all(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

// IsReference reports whether a text is a creditor reference by ISO 11649, ours or another's; spaces do not matter.
func IsReference(s string) bool {
	s = PlainReference(s)
	return len(s) >= 5 && len(s) <= 25 && s[:2] == "RF" && digits(s[2:4]) && alnum(s[4:]) && mod97(s[4:]+s[:4]) == 1
}

// PlainReference returns a reference without spaces, in capitals.
func PlainReference(s string) string { return strings.ToUpper(strings.ReplaceAll(s, " ", "")) }
