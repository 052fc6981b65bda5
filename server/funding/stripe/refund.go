package stripe

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"tuppence/server/funding"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
)

var _ funding.Refunder = (*Card)(nil)

// redemption is the key under which refunds at Stripe carry the name of their redemption.
const redemption = "redemption"

// refunds is the path of all refunds at Stripe.
const refunds = "/v1/refunds"

// Refund sends a part of a payment back to its card. It looks before it orders, since Stripe forgets idempotency keys
// after a day: a refund that is there is told by the name that it carries.
func (c *Card) Refund(ctx context.Context, o funding.RefundOrder) (funding.Refunded, error) {
	if o.External != "" {
		r, path := &api.Refund{}, api.FormatURLPath(refunds+"/%s", o.External)
		if err := c.ask("look up a refund", http.MethodGet, path, &api.Params{Context: ctx}, r); err != nil {
			return funding.Refunded{}, err
		}
		return c.refunded(o, r)
	}
	intent, err := c.intent(ctx, o.Order.Deposit.External)
	if err != nil {
		return funding.Refunded{}, err
	}
	r, err := c.refundOf(ctx, intent, o.Name)
	if err != nil || r != nil {
		return c.orRefunded(o, r, err)
	}
	if r, err = c.orderRefund(ctx, o, intent); err != nil {
		if no := refundRefused(err); no != "" {
			c.log.Error("stripe: refund refused", "redemption", o.Name, "error", err)
			return funding.Refunded{State: ledger.RedemptionFailed, Reason: no}, nil
		}
	}
	return c.orRefunded(o, r, err)
}

// orderRefund orders a refund of a payment. The same order is answered with the same refund for a day.
func (c *Card) orderRefund(ctx context.Context, o funding.RefundOrder, intent string) (*api.Refund, error) {
	amount, fits := minor(o.Amount)
	if !fits {
		return nil, &fault{
			what: "refund " + o.Amount.String(), status: http.StatusBadRequest, kind: string(api.ErrorTypeInvalidRequest),
		}
	}
	p := &api.RefundCreateParams{
		Params: api.Params{Context: ctx, IdempotencyKey: new(o.Name)}, PaymentIntent: new(intent), Amount: new(amount),
		Metadata: map[string]string{redemption: o.Name},
	}
	r := &api.Refund{}
	return r, c.ask("refund a payment", http.MethodPost, refunds, p, r)
}

// orRefunded is what a refund says, unless there was an error.
func (c *Card) orRefunded(o funding.RefundOrder, r *api.Refund, err error) (funding.Refunded, error) {
	if err != nil {
		return funding.Refunded{}, err
	}
	return c.refunded(o, r)
}

// intent is the id of the payment of a page.
func (c *Card) intent(ctx context.Context, page string) (string, error) {
	s := &api.CheckoutSession{}
	err := c.ask("look up a page", http.MethodGet, api.FormatURLPath(pages+"/%s", page), &api.Params{Context: ctx}, s)
	switch {
	case err != nil:
		return "", err
	case s.PaymentIntent == nil || s.PaymentIntent.ID == "" || s.Livemode != c.live:
		return "", fmt.Errorf("stripe: page %s has no payment to refund", name(page))
	}
	return s.PaymentIntent.ID, nil
}

// refundOf is the refund of a payment that carries a name, nil if there is none.
func (c *Card) refundOf(ctx context.Context, intent, name string) (*api.Refund, error) {
	p := &api.RefundListParams{
		ListParams: api.ListParams{Context: ctx, Limit: new(int64(100))}, PaymentIntent: &intent,
	}
	for range payoutMost / 100 {
		list := &api.RefundList{}
		if err := c.ask("list refunds", http.MethodGet, refunds, p, list); err != nil {
			return nil, err
		}
		for _, r := range list.Data {
			if r.Metadata[redemption] == name {
				return r, nil
			}
		}
		if !list.HasMore || len(list.Data) == 0 {
			return nil, nil
		}
		p.StartingAfter = new(list.Data[len(list.Data)-1].ID)
	}
	return nil, fmt.Errorf("stripe: payment %s has too many refunds", intent)
}

// refunded is what a refund says. One that is not what was ordered is an error, never an outcome.
func (c *Card) refunded(o funding.RefundOrder, r *api.Refund) (funding.Refunded, error) {
	amount, _ := minor(o.Amount)
	if r.Metadata[redemption] != o.Name || r.Amount != amount ||
		!strings.EqualFold(string(r.Currency), string(o.Amount.Currency)) {
		c.log.Error("stripe: a refund that was not ordered so", "redemption", o.Name)
		return funding.Refunded{}, fmt.Errorf("stripe: refund of redemption %s is not what was ordered", o.Name)
	}
	out := funding.Refunded{State: ledger.RedemptionSubmitted, External: r.ID}
	switch r.Status {
	case api.RefundStatusSucceeded:
		out.State = ledger.RedemptionPaid
	case api.RefundStatusFailed:
		out.State, out.Reason = ledger.RedemptionFailed, "The bank of the card did not take it."
	case api.RefundStatusCanceled:
		out.State, out.Reason = ledger.RedemptionFailed, "The card processor canceled it."
	}
	return out, nil
}

// refundRefused says to people that Stripe has refused a refund for good, "" if the outcome is not known.
func refundRefused(err error) string {
	if refusal(err) == "" {
		return ""
	}
	return "The card processor did not take the refund."
}

// refundedByUs returns whether all that was refunded of a charge was sent back by redemptions.
func refundedByUs(o funding.Order, charge *api.Charge) bool {
	ours, fits := minor(ledger.Amount{Micros: o.Deposit.Refunded, Currency: o.Deposit.Amount.Currency})
	return fits && charge.AmountRefunded <= ours
}
