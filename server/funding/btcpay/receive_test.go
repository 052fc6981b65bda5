package btcpay

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/funding"
	"tuppence/server/funding/btcpay/btcpaytest"
)

// A call says which deposit to look up, and nothing more: every kind of call is read in one way.
func TestReceive(t *testing.T) {
	c := newDouble(t).coin(t.Output())
	news := funding.News{ID: "d1", About: []funding.Found{{Deposit: name, External: "inv1"}}}
	type fields = map[string]any
	for what, tt := range map[string]struct {
		schema string
		change fields
		want   funding.News
	}{
		"settled":   {"WebhookInvoiceSettledEvent", nil, news},
		"processed": {"WebhookInvoiceProcessingEvent", fields{"type": "InvoiceProcessing"}, news},
		"expired":   {"WebhookInvoiceExpiredEvent", fields{"partiallyPaid": true}, news},
		"invalid":   {"WebhookInvoiceInvalidEvent", nil, news},
		"payment": {"WebhookInvoiceReceivedPaymentEvent", fields{
			"paymentMethodId": "BTC-CHAIN", "payment": fields{"id": "p", "destination": address},
		}, news},
		"again": {"WebhookInvoiceSettledEvent", fields{"deliveryId": "d2", "isRedelivery": true}, news},
		"no original": {
			"WebhookInvoiceEvent",
			fields{"deliveryId": "d3", "originalDeliveryId": ""},
			funding.News{ID: "d3", About: news.About},
		},
		"another store": {"WebhookInvoiceEvent", fields{"storeId": "another"}, funding.News{ID: "d1"}},
		"a payout":      {"WebhookEvent", fields{"type": "PayoutCreated", "invoiceId": ""}, funding.News{ID: "d1"}},
		"an odd id":     {"WebhookInvoiceEvent", fields{"invoiceId": "../x"}, funding.News{ID: "d1"}},
	} {
		t.Run(what, func(t *testing.T) {
			body := btcpaytest.Event(t, tt.schema, tt.change)
			for _, secret := range []string{"old secret", "new secret"} {
				got, err := c.Receive(t.Context(), btcpaytest.Signed(secret, body), body)
				if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
					t.Errorf("Receive: %v\n%s", err, diff)
				}
			}
		})
	}
}

// Only BTCPay is listened to.
func TestReceiveForged(t *testing.T) {
	d := newDouble(t)
	c := d.coin(t.Output())
	body := btcpaytest.Event(t, "WebhookInvoiceSettledEvent", nil)
	long := []byte(`{"deliveryId":"` + strings.Repeat("d", maxEvent) + `"}`)
	other := []byte(strings.Replace(string(body), "inv1", "inv2", 1))
	good := btcpaytest.Signed("new secret", body).Get("BTCPay-Sig")
	for what, tt := range map[string]struct {
		signature string
		body      []byte
	}{
		"none":           {"", body},
		"empty":          {"sha256=", body},
		"another secret": {btcpaytest.Signed("guess", body).Get("BTCPay-Sig"), body},
		"empty secret":   {btcpaytest.Signed("", body).Get("BTCPay-Sig"), body},
		"changed body":   {good, other},
		"cut":            {good[:len(good)-2], body},
		"another hash":   {strings.Replace(good, "sha256", "sha1", 1), body},
		"no hex":         {"sha256=" + strings.Repeat("z", 64), body},
		"too long":       {btcpaytest.Signed("new secret", long).Get("BTCPay-Sig"), long},
	} {
		got, err := c.Receive(t.Context(), http.Header{"Btcpay-Sig": {tt.signature}}, tt.body)
		if !errors.Is(err, funding.ErrUnsigned) || got.ID != "" {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	silent, err := New(Options{URL: d.URL, Store: store, Key: key, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := silent.Receive(t.Context(), btcpaytest.Signed("", body), body); !errors.Is(err, funding.ErrUnsigned) {
		t.Errorf("without secrets: %v", err)
	}
}

// What is signed and cannot be read is an error, so that it comes again.
func TestReceiveUnread(t *testing.T) {
	c := newDouble(t).coin(t.Output())
	for _, body := range []string{"", "[]", "{}", `{"deliveryId":7}`} {
		got, err := c.Receive(t.Context(), btcpaytest.Signed("new secret", []byte(body)), []byte(body))
		if err == nil || errors.Is(err, funding.ErrUnsigned) {
			t.Errorf("%q: %+v, %v", body, got, err)
		}
	}
}

// No body makes Receive fall over, and what it finds can stand in a path and a log.
func FuzzReceive(f *testing.F) {
	c := Coin{client: client{store: store}, secrets: []string{"new secret"}}
	f.Add([]byte(`{"deliveryId":"d1","storeId":"`+store+`","invoiceId":"inv1","metadata":{"orderId":"x"}}`), true)
	f.Add([]byte(`{"deliveryId":"d1","originalDeliveryId":"d0","metadata":null}`), true)
	f.Add([]byte(`{"metadata":[]}`), false)
	f.Fuzz(func(t *testing.T, body []byte, sign bool) {
		header := http.Header{"Btcpay-Sig": {string(body)}}
		if sign {
			header = btcpaytest.Signed("new secret", body)
		}
		news, err := c.Receive(context.Background(), header, body)
		switch {
		case err == nil && (!sign || news.ID == "" || len(news.About) > 1):
			t.Errorf("%+v", news)
		case err != nil && (news.ID != "" || news.About != nil):
			t.Errorf("%+v, %v", news, err)
		}
		for _, found := range news.About {
			if !plain(found.External) {
				t.Errorf("%+v", found)
			}
		}
	})
}

// No answer of the server makes the reader fall over, and no number becomes a wrong one.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`[{"id":"i","amount":"5.00","paymentMethods":[{"rate":"1","due":"-1","payments":[{"value":"1"}]}]}]`))
	f.Add([]byte(`[{"amount":null,"paymentMethods":null}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var all []invoice
		if json.Unmarshal(text, &all) != nil || len(all) == 0 {
			return
		}
		a, err := beside(eur(5), false, all)
		if err == nil && (a.Micros < 0 || a.Micros%10_000 != 0) {
			t.Errorf("beside = %+v", a)
		}
	})
}
