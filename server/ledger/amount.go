package ledger

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
