package ledger

// Class is a line of the chart of accounts. Assets and expenses grow on the debit side (+), liabilities and income on
// the credit side (−).
type Class uint16

// The chart of accounts, one ledger per currency.
const (
	Bank            Class = 1000 // money at the bank
	PSPClearing     Class = 1100 // paid by card, not yet paid out to the bank
	UncollectedItem Class = 1110 // checks and direct debits on their way {deposit}
	BillerClearing  Class = 1120
	Receivable      Class = 1200 // what a user owes {user}
	OrderReceivable Class = 1210
	Provisional     Class = 1220 // provisional credits {dispute}
	FXPosition      Class = 1400

	Paid            Class = 2000 // paid tokens {user}
	Uncollected     Class = 2005 // tokens whose payment has not cleared {user}
	Held            Class = 2010 // holds {entry that placed the hold}
	Promo           Class = 2020
	VendorPending   Class = 2100 // {vendor}
	VendorAvailable Class = 2110 // {vendor}; may be negative, then it is owed by the vendor
	VendorReserve   Class = 2120 // {vendor}
	RoyaltyPayable  Class = 2130 // {payee}
	PromoEscrow     Class = 2140
	PayoutTransit   Class = 2200
	RedeemTransit   Class = 2210
	DisputeHold     Class = 2300 // {dispute}
	Tax             Class = 2400
	Unclaimed       Class = 2500
	Unallocated     Class = 2900 // receipts without a good reference

	Equity Class = 3000

	Commission    Class = 4000
	FundingFee    Class = 4010
	FXSpread      Class = 4020
	DisputeFee    Class = 4040
	PayoutFee     Class = 4050
	Processing    Class = 5000
	PromoExpense  Class = 5010
	ReferralShare Class = 5020
	BadDebt       Class = 5030
	Goodwill      Class = 5050
	ChargebackFee Class = 5060
)

// Account is a line of the books: a class in one currency, and where the class has sub-accounts, whose it is.
type Account struct {
	Class    Class
	Currency Currency
	Owner    uint64
}
