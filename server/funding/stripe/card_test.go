package stripe

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/funding/stripe/stripetest"
	"tuppence/server/ledger"
)

// Options that cannot work, or that would be dangerous, are refused, and not repeated.
func TestNew(t *testing.T) {
	good := Options{Key: liveKey, WebhookSecrets: []string{newSecret}, ReturnURL: back}
	for _, tt := range []struct {
		name  string
		wrong func(*Options)
		ok    bool
	}{
		{"as it should be", func(*Options) {}, true},
		{"no secrets", func(o *Options) { o.WebhookSecrets = nil }, true},
		{"a double on this machine", func(o *Options) { o.BaseURL = "http://127.0.0.1:12111" }, true},
		{"a double on IPv6", func(o *Options) { o.BaseURL = "http://[::1]:12111" }, true},
		{"another address by TLS", func(o *Options) { o.BaseURL = "https://stripe.test" }, true},
		{"no key", func(o *Options) { o.Key = "" }, false},
		{"the public key", func(o *Options) { o.Key = "pk_live_Secret" }, false},
		{"no mode", func(o *Options) { o.Key = "sk_Secret" }, false},
		{"a line end", func(o *Options) { o.Key += "\n" }, false},
		{"an empty secret", func(o *Options) { o.WebhookSecrets = []string{newSecret, ""} }, false},
		{"the key as a secret", func(o *Options) { o.WebhookSecrets = []string{liveKey} }, false},
		{"a short secret", func(o *Options) { o.WebhookSecrets = []string{"whsec_New"} }, false},
		{"a key in the open", func(o *Options) { o.BaseURL = "http://stripe.test" }, false},
		{"no address", func(o *Options) { o.BaseURL = "stripe" }, false},
		{"no return address", func(o *Options) { o.ReturnURL = "" }, false},
		{"a secret in it", func(o *Options) { o.ReturnURL += "?Secret" }, false},
		{"a user in it", func(o *Options) { o.ReturnURL = "https://Secret@tuppence.test/" }, false},
		{"no http", func(o *Options) { o.ReturnURL = "javascript:Secret" }, false},
	} {
		o := good
		tt.wrong(&o)
		_, err := New(o)
		if (err == nil) != tt.ok {
			t.Errorf("%s: New returns %v", tt.name, err)
		}
		if err != nil {
			quiet(t, err.Error())
		}
	}
}

// A key that moves no money is a simulation.
func TestInfo(t *testing.T) {
	d := newDouble(t)
	if i := d.card(liveKey).Info(); i.Simulated || i.Name != "card" || i.Title != "Card" || i.Life != 2*time.Hour ||
		i.Kind != ledger.DepositOnline || i.Help == "" || i.Arrives == "" || i.Cost == "" {
		t.Errorf("with a live key: %+v", i)
	}
	if i := d.card(testKey).Info(); !i.Simulated || i.Name != "card" || !strings.HasPrefix(i.Help, "TEST MODE") {
		t.Errorf("with a test key: %+v", i)
	}
	if s := fmt.Sprintf("%v %+v", d.card(testKey), []funding.Method{d.card(liveKey)}); true {
		quiet(t, s)
	}
	for state, want := range map[ledger.DepositState]int{
		ledger.DepositRequiresAction: 1, ledger.DepositErrored: 1, ledger.DepositProcessing: 0, ledger.DepositSucceeded: 0,
	} {
		if got := d.card(testKey).Steps(ledger.Deposit{State: state}); len(got) != want {
			t.Errorf("steps for %s: %q", state, got)
		}
	}
}

// What is ordered is what the deposit says, in the units of Stripe's table, and nothing else is sent.
func TestStartOrders(t *testing.T) {
	for _, tt := range []struct {
		micros int64
		c      ledger.Currency
		want   string // "" for an amount that cannot be paid
	}{
		{5_000_000, "EUR", "500"},
		{10_000, "USD", "1"},
		{500_000_000, "JPY", "500"},
		{1_500_000, "KWD", "1500"},
		{1_230_000, "KWD", "1230"},
		{5_000_000, "ISK", "500"},
		{5_000_000, "UGX", "500"},
		{12_340_000, "HUF", "1234"},
		{1_234_000, "KWD", ""},
		{500_000, "JPY", ""},
		{5_500_000, "ISK", ""},
		{1_000, "EUR", ""},
		{0, "EUR", ""},
		{-5_000_000, "EUR", ""},
	} {
		d := newDouble(t)
		c, o := d.card(testKey), d.deposit(tt.micros, tt.c)
		if tt.want == "" {
			out, err := c.Start(t.Context(), o)
			if err != nil || out.State != ledger.DepositFailed || out.Reason == "" || len(d.Requests) > 0 {
				t.Errorf("%d micros of %s: %+v, %v, %q", tt.micros, tt.c, out, err, d.Requests)
			}
			continue
		}
		d.begin(c, o)
		for field, want := range map[string]string{
			"mode": "payment", "payment_method_types[0]": "card", "client_reference_id": o.Name,
			"payment_intent_data[metadata][deposit]": o.Name, "line_items[0][quantity]": "1",
			"line_items[0][price_data][currency]":    strings.ToLower(string(tt.c)),
			"line_items[0][price_data][unit_amount]": tt.want, "adaptive_pricing[enabled]": "false",
			"line_items[0][price_data][product_data][name]": "Tokens", "success_url": back, "cancel_url": back,
			"expires_at": strconv.FormatInt(d.now.Add(life).Unix(), 10),
		} {
			if got := d.Ordered[0].Get(field); got != want {
				t.Errorf("%d micros of %s: %s is %q, want %q", tt.micros, tt.c, field, got, want)
			}
		}
		if n := len(d.Ordered[0]); n != 12 {
			t.Errorf("%d fields are sent: %v", n, d.Ordered[0])
		}
		if d.Header.Get("Idempotency-Key") != o.Name {
			t.Errorf("headers: %v", d.Header)
		}
	}
}

// A page lives as long as its deposit, as far as Stripe allows.
func TestExpiry(t *testing.T) {
	d := newDouble(t)
	for life, want := range map[time.Duration]time.Duration{
		0: 35 * time.Minute, 30 * time.Minute: 35 * time.Minute, time.Hour: time.Hour, 2 * time.Hour: 2 * time.Hour,
		24 * time.Hour: 24*time.Hour - 5*time.Minute, 60 * 24 * time.Hour: 24*time.Hour - 5*time.Minute,
	} {
		o := d.deposit(5_000_000, "EUR")
		o.Deposit.Expires = o.Deposit.Created.Add(life)
		if got := expiry(o.Deposit).Sub(d.now); got != want {
			t.Errorf("a life of %v: the page closes after %v, want %v", life, got, want)
		}
	}
}

// A refusal of Stripe is an outcome; everything else leaves it unknown.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		status     int
		kind, code string
		refused    bool
	}{
		{400, "invalid_request_error", "parameter_missing", true},
		{400, "invalid_request_error", "amount_too_small", true},
		{400, "invalid_request_error", "amount_too_large", true},
		{401, "invalid_request_error", "", true},
		{402, "card_error", "card_declined", true},
		{403, "invalid_request_error", "", true},
		{400, "idempotency_error", "", false}, // the first order is there
		{409, "invalid_request_error", "idempotency_key_in_use", false},
		{429, "invalid_request_error", "rate_limit", false},
		{429, "invalid_request_error", "lock_timeout", false},
		{500, "api_error", "", false},
		{503, "api_error", "", false},
		{403, "", "", false}, // a proxy's
	} {
		d := newDouble(t)
		d.Fails = func(w http.ResponseWriter) {
			w.WriteHeader(tt.status)
			if tt.kind != "" {
				writeJSON(t, w, stripetest.Failure(testKey, tt.kind, tt.code, "no"))
			}
		}
		out, err := d.card(testKey).Start(t.Context(), d.deposit(5_000_000, "EUR"))
		if tt.refused != (err == nil) || tt.refused && (out.State != ledger.DepositFailed || out.Reason == "") {
			t.Errorf("%d %s %s: %+v, %v", tt.status, tt.kind, tt.code, out, err)
		}
		if err != nil {
			quiet(t, err.Error())
		}
	}
}

// A page that was ordered is not ordered again: its link may be out.
func TestStartTwice(t *testing.T) {
	d := newDouble(t)
	c := d.card(testKey)
	o, _ := d.begin(c, d.deposit(5_000_000, "EUR"))
	again, err := c.Start(t.Context(), o)
	if err != nil || again.State != ledger.DepositRequiresAction || again.External != o.Deposit.External ||
		d.Asked("POST /v1/checkout/sessions") != 1 {
		t.Errorf("Start again = %v, %v, %q", again.State, err, d.Requests)
	}
	if d.Header.Get("X-Stripe-Client-Telemetry") != "" { // it speaks of the request before
		t.Errorf("headers: %v", d.Header)
	}
}

// Who cancels has canceled, unless it is paid.
func TestCancel(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(*double, funding.Order)
		want   ledger.DepositState // "" for an error
	}{
		{"open", func(*double, funding.Order) {}, ledger.DepositCanceled},
		{"paid meanwhile", func(d *double, o funding.Order) {
			d.Pay(o.Deposit.External)
		}, ledger.DepositSucceeded},
		{"expired already", func(d *double, o funding.Order) {
			d.Objects["/v1/checkout/sessions/"+o.Deposit.External]["status"] = "expired"
		}, ledger.DepositExpired},
		{"the answers are lost", func(d *double, _ funding.Order) { d.Lose("", "POST") }, ledger.DepositExpired},
		{"it never arrives", func(d *double, _ funding.Order) { d.Lose("POST", "") }, ""},
		{"nothing can be had", func(d *double, _ funding.Order) { d.Lose("v1", "") }, ""},
	} {
		d := newDouble(t)
		c := d.card(testKey)
		o, _ := d.begin(c, d.deposit(5_000_000, "EUR"))
		tt.before(d, o)
		out, err := c.Cancel(t.Context(), o)
		if (err != nil) != (tt.want == "") || out.State != tt.want {
			t.Errorf("%s: Cancel = %+v, %v, want %q", tt.name, out, err, tt.want)
		}
	}
	d := newDouble(t)
	out, err := d.card(testKey).Cancel(t.Context(), d.deposit(5_000_000, "EUR"))
	if err != nil || out.State != ledger.DepositCanceled || len(d.Requests) > 0 {
		t.Errorf("without an id: Cancel = %+v, %v, %q", out, err, d.Requests)
	}
}
