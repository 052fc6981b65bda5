package ledger

import (
	"encoding/json"
	"strconv"
	"strings"
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

// String returns the amount for people: "0.25 EUR", "100 JPY".
func (a Amount) String() string {
	if a.Currency == "" {
		return a.Number()
	}
	return a.Number() + " " + string(a.Currency)
}

// Number returns the amount without its currency, with as many decimals as its real money has, and more, up to six,
// when it is a part of the smallest coin: "0.25", "100" yen, "0.0005". It is read back as the same by [ParseAmount] and
// [ReadAmount]. So 1.125 is written 1.1250 unless the currency has three decimals: "1.125" could mean thousands.
func (a Amount) Number() string {
	sign, n := "", uint64(a.Micros)
	if a.Micros < 0 {
		sign, n = "-", -n
	}
	whole, fraction := strconv.FormatUint(n/uint64(Unit), 10), strconv.FormatUint(uint64(Unit)+n%uint64(Unit), 10)[1:]
	for least := a.Currency.digits(); len(fraction) > least && fraction[len(fraction)-1] == '0'; {
		fraction = fraction[:len(fraction)-1]
	}
	if grouped(whole, fraction, a.Currency) {
		fraction += "0"
	}
	if fraction == "" {
		return sign + whole
	}
	return sign + whole + "." + fraction
}

// AppendMicros appends micros with all six decimals, -0.250000: the form of books, in which every column is as exact as
// the books are.
func AppendMicros(b []byte, micros int64) []byte {
	n := uint64(micros)
	if micros < 0 {
		b, n = append(b, '-'), -n
	}
	b = append(strconv.AppendUint(b, n/uint64(Unit), 10), '.')
	for place := uint64(Unit) / 10; place > 0; place /= 10 {
		b = append(b, byte('0'+n/place%10))
	}
	return b
}

// grouped reports whether digits before and after a point look like thousands: 5.000 is five thousand to many people.
// Where the real money has three decimals it is the plain way to write five.
func grouped(whole, fraction string, c Currency) bool {
	return len(fraction) == 3 && whole != "0" && len(whole) <= 3 && c.digits() != 3
}

// amountJSON is the one form that an amount has outside of the program.
type amountJSON struct {
	Amount   string   `json:"amount"` // decimal, at most six places
	Currency Currency `json:"currency"`
}

// MarshalJSON returns {"amount":"0.25","currency":"EUR"}: a decimal text, since a number of JSON would be read as a
// float. Neither part has a character to escape.
func (a Amount) MarshalJSON() ([]byte, error) {
	return []byte(`{"amount":"` + a.Number() + `","currency":"` + string(a.Currency) + `"}`), nil
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

// ParseAmount reads an amount that a program has written, as all of the API does: a plain decimal number of units with
// at most six decimals, up to [MaxMicros]. A sign, exponent, space, separator or name of a number is refused with
// ErrInvalid, each in its own words: who types "1,50" must not pay 150.
func ParseAmount(s string, c Currency) (Amount, error) {
	n, err := parseMicros(s, c)
	if err != nil {
		return Amount{}, err
	}
	return Amount{n, c}, nil
}

// ReadAmount reads an amount that a person has typed: as [ParseAmount], but nothing is guessed. "5.000" is refused with
// a question where it can be five and five thousand.
func ReadAmount(s string, c Currency) (Amount, error) {
	a, err := ParseAmount(s, c)
	if err != nil {
		return Amount{}, err
	}
	whole, fraction, _ := strings.Cut(s, ".")
	switch {
	case !grouped(whole, fraction, c):
		return a, nil
	case fraction == "000":
		return Amount{}, Invalid("amount", thousandsRemedy(c), "%s can be %s and %s000.", s, a.Number(), whole)
	}
	return Amount{}, Invalid("amount", "Write "+s+"0 for the first, "+whole+fraction+" for the second.",
		"%s can be %s and %s%s.", s, a.Number(), whole, fraction)
}

// thousandsRemedy says how to write what a separator leaves open.
func thousandsRemedy(c Currency) string {
	return "Write " + Amount{5 * Unit, c}.Number() + " for five, 5000 for five thousand."
}

// parseMicros is the one parser of amounts.
func parseMicros(s string, c Currency) (int64, error) {
	whole, fraction, err := splitAmount(s, c)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, c := range whole + (fraction + "000000")[:6] {
		n = n*10 + int64(c-'0') // at most 16 digits: no overflow
	}
	if n > MaxMicros {
		return 0, Invalid("amount", amountRemedy, "The amount is more than %s.", Amount{MaxMicros, c}.Number())
	}
	return n, nil
}

// splitAmount returns the digits before and after the point, at most ten and six of them.
func splitAmount(s string, c Currency) (whole, fraction string, err error) {
	no := func(detail string, args ...any) (string, string, error) {
		return "", "", Invalid("amount", amountRemedy, detail, args...)
	}
	switch {
	case s == "":
		return no("The amount is missing.")
	case len(s) > 40:
		return no("The amount is too long.")
	}
	if strings.ContainsAny(s, ",_'") || strings.Count(s, ".") > 1 {
		return "", "", Invalid("amount", thousandsRemedy(c), "An amount has one point and no other separators.")
	}
	if fault := oddRune(s); fault != "" {
		return no("%s", fault)
	}
	whole, fraction, point := strings.Cut(s, ".")
	switch {
	case whole == "":
		return no("There is no digit before the point.")
	case point && fraction == "":
		return no("There is no digit after the point.")
	case len(whole) > 1 && whole[0] == '0':
		return no("The amount begins with a needless zero.")
	case len(fraction) > 6:
		return no("The amount has more than six decimals.")
	case len(whole) > 10:
		return no("The amount is more than %s.", Amount{MaxMicros, c}.Number())
	}
	return whole, fraction, nil
}

// oddRune says in a sentence what is neither a digit nor a point, "" if there is nothing.
func oddRune(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9' || c == '.':
		case c == '-' || c == '+':
			return "An amount has no sign."
		case (c == 'e' || c == 'E') && i > 0:
			return "An amount has no exponent."
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return "An amount has no spaces."
		default:
			return "An amount has digits and one point only."
		}
	}
	return ""
}

// checkMinor refuses real money that is no whole number of the smallest units of its currency, and names the nearest
// amounts that are. Tokens may be parts of a cent; what enters and leaves by a bank may not.
func checkMinor(a Amount) error {
	unit := a.Currency.minor()
	over := a.Micros % unit
	if over == 0 {
		return nil
	}
	below, above := Amount{a.Micros - over, a.Currency}, Amount{a.Micros - over + unit, a.Currency}
	remedy := "Write " + above.String() + "."
	if below.Micros > 0 {
		remedy = "Write " + below.String() + " or " + above.String() + "."
	}
	has := "no decimals"
	if n := a.Currency.digits(); n > 0 {
		has = "at most " + strconv.Itoa(n) + " decimals"
	}
	return Invalid("amount", remedy, "Money in %s has %s.", a.Currency, has)
}

// Whole returns whether the amount is whole minor units of its currency, as real money is.
func (a Amount) Whole() bool { return a.Micros%a.Currency.minor() == 0 }
