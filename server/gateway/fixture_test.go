package gateway

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/crypto/ssh"

	"tuppence/server"
	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/hook"
	"tuppence/server/ledger"
	"tuppence/server/payer"
	"tuppence/server/seal"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/store"
)

// world is a real service, a site, the gateway in front of it, and a program that pays. When the test ends, the books
// must be clean.
type world struct {
	t       testing.TB
	time    *servertest.Clock
	svc     *server.Server
	service *url.URL
	gateway *Gateway
	front   *httptest.Server // of the gateway
	buyer   *payer.Payer
	ann     view.Caller
	most    ledger.Amount // of one request
	// broken is what happens to the next calls of a path of the service: see [world.RoundTrip].
	mu     sync.Mutex
	broken map[string]string
	asked  atomic.Int64 // requests that reached the site
	seen   http.Header  // of the last of them
}

// wires are the connections of a world.
var wires = &http.Transport{MaxIdleConnsPerHost: 128}

const origin = "https://shop.example"

func newWorld(t testing.TB, site http.HandlerFunc, change ...func(*Options)) *world {
	t.Helper()
	return newWorldOn(t, store.NewMemory(), servertest.NewClock(), site, change...)
}

// newWorldOn is newWorld on a store of the test's own.
func newWorldOn(
	t testing.TB, kv store.Store, clock *servertest.Clock, site http.HandlerFunc, change ...func(*Options),
) *world {
	t.Helper()
	w := &world{t: t, time: clock, broken: map[string]string{}}
	w.ann = view.Caller{Fingerprint: "SHA256:ann"}
	sealer, err := seal.New(make([]byte, seal.MasterSize), servertest.NewRandom(1))
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewUnstartedServer(nil)
	base := "http://" + api.Listener.Addr().String()
	boss := view.Caller{Fingerprint: "SHA256:boss"}
	w.svc, err = server.Open(t.Context(), server.Options{
		Store: kv, Seal: sealer, Now: w.time.Now, Methods: []funding.Method{&funding.SimulatedCard{}},
		House:    view.House{Name: "tuppence", Host: "pay.example", URL: base, Simulated: true},
		Operator: boss.Fingerprint, Bounds: server.Bounds{Holds: 1 << 30},
	})
	if err != nil {
		t.Fatal(err)
	}
	api.Config.Handler = hook.New(w.svc, hook.Options{
		BaseURL: base, Now: w.time.Now, Rate: 1e9, Burst: 1e9, PayerRate: 1e9, PayerBurst: 1e9,
	})
	api.Start()
	t.Cleanup(api.Close)
	t.Cleanup(func() {
		_ = kv.View(context.Background(), func(r store.Reader) error {
			report, err := books.Audit(context.Background(), r, nil)
			if err != nil || len(report.Findings) > 0 {
				t.Errorf("audit: %v %v", report.Findings, err)
			}
			return nil
		})
	})
	w.service, _ = url.Parse(base)
	vendor, err := w.svc.VendorCreate(t.Context(), boss, view.VendorRequest{Name: "shop", Title: "Shop", Origin: origin})
	if err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.asked.Add(1)
		w.mu.Lock()
		w.seen = r.Header.Clone()
		w.mu.Unlock()
		site(rw, r)
	}))
	t.Cleanup(behind.Close)
	upstream, _ := url.Parse(behind.URL)
	o := Options{
		Upstream: upstream, Site: origin, Log: slog.New(slog.DiscardHandler), Now: w.time.Now,
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)),
		Routes: []Route{{Prefix: "/", Price: eur(40_000)}, {Prefix: "/free", Free: true}},
	}
	o.Service = NewService(base, vendor.Key, "", &http.Client{Transport: w})
	if o.Service.PayTo, err = o.Service.Vendor(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, do := range change {
		do(&o)
	}
	if w.gateway, err = New(o); err != nil {
		t.Fatal(err)
	}
	w.front = httptest.NewServer(w.gateway)
	t.Cleanup(w.front.Close)
	w.buyer, w.most = w.program(), eur(1_000_000)
	return w
}

func eur(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: "EUR"} }

// program is an agent of a wallet with 5.00 EUR. Its requests for the site reach the gateway.
func (w *world) program() *payer.Payer {
	w.t.Helper()
	if _, err := w.svc.Join(w.t.Context(), w.ann, view.JoinRequest{Accept: true}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.svc.Fund(w.t.Context(), w.ann, view.FundRequest{Amount: eur(5_000_000), Method: "card"}); err != nil {
		w.t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed([]byte(strings.Repeat("a", ed25519.SeedSize))))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := w.svc.AddAgent(w.t.Context(), w.ann, view.AgentOrder{
		Name: "reader", Key: string(ssh.MarshalAuthorizedKey(key.PublicKey())), Currency: "EUR",
		Each: 1_000_000, Day: 5_000_000,
	}); err != nil {
		w.t.Fatal(err)
	}
	return &payer.Payer{
		Service: w.service.String(), Key: key, Now: w.time.Now, Transport: w,
	}
}

// RoundTrip is the network: the site's address leads to the gateway, and calls can be lost. A path that is in broken is
// "refused" before it is carried out, or "lost" behind that, once.
func (w *world) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	how := w.broken[r.URL.Path]
	delete(w.broken, r.URL.Path)
	w.mu.Unlock()
	if how == "refused" {
		return nil, errors.New("refused")
	}
	out := r.Clone(r.Context())
	if r.URL.Host == "shop.example" {
		front, _ := url.Parse(w.front.URL)
		out.URL.Scheme, out.URL.Host, out.Host = front.Scheme, front.Host, "shop.example"
	}
	answer, err := wires.RoundTrip(out)
	if err == nil && how == "lost" {
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		return nil, errors.New("lost")
	}
	return answer, err
}

func (w *world) breaks(path, how string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken[path] = how
}

// get asks for a path and pays; body is sent if it is not empty. All of an answer has to come.
func (w *world) get(method, path, body string) (*http.Response, string, error) {
	w.t.Helper()
	answer, _, said, broken, err := w.ask(method, path, body)
	if broken != nil {
		w.t.Fatal(broken)
	}
	return answer, said, err
}

// ask asks for a path and pays, and tells what was paid, what came, and how that broke off.
func (w *world) ask(
	method, path, body string,
) (answer *http.Response, paid payer.Paid, said string, broken, err error) {
	w.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(w.t.Context(), method, origin+path, in)
	if err != nil {
		w.t.Fatal(err)
	}
	if answer, paid, err = w.buyer.Do(r, w.most); err != nil {
		return nil, paid, "", nil, err
	}
	defer answer.Body.Close()
	raw, broken := io.ReadAll(answer.Body)
	return answer, paid, string(raw), broken, nil
}

// purse is what the wallet has and what waits, in micros.
func (w *world) purse() (has, waits int64) {
	w.t.Helper()
	o, err := w.svc.Overview(w.t.Context(), w.ann)
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(o.Wallets, func(one view.Wallet) bool { return one.Currency == "EUR" })
	return o.Wallets[i].Available.Micros, o.Wallets[i].Held.Micros
}

// costs looks at what has left the wallet since it was filled, and that nothing waits.
func (w *world) costs(micros int64) {
	w.t.Helper()
	if has, waits := w.purse(); 5_000_000-has != micros || waits != 0 {
		w.t.Errorf("%d have left the wallet and %d wait, want %d and 0", 5_000_000-has-waits, waits, micros)
	}
}
