package hook

import (
	"strings"
	"testing"
)

// A vendor adds a site, proves it and sells on it; an unproved one receives no browser, and one that was taken off the
// list none any more (claim 28).
func TestVendorManagesItsSites(t *testing.T) {
	w := newWorld(t)
	site := `{"url":"https://second.example"}`
	offer := `{"title":"x","price":{"amount":"0.25","currency":"EUR"},"content_url":"https://second.example/a"}`
	added := w.must(201, "POST", "/v1/vendor/origins", site, "Idempotency-Key", "add")
	if added.body["verified"] != false || !strings.HasPrefix(added.text("token"), "tuppence-verify=") ||
		added.text("file") != "https://second.example/.well-known/tuppence-verify.txt" ||
		added.text("record") != "_tuppence.second.example" {
		t.Errorf("added: %s", added.raw)
	}
	w.must(409, "POST", "/v1/vendor/origins", site, "Idempotency-Key", "again")
	if a := w.call("POST", "/v1/offers", offer); a.text("code") != "origin_not_allowed" {
		t.Errorf("unproved: %d %s", a.status, a.raw)
	}
	a := w.must(200, "POST", "/v1/vendor/origins/verify", site, "Idempotency-Key", "verify")
	if a.body["verified"] != true {
		t.Errorf("verified: %s", a.raw)
	}
	w.must(201, "POST", "/v1/offers", offer)
	w.must(200, "POST", "/v1/vendor/origins/remove", site, "Idempotency-Key", "remove")
	if a := w.call("POST", "/v1/offers", offer); a.text("code") != "origin_not_allowed" {
		t.Errorf("removed: %d %s", a.status, a.raw)
	}
	for _, c := range []struct{ path, body, code string }{
		{"", `{"url":"https://second.example/path"}`, "invalid_request"},
		{"", `{"url":"ftp://second.example"}`, "invalid_request"},
		{"/verify", `{"url":"https://unknown.example"}`, "not_found"},
		{"/remove", `{"url":"https://unknown.example"}`, "not_found"},
	} {
		a := w.call("POST", "/v1/vendor/origins"+c.path, c.body, "Idempotency-Key", c.path+c.body)
		if a.text("code") != c.code {
			t.Errorf("%s %s: %d %s", c.path, c.body, a.status, a.raw)
		}
	}
	w.must(201, "POST", "/v1/vendor/origins", `{"url":"https://other.example"}`, "Idempotency-Key", "other")
	a = w.call("POST", "/v1/vendor/origins/verify", `{"url":"https://other.example"}`, "Idempotency-Key", "no proof")
	if a.text("detail") == "" || a.status != 403 {
		t.Errorf("no proof: %d %s", a.status, a.raw)
	}
}
