package stripe

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/funding/stripe/stripetest"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
)

// What must never be seen: a key, secrets of webhooks, and a payer's link.
const (
	testKey   = "sk_test_51SecretSecretSecret"
	liveKey   = "rk_live_51SecretSecretSecret"
	oldSecret = "whsec_OldOldOldOldOldOld"
	newSecret = "whsec_NewNewNewNewNewNew"
	linkTo    = "https://checkout.stripe.com/c/pay/"
	back      = "https://tuppence.test/paid"
)

// object is a JSON object.
type object = stripetest.Object

// double is Stripe with a clock of its own, and a log of the methods that speak to it.
type double struct {
	*stripetest.Double
	t   *testing.T
	now time.Time
	log bytes.Buffer
}

func newDouble(t *testing.T) *double {
	d := &double{t: t, now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)}
	d.Double = stripetest.New(t, func() time.Time { return d.now })
	return d
}

// card returns the method as it speaks to the double. Whatever the test does, no secret may be logged.
func (d *double) card(key string) *Card {
	d.t.Helper()
	c, err := New(Options{
		Key: key, WebhookSecrets: []string{newSecret, oldSecret}, BaseURL: d.URL, ReturnURL: back,
		Now: func() time.Time { return d.now }, Log: slog.New(slog.NewTextHandler(&d.log, nil)),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	c.stripe.(*api.BackendImplementation).SetNetworkRetriesSleep(false)
	d.t.Cleanup(func() { quiet(d.t, d.log.String()) })
	return c
}

// quiet fails if a text has what nobody may see.
func quiet(t testing.TB, text string) {
	t.Helper()
	for _, s := range []string{"Secret", "OldOld", "NewNew", "checkout.stripe.com", "_secret_"} {
		if strings.Contains(text, s) {
			t.Errorf("%q is shown: %s", s, text)
		}
	}
}

// deposit is one of some micros as the service hands it over.
func (d *double) deposit(micros int64, c ledger.Currency) funding.Order {
	return funding.Order{Name: "dep_a1b2c3", Deposit: ledger.Deposit{
		Kind: ledger.DepositOnline, Method: "card", Amount: ledger.Amount{Micros: micros, Currency: c},
		State: ledger.DepositProcessing, Created: d.now, Updated: d.now, Expires: d.now.Add(life),
	}}
}

// begin starts an order and returns it as the service keeps it.
func (d *double) begin(c *Card, o funding.Order) (funding.Order, funding.Outcome) {
	d.t.Helper()
	out, err := c.Start(d.t.Context(), o)
	if err != nil || out.State != ledger.DepositRequiresAction || !strings.HasPrefix(out.Link, linkTo) {
		d.t.Fatalf("Start = %v, %v", out.State, err)
	}
	o.Deposit.State, o.Deposit.External = out.State, out.External
	return o, out
}

// answers is a transport that answers without a network.
type answers func(*http.Request) (status int, body string, err error)

func (f answers) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body, err := f(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

// errCut is a connection that breaks.
var errCut = errors.New("connection reset by peer")
