package hook

import (
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
