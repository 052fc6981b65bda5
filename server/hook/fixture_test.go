package hook

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tuppence/server"
	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/server/webhook"
	"tuppence/store"
)

// world is a service with its API, one vendor, and a clock that the test moves. When the test ends, the books must be
// clean.
type world struct {
	t     testing.TB
	svc   *server.Server
	api   http.Handler
	store *store.Memory
	time  *servertest.Clock
	key   string
	// cookies are those of one browser, which opens the page of each request that leads back to a vendor.
	cookies map[string]string
}

var boss = view.Caller{Fingerprint: "SHA256:boss"}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, cookies: map[string]string{}, store: store.NewMemory(), time: servertest.NewClock()}
	sealer, err := seal.New(make([]byte, seal.MasterSize), servertest.NewRandom(1))
	if err != nil {
		t.Fatal(err)
	}
	w.svc, err = server.Open(t.Context(), server.Options{
		Store: w.store, Seal: sealer, Now: w.time.Now, Methods: []funding.Method{&funding.SimulatedCard{}},
		House:    view.House{Name: "The Penny House", Host: "pay.example", URL: "https://pay.example", Simulated: true},
		Operator: boss.Fingerprint, Deliver: webhook.NewSender(webhook.SenderOptions{
			Target: webhook.Target{AllowLoopback: true}, Now: w.time.Now,
		}),
		Prove: func(_ context.Context, origin, token string) error { // what the sites of these tests say
			if origin == "https://second.example" && strings.HasPrefix(token, "tuppence-verify=") {
				return nil
			}
			return ledger.Refuse(ledger.ErrOrigin, "Put it there.", "There is no proof at the site.")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.api = New(w.svc, Options{BaseURL: "https://pay.example", Now: w.time.Now})
	w.key = w.vendor("news")
	t.Cleanup(func() {
		err := w.store.View(context.Background(), func(kv store.Reader) error {
			report, err := books.Audit(context.Background(), kv, nil)
			for _, f := range report.Findings {
				t.Errorf("audit: %s: %s", f.Invariant, f.What)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	return w
}

// vendor opens a vendor with the origin https://NAME.example and returns its key.
func (w *world) vendor(name string) string {
	w.t.Helper()
	k, err := w.svc.VendorCreate(w.t.Context(), boss, view.VendorRequest{
		Name: name, Title: strings.ToUpper(name), Origin: "https://" + name + ".example",
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return k.Key
}

// available makes what is sold available at once: nothing of it can be taken back.
func (w *world) available() {
	w.t.Helper()
	for _, name := range []string{"risk_online", "settle_delay"} {
		if _, err := w.svc.SetPolicy(w.t.Context(), boss, name, "0m"); err != nil {
			w.t.Fatal(err)
		}
	}
}

// ann opens a wallet with money in it and an open window.
func (w *world) ann(cents int64) view.Caller {
	w.t.Helper()
	who := view.Caller{Fingerprint: "SHA256:ann"}
	if _, err := w.svc.Join(w.t.Context(), who, view.JoinRequest{Accept: true}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.svc.Touch(w.t.Context(), who); err != nil {
		w.t.Fatal(err)
	}
	if cents > 0 {
		amount := ledger.Amount{Micros: cents * 10_000, Currency: "EUR"}
		if _, err := w.svc.Fund(w.t.Context(), who, view.FundRequest{Amount: amount, Method: "card"}); err != nil {
			w.t.Fatal(err)
		}
	}
	return who
}

// dollars gives a wallet another currency.
func (w *world) dollars(who view.Caller) {
	w.t.Helper()
	amount := ledger.Amount{Micros: 5_000_000, Currency: "USD"}
	if _, err := w.svc.Fund(w.t.Context(), who, view.FundRequest{Amount: amount, Method: "card"}); err != nil {
		w.t.Fatal(err)
	}
}

// answer is what the API said.
type answer struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (a answer) text(path ...string) string {
	var v any = a.body
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		v = m[p]
	}
	s, _ := v.(string)
	return s
}

// call makes a request with the vendor's key; headers come in pairs.
func (w *world) call(method, path, body string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.key)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	raw, err := io.ReadAll(rec.Result().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	a := answer{status: rec.Code, header: rec.Header(), raw: string(raw)}
	if bytes.HasPrefix(raw, []byte("{")) {
		if err := json.Unmarshal(raw, &a.body); err != nil {
			w.t.Fatalf("%s %s answered no JSON: %s", method, path, raw)
		}
	}
	return a
}

// must is a call that has to be answered with this status.
func (w *world) must(status int, method, path, body string, headers ...string) answer {
	w.t.Helper()
	a := w.call(method, path, body, headers...)
	if a.status != status {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, a.status, a.raw, status)
	}
	return a
}

// offer posts an article for a price in EUR.
func (w *world) offer(price string) string {
	w.t.Helper()
	return w.must(201, "POST", "/v1/offers", `{"title":"How rivers freeze","description":"Long read",
		"price":{"amount":"`+price+`","currency":"EUR"},"kind":"content",
		"content_url":"https://news.example/rivers","views":5,"days":30,
		"royalties":[{"payee":"Mira Holt","role":"author","percent_bp":4000}]}`).text("id")
}

// checkout asks for an offer and returns the checkout.
func (w *world) checkout(offer, key string) answer {
	w.t.Helper()
	c := w.must(201, "POST", "/v1/checkouts", `{"offer_id":"`+offer+`","mode":"charge",
		"success_url":"https://news.example/paid","cancel_url":"https://news.example/rivers",
		"client_reference_id":"1001"}`, "Idempotency-Key", key)
	w.opens(c)
	return c
}

// opens the page of a request with the browser.
func (w *world) opens(c answer) {
	w.t.Helper()
	txn := c.text("txn_id")
	for range 2 {
		page, err := w.svc.CheckoutPage(w.t.Context(), txn, w.cookies[txn])
		if err != nil {
			w.t.Fatal(err)
		}
		if page.Cookie != "" {
			w.cookies[txn] = page.Cookie
		}
	}
}

// link makes a buyer link the vendor, and returns the link's name.
func (w *world) link(who view.Caller) string {
	w.t.Helper()
	c := w.must(201, "POST", "/v1/checkouts", `{"mode":"link","success_url":"https://news.example/linked"}`,
		"Idempotency-Key", "link-"+who.Fingerprint)
	w.opens(c)
	if _, err := w.svc.Answer(w.t.Context(), who, view.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		w.t.Fatal(err)
	}
	return w.redeem(c).text("link", "id")
}

// redeem brings the browser's code back.
func (w *world) redeem(c answer) answer {
	w.t.Helper()
	return w.must(200, "POST", "/v1/checkouts/"+c.text("id")+"/redeem", `{"code":"`+w.code(c)+`"}`,
		"Idempotency-Key", "redeem-"+c.text("id"))
}

// code is the one-time code that the browser carries back.
func (w *world) code(c answer) string {
	w.t.Helper()
	back, err := w.svc.CheckoutReturn(w.t.Context(), c.text("txn_id"), w.cookies[c.text("txn_id")])
	if err != nil {
		w.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(back.To, "code=")
	code, _, _ := strings.Cut(rest, "&")
	return code
}

// head is the state of the books.
func (w *world) head() ledger.EntryNo {
	w.t.Helper()
	no, _, err := w.svc.Head(context.Background())
	if err != nil {
		w.t.Fatal(err)
	}
	return no
}
