package ledger

import (
	"fmt"
	"strconv"
)

// Sign says which balances a class may have.
type Sign int8

// Sign rules (DESIGN.md, Accounts and signs). CreditOnly: a liability, never below zero, that is, the sum of its postings
// is never positive. DebitOnly: an asset, the sum of its postings is never negative. AnySign: free.
const (
	AnySign Sign = iota
	CreditOnly
	DebitOnly
)

// Allows tells whether the sum of the postings of an account may be this.
func (s Sign) Allows(sum int64) bool {
	return s == AnySign || s == CreditOnly && sum <= 0 || s == DebitOnly && sum >= 0
}

// class is what a line of the chart is called and which balances it may have.
type class struct {
	name string
	sign Sign
}

func classes(c Class) (class, bool) {
	switch c {
	case Bank:
		return class{"bank", AnySign}, true
	case PSPClearing:
		return class{"card clearing", AnySign}, true
	case UncollectedItem:
		return class{"uncollected items", DebitOnly}, true
	case BillerClearing:
		return class{"biller clearing", DebitOnly}, true
	case Receivable:
		return class{"user receivable", DebitOnly}, true
	case OrderReceivable:
		return class{"purchase-order receivable", DebitOnly}, true
	case Provisional:
		return class{"provisional credits", DebitOnly}, true
	case FXPosition:
		return class{"FX position", AnySign}, true
	case Paid:
		return class{"paid tokens", CreditOnly}, true
	case Uncollected:
		return class{"uncollected tokens", CreditOnly}, true
	case Held:
		return class{"holds", CreditOnly}, true
	case Promo:
		return class{"incentive tokens", CreditOnly}, true
	case VendorPending:
		return class{"vendor pending", CreditOnly}, true
	case VendorAvailable:
		return class{"vendor available", AnySign}, true
	case VendorReserve:
		return class{"vendor reserve", CreditOnly}, true
	case RoyaltyPayable:
		return class{"royalty payable", AnySign}, true
	case PromoEscrow:
		return class{"incentive escrow", CreditOnly}, true
	case PayoutTransit:
		return class{"payouts in transit", CreditOnly}, true
	case RedeemTransit:
		return class{"redemptions in transit", CreditOnly}, true
	case DisputeHold:
		return class{"dispute hold", CreditOnly}, true
	case Tax:
		return class{"tax", CreditOnly}, true
	case Unclaimed:
		return class{"unclaimed property", CreditOnly}, true
	case Unallocated:
		return class{"unallocated receipts", CreditOnly}, true
	}
	return resultClass(c)
}

// resultClass has equity, income and expenses: all free.
func resultClass(c Class) (class, bool) {
	switch c {
	case Equity:
		return class{"equity", AnySign}, true
	case Commission:
		return class{"commission", AnySign}, true
	case FundingFee:
		return class{"funding fee", AnySign}, true
	case FXSpread:
		return class{"FX spread", AnySign}, true
	case DisputeFee:
		return class{"dispute fee", AnySign}, true
	case PayoutFee:
		return class{"payout fee", AnySign}, true
	case Processing:
		return class{"processing", AnySign}, true
	case PromoExpense:
		return class{"incentives given", AnySign}, true
	case ReferralShare:
		return class{"referral", AnySign}, true
	case BadDebt:
		return class{"bad debt", AnySign}, true
	case Goodwill:
		return class{"goodwill", AnySign}, true
	case ChargebackFee:
		return class{"chargeback fees", AnySign}, true
	}
	return class{}, false
}

// Name is the line of the chart in words, "" if there is no such line.
func (c Class) Name() string {
	k, _ := classes(c)
	return k.name
}

// SignRule says which balances accounts of the class may have.
func SignRule(c Class) Sign {
	k, _ := classes(c)
	return k.sign
}

// String names an account in reports: EUR/2000/17, or EUR/4000 where the class has no sub-accounts.
func (a Account) String() string {
	s := string(a.Currency) + "/" + strconv.Itoa(int(a.Class))
	if a.Owner != 0 {
		s += "/" + strconv.FormatUint(a.Owner, 10)
	}
	return s
}

// Balanced checks that the postings sum to zero in each currency, that none is zero or out of bounds, and that every
// account is on the chart. An entry that is not balanced is a bug of ours and must not be written.
func (e Entry) Balanced() error {
	sums := map[Currency]int64{}
	for _, p := range e.Postings {
		switch _, known := classes(p.Account.Class); {
		case !known:
			return fmt.Errorf("ledger: entry %d: no such account %s", e.No, p.Account)
		case p.Account.Currency == "":
			return fmt.Errorf("ledger: entry %d: account %s has no currency", e.No, p.Account)
		case p.Micros == 0 || p.Micros > 2*MaxMicros || p.Micros < -2*MaxMicros:
			return fmt.Errorf("ledger: entry %d: posting of %d on %s is out of bounds", e.No, p.Micros, p.Account)
		}
		sums[p.Account.Currency] += p.Micros
	}
	for c, sum := range sums {
		if sum != 0 {
			return fmt.Errorf("ledger: entry %d is out of balance by %d micros of %s", e.No, sum, c)
		}
	}
	return nil
}
