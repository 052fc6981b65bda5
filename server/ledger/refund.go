package ledger

import (
	"slices"
	"time"
)

// RefundReasons are the reasons that a vendor can give for a refund.
var RefundReasons = []string{"not_delivered", "not_as_described", "duplicate", goodwill, "vendor_error"}

const goodwill = "goodwill"

// RefundRequest gives money of a purchase back.
type RefundRequest struct {
	Amount int64  // micros; 0: all that is left
	Reason string // one of RefundReasons; "" is goodwill
	Actor  Actor
}

// DecideRefund gives a captured purchase back, whole or in part; the commission and the royalties go back in
// proportion. What is in dispute waits for its decision. A full return revokes the grant. The spending counters stay as
// they are: a refund must not open room for a further purchase. It refuses with ErrInvalid and ErrState.
func DecideRefund(r RefundRequest, f SaleFacts, now time.Time) (SaleOutcome, error) {
	if r.Reason == "" {
		r.Reason = goodwill
	}
	if !slices.Contains(RefundReasons, r.Reason) {
		return SaleOutcome{}, Invalid("reason", "Say "+orList(RefundReasons)+".",
			"%q is not a reason for a refund.", CleanLine(r.Reason, 30))
	}
	p := f.Purchase
	x, err := returnable(p, r.Amount, f.Sold.Amount.Currency)
	if err != nil {
		return SaleOutcome{}, err
	}
	t, err := take(p, f.Till, x)
	if err != nil {
		return SaleOutcome{}, err
	}
	e := f.step(now, KindRefund, r.Actor, x)
	e.Reason = r.Reason
	e.Postings = append(t.debits, giveBack(t.sources, f.Wallet, now)...)
	p.Returned += x
	p.Receivers, p.Sources = t.receivers, t.left
	e.Postings = f.rewarded(e.Postings, &p)
	p = p.afterReturn(&e)
	return SaleOutcome{Entry: e, Purchase: p, Wallet: f.Wallet, Link: f.Link}, nil
}

// returnable returns how much of a purchase is given back: x micros, or all that is left.
func returnable(p Purchase, x int64, c Currency) (int64, error) {
	if _, can := purchaseStates.next(p.State, eventReturnAll); !can {
		return 0, RefuseState("charge", StateWord(p.State))
	}
	left := p.left()
	switch {
	case left <= 0:
		return 0, RefuseState("charge", "disputed: its money waits for the decision")
	case x < 0 || x > left:
		return 0, Invalid("amount", "Give back at most what is left.", "Only %s are left of this purchase.", Amount{left, c})
	case x == 0:
		return left, nil
	}
	return x, nil
}

// Refundable returns all that is left of a sale. It refuses with ErrState where nothing is.
func (f SaleFacts) Refundable() (Amount, error) {
	x, err := returnable(f.Purchase, 0, f.Sold.Amount.Currency)
	return Amount{x, f.Sold.Amount.Currency}, err
}
