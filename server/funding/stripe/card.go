// Package stripe takes cards by Stripe Checkout. The payer types the card on a page of Stripe, so nothing of it comes
// here; what became of the payment is asked of Stripe's API. Nothing else in the program knows Stripe's library.
package stripe

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/form"
)

// Card is the method "card" by Stripe. With a test key no money moves, so it is simulated.
type Card struct {
	stripe  api.Backend
	key     string
	live    bool // by the key: objects of the other mode are not ours
	secrets []string
	back    string
	now     func() time.Time
	log     *slog.Logger
	version sync.Once // warns of events in another version
}

var (
	_ funding.Receiver = (*Card)(nil)
	_ funding.Canceler = (*Card)(nil)
)

// String keeps the key and the secrets out of what is printed.
func (c *Card) String() string { return "card by Stripe" }

// ask calls Stripe's API. It is the library's transport with its types; the library's client, which knows all of
// Stripe, would make the program 6 MB larger for the seven calls that are made here.
func (c *Card) ask(what, method, path string, p api.ParamsContainer, answer api.LastResponseSetter) error {
	fields := &form.Values{}
	form.AppendTo(fields, p)
	if err := c.stripe.CallRaw(method, path, c.key, []byte(fields.Encode()), p.GetParams(), answer); err != nil {
		return plain(what, err)
	}
	return nil
}

// pages is the path of all pages at Stripe, which are its Checkout Sessions.
const pages = "/v1/checkout/sessions"

// life is how long an order waits for its payer: [funding.Info.Life].
const life = 2 * time.Hour

// Info describes the method.
func (c *Card) Info() funding.Info {
	i := funding.Info{
		Name: "card", Title: "Card", Kind: ledger.DepositOnline, Life: life, Arrives: "at once", Cost: "free",
		Help: "You pay on a page of Stripe, in your browser. We never see your card.",
	}
	if !c.live {
		i.Title, i.Simulated = "Card (test mode)", true
		i.Help = "TEST MODE: Stripe takes its test cards only, and no money moves. " + i.Help
	}
	return i
}

// Steps says where to pay.
func (c *Card) Steps(d ledger.Deposit) []string {
	switch d.State {
	case ledger.DepositRequiresAction:
		return []string{"Open the link in your browser, or scan it with your phone, and pay by card there."}
	case ledger.DepositErrored:
		return []string{"The card processor did not answer. We are asking it; nothing is lost."}
	}
	return nil
}

// Start opens a page for the payer at Stripe.
func (c *Card) Start(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	if o.Deposit.External != "" { // it has a page already, and its link may be out
		return c.Lookup(ctx, o)
	}
	s, no, err := c.create(ctx, o)
	switch {
	case err != nil:
		return funding.Outcome{}, err
	case no != "":
		return funding.Outcome{State: ledger.DepositFailed, Reason: no}, nil
	}
	return c.page(o, s)
}

// create orders the page. The same order is answered with the same page for a day, since its name is the idempotency
// key and every parameter follows from the deposit. A refusal is said in words.
func (c *Card) create(ctx context.Context, o funding.Order) (_ *api.CheckoutSession, no string, _ error) {
	amount, fits := minor(o.Deposit.Amount)
	if !fits {
		return nil, "Cards cannot pay " + o.Deposit.Amount.String() + ".", nil
	}
	p := &api.CheckoutSessionCreateParams{
		Params: api.Params{Context: ctx, IdempotencyKey: new(o.Name)},
		Mode:   new("payment"), PaymentMethodTypes: []*string{new("card")},
		LineItems: []*api.CheckoutSessionCreateLineItemParams{{
			Quantity: new(int64(1)),
			PriceData: &api.CheckoutSessionCreateLineItemPriceDataParams{
				Currency: new(strings.ToLower(string(o.Deposit.Amount.Currency))), UnitAmount: new(amount),
				ProductData: &api.CheckoutSessionCreateLineItemPriceDataProductDataParams{Name: new("Tokens")},
			},
		}},
		// Another currency at the payer's choice could not be compared with what was ordered.
		AdaptivePricing:   &api.CheckoutSessionCreateAdaptivePricingParams{Enabled: new(false)},
		ClientReferenceID: new(o.Name),
		PaymentIntentData: &api.CheckoutSessionCreatePaymentIntentDataParams{
			Metadata: map[string]string{metadata: o.Name}, // Stripe copies it to the charge
		},
		ExpiresAt:  new(expiry(o.Deposit).Unix()),
		SuccessURL: new(c.back), CancelURL: new(c.back),
	}
	s := &api.CheckoutSession{}
	err := c.ask("order a page", http.MethodPost, pages, p, s)
	if no := refusal(err); no != "" {
		c.log.Error("stripe: order refused", "deposit", o.Name, "error", err)
		return nil, no, nil
	}
	return s, "", err
}

// metadata is the key under which payments at Stripe carry the name of their deposit.
const metadata = "deposit"

// expiry is when a page closes: with the deposit, between 30 minutes and 24 hours after the order, which is what Stripe
// takes. Some minutes are left on both sides for the way there and for clocks. It is counted from the deposit, not from
// now, since another time under the same idempotency key is refused.
func expiry(d ledger.Deposit) time.Time {
	const margin = 5 * time.Minute
	at := d.Expires
	if first := d.Created.Add(30*time.Minute + margin); at.Before(first) {
		at = first
	}
	if last := d.Created.Add(24*time.Hour - margin); at.After(last) {
		at = last
	}
	return at
}

// Cancel closes the page. Without an id of Stripe the link was never shown, so nobody can pay.
func (c *Card) Cancel(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	canceled := funding.Outcome{State: ledger.DepositCanceled, External: o.Deposit.External}
	if o.Deposit.External == "" {
		return canceled, nil
	}
	path := api.FormatURLPath(pages+"/%s/expire", o.Deposit.External)
	err := c.ask("close a page", http.MethodPost, path, &api.Params{Context: ctx}, &api.CheckoutSession{})
	out, unknown := c.Lookup(ctx, o)
	switch {
	case unknown != nil:
		return funding.Outcome{}, unknown
	case err == nil && out.State == ledger.DepositExpired:
		return canceled, nil
	case err != nil && out.State == ledger.DepositRequiresAction:
		return funding.Outcome{}, err
	}
	return out, nil
}
