package hook

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// secrets are what a vendor may not learn of a buyer.
type secrets struct {
	zone      string
	cents     int64         // in the wallet when the vendor's story begins
	elsewhere string        // price of what was bought at another vendor before, "" for nothing
	joined    time.Duration // how long before
	perDay    int64         // limit of the wallet, in cents
}

// names are what differs between any two sales.
var names = regexp.MustCompile(`[a-z]{1,5}_[0-9a-z]{26,36}|\b[A-Z]{4}-[A-Z]{4}\b|eyJ[\w.-]+|code=[\w-]+`)

// vendorSees is everything that a vendor is told in a story with a buyer who has these secrets: every answer, every
// event, and the pages of its requests, with the names of things taken out.
func vendorSees(t *testing.T, s secrets) (all []string) {
	w := newWorld(t)
	if _, err := w.svc.SetPolicy(t.Context(), boss, "new_for", "0m"); err != nil { // else all dear things are asked for
		t.Fatal(err)
	}
	var mu sync.Mutex
	hear := func(from, said string) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, from+" "+names.ReplaceAllString(said, "NAME"))
	}
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		hear("event", string(body))
	}))
	defer site.Close()
	hooks := strings.Replace(site.URL, "127.0.0.1", "localhost", 1)
	w.must(201, "POST", "/v1/webhook_endpoints", `{"url":"`+hooks+`"}`)
	ann := w.buyerWith(s)
	for _, step := range w.storyOf(ann) {
		a := w.call(step.method, step.path, step.body, "Idempotency-Key", step.path+step.body)
		hear(step.method+" "+step.body, a.raw)
		if step.then != nil {
			step.then(a)
		}
		if txn := names.FindString(strings.TrimPrefix(a.text("approve_url"), "https://pay.example/c/")); txn != "" {
			page, err := w.svc.CheckoutPage(t.Context(), txn, "")
			if err != nil {
				t.Fatal(err)
			}
			drawn, err := json.Marshal(page)
			if err != nil {
				t.Fatal(err)
			}
			hear("page", string(drawn))
		}
	}
	for _, list := range []string{"links", "charges", "refunds", "disputes", "vendor"} {
		hear(list, w.must(200, "GET", "/v1/"+list, "").raw)
	}
	w.svc.Sweep(t.Context())
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(all) // events of one sweep come in any order
	return all
}

// buyerWith opens the wallet of a buyer with secrets.
func (w *world) buyerWith(s secrets) view.Caller {
	w.t.Helper()
	ctx, ann := w.t.Context(), view.Caller{Fingerprint: "SHA256:ann"}
	w.time.Pass(24*time.Hour - s.joined)
	if _, err := w.svc.Join(ctx, ann, view.JoinRequest{Accept: true, Zone: s.zone}); err != nil {
		w.t.Fatal(err)
	}
	spent, err := ledger.ParseAmount("0"+s.elsewhere, "EUR")
	if err != nil {
		w.t.Fatal(err)
	}
	amount := ledger.Amount{Micros: s.cents*10_000 + spent.Micros, Currency: "EUR"}
	if _, err := w.svc.Fund(ctx, ann, view.FundRequest{Amount: amount, Method: "card"}); err != nil {
		w.t.Fatal(err)
	}
	key := w.key
	w.key = w.vendor("other")
	if s.elsewhere != "" {
		c := w.must(201, "POST", "/v1/checkouts", `{"offer":{"title":"Elsewhere","kind":"goods",
			"price":{"amount":"0`+s.elsewhere+`","currency":"EUR"}}}`, "Idempotency-Key", "e")
		w.accept(ann, c)
	}
	w.key = key
	w.time.Pass(s.joined)
	for period, micros := range map[string]int64{"purchase": ledger.NoLimit, "day": s.perDay * 10_000} {
		c := ledger.LimitChange{Currency: "EUR", Period: period, Max: micros, Confirmed: true}
		if _, _, err := w.svc.SetLimit(ctx, ann, c); err != nil {
			w.t.Fatal(err)
		}
	}
	return ann
}

// accept says yes to a request, and that the buyer is there.
func (w *world) accept(who view.Caller, c answer) {
	w.t.Helper()
	if _, err := w.svc.Answer(w.t.Context(), who, view.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		w.t.Fatal(err)
	}
	if err := w.svc.Touch(w.t.Context(), who); err != nil {
		w.t.Fatal(err)
	}
}

// told is one call of a vendor, and what happens when its answer is there.
type told struct {
	method, path, body string
	then               func(answer)
}

// storyOf is a link, sales on it, and each refusal that a buyer can be the reason of.
func (w *world) storyOf(ann view.Caller) []told {
	price := func(cents string) string { return w.offer(cents) }
	article, dear, dearer := price("0.25"), price("2.00"), price("3.50")
	link := w.link(ann)
	if err := w.svc.Touch(w.t.Context(), ann); err != nil {
		w.t.Fatal(err)
	}
	charge := func(offer, ref string) told {
		return told{"POST", "/v1/charges", `{"link_id":"` + link + `","offer_id":"` + offer +
			`","client_reference_id":"` + ref + `"}`, nil}
	}
	step := func(do func()) told { return told{"GET", "/v1/links/" + link, "", func(answer) { do() }} }
	sold := charge(article, "sold")
	sold.then = func(a answer) {
		if a.status != 201 {
			w.t.Fatalf("the article is not sold: %s", a.raw)
		}
		w.must(201, "POST", "/v1/refunds", `{"charge_id":"`+a.text("id")+`"}`, "Idempotency-Key", "back")
	}
	unlink := func(block bool) func() {
		end := w.svc.Unlink
		if block {
			end = w.svc.Block
		}
		return func() {
			if _, err := end(w.t.Context(), ann, "news"); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	return []told{
		sold, charge(dear, "too much for the wallet"), charge(dearer, "too much for the day"),
		step(func() { w.time.Pass(time.Hour) }), charge(article, "window closed"), step(unlink(false)),
		charge(article, "not linked"), step(unlink(true)), charge(article, "not linked"),
	}
}

// Two buyers with different balances, limits, zones, histories and ages of their wallets are the same to a vendor: to
// the last byte of every answer, event and page, but for names.
func TestVendorsCannotTellBuyersApart(t *testing.T) {
	one := vendorSees(t, secrets{zone: "", cents: 160, joined: time.Minute, perDay: 298})
	if !slices.ContainsFunc(one, func(s string) bool { return strings.Contains(s, "insufficient_tokens") }) ||
		!slices.ContainsFunc(one, func(s string) bool { return strings.Contains(s, "limit_exceeded") }) ||
		!slices.ContainsFunc(one, func(s string) bool { return strings.Contains(s, "window_closed") }) {
		t.Fatalf("the story lacks a refusal:\n%s", strings.Join(one, "\n"))
	}
	for _, s := range []secrets{
		{zone: "Asia/Tokyo", cents: 160, joined: time.Hour, perDay: 298},
		{zone: "America/Lima", cents: 143, joined: 9 * time.Hour, perDay: 320},
		{zone: "Europe/Berlin", cents: 151, elsewhere: ".13", joined: 13 * time.Hour, perDay: 311},
	} {
		if diff := cmp.Diff(one, vendorSees(t, s)); diff != "" {
			t.Errorf("%+v:\n%s", s, diff)
		}
	}
}
