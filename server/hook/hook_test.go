package hook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tuppence/server/ledger"
)

// The contract's worked example: offer, checkout, approval, redeem, one view, refund of a part.
func TestWorkedExample(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	offer := w.offer("0.25")
	c := w.checkout(offer, "order-1001")
	if c.text("status") != "open" || !strings.HasPrefix(c.text("url"), "https://pay.example/c/txn_") {
		t.Errorf("checkout: %s", c.raw)
	}
	if _, err := w.svc.Answer(t.Context(), ann, ledger.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	got := w.redeem(c)
	if got.text("charge", "status") != "captured" || got.text("charge", "amount", "amount") != "0.25" || got.text("grant", "token") == "" {
		t.Errorf("redeem: %s", got.raw)
	}
	if !strings.HasPrefix(got.text("charge", "wallet"), "w_") || strings.Contains(got.raw, "ann") {
		t.Errorf("the vendor learns too much: %s", got.raw)
	}
	grant, charge := got.text("grant", "id"), got.text("charge", "id")
	for range 2 { // a repeated view counts once
		if g := w.must(200, "POST", "/v1/grants/"+grant+"/consume", `{"n":1,"request_id":"view-77"}`); g.body["views_used"] != 1.0 {
			t.Errorf("consume: %s", g.raw)
		}
	}
	body := `{"charge_id":"` + charge + `","amount":{"amount":"0.10","currency":"EUR"},"reason":"goodwill"}`
	first := w.must(201, "POST", "/v1/refunds", body, "Idempotency-Key", "refund-1001")
	if first.text("status") != "succeeded" || first.text("amount", "amount") != "0.10" {
		t.Errorf("refund: %s", first.raw)
	}
	again := w.must(201, "POST", "/v1/refunds", body, "Idempotency-Key", `"refund-1001"`)
	if again.text("id") != first.text("id") || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the same key refunds again: %s", again.raw)
	}
	if s := w.must(200, "GET", "/v1/charges/"+charge, ""); !strings.Contains(s.raw, `{"payee":"The Penny House","role":"commission","amount":"0.0125"}`) {
		t.Errorf("the commission is not the house's: %s", s.raw)
	} else if s.text("status") != "partially_refunded" || s.text("refunded", "amount") != "0.10" {
		t.Errorf("charge: %s", s.raw)
	}
	if list := w.must(200, "GET", "/v1/charges", ""); !strings.Contains(list.raw, charge) {
		t.Errorf("charges: %s", list.raw)
	}
	if list := w.must(200, "GET", "/v1/refunds", ""); !strings.Contains(list.raw, first.text("id")) {
		t.Errorf("refunds: %s", list.raw)
	}
	if v := w.must(200, "GET", "/v1/vendor", ""); v.text("name") != "news" {
		t.Errorf("vendor: %s", v.raw)
	}
}

// Each bad input has its own clear refusal, and the books stay as they are.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(100)
	offer, link := w.offer("0.25"), w.link(ann)
	other := w.vendor("other")
	c := w.checkout(offer, "late")
	if _, err := w.svc.Answer(t.Context(), ann, ledger.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	charge := w.redeem(c).text("charge", "id")
	dear := w.offer("0.90")
	many := `{"title":"t"`
	for i := range 500 {
		many += fmt.Sprintf(`,"x%d":1`, i)
	}
	many += "}"
	huge := `{"title":"` + strings.Repeat("x", 70<<10) + `"}`
	price := func(amount string) string {
		return `{"title":"t","price":{"amount":` + amount + `,"currency":"EUR"}}`
	}
	order := func(offer string) string { return `{"link_id":"` + link + `","offer_id":"` + offer + `"}` }
	for _, tt := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code, param, says        string
	}{
		{"no key", "GET", "/v1/vendor", "", []string{"Authorization", ""}, 401, "unauthenticated", "", ""},
		{"wrong key", "GET", "/v1/vendor", "", []string{"Authorization", "Bearer sk_test_x"}, 401, "unauthenticated", "", ""},
		{"unknown path", "GET", "/v1/nothing", "", nil, 404, "not_found", "", "nothing at this path"},
		{"wrong method", "DELETE", "/v1/offers", "", nil, 405, "invalid_request", "", "DELETE"},
		{"malformed JSON", "POST", "/v1/offers", `{"title":`, nil, 400, "invalid_request", "", ""},
		{"not JSON", "POST", "/v1/offers", `title=x`, []string{"Content-Type", "text/csv"}, 415, "invalid_request", "Content-Type", ""},
		{"wrong type", "POST", "/v1/offers", `{"title":7,"price":{"amount":"1","currency":"EUR"}}`, nil, 400, "invalid_request", "title", "string"},
		{"amount as number", "POST", "/v1/offers", price(`0.25`), nil, 400, "invalid_request", "price.amount", "string"},
		{"unknown field", "POST", "/v1/offers", `{"title":"t","prize":1,"price":{"amount":"1","currency":"EUR"}}`, nil, 400, "invalid_request", "prize", ""},
		{"huge body", "POST", "/v1/offers", huge, nil, 413, "invalid_request", "", "64 KiB"},
		{"negative", "POST", "/v1/offers", price(`"-1"`), nil, 400, "invalid_request", "price", ""},
		{"zero", "POST", "/v1/offers", price(`"0"`), nil, 400, "invalid_request", "price", ""},
		{"seven decimals", "POST", "/v1/offers", price(`"0.1234567"`), nil, 400, "invalid_request", "price", "six decimals"},
		{"1e99", "POST", "/v1/offers", price(`"1e99"`), nil, 400, "invalid_request", "price", ""},
		{"unknown currency", "POST", "/v1/offers", `{"title":"t","price":{"amount":"1","currency":"XXX"}}`, nil, 400, "invalid_request", "price", ""},
		{"foreign URL", "POST", "/v1/offers", `{"title":"t","content_url":"https://evil.example/x","price":{"amount":"1","currency":"EUR"}}`, nil, 403, "origin_not_allowed", "content_url", ""},
		{"unknown id", "GET", "/v1/offers/ofr_00000000000000000000000000", "", nil, 404, "not_found", "", ""},
		{"foreign id", "GET", "/v1/charges/" + charge, "", []string{"Authorization", "Bearer " + other}, 404, "not_found", "", ""},
		{"foreign refund", "POST", "/v1/refunds", `{"charge_id":"` + charge + `"}`, []string{"Authorization", "Bearer " + other, "Idempotency-Key", "f"}, 404, "not_found", "", ""},
		{"no idempotency key", "POST", "/v1/refunds", `{"charge_id":"` + charge + `"}`, nil, 400, "idempotency_key_missing", "", ""},
		{"key used for another body", "POST", "/v1/checkouts", `{"offer_id":"` + dear + `"}`, []string{"Idempotency-Key", "late"}, 422, "idempotency_key_reused", "", ""},
		{"foreign success_url", "POST", "/v1/checkouts", `{"offer_id":"` + offer + `","success_url":"https://evil.example"}`, []string{"Idempotency-Key", "u"}, 403, "origin_not_allowed", "success_url", ""},
		{"two offers", "POST", "/v1/checkouts", `{}`, []string{"Idempotency-Key", "u"}, 400, "invalid_request", "offer_id", ""},
		{"too little money", "POST", "/v1/charges", order(dear), []string{"Idempotency-Key", "m"}, 402, "insufficient_tokens", "", ""},
		{"no reason", "POST", "/v1/refunds", `{"charge_id":"` + charge + `","reason":"whim"}`, []string{"Idempotency-Key", "r"}, 400, "invalid_request", "reason", "vendor_error"},
		{"too much back", "POST", "/v1/refunds", `{"charge_id":"` + charge + `","amount":{"amount":"9","currency":"EUR"}}`, []string{"Idempotency-Key", "b"}, 400, "invalid_request", "amount", ""},
		{"missing field", "POST", "/v1/offers", `{"title":"t","price":{"amount":"1"}}`, nil, 400, "invalid_request", "price.currency", "missing"},
		{"empty currency", "POST", "/v1/refunds", `{"charge_id":"` + charge + `","amount":{"amount":"0.01","currency":""}}`, []string{"Idempotency-Key", "e"}, 400, "invalid_request", "amount", "currency"},
		{"limit of zero", "POST", "/v1/checkouts", `{"mode":"link","limits":{"per_charge":{"amount":"0","currency":"EUR"}}}`, []string{"Idempotency-Key", "z"}, 400, "invalid_request", "limits.per_charge", "more than zero"},
		{"link in a foreign currency", "POST", "/v1/checkouts", `{"mode":"link","limits":{"per_charge":{"amount":"1","currency":"XYZ"}}}`, []string{"Idempotency-Key", "y"}, 400, "invalid_request", "currency", "XYZ"},
		{"expired before it began", "POST", "/v1/offers", `{"title":"t","kind":"goods","expires_at":"2020-01-01T00:00:00Z","price":{"amount":"1","currency":"EUR"}}`, nil, 400, "invalid_request", "expires_at", ""},
		{"long idempotency key", "POST", "/v1/refunds", `{"charge_id":"` + charge + `"}`, []string{"Idempotency-Key", strings.Repeat("x", 256)}, 400, "invalid_request", "Idempotency-Key", ""},
		{"long id", "GET", "/v1/offers/" + strings.Repeat("x", 100), "", nil, 404, "not_found", "", ""},
		{"control characters in a name", "POST", "/v1/offers", `{"title":"t","\u001b[31mx\u202ey":1,"price":{"amount":"1","currency":"EUR"}}`, nil, 400, "invalid_request", "xy", ""},
		{"many unknown fields", "POST", "/v1/offers", many, nil, 400, "invalid_request", "", ""},
		{"long title", "POST", "/v1/offers", `{"title":"` + strings.Repeat("x", 121) + `","kind":"goods","price":{"amount":"1","currency":"EUR"}}`, nil, 400, "invalid_request", "title", "120"},
		{"currency of a list", "GET", "/v1/charges?currency=eur", "", nil, 400, "invalid_request", "currency", "a code such as EUR"},
		{"unknown event", "POST", "/v1/webhook_endpoints", `{"url":"https://news.example/h","event_types":["charge.lost"]}`, nil, 400, "invalid_request", "event_types[0]", "charge.refunded"},
		{"bad cursor", "GET", "/v1/offers?cursor=x", "", nil, 400, "invalid_request", "cursor", ""},
		{"wrong version", "GET", "/v1/vendor", "", []string{"Tuppence-Version", "1999-01-01"}, 400, "invalid_request", "Tuppence-Version", ""},
		{"code of nobody", "POST", "/v1/checkouts/" + c.text("id") + "/redeem", `{"code":"x"}`, []string{"Idempotency-Key", "again"}, 409, "state_conflict", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := w.head()
			a := w.call(tt.method, tt.path, tt.body, tt.headers...)
			if a.status != tt.status || a.text("code") != tt.code || (tt.param != "" && a.text("param") != tt.param) || !strings.Contains(a.text("detail"), tt.says) {
				t.Errorf("%d %s; want %d %s param %q saying %q", a.status, a.raw, tt.status, tt.code, tt.param, tt.says)
			}
			if a.text("detail") == "" || a.text("remedy") == "" || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("no problem document with detail and remedy: %s (%s)", a.raw, a.header.Get("Content-Type"))
			}
			if named, _ := a.body["errors"].([]any); len(named) > 10 || !strings.HasPrefix(a.text("type"), "https://pay.example/problems/") {
				t.Errorf("type %q, %d errors", a.text("type"), len(named))
			}
			if w.head() != before {
				t.Error("the books have changed")
			}
		})
	}
	w.must(200, "GET", "/v1/vendor", "", "Authorization", "bearer "+w.key)
}

// Control characters of a title never reach a screen.
func TestTitlesAreCleaned(t *testing.T) {
	w := newWorld(t)
	a := w.must(201, "POST", "/v1/offers", `{"title":"How \u001b[31mrivers\u0007 freeze\u202e","kind":"goods","price":{"amount":"1","currency":"EUR"}}`)
	if a.text("title") != "How rivers freeze" {
		t.Errorf("title is %q", a.text("title"))
	}
	if a := w.call("POST", "/v1/offers", `{"title":"\u0007","kind":"goods","price":{"amount":"1","currency":"EUR"}}`); a.status != 400 || a.text("param") != "title" {
		t.Errorf("an empty title: %s", a.raw)
	}
}

// A checkout that nobody answered in time is over; a closed window asks the buyer; the day's limit says when it frees.
func TestTimeAndLimits(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(2000)
	offer, link := w.offer("0.90"), w.link(ann)
	c := w.checkout(offer, "c")
	w.pass(16 * time.Minute)
	if a := w.must(200, "GET", "/v1/checkouts/"+c.text("id"), ""); a.text("status") != "expired" {
		t.Errorf("status %s", a.text("status"))
	}
	if a := w.call("POST", "/v1/checkouts/"+c.text("id")+"/redeem", `{"code":"x"}`, "Idempotency-Key", "x"); a.status != 410 || a.text("code") != "checkout_expired" {
		t.Errorf("redeem: %s", a.raw)
	}
	w.pass(30 * time.Minute)
	order := `{"link_id":"` + link + `","offer_id":"` + offer + `"}`
	a := w.call("POST", "/v1/charges", order, "Idempotency-Key", "w")
	if a.status != 402 || a.text("code") != "window_closed" || a.text("approve_url") == "" {
		t.Fatalf("closed window: %s", a.raw)
	}
	if b := w.call("POST", "/v1/charges", order, "Idempotency-Key", "w"); b.text("approve_url") != a.text("approve_url") {
		t.Errorf("asking again asks the buyer twice: %s and %s", a.text("approve_url"), b.text("approve_url"))
	}
	if _, err := w.svc.Answer(t.Context(), ann, ledger.Answer{Code: a.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	if a := w.must(201, "POST", "/v1/charges", order, "Idempotency-Key", "w"); a.text("status") != "captured" {
		t.Errorf("after the yes: %s", a.raw)
	}
	if err := w.svc.Touch(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		w.must(201, "POST", "/v1/charges", order, "Idempotency-Key", fmt.Sprint("d", i))
	}
	a = w.call("POST", "/v1/charges", order, "Idempotency-Key", "d9")
	if a.status != 402 || a.text("code") != "limit_exceeded" || a.text("limit") != "per_day" || a.text("resets_at") != "2026-11-25T00:00:00Z" {
		t.Errorf("the sixth of 0.90 in a day of 5.00: %s", a.raw)
	}
}

// Two hundred parallel charges with money for one sell exactly one.
func TestParallelChargesSellOnce(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(100)
	offer, link := w.offer("0.90"), w.link(ann)
	var mu sync.Mutex
	statuses := map[int]int{}
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			a := w.call("POST", "/v1/charges", `{"link_id":"`+link+`","offer_id":"`+offer+`"}`, "Idempotency-Key", fmt.Sprint(i))
			mu.Lock()
			defer mu.Unlock()
			statuses[a.status]++
		})
	}
	all.Wait()
	if statuses[201] != 1 || statuses[402] != 199 {
		t.Errorf("statuses %v, want one 201 and 199 of 402", statuses)
	}
}

// Events reach the endpoint signed, are tried again after a failure, and stop at an endpoint that says it is gone.
func TestWebhooks(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	var verifier *standardwebhooks.Webhook
	answerWith := http.StatusInternalServerError
	var types, ids []string
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var body json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		h := r.Header.Clone()
		h.Set("webhook-timestamp", fmt.Sprint(time.Now().Unix())) // the library insists on its own clock
		if sig, err := verifier.Sign(h.Get("webhook-id"), w.now(), body); err != nil || sig != h.Get("webhook-signature") {
			t.Errorf("signature %q, want %q (%v)", h.Get("webhook-signature"), sig, err)
		}
		var e struct{ Type string }
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		types, ids = append(types, e.Type), append(ids, h.Get("webhook-id"))
		rw.WriteHeader(answerWith)
	}))
	defer site.Close()
	made := w.must(201, "POST", "/v1/webhook_endpoints", `{"url":"`+strings.Replace(site.URL, "127.0.0.1", "localhost", 1)+`/hooks"}`)
	mu.Lock()
	var err error
	verifier, err = standardwebhooks.NewWebhook(made.text("secret"))
	mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	ann := w.ann(500)
	c := w.checkout(w.offer("0.25"), "c")
	if _, err := w.svc.Answer(t.Context(), ann, ledger.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	w.svc.Sweep(t.Context())
	sort.Strings(types)
	if got := strings.Join(types, " "); got != "charge.succeeded checkout.completed" {
		t.Errorf("first attempts: %s", got)
	}
	first := append([]string(nil), ids...)
	types, ids, answerWith = nil, nil, http.StatusNoContent
	w.svc.Sweep(t.Context()) // too early
	if len(types) != 0 {
		t.Errorf("sent again at once: %v", types)
	}
	w.pass(10 * time.Second)
	w.svc.Sweep(t.Context())
	sort.Strings(first)
	sort.Strings(ids)
	if strings.Join(ids, " ") != strings.Join(first, " ") {
		t.Errorf("second attempts have ids %v, first had %v", ids, first)
	}
	w.pass(time.Hour)
	types = nil
	w.svc.Sweep(t.Context())
	if len(types) != 0 {
		t.Errorf("sent after success: %v", types)
	}
	answerWith = http.StatusGone
	w.must(201, "POST", "/v1/refunds", `{"charge_id":"`+w.redeem(c).text("charge", "id")+`"}`, "Idempotency-Key", "r")
	w.svc.Sweep(t.Context())
	if list := w.must(200, "GET", "/v1/webhook_endpoints", ""); !strings.Contains(list.raw, `"status":"disabled"`) {
		t.Errorf("an endpoint that is gone is kept: %s", list.raw)
	}
}

// A list is read to its end by its cursors: nothing twice, nothing left out, and null behind the last page.
func TestPages(t *testing.T) {
	w := newWorld(t)
	want := []string{}
	for range 5 {
		want = append([]string{w.offer("0.25")}, want...)
	}
	var got []string
	cursor := ""
	for {
		a := w.must(200, "GET", "/v1/offers?limit=2"+cursor, "")
		for _, o := range a.body["data"].([]any) {
			got = append(got, o.(map[string]any)["id"].(string))
		}
		if a.body["next_cursor"] == nil {
			if a.body["has_more"] != false {
				t.Errorf("the last page: %s", a.raw)
			}
			break
		}
		cursor = "&cursor=" + a.text("next_cursor")
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("pages have %v, want %v", got, want)
	}
}
