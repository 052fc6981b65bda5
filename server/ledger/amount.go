package ledger

import (
	"encoding/json"
	"strings"

	"github.com/shopspring/decimal"
)

// Unit is how many micros one unit of any currency has.
const Unit int64 = 1_000_000

// MaxMicros bounds every amount that comes from outside: one billion units. Nine thousand such amounts still fit an
// int64, so sums of one entry cannot overflow.
const MaxMicros int64 = 1_000_000_000 * Unit

// amountRemedy is the one way to write an amount.
const amountRemedy = "Write digits, and a point before at most six decimals, for example 0.25."

// Amount is money in micros, 10⁻⁶ of one unit of its currency: 250 000 micros of EUR are 0.25 EUR. One scale for
// all currencies lets a price be a fraction of a cent and still be split exactly (claims 19, 20); no float ever holds
// money.
type Amount struct {
	Micros   int64
	Currency Currency
}

// String returns the amount for people, with two to six decimals: "0.25 EUR".
func (a Amount) String() string {
	if a.Currency == "" {
		return a.Number()
	}
	return a.Number() + " " + string(a.Currency)
}

// Number returns the amount without its currency, with two to six decimals: "0.25".
func (a Amount) Number() string {
	s := decimal.New(a.Micros, -6).StringFixed(6)
	for range 4 { // two decimals always stay
		s = strings.TrimSuffix(s, "0")
	}
	return s
}

// amountJSON is the one form that an amount has outside of the program.
type amountJSON struct {
	Amount   string   `json:"amount"` // decimal, at most six places
	Currency Currency `json:"currency"`
}

// MarshalJSON returns {"amount":"0.25","currency":"EUR"}: a decimal text, since a number of JSON would be read as a
// float.
func (a Amount) MarshalJSON() ([]byte, error) {
	return json.Marshal(amountJSON{a.Number(), a.Currency})
}

// UnmarshalJSON reads the form that MarshalJSON writes, by the rules of [ParseAmount]: a sign is refused too, because
// what comes from outside is what somebody pays. Without this an amount would be read as zero, with no error.
func (a *Amount) UnmarshalJSON(text []byte) error {
	var in amountJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	read, err := ParseAmount(in.Amount, in.Currency)
	if err == nil {
		*a = read
	}
	return err
}

// ParseMicros reads a plain decimal number of units with at most six decimals, up to [MaxMicros], and returns micros. A
// sign, exponent, space, separator or name of a number is refused with ErrInvalid, each in its own words: who types
// "1,50" must not pay 150.
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

// ParseAmount reads what [ParseMicros] reads, as an amount of this currency.
func ParseAmount(s string, c Currency) (Amount, error) {
	n, err := ParseMicros(s)
	if err != nil {
		return Amount{}, err
	}
	return Amount{n, c}, nil
}
