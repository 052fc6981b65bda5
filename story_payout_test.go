package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// gatewayKey signs the calls between a story's service and its gateway.
const gatewayKey = "whsec_c3Rvcnktc3Rvcnktc3Rvcnktc3Rvcnktc3Rvcnk="

// bankGateway is an operator's gateway as its description in OPERATING.md wants it: it pays each name once.
type bankGateway struct {
	mu     sync.Mutex
	site   *httptest.Server
	orders map[string]string // by name, as they were told
	status map[string]string
	calls  map[string]int // of POST, by name
	says   string
	does   string // "loses" answers, "holds" them, or is "away" and knows of no call
}

// ServeHTTP takes an order, or tells what became of one.
func (g *bankGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	signer, bad := standardwebhooks.NewWebhook(gatewayKey)
	if err != nil || bad != nil || signer.Verify(body, r.Header) != nil {
		http.Error(w, "not signed", http.StatusUnauthorized)
		return
	}
	id := r.Header.Get("Idempotency-Key")
	if g.does == "away" {
		panic(http.ErrAbortHandler)
	}
	if r.Method == http.MethodPost {
		g.calls[id]++
		if _, known := g.orders[id]; !known { // what is known is not paid again
			g.orders[id], g.status[id] = string(body), g.says
		}
		if g.orders[id] != string(body) {
			http.Error(w, "another order under this name", http.StatusConflict)
			return
		}
	}
	switch {
	case g.does == "loses":
		panic(http.ErrAbortHandler)
	case g.does == "holds": // until who calls is no more
		g.mu.Unlock()
		<-r.Context().Done()
		g.mu.Lock()
		return
	case g.status[id] == "":
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"id": id, "status": g.status[id]})
}

// playGateway is the story command gateway:
//
//	up                 starts it; $GATEWAY is its address
//	says STATUS        what becomes of orders from here on
//	loses, finds       its answers are lost, or not any more
//	holds              it takes orders and answers nobody; finds ends that
//	away               nobody is there; finds ends that
//	told ID STATUS     something has become of a payout, and it calls $HTTP/in/payouts
//	forged ID          somebody else calls
//	await N            until so many payouts are known to it
//	paid               prints how many payouts it knows, how often it was told of one at most, and the last order
func playGateway(ts *testscript.TestScript, neg bool, args []string) {
	w := worldOf(ts)
	if len(args) == 0 || neg {
		ts.Fatalf("usage: gateway VERB [arg...]")
	}
	if args[0] == "up" {
		g := &bankGateway{
			orders: map[string]string{}, status: map[string]string{}, calls: map[string]int{}, says: "paid",
		}
		g.site = httptest.NewServer(g)
		ts.Defer(g.site.Close)
		w.gateway = g
		ts.Setenv("GATEWAY", g.site.URL+"/payouts")
		return
	}
	g := w.gateway
	if args[0] == "await" {
		n, err := strconv.Atoi(args[1])
		ts.Check(err)
		for end := time.Now().Add(patience); g.known() < n; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				ts.Fatalf("the gateway knows %d payouts, want %d", g.known(), n)
			}
		}
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch args[0] {
	case "says":
		g.says = args[1]
	case "loses", "holds", "away", "finds":
		g.does = args[0]
	case "told":
		g.status[args[1]] = args[2]
		say(ts, callGateway(ts, args[1], gatewayKey))
	case "forged":
		say(ts, callGateway(ts, args[1], "whsec_Zm9yZ2VkLWZvcmdlZC1mb3JnZWQtZm9yZ2Vk"))
	case "paid":
		most, last := 0, ""
		for id, n := range g.calls {
			most, last = max(most, n), g.orders[id]
		}
		say(ts, fmt.Sprintf("%d payouts, told up to %d times\n%s\n", len(g.orders), most, last))
	default:
		ts.Fatalf("gateway has no verb %q", args[0])
	}
}

// known is of how many payouts the gateway was told.
func (g *bankGateway) known() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.orders)
}

// callGateway calls the service with news of a payout, and returns the status of the answer.
func callGateway(ts *testscript.TestScript, id, key string) string {
	signer, err := standardwebhooks.NewWebhook(key)
	ts.Check(err)
	body, now := `{"id":"`+id+`"}`, time.Now()
	signature, err := signer.Sign("news_"+id, now, []byte(body))
	ts.Check(err)
	q, err := http.NewRequest(http.MethodPost, ts.Getenv("HTTP")+"/in/payouts", strings.NewReader(body))
	ts.Check(err)
	q.Header.Set(standardwebhooks.HeaderWebhookID, "news_"+id)
	q.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	q.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	a, err := http.DefaultClient.Do(q)
	ts.Check(err)
	defer a.Body.Close()
	return a.Status + "\n"
}
