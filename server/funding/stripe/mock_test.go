package stripe

import (
	"bufio"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tuppence/server/funding"
	"tuppence/server/ledger"

	api "github.com/stripe/stripe-go/v85"
)

// stripeMock checks requests by Stripe's OpenAPI document. It is of a later version than the library, so it must not be
// told to compare versions. It knows no states: package stripetest has those.
const stripeMock = "github.com/stripe/stripe-mock@v0.203.0"

// startMock builds stripe-mock and returns its address. It listens on this machine only.
func startMock(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	install := exec.CommandContext(t.Context(), "go", "install", stripeMock)
	install.Env = append(os.Environ(), "GOBIN="+dir, "GOFLAGS=")
	if said, err := install.CombinedOutput(); err != nil && os.Getenv("CI") == "" {
		t.Skipf("no %s, and it cannot be fetched: %v\n%s", stripeMock, err, said)
	} else if err != nil {
		t.Fatalf("no %s: %v\n%s", stripeMock, err, said)
	}
	mock := exec.CommandContext(t.Context(), filepath.Join(dir, "stripe-mock"),
		"-http-addr", "127.0.0.1:0", "-https-addr", "127.0.0.1:0")
	out, err := mock.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := mock.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mock.Wait() }) // the end of the test's context has killed it
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, at, here := strings.Cut(lines.Text(), "Listening for HTTP at address: "); here {
			go func() {
				for lines.Scan() { // a full pipe would stop it
				}
			}()
			return "http://" + at
		}
	}
	t.Fatal("stripe-mock has not started: ", lines.Err())
	return ""
}

// noted notes what is asked and answered.
type noted struct {
	mu   sync.Mutex
	said map[string]int // status by method and path
}

func (n *noted) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := http.DefaultTransport.RoundTrip(r)
	if err == nil {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.said[r.Method+" "+r.URL.Path] = res.StatusCode
	}
	return res, err
}

// Stripe's own document takes the form of every request that is made, and refuses a wrong one.
func TestRequestsByStripesDocument(t *testing.T) {
	d, said := newDouble(t), &noted{said: map[string]int{}}
	c, err := New(Options{
		Key: testKey, ReturnURL: back, BaseURL: startMock(t), HTTPClient: &http.Client{Transport: said},
		Log: slog.New(slog.NewTextHandler(&d.log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []ledger.Amount{
		{Micros: 5_000_000, Currency: "EUR"}, {Micros: 500_000_000, Currency: "JPY"}, {Micros: 1_230_000, Currency: "KWD"},
	} {
		out, err := c.Start(t.Context(), d.deposit(a.Micros, a.Currency))
		if err != nil || out.State != ledger.DepositRequiresAction || out.External == "" || out.Link == "" {
			t.Errorf("%s: Start = %+v, %v", a, out, err)
		}
	}
	o := d.deposit(5_000_000, "EUR")
	o.Deposit.External = "cs_test_1"
	for what, ask := range map[string]func() error{
		"disputes": func() error { _, _, err := c.disputes(t.Context(), o, "pi_1", funding.Outcome{}); return err },
		"payment":  func() error { _, err := c.payment(t.Context(), "pi_1"); return err },
		"payout":   func() error { _, err := c.payout(t.Context(), "po_1"); return err },
		"charges":  func() error { _, err := c.charges(t.Context(), "po_1"); return err },
		"refunds":  func() error { _, err := c.refundOf(t.Context(), "pi_1", "red_1"); return err },
		"a refund": func() error { _, err := c.orderRefund(t.Context(), refundOrder(o, "red_1"), "pi_1"); return err },
		"what became of a refund": func() error {
			q := refundOrder(o, "red_1")
			q.External = "re_1"
			if _, err := c.Refund(t.Context(), q); err == nil || !strings.Contains(err.Error(), "not what was ordered") {
				return errors.New("the refund of another is taken for ours")
			}
			return nil
		},
	} {
		if err := ask(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if out, err := c.Cancel(t.Context(), o); err == nil { // its pages are nobody's
		t.Errorf("Cancel = %+v of another's page", out)
	}
	for _, request := range []string{
		"POST /v1/checkout/sessions", "GET /v1/checkout/sessions/cs_test_1", "POST /v1/checkout/sessions/cs_test_1/expire",
		"GET /v1/disputes", "GET /v1/payment_intents/pi_1", "GET /v1/payouts/po_1", "GET /v1/balance_transactions",
		"GET /v1/refunds", "POST /v1/refunds", "GET /v1/refunds/re_1",
	} {
		if said.said[request] != http.StatusOK {
			t.Errorf("%s is answered with %d", request, said.said[request])
		}
	}
	if len(said.said) != 10 {
		t.Errorf("asked for %v", said.said)
	}
	wrong := &api.CheckoutSessionCreateParams{Params: api.Params{Context: t.Context()}, Mode: new("gift")}
	err = c.ask("order a page", http.MethodPost, pages, wrong, &api.CheckoutSession{})
	if f := (*fault)(nil); !errors.As(err, &f) || f.status != http.StatusBadRequest || refusal(err) == "" {
		t.Errorf("a wrong mode is answered with %v", err)
	}
}
