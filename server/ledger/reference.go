package ledger

import (
	"fmt"
	"strconv"
	"strings"
)

// Reference returns what a payer writes on an instrument (claim 39): an ISO 11649 creditor reference, RF, two check
// digits and at least eight digits, in groups of four: "RF18 0000 1234". One wrong digit or two swapped ones are always
// found.
func Reference(n uint64) string {
	digits := fmt.Sprintf("%08d", n)
	s := fmt.Sprintf("RF%02d%s", 98-mod97(digits+"271500"), digits)
	var groups []string
	for len(s) > 4 {
		groups, s = append(groups, s[:4]), s[4:]
	}
	return strings.Join(append(groups, s), " ")
}

// ParseReference reads a reference as it was typed: case, spaces and hyphens do not matter. It refuses with ErrInvalid,
// and never takes a slip of the hand for another reference.
func ParseReference(typed string) (uint64, error) {
	no := func(detail string) (uint64, error) {
		return 0, Invalid("reference", "Compare it with the instrument: RF and groups of digits.", "%s", detail)
	}
	if len(typed) > 60 {
		return no("The reference is too long.")
	}
	s := strings.NewReplacer(" ", "", "-", "").Replace(strings.ToUpper(typed))
	digits, ok := strings.CutPrefix(s, "RF")
	if !ok || len(digits) < 10 || len(digits) > 22 || !only(digits, "0123456789") {
		return no("This is not a reference.")
	}
	n, err := strconv.ParseUint(digits[2:], 10, 64)
	if err != nil || n == 0 {
		return no("This is not a reference of ours.")
	}
	if strings.ReplaceAll(Reference(n), " ", "") != s {
		return no("The check digits do not match: one of the digits is wrong.")
	}
	return n, nil
}

// mod97 returns the remainder of a decimal number of any length (ISO 7064).
func mod97(digits string) int {
	rem := 0
	for _, c := range digits {
		rem = (rem*10 + int(c-'0')) % 97
	}
	return rem
}

// IsIBAN returns whether a text is an international account number (ISO 13616), with or without its blanks.
func IsIBAN(s string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if len(s) < 15 || len(s) > 34 || !only(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") {
		return false
	}
	digits := ""
	for _, c := range s[4:] + s[:4] {
		if c >= 'A' {
			c += 10 - 'A'
			digits += strconv.Itoa(int(c))
			continue
		}
		digits += string(c)
	}
	return mod97(digits) == 1
}

// NearReference reports whether what was written is a reference with one slip of the pen: one wrong digit, or two
// neighbours swapped. What has two may be anybody's.
func NearReference(written, reference string) bool {
	clean := strings.NewReplacer(" ", "", "-", "")
	a, b := clean.Replace(strings.ToUpper(written)), clean.Replace(reference)
	if len(a) != len(b) || a == b {
		return false
	}
	i := 0
	for a[i] == b[i] {
		i++
	}
	swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	return a[i+1:] == b[i+1:] || swapped
}
