package stripe

import (
	"context"
	"net/http"

	"tuppence/server/funding"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
)

// afterwards returns what became of a payment since: taken back, disputed, refunded at Stripe, or nothing new.
func (c *Card) afterwards(
	ctx context.Context, o funding.Order, s *api.CheckoutSession, paid funding.Outcome,
) (funding.Outcome, error) {
	same := funding.Outcome{State: o.Deposit.State, External: s.ID}
	switch o.Deposit.State {
	default: // not credited yet, or over
		return paid, nil
	case ledger.DepositWon, ledger.DepositLost:
		return same, nil
	case ledger.DepositSucceeded, ledger.DepositSettled, ledger.DepositChargedBack, ledger.DepositRepresented:
	}
	if s.PaymentIntent == nil || s.PaymentIntent.ID == "" {
		return same, c.disagree(o, "paid without a payment")
	}
	charge := s.PaymentIntent.LatestCharge
	out, disputed, err := c.disputes(ctx, o, s.PaymentIntent.ID, same)
	if err != nil || disputed {
		return withCost(o, charge, out), err
	}
	credited := o.Deposit.State == ledger.DepositSucceeded || o.Deposit.State == ledger.DepositSettled
	switch {
	case charge == nil || !credited || charge.AmountRefunded == 0 || refundedByUs(o, charge):
	case charge.Refunded && o.Deposit.Refunded == 0:
		c.log.Error("stripe: refunded at Stripe, not by the service", "deposit", o.Name)
		same.State, same.Reason = ledger.DepositChargedBack, "The payment was refunded at the card processor."
	default: // there is no such step: taking all back would be wrong
		c.log.Error("stripe: a part was refunded at Stripe, not by the service: settle it by hand", "deposit", o.Name)
	}
	return withCost(o, charge, same), nil
}

// withCost adds what the charge itself has cost to the fee of a deposit that is taken back before it was paid out: no
// payout tells of it any more, and Stripe keeps it.
func withCost(o funding.Order, charge *api.Charge, out funding.Outcome) funding.Outcome {
	if out.State != ledger.DepositChargedBack || o.Deposit.State != ledger.DepositSucceeded || charge == nil ||
		charge.BalanceTransaction == nil {
		return out
	}
	t := charge.BalanceTransaction
	if cost, known := share(t.Fee, t.Amount, o.Deposit.Amount.Micros); known {
		out.Fee += cost
	}
	return out
}

// disputes returns what the disputes of a payment come to, and whether any of them moved money. Inquiries, which banks
// send before they take money, change nothing.
func (c *Card) disputes(
	ctx context.Context, o funding.Order, intent string, same funding.Outcome,
) (out funding.Outcome, disputed bool, err error) {
	p := &api.DisputeListParams{
		ListParams: api.ListParams{Context: ctx, Limit: new(int64(100))}, PaymentIntent: &intent,
	}
	list := &api.DisputeList{} // one payment never has a second hundred
	if err := c.ask("list disputes", http.MethodGet, "/v1/disputes", p, list); err != nil {
		return same, false, err
	}
	out, worst, fees, sum := same, 0, int64(0), int64(0)
	for _, d := range list.Data {
		taken, fee := c.withdrawn(o, d)
		rank, state, reason := verdict(d.Status)
		if taken == 0 || rank == 0 {
			continue
		}
		fees, sum = fees+fee, sum+taken
		if rank > worst {
			worst, disputed, out.State, out.Reason = rank, true, state, reason
		}
	}
	credited := o.Deposit.State == ledger.DepositSucceeded || o.Deposit.State == ledger.DepositSettled
	switch {
	case out.State == ledger.DepositWon && credited: // the money is back before anybody saw it gone
		return same, true, nil
	case credited && disputed: // however it ended: the first step is that the money was taken
		_, out.State, out.Reason = verdict(api.DisputeStatusNeedsResponse)
		out.Fee, out.Taken = fees, sum
	}
	return out, disputed, nil
}

// verdict is the state of a deposit whose payment is disputed. The highest rank counts if there are several.
func verdict(s api.DisputeStatus) (rank int, state ledger.DepositState, reason string) {
	switch s {
	case api.DisputeStatusNeedsResponse:
		return 4, ledger.DepositChargedBack, "The card holder's bank took the payment back."
	case api.DisputeStatusUnderReview:
		return 3, ledger.DepositRepresented, "The card holder's bank looks at our answer."
	case api.DisputeStatusLost:
		return 2, ledger.DepositLost, "The card holder's bank took the payment back for good."
	case api.DisputeStatusWon:
		return 1, ledger.DepositWon, "The card holder's bank gave the payment back."
	}
	return 0, "", ""
}

// withdrawn returns what a dispute has taken from us, and the fee, in micros. It tells a person of a part: the books
// take back all of a deposit.
func (c *Card) withdrawn(o funding.Order, d *api.Dispute) (taken, fee int64) {
	for _, t := range d.BalanceTransactions {
		if t == nil || t.Amount >= 0 { // given back
			continue
		}
		disputed, fits := micros(d.Amount, o.Deposit.Amount.Currency)
		part, known := share(t.Fee, -t.Amount, disputed)
		if !fits || !known || disputed != o.Deposit.Amount.Micros-o.Deposit.Refunded {
			c.log.Error("stripe: a dispute over another amount: correct the books by hand", "deposit", o.Name)
		}
		fee += part
		taken = max(disputed, 1)
	}
	return taken, fee
}
