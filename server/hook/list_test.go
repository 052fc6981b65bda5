package hook

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// pages reads a list to its end, and checks at each page that there is a following one if and only if there is more.
func (w *world) pages(path string, limit, want int) (ids []string) {
	w.t.Helper()
	mark := "?"
	if strings.Contains(path, "?") {
		mark = "&"
	}
	next := ""
	for range want + 2 {
		a := w.must(200, "GET", fmt.Sprintf("%s%slimit=%d%s", path, mark, limit, next), "")
		for _, row := range a.body["data"].([]any) {
			ids = append(ids, row.(map[string]any)["id"].(string))
		}
		more := len(ids) < want
		if a.body["has_more"] != more || (a.body["next_cursor"] != nil) != more {
			w.t.Fatalf("%s by %d: after %d of %d: %s", path, limit, len(ids), want, a.raw)
		}
		if !more {
			return ids
		}
		next = "&cursor=" + a.text("next_cursor")
	}
	w.t.Fatalf("%s by %d does not end", path, limit)
	return nil
}

// shop is a world with sales in two currencies, some of them refunded, each with its own reference.
func shop(t *testing.T) (w *world, charges, refunds []string) {
	w = newWorld(t)
	ann := w.ann(2000)
	for i := range 7 {
		price := `{"amount":"0.25","currency":"EUR"}`
		if i%3 == 1 {
			price = `{"amount":"0.30","currency":"USD"}`
			w.dollars(ann)
		}
		c := w.must(201, "POST", "/v1/checkouts", fmt.Sprintf(`{"offer":{"title":"x","kind":"goods","price":%s},
			"success_url":"https://news.example/p","client_reference_id":"order %d",
			"metadata":{"shelf":"%d","❤️":"ü"}}`, price, i, i%2), "Idempotency-Key", fmt.Sprint(i))
		w.opens(c)
		w.accept(ann, c)
		id := w.redeem(c).text("charge", "id")
		charges = append([]string{id}, charges...)
		w.time.Pass(time.Minute)
		if i%2 == 0 {
			r := w.must(201, "POST", "/v1/refunds", `{"charge_id":"`+id+`"}`, "Idempotency-Key", fmt.Sprint("r", i))
			refunds = append([]string{r.text("id")}, refunds...)
		}
	}
	return w, charges, refunds
}

// A list spans all currencies unless one is named, and ends where it ends, whatever the size of its pages.
func TestListsAreExact(t *testing.T) {
	w, charges, refunds := shop(t)
	for i := range 4 {
		w.offer(fmt.Sprintf("0.2%d", i))
	}
	for path, want := range map[string][]string{
		"/v1/charges": charges, "/v1/refunds": refunds,
		"/v1/charges?currency=USD": {charges[2], charges[5]}, "/v1/charges?currency=GBP": {},
		"/v1/charges?currency=EUR": {charges[0], charges[1], charges[3], charges[4], charges[6]},
		"/v1/refunds?currency=USD": {refunds[1]},
	} {
		for limit := 1; limit <= len(want)+1; limit++ {
			got := w.pages(path, limit, len(want))
			if diff := cmp.Diff(want, append([]string{}, got...)); diff != "" {
				t.Errorf("%s by %d: %s", path, limit, diff)
			}
		}
	}
	for limit := 1; limit <= 5; limit++ {
		w.pages("/v1/offers", limit, 4)
		w.pages("/v1/links", limit, 0)
		w.pages("/v1/disputes", limit, 0)
	}
	two := w.must(200, "GET", "/v1/charges?limit=1", "").text("next_cursor")
	if a := w.call("GET", "/v1/charges?currency=EUR&cursor="+two, ""); a.status != 400 || a.text("param") != "cursor" {
		t.Errorf("a cursor of a list in all currencies goes on in one: %s", a.raw)
	}
}

// Each filter of the contract chooses what it says and nothing else.
func TestFilters(t *testing.T) {
	w, charges, refunds := shop(t)
	sold := w.must(200, "GET", "/v1/charges/"+charges[3], "").text("created")
	for query, want := range map[string][]string{
		"charges?client_reference_id=order+3":           {charges[3]},
		"charges?client_reference_id=order":             {},
		"charges?metadata[shelf]=1":                     {charges[1], charges[3], charges[5]},
		"charges?metadata[shelf]=1&metadata[nothing]=1": {},
		"charges?status=captured":                       {charges[1], charges[3], charges[5]},
		"charges?status=refunded&currency=USD":          {charges[2]},
		"charges?created[gte]=" + sold:                  charges[:4],
		"charges?created[lt]=" + sold:                   charges[4:],
		"charges?created[gte]=2030-01-01T00:00:00Z":     {},
		"refunds?charge_id=" + charges[2]:               {refunds[1]},
		"charges?metadata[" + url.QueryEscape("❤️") + "]=" + url.QueryEscape("ü") + "&status=captured": {
			charges[1], charges[3], charges[5],
		},
	} {
		for limit := 1; limit <= len(want)+1; limit++ {
			if diff := cmp.Diff(want, append([]string{}, w.pages("/v1/"+query, limit, len(want))...)); diff != "" {
				t.Errorf("%s by %d: %s", query, limit, diff)
			}
		}
	}
	for query, param := range map[string]string{
		"charges?offer_id=x": "offer_id", "charges?status=paid": "status", "charges?created[gte]=yesterday": "created[gte]",
		"charges?metadata[]=x": "metadata[]", "charges?metadata=x": "metadata", "charges?metadata[x=1": "metadata[x",
		"refunds?client_reference_id=x": "client_reference_id",
		"offers?currency=EUR":           "currency",
	} {
		if a := w.call("GET", "/v1/"+query, ""); a.status < 400 || a.status >= 500 || a.text("param") != param {
			t.Errorf("%s: %d %s", query, a.status, a.raw)
		}
	}
}

// A page without a server checks a grant in the browser: the keys are for every origin, and nothing else is.
func TestPublicKeysAreForEveryPage(t *testing.T) {
	w := newWorld(t)
	if got := w.call("GET", "/.well-known/jwks.json", "").header.Get("Access-Control-Allow-Origin"); got != "*" {
		t.Errorf("keys are for %q", got)
	}
	for _, path := range []string{"/v1/vendor", "/v1/charges", "/openapi.json"} {
		if got := w.call("GET", path, "").header.Get("Access-Control-Allow-Origin"); got != "" {
			t.Errorf("%s is for %q", path, got)
		}
	}
}
