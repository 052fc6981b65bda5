package hook

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// everyOperation is called with all operations of the document.
func everyOperation(doc *huma.OpenAPI, do func(path string, o *huma.Operation)) {
	for path, item := range doc.Paths {
		for _, o := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if o != nil {
				do(path, o)
			}
		}
	}
}

// Each operation says which scope it needs, and what only reads needs no more than to read. No resource is without an
// operation.
func TestEveryOperationHasAScope(t *testing.T) {
	w := newWorld(t)
	needed := map[string]bool{}
	everyOperation(newAPI(w.svc, Options{Now: w.time.Now}).huma.OpenAPI(), func(path string, o *huma.Operation) {
		scope := scopeOf(o)
		if err := ledger.CheckScope(scope); err != nil {
			t.Errorf("%s %s: %v", o.Method, path, err)
		}
		resource, reads := strings.CutSuffix(scope, ":read")
		if reads != (o.Method == http.MethodGet || o.Metadata[onlyReads] == true) {
			t.Errorf("%s %s needs %s", o.Method, path, scope)
		}
		if !strings.Contains(o.Description, "Scope: "+scope+".") {
			t.Errorf("%s %s does not say its scope: %s", o.Method, path, o.Description)
		}
		needed[strings.TrimSuffix(resource, ":write")] = true
	})
	for _, r := range ledger.Resources {
		if !needed[r] {
			t.Errorf("no operation needs %s", r)
		}
	}
}

// restricted makes a key of the vendor.
func (w *world) restricted(q view.APIKeyOrder) string {
	w.t.Helper()
	owner := view.Caller{Fingerprint: "SHA256:vera"}
	if _, err := w.svc.ShopToday(w.t.Context(), owner); err != nil {
		c, err := w.svc.VendorTeamCode(w.t.Context(), boss, "news")
		if err != nil {
			w.t.Fatal(err)
		}
		if _, err := w.svc.TeamJoin(w.t.Context(), owner, c.Code, "vera"); err != nil {
			w.t.Fatal(err)
		}
	}
	k, err := w.svc.ShopKeyAdd(w.t.Context(), owner, q)
	if err != nil {
		w.t.Fatal(err)
	}
	return k.Secret
}

// A restricted key is refused at every operation but those of its scopes, before anything of the request is read.
func TestScopesAreRequired(t *testing.T) {
	w := newWorld(t)
	key := w.restricted(view.APIKeyOrder{Name: "reader", Scopes: []string{"offers:read"}})
	w.must(200, "GET", "/v1/offers", "", "Authorization", "Bearer "+key)
	everyOperation(newAPI(w.svc, Options{Now: w.time.Now}).huma.OpenAPI(), func(path string, o *huma.Operation) {
		need := scopeOf(o)
		if need == "offers:read" {
			return
		}
		a := w.call(o.Method, strings.ReplaceAll(path, "{id}", "x"), "", "Authorization", "Bearer "+key)
		if a.status != 403 || a.text("code") != "scope_missing" || a.text("param") != need {
			t.Errorf("%s %s: %d %s", o.Method, path, a.status, a.raw)
		}
	})
}

// Who is paid is said with the scope for it, also in a field of an offer: a key for offers or checkouts leads no money
// to another payee, and takes nobody's share away.
func TestSharesNeedTheirScope(t *testing.T) {
	w := newWorld(t)
	as := func(name string, scopes ...string) string {
		return "Bearer " + w.restricted(view.APIKeyOrder{Name: name, Scopes: scopes})
	}
	offers, sells := as("offers", "offers:write"), as("sells", "checkouts:write")
	both := as("both", "offers:write", "royalties:write")
	offer := func(more string) string {
		return `{"title":"A","price":{"amount":"0.80","currency":"EUR"},"content_url":"https://news.example/a"` + more + `}`
	}
	shares := `,"royalties":[{"payee":"mallory","role":"author","percent_bp":9000}]`
	checkout := func(more string) string {
		return `{"mode":"charge","offer":` + offer(more) +
			`,"success_url":"https://news.example/ok","cancel_url":"https://news.example/no"}`
	}
	refused := func(a answer) {
		t.Helper()
		if a.status != 403 || a.text("code") != "scope_missing" || a.text("param") != splits {
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
	made := w.must(201, "POST", "/v1/offers", offer(""), "Authorization", offers)
	w.must(201, "POST", "/v1/checkouts", checkout(""), "Authorization", sells, "Idempotency-Key", "a")
	refused(w.call("POST", "/v1/offers", offer(shares), "Authorization", offers))
	refused(w.call("POST", "/v1/offers", offer(`,"royalty_plan":"none"`), "Authorization", offers))
	refused(w.call("PATCH", "/v1/offers/"+made.text("id"), `{"royalty_plan":"none"}`, "Authorization", offers))
	refused(w.call("POST", "/v1/checkouts", checkout(shares), "Authorization", sells, "Idempotency-Key", "b"))
	w.must(201, "POST", "/v1/offers", offer(shares), "Authorization", both)
}

// The address is that of the connection: no header makes another one of it. A key that is over is not known.
func TestKeysAreForTheirAddresses(t *testing.T) {
	w := newWorld(t)
	key := w.restricted(view.APIKeyOrder{
		Name: "till", Scopes: []string{"offers:read"}, From: []string{"203.0.113.0/24"}, Days: 1,
	})
	call := func(from string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/v1/offers", nil)
		r.RemoteAddr = from
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		r.Header.Set("Forwarded", "for=203.0.113.9")
		out := httptest.NewRecorder()
		w.api.ServeHTTP(out, r)
		return out
	}
	if a := call("203.0.113.9:4000"); a.Code != 200 {
		t.Errorf("inside: %d %s", a.Code, a.Body)
	}
	for _, from := range []string{"203.0.114.9:4000", "[2001:db8::1]:4000", "nowhere"} {
		if a := call(from); a.Code != 403 || !strings.Contains(a.Body.String(), `"address_not_allowed"`) {
			t.Errorf("%s: %d %s", from, a.Code, a.Body)
		}
	}
	w.time.Pass(25 * 3600 * 1e9)
	known := w.call("GET", "/v1/offers", "", "Authorization", "Bearer "+key)
	unknown := w.call("GET", "/v1/offers", "", "Authorization", "Bearer rk_test_x")
	for _, a := range []answer{known, unknown} {
		delete(a.body, "request_id")
		a.raw = ""
	}
	if known.status != 401 || known.text("detail") != unknown.text("detail") || len(known.body) != len(unknown.body) {
		t.Errorf("over: %d %v, unknown: %v", known.status, known.body, unknown.body)
	}
}
