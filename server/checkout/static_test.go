package checkout

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// static posts an offer, and returns it with the path of an address that sells it.
func (w *world) static() (ledger.OfferID, string) {
	w.t.Helper()
	made, _, err := w.seller.CreateOffer(w.t.Context(), server.Request{}, ledger.Offer{
		Title: "Rivers", Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, Kind: ledger.Content,
		ContentURL: "https://news.example/rivers",
	})
	w.must(err)
	id, err := w.seal.OpenOffer(made.ID)
	w.must(err)
	link, err := w.seller.StaticLink(w.t.Context(), server.StaticOrder{Offer: id, CancelURL: "https://news.example/a"})
	w.must(err)
	return id, strings.TrimPrefix(link.URL, "https://pay.example")
}

// follow has a browser follow a static link from a site, or send its form.
func (w *world) follow(b *http.Client, path, from string, form url.Values, headers ...string) (*http.Response, string) {
	w.t.Helper()
	method := http.MethodGet
	if form != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.site.URL+path, strings.NewReader(form.Encode()))
	w.must(err)
	if from != "" {
		req.Header.Set("Referer", from)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return w.do(b, req)
}

var (
	codeOnPage  = regexp.MustCompile(`approve ([B-Z]{4}-[B-Z]{4})<`)
	matchOnPage = regexp.MustCompile(`must show <strong class="code">([0-9]{2})<`)
	pathOnPage  = regexp.MustCompile(`data-return="(/c/[^"]+)"`)
)

// says has the buyer answer what a page asks, and returns where the browser goes then.
func (w *world) says(b *http.Client, body string, a view.Answer) *url.URL {
	w.t.Helper()
	code, match, path := codeOnPage.FindStringSubmatch(body), matchOnPage.FindStringSubmatch(body),
		pathOnPage.FindStringSubmatch(body)
	if code == nil || match == nil || path == nil {
		w.t.Fatalf("page: %s", body)
	}
	w.must(w.svc.Touch(w.t.Context(), w.buyer))
	a.Code, a.Match = code[1], match[1]
	_, err := w.svc.Answer(w.t.Context(), w.buyer, a)
	w.must(err)
	res, _ := w.fetch(b, path[1])
	to, err := url.Parse(res.Header.Get("Location"))
	w.must(err)
	return to
}

// granted reads the grant that a browser brings back, as any program does offline.
func (w *world) granted(to *url.URL) (c seal.GrantClaims) {
	w.t.Helper()
	raw, found := strings.CutPrefix(to.Fragment, "grant=")
	if !found {
		w.t.Fatalf("no grant in %s", to)
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
	w.must(err)
	w.must(token.Claims(w.seal.JWKS(), &c))
	w.must(c.Validate(jwt.Expected{
		Issuer: "https://pay.example", AnyAudience: jwt.Audience{"https://news.example"}, Time: w.at,
	}))
	return c
}

// A page without a server sells by a link: code and number, and the browser comes back with a grant that is checked
// offline. The next time the same browser buys without a page.
func TestStaticLinkSells(t *testing.T) {
	w := newWorld(t)
	_, path := w.static()
	_, body := w.follow(w.own, path, newsSite, nil)
	limits := ledger.Limits{PerPurchase: 300_000, PerDay: 1_000_000, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit}
	to := w.says(w.own, body, view.Answer{Yes: true, Link: true, Limits: &limits})
	if g := w.granted(to); to.Host != "news.example" || g.Resource != "https://news.example/rivers" {
		t.Errorf("to %s with %+v", to, g)
	}
	if got := w.spent(); got != "4.75 EUR" {
		t.Errorf("the wallet has %s", got)
	}
	res, body := w.follow(w.own, path, newsSite, nil)
	again, err := url.Parse(res.Header.Get("Location"))
	if err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", res.Status, body)
	}
	w.granted(again)
	if got := w.spent(); got != "4.50 EUR" {
		t.Errorf("the wallet has %s", got)
	}
	// Another browser gets a page of its own, and nothing of what this one has bought.
	if _, body := w.follow(w.browser(), path, newsSite, nil); !codeOnPage.MatchString(body) {
		t.Errorf("no code: %s", body)
	}
}

// A plain form says how many, and what the vendor calls the order; a no leads back to where the vendor says.
func TestStaticFormSells(t *testing.T) {
	w := newWorld(t)
	_, path := w.static()
	form := url.Values{"quantity": {"2"}, "client_reference_id": {"order 7"}}
	_, body := w.follow(w.own, path, "", form, "Origin", "https://news.example")
	if !strings.Contains(body, "0.50 EUR") {
		t.Errorf("page: %s", body)
	}
	w.granted(w.says(w.own, body, view.Answer{Yes: true}))
	sold, err := w.seller.Sales(t.Context(), server.SalesQuery{ClientRef: "order 7"})
	if err != nil || len(sold.Data) != 1 || sold.Data[0].Quantity != 2 {
		t.Errorf("sold %+v, %v", sold, err)
	}
	_, body = w.follow(w.own, path, newsSite, form)
	if to := w.says(w.own, body, view.Answer{}); to.String() != "https://news.example/a?reason=denied" {
		t.Errorf("after a no the browser goes to %s", to)
	}
}

// What was not sealed by the service, is over, comes from elsewhere or is fetched by no person opens no request.
func TestStaticLinkRefuses(t *testing.T) {
	w := newWorld(t)
	offer, path := w.static()
	_, other := w.static()
	_, seals, _ := strings.Cut(other, "?")
	mine, _, _ := strings.Cut(path, "?")
	for name, c := range map[string]struct {
		path, from string
		form       url.Values
		headers    []string
		status     int
		says       string
	}{
		"tampered":       {path: path + "A", status: 404, says: "sells nothing"},
		"no seal":        {path: mine, status: 404, says: "sells nothing"},
		"of another":     {path: mine + "?" + seals, status: 404, says: "sells nothing"},
		"another site":   {path: path, from: "https://evil.example/", status: 403, says: "Another site"},
		"prefetched":     {path: path, headers: []string{"Sec-Purpose", "prefetch"}, status: 204},
		"part of a page": {path: path, headers: []string{"Sec-Fetch-Mode", "no-cors"}, status: 204},
		"no form":        {path: path, form: url.Values{}, headers: []string{"Content-Type", "text/plain"}, status: 400},
		"quantity":       {path: path, form: url.Values{"quantity": {"-1"}}, status: 400, says: "quantity"},
		"much":           {path: path, form: url.Values{"quantity": {"99999"}}, status: 400, says: "10000"},
		"long":           {path: path, form: url.Values{"x": {strings.Repeat("x", 5000)}}, status: 400, says: "4 KiB"},
	} {
		res, body := w.follow(w.browser(), c.path, c.from, c.form, c.headers...)
		if res.StatusCode != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %s: %s", name, res.Status, body)
		}
	}
	_, _, err := w.seller.ChangeOffer(t.Context(), server.Request{}, offer, func(o *ledger.Offer) { o.Title = "Streams" })
	w.must(err)
	if res, body := w.follow(w.own, path, newsSite, nil); res.StatusCode != 410 || !strings.Contains(body, "older") {
		t.Errorf("an older version: %s: %s", res.Status, body)
	}
	w.at = w.at.Add(367 * 24 * time.Hour)
	if res, body := w.follow(w.own, other, newsSite, nil); res.StatusCode != 410 {
		t.Errorf("over: %s: %s", res.Status, body)
	}
	if _, err := w.seller.StaticLink(t.Context(), server.StaticOrder{
		Offer: offer, SuccessURL: "https://evil.example/",
	}); err == nil {
		t.Error("a link leads to another site")
	}
}
