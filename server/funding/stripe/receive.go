package stripe

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"
)

// event is the part of a call of Stripe that is read: ids alone, so that its version does not matter.
type event struct {
	ID         string `json:"id"`
	Object     string `json:"object"`
	Account    string `json:"account"` // of somebody else whose events we are sent
	APIVersion string `json:"api_version"`
	Livemode   bool   `json:"livemode"`
	Type       string `json:"type"`
	Data       struct {
		Object struct {
			ID                string             `json:"id"`
			ClientReferenceID string             `json:"client_reference_id"`
			PaymentIntent     *api.PaymentIntent `json:"payment_intent"` // its id, or all of it
			Metadata          map[string]string  `json:"metadata"`
		} `json:"object"`
	} `json:"data"`
}

// Receive reads a call of Stripe. What the call says of money is not read: it only names what to look up.
func (c *Card) Receive(ctx context.Context, header http.Header, body []byte) (funding.News, error) {
	if !c.signed(header.Get("Stripe-Signature"), body) {
		return funding.News{}, funding.ErrUnsigned
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.Object != "event" || e.ID == "" {
		return funding.News{}, errors.New("stripe: a signed call that is no event")
	}
	news := funding.News{ID: e.ID}
	if e.Livemode != c.live || e.Account != "" {
		return news, nil
	}
	if e.APIVersion != api.APIVersion {
		c.version.Do(func() {
			c.log.Warn("stripe: events come in another version", "version", ledger.CleanLine(e.APIVersion, 40),
				"expected", api.APIVersion)
		})
	}
	var err error
	switch about := e.Data.Object; {
	case strings.HasPrefix(e.Type, "checkout.session.") && about.ID != "":
		news.About = []funding.Found{{Deposit: about.ClientReferenceID, External: about.ID}}
	case (strings.HasPrefix(e.Type, "charge.dispute.") || strings.HasPrefix(e.Type, "refund.") ||
		e.Type == "charge.refunded") && about.PaymentIntent != nil:
		news.About, err = c.payment(ctx, about.PaymentIntent.ID)
		for i := range news.About {
			news.About[i].Redemption = about.Metadata[redemption]
		}
	case (e.Type == "payout.paid" || e.Type == "payout.reconciliation_completed") && about.ID != "":
		news.About, err = c.payout(ctx, about.ID)
	}
	if err != nil {
		return funding.News{}, err
	}
	return news, nil
}

// tolerance is how far the time of a signature may be from ours.
const tolerance = 5 * time.Minute

// signed tells whether Stripe has signed a body lately. The library verifies by the clock of the machine, so this puts
// together what it exports; time and signature are read at once, so that no other time can be put beside a signature.
func (c *Card) signed(header string, body []byte) bool {
	at, sums, ok := signature(header)
	if !ok || c.now().Sub(at).Abs() > tolerance {
		return false
	}
	for _, secret := range c.secrets {
		want := webhook.ComputeSignature(at, body, secret)
		for _, sum := range sums {
			if hmac.Equal(want, sum) {
				return true
			}
		}
	}
	return false
}

// signature reads a header such as "t=1495999758,v1=5257a8,v1=9f24e1". Other schemes are passed over. Of two times the
// last one counts, for the signature as well.
func signature(header string) (at time.Time, sums [][]byte, ok bool) {
	for field := range strings.SplitSeq(header, ",") {
		switch name, value, _ := strings.Cut(field, "="); name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				return at, nil, false
			}
			at = time.Unix(seconds, 0)
		case "v1":
			if sum, err := hex.DecodeString(value); err == nil {
				sums = append(sums, sum)
			}
		}
	}
	return at, sums, !at.IsZero() && sums != nil
}

// payment returns the deposit of a payment. One without is another shop's on the same account at Stripe.
func (c *Card) payment(ctx context.Context, id string) ([]funding.Found, error) {
	if id == "" {
		return nil, nil
	}
	p, path := &api.PaymentIntent{}, api.FormatURLPath("/v1/payment_intents/%s", id)
	if err := c.ask("look up a payment", http.MethodGet, path, &api.Params{Context: ctx}, p); err != nil {
		return nil, err
	}
	if name := p.Metadata[metadata]; name != "" && p.Livemode == c.live {
		return []funding.Found{{Deposit: name}}, nil
	}
	return nil, nil
}

// payoutMost bounds how many charges of one payout are read, give or take a page.
const payoutMost = 10_000

// payout returns the deposits that Stripe has paid out to the bank, each with its fee. Stripe says what is in a payout
// only if it makes payouts by itself; the operator of another account settles by hand.
func (c *Card) payout(ctx context.Context, id string) ([]funding.Found, error) {
	p, path := &api.Payout{}, api.FormatURLPath("/v1/payouts/%s", id)
	err := c.ask("look up a payout", http.MethodGet, path, &api.Params{Context: ctx}, p)
	switch {
	case err != nil:
		return nil, err
	case p.Livemode != c.live || p.Status != api.PayoutStatusPaid:
		return nil, nil
	case !p.Automatic:
		c.log.Warn("stripe: a payout by hand: Stripe does not say what is in it", "payout", p.ID)
		return nil, nil
	case p.ReconciliationStatus == api.PayoutReconciliationStatusInProgress:
		return nil, errors.New("stripe: what is in the payout is not known yet")
	}
	return c.charges(ctx, p.ID)
}

// charges returns the deposits that were paid out by a payout.
func (c *Card) charges(ctx context.Context, payout string) ([]funding.Found, error) {
	p := &api.BalanceTransactionListParams{
		ListParams: api.ListParams{Context: ctx, Limit: new(int64(100))},
		Payout:     &payout, Type: new("charge"), Expand: []*string{new("data.source")},
	}
	var all []funding.Found
	for n := 0; n <= payoutMost; {
		list := &api.BalanceTransactionList{}
		if err := c.ask("list a payout", http.MethodGet, "/v1/balance_transactions", p, list); err != nil {
			return nil, err
		}
		for _, t := range list.Data {
			if found, ours := c.settled(t); ours {
				all = append(all, found)
			}
		}
		if n += len(list.Data); !list.HasMore || len(list.Data) == 0 {
			return all, nil
		}
		p.StartingAfter = new(list.Data[len(list.Data)-1].ID)
	}
	return nil, errors.New("stripe: a payout with too many charges")
}

// settled returns the deposit of a charge that was paid out. One without is another shop's.
func (c *Card) settled(t *api.BalanceTransaction) (funding.Found, bool) {
	if t == nil || t.Type != api.BalanceTransactionTypeCharge || t.Source == nil || t.Source.Charge == nil {
		return funding.Found{}, false
	}
	charge := t.Source.Charge
	name := charge.Metadata[metadata]
	if name == "" || charge.Livemode != c.live {
		return funding.Found{}, false
	}
	paid, fits := micros(charge.Amount, ledger.Currency(strings.ToUpper(string(charge.Currency))))
	fee, known := share(t.Fee, t.Amount, paid)
	if !fits || !known {
		c.log.Error("stripe: a charge was paid out with a fee that cannot be read", "deposit", name)
		return funding.Found{}, false
	}
	return funding.Found{Deposit: name, Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: fee}}, true
}
