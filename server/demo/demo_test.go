package demo_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/demo"
	"tuppence/server/funding"
	"tuppence/server/hook"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/store"
)

// town is a house, its API and the newspaper, each on a real listener.
type town struct {
	t     *testing.T
	svc   *server.Server
	paper *httptest.Server
	buyer ledger.Caller
	http  *http.Client

	publish func() error // as at a start
}

func newTown(t *testing.T) *town {
	t.Helper()
	sealer, err := seal.New(make([]byte, seal.MasterSize), rand.NewChaCha8([32]byte{3}))
	if err != nil {
		t.Fatal(err)
	}
	boss := ledger.Caller{Fingerprint: "SHA256:boss"}
	w := &town{t: t, buyer: ledger.Caller{Fingerprint: "SHA256:ann"}}
	w.svc, err = server.Open(t.Context(), server.Options{
		Store: store.NewMemory(), Seal: sealer, Now: time.Now, Methods: []funding.Method{&funding.SimulatedCard{}}, Operator: boss.Fingerprint,
		House:   ledger.House{Name: "tuppence", Host: "pay.example", URL: "https://pay.example", Simulated: true},
		Deliver: hook.NewSender(hook.SenderOptions{AllowLoopback: true, Now: time.Now}),
	})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(hook.New(w.svc, hook.Options{BaseURL: "https://pay.example", Now: time.Now}))
	t.Cleanup(api.Close)

	var handler atomic.Pointer[http.Handler] // the newspaper has to know its address before it exists
	w.paper = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(rw, r) }))
	t.Cleanup(w.paper.Close)
	_, port, err := net.SplitHostPort(w.paper.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	site := "http://news.localhost:" + port
	k, err := w.svc.VendorCreate(t.Context(), boss, ledger.VendorRequest{Name: "small-hours", Title: "The Small Hours", Origin: site})
	if err != nil {
		t.Fatal(err)
	}
	var ids atomic.Int64
	p, err := demo.New(demo.Options{
		API: api.URL, Key: k.Key, URL: site, Log: slog.New(slog.DiscardHandler), NewID: func() string { return fmt.Sprint("id-", ids.Add(1)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.publish = func() error { return p.Publish(t.Context(), "http://localhost:"+port+"/hooks") }
	for range 2 { // starting again publishes nothing twice
		if err := w.publish(); err != nil {
			t.Fatal(err)
		}
	}
	h := p.Handler()
	handler.Store(&h)
	if _, err := w.svc.Join(t.Context(), w.buyer, ledger.JoinRequest{Accept: true}); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Touch(t.Context(), w.buyer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.Fund(t.Context(), w.buyer, ledger.FundRequest{Amount: ledger.Amount{Micros: 5_000_000, Currency: "EUR"}, Method: "card"}); err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	w.http = &http.Client{
		Jar: jar,
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, w.paper.Listener.Addr().String())
		}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Hostname() != "news.localhost" { // the approval page is another house
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	w.paper.URL = site
	return w
}

// page fetches a page of the newspaper; form values make it a POST.
func (w *town) page(path string, form url.Values) (*http.Response, string) {
	w.t.Helper()
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	if strings.HasPrefix(path, "/") {
		path = w.paper.URL + path
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := w.http.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res, string(raw)
}

// approve answers the request that the browser was sent to, and brings the browser back.
func (w *town) approve(res *http.Response) string {
	w.t.Helper()
	to := res.Header.Get("Location")
	txn := to[strings.LastIndexByte(to, '/')+1:]
	c, err := w.svc.CheckoutPage(w.t.Context(), txn)
	if err != nil {
		w.t.Fatalf("sent to %q: %v", to, err)
	}
	if _, err := w.svc.Answer(w.t.Context(), w.buyer, ledger.Answer{Code: c.Code, Yes: true}); err != nil {
		w.t.Fatal(err)
	}
	back, err := w.svc.CheckoutReturn(w.t.Context(), txn)
	if err != nil {
		w.t.Fatal(err)
	}
	_, page := w.page(back, nil)
	return page
}

// An article is closed, is bought, opens as often as was paid for, and closes when the money goes back.
func TestReaderBuysAnArticle(t *testing.T) {
	w := newTown(t)
	if _, page := w.page("/a/rivers", nil); !strings.Contains(page, "Read for 0.25 EUR") || strings.Contains(page, "frazil") {
		t.Fatalf("an article that nobody paid is open:\n%s", page)
	}
	res, _ := w.page("/a/rivers", url.Values{})
	if page := w.approve(res); !strings.Contains(page, "frazil") || !strings.Contains(page, "Reading 1 of 5") {
		t.Fatalf("a paid article is closed:\n%s", page)
	}
	for range 4 {
		w.page("/a/rivers", nil)
	}
	if _, page := w.page("/a/rivers", nil); strings.Contains(page, "frazil") {
		t.Error("the sixth reading of five is open")
	}
	w.svc.Sweep(t.Context())
	_, office := w.page("/office", nil)
	if !strings.Contains(office, "checkout.completed") || !strings.Contains(office, "captured") {
		t.Errorf("the office knows nothing of the sale:\n%s", office)
	}
	_, rest, _ := strings.Cut(office, `name="charge" value="`)
	charge, _, _ := strings.Cut(rest, `"`)
	if _, page := w.page("/office/refund", url.Values{"charge": {charge}}); !strings.Contains(page, "refunded") {
		t.Errorf("after the refund:\n%s", page)
	}
}

// A reader who has allowed it reads with one click, until a limit says no in the service's own words.
func TestReaderAllowsSilence(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/allow", url.Values{})
	if page := w.approve(res); !strings.Contains(page, "You allowed this newspaper") {
		t.Fatalf("after allowing:\n%s", page)
	}
	if _, page := w.page("/a/tuppence", url.Values{}); !strings.Contains(page, "The telegraph changed this") {
		t.Errorf("one click does not open:\n%s", page)
	}
	if _, page := w.page("/a/archive", url.Values{}); !strings.Contains(page, "The limit") {
		t.Errorf("2.00 EUR pass a limit of 0.50:\n%s", page)
	}
}

// What is not signed is not heard, and what comes from another site is not done.
func TestForgedRequests(t *testing.T) {
	w := newTown(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.paper.URL+"/hooks", strings.NewReader(`{"type":"charge.succeeded"}`))
	if err != nil {
		t.Fatal(err)
	}
	res, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unsigned event: %s", res.Status)
	}
	cross, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.paper.URL+"/office/refund", strings.NewReader("charge=chg_x"))
	if err != nil {
		t.Fatal(err)
	}
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	if res, err = w.http.Do(cross); err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a form of another site: %s", res.Status)
	}
	if res, _ := w.page("/a/nothing", nil); res.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown article: %s", res.Status)
	}
}

// A silent purchase that has to be approved first is one sale: before, after and however often the button is pressed.
func TestSilentPurchaseThatWaits(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/allow", url.Values{})
	w.approve(res)
	if err := w.svc.Lock(t.Context(), w.buyer); err != nil {
		t.Fatal(err)
	}
	w.page("/a/tuppence", nil)
	for range 2 {
		if _, page := w.page("/a/tuppence", url.Values{}); !strings.Contains(page, "The purchase window is closed") || !strings.Contains(page, "https://pay.example/c/txn_") {
			t.Fatalf("with a closed window:\n%s", page)
		}
	}
	waiting, err := w.svc.Pending(t.Context(), w.buyer)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("%d requests wait in the terminal, want 1 (%v)", len(waiting), err)
	}
	if _, err := w.svc.Answer(t.Context(), w.buyer, ledger.Answer{Code: waiting[0].Code, Yes: true}); err != nil {
		t.Fatal(err)
	}
	w.page("/a/tuppence", nil)
	if _, page := w.page("/a/tuppence", url.Values{}); !strings.Contains(page, "The telegraph changed this") {
		t.Errorf("paid, and not open:\n%s", page)
	}
	if _, office := w.page("/office", nil); strings.Count(office, "0.05 EUR") != 1 {
		t.Errorf("the article was not sold once:\n%s", office)
	}
}

// Two tabs come back: whichever is first redeems the sale, and neither ends on an error.
func TestTwoTabs(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/a/rivers", url.Values{})
	to := res.Header.Get("Location")
	txn := to[strings.LastIndexByte(to, '/')+1:]
	c, err := w.svc.CheckoutPage(t.Context(), txn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.Answer(t.Context(), w.buyer, ledger.Answer{Code: c.Code, Yes: true}); err != nil {
		t.Fatal(err)
	}
	var tabs [2]string
	for i := range tabs {
		if tabs[i], err = w.svc.CheckoutReturn(t.Context(), txn); err != nil {
			t.Fatal(err)
		}
	}
	for _, tab := range []string{tabs[1], tabs[0], tabs[1]} {
		if _, page := w.page(tab, nil); !strings.Contains(page, "frazil") {
			t.Errorf("%s opens nothing:\n%s", tab, page)
		}
	}
}

// A reader who has ended the permission is told, and asked again with the next click.
func TestReaderEndsThePermission(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/allow", url.Values{})
	w.approve(res)
	if _, err := w.svc.Unlink(t.Context(), w.buyer, "small-hours", false); err != nil {
		t.Fatal(err)
	}
	if _, page := w.page("/a/tuppence", url.Values{}); !strings.Contains(page, "has not allowed") {
		t.Errorf("an ended permission:\n%s", page)
	}
	if res, _ := w.page("/a/tuppence", url.Values{}); !strings.HasPrefix(res.Header.Get("Location"), "https://pay.example/c/txn_") {
		t.Errorf("the next click: %s to %q", res.Status, res.Header.Get("Location"))
	}
	if _, page := w.page("/a/rivers?reason=denied", nil); !strings.Contains(page, "You said no. Nothing was charged.") {
		t.Errorf("after a no:\n%s", page)
	}
	if res, _ := w.page("/paid/rivers", nil); res.Request.URL.Path != "/a/rivers" {
		t.Errorf("without a code: sent to %s", res.Request.URL)
	}
}

// What happened while the newspaper was away is heard after it has started again.
func TestEventsOutliveARestart(t *testing.T) {
	w := newTown(t)
	res, _ := w.page("/a/rivers", url.Values{})
	w.approve(res)
	if err := w.publish(); err != nil {
		t.Fatal(err)
	}
	w.svc.Sweep(t.Context())
	if _, office := w.page("/office", nil); !strings.Contains(office, "checkout.completed") {
		t.Errorf("the event of before is lost:\n%s", office)
	}
}
