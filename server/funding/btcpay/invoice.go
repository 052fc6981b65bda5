package btcpay

import (
	"errors"
	"fmt"
	"strings"

	iso4217 "github.com/bojanz/currency"
	"github.com/shopspring/decimal"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// Statuses of an invoice, and what is added to them.
const (
	statusNew        = "New"
	statusProcessing = "Processing"
	statusSettled    = "Settled" // also of a payment
	statusExpired    = "Expired"
	statusInvalid    = "Invalid"

	marking     = "Marked" // a person at the shop, or this program, has set the status
	paidPartial = "PaidPartial"
	paidLate    = "PaidLate"
)

// invoice is what is read of one. Addresses of payers are not.
type invoice struct {
	ID         string `json:"id"`
	Store      string `json:"storeId"`
	Amount     number `json:"amount"`
	Currency   string `json:"currency"`
	Link       string `json:"checkoutLink"`
	Created    int64  `json:"createdTime"`
	Status     string `json:"status"`
	Additional string `json:"additionalStatus"`
	Metadata   struct {
		Order string `json:"orderId"`
	} `json:"metadata"`
	Methods []struct {
		Rate     number `json:"rate"` // of the invoice: it holds from the order on
		Due      number `json:"due"`  // below zero if more came than BTCPay's own rounding explains
		Payments []struct {
			Value  number `json:"value"`
			Fee    number `json:"fee"` // that the shop asks for on top, part of the value
			Status string `json:"status"`
		} `json:"payments"`
	} `json:"paymentMethods"`
}

// number is an exact decimal. BTCPay writes it as a text without an exponent.
type number struct{ decimal.Decimal }

// UnmarshalJSON reads a number. Its length is bounded, so sums and products of numbers stay small.
func (n *number) UnmarshalJSON(text []byte) (err error) {
	s := strings.Trim(string(text), `"`)
	switch {
	case s == "null":
		return nil
	case len(s) > 40 || strings.Trim(s, "-.0123456789") != "":
		return errors.New("not a decimal number")
	}
	n.Decimal, err = decimal.NewFromString(s)
	return err
}

// agrees returns an error if the invoice is not over the amount: whatever was paid then is not this deposit.
func (v invoice) agrees(want ledger.Amount) error {
	if v.Currency != string(want.Currency) || !v.Amount.Equal(decimal.New(want.Micros, -6)) {
		return fmt.Errorf("btcpay: invoice %s is over %s %s, not %s",
			v.ID, v.Amount, ledger.CleanLine(v.Currency, 10), want)
	}
	return nil
}

// outcome is what the status means for a deposit. One that is over stays as it is.
func (v invoice) outcome(given ledger.DepositState) (funding.Outcome, error) {
	out := funding.Outcome{State: given, External: v.ID}
	if over(given) {
		return out, nil
	}
	switch v.Status {
	case statusNew:
		out.State = ledger.DepositRequiresAction
	case statusProcessing:
		out.State = ledger.DepositProcessing
	case statusSettled:
		if v.Additional != marking {
			out.State = ledger.DepositSucceeded
		}
	case statusExpired:
		out.State, out.Reason = ledger.DepositExpired, map[string]string{
			paidPartial: "Too little came in time. What came is kept apart.",
			paidLate:    "It was paid too late. What came is kept apart.",
		}[v.Additional]
		if out.Reason == "" {
			out.Reason = "Nothing came in time."
		}
	case statusInvalid:
		out.State, out.Reason = ledger.DepositFailed, "The network did not confirm it in time."
		if v.Additional == marking {
			out.Reason = "The order was withdrawn at the shop."
		}
	default:
		return out, fmt.Errorf("btcpay: invoice %s has the status %q", v.ID, ledger.CleanLine(v.Status, 30))
	}
	return out, nil
}

// over tells whether nothing is to come of a deposit but what comes beside it.
func over(s ledger.DepositState) bool {
	switch s {
	case ledger.DepositCreated, ledger.DepositRequiresAction, ledger.DepositProcessing, ledger.DepositErrored:
		return false
	}
	return true
}

// credited tells whether the ordered amount has become the deposit.
func credited(s ledger.DepositState) bool {
	switch s {
	case ledger.DepositFailed, ledger.DepositCanceled, ledger.DepositExpired:
		return false
	}
	return over(s)
}

// beside is what came for an order beside its deposit, for all of its invoices, the one that counts first.
func beside(ordered ledger.Amount, credited bool, all []invoice) (ledger.Amount, error) {
	var sum decimal.Decimal
	for i, v := range all {
		switch {
		case i > 0 || !credited:
			sum = sum.Add(v.received())
		case v.overpaid():
			sum = sum.Add(v.received().Sub(v.Amount.Decimal))
		}
		if v.Currency != string(ordered.Currency) {
			return ledger.Amount{}, v.agrees(ordered)
		}
	}
	digits := int32(2) // as package ledger has it for what the standard does not know
	if n, known := iso4217.GetDigits(string(ordered.Currency)); known {
		digits = int32(n)
	}
	switch micros := sum.Truncate(digits).Shift(6); {
	case !micros.IsPositive(): // a payment beyond the amount may not be confirmed yet
		return ledger.Amount{}, nil
	case micros.GreaterThan(decimal.NewFromInt(ledger.MaxMicros)):
		return ledger.Amount{}, fmt.Errorf("btcpay: invoice %s received %s %s", all[0].ID, sum, ordered.Currency)
	default:
		return ledger.Amount{Micros: micros.IntPart(), Currency: ordered.Currency}, nil
	}
}

// received is the value of what has come and is confirmed, in the currency of the invoice and by its rates. It is
// counted as BTCPay counts it: without the fee that the shop asks for on top.
func (v invoice) received() (sum decimal.Decimal) {
	for _, m := range v.Methods {
		for _, p := range m.Payments {
			if p.Status == statusSettled {
				sum = sum.Add(p.Value.Sub(p.Fee.Decimal).Mul(m.Rate.Decimal))
			}
		}
	}
	return sum
}

// overpaid tells whether more came than was asked for. A coin has a smallest part; BTCPay asks for one more rather than
// one too few, and what that makes is not too much.
func (v invoice) overpaid() bool {
	for _, m := range v.Methods {
		if m.Due.IsNegative() {
			return true
		}
	}
	return false
}
