package hook

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server"
	"tuppence/server/ledger"
)

// Every operation of the document is served and asks for a key, every served path of the contract is in the document,
// and both are what was promised.
func TestDocumentAndMuxAgree(t *testing.T) {
	w := newWorld(t)
	doc := w.must(200, "GET", "/openapi.json", "")
	paths, ok := doc.body["paths"].(map[string]any)
	if !ok || len(paths) == 0 {
		t.Fatalf("no paths in the document: %.200s", doc.raw)
	}
	served := map[string]bool{}
	for path, item := range paths {
		for method := range item.(map[string]any) {
			served[strings.ToUpper(method)+" "+path] = true
			r := httptest.NewRequest(strings.ToUpper(method), strings.ReplaceAll(path, "{id}", "x"), strings.NewReader("{}"))
			rec := httptest.NewRecorder()
			w.api.ServeHTTP(rec, r)
			if rec.Code != 401 {
				t.Errorf("%s %s is in the document; without a key its status is %d, want 401", method, path, rec.Code)
			}
		}
	}
	for _, pattern := range newAPI(w.svc, Options{}).served.all {
		_, path, _ := strings.Cut(pattern, " ")
		led := slices.ContainsFunc(Prefixes(), func(p string) bool { return strings.HasPrefix(path, p) })
		if !led && pattern != "/" && !strings.HasPrefix(path, "/openapi") { // huma's other forms of the document stay inside
			t.Errorf("%s is served, and no mux above leads there", pattern)
		}
		if strings.Contains(pattern, " /v1/") && !served[pattern] && !slices.Contains(forPayers, pattern) {
			t.Errorf("%s is served and not in the document", pattern)
		}
	}
	for _, want := range []string{
		"GET /v1/vendor", "POST /v1/offers", "GET /v1/offers", "GET /v1/offers/{id}", "PATCH /v1/offers/{id}",
		"POST /v1/checkouts", "GET /v1/checkouts/{id}", "POST /v1/checkouts/{id}/expire", "POST /v1/checkouts/{id}/redeem",
		"POST /v1/charges", "POST /v1/charges/bulk", "GET /v1/charges", "GET /v1/charges/{id}",
		"POST /v1/charges/{id}/capture", "POST /v1/charges/{id}/void",
		"GET /v1/links", "GET /v1/links/{id}", "DELETE /v1/links/{id}",
		"POST /v1/refunds", "GET /v1/refunds", "GET /v1/refunds/{id}", "GET /v1/disputes", "GET /v1/disputes/{id}",
		"POST /v1/royalty_plans", "GET /v1/royalty_plans", "GET /v1/royalty_plans/{id}", "PATCH /v1/royalty_plans/{id}",
		"GET /v1/referrals",
		"GET /v1/offers/{id}/static_link",
		"PUT /v1/offers/{id}/content", "GET /v1/offers/{id}/content", "DELETE /v1/offers/{id}/content",
		"POST /v1/vendor/origins", "POST /v1/vendor/origins/verify", "POST /v1/vendor/origins/remove",
		"POST /v1/campaigns", "GET /v1/campaigns", "GET /v1/campaigns/{id}", "POST /v1/campaigns/{id}/grants",
		"POST /v1/token_issues", "GET /v1/token_issues", "GET /v1/token_issues/{id}", "POST /v1/token_issues/{id}/void",
		"POST /v1/campaigns/{id}/close",
		"POST /v1/incentives", "GET /v1/incentives", "GET /v1/incentives/{id}",
		"POST /v1/disputes/{id}/accept", "POST /v1/disputes/{id}/offer", "POST /v1/disputes/{id}/answer",
		"POST /v1/disputes/{id}/appeal",
		"GET /v1/balance", "GET /v1/settlements", "GET /v1/settlements/{id}", "GET /v1/settlements/{id}/statement",
		"GET /v1/settlements/{id}/statement.csv",
		"GET /v1/grants/{id}", "POST /v1/grants/{id}/consume", "POST /v1/grants/{id}/introspect",
		"POST /v1/grants/introspect", "POST /v1/grants/{id}/revoke", "GET /v1/revocations",
		"POST /v1/webhook_endpoints", "GET /v1/webhook_endpoints", "DELETE /v1/webhook_endpoints/{id}",
		"POST /v1/webhook_endpoints/{id}/rotate_secret", "GET /v1/webhook_endpoints/{id}",
		"PATCH /v1/webhook_endpoints/{id}", "GET /v1/events", "POST /v1/events/{id}/redeliver",
	} {
		if !served[want] {
			t.Errorf("%s is not in the document", want)
		}
		delete(served, want)
	}
	for extra := range served {
		t.Errorf("%s is in the document but not in the contract", extra)
	}
}

// The document says what is asked of a request beyond its types, and which codes and events there are.
func TestDocumentIsComplete(t *testing.T) {
	w := newWorld(t)
	doc := w.must(200, "GET", "/openapi.json", "")
	if strings.Contains(doc.raw, `"application/octet-stream":`) {
		t.Error("the document has the raw body as a second form of it")
	}
	for _, is := range ledger.ToVendors() {
		if !strings.Contains(doc.raw, `"`+is.Error()+`"`) {
			t.Errorf("the code %s is not in the document", is)
		}
	}
	for _, e := range server.EventTypes() {
		if !strings.Contains(doc.raw, `"`+e+`"`) {
			t.Errorf("the event %s is not in the document", e)
		}
	}
}

// Each operation stands in a chapter that the document explains, and each chapter has an operation.
func TestEveryOperationHasItsChapter(t *testing.T) {
	w := newWorld(t)
	doc := newAPI(w.svc, Options{Now: w.time.Now}).huma.OpenAPI()
	used := map[string]bool{}
	everyOperation(doc, func(path string, o *huma.Operation) {
		for _, tag := range o.Tags {
			if used[tag] = true; tags[tag] == "" {
				t.Errorf("%s %s is in the chapter %q, which the document does not explain", o.Method, path, tag)
			}
		}
	})
	for tag := range tags {
		if !used[tag] && tag != "events" {
			t.Errorf("the chapter %q has no operation", tag)
		}
	}
}

// The document offers no state that nothing can reach: no vendor ever sees itself suspended, and a dispute is
// never seen as it is opened.
func TestDocumentPromisesNoMore(t *testing.T) {
	w := newWorld(t)
	schemas := w.must(200, "GET", "/openapi.json", "").body["components"].(map[string]any)["schemas"].(map[string]any)
	for at, want := range map[string]string{
		"Charge.status":  "[held captured voided expired partially_refunded refunded]",
		"Grant.status":   "[active pending exhausted expired revoked]",
		"GrantCheck.why": "[held disputed views hours days expires_at revoked token_expired]",
		"Link.status":    "[active revoked]", "Vendor.status": "[active]",
		"RefundIn.reason": fmt.Sprint(ledger.RefundReasons), "Dispute.reason": fmt.Sprint(ledger.DisputeReasons),
		"Dispute.stage": "[auto_resolved needs_response under_review offered won for_buyer for_vendor withdrawn " +
			"accepted appealed lost]",
	} {
		schema, property, _ := strings.Cut(at, ".")
		got := schemas[schema].(map[string]any)["properties"].(map[string]any)[property].(map[string]any)["enum"]
		if fmt.Sprint(got) != want {
			t.Errorf("%s may be %v, want %s", at, got, want)
		}
	}
	w.must(404, "GET", "/problems/idempotency_in_flight", "")
}

// Every status that a problem can have is explained at its type.
func TestProblemPages(t *testing.T) {
	w := newWorld(t)
	for _, s := range append([]errorKind{internal}, statuses...) {
		if a := w.must(200, "GET", "/problems/"+s.is.Error(), ""); !strings.Contains(a.raw, s.is.Error()) {
			t.Errorf("%s: %s", s.is, a.raw)
		}
	}
	w.must(404, "GET", "/problems/nonsense", "")
}
