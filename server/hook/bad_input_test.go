package hook

import (
	"fmt"
	"strings"
	"testing"

	"tuppence/server/view"
)

// Each bad input has its own clear refusal, and the books stay as they are.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(100)
	offer, link := w.offer("0.25"), w.link(ann)
	other := w.vendor("other")
	c := w.checkout(offer, "late")
	if _, err := w.svc.Answer(t.Context(), ann, view.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
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
		{"empty id", "POST", "/v1/checkouts//redeem", `{"code":"x"}`, nil, 404, "not_found", "", "part of the path is empty"},
		{"dots for an id", "POST", "/v1/checkouts/../refunds", `{}`, nil, 404, "not_found", "", "or dots"},
		{"dot at the end", "GET", "/v1/offers/.", "", nil, 404, "not_found", "", "or dots"},
		{"two slashes", "GET", "/v1//offers", "", nil, 404, "not_found", "", "part of the path is empty"},
		{"no operation", "GET", "/v1", "", nil, 404, "not_found", "", "nothing at this path"},
		{"slash at the end", "GET", "/v1/offers/", "", nil, 404, "not_found", "", "nothing at this path"},
		{"wrong method", "DELETE", "/v1/offers", "", nil, 405, "invalid_request", "", "DELETE"},
		{"malformed JSON", "POST", "/v1/offers", `{"title":`, nil, 400, "invalid_request", "", ""},
		{
			"not JSON", "POST", "/v1/offers", `title=x`,
			[]string{"Content-Type", "text/csv"},
			415, "invalid_request", "Content-Type", "",
		},
		{
			"wrong type", "POST", "/v1/offers", `{"title":7,"price":{"amount":"1","currency":"EUR"}}`, nil,
			400, "invalid_request", "title", "string",
		},
		{"amount as number", "POST", "/v1/offers", price(`0.25`), nil, 400, "invalid_request", "price.amount", "string"},
		{
			"unknown field", "POST", "/v1/offers", `{"title":"t","prize":1,"price":{"amount":"1","currency":"EUR"}}`, nil,
			400, "invalid_request", "prize", "",
		},
		{"huge body", "POST", "/v1/offers", huge, nil, 413, "invalid_request", "", "64 KiB"},
		{"negative", "POST", "/v1/offers", price(`"-1"`), nil, 400, "invalid_request", "price", ""},
		{"zero", "POST", "/v1/offers", price(`"0"`), nil, 400, "invalid_request", "price", ""},
		{"seven decimals", "POST", "/v1/offers", price(`"0.1234567"`), nil, 400, "invalid_request", "price", "six decimals"},
		{"1e99", "POST", "/v1/offers", price(`"1e99"`), nil, 400, "invalid_request", "price", ""},
		{
			"unknown currency", "POST", "/v1/offers", `{"title":"t","price":{"amount":"1","currency":"XXX"}}`, nil,
			400, "invalid_request", "price", "",
		},
		{
			"foreign URL", "POST", "/v1/offers",
			`{"title":"t","content_url":"https://evil.example/x","price":{"amount":"1","currency":"EUR"}}`, nil,
			403, "origin_not_allowed", "content_url", "",
		},
		{"unknown id", "GET", "/v1/offers/ofr_00000000000000000000000000", "", nil, 404, "not_found", "", ""},
		{
			"foreign id", "GET", "/v1/charges/" + charge, "",
			[]string{"Authorization", "Bearer " + other},
			404, "not_found", "", "",
		},
		{
			"foreign refund", "POST", "/v1/refunds", `{"charge_id":"` + charge + `"}`,
			[]string{"Authorization", "Bearer " + other, "Idempotency-Key", "f"},
			404, "not_found", "", "",
		},
		{
			"no idempotency key", "POST", "/v1/refunds", `{"charge_id":"` + charge + `"}`, nil,
			400, "idempotency_key_missing", "", "",
		},
		{
			"key used for another body", "POST", "/v1/checkouts", `{"offer_id":"` + dear + `"}`,
			[]string{"Idempotency-Key", "late"},
			422, "idempotency_key_reused", "", "",
		},
		{
			"foreign success_url", "POST", "/v1/checkouts", `{"offer_id":"` + offer + `","success_url":"https://evil.example"}`,
			[]string{"Idempotency-Key", "u"},
			403, "origin_not_allowed", "success_url", "",
		},
		{
			"two offers", "POST", "/v1/checkouts", `{}`,
			[]string{"Idempotency-Key", "u"},
			400, "invalid_request", "offer_id", "",
		},
		{
			"too little money", "POST", "/v1/charges", order(dear),
			[]string{"Idempotency-Key", "m"},
			402, "insufficient_tokens", "", "",
		},
		{
			"no reason", "POST", "/v1/refunds", `{"charge_id":"` + charge + `","reason":"whim"}`,
			[]string{"Idempotency-Key", "r"},
			400, "invalid_request", "reason", "vendor_error",
		},
		{
			"too much back", "POST", "/v1/refunds", `{"charge_id":"` + charge + `","amount":{"amount":"9","currency":"EUR"}}`,
			[]string{"Idempotency-Key", "b"},
			400, "invalid_request", "amount", "",
		},
		{
			"missing field", "POST", "/v1/offers", `{"title":"t","price":{"amount":"1"}}`, nil,
			400, "invalid_request", "price.currency", "missing",
		},
		{
			"empty currency", "POST", "/v1/refunds", `{"charge_id":"` + charge + `","amount":{"amount":"0.01","currency":""}}`,
			[]string{"Idempotency-Key", "e"},
			400, "invalid_request", "amount", "currency",
		},
		{
			"limit of zero", "POST", "/v1/checkouts", `{"mode":"link","limits":{"per_charge":{"amount":"0","currency":"EUR"}}}`,
			[]string{"Idempotency-Key", "z"},
			400, "invalid_request", "limits.per_charge", "more than zero",
		},
		{
			"link in a foreign currency", "POST", "/v1/checkouts",
			`{"mode":"link","limits":{"per_charge":{"amount":"1","currency":"XYZ"}}}`,
			[]string{"Idempotency-Key", "y"},
			400, "invalid_request", "currency", "XYZ",
		},
		{
			"expired before it began", "POST", "/v1/offers",
			`{"title":"t","kind":"goods","expires_at":"2020-01-01T00:00:00Z","price":{"amount":"1","currency":"EUR"}}`, nil,
			400, "invalid_request", "expires_at", "",
		},
		{
			"long idempotency key", "POST", "/v1/refunds", `{"charge_id":"` + charge + `"}`,
			[]string{"Idempotency-Key", strings.Repeat("x", 256)},
			400, "invalid_request", "Idempotency-Key", "",
		},
		{"long id", "GET", "/v1/offers/" + strings.Repeat("x", 100), "", nil, 404, "not_found", "", ""},
		{
			"control characters in a name", "POST", "/v1/offers",
			`{"title":"t","\u001b[31mx\u202ey":1,"price":{"amount":"1","currency":"EUR"}}`, nil,
			400, "invalid_request", "xy", "",
		},
		{"many unknown fields", "POST", "/v1/offers", many, nil, 400, "invalid_request", "", ""},
		{
			"long title", "POST", "/v1/offers",
			`{"title":"` + strings.Repeat("x", 121) + `","kind":"goods","price":{"amount":"1","currency":"EUR"}}`, nil,
			400, "invalid_request", "title", "120",
		},
		{
			"currency of a list", "GET", "/v1/charges?currency=eur", "", nil,
			400, "invalid_request", "currency", "a code such as EUR",
		},
		{
			"unknown event", "POST", "/v1/webhook_endpoints",
			`{"url":"https://news.example/h","event_types":["charge.lost"]}`, nil,
			400, "invalid_request", "event_types[0]", "charge.refunded",
		},
		{"bad cursor", "GET", "/v1/offers?cursor=x", "", nil, 400, "invalid_request", "cursor", ""},
		{
			"wrong version", "GET", "/v1/vendor", "",
			[]string{"Tuppence-Version", "1999-01-01"},
			400, "invalid_request", "Tuppence-Version", "",
		},
		{
			"code that was never given", "POST", "/v1/checkouts/" + c.text("id") + "/redeem", `{"code":"x"}`,
			[]string{"Idempotency-Key", "again"},
			409, "state_conflict", "", "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := w.head()
			a := w.call(tt.method, tt.path, tt.body, tt.headers...)
			if a.status != tt.status || a.text("code") != tt.code || (tt.param != "" && a.text("param") != tt.param) ||
				!strings.Contains(a.text("detail"), tt.says) {
				t.Errorf("%d %s; want %d %s param %q saying %q", a.status, a.raw, tt.status, tt.code, tt.param, tt.says)
			}
			if a.text("detail") == "" || a.text("remedy") == "" || a.header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("no problem document with detail and remedy: %s (%s)", a.raw, a.header.Get("Content-Type"))
			}
			if kind := a.text("type"); !strings.HasPrefix(kind, "https://pay.example/problems/") {
				t.Errorf("type %q", kind)
			}
			if fields, _ := a.body["errors"].([]any); len(fields) > 10 {
				t.Errorf("%d fields are named", len(fields))
			}
			if w.head() != before {
				t.Error("the books have changed")
			}
		})
	}
	w.must(200, "GET", "/v1/vendor", "", "Authorization", "bearer "+w.key)
}
