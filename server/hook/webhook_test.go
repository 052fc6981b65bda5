package hook

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tuppence/server/view"
)

// Events reach the endpoint signed, are tried again after a failure, and stop at an endpoint that says it is gone.
func TestWebhooks(t *testing.T) {
	w := newWorld(t)
	var mu sync.Mutex
	var verifier *standardwebhooks.Webhook
	answerWith := http.StatusInternalServerError
	var types, ids []string
	site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		var body json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		h := r.Header.Clone()
		h.Set("webhook-timestamp", fmt.Sprint(time.Now().Unix())) // the library insists on its own clock
		sig, err := verifier.Sign(h.Get("webhook-id"), w.time.Now(), body)
		if err != nil || sig != h.Get("webhook-signature") {
			t.Errorf("signature %q, want %q (%v)", h.Get("webhook-signature"), sig, err)
		}
		var e struct{ Type string }
		if err := json.Unmarshal(body, &e); err != nil {
			t.Error(err)
		}
		types, ids = append(types, e.Type), append(ids, h.Get("webhook-id"))
		rw.WriteHeader(answerWith)
	}))
	defer site.Close()
	url := strings.Replace(site.URL, "127.0.0.1", "localhost", 1) + "/hooks"
	made := w.must(201, "POST", "/v1/webhook_endpoints", `{"url":"`+url+`"}`)
	mu.Lock()
	var err error
	verifier, err = standardwebhooks.NewWebhook(made.text("secret"))
	mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	ann := w.ann(500)
	c := w.checkout(w.offer("0.25"), "c")
	if _, err := w.svc.Answer(t.Context(), ann, view.Answer{Code: c.text("user_code"), Yes: true}); err != nil {
		t.Fatal(err)
	}
	w.svc.Sweep(t.Context())
	if got := strings.Join(types, " "); got != "charge.succeeded" {
		t.Errorf("first attempts: %s; the second event of the buyer has to wait for the first", got)
	}
	first := ids[0]
	types, ids, answerWith = nil, nil, http.StatusNoContent
	w.svc.Sweep(t.Context()) // too early
	if len(types) != 0 {
		t.Errorf("sent again at once: %v", types)
	}
	w.time.Pass(10 * time.Second)
	w.svc.Sweep(t.Context())
	if got := strings.Join(types, " "); got != "charge.succeeded checkout.completed" || ids[0] != first {
		t.Errorf("second attempts: %s with ids %v, the first had %v", got, ids, first)
	}
	w.time.Pass(time.Hour)
	types = nil
	w.svc.Sweep(t.Context())
	if len(types) != 0 {
		t.Errorf("sent after success: %v", types)
	}
	answerWith = http.StatusGone
	w.must(201, "POST", "/v1/refunds", `{"charge_id":"`+w.redeem(c).text("charge", "id")+`"}`, "Idempotency-Key", "r")
	w.svc.Sweep(t.Context())
	if list := w.must(200, "GET", "/v1/webhook_endpoints", ""); !strings.Contains(list.raw, `"status":"disabled"`) {
		t.Errorf("an endpoint that is gone is kept: %s", list.raw)
	}
}
