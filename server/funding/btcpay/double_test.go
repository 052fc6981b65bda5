package btcpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/shopspring/decimal"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

const (
	store   = "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776"
	key     = "8f1d5c2b7a9e4036b1c2d3e4f5a6978812345678"
	name    = "dep_01JB4QXVZ8M6N2P3R4S5T6V7W8"
	address = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq" // of a payer
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// payment is what came for an invoice, in a coin.
type payment struct {
	value, fee string
	status     string
}

// row is an invoice as the double keeps it.
type row struct {
	id, order, store   string
	amount, currency   string
	status, additional string
	created            int64
	rates              map[string]string    // of each payment method
	payments           map[string][]payment // by payment method
	link               string
}

// double is a BTCPay Server as far as this package needs one. Every request and every answer is held against the
// published description of the API, which is not ours.
type double struct {
	*httptest.Server
	t      *testing.T
	router routers.Router

	mu       sync.Mutex
	rows     []*row
	calls    []string
	asked    []byte                                            // the body of the last order
	careless bool                                              // it lists the invoices of all orders
	before   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	after    func(w http.ResponseWriter, r *http.Request, answer any) bool
}

// document is the published description, read once.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	text, err := os.ReadFile("testdata/greenfield.json")
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(text)
})

func newDouble(t *testing.T) *double {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	d := &double{t: t, router: router}
	d.Server = httptest.NewTLSServer(d)
	t.Cleanup(d.Close)
	return d
}

// coin is the method at this server.
func (d *double) coin(log io.Writer) *Coin {
	d.t.Helper()
	c, err := New(Options{
		URL: d.URL, Store: store, Key: key, WebhookSecrets: []string{"old secret", "new secret"}, Client: d.Client(),
		Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// add puts an invoice of an order there; what it leaves empty is as ordered.
func (d *double) add(v row) *row {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.put(v)
}

// put is add for who holds the lock.
func (d *double) put(v row) *row {
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	set(&v.id, "inv"+strconv.Itoa(len(d.rows)+1))
	set(&v.order, name)
	set(&v.store, store)
	set(&v.amount, "5.00")
	set(&v.currency, "EUR")
	set(&v.status, statusNew)
	set(&v.additional, "None")
	set(&v.link, d.URL+"/i/"+v.id)
	if v.created == 0 {
		v.created = noon.Unix() + int64(len(d.rows))
	}
	if v.rates == nil {
		v.rates = map[string]string{"BTC-CHAIN": "50000", "LTC-CHAIN": "60"}
	}
	d.rows = append(d.rows, &v)
	return &v
}

// change changes an invoice while the server runs.
func (d *double) change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// count is how many calls there were that begin so.
func (d *double) count(prefix string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, r.Method+" "+r.URL.Path)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	in := d.checked(r)
	if in == nil || d.before != nil && d.before(w, r) {
		return
	}
	status, answer := d.answer(r, in.PathParams, body)
	text, err := json.Marshal(answer)
	if err != nil {
		d.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	out := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: status, Header: w.Header(), Options: in.Options,
	}
	if err := openapi3filter.ValidateResponse(r.Context(), out.SetBodyBytes(text)); err != nil {
		d.t.Errorf("the double answers what BTCPay does not: %v", err)
	}
	if d.after != nil && d.after(w, r, answer) {
		return
	}
	w.WriteHeader(status)
	w.Write(text)
}

// checked holds a request against the description.
func (d *double) checked(r *http.Request) *openapi3filter.RequestValidationInput {
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		d.t.Errorf("%s %s is not in the description: %v", r.Method, r.URL, err)
		return nil
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
			AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
				if in.RequestValidationInput.Request.Header.Get("Authorization") != "token "+key {
					return errors.New("no key")
				}
				return nil
			},
		},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
		d.t.Errorf("BTCPay would refuse %s %s: %v", r.Method, r.URL, err)
		return nil
	}
	return in
}

// answer does what BTCPay does.
func (d *double) answer(r *http.Request, params map[string]string, body []byte) (int, any) {
	if r.Method == http.MethodGet {
		all := []any{}
		for _, v := range slices.Backward(d.rows) { // the newest first
			if v.order == r.URL.Query().Get("orderId") || d.careless {
				all = append(all, v.json(r.URL.Query().Get("includePaymentMethods") == "true"))
			}
		}
		return http.StatusOK, all
	}
	if id := params["invoiceId"]; id != "" {
		i := slices.IndexFunc(d.rows, func(v *row) bool { return v.id == id })
		if i < 0 {
			return http.StatusNotFound, map[string]string{"code": "invoice-not-found", "message": "The invoice was not found"}
		}
		v := d.rows[i]
		if v.status == statusSettled || v.status == statusInvalid {
			return 400, []map[string]string{{"path": "status", "message": "Status can only be marked under conditions."}}
		}
		v.status, v.additional = statusInvalid, marking
		return http.StatusOK, v.json(false)
	}
	var q struct {
		Amount, Currency string
		Metadata         struct{ OrderID string }
	}
	if err := json.Unmarshal(body, &q); err != nil {
		d.t.Error(err)
	}
	d.asked = body
	return http.StatusOK, d.put(row{order: q.Metadata.OrderID, amount: q.Amount, currency: q.Currency}).json(false)
}

// json is an invoice as the API shows it.
func (v *row) json(methods bool) map[string]any {
	m := map[string]any{
		"id": v.id, "storeId": v.store, "amount": v.amount, "currency": v.currency, "type": "Standard",
		"checkoutLink": v.link, "createdTime": v.created, "status": v.status, "additionalStatus": v.additional,
		"archived": false, "metadata": map[string]any{"orderId": v.order, "buyerName": "Ann Payer"},
		"checkout": map[string]any{"speedPolicy": "MediumSpeed"}, "receipt": nil,
	}
	if methods {
		m["paymentMethods"] = v.methods()
	}
	return m
}

// methods are the payment methods with what is due, as BTCPay counts: what came is not too much if it is what some
// method asks for, which is rounded up to its smallest part.
func (v *row) methods() []any {
	dec := decimal.RequireFromString
	price, gross, net := dec(v.amount), decimal.Zero, decimal.Zero
	for id, all := range v.payments {
		for _, p := range all {
			if p.status != statusInvalid {
				gross = gross.Add(dec(p.value).Mul(dec(v.rates[id])))
				net = net.Add(dec(p.value).Sub(dec("0" + p.fee)).Mul(dec(v.rates[id])))
			}
		}
	}
	due := func(id string) decimal.Decimal {
		return price.Add(gross).Sub(net).Sub(gross).DivRound(dec(v.rates[id]), 20).RoundCeil(8)
	}
	dust := false
	for id := range v.rates {
		dust = dust || net.GreaterThan(price) && due(id).IsZero()
	}
	var list []any
	for id, rate := range v.rates {
		payments := []any{}
		for i, p := range v.payments[id] {
			payments = append(payments, map[string]any{
				"id": id + strconv.Itoa(i), "receivedDate": v.created, "value": p.value, "fee": "0" + p.fee,
				"status": p.status, "destination": address,
			})
		}
		left := due(id).String()
		if dust {
			left = "0"
		}
		list = append(list, map[string]any{
			"paymentMethodId": id, "currency": id[:3], "rate": rate, "due": left, "payments": payments,
			"destination": address, "activated": true,
		})
	}
	return list
}

// order is a deposit as the service hands it over, an hour old.
func order(state ledger.DepositState, external string) funding.Order {
	return funding.Order{Name: name, Deposit: ledger.Deposit{
		Kind: ledger.DepositOnline, Method: "ecurrency", State: state, External: external,
		Amount: ledger.Amount{Micros: 5 * ledger.Unit, Currency: "EUR"}, Created: noon.Add(-time.Hour),
	}}
}
