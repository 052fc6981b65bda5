package stripe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding/stripe/stripetest"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
)

// However Stripe fails, and whatever its answers quote, no key, secret or link comes into an error or a log.
func TestNothingLeaks(t *testing.T) {
	said := `"message":"Invalid API Key provided: ` + testKey + ` ` + newSecret + ` ` + linkTo + `","request_log_url":"` +
		linkTo + testKey + `","payment_intent":{"id":"pi_1","client_secret":"pi_1_secret_Secret"}`
	page := `{"object":"checkout.session","id":"cs_1","url":"` + linkTo + `Secret","client_secret":"cs_1_secret_Secret"`
	printed, err := os.Create(filepath.Join(t.TempDir(), "printed"))
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = printed, printed // where the library would log
	defer func() { os.Stdout, os.Stderr = out, errs }()
	for name, answer := range map[string]answers{
		"refused": func(*http.Request) (int, string, error) {
			return 400, `{"error":{"type":"invalid_request_error","code":"parameter_missing","param":"mode",` + said + `}}`, nil
		},
		"a strange refusal": func(*http.Request) (int, string, error) {
			return 400, `{"error":{"type":"Type ` + testKey + `","code":"Code ` + testKey + `","param":"` + linkTo + `",` +
				said + `}}`, nil
		},
		"no key": func(*http.Request) (int, string, error) { return 401, `{"error":{` + said + `}}`, nil },
		"down": func(*http.Request) (int, string, error) {
			return 500, `{"error":{"type":"api_error",` + said + `}}`, nil
		},
		"another shape":   func(*http.Request) (int, string, error) { return 500, `{"oops":{` + said + `}}`, nil },
		"a web page":      func(*http.Request) (int, string, error) { return 502, "<html>" + said + "</html>", nil },
		"cut off":         func(*http.Request) (int, string, error) { return 200, page, nil },
		"nothing":         func(*http.Request) (int, string, error) { return 200, "", nil },
		"another's page":  func(*http.Request) (int, string, error) { return 200, page + `,"status":"open"}`, nil },
		"another address": func(*http.Request) (int, string, error) { return 302, linkTo, nil },
		"no line":         func(*http.Request) (int, string, error) { return 0, "", errCut },
	} {
		var log bytes.Buffer
		now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
		c, err := New(Options{
			Key: testKey, WebhookSecrets: []string{newSecret}, ReturnURL: back, Now: func() time.Time { return now },
			HTTPClient: &http.Client{Transport: answer}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err != nil {
			t.Fatal(err)
		}
		c.stripe.(*api.BackendImplementation).SetNetworkRetriesSleep(false)
		o := (&double{now: now}).deposit(5_000_000, "EUR")
		started, errStart := c.Start(t.Context(), o)
		o.Deposit.State, o.Deposit.External = ledger.DepositErrored, "cs_1"
		_, errLookup := c.Lookup(t.Context(), o)
		_, errCancel := c.Cancel(t.Context(), o)
		_, _, errDisputes := c.disputes(t.Context(), o, "pi_1", started)
		_, errCharges := c.charges(t.Context(), "po_1")
		h, body := stripetest.Event(t, now, newSecret, "payout.paid", object{"id": "po_1"})
		_, errPayout := c.Receive(t.Context(), h, body)
		h, body = stripetest.Event(t, now, newSecret, "charge.refunded", object{"id": "ch_1", "payment_intent": "pi_1"})
		_, errPayment := c.Receive(t.Context(), h, body)
		if errLookup == nil || errCancel == nil {
			t.Errorf("%s: Lookup returns %v, Cancel %v", name, errLookup, errCancel)
		}
		for _, err := range []error{errStart, errLookup, errCancel, errDisputes, errCharges, errPayout, errPayment} {
			for ; err != nil; err = errors.Unwrap(err) {
				quiet(t, fmt.Sprintf("%s: %v %+v %#v", name, err, err, err))
				if strings.Contains(err.Error(), "://") {
					t.Errorf("%s: an address is in %v", name, err)
				}
			}
		}
		quiet(t, log.String()+fmt.Sprintf("%+v", started))
		if strings.Contains(log.String(), "http") {
			t.Errorf("%s: an address is logged: %s", name, log.String())
		}
	}
	if text, err := os.ReadFile(printed.Name()); err != nil || len(text) > 0 {
		t.Errorf("printed is %q, %v", text, err)
	}
}

// An error says what to look for at Stripe, and keeps what broke a connection.
func TestFault(t *testing.T) {
	f := plain("order a page", fmt.Errorf("wrapped: %w", &api.Error{
		HTTPStatusCode: 400, Type: api.ErrorTypeInvalidRequest, Code: api.ErrorCodeParameterMissing,
		Param: "line_items[0][price_data][currency]", RequestID: "req_8Qx",
	}))
	want := "stripe: order a page: 400 invalid_request_error parameter_missing line_items[0][price_data][currency] req_8Qx"
	if f.Error() != want {
		t.Errorf("%s\nwant %s", f, want)
	}
	d := newDouble(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := d.card(testKey).Start(ctx, d.deposit(5_000_000, "EUR"))
	if !errors.Is(err, context.Canceled) || len(d.Requests) > 0 {
		t.Errorf("Start = %v, %q when its caller is gone", err, d.Requests)
	}
}
