package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/funding/stripe/stripetest"
	"tuppence/server/ledger"

	"github.com/google/go-cmp/cmp"
	"github.com/stripe/stripe-go/v85/webhook"
)

func writeJSON(t testing.TB, w io.Writer, v any) {
	t.Helper()
	if err := json.NewEncoder(w).Encode(v); err != nil {
		t.Error(err)
	}
}

// Only what Stripe has signed lately is read: by any of the secrets, to the last byte.
func TestReceiveSignature(t *testing.T) {
	d := newDouble(t)
	c := d.card(testKey)
	at := func(ago time.Duration) (http.Header, []byte) {
		return stripetest.Event(t, d.now.Add(-ago), newSecret, "checkout.session.completed", object{"id": "cs_test_1"})
	}
	for _, tt := range []struct {
		name   string
		call   func() (http.Header, []byte)
		signed bool
	}{
		{"now", func() (http.Header, []byte) { return at(0) }, true},
		{"the other secret", func() (http.Header, []byte) {
			return stripetest.Event(t, d.now, oldSecret, "checkout.session.completed", object{"id": "cs_test_1"})
		}, true},
		{"two signatures, the second ours", func() (http.Header, []byte) {
			h, body := at(0)
			h.Set("Stripe-Signature", strings.Replace(h.Get("Stripe-Signature"), "v1=", "v0=00,v1=00ff,v1=zz,v1=", 1))
			return h, body
		}, true},
		{"five minutes old", func() (http.Header, []byte) { return at(5 * time.Minute) }, true},
		{"a replay", func() (http.Header, []byte) { return at(5*time.Minute + time.Second) }, false},
		{"from the future", func() (http.Header, []byte) { return at(-6 * time.Minute) }, false},
		{"a replay with another time beside it", func() (http.Header, []byte) {
			h, body := at(time.Hour)
			h.Set("Stripe-Signature", h.Get("Stripe-Signature")+",t="+strconv.FormatInt(d.now.Unix(), 10))
			return h, body
		}, false},
		{"a replay with another time before it", func() (http.Header, []byte) {
			h, body := at(time.Hour)
			h.Set("Stripe-Signature", "t="+strconv.FormatInt(d.now.Unix(), 10)+","+h.Get("Stripe-Signature"))
			return h, body
		}, false},
		{"a changed byte", func() (http.Header, []byte) {
			h, body := at(0)
			body[len(body)-2] ^= 1
			return h, body
		}, false},
		{"a byte more", func() (http.Header, []byte) {
			h, body := at(0)
			return h, append(body, ' ')
		}, false},
		{"somebody's secret", func() (http.Header, []byte) {
			return stripetest.Event(t, d.now, "whsec_somebody_elses", "checkout.session.completed", object{"id": "cs_test_1"})
		}, false},
		{"no secret", func() (http.Header, []byte) {
			return stripetest.Event(t, d.now, "", "checkout.session.completed", object{"id": "cs_test_1"})
		}, false},
		{"another scheme", func() (http.Header, []byte) {
			h, body := at(0)
			h.Set("Stripe-Signature", strings.Replace(h.Get("Stripe-Signature"), "v1=", "v0=", 1))
			return h, body
		}, false},
		{"no signature", func() (http.Header, []byte) { _, body := at(0); return http.Header{}, body }, false},
		{"no time", func() (http.Header, []byte) {
			h, body := at(0)
			_, sum, _ := strings.Cut(h.Get("Stripe-Signature"), ",")
			return http.Header{"Stripe-Signature": {sum}}, body
		}, false},
	} {
		h, body := tt.call()
		news, err := c.Receive(t.Context(), h, body)
		if tt.signed && (err != nil || news.ID != "evt_1" || len(news.About) != 1) {
			t.Errorf("%s: Receive = %+v, %v", tt.name, news, err)
		}
		if !tt.signed && (!errors.Is(err, funding.ErrUnsigned) || news.ID != "") {
			t.Errorf("%s: Receive = %+v, %v, want ErrUnsigned", tt.name, news, err)
		}
	}
	c.secrets = nil
	if h, body := at(0); true {
		if _, err := c.Receive(t.Context(), h, body); !errors.Is(err, funding.ErrUnsigned) {
			t.Errorf("without secrets: %v", err)
		}
	}
}

// A call says which deposit to look up, and which redemption, and no more.
func TestReceiveAbout(t *testing.T) {
	page := object{"id": "cs_test_1", "client_reference_id": "dep_a1b2c3", "payment_status": "paid", "amount_total": 500}
	disputed := object{"id": "dp_1", "object": "dispute", "payment_intent": "pi_1", "status": "lost"}
	refunded := object{"id": "re_1", "payment_intent": "pi_1", "metadata": object{"redemption": "red_a1b2c3"}}
	aboutPage := []funding.Found{{Deposit: "dep_a1b2c3", External: "cs_test_1"}}
	aboutName := []funding.Found{{Deposit: "dep_a1b2c3"}}
	for _, tt := range []struct {
		kind    string
		about   object
		changes object
		want    []funding.Found
	}{
		{"checkout.session.completed", page, nil, aboutPage},
		{"checkout.session.expired", page, nil, aboutPage},
		{"checkout.session.async_payment_succeeded", page, nil, aboutPage},
		{"checkout.session.async_payment_failed", page, nil, aboutPage},
		{"checkout.session.completed", object{"id": "cs_test_1"}, nil, []funding.Found{{External: "cs_test_1"}}},
		{"checkout.session.completed", page, object{"api_version": "2020-08-27"}, aboutPage},
		{"checkout.session.completed", page, object{"livemode": true}, nil},
		{"checkout.session.completed", page, object{"account": "acct_other"}, nil},
		{"charge.dispute.created", disputed, nil, aboutName},
		{"charge.dispute.funds_withdrawn", disputed, nil, aboutName},
		{"charge.dispute.closed", disputed, nil, aboutName},
		{"charge.dispute.created", object{"id": "dp_1", "payment_intent": "pi_other"}, nil, nil},
		{"charge.dispute.created", object{"id": "dp_1", "payment_intent": nil}, nil, nil},
		{"charge.refunded", object{"id": "ch_1", "payment_intent": object{"id": "pi_1"}}, nil, aboutName},
		{"refund.failed", refunded, nil, []funding.Found{{Deposit: "dep_a1b2c3", Redemption: "red_a1b2c3"}}},
		{"refund.updated", object{"id": "re_2", "payment_intent": "pi_1"}, nil, aboutName},
		{"charge.succeeded", object{"id": "ch_1", "payment_intent": "pi_1"}, nil, nil},
		{"customer.created", object{"id": "cus_1"}, nil, nil},
		{"payout.failed", object{"id": "po_1"}, nil, nil},
	} {
		d := newDouble(t)
		c := d.card(testKey)
		d.Objects["/v1/payment_intents/pi_1"] = stripetest.Published(t, "payment_intent",
			object{"metadata": object{"deposit": "dep_a1b2c3"}})
		d.Objects["/v1/payment_intents/pi_other"] = stripetest.Published(t, "payment_intent", object{"metadata": object{}})
		h, body := stripetest.Event(t, d.now, newSecret, tt.kind, tt.about, tt.changes)
		news, err := c.Receive(t.Context(), h, body)
		if diff := cmp.Diff(funding.News{ID: "evt_1", About: tt.want}, news); err != nil || diff != "" {
			t.Errorf("%s %v: %v\n%s", tt.kind, tt.changes, err, diff)
		}
	}
}

// Events of another version are read all the same, and the operator is told once.
func TestReceiveVersion(t *testing.T) {
	d := newDouble(t)
	c := d.card(testKey)
	for range 3 {
		h, body := stripetest.Event(t, d.now, newSecret, "checkout.session.completed", object{"id": "cs_1"},
			object{"api_version": "2020-08-27"})
		if news, err := c.Receive(t.Context(), h, body); err != nil || len(news.About) != 1 {
			t.Errorf("Receive = %+v, %v", news, err)
		}
	}
	if n := strings.Count(d.log.String(), "2020-08-27"); n != 1 {
		t.Errorf("the operator is told %d times:\n%s", n, &d.log)
	}
}

// What cannot be understood now is repeated by Stripe.
func TestReceiveAgain(t *testing.T) {
	d := newDouble(t)
	c := d.card(testKey)
	d.Objects["/v1/payouts/po_early"] = payout(t, object{"reconciliation_status": "in_progress"})
	for kind, about := range map[string]object{
		"charge.dispute.created": {"id": "dp_1", "payment_intent": "pi_1"}, // not found
		"payout.paid":            {"id": "po_early"},
	} {
		h, body := stripetest.Event(t, d.now, newSecret, kind, about)
		if news, err := c.Receive(t.Context(), h, body); err == nil || errors.Is(err, funding.ErrUnsigned) || news.ID != "" {
			t.Errorf("%s: Receive = %+v, %v", kind, news, err)
		}
	}
	h, body := stripetest.Event(t, d.now, newSecret, "", nil, object{"object": "v2.core.event"})
	if _, err := c.Receive(t.Context(), h, body); err == nil {
		t.Error("a call that is no event is taken")
	}
}

// payout is one that Stripe has made by itself and that has come to the bank.
func payout(t testing.TB, changes ...object) object {
	return stripetest.Published(t, "payout", append([]object{{"id": "po_1", "status": "paid"}}, changes...)...)
}

// charged is the balance transaction of a charge in a payout, with its charge.
func charged(t testing.TB, n int, name string, changes, charge object) object {
	source := stripetest.Published(t, "charge", object{
		"id": "ch_" + strconv.Itoa(n), "amount": 500, "currency": "eur", "metadata": object{"deposit": name},
	}, charge)
	return stripetest.Published(t, "balance_transaction", object{
		"id": "txn_" + strconv.Itoa(n), "amount": 500, "fee": 32, "net": 468, "currency": "eur", "source": source,
	}, changes)
}

// A payout settles the charges that are in it, each with its fee in the deposit's currency. Refunds, the payout itself
// and another shop's charges settle nothing.
func TestPayout(t *testing.T) {
	d := newDouble(t)
	c := d.card(testKey)
	d.Objects["/v1/payouts/po_1"] = payout(t)
	none := stripetest.Published(t, "charge", object{"id": "ch_4", "metadata": object{}})
	d.Lists["/v1/balance_transactions"] = []object{
		{"id": "txn_0", "object": "balance_transaction", "type": "payout", "amount": -1368, "source": payout(t)},
		charged(t, 1, "dep_1", nil, nil),
		charged(t, 2, "dep_2", object{"amount": 310, "fee": 20}, object{"amount": 500, "currency": "jpy"}),
		{
			"id": "txn_5", "object": "balance_transaction", "type": "refund", "amount": -500, "fee": 0,
			"source": stripetest.Published(t, "refund"),
		},
		charged(t, 3, "dep_3", object{"amount": 1230, "fee": 61}, object{"amount": 1230, "currency": "kwd"}),
		charged(t, 4, "", object{"source": none}, nil),
		charged(t, 6, "dep_6", nil, object{"livemode": true}),
		charged(t, 7, "dep_7", object{"fee": -3}, nil),
	}
	want := []funding.Found{
		{Deposit: "dep_1", Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: 320_000}},
		{Deposit: "dep_2", Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: 32_258_065}}, // 20/310 of 500 yen
		{Deposit: "dep_3", Outcome: &funding.Outcome{State: ledger.DepositSettled, Fee: 61_000}},
	}
	for _, kind := range []string{"payout.paid", "payout.reconciliation_completed", "payout.paid"} {
		h, body := stripetest.Event(t, d.now, newSecret, kind, object{"id": "po_1"})
		news, err := c.Receive(t.Context(), h, body)
		if diff := cmp.Diff(funding.News{ID: "evt_1", About: want}, news); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", kind, err, diff)
		}
	}
	for _, changes := range []object{
		{"status": "failed"},
		{"status": "in_transit"},
		{"automatic": false, "reconciliation_status": "not_applicable"},
		{"livemode": true},
	} {
		d.Objects["/v1/payouts/po_1"] = payout(t, changes)
		h, body := stripetest.Event(t, d.now, newSecret, "payout.paid", object{"id": "po_1"})
		if news, err := c.Receive(t.Context(), h, body); err != nil || news.About != nil || news.ID == "" {
			t.Errorf("%v: Receive = %+v, %v", changes, news, err)
		}
	}
}

// A long payout is read to its end, and not beyond a bound.
func TestPayoutPages(t *testing.T) {
	d := newDouble(t)
	c := d.card(testKey)
	d.Objects["/v1/payouts/po_1"] = payout(t)
	fill := func(n int) {
		d.Lists["/v1/balance_transactions"] = nil
		for i := range n {
			no := strconv.Itoa(i)
			d.Lists["/v1/balance_transactions"] = append(d.Lists["/v1/balance_transactions"], object{
				"id": "txn_" + no, "object": "balance_transaction", "type": "charge", "amount": 500, "fee": 32,
				"source": object{
					"id": "ch_" + no, "object": "charge", "amount": 500, "currency": "eur",
					"metadata": object{"deposit": "dep_" + no},
				},
			})
		}
	}
	fill(250)
	h, body := stripetest.Event(t, d.now, newSecret, "payout.paid", object{"id": "po_1"})
	news, err := c.Receive(t.Context(), h, body)
	if err != nil || len(news.About) != 250 || d.Asked("GET /v1/balance_transactions") != 3 {
		t.Fatalf("Receive: %d deposits by %q, %v", len(news.About), d.Requests, err)
	}
	for i, f := range news.About {
		if f.Deposit != "dep_"+strconv.Itoa(i) {
			t.Errorf("deposit %d is %s", i, f.Deposit)
		}
	}
	fill(payoutMost + 101)
	if news, err := c.Receive(t.Context(), h, body); err == nil || news.About != nil {
		t.Errorf("Receive: %d deposits, %v beyond the bound", len(news.About), err)
	}
}

// FuzzReceive: whoever knows no secret is told so and nothing else, and no signed text does harm. Money is never told
// from the call: there is no outcome without the API.
func FuzzReceive(f *testing.F) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c, err := New(Options{
		Key: testKey, WebhookSecrets: []string{newSecret}, ReturnURL: back, Now: func() time.Time { return now },
		HTTPClient: &http.Client{Transport: answers(func(*http.Request) (int, string, error) {
			return 404, `{"error":{"type":"invalid_request_error","code":"resource_missing"}}`, nil
		})},
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, kind := range []string{"checkout.session.completed", "charge.dispute.created", "payout.paid", "ping"} {
		h, body := stripetest.Event(f, now, newSecret, kind,
			object{"id": "x_1", "payment_intent": "pi_1", "client_reference_id": "dep_1"})
		f.Add(h.Get("Stripe-Signature"), body)
	}
	f.Add("t=1,v1=00,t=2", []byte(`{"object":"event"}`))
	f.Add("", []byte(`[]`))
	f.Fuzz(func(t *testing.T, header string, body []byte) {
		_, err := c.Receive(context.Background(), http.Header{"Stripe-Signature": {header}}, body)
		by := webhook.UnsignedPayload{Payload: body, Secret: newSecret, Timestamp: now}
		signed := webhook.GenerateTestSignedPayload(&by)
		_, sum, _ := strings.Cut(signed.Header, "v1=")
		if !errors.Is(err, funding.ErrUnsigned) && !strings.Contains(strings.ToLower(header), sum) { // hex in any case
			t.Fatalf("%q is taken: %v", header, err)
		}
		news, err := c.Receive(context.Background(), http.Header{"Stripe-Signature": {signed.Header}}, body)
		if errors.Is(err, funding.ErrUnsigned) || err != nil && news.ID != "" || err == nil && news.ID == "" {
			t.Fatalf("Receive = %+v, %v", news, err)
		}
		for _, about := range news.About {
			if about.Outcome != nil {
				t.Fatalf("Receive = %+v: nobody was asked", news)
			}
		}
	})
}
