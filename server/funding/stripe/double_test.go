package stripe

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/funding"
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
type object = map[string]any

// published are the examples of Stripe's OpenAPI document, as stripe-mock carries them: every field by its published
// name. The tests change the fields that they speak of. The form of requests is checked by stripe-mock itself.
func published(t testing.TB, name string, changes ...object) object {
	t.Helper()
	text, err := os.ReadFile("testdata/objects.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]object{}
	if err := json.Unmarshal(text, &all); err != nil || all[name] == nil {
		t.Fatalf("no example of %s: %v", name, err)
	}
	for _, c := range changes {
		maps.Copy(all[name], c)
	}
	return all[name]
}

// double speaks like Stripe where stripe-mock does not: it remembers, and it has states. It keeps the answers to
// idempotency keys, refuses a key with other parameters, and pages lists.
type double struct {
	t    *testing.T
	site *httptest.Server
	now  time.Time
	log  bytes.Buffer // of the methods that speak to it

	mu       sync.Mutex
	requests []string // method and path, in order
	header   http.Header
	ordered  []url.Values        // the form of each order that was taken
	answers  map[string]object   // by idempotency key: the first answer
	forms    map[string]string   // by idempotency key
	objects  map[string]object   // by path
	lists    map[string][]object // by path
	deaf     string              // in the method or path of requests that are lost on the way there
	mute     string              // in those whose answers are lost on the way back
	fails    func(w http.ResponseWriter)
}

func newDouble(t *testing.T) *double {
	d := &double{
		t: t, now: time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC), answers: map[string]object{}, forms: map[string]string{},
		objects: map[string]object{}, lists: map[string][]object{},
	}
	d.site = httptest.NewServer(d)
	t.Cleanup(d.site.Close)
	return d
}

// card returns the method as it speaks to the double. Whatever the test does, no secret may be logged.
func (d *double) card(key string) *Card {
	d.t.Helper()
	c, err := New(Options{
		Key: key, WebhookSecrets: []string{newSecret, oldSecret}, BaseURL: d.site.URL, ReturnURL: back,
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

// ServeHTTP answers as Stripe does.
func (d *double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	request := r.Method + " " + r.URL.Path
	d.requests, d.header = append(d.requests, request), r.Header.Clone()
	if d.deaf != "" && strings.Contains(request, d.deaf) {
		panic(http.ErrAbortHandler)
	}
	if d.fails != nil {
		d.fails(w)
		return
	}
	status, answer := d.answer(r)
	if d.mute != "" && strings.Contains(request, d.mute) {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Request-Id", "req_"+strconv.Itoa(len(d.requests)))
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		d.t.Error(err)
	}
}

func (d *double) answer(r *http.Request) (int, object) {
	id, expire := strings.CutSuffix(r.URL.Path, "/expire")
	s := d.objects[id]
	switch {
	case r.Method == "POST" && r.URL.Path == "/v1/checkout/sessions":
		return d.order(r)
	case r.Method == "POST" && expire && s != nil && s["status"] == "open":
		s["status"] = "expired"
		return 200, s
	case r.Method == "POST" && expire && s != nil:
		return 400, failure("invalid_request_error", "", "Only sessions with a status in `open` can be expired.")
	case r.Method == "GET" && s != nil:
		return 200, s
	case r.Method == "GET" && (r.URL.Path == "/v1/disputes" || r.URL.Path == "/v1/balance_transactions"):
		return 200, d.list(r)
	}
	return 404, failure("invalid_request_error", "resource_missing", "No such object: "+r.URL.Path)
}

// order takes an order, once for each idempotency key.
func (d *double) order(r *http.Request) (int, object) {
	if err := r.ParseForm(); err != nil {
		d.t.Error(err)
	}
	key, form := r.Header.Get("Idempotency-Key"), r.PostForm.Encode()
	if first, seen := d.answers[key]; seen && d.forms[key] == form {
		return 200, first
	} else if seen {
		return 400, failure("idempotency_error", "", "Keys can only be used with the same parameters.")
	}
	expires, err := strconv.ParseInt(r.PostForm.Get("expires_at"), 10, 64)
	if at := time.Unix(expires, 0).Sub(d.now); err != nil || at < 30*time.Minute || at > 24*time.Hour {
		return 400, failure("invalid_request_error", "", "The `expires_at` timestamp must be 30 minutes to 24 hours away.")
	}
	amount, err := strconv.ParseInt(r.PostForm.Get("line_items[0][price_data][unit_amount]"), 10, 64)
	if err != nil {
		return 400, failure("invalid_request_error", "parameter_invalid_integer", "Invalid integer.")
	}
	d.ordered = append(d.ordered, r.PostForm)
	id := "cs_test_" + strconv.Itoa(len(d.ordered))
	s := published(d.t, "checkout.session", object{
		"id": id, "url": linkTo + id + "#fidSecret", "amount_total": amount, "expires_at": expires, "payment_intent": nil,
		"currency":            r.PostForm.Get("line_items[0][price_data][currency]"),
		"client_reference_id": r.PostForm.Get("client_reference_id"),
		"livemode":            strings.Contains(r.Header.Get("Authorization"), "_live_"),
	})
	d.objects["/v1/checkout/sessions/"+id], d.forms[key], d.answers[key] = s, form, maps.Clone(s)
	return 200, s
}

// failure is the body of an error.
func failure(kind, code, message string) object {
	return object{"error": object{
		"type": kind, "code": code, "message": message + " Key " + testKey + ", see " + linkTo,
		"request_log_url": "https://dashboard.stripe.com/" + testKey,
		"payment_intent":  object{"id": "pi_1", "client_secret": "pi_1_secret_Secret"},
	}}
}

// list pages a list.
func (d *double) list(r *http.Request) object {
	q := r.URL.Query()
	all := slices.DeleteFunc(slices.Clone(d.lists[r.URL.Path]), func(o object) bool {
		return q.Get("type") != "" && o["type"] != q.Get("type") ||
			q.Get("payment_intent") != "" && o["payment_intent"] != q.Get("payment_intent")
	})
	if after := q.Get("starting_after"); after != "" {
		all = all[1+slices.IndexFunc(all, func(o object) bool { return o["id"] == after }):]
	}
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit > 100 {
		d.t.Errorf("a list with limit %q", q.Get("limit"))
	}
	n := min(limit, len(all))
	return object{"object": "list", "url": r.URL.Path, "has_more": n < len(all), "data": all[:n:n]}
}

// line says which requests are lost from now on, by a part of their method or path, and forgets what was asked.
func (d *double) line(deaf, mute string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf, d.mute, d.requests = deaf, mute, nil
}

// asked counts the requests of a kind.
func (d *double) asked(request string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.requests {
		if r == request {
			n++
		}
	}
	return n
}

// paid completes the page of an order, and changes it.
func (d *double) paid(out funding.Outcome, o funding.Order, changes ...object) {
	d.t.Helper()
	amount, _ := minor(o.Deposit.Amount)
	currency := strings.ToLower(string(o.Deposit.Amount.Currency))
	s := d.objects["/v1/checkout/sessions/"+out.External]
	charge := published(d.t, "charge", object{
		"id": "ch_1", "payment_intent": "pi_1", "amount": amount, "currency": currency, "metadata": object{"deposit": o.Name},
	})
	intent := published(d.t, "payment_intent", object{
		"id": "pi_1", "status": "succeeded", "amount": amount, "amount_received": amount, "currency": currency,
		"latest_charge": charge, "metadata": object{"deposit": o.Name}, "livemode": s["livemode"],
	})
	d.objects["/v1/payment_intents/pi_1"] = intent
	maps.Copy(s, object{"status": "complete", "payment_status": "paid", "payment_intent": intent})
	for _, c := range changes {
		maps.Copy(s, c)
	}
}

// order is a deposit of some micros as the service hands it over.
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
