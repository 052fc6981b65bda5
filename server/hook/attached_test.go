package hook

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// nasty are texts that a program could be tempted to clean, and has no business to.
var nasty = []string{
	"❤️ order", "\u0645\u06cc\u200c\u062e", "\u0915\u094d\u200d\u0937", "\U0001f468\u200d\U0001f469",
	"\u202egnp.exe", " a  b ", "line\r\nline\t", "\x1b[31mred\x07", "\x7f\u0085\u2028", "\ufeff\u200b",
	`"quoted" \u0041 <&>`, "e\u0301é", "\U0010ffff\ufffd", "a\u0301\u0301\u0301\u0301\u0301\u0301", "null", "0",
}

// attachment draws a text of at most max characters.
func attachment(max int) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			s := rapid.OneOf(rapid.SampledFrom(nasty), rapid.StringN(0, 9, -1)).Draw(t, "part")
			if s = strings.ReplaceAll(s, "\x00", ""); utf8.RuneCountInString(b.String()+s) <= max {
				b.WriteString(s)
			}
		}
		return b.String()
	})
}

// What a vendor attaches comes back exactly as it was sent: in the answer, when it is read, in the list, found by the
// filter, and in the events.
func TestAttachedTextsComeBackAsSent(t *testing.T) {
	w := newWorld(t)
	offer, link := w.offer("0.0001"), w.link(w.ann(500))
	var mu sync.Mutex
	var events []string
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var e struct {
			Type string
			Data struct {
				Ref string `json:"client_reference_id"`
			}
		}
		_ = json.Unmarshal(raw, &e)
		mu.Lock()
		defer mu.Unlock()
		if e.Type == "charge.succeeded" {
			events = append(events, e.Data.Ref)
		}
	}))
	defer site.Close()
	w.must(201, "POST", "/v1/webhook_endpoints", `{"url":"`+strings.Replace(site.URL, "127.0.0.1", "localhost", 1)+`"}`)
	rapid.Check(t, func(rt *rapid.T) {
		ref := attachment(200).Filter(func(s string) bool { return s != "" }).Draw(rt, "reference")
		name := attachment(40).Filter(func(s string) bool { return s != "" }).Draw(rt, "name")
		value := attachment(500).Draw(rt, "value")
		body, _ := json.Marshal(map[string]any{
			"link_id": link, "offer_id": offer, "client_reference_id": ref, "metadata": map[string]string{name: value},
		})
		key := rapid.StringMatching("[a-z0-9]{20}").Draw(rt, "key")
		made := w.call("POST", "/v1/charges", string(body), "Idempotency-Key", key)
		if made.status != 201 {
			rt.Fatalf("%s: %s", body, made.raw)
		}
		read := w.must(200, "GET", "/v1/charges/"+made.text("id"), "")
		listed := w.must(200, "GET", "/v1/charges?limit=1", "").body["data"].([]any)[0].(map[string]any)
		for where, got := range map[string]map[string]any{"answer": made.body, "read": read.body, "list": listed} {
			want := map[string]any{"r": ref, "m": map[string]any{name: value}}
			have := map[string]any{"r": got["client_reference_id"], "m": got["metadata"]}
			if diff := cmp.Diff(want, have); diff != "" {
				rt.Fatalf("%s: %s", where, diff)
			}
		}
		w.svc.Sweep(t.Context())
		mu.Lock()
		defer mu.Unlock()
		if len(events) == 0 || events[len(events)-1] != ref {
			rt.Fatalf("the event has %q, want %q", events, ref)
		}
	})
}

// What is no text is refused at every place where a vendor attaches something, and names what is wrong.
func TestWhatIsNoTextIsRefused(t *testing.T) {
	w := newWorld(t)
	for text, says := range map[string]string{
		`\u0000`: "U+0000", `a\ud800`: "surrogate", `\udc00\ud800`: "surrogate", `\ud83d\ud83d\ude00`: "surrogate",
		"\xff": "UTF-8", "\xed\xa0\x80": "UTF-8", `\\\u0000`: "U+0000",
	} {
		for _, body := range []string{
			`{"client_reference_id":"` + text + `"}`, `{"metadata":{"a":"` + text + `"}}`, `{"metadata":{"` + text + `":"a"}}`,
		} {
			a := w.call("POST", "/v1/checkouts", body, "Idempotency-Key", "k")
			if a.status != 400 || !strings.Contains(a.text("detail"), says) {
				t.Errorf("%q: %d %s, want %s", body, a.status, a.raw, says)
			}
		}
	}
	for _, text := range []string{`\ud83d\ude00`, `\\ud800`, `\\u0000`} {
		w.must(201, "POST", "/v1/checkouts", `{"client_reference_id":"`+text+`","mode":"link"}`, "Idempotency-Key", text)
	}
}

// A title keeps what its script needs, and is shown with it.
func TestTitlesKeepTheirScript(t *testing.T) {
	w := newWorld(t)
	for _, title := range []string{
		"\u0645\u06cc\u200c\u062e", "\u2764\ufe0f\u200d\U0001f525 order",
		"\u0d28\u0d4d\u200d",
	} {
		a := w.must(201, "POST", "/v1/offers", `{"title":"`+title+`","kind":"goods","price":{"amount":"1","currency":"EUR"}}`)
		if a.text("title") != title {
			t.Errorf("%q became %q", title, a.text("title"))
		}
		c := w.checkout(a.text("id"), title)
		page, err := w.svc.CheckoutPage(t.Context(), c.text("txn_id"), "")
		if err != nil || page.Title != title {
			t.Errorf("%q is shown as %q: %v", title, page.Title, err)
		}
	}
}
