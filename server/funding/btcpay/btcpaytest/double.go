// Package btcpaytest is a double of a BTCPay Server for tests: of the adapter, and of the whole program. Every request,
// every answer and every call is held against the published description of the API, which is not ours.
package btcpaytest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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
)

// The store, the one key that opens it, and the order whose invoices are there unless a test says otherwise.
const (
	Store = "9CiNzKoANXxmk5ayZngSXrHTiVvvgCrwrpFQd4m2K776"
	Key   = "8f1d5c2b7a9e4036b1c2d3e4f5a6978812345678"
	Order = "dep_01JB4QXVZ8M6N2P3R4S5T6V7W8"
)

//go:embed greenfield.json
var greenfield []byte

// document is the published description, read once.
var document = sync.OnceValues(func() (*openapi3.T, error) {
	return openapi3.NewLoader().LoadFromData(greenfield)
})

// Double is a BTCPay Server. Its exported fields are for tests to read and, within Change, to change.
type Double struct {
	*httptest.Server
	Calls    []string
	Asked    []byte                                            // the body of the last order
	Careless bool                                              // it lists the invoices of all orders
	Before   func(w http.ResponseWriter, r *http.Request) bool // true: it has answered
	After    func(w http.ResponseWriter, r *http.Request, answer any) bool

	t      testing.TB
	now    func() time.Time
	router routers.Router
	mu     sync.Mutex
	rows   []*Invoice
	hook   hook
}

// New starts a double by httptest.NewServer or httptest.NewTLSServer. It ends with the test.
func New(t testing.TB, now func() time.Time, serve func(http.Handler) *httptest.Server) *Double {
	t.Helper()
	doc, err := document()
	if err != nil {
		t.Fatal(err)
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	d := &Double{t: t, now: now, router: router}
	d.Server = serve(d)
	t.Cleanup(d.Close)
	return d
}

// Add puts an invoice there; what it leaves empty is as an order of 5 EUR would have it.
func (d *Double) Add(v Invoice) *Invoice {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.put(v)
}

// put is Add for who holds the lock.
func (d *Double) put(v Invoice) *Invoice {
	set := func(s *string, to string) {
		if *s == "" {
			*s = to
		}
	}
	set(&v.ID, "inv"+strconv.Itoa(len(d.rows)+1))
	set(&v.Order, Order)
	set(&v.Store, Store)
	set(&v.Amount, "5.00")
	set(&v.Currency, "EUR")
	set(&v.Status, statusNew)
	set(&v.Additional, "None")
	set(&v.Link, d.URL+"/i/"+v.ID)
	if v.Created == 0 {
		v.Created = d.now().Unix() + int64(len(d.rows))
	}
	if v.Rates == nil {
		v.Rates = map[string]string{"BTC-CHAIN": "50000", "LTC-CHAIN": "60"}
	}
	d.rows = append(d.rows, &v)
	return &v
}

// Change changes something while the server runs.
func (d *Double) Change(f func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f()
}

// Count is how many calls there were that begin so.
func (d *Double) Count(prefix string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.Calls {
		if strings.HasPrefix(c, prefix) {
			n++
		}
	}
	return n
}

// ServeHTTP answers as BTCPay does: the API, and at /i/ the page on which an invoice is paid.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if id, page := strings.CutPrefix(r.URL.Path, "/i/"); page {
		d.show(w, id)
		return
	}
	d.Calls = append(d.Calls, r.Method+" "+r.URL.Path)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Error(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	in := d.checked(r)
	if in == nil || d.Before != nil && d.Before(w, r) {
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
	if d.After != nil && d.After(w, r, answer) {
		return
	}
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// checked holds a request against the description.
func (d *Double) checked(r *http.Request) *openapi3filter.RequestValidationInput {
	route, params, err := d.router.FindRoute(r)
	if err != nil {
		d.t.Errorf("%s %s is not in the description: %v", r.Method, r.URL, err)
		return nil
	}
	in := &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route, Options: &openapi3filter.Options{
			AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
				if in.RequestValidationInput.Request.Header.Get("Authorization") != "token "+Key {
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
func (d *Double) answer(r *http.Request, params map[string]string, body []byte) (int, any) {
	if r.Method == http.MethodGet {
		all := []any{}
		for _, v := range slices.Backward(d.rows) { // the newest first
			if v.Order == r.URL.Query().Get("orderId") || d.Careless {
				all = append(all, v.Shown(r.URL.Query().Get("includePaymentMethods") == "true"))
			}
		}
		return http.StatusOK, all
	}
	if id := params["invoiceId"]; id != "" {
		v := d.invoice(func(v *Invoice) bool { return v.ID == id })
		if v == nil {
			return http.StatusNotFound, map[string]string{"code": "invoice-not-found", "message": "The invoice was not found"}
		}
		if v.Status == statusSettled || v.Status == statusInvalid {
			return 400, []map[string]string{{"path": "status", "message": "Status can only be marked under conditions."}}
		}
		v.Status, v.Additional = statusInvalid, "Marked"
		return http.StatusOK, v.Shown(false)
	}
	var q struct {
		Amount, Currency string
		Metadata         struct{ OrderID string }
	}
	if err := json.Unmarshal(body, &q); err != nil {
		d.t.Error(err)
	}
	d.Asked = body
	return http.StatusOK, d.put(Invoice{Order: q.Metadata.OrderID, Amount: q.Amount, Currency: q.Currency}).Shown(false)
}

// invoice returns the first invoice that is so, nil for none.
func (d *Double) invoice(is func(*Invoice) bool) *Invoice {
	if i := slices.IndexFunc(d.rows, is); i >= 0 {
		return d.rows[i]
	}
	return nil
}

// show is an invoice as its payer sees it.
func (d *Double) show(w http.ResponseWriter, id string) {
	v := d.invoice(func(v *Invoice) bool { return v.ID == id })
	if v == nil {
		http.Error(w, "There is no such invoice.", http.StatusNotFound)
		return
	}
	_, _ = fmt.Fprintf(w, "%s: pay %s %s in bitcoin to %s\n", v.Status, v.Amount, v.Currency, Address)
}
