package hook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/view"
)

// operation is one of the document, with a request that succeeds once.
type operation struct {
	id, method, path string
	body             string // "": none
	needsKey         bool
	schema           map[string]any // of the body, nil: none
	bytes            bool           // the body is content, and no JSON
}

// another is a body that asks for something else.
func (o operation) another() string {
	switch o.id {
	case "create-charge", "create-charges":
		return strings.Replace(o.body, "}", `,"quantity":2}`, 1)
	case "create-royalty-plan", "change-royalty-plan":
		return strings.NewReplacer(`percent_bp":1`, `percent_bp":2`, "other", "third").Replace(o.body)
	case "add-origin", "verify-origin", "remove-origin":
		return `{"url":"https://fourth.example"}`
	case "open-campaign":
		return strings.Replace(o.body, `"days":30`, `"days":31`, 1)
	case "issue-tokens":
		return strings.Replace(o.body, `"count":1`, `"count":2`, 1)
	case "give-of-campaign":
		return strings.Replace(o.body, "}", `,"reason":"y"}`, 1)
	case "give-incentive":
		return strings.Replace(o.body, "0.02", "0.03", 1)
	case "capture-charge":
		return strings.Replace(o.body, "0.10", "0.20", 1)
	case "create-refund":
		return strings.Replace(o.body, "0.01", "0.02", 1)
	case "offer-dispute":
		return strings.Replace(o.body, "0.01", "0.02", 1)
	case "revoke-grant":
		return `{"reason":"another"}`
	case "answer-dispute", "appeal-dispute":
		return `{"text":"another"}`
	case "redeliver-event":
		return "{}"
	}
	return strings.NewReplacer(`"title":"`, `"title":"z`, `"code":"`, `"code":"z`, `id":"1`, `id":"2`, `/c"`, `/d"`,
		`_seconds":6`, `_seconds":7`, `_in_flight":2`, `_in_flight":3`).
		Replace(o.body)
}

// changes reports whether the operation may have an idempotency key.
func (o operation) changes() bool {
	return (o.method == "POST" || o.method == "PATCH") && !strings.HasPrefix(o.id, "introspect-")
}

// operations are all of the document, each with a request that the world is ready for. An operation that is new in the
// document has no request yet and fails here.
func (w *world) operations() (all []operation) {
	w.t.Helper()
	ann := w.ann(500)
	offer, link := w.offer("0.25"), w.link(ann)
	sold := w.must(201, "POST", "/v1/charges", `{"link_id":"`+link+`","offer_id":"`+offer+`"}`, "Idempotency-Key", "s")
	refund := w.must(201, "POST", "/v1/refunds", `{"charge_id":"`+sold.text("id")+
		`","amount":{"amount":"0.01","currency":"EUR"}}`, "Idempotency-Key", "r")
	gift := `{"link_id":"` + link + `","amount":{"amount":"0.02","currency":"EUR"},"days":30,"reason":"x"}`
	given := w.must(201, "POST", "/v1/incentives", gift, "Idempotency-Key", "i").text("id")
	for _, site := range []string{"second", "third", "fourth"} {
		w.must(201, "POST", "/v1/vendor/origins", `{"url":"https://`+site+`.example"}`, "Idempotency-Key", site)
	}
	campaign := `{"name":"welcome","budget":{"amount":"0.04","currency":"EUR"},` +
		`"each":{"amount":"0.02","currency":"EUR"},"days":30}`
	opened := w.must(201, "POST", "/v1/campaigns", campaign, "Idempotency-Key", "c").text("id")
	tokens := `{"amount":{"amount":"0.01","currency":"EUR"},"count":1}`
	w.available()
	issued := w.must(201, "POST", "/v1/token_issues", tokens, "Idempotency-Key", "tki").text("id")
	over := w.must(201, "POST", "/v1/campaigns", campaign, "Idempotency-Key", "over").text("id")
	open, paid := w.checkout(offer, "open"), w.checkout(offer, "paid")
	w.accept(ann, paid)
	hook := w.must(201, "POST", "/v1/webhook_endpoints", `{"url":"https://news.example/a"}`).text("id")
	gone := w.must(201, "POST", "/v1/webhook_endpoints", `{"url":"https://news.example/b"}`).text("id")
	told, event := w.delivered(ann, offer)
	token := w.must(200, "GET", "/v1/grants/"+sold.text("grant_id"), "").text("token")
	shared := w.must(201, "POST", "/v1/charges", `{"link_id":"`+link+`","offer_id":"`+offer+`"}`, "Idempotency-Key", "sh")
	price := `{"amount":"0.25","currency":"EUR"}`
	lines := `"lines":[{"payee":"Ada","role":"author","percent_bp":1250}]}`
	plan := w.must(201, "POST", "/v1/royalty_plans", `{"name":"standard",`+lines, "Idempotency-Key", "p").text("id")
	const settled = "stl_00000000000000000000000000"
	ready := map[string][2]string{ // operation: what the path names, and the body
		"get-balance": {}, "list-settlements": {}, "get-settlement": {settled}, "get-statement": {settled},
		"get-statement-csv": {settled},
		"get-vendor":        {}, "list-offers": {}, "list-charges": {}, "list-links": {}, "list-refunds": {},
		"list-disputes":          {},
		"list-webhook-endpoints": {}, "get-offer": {offer}, "get-charge": {sold.text("id")}, "get-link": {link},
		"get-refund": {refund.text("id")}, "get-checkout": {open.text("id")}, "get-grant": {sold.text("grant_id")},
		"get-dispute":    {"dsp_00000000000000000000000000"},
		"accept-dispute": {w.disputed(ann, link, offer, "accepted")},
		"offer-dispute": {
			w.disputed(ann, link, offer, "offered"), `{"text":"half","amount":{"amount":"0.01","currency":"EUR"}}`,
		},
		"answer-dispute": {w.disputed(ann, link, offer, "answered"), `{"text":"sent"}`},
		"appeal-dispute": {w.decided(w.disputed(ann, link, offer, "appealed")), `{"text":"sent"}`},
		"end-link":       {link}, "remove-webhook-endpoint": {gone},
		"expire-checkout": {open.text("id")}, "list-events": {}, "get-webhook-endpoint": {hook},
		"rotate-webhook-secret":   {hook, `{"overlap_seconds":60}`},
		"change-webhook-endpoint": {hook, `{"max_in_flight":2}`},
		"redeliver-event":         {event, `{"endpoint_id":"` + told + `"}`},
		"create-offer":            {"", `{"title":"x","kind":"goods","price":` + price + `}`},
		"change-offer":            {offer, `{"title":"y"}`},
		"create-checkout": {
			"",
			`{"offer":{"title":"x","kind":"goods","price":` + price + `},"client_reference_id":"7"}`,
		},
		"redeem-checkout": {paid.text("id"), `{"code":"` + w.code(paid) + `"}`},
		"create-charge":   {"", `{"link_id":"` + link + `","offer_id":"` + offer + `"}`},
		"create-charges": {
			"", `{"charges":[{"link_id":"` + link + `","offer_id":"` + offer + `"},{"link_id":"x","offer_id":"` + offer + `"}]}`,
		},
		"capture-charge": {w.held(link, offer, "taken"), `{"amount":{"amount":"0.10","currency":"EUR"}}`},
		"void-charge":    {w.held(link, offer, "void")},
		"create-refund": {
			"",
			`{"charge_id":"` + sold.text("id") + `","amount":{"amount":"0.01","currency":"EUR"}}`,
		},
		"create-royalty-plan": {"", `{"name":"` + "other" + `",` + lines}, "list-royalty-plans": {},
		"get-royalty-plan": {plan}, "change-royalty-plan": {plan, strings.Replace("{"+lines, "1250", "1500", 1)},
		"put-offer-content": {offer}, "get-offer-content": {offer}, "drop-offer-content": {offer},
		"get-static-link": {offer}, "add-origin": {"", `{"url":"https://new.example"}`},
		"verify-origin":     {"", `{"url":"https://second.example"}`},
		"remove-origin":     {"", `{"url":"https://third.example"}`},
		"list-token-issues": {}, "get-token-issue": {issued}, "issue-tokens": {"", tokens},
		"void-token-issue": {issued},
		"list-campaigns":   {}, "get-campaign": {opened}, "open-campaign": {"", campaign}, "close-campaign": {over},
		"give-of-campaign": {opened, `{"link_id":"` + link + `"}`},
		"get-referral":     {}, "list-incentives": {}, "get-incentive": {given}, "give-incentive": {"", gift},
		"consume-grant":          {sold.text("grant_id"), `{"request_id":"1"}`},
		"introspect-grant":       {sold.text("grant_id")},
		"introspect-grant-token": {"", `{"token":"` + token + `"}`},
		"revoke-grant":           {shared.text("grant_id"), `{"reason":"shared"}`}, "list-revocations": {},
		"create-webhook-endpoint": {"", `{"url":"https://news.example/c"}`},
	}
	doc := w.must(200, "GET", "/openapi.json", "").body
	for path, item := range doc["paths"].(map[string]any) {
		for method, described := range item.(map[string]any) {
			o := described.(map[string]any)
			id := o["operationId"].(string)
			with, found := ready[id]
			if !found {
				w.t.Errorf("no request for %s", id)
				continue
			}
			one := operation{
				id: id, method: strings.ToUpper(method), path: strings.ReplaceAll(path, "{id}", with[0]), body: with[1],
			}
			parameters, _ := o["parameters"].([]any)
			for _, p := range parameters {
				p := resolve(doc, p)
				one.needsKey = one.needsKey || p["name"] == "Idempotency-Key" && p["required"] == true
			}
			if in, has := o["requestBody"].(map[string]any); has {
				content, json := in["content"].(map[string]any)["application/json"].(map[string]any)
				one.schema, one.bytes = resolve(doc, content["schema"]), !json
			}
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.id, b.id) })
	return all
}

// held sells once, and lets the money wait. It returns the name of the sale.
func (w *world) held(link, offer, key string) string {
	w.t.Helper()
	return w.must(201, "POST", "/v1/charges", `{"link_id":"`+link+`","offer_id":"`+offer+`","capture":false}`,
		"Idempotency-Key", key).text("id")
}

// disputed sells once, and disputes it after it was opened, so that no rule gives it back. It returns its name.
func (w *world) disputed(ann view.Caller, link, offer, key string) string {
	w.t.Helper()
	sold := w.must(201, "POST", "/v1/charges", `{"link_id":"`+link+`","offer_id":"`+offer+`"}`, "Idempotency-Key", key)
	w.must(200, "POST", "/v1/grants/"+sold.text("grant_id")+"/consume", `{"n":1,"request_id":"`+key+`"}`)
	d, err := w.svc.Dispute(w.t.Context(), ann, view.DisputeRequest{ID: sold.text("id"), Reason: "not_as_described"})
	if err != nil {
		w.t.Fatal(err)
	}
	return d.ID
}

// decided decides a dispute for the buyer.
func (w *world) decided(dispute string) string {
	w.t.Helper()
	if _, err := w.svc.Decide(w.t.Context(), boss, dispute, true, "seen"); err != nil {
		w.t.Fatal(err)
	}
	return dispute
}

// delivered sells once, and returns an endpoint that has taken an event of it.
func (w *world) delivered(ann view.Caller, offer string) (endpoint, event string) {
	w.t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	w.t.Cleanup(site.Close)
	endpoint = w.must(201, "POST", "/v1/webhook_endpoints", `{"url":"`+
		strings.Replace(site.URL, "127.0.0.1", "localhost", 1)+`","event_types":["charge.succeeded"]}`).text("id")
	w.accept(ann, w.checkout(offer, "told"))
	w.svc.Sweep(w.t.Context())
	list := w.must(200, "GET", "/v1/events?type=charge.succeeded", "")
	return endpoint, list.body["data"].([]any)[0].(map[string]any)["id"].(string)
}

// resolve follows a reference of the document.
func resolve(doc map[string]any, v any) map[string]any {
	m, _ := v.(map[string]any)
	ref, is := m["$ref"].(string)
	if !is {
		return m
	}
	var at any = doc
	for _, part := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		at = at.(map[string]any)[part]
	}
	return resolve(doc, at)
}

// Input that nothing reads is refused and named, at every operation: unknown, repeated and empty parameters, fields
// that are unknown, in another case or null, and a body where none belongs.
func TestNoInputIsIgnored(t *testing.T) {
	w := newWorld(t)
	doc := w.must(200, "GET", "/openapi.json", "").body
	for _, o := range w.operations() {
		w.time.Pass(time.Second) // the rate of the vendor
		refuse := func(what, path, body, names string) {
			t.Helper()
			before := w.head()
			a := w.call(o.method, path, body, "Idempotency-Key", "fresh "+o.id)
			if a.status != 400 || a.text("code") != "invalid_request" || !strings.Contains(a.raw, names) {
				t.Errorf("%s with %s: %d %s, want 400 naming %s", o.id, what, a.status, a.raw, names)
			}
			if w.head() != before {
				t.Errorf("%s with %s has changed the books", o.id, what)
			}
		}
		refuse("an unknown parameter", o.path+"?client_reference=7", o.body, "client_reference")
		refuse("another case", o.path+"?LIMIT=5", o.body, "LIMIT")
		if strings.HasPrefix(o.id, "list-") && o.id != "list-webhook-endpoints" {
			refuse("a parameter twice", o.path+"?limit=5&limit=6", "", "limit")
			refuse("an empty parameter", o.path+"?limit=", "", "limit")
			refuse("a broken query", o.path+"?a=%zz", "", "query")
		}
		if o.bytes {
			refuse("content of an unknown type", o.path, `{"a":1}`, "Content-Type")
			continue
		}
		if o.schema == nil {
			refuse("a body", o.path, `{"a":1}`, "body")
			continue
		}
		open := strings.TrimSuffix(o.body, "}")
		refuse("an unknown field", o.path, open+`,"prize":1}`, "prize")
		refuse("a second object", o.path, o.body+"{}", "behind")
		refuse("a long name", o.path, open+`,"`+strings.Repeat("é", 41)+`":1}`, "longer than 40 characters")
		refuse("null as a body", o.path, "null", "null")
		refuse("a list as a body", o.path, "[]", "object")
		for _, at := range fieldsOf(doc, o.schema, nil) {
			name := at[len(at)-1]
			refuse("null", o.path, with(t, o.body, at, nil), name)
			upper := slices.Clone(at)
			upper[len(at)-1] = strings.ToUpper(name)
			refuse("a field in another case", o.path, with(t, o.body, upper, "x"), strings.ToUpper(name))
		}
		if a := w.call(o.method, o.path, o.body, "Content-Type", "text/plain", "Idempotency-Key", "type"); a.status != 415 {
			t.Errorf("%s takes text/plain: %d %s", o.id, a.status, a.raw)
		}
	}
}

// fieldsOf are the paths of all fields of a schema, those of objects inside of it too.
func fieldsOf(doc, schema map[string]any, at []string) (all [][]string) {
	properties, _ := schema["properties"].(map[string]any)
	for name, p := range properties {
		here := append(slices.Clone(at), name)
		all = append(all, here)
		all = append(all, fieldsOf(doc, resolve(doc, p), here)...)
	}
	return all
}

// with is a body in which one field has another value; objects on the way to it are made.
func with(t *testing.T, body string, at []string, value any) string {
	t.Helper()
	var whole map[string]any
	if err := json.Unmarshal([]byte(body), &whole); err != nil {
		t.Fatal(err)
	}
	inner := whole
	for _, name := range at[:len(at)-1] {
		next, is := inner[name].(map[string]any)
		if !is {
			next = map[string]any{}
			inner[name] = next
		}
		inner = next
	}
	inner[at[len(at)-1]] = value
	out, err := json.Marshal(whole)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// Every operation that changes something honours an idempotency key: the same request gets the same answer and changes
// nothing more, and another request is refused.
func TestEveryChangeHonoursItsKey(t *testing.T) {
	w := newWorld(t)
	all := w.operations()
	for _, o := range all {
		if !o.changes() {
			continue
		}
		if a := w.call(o.method, o.path, o.body); o.needsKey && a.text("code") != "idempotency_key_missing" {
			t.Errorf("%s without a key: %d %s", o.id, a.status, a.raw)
		}
	}
	w.svc.Sweep(t.Context()) // what was sent again is delivered
	for _, o := range all {
		if !o.changes() {
			continue
		}
		first := w.call(o.method, o.path, o.body, "Idempotency-Key", "k "+o.id)
		if first.status >= 300 || first.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%s: %d %s", o.id, first.status, first.raw)
		}
		before := w.head()
		again := w.call(o.method, o.path, o.body, "Idempotency-Key", `"k `+o.id+`"`)
		if again.status != first.status || again.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s again: %d %s", o.id, again.status, again.raw)
		}
		if diff := cmp.Diff(first.raw, again.raw); diff != "" {
			t.Errorf("%s answers in another way: %s", o.id, diff)
		}
		if o.schema != nil { // without a body another request is one to another path
			a := w.call(o.method, o.path, o.another(), "Idempotency-Key", "k "+o.id)
			if a.status != 422 || a.text("code") != "idempotency_key_reused" {
				t.Errorf("%s with another body: %d %s", o.id, a.status, a.raw)
			}
		}
		if w.head() != before {
			t.Errorf("%s again has changed the books", o.id)
		}
	}
}

// A use of a grant counts once under its request id for as long as the grant lives, however many uses follow it; under
// the same id another number of views is refused.
func TestUsesAreRememberedForLife(t *testing.T) {
	w := newWorld(t)
	offer := w.must(201, "POST", "/v1/offers", `{"title":"x","kind":"goods","days":700,
		"price":{"amount":"0.25","currency":"EUR"}}`).text("id")
	grant := w.must(201, "POST", "/v1/charges", `{"link_id":"`+w.link(w.ann(500))+`","offer_id":"`+offer+`"}`,
		"Idempotency-Key", "s").text("grant_id")
	use := func(n, id int) answer {
		return w.call("POST", "/v1/grants/"+grant+"/consume", fmt.Sprintf(`{"n":%d,"request_id":"view-%d"}`, n, id))
	}
	for i := range 200 {
		use(1, i)
	}
	for range 14 { // most of two years, each with a sweep of what is old
		w.time.Pass(45 * 24 * 3600 * 1e9)
		w.svc.Sweep(t.Context())
	}
	for i := range 200 {
		if a := use(1, i); a.status != 200 || a.body["views_used"] != 200.0 {
			t.Fatalf("view %d counts again: %s", i, a.raw)
		}
	}
	if a := use(2, 7); a.status != 422 || a.text("param") != "request_id" {
		t.Errorf("another number of views: %s", a.raw)
	}
}
