package ledger

import "strconv"

// Class is a line of the chart of accounts, by its number in DESIGN.md. Assets and expenses grow on the debit side (+),
// liabilities and income on the credit side (−).
type Class uint16

// The classes that a rule posts to or a program reads. The chart has more: they wait, by number, for what is not built.
const (
	Bank            Class = 1000 // money at the bank
	PSPClearing     Class = 1100 // paid online, not yet paid out by the processor
	UncollectedItem Class = 1110 // checks and direct debits on their way; owner: the deposit's entry
	BillerClearing  Class = 1120 // collected by a biller (claim 39), not yet paid out
	Receivable      Class = 1200 // what a user owes; owner: the user
	OrderReceivable Class = 1210 // what buyers owe for accepted purchase orders
	// ProvisionalCredit is lent to a buyer until a dispute is decided; owner: the entry that opened the dispute.
	ProvisionalCredit Class = 1220
	FXPosition        Class = 1400 // what exchanges brought (−) or took (+) of the currency, at the middle rate

	Paid            Class = 2000 // tokens that can be spent; owner: the user
	Uncollected     Class = 2005 // tokens whose payment has not cleared; owner: the user
	Held            Class = 2010 // reserved for a purchase or a transfer; owner: the entry that reserved it
	Promo           Class = 2020 // incentive tokens (claim 7)
	VendorPending   Class = 2100 // earned, not yet settled; owner: the vendor
	VendorAvailable Class = 2110 // settled, not yet paid out; owner: the vendor. Below zero: the vendor owes it
	VendorReserve   Class = 2120 // kept back; owner: the vendor
	RoyaltyPayable  Class = 2130 // owed for royalties (claim 20); owner: the payee
	// PromoEscrow is set aside to be given away (claim 7); owner: the entry that opened the campaign.
	PromoEscrow Class = 2140
	// VoucherEscrow is paid for and not redeemed (claim 6); owner: the entry that made the issue.
	VoucherEscrow Class = 2150
	// ReferralReward is earned by users that were brought, and not in the till yet (claim 12); owner: the vendor.
	ReferralReward    Class = 2160
	PayoutTransit     Class = 2200 // payouts on their way to a vendor or a payee; owner: the entry of the settlement
	RedeemTransit     Class = 2210 // on their way back to money; owner: the entry of the redemption
	DisputeHold       Class = 2300 // in dispute (claim 14); owner: the entry that opened the dispute
	UnclaimedProperty Class = 2500 // whose owner was not seen for long; owner: the user
	Unallocated       Class = 2900 // came without a deposit that announced it so; owner: the entry of the receipt

	Commission    Class = 4000 // the service's share of each sale
	FundingFee    Class = 4010 // what a user pays for adding funds
	FXSpread      Class = 4020 // what exchanges cost above the middle rate
	PayoutFee     Class = 4050 // what a payout costs a vendor or a payee
	Processing    Class = 5000 // what a processor takes for a deposit
	PromoGiven    Class = 5010 // incentives of the service
	ReferralCost  Class = 5020 // what vendors earn by users that they have brought
	BadDebt       Class = 5030 // debts that were given up
	Goodwill      Class = 5050 // given by the service at its own cost
	ChargebackFee Class = 5060 // what a processor takes for a chargeback
)

// Account is a line of the books: a class in one currency and, where the class has sub-accounts, whose it is.
type Account struct {
	Class    Class
	Currency Currency
	Owner    uint64 // number of a user, vendor, payee or entry, as the class says; 0 where it has no sub-accounts
}

// String names an account in reports: EUR/2000/17, or EUR/4000 where the class has no sub-accounts.
func (a Account) String() string {
	s := string(a.Currency) + "/" + a.Class.String()
	if a.Owner != 0 {
		s += "/" + strconv.FormatUint(a.Owner, 10)
	}
	return s
}

// sign says which sums of postings the accounts of a class may have.
type sign int8

// Sign rules (DESIGN.md, Accounts and signs). They are what makes an overdraft impossible whatever a rule decided:
// books checks them for each account that an entry moves.
const (
	anySign    sign = iota
	creditOnly      // a liability that is never below zero: the sum is never positive
	debitOnly       // an asset that is never below zero: the sum is never negative
)

// chartLine is what a class is called and which balances its accounts may have.
type chartLine struct {
	class Class
	name  string
	sign  sign
}

// chart is all classes there are, ordered by number. DESIGN.md shows them; a test compares the two.
var chart = [...]chartLine{
	{Bank, "bank", anySign},
	{PSPClearing, "processor clearing", anySign},
	{UncollectedItem, "uncollected items", debitOnly},
	{BillerClearing, "biller clearing", debitOnly},
	{Receivable, "user receivable", debitOnly},
	{OrderReceivable, "purchase-order receivable", debitOnly},
	{ProvisionalCredit, "provisional credits", debitOnly},
	{FXPosition, "FX position", anySign},
	{Paid, "paid tokens", creditOnly},
	{Uncollected, "uncollected tokens", creditOnly},
	{Held, "holds", creditOnly},
	{Promo, "incentive tokens", creditOnly},
	{VendorPending, "vendor pending", creditOnly},
	{VendorAvailable, "vendor available", anySign},
	{VendorReserve, "vendor reserve", creditOnly},
	{RoyaltyPayable, "royalty payable", anySign},
	{PromoEscrow, "incentive escrow", creditOnly},
	{VoucherEscrow, "open vouchers", creditOnly},
	{ReferralReward, "referral rewards", anySign},
	{PayoutTransit, "payouts in transit", creditOnly},
	{RedeemTransit, "redemptions in transit", creditOnly},
	{DisputeHold, "dispute hold", creditOnly},
	{2400, "tax", creditOnly},
	{UnclaimedProperty, "unclaimed property", creditOnly},
	{Unallocated, "unallocated receipts", creditOnly},
	{3000, "equity", anySign},
	{Commission, "commission", anySign},
	{FundingFee, "funding fee", anySign},
	{FXSpread, "FX spread", anySign},
	{4040, "dispute fee", anySign},
	{PayoutFee, "payout fee", anySign},
	{Processing, "processing", anySign},
	{PromoGiven, "incentives given", anySign},
	{ReferralCost, "referral", anySign},
	{BadDebt, "bad debt", anySign},
	{Goodwill, "goodwill", anySign},
	{ChargebackFee, "chargeback fees", anySign},
}

// line returns the line of the chart of a class; false if there is none.
func (c Class) line() (chartLine, bool) {
	for i := range chart { // 36 numbers side by side: a search that halves is not faster
		if chart[i].class == c {
			return chart[i], true
		}
	}
	return chartLine{}, false
}

// Classes returns the numbers of the chart, in order.
func Classes() []Class {
	all := make([]Class, len(chart))
	for i, l := range chart {
		all[i] = l.class
	}
	return all
}

// String is the number.
func (c Class) String() string { return strconv.Itoa(int(c)) }

// Name is what the chart calls a class, "" if it is not on it.
func (c Class) Name() string {
	l, _ := c.line()
	return l.name
}

// Kind is what the accounts of a class are. The first digit of the number says it.
func (c Class) Kind() string {
	switch c / 1000 {
	case 1:
		return "asset"
	case 2:
		return "liability"
	case 3:
		return "equity"
	case 4:
		return "income"
	default:
		return "expense"
	}
}

// Sub names the sub-account by a letter and a number of ours, "" where the class has none: U7 is user 7, V3 vendor 3,
// P2 payee 2, and E12 waits since entry 12. It says of a person no more than that.
func (a Account) Sub() string {
	if a.Owner == 0 {
		return ""
	}
	letter := "E"
	switch a.Class {
	case Receivable, Paid, Uncollected, UnclaimedProperty:
		letter = "U"
	case VendorPending, VendorAvailable, VendorReserve, ReferralReward:
		letter = "V"
	case RoyaltyPayable:
		letter = "P"
	}
	return letter + strconv.FormatUint(a.Owner, 10)
}

// Allows reports whether the sum of all postings (micros, debits positive) of an account of this class may be sum. A
// class that is not on the chart allows anything: [Entry.Balanced] refuses its postings.
func (c Class) Allows(sum int64) bool {
	switch l, _ := c.line(); l.sign {
	case creditOnly:
		return sum <= 0
	case debitOnly:
		return sum >= 0
	default:
		return true
	}
}
