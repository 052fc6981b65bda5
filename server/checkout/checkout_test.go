package checkout

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/store"
)

// world is a service with a vendor, a buyer with 5.00 EUR, and the pages on a real listener.
type world struct {
	t      *testing.T
	svc    *server.Server
	seller *server.Seller
	site   *httptest.Server
	buyer  view.Caller
	boss   view.Caller // the operator
	at     time.Time
	own    *http.Client // the browser of the buyer
	seal   *seal.Sealer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC), buyer: view.Caller{Fingerprint: "SHA256:ann"}}
	now := func() time.Time { return w.at }
	sealer, err := seal.New(make([]byte, seal.MasterSize), servertest.NewRandom(2))
	if err != nil {
		t.Fatal(err)
	}
	w.seal = sealer
	w.boss = view.Caller{Fingerprint: "SHA256:boss"}
	w.svc, err = server.Open(t.Context(), server.Options{
		Store: store.NewMemory(), Seal: sealer, Now: now, Methods: []funding.Method{&funding.SimulatedCard{}},
		House:    view.House{Name: "tuppence", Host: "-p 2222 pay.example", URL: "https://pay.example", Simulated: true},
		Operator: w.boss.Fingerprint,
	})
	if err != nil {
		t.Fatal(err)
	}
	k, err := w.svc.VendorCreate(t.Context(), w.boss, view.VendorRequest{
		Name: "news", Title: "The News", Origin: "https://news.example",
	})
	if err != nil {
		t.Fatal(err)
	}
	if w.seller, err = w.svc.Authenticate(t.Context(), k.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.Join(t.Context(), w.buyer, view.JoinRequest{Accept: true}); err != nil {
		t.Fatal(err)
	}
	amount := ledger.Amount{Micros: 5_000_000, Currency: "EUR"}
	if _, err := w.svc.Fund(t.Context(), w.buyer, view.FundRequest{Amount: amount, Method: "card"}); err != nil {
		t.Fatal(err)
	}
	w.site = httptest.NewServer(New(w.svc, Options{Log: slog.New(slog.DiscardHandler), Now: now}))
	t.Cleanup(w.site.Close)
	w.own = w.browser()
	return w
}

func (w *world) ask(key, title string) view.Checkout {
	w.t.Helper()
	return w.order(key, server.CheckoutOrder{
		Offer: ledger.Offer{
			Title: title, Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, Kind: ledger.Content,
			ContentURL: "https://news.example/a", Bounds: ledger.Bounds{Views: 1, Days: 30},
		},
		SuccessURL: "https://news.example/paid?x=1", CancelURL: "https://news.example/a",
	})
}

func (w *world) order(key string, o server.CheckoutOrder) view.Checkout {
	w.t.Helper()
	c, _, err := w.seller.CreateCheckout(w.t.Context(), server.Request{Key: key}, o)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// browser is a new browser, with cookies of its own. It follows our own redirects and stays here where one leads to a
// vendor.
func (w *world) browser() *http.Client {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if "http://"+r.URL.Host != w.site.URL {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

// get fetches a page with the buyer's browser.
func (w *world) get(path string) (*http.Response, string) {
	w.t.Helper()
	return w.fetch(w.own, path)
}

// fetch fetches a page with a browser.
func (w *world) fetch(client *http.Client, path string) (*http.Response, string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 20*time.Second) // a stream of events that opens has no end
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.site.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(client, req)
}

func (w *world) do(client *http.Client, req *http.Request) (*http.Response, string) {
	w.t.Helper()
	res, err := client.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var b strings.Builder
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		b.WriteString(lines.Text() + "\n")
	}
	return res, b.String()
}

func (w *world) answer(c view.Checkout, yes bool) {
	w.t.Helper()
	if _, err := w.svc.Answer(w.t.Context(), w.buyer, view.Answer{Code: c.UserCode, Yes: yes}); err != nil {
		w.t.Fatal(err)
	}
}

// The page says who asks for how much, and how to say yes; hostile text of a vendor stays text.
func TestPageShowsTheRequest(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "<script>alert(1)</script> Rivers")
	res, page := w.get("/c/" + c.TxnID)
	for _, want := range []string{
		"The News (https://news.example, verified)", "0.25 EUR", "ssh -p 2222 pay.example approve " + c.UserCode,
		"1 view, 30 days", "No real money", "&lt;script&gt;alert(1)",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "<script>alert") {
		t.Error("the vendor's script is on our page")
	}
	csp := res.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(csp, want) {
			t.Errorf("content security policy %q lacks %q", csp, want)
		}
	}
}

// What the page says about a request are the words of the screens and commands, for a purchase and for a permission.
func TestPageSaysWhatScreensSay(t *testing.T) {
	w := newWorld(t)
	half := ledger.Limits{PerPurchase: 500_000, PerDay: 2_000_000, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit}
	for name, c := range map[string]view.Checkout{
		"purchase":   w.ask("1", "How rivers freeze"),
		"permission": w.order("2", server.CheckoutOrder{Mode: ledger.ModeLink, Ask: half, Currency: "EUR"}),
		"no limits":  w.order("3", server.CheckoutOrder{Mode: ledger.ModeLink}),
	} {
		a, err := w.svc.Approval(t.Context(), w.buyer, c.UserCode)
		if err != nil {
			t.Fatal(err)
		}
		_, page := w.get("/c/" + c.TxnID)
		for _, want := range []string{a.Subject(), a.What, a.Bounds.Words(view.Format{}), a.Proposal(), a.Code} {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page lacks %q:\n%s", name, want, page)
			}
		}
		if strings.Contains(page, "0.00") {
			t.Errorf("%s: the page shows an amount that was never said:\n%s", name, page)
		}
	}
}

// After a yes the browser goes back with a one-time code; after a no, or too late, with the reason.
func TestReturn(t *testing.T) {
	w := newWorld(t)
	yes, no, late := w.ask("1", "a"), w.ask("2", "b"), w.ask("3", "c")
	if res, _ := w.get("/c/" + yes.TxnID + "/return"); res.StatusCode != http.StatusConflict {
		t.Errorf("before the answer: %s", res.Status)
	}
	for _, c := range []view.Checkout{yes, no, late} {
		w.get("/c/" + c.TxnID)
	}
	w.answer(yes, true)
	w.answer(no, false)
	res, _ := w.get("/c/" + yes.TxnID + "/return")
	to := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, "https://news.example/paid?") ||
		!strings.Contains(to, "code=") || !strings.Contains(to, "x=1") {
		t.Errorf("after yes: %s to %q", res.Status, to)
	}
	location := func(c view.Checkout) string {
		res, _ := w.get("/c/" + c.TxnID + "/return")
		return res.Header.Get("Location")
	}
	if got := location(no); got != "https://news.example/a?reason=denied" {
		t.Errorf("after no: %s", got)
	}
	w.at = w.at.Add(16 * time.Minute)
	if got := location(late); got != "https://news.example/a?reason=expired" {
		t.Errorf("too late: %s", got)
	}
	if _, page := w.get("/c/" + late.TxnID); !strings.Contains(page, "The time to answer is over") {
		t.Errorf("the page of an expired request:\n%s", page)
	}
}

// A request without a page of the vendor, as a charge on a link makes it, ends on a page that says what became of it.
func TestReturnToNowhere(t *testing.T) {
	w := newWorld(t)
	offer := ledger.Offer{Title: "a", Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, Kind: ledger.Goods}
	yes := w.order("1", server.CheckoutOrder{Offer: offer, Quantity: 3})
	no := w.order("2", server.CheckoutOrder{Offer: offer})
	if _, page := w.get("/c/" + yes.TxnID); !strings.Contains(page, "0.75 EUR") || !strings.Contains(page, "for 3") {
		t.Errorf("three pieces for 0.75 EUR:\n%s", page)
	}
	if res, _ := w.get("/c/" + yes.TxnID + "/return"); res.StatusCode != http.StatusConflict {
		t.Errorf("before the answer: %s", res.Status)
	}
	w.answer(yes, true)
	w.answer(no, false)
	for c, want := range map[string]string{yes.TxnID: "You said yes.", no.TxnID: "You said no. Nothing was charged."} {
		res, page := w.get("/c/" + c + "/return")
		if res.StatusCode != http.StatusOK || !strings.Contains(page, want) ||
			!strings.Contains(page, "You can close this page.") {
			t.Errorf("%s, want %q:\n%s", res.Status, want, page)
		}
	}
}

// A browser without scripts goes on by itself once the answer is there.
func TestWithoutScripts(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "a")
	const again = `<noscript><meta http-equiv="refresh" content="5"></noscript>`
	if _, page := w.get("/c/" + c.TxnID); !strings.Contains(page, again) {
		t.Errorf("a waiting page does not look again:\n%s", page)
	}
	w.answer(c, true)
	if _, page := w.get("/c/" + c.TxnID); !strings.Contains(page, `content="1;url=/c/`+c.TxnID+`/return"`) {
		t.Errorf("an approved page stays:\n%s", page)
	}
}

// A waiting page is told of the answer at once.
func TestLiveUpdate(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "a")
	w.get("/c/" + c.TxnID)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.site.URL+"/c/"+c.TxnID+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.own.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), "retry:") {
		t.Fatalf("first line %q", lines.Text())
	}
	w.answer(c, true)
	var got []string
	for lines.Scan() {
		got = append(got, lines.Text())
	}
	if text := strings.Join(got, "\n"); !strings.Contains(text, "event: answered\ndata: approved") {
		t.Errorf("the page got %q", text)
	}
}

// A made-up or changed transaction id opens nothing, in the words of every other refusal.
func TestUnknownRequest(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "a")
	for _, txn := range []string{"txn_0", c.TxnID[:39] + "0", strings.ToUpper(c.TxnID)} {
		if txn == c.TxnID {
			continue
		}
		for _, end := range []string{"", "/events", "/return"} {
			res, page := w.get("/c/" + txn + end)
			if res.StatusCode != http.StatusNotFound || !strings.Contains(page, "There is no such request.") {
				t.Errorf("%s%s: %s", txn, end, res.Status)
			}
		}
	}
	for path, want := range map[string]string{"/nothing": "There is nothing here.", "/": "ssh -p 2222 pay.example"} {
		if res, page := w.get(path); (res.StatusCode == http.StatusOK) != (path == "/") || !strings.Contains(page, want) {
			t.Errorf("%s: %s, want %q:\n%s", path, res.Status, want, page)
		}
	}
}

// Attack: many wait on one page. It keeps its share, the newest are served, and those who waited longest are sent away
// for a while; the answer still comes to those who wait.
func TestPageHasItsShareOfWatchers(t *testing.T) {
	w := newWorld(t)
	c := w.ask("1", "How rivers freeze")
	w.get("/c/" + c.TxnID)
	watch := func() *bufio.Scanner {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.site.URL+"/c/"+c.TxnID+"/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := w.own.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		lines := bufio.NewScanner(res.Body)
		if !lines.Scan() || lines.Text() != "retry: 2000" || !res.Close {
			t.Fatalf("%s %q, closes %v", res.Status, lines.Text(), res.Close)
		}
		return lines
	}
	rest := func(lines *bufio.Scanner) (text string) {
		for lines.Scan() {
			text += lines.Text() + "\n"
		}
		return text
	}
	first := watch()
	var all []*bufio.Scanner
	for range maxPerPage {
		all = append(all, watch())
	}
	if got := rest(first); !strings.Contains(got, "retry: 60000") {
		t.Errorf("who waited longest got %q, want to come back later", got)
	}
	w.answer(c, true)
	for _, lines := range all {
		if got := rest(lines); !strings.Contains(got, "event: answered") {
			t.Errorf("a page that waits got %q", got)
		}
	}
}

// Whoever comes and goes, no page has more than its share and all together have no more than theirs; a newcomer always
// has a place, and room is made on the page that has most.
func TestWatchersAreShared(t *testing.T) {
	var w watchers
	alone := w.enter("alone")
	for n := range 2 * maxWatching {
		w.enter(strings.Repeat("p", 1+n%(maxWatching/maxPerPage+5)))
		if w.all > maxWatching {
			t.Fatalf("%d wait", w.all)
		}
	}
	select {
	case <-alone.gone:
		t.Error("the only one of a page lost its place to a crowd")
	default:
	}
	sum := 0
	for _, all := range w.pages {
		if sum += len(all); len(all) > maxPerPage {
			t.Errorf("a page has %d", len(all))
		}
		for _, n := range append([]*watcher(nil), all...) {
			w.leave(n)
			w.leave(n)
		}
	}
	if w.all != 0 || len(w.pages) != 0 || sum != maxWatching {
		t.Errorf("%d of %d are counted after all have left: %v", w.all, sum, w.pages)
	}
}
