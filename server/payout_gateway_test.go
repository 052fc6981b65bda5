package server

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tuppence/server/funding"
	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/server/webhook"
)

// fakeGateway is a gateway of the operator, which pays each name once.
type fakeGateway struct {
	t      testing.TB
	mu     sync.Mutex
	paid   map[string]string // the body under each name
	status map[string]string
	calls  int
	lose   int // so many answers are lost
	say    string
	fault  string // the name of a payout that it answers with an error
}

func (g *fakeGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	signer, err := standardwebhooks.NewWebhook(gatewaySecret)
	if err != nil || signer.VerifyIgnoringTimestamp(body, r.Header) != nil {
		g.t.Errorf("a call is not signed: %v", err)
	}
	id := r.Header.Get("Idempotency-Key")
	g.calls++
	if id == g.fault {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if r.Method == http.MethodPost {
		var order map[string]any
		if json.Unmarshal(body, &order) != nil || order["id"] != id {
			g.t.Errorf("the order is %s", body)
		}
		if had, again := g.paid[id]; again && had != string(body) {
			g.t.Errorf("told again with other words: %s, %s", had, body)
		} else if !again {
			g.status[id] = g.say
		}
		g.paid[id] = string(body)
	} else if g.status[id] == "" {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if g.lose > 0 {
		g.lose--
		panic(http.ErrAbortHandler) // it has paid, and its answer is lost
	}
	fmt.Fprintf(w, `{"id":%q,"status":%q,"reason":"so"}`, id, g.status[id])
}

const gatewaySecret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

// newGatewayFixture is a service with a gateway.
func newGatewayFixture(t testing.TB) (*bankFixture, *Seller, *fakeGateway) {
	f, v := newPayoutFixture(t, "EUR")
	g := f.withGateway(debit.Bank{})
	f.accountOf("EUR", annsIBAN)
	f.paysBy("EUR", "hook")
	f.runs(view.SettleOrder{})
	f.submits("EUR", "hook")
	return f, v, g
}

// withGateway adds a gateway, and the ways of banks.
func (f *fixture) withGateway(b debit.Bank) *fakeGateway {
	f.t.Helper()
	g := &fakeGateway{t: f.t, paid: map[string]string{}, status: map[string]string{}, say: "paid"}
	site := httptest.NewServer(g)
	site.Config.ErrorLog = log.New(io.Discard, "", 0) // of answers that are lost
	f.t.Cleanup(site.Close)
	to, err := webhook.NewGateway(site.URL+"/payouts", gatewaySecret, true, f.clock)
	if err != nil {
		f.t.Fatal(err)
	}
	f.gateway = newGateway(to)
	f.ways = append(append(f.ways, b.Payouts()...), listWay(ledger.WayHook))
	return g
}

// What the gateway has paid is paid once, however often its answer is lost.
func TestPayoutByGateway(t *testing.T) {
	f, _, g := newGatewayFixture(t)
	g.lose = 3
	f.refused(ledger.ErrState, func() error {
		_, err := f.SettlementStep(f.ctx, f.operator, view.SettlementStep{
			ID: f.one().ID, Event: ledger.PayoutFail, Reason: "I think so",
		})
		return err
	})
	for range 4 {
		f.Sweep(f.ctx)
		f.time.Pass(10 * time.Minute)
	}
	is(t, "state", string(f.one().State), "paid")
	is(t, "paid", len(g.paid), 1)
	is(t, "calls", g.calls, 4)
	if body := g.paid[f.one().ID]; !strings.Contains(body, annsIBAN) {
		t.Errorf("the gateway was told %s", body)
	}
	f.clean()
}

// A gateway that tells later is asked, and told to be asked by a signed call; what the call says moves nothing.
func TestGatewayTellsLater(t *testing.T) {
	f, _, g := newGatewayFixture(t)
	g.say = "accepted"
	f.Sweep(f.ctx)
	s := f.one()
	is(t, "state", string(s.State), "submitted")
	is(t, "gateway", s.Gateway, "accepted")
	call := func(status string, sign bool) error {
		body := []byte(`{"id":"` + s.ID + `","status":"` + status + `"}`)
		signer, err := standardwebhooks.NewWebhook(gatewaySecret)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now()
		signature, err := signer.Sign("news_1", now, body)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{}
		h.Set("webhook-id", "news_1")
		h.Set("webhook-timestamp", fmt.Sprint(now.Unix()))
		if sign {
			h.Set("webhook-signature", signature)
		}
		return f.ReceiveNews(f.ctx, methodPayouts, h, body)
	}
	if err := call("paid", false); err != funding.ErrUnsigned {
		t.Errorf("a call that is not signed: %v", err)
	}
	calls := g.calls
	f.Sweep(f.ctx)
	is(t, "calls", g.calls, calls)
	if err := call("paid", true); err != nil { // it says so, and has not paid
		t.Fatal(err)
	}
	f.Sweep(f.ctx)
	is(t, "state", string(f.one().State), "submitted")
	g.status[s.ID] = "paid"
	if err := call("failed", true); err != nil {
		t.Fatal(err)
	}
	f.Sweep(f.ctx)
	is(t, "state", string(f.one().State), "paid")
	g.status[s.ID] = "returned"
	if err := call("x", true); err != nil {
		t.Fatal(err)
	}
	f.Sweep(f.ctx)
	is(t, "state", string(f.one().State), "returned")
	f.clean()
}

// A gateway that refuses a payout fails it; one that does not know it any more is told again.
func TestGatewayForgets(t *testing.T) {
	f, _, g := newGatewayFixture(t)
	g.say = "accepted"
	f.Sweep(f.ctx)
	g.status[f.one().ID] = "" // as if it had never been told
	delete(g.paid, f.one().ID)
	g.say = "failed"
	for range 3 {
		f.time.Pass(time.Hour)
		f.Sweep(f.ctx)
	}
	is(t, "state", string(f.one().State), "failed")
	is(t, "reason", f.one().Reason, "failed: so")
	f.clean()
}

// Addresses of gateways: the public internet over https, or this machine.
func TestGatewayAddresses(t *testing.T) {
	for _, tt := range []struct {
		url   string
		local bool
		fine  bool
	}{
		{"https://bank.example/payouts", false, true},
		{"http://bank.example/payouts", false, false},
		{"https://10.0.0.1/payouts", false, false},
		{"https://user:pass@bank.example/", false, false},
		{"http://127.0.0.1:9000/payouts", false, true},
		{"https://bank.example/payouts", true, false},
		{"", false, false},
	} {
		_, err := webhook.NewGateway(tt.url, gatewaySecret, tt.local, time.Now)
		if (err == nil) != tt.fine {
			t.Errorf("%q: %v", tt.url, err)
		}
	}
	if _, err := webhook.NewGateway("https://bank.example/", "secret", false, time.Now); err == nil {
		t.Error("a secret that is none was taken")
	}
}
