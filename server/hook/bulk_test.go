package hook

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// bulkOf is a body with these charges.
func bulkOf(charges ...string) string { return `{"charges":[` + strings.Join(charges, ",") + `]}` }

// results are the answers to many charges.
func (a answer) results(t *testing.T) (all []map[string]any) {
	t.Helper()
	data, _ := a.body["data"].([]any)
	for i, one := range data {
		r := one.(map[string]any)
		if r["index"] != float64(i) || (r["charge"] == nil) == (r["problem"] == nil) {
			t.Errorf("result %d: %v, want its index, and a charge or a problem", i, r)
		}
		all = append(all, r)
	}
	return all
}

// Each of many charges has a result in its place: what is wrong with one is no fault of the others, and a body that
// cannot be read sells nothing.
func TestBulkChargesAnswerEach(t *testing.T) {
	w := newWorld(t)
	offer, link := w.offer("0.25"), w.link(w.ann(500))
	charge := func(more string) string { return `{"link_id":"` + link + `","offer_id":"` + offer + `"` + more + `}` }
	long := strings.Repeat("x", ledger.MaxClientRef+1)
	body := bulkOf(
		charge(`,"client_reference_id":"a"`), `{"link_id":"lnk_1","offer_id":"`+offer+`"}`,
		`{"link_id":"`+link+`","offer_id":"ofr_1"}`, charge(`,"quantity":20000`), charge(`,"quantity":-1`),
		charge(`,"offer_version":7`), charge(`,"client_reference_id":"`+long+`"`),
		charge(`,"metadata":{"a":"`+strings.Repeat("y", ledger.MaxMetadataValue+1)+`"}`),
		charge(`,"capture":false,"quantity":2`),
	)
	a := w.must(200, "POST", "/v1/charges/bulk", body, "Idempotency-Key", "k")
	all := a.results(t)
	want := []string{
		"captured", "404 link_id", "404 offer_id", "400 quantity", "400 quantity", "409 ", "400 client_reference_id",
		"400 metadata", "held",
	}
	for i, r := range all {
		got := ""
		if c, sold := r["charge"].(map[string]any); sold {
			got, _ = c["status"].(string)
		} else {
			p := r["problem"].(map[string]any)
			param, _ := p["param"].(string)
			got = fmt.Sprint(p["status"], " ", param)
			if p["remedy"] == "" || p["type"] == "" || p["request_id"] != nil {
				t.Errorf("problem %d: %v", i, p)
			}
		}
		if got != want[i] {
			t.Errorf("charge %d: %s, want %s (%v)", i, got, want[i], r)
		}
	}
	before := w.head()
	again := w.must(200, "POST", "/v1/charges/bulk", body, "Idempotency-Key", "k")
	if again.raw != a.raw || again.header.Get("Idempotent-Replayed") != "true" || w.head() != before {
		t.Errorf("again: %s", again.raw)
	}
	for what, body := range map[string]string{
		"no charges": bulkOf(), "no list": `{"charges":7}`, "cut off": `{"charges":[`,
		"an unknown field": bulkOf(charge(`,"x":1`)),
		"null":             bulkOf("null"), "no offer": bulkOf(charge(""), `{"link_id":"`+link+`"}`),
		"too many": bulkOf(strings.Split(strings.Repeat(charge("")+";", 1001), ";")[:1001]...),
	} {
		if a := w.call("POST", "/v1/charges/bulk", body, "Idempotency-Key", what); a.status != 400 || w.head() != before {
			t.Errorf("%s: %d %s", what, a.status, a.raw)
		}
	}
	huge := bulkOf(charge(`,"metadata":{"a":"` + strings.Repeat("y", maxBulkBody) + `"}`))
	if a := w.call("POST", "/v1/charges/bulk", huge, "Idempotency-Key", "huge"); a.status != 413 {
		t.Errorf("too large: %d %s", a.status, a.raw)
	}
}

// A key without the scope of charges sells not one of many, and one for it sells them all.
func TestBulkChargesNeedTheirScope(t *testing.T) {
	w := newWorld(t)
	body := bulkOf(`{"link_id":"` + w.link(w.ann(500)) + `","offer_id":"` + w.offer("0.25") + `"}`)
	reads := "Bearer " + w.restricted(view.APIKeyOrder{Name: "reads", Scopes: []string{"charges:read"}})
	sells := "Bearer " + w.restricted(view.APIKeyOrder{Name: "sells", Scopes: []string{"charges:write"}})
	a := w.call("POST", "/v1/charges/bulk", body, "Authorization", reads, "Idempotency-Key", "k")
	if a.status != 403 || a.text("param") != "charges:write" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	w.must(200, "POST", "/v1/charges/bulk", body, "Authorization", sells, "Idempotency-Key", "k")
}

// Many charges take as many requests out of the rate of the vendor, also more than its bucket holds: then nothing more
// is answered until the bucket has one again, and the answer says when that is. Nobody overdraws it twice.
func TestBulkChargesCountForTheRate(t *testing.T) {
	w := newWorld(t)
	w.api = New(w.svc, Options{BaseURL: "https://pay.example", Now: w.time.Now, Rate: 10, Burst: 20})
	offer, link := w.offer("0.01"), w.link(w.ann(500))
	one := `{"link_id":"` + link + `","offer_id":"` + offer + `"}`
	many := func(n int) string { return bulkOf(strings.Split(strings.Repeat(one+";", n), ";")[:n]...) }
	w.time.Pass(time.Minute)
	few := w.must(200, "POST", "/v1/charges/bulk", many(5), "Idempotency-Key", "few")
	if left := few.header.Values("RateLimit"); len(left) != 1 || left[0] != `"key";r=15` {
		t.Errorf("after five of twenty: %q", left)
	}
	w.time.Pass(time.Minute)
	w.must(200, "POST", "/v1/charges/bulk", many(60), "Idempotency-Key", "a")
	a := w.call("POST", "/v1/charges/bulk", many(2), "Idempotency-Key", "b")
	if a.status != 429 || a.header.Get("Retry-After") != "5" {
		t.Errorf("overdrawn by 40 at 10 a second: %d, Retry-After %s", a.status, a.header.Get("Retry-After"))
	}
	w.time.Pass(5 * time.Second)
	w.must(200, "POST", "/v1/charges/bulk", many(2), "Idempotency-Key", "b")
	l := newRateLimits[ledger.VendorID](10, 20, w.time.Now)
	if _, err := l.more(1, 60); err != nil {
		t.Error(err)
	}
	if _, err := l.more(1, 1); err == nil {
		t.Error("a bucket that is overdrawn was overdrawn once more")
	}
	if _, err := l.more(2, 1); err != nil {
		t.Errorf("the bucket of another: %v", err)
	}
}

// BenchmarkBulk measures a request for 1000 silent sales from its bytes to its answer, against books in memory: what
// HTTP adds to many purchases.
func BenchmarkBulk(b *testing.B) {
	w := newWorld(b)
	w.api = New(w.svc, Options{BaseURL: "https://pay.example", Now: w.time.Now, Rate: 1e9, Burst: 1e9})
	offer, link := w.offer("0.000001"), w.link(w.ann(500))
	one := `{"link_id":"` + link + `","offer_id":"` + offer + `","client_reference_id":"order-1001"}`
	body := bulkOf(strings.Split(strings.Repeat(one+";", 1000), ";")[:1000]...)
	n := 0
	for b.Loop() {
		n++
		r := httptest.NewRequest(http.MethodPost, "/v1/charges/bulk", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.key)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprint(n))
		rec := httptest.NewRecorder()
		if w.api.ServeHTTP(rec, r); rec.Code != 200 || strings.Contains(rec.Body.String(), "problem") {
			b.Fatalf("%d %.300s", rec.Code, rec.Body)
		}
	}
	b.ReportMetric(float64(n)*1000/b.Elapsed().Seconds(), "charges/s")
}
