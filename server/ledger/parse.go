package ledger

import "strings"

// amountRemedy is the one way to write an amount.
const amountRemedy = "Write digits, and a point before at most six decimals, for example 0.25."

// ParseMicros reads a plain decimal number of units with at most six decimals: no sign, exponent, space, separator or
// name of a number, at most MaxMicros. Each fault has its own refusal.
func ParseMicros(s string) (int64, error) {
	no := func(detail string, args ...any) (int64, error) {
		return 0, Invalid("amount", amountRemedy, detail, args...)
	}
	switch {
	case s == "":
		return no("The amount is missing.")
	case len(s) > 40:
		return no("The amount is too long.")
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9' || c == '.':
		case c == '-' || c == '+':
			return no("An amount has no sign.")
		case c == ',' || c == '_' || c == '\'':
			return no("An amount has a point and no other separators.")
		case (c == 'e' || c == 'E') && i > 0:
			return no("An amount has no exponent.")
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return no("An amount has no spaces.")
		default:
			return no("An amount has digits and one point only.")
		}
	}
	whole, fraction, point := strings.Cut(s, ".")
	switch {
	case strings.Contains(fraction, "."):
		return no("The amount has two points.")
	case whole == "":
		return no("There is no digit before the point.")
	case point && fraction == "":
		return no("There is no digit after the point.")
	case len(whole) > 1 && whole[0] == '0':
		return no("The amount begins with a needless zero.")
	case len(fraction) > 6:
		return no("The amount has more than six decimals.")
	case len(whole) > 10:
		return no("The amount is more than %s.", Amount{Micros: MaxMicros}.Number())
	}
	var n int64
	for _, c := range whole + (fraction + "000000")[:6] {
		n = n*10 + int64(c-'0') // at most 16 digits: no overflow
	}
	if n > MaxMicros {
		return no("The amount is more than %s.", Amount{Micros: MaxMicros}.Number())
	}
	return n, nil
}

// ParseAmount reads an amount of a currency.
func ParseAmount(s string, c Currency) (Amount, error) {
	n, err := ParseMicros(s)
	if err != nil {
		return Amount{}, err
	}
	return Amount{n, c}, nil
}

// ParseCurrency reads an ISO 4217 code in any case. With allowed ones it must be one of them.
func ParseCurrency(s string, allowed ...Currency) (Currency, error) {
	c := Currency(strings.ToUpper(s))
	if len(s) != 3 || len(c) != 3 || !only(string(c), "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		return "", Invalid("currency", "Write three letters, for example EUR.", "%q is not a currency.", CleanLine(s, 10))
	}
	if len(allowed) == 0 {
		return c, nil
	}
	return c, heldHere(c, allowed)
}

// heldHere refuses a currency that the house does not hold.
func heldHere(c Currency, allowed []Currency) error {
	names := make([]string, 0, len(allowed))
	for _, a := range allowed {
		if a == c {
			return nil
		}
		names = append(names, string(a))
	}
	return Invalid("currency", "Use one of: "+strings.Join(names, ", ")+".", "This service holds no tokens of %q.", CleanLine(string(c), 10))
}

const lowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789"

// only tells whether s consists of these characters.
func only(s, chars string) bool { return strings.Trim(s, chars) == "" }
