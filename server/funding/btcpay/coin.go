// Package btcpay takes electronic currency by a BTCPay Server of the operator, over its Greenfield API, version 1. The
// payer pays an invoice there. Which one is paid, and what came, only the API says.
package btcpay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

const (
	life    = time.Hour       // an invoice is to be paid within it: so long its rate holds
	watched = 24 * time.Hour  // BTCPay looks for so long at what comes after that
	grace   = 2 * time.Minute // an order whose answer was lost may still be on its way
)

// Coin is the method. It is safe for concurrent use.
type Coin struct {
	client
	secrets []string
	now     func() time.Time
	log     *slog.Logger
}

var (
	_ funding.Receiver = (*Coin)(nil)
	_ funding.Canceler = (*Coin)(nil)
)

// Options say where the operator's BTCPay Server is.
type Options struct {
	URL   string // as payers see it, too: its invoices have links to it. https, or http on this machine
	Store string // id of the store; it should serve nothing else
	// Key is an API key with btcpay.store.canviewinvoices, .cancreateinvoice and .canmodifyinvoices for the store alone.
	// The last one is there to withdraw.
	Key string
	// WebhookSecrets sign what BTCPay sends. There are two while one takes over from the other, and none if nothing is
	// sent: then everything is looked up.
	WebhookSecrets []string
	Client         *http.Client     // nil: one with short timeouts. Redirects are never followed
	Now            func() time.Time // not nil
	Log            *slog.Logger     // nil: no log
}

// New returns the method. It refuses options that cannot work, and names no secret in doing so.
func New(o Options) (*Coin, error) {
	c, err := newClient(o)
	switch {
	case err != nil:
		return nil, err
	case o.Now == nil:
		return nil, errors.New("btcpay: there is no clock")
	case slices.ContainsFunc(o.WebhookSecrets, func(s string) bool { return strings.TrimSpace(s) == "" }):
		return nil, errors.New("btcpay: a secret for webhooks is empty: anybody could sign")
	}
	return &Coin{c, slices.Clone(o.WebhookSecrets), o.Now, cmp.Or(o.Log, slog.New(slog.DiscardHandler))}, nil
}

// Info describes the method.
func (c *Coin) Info() funding.Info {
	return funding.Info{
		Name: "ecurrency", Title: "Electronic currency", Kind: ledger.DepositOnline, Life: life, Late: watched,
		Help: "You get a link to an invoice that shows what to send, in bitcoin or another coin that the operator takes. " +
			"Its rate holds for an hour.",
		Arrives: "when the network has confirmed it, often within the hour", Cost: "the fee of the network",
	}
}

// Steps tells the payer what to do.
func (c *Coin) Steps(d ledger.Deposit) []string {
	switch d.State {
	case ledger.DepositRequiresAction:
		return []string{"Open the link and send all of it within the hour, in one payment."}
	case ledger.DepositProcessing:
		return []string{"Seen, not confirmed yet. The tokens can be spent when the network has confirmed it."}
	case ledger.DepositErrored:
		return []string{"The shop for electronic currency did not answer. We are asking it; nothing is lost."}
	}
	return nil
}

// Start has an invoice made, unless there is one already: BTCPay does not know idempotency keys.
func (c *Coin) Start(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	all, err := c.invoices(ctx, o)
	if err == nil && len(all) == 0 {
		all, err = c.create(ctx, o)
	}
	if no, refused := errors.AsType[*refusal](err); refused && o.Deposit.External == "" {
		// Nobody has been given a link yet. So nothing can be paid, even if there is an invoice of an earlier call.
		c.log.Error("btcpay: order refused", "deposit", o.Name, "error", no)
		const why = "The shop for electronic currency did not take the order. Nothing was paid."
		return funding.Outcome{State: ledger.DepositFailed, Reason: why}, nil
	}
	if err != nil {
		return funding.Outcome{}, err
	}
	return c.outcome(ctx, o, all)
}

// Lookup asks what became of the order. It is also of use for one that is over: what comes late is reported then.
func (c *Coin) Lookup(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	all, err := c.invoices(ctx, o)
	if err != nil {
		return funding.Outcome{}, err
	}
	return c.outcome(ctx, o, all)
}

// Cancel makes an invoice that nobody has paid invalid. What comes for it all the same comes beside the deposit.
func (c *Coin) Cancel(ctx context.Context, o funding.Order) (funding.Outcome, error) {
	all, err := c.invoices(ctx, o)
	if err != nil {
		return funding.Outcome{}, err
	}
	var marked error
	if len(all) > 0 && all[0].Status == statusNew {
		marked = c.invalidate(ctx, all[0])
		// Asked anew in any case: the answer may be lost, and a payment may have come in between.
		if all, err = c.invoices(ctx, o); err != nil {
			return funding.Outcome{}, err
		}
	}
	out, err := c.outcome(ctx, o, all)
	switch {
	case err != nil:
		return funding.Outcome{}, err
	case out.State == ledger.DepositRequiresAction: // it can still be paid
		return funding.Outcome{}, cmp.Or(marked, fmt.Errorf("btcpay: invoice %s cannot be withdrawn now", all[0].ID))
	case over(o.Deposit.State):
	case out.State == ledger.DepositFailed && (len(all) == 0 || all[0].Additional == marking):
		out.State, out.Reason = ledger.DepositCanceled, ""
	}
	return out, nil
}

// outcome is what the invoices of an order mean for it, the one that counts first.
func (c *Coin) outcome(ctx context.Context, o funding.Order, all []invoice) (funding.Outcome, error) {
	given := o.Deposit.State
	switch {
	case len(all) > 0:
	case over(given):
		return funding.Outcome{State: given}, nil
	case c.now().Sub(o.Deposit.Created) < grace:
		return funding.Outcome{}, errors.New("btcpay: no invoice yet")
	default:
		const why = "The shop for electronic currency never received the order. Nothing was paid."
		return funding.Outcome{State: ledger.DepositFailed, Reason: why}, nil
	}
	v := all[0]
	if err := v.agrees(o.Deposit.Amount); err != nil {
		return funding.Outcome{}, err
	}
	out, err := v.outcome(given)
	if err != nil {
		return out, err
	}
	if v.Status == statusNew && out.State == ledger.DepositRequiresAction {
		if out.Link, err = c.link(v); err != nil {
			return funding.Outcome{}, err
		}
	}
	if v.Status == statusSettled && v.Additional == marking {
		c.log.Warn("btcpay: settled by hand at the shop, a representative decides", "deposit", o.Name, "invoice", v.ID)
	}
	if v.Status == statusInvalid && credited(given) {
		c.log.Error("btcpay: invalid after it was credited", "deposit", o.Name, "invoice", v.ID)
	}
	c.withdraw(ctx, o, all[1:])
	if over(out.State) {
		out.Beside, err = beside(o.Deposit.Amount, credited(out.State), all)
	}
	return out, err
}

// withdraw makes invalid what must not be paid beside the invoice that counts. Nobody was given a link to it, so it is
// enough to try.
func (c *Coin) withdraw(ctx context.Context, o funding.Order, rest []invoice) {
	for _, v := range rest {
		c.log.Warn("btcpay: a second invoice", "deposit", o.Name, "invoice", v.ID, "status", v.Status)
		if v.Status != statusNew {
			continue
		}
		if err := c.invalidate(ctx, v); err != nil {
			c.log.Error("btcpay: a second invoice stays open", "deposit", o.Name, "invoice", v.ID, "error", err)
		}
	}
}
