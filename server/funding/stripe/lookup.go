package stripe

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
)

// Lookup returns the state that follows from what Stripe knows of an order now.
func (c *Card) Lookup(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	d := o.Deposit
	if d.External == "" {
		out, known, err := c.lost(ctx, o)
		if err != nil || known {
			return out, err
		}
		d.External = out.External
	}
	s, path := &api.CheckoutSession{}, api.FormatURLPath(pages+"/%s", d.External)
	p := &api.CheckoutSessionRetrieveParams{
		Params: api.Params{Context: ctx}, Expand: []*string{new("payment_intent.latest_charge.balance_transaction")},
	}
	if err := c.ask("look up a page", http.MethodGet, path, p, s); err != nil {
		return funding.Outcome{}, err
	}
	out, err := c.page(o, s)
	if err == nil && out.State == ledger.DepositSucceeded {
		out, err = c.afterwards(ctx, o, s, out)
	}
	if err != nil {
		return funding.Outcome{}, err
	}
	return c.towards(o, out)
}

// ordered is how long an order is sent again under its idempotency key. Stripe forgets keys after 24 hours, and then
// the same would be a second order.
const ordered = 23 * time.Hour

// lost orders again what may not have arrived. Nobody has the link of an order without an id, so no money is lost where
// Stripe refuses or time is over. It returns the page's id, or else the known outcome.
func (c *Card) lost(ctx context.Context, o funding.Order) (out funding.Outcome, known bool, err error) {
	const never = "The processor never received the order."
	switch o.Deposit.State {
	case ledger.DepositCreated, ledger.DepositRequiresAction, ledger.DepositProcessing, ledger.DepositErrored:
	default:
		return funding.Outcome{State: o.Deposit.State}, true, nil
	}
	if c.now().Sub(o.Deposit.Created) >= ordered {
		return funding.Outcome{State: ledger.DepositFailed, Reason: never}, true, nil
	}
	s, no, err := c.create(ctx, o)
	switch {
	case err != nil:
		return funding.Outcome{}, false, err
	case no != "":
		return funding.Outcome{State: ledger.DepositFailed, Reason: never}, true, nil
	}
	return funding.Outcome{External: s.ID}, false, nil
}

// page returns what a page says of its order. One that is not the order's, and a payment that is not what was ordered,
// is an error: never money.
func (c *Card) page(o funding.Order, s *api.CheckoutSession) (funding.Outcome, error) {
	out := funding.Outcome{External: s.ID}
	paid := s.Status == api.CheckoutSessionStatusComplete && s.PaymentStatus == api.CheckoutSessionPaymentStatusPaid
	if err := c.agree(o, s, paid); err != nil {
		return out, err
	}
	switch {
	case paid:
		out.State = ledger.DepositSucceeded
	case s.Status == api.CheckoutSessionStatusOpen:
		out.State, out.Link = ledger.DepositRequiresAction, s.URL
		if u, err := url.Parse(s.URL); err != nil || u.Scheme != "https" || u.Host == "" {
			return out, c.disagree(o, "the page has no address")
		}
	case s.Status == api.CheckoutSessionStatusExpired:
		out.State, out.Reason = ledger.DepositExpired, "Nothing was paid in time."
	case s.Status == api.CheckoutSessionStatusComplete && s.PaymentStatus == api.CheckoutSessionPaymentStatusUnpaid:
		out.State = ledger.DepositProcessing
		if refused(s.PaymentIntent) {
			out.State, out.Reason = ledger.DepositFailed, "The card was declined."
		}
	default:
		return out, c.disagree(o, "the page is in a state that is not known")
	}
	return out, nil
}

// refused tells whether a payment failed after its page was completed.
func refused(p *api.PaymentIntent) bool {
	return p != nil &&
		(p.Status == api.PaymentIntentStatusCanceled || p.Status == api.PaymentIntentStatusRequiresPaymentMethod)
}

// agree compares a page with its order. The sum is compared once it is paid: before, it says nothing.
func (c *Card) agree(o funding.Order, s *api.CheckoutSession, paid bool) error {
	var wrong []string
	if s.ClientReferenceID != o.Name {
		wrong = append(wrong, "another reference")
	}
	if s.Livemode != c.live {
		wrong = append(wrong, "another mode than the key's")
	}
	if amount, fits := minor(o.Deposit.Amount); paid && (!fits || s.AmountTotal != amount) {
		wrong = append(wrong, fmt.Sprintf("an amount of %d minor units, not %d", s.AmountTotal, amount))
	}
	if paid && !strings.EqualFold(string(s.Currency), string(o.Deposit.Amount.Currency)) {
		wrong = append(wrong, "another currency")
	}
	if wrong == nil {
		return nil
	}
	return c.disagree(o, "the page has "+strings.Join(wrong, ", "))
}

// disagree logs what a person has to look at, and returns it as an error.
func (c *Card) disagree(o funding.Order, what string) error {
	c.log.Error("stripe: not what was ordered", "deposit", o.Name, "state", o.Deposit.State, "what", what)
	return fmt.Errorf("stripe: deposit %s: %s", o.Name, what)
}

// towards returns the step that may follow at once on the way to where an order is at Stripe. The next look-up goes on
// from there.
func (c *Card) towards(o funding.Order, out funding.Outcome) (funding.Outcome, error) {
	from := o.Deposit.State
	next := ledger.NextDepositStates(ledger.DepositOnline, from)
	if out.State == from || slices.Contains(next, out.State) {
		return out, nil
	}
	if out.State == ledger.DepositSucceeded {
		if slices.Contains(next, ledger.DepositProcessing) {
			return funding.Outcome{State: ledger.DepositProcessing, External: out.External}, nil
		}
		return funding.Outcome{}, c.disagree(o, "paid after its end")
	}
	return funding.Outcome{State: from, External: out.External}, nil
}
