package ledger

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"

	"github.com/shopspring/decimal"
)

// Currency is an ISO 4217 code in capitals, for example EUR. The ledgers of two currencies never mix.
type Currency string

// Amount is money in micros, 10⁻⁶ of one unit of its currency: 250 000 micros of EUR are 0.25 EUR.
type Amount struct {
	Micros   int64
	Currency Currency
}

// Unit is how many micros one unit of any currency has.
const Unit int64 = 1_000_000

// MaxMicros bounds every single amount (one billion units), so that no sum of a ledger can overflow.
const MaxMicros int64 = 1_000_000_000 * Unit

// Decimal is the amount in units of its currency.
func (a Amount) Decimal() decimal.Decimal { return decimal.New(a.Micros, -6) }

// String writes the amount for people, with two to six decimals: "0.25 EUR".
func (a Amount) String() string {
	if a.Currency == "" {
		return a.Number()
	}
	return a.Number() + " " + string(a.Currency)
}

// Number is the amount without its currency, with two to six decimals: "0.25".
func (a Amount) Number() string {
	s := a.Decimal().StringFixed(6)
	for range 4 { // two decimals always stay
		s = strings.TrimSuffix(s, "0")
	}
	return s
}

// errOverflow is a caller's bug or damaged data, never somebody's input: input is bounded by MaxMicros.
var errOverflow = errors.New("ledger: amount out of bounds")

// Add is the sum of two amounts of one currency.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("ledger: %s and %s do not mix", a.Currency, b.Currency)
	}
	s := a.Micros + b.Micros
	if (a.Micros < 0) == (b.Micros < 0) && (s < 0) != (a.Micros < 0) {
		return Amount{}, errOverflow
	}
	return Amount{s, a.Currency}, nil
}

// Sub is the difference of two amounts of one currency.
func (a Amount) Sub(b Amount) (Amount, error) {
	n, err := b.Neg()
	if err != nil {
		return Amount{}, err
	}
	return a.Add(n)
}

// Neg is the amount with the other sign.
func (a Amount) Neg() (Amount, error) {
	if a.Micros == math.MinInt64 {
		return Amount{}, errOverflow
	}
	return Amount{-a.Micros, a.Currency}, nil
}

// Times is n of the amount.
func (a Amount) Times(n int64) (Amount, error) {
	m, err := MulDiv(a.Micros, n, 1, Floor)
	return Amount{m, a.Currency}, err
}

// Rounding says what becomes of a fraction of a micro.
type Rounding uint8

// Ways to round. Floor goes toward minus infinity; HalfEven to the nearest, a half to the even neighbour.
const (
	Floor Rounding = iota + 1
	HalfEven
)

// MulDiv is a·b/c with a 128-bit product. It fails if c is not positive or the result does not fit.
func MulDiv(a, b, c int64, r Rounding) (int64, error) {
	if c <= 0 {
		return 0, errOverflow
	}
	negative := (a < 0) != (b < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= uint64(c) {
		return 0, errOverflow
	}
	q, rem := bits.Div64(hi, lo, uint64(c))
	var up bool
	switch r {
	case HalfEven:
		up = rem > uint64(c)-rem || rem == uint64(c)-rem && q%2 == 1
	default:
		up = negative && rem > 0
	}
	if up {
		q++
	}
	switch {
	case negative && q == 1<<63:
		return math.MinInt64, nil
	case q > math.MaxInt64:
		return 0, errOverflow
	case negative:
		return -int64(q), nil
	}
	return int64(q), nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
