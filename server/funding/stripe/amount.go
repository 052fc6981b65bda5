package stripe

import (
	"math/bits"
	"slices"

	"tuppence/server/ledger"
)

// Stripe counts in minor units of its own table, which is not everywhere that of ISO 4217:
// https://docs.stripe.com/currencies#minor-units
var (
	noDecimals = []ledger.Currency{
		"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF",
	}
	threeDecimals = []ledger.Currency{"BHD", "JOD", "KWD", "OMR", "TND"} // the last one must be 0
	wholeOnly     = []ledger.Currency{"ISK", "UGX"}                      // written with two decimals, which must be 0
)

// unit is how many micros one minor unit of Stripe has, and grain how many the smallest amount has that can be paid.
func unit(c ledger.Currency) (unit, grain int64) {
	switch {
	case slices.Contains(noDecimals, c):
		return ledger.Unit, ledger.Unit
	case slices.Contains(threeDecimals, c):
		return ledger.Unit / 1000, ledger.Unit / 100
	case slices.Contains(wholeOnly, c):
		return ledger.Unit / 100, ledger.Unit
	}
	return ledger.Unit / 100, ledger.Unit / 100
}

// minor returns an amount in Stripe's minor units, and whether it can be paid.
func minor(a ledger.Amount) (int64, bool) {
	u, grain := unit(a.Currency)
	return a.Micros / u, a.Micros > 0 && a.Micros%grain == 0
}

// micros returns minor units of Stripe in micros, and whether they are an amount that the books can hold.
func micros(minor int64, c ledger.Currency) (int64, bool) {
	u, _ := unit(c)
	return minor * u, minor > 0 && minor <= ledger.MaxMicros/u
}

// share returns part/of of an amount of micros, rounded up. So a fee that Stripe took in the currency of our account
// there is known in that of the deposit, by whole numbers alone.
func share(part, of, amount int64) (int64, bool) {
	if part < 0 || of <= 0 || amount <= 0 {
		return 0, false
	}
	hi, lo := bits.Mul64(uint64(part), uint64(amount))
	if hi >= uint64(of) {
		return 0, false
	}
	n, rest := bits.Div64(hi, lo, uint64(of))
	if rest > 0 {
		n++
	}
	return int64(n), n <= uint64(ledger.MaxMicros)
}
