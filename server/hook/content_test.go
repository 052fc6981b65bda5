package hook

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"tuppence/server/ledger"
)

// Content is left as its bytes: the offer gets a version that names it, and the same again changes nothing. What is of
// no use is refused before anything is kept.
func TestContentIsLeft(t *testing.T) {
	w := newWorld(t)
	path := "/v1/offers/" + w.offer("0.25") + "/content"
	w.must(404, "GET", path, "")
	page := "<h1>Ice</h1>" + strings.Repeat("x", ledger.MaxContent-12)
	for _, again := range []string{"text/html; charset=utf-8", "TEXT/HTML"} {
		a := w.must(200, "PUT", path, page, "Content-Type", again)
		if a.body["version"] != 2.0 || a.body["type"] != "text/html" || a.body["size"] != float64(ledger.MaxContent) {
			t.Fatalf("kept: %s", a.raw)
		}
		if b := w.must(200, "GET", path, ""); b.raw != a.raw {
			t.Errorf("read: %s, left: %s", b.raw, a.raw)
		}
	}
	before := w.head()
	for name, bad := range map[string]struct {
		status             int
		path, media, bytes string
		says               string
	}{
		"a program":          {400, path, "text/javascript", "x", "is not kept here"},
		"no type":            {400, path, "", "x", "is not kept here"},
		"a broken type":      {400, path, "text/html;;", "x", "is not kept here"},
		"nothing":            {400, path, "text/plain", "", "body"},
		"too much":           {413, path, "text/plain", page + "x", "1024 KiB"},
		"another's offer":    {404, "/v1/offers/ofr_00000000000000000000000000/content", "text/plain", "x", "offer"},
		"goods, not content": {409, "/v1/offers/" + w.goods() + "/content", "text/plain", "x", "sells goods"},
	} {
		if name == "goods, not content" {
			before = w.head()
		}
		a := w.call("PUT", bad.path, bad.bytes, "Content-Type", bad.media)
		if a.status != bad.status || !strings.Contains(a.raw, bad.says) {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if w.head() != before {
		t.Error("what was refused has changed the books")
	}
	w.must(204, "DELETE", path, "")
	w.must(404, "GET", path, "")
	if a := w.must(405, "POST", path, "{}"); a.header.Get("Allow") != "GET, PUT, DELETE" {
		t.Errorf("allowed: %v", a.header["Allow"])
	}
}

// goods are an offer that is no content.
func (w *world) goods() string {
	w.t.Helper()
	return w.must(201, "POST", "/v1/offers", `{"title":"x","kind":"goods","price":{"amount":"0.25","currency":"EUR"}}`).
		text("id")
}

// A vendor that sends slowly has one place, and keeps nobody else from theirs.
func TestSlowContentTakesOnePlace(t *testing.T) {
	w := newWorld(t)
	path := "/v1/offers/" + w.offer("0.25") + "/content"
	slow, sends := io.Pipe()
	r := httptest.NewRequest("PUT", path, slow)
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", "text/plain")
	rec, done := httptest.NewRecorder(), make(chan bool)
	go func() {
		w.api.ServeHTTP(rec, r)
		close(done)
	}()
	if _, err := sends.Write([]byte("ice")); err != nil { // it is being read
		t.Fatal(err)
	}
	if a := w.must(429, "PUT", path, "x", "Content-Type", "text/plain"); a.header.Get("Retry-After") == "" {
		t.Errorf("%v", a.header)
	}
	if err := sends.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	if rec.Code != 200 {
		t.Errorf("the slow one: %d %s", rec.Code, rec.Body)
	}
	w.must(200, "PUT", path, "x", "Content-Type", "text/plain")
	l := largeBodies{most: largeAtOnce, each: 1}
	for v := range ledger.VendorID(largeAtOnce) {
		if !l.enter(v) {
			t.Errorf("no place for vendor %d", v)
		}
	}
	if l.enter(largeAtOnce) || l.enter(0) {
		t.Error("more places than there are")
	}
	l.leave(0)
	if !l.enter(largeAtOnce) {
		t.Error("a place that was left is not taken")
	}
}

// Held money is taken whole by a request without a body, as it is by an empty object.
func TestCaptureNeedsNoBody(t *testing.T) {
	w := newWorld(t)
	offer, link := w.offer("0.25"), w.link(w.ann(500))
	for i, body := range []string{"", "{}"} {
		key := string(rune('a' + i))
		a := w.must(200, "POST", "/v1/charges/"+w.held(link, offer, key)+"/capture", body, "Idempotency-Key", "c"+key)
		if a.text("status") != "captured" {
			t.Errorf("%q: %s", body, a.raw)
		}
	}
}
