package demo_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
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
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/server/webhook"
	"tuppence/store"
)

// town is a service, its API and the newspaper, each on a real listener.
type town struct {
	t     *testing.T
	svc   *server.Server
	site  *httptest.Server
	buyer view.Caller
	http  *http.Client

	publish func() error // as at a start
}

func newTown(t *testing.T) *town {
	t.Helper()
	sealer, err := seal.New(make([]byte, seal.MasterSize), servertest.NewRandom(3))
	if err != nil {
		t.Fatal(err)
	}
	boss := view.Caller{Fingerprint: "SHA256:boss"}
	w := &town{t: t, buyer: view.Caller{Fingerprint: "SHA256:ann"}}
	w.svc, err = server.Open(t.Context(), server.Options{
		Store: store.NewMemory(), Seal: sealer, Now: time.Now, Methods: []funding.Method{&funding.SimulatedCard{}},
		House:    view.House{Name: "tuppence", Host: "pay.example", URL: "https://pay.example", Simulated: true},
		Operator: boss.Fingerprint,
		Deliver:  webhook.NewSender(webhook.SenderOptions{Target: webhook.Target{AllowLoopback: true}, Now: time.Now}),
	})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(hook.New(w.svc, hook.Options{BaseURL: "https://pay.example", Now: time.Now}))
	t.Cleanup(api.Close)

	var handler atomic.Pointer[http.Handler] // the newspaper has to know its address before it exists
	w.site = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		(*handler.Load()).ServeHTTP(rw, r)
	}))
	t.Cleanup(w.site.Close)
	_, port, err := net.SplitHostPort(w.site.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	site := "http://news.localhost:" + port
	k, err := w.svc.VendorCreate(t.Context(), boss, view.VendorRequest{
		Name: "small-hours", Title: "The Small Hours", Origin: site,
	})
	if err != nil {
		t.Fatal(err)
	}
	var ids atomic.Int64
	p, err := demo.New(demo.Options{
		API: api.URL, Key: k.Key, URL: site, Log: slog.New(slog.DiscardHandler),
		NewID: func() string { return fmt.Sprint("id-", ids.Add(1)) },
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
	if _, err := w.svc.Join(t.Context(), w.buyer, view.JoinRequest{Accept: true}); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Touch(t.Context(), w.buyer); err != nil {
		t.Fatal(err)
	}
	amount := ledger.Amount{Micros: 5_000_000, Currency: "EUR"}
	if _, err := w.svc.Fund(t.Context(), w.buyer, view.FundRequest{Amount: amount, Method: "card"}); err != nil {
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
			return d.DialContext(ctx, network, w.site.Listener.Addr().String())
		}},
		CheckRedirect: func(r *http.Request, _ []*http.Request) error {
			if r.URL.Hostname() != "news.localhost" { // the approval page is another site
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
	w.site.URL = site
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
		path = w.site.URL + path
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

// opens the page of a request as a browser does, with the cookie that it is given.
func (w *town) opens(txn string) (page view.CheckoutPage, cookie string) {
	w.t.Helper()
	page, err := w.svc.CheckoutPage(w.t.Context(), txn, "")
	if cookie = page.Cookie; err == nil && cookie != "" {
		page, err = w.svc.CheckoutPage(w.t.Context(), txn, cookie)
	}
	if err != nil {
		w.t.Fatalf("the page of %q: %v", txn, err)
	}
	return page, cookie
}

// approve answers the request that the browser was sent to, and brings the browser back.
func (w *town) approve(res *http.Response) string {
	w.t.Helper()
	to := res.Header.Get("Location")
	txn := to[strings.LastIndexByte(to, '/')+1:]
	c, cookie := w.opens(txn)
	if _, err := w.svc.Answer(w.t.Context(), w.buyer, view.Answer{Code: c.Code, Yes: true}); err != nil {
		w.t.Fatal(err)
	}
	back, err := w.svc.CheckoutReturn(w.t.Context(), txn, cookie)
	if err != nil {
		w.t.Fatal(err)
	}
	_, page := w.page(back.To, nil)
	return page
}
