// Package stripetest is a double of Stripe for tests: of the adapter, and of the whole program. It speaks like Stripe
// where stripe-mock does not: it remembers, and it has states. Like Stripe it refuses what it does not know, keeps the
// answers to idempotency keys, refuses a key with other parameters, and pages lists.
package stripetest

import (
	_ "embed"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Object is a JSON object.
type Object = map[string]any

//go:embed objects.json
var objects []byte

// Published returns an example of Stripe's OpenAPI document, as stripe-mock carries it, with fields changed: every
// field has its published name.
func Published(t testing.TB, name string, changes ...Object) Object {
	t.Helper()
	all := map[string]Object{}
	if err := json.Unmarshal(objects, &all); err != nil || all[name] == nil {
		t.Fatalf("no example of %s: %v", name, err)
	}
	for _, c := range changes {
		maps.Copy(all[name], c)
	}
	return all[name]
}

// pages is the path of all pages at Stripe, which are its Checkout Sessions.
const pages = "/v1/checkout/sessions"

// Double is Stripe. Its exported fields are for tests to read and to change while nothing is asked.
type Double struct {
	URL  string           // of its API
	Site string           // of its pages; https://checkout.stripe.com, where nothing is, unless OpenPages was called
	Now  func() time.Time // its clock

	Requests []string // method and path, in order
	Header   http.Header
	Ordered  []url.Values        // the form of each order that was taken
	Objects  map[string]Object   // by path
	Lists    map[string][]Object // by path
	Fails    func(w http.ResponseWriter)
	Refunds  string // the status with which a refund begins

	t       testing.TB
	mu      sync.Mutex
	answers map[string]Object // by idempotency key: the first answer
	forms   map[string]string // by idempotency key
	deaf    string            // in the method or path of requests that are lost on the way there
	mute    string            // in those whose answers are lost on the way back
	hook    hook
}

// New starts a double. It ends with the test.
func New(t testing.TB, now func() time.Time) *Double {
	t.Helper()
	d := &Double{
		t: t, Site: "https://checkout.stripe.com", Now: now, Objects: map[string]Object{}, Lists: map[string][]Object{},
		answers: map[string]Object{}, forms: map[string]string{}, Refunds: "succeeded",
	}
	site := httptest.NewServer(d)
	d.URL = site.URL
	t.Cleanup(site.Close)
	return d
}

// ServeHTTP answers as Stripe does.
func (d *Double) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	request := r.Method + " " + r.URL.Path
	d.Requests, d.Header = append(d.Requests, request), r.Header.Clone()
	if d.deaf != "" && strings.Contains(request, d.deaf) {
		panic(http.ErrAbortHandler)
	}
	if d.Fails != nil {
		d.Fails(w)
		return
	}
	status, answer := d.answer(r)
	if d.mute != "" && strings.Contains(request, d.mute) {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Request-Id", "req_"+strconv.Itoa(len(d.Requests)))
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		d.t.Error(err)
	}
}

// keys are what Stripe's secret keys look like in a header.
var keys = regexp.MustCompile(`^Bearer (sk|rk)_(test|live)_\w+$`)

func (d *Double) answer(r *http.Request) (int, Object) {
	key := r.Header.Get("Authorization")
	refuse := func(status int, code, message string) (int, Object) {
		return status, Failure(strings.TrimPrefix(key, "Bearer "), "invalid_request_error", code, message)
	}
	if !keys.MatchString(key) {
		return refuse(401, "", "You did not provide an API key.")
	}
	if err := r.ParseForm(); err != nil {
		d.t.Error(err)
	}
	if p := unknown(r); p != "" {
		return refuse(400, "parameter_unknown", "Received unknown parameter: "+p)
	}
	id, expire := strings.CutSuffix(r.URL.Path, "/expire")
	s := d.Objects[id]
	switch {
	case r.Method == "POST" && r.URL.Path == pages:
		return d.order(r, refuse)
	case r.Method == "POST" && r.URL.Path == refunds:
		return d.refund(r, refuse)
	case r.Method == "POST" && expire && s != nil && s["status"] == "open":
		s["status"] = "expired"
		return 200, unexpanded(s, nil)
	case r.Method == "POST" && expire && s != nil:
		return refuse(400, "", "Only sessions with a status in `open` can be expired.")
	case r.Method == "GET" && s != nil:
		return 200, unexpanded(s, r.Form)
	case r.Method == "GET" && known[r.Method+" "+r.URL.Path] != nil:
		return 200, d.list(r)
	}
	return refuse(404, "resource_missing", "No such object: "+r.URL.Path)
}

// known are the parameters that the double takes, by method and path. Everywhere else it takes expand alone.
var known = map[string][]string{
	"POST " + pages: {
		"mode", "payment_method_types[]", "line_items[][quantity]", "line_items[][price_data][currency]",
		"line_items[][price_data][unit_amount]", "line_items[][price_data][product_data][name]",
		"adaptive_pricing[enabled]", "client_reference_id", "payment_intent_data[metadata][deposit]", "expires_at",
		"success_url", "cancel_url",
	},
	"POST " + refunds:              {"payment_intent", "amount", "metadata[redemption]"},
	"GET " + refunds:               {"payment_intent", "limit", "starting_after", "expand[]"},
	"GET /v1/disputes":             {"payment_intent", "limit", "starting_after", "expand[]"},
	"GET /v1/balance_transactions": {"payout", "type", "limit", "starting_after", "expand[]"},
}

// numbers stand in the names of parameters that are lists.
var numbers = regexp.MustCompile(`\[\d*\]`)

// unknown returns a parameter that Stripe does not take there, "" for none.
func unknown(r *http.Request) string {
	takes, is := known[r.Method+" "+r.URL.Path]
	if !is {
		takes = []string{"expand[]"}
	}
	for name := range r.Form {
		if !slices.Contains(takes, numbers.ReplaceAllString(name, "[]")) {
			return name
		}
	}
	return ""
}

// unexpanded is an object as Stripe shows it: a payment is its id alone unless more is asked for.
func unexpanded(o Object, form url.Values) Object {
	const whole = "payment_intent.latest_charge.balance_transaction"
	intent, is := o["payment_intent"].(Object)
	if !is || slices.Contains(slices.Concat(slices.Collect(maps.Values(form))...), whole) {
		return o
	}
	o = maps.Clone(o)
	o["payment_intent"] = intent["id"]
	return o
}

// order takes an order, once for each idempotency key.
func (d *Double) order(r *http.Request, refuse func(int, string, string) (int, Object)) (int, Object) {
	key, form := r.Header.Get("Idempotency-Key"), r.PostForm.Encode()
	if first, seen := d.answers[key]; seen && d.forms[key] == form {
		return 200, first
	} else if seen {
		return 400, Failure("", "idempotency_error", "", "Keys can only be used with the same parameters.")
	}
	expires, err := strconv.ParseInt(r.PostForm.Get("expires_at"), 10, 64)
	if at := time.Unix(expires, 0).Sub(d.Now()); err != nil || at < 30*time.Minute || at > 24*time.Hour {
		return refuse(400, "", "The `expires_at` timestamp must be 30 minutes to 24 hours away.")
	}
	amount, err := strconv.ParseInt(r.PostForm.Get("line_items[0][price_data][unit_amount]"), 10, 64)
	if err != nil {
		return refuse(400, "parameter_invalid_integer", "Invalid integer.")
	}
	d.Ordered = append(d.Ordered, r.PostForm)
	live, mode := strings.Contains(r.Header.Get("Authorization"), "_live_"), "test_"
	if live {
		mode = "live_"
	}
	id := "cs_" + mode + strconv.Itoa(len(d.Ordered))
	s := Published(d.t, "checkout.session", Object{
		"id": id, "url": d.Site + "/c/pay/" + id + "#fidSecret", "amount_total": amount, "expires_at": expires,
		"payment_intent": nil, "currency": r.PostForm.Get("line_items[0][price_data][currency]"),
		"client_reference_id": r.PostForm.Get("client_reference_id"), "livemode": live,
	})
	d.Objects[pages+"/"+id], d.forms[key], d.answers[key] = s, form, maps.Clone(s)
	return 200, s
}

// Failure is the body of an error. Like Stripe's it quotes what nobody else may see.
func Failure(key, kind, code, message string) Object {
	return Object{"error": Object{
		"type": kind, "code": code, "message": message + " Key " + key + ", see https://checkout.stripe.com/c/pay/",
		"request_log_url": "https://dashboard.stripe.com/" + key,
		"payment_intent":  Object{"id": "pi_1", "client_secret": "pi_1_secret_Secret"},
	}}
}

// list pages a list.
func (d *Double) list(r *http.Request) Object {
	q := r.URL.Query()
	all := slices.DeleteFunc(slices.Clone(d.Lists[r.URL.Path]), func(o Object) bool {
		return q.Get("type") != "" && o["type"] != q.Get("type") ||
			q.Get("payment_intent") != "" && o["payment_intent"] != q.Get("payment_intent")
	})
	if after := q.Get("starting_after"); after != "" {
		all = all[1+slices.IndexFunc(all, func(o Object) bool { return o["id"] == after }):]
	}
	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit > 100 {
		d.t.Errorf("a list with limit %q", q.Get("limit"))
	}
	n := min(limit, len(all))
	return Object{"object": "list", "url": r.URL.Path, "has_more": n < len(all), "data": all[:n:n]}
}

// Lose says which requests are lost from now on, on the way there or on the way back, by a part of their method or
// path. It forgets what was asked.
func (d *Double) Lose(deaf, mute string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf, d.mute, d.Requests = deaf, mute, nil
}

// Asked counts the requests of a kind.
func (d *Double) Asked(request string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, r := range d.Requests {
		if r == request {
			n++
		}
	}
	return n
}

// Orders counts the orders that were taken.
func (d *Double) Orders() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.Ordered)
}
