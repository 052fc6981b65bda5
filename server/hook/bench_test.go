package hook

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkRefuseNames measures how long 58 KB of names take until they are refused: no longer than it takes to read
// them, since what is too much is neither sorted nor compared.
func BenchmarkRefuseNames(b *testing.B) {
	w := newWorld(b)
	w.api = New(w.svc, Options{BaseURL: "https://pay.example", Now: w.time.Now, Rate: 1e9, Burst: 1e9})
	var many strings.Builder
	for i := range 4800 {
		fmt.Fprintf(&many, `"n%d":"",`, i)
	}
	for name, metadata := range map[string]string{
		"many": many.String() + `"z":""`, "long": `"` + strings.Repeat("n", 58<<10) + `":""`,
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				a := w.call("POST", "/v1/offers", `{"title":"x","kind":"goods","price":{"amount":"1","currency":"EUR"},
					"metadata":{`+metadata+`}}`)
				if a.status != 400 {
					b.Fatal(a.raw)
				}
			}
		})
	}
}

// BenchmarkCharge measures a silent sale from the request to the answer, against books in memory: what HTTP adds to a
// purchase shows in its allocations. The price is small, so that no limit of the buyer ends the run.
func BenchmarkCharge(b *testing.B) {
	w := newWorld(b)
	w.api = New(w.svc, Options{BaseURL: "https://pay.example", Now: w.time.Now, Rate: 1e9, Burst: 1e9})
	offer, link := w.offer("0.0001"), w.link(w.ann(500))
	body := `{"link_id":"` + link + `","offer_id":"` + offer + `"}`
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		r := httptest.NewRequest(http.MethodPost, "/v1/charges", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+w.key)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", fmt.Sprint(n))
		rec := httptest.NewRecorder()
		if w.api.ServeHTTP(rec, r); rec.Code != http.StatusCreated {
			b.Fatalf("charge %d: %d %s", n, rec.Code, rec.Body)
		}
	}
}
