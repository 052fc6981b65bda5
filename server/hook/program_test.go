package hook

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"tuppence/server/httpsig"
	"tuppence/server/view"
	"tuppence/server/x402"
)

// program pays with the key of an agent.
type program struct {
	w   *world
	key ed25519.PrivateKey
	id  string // of the key: SHA256:…
	at  func() time.Time
}

// program is an agent of a wallet with these bounds, in micros.
func (w *world) program(who view.Caller, name string, each, day int64) *program {
	w.t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	copy(seed, name)
	p := &program{w: w, key: ed25519.NewKeyFromSeed(seed), at: w.time.Now}
	public, err := ssh.NewPublicKey(p.key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	p.id = ssh.FingerprintSHA256(public)
	if _, err := w.svc.AddAgent(w.t.Context(), who, view.AgentOrder{
		Name: name, Key: string(ssh.MarshalAuthorizedKey(public)), Currency: "EUR", Each: each, Day: day,
	}); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// signed is a signed request, as another library than ours would make it: the base is spelt out here.
func (p *program) signed(path, body, key string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	digest := httpsig.Digest([]byte(body))
	r.Header.Set("Content-Digest", digest)
	r.Header.Set("Idempotency-Key", key)
	params := fmt.Sprintf(
		`("@method" "@target-uri" "content-digest" "idempotency-key");created=%d;keyid="%s";alg="ed25519"`,
		p.at().Unix(), p.id)
	base := fmt.Sprintf("\"@method\": POST\n\"@target-uri\": https://pay.example%s\n\"content-digest\": %s\n"+
		"\"idempotency-key\": %s\n\"@signature-params\": %s", path, digest, key, params)
	r.Header.Set("Signature-Input", "sig="+params)
	r.Header.Set("Signature", "sig=:"+base64.StdEncoding.EncodeToString(ed25519.Sign(p.key, []byte(base)))+":")
	return r
}

func (w *world) do(r *http.Request) answer {
	w.t.Helper()
	rec := httptest.NewRecorder()
	w.api.ServeHTTP(rec, r)
	a := answer{status: rec.Code, header: rec.Header(), raw: rec.Body.String()}
	if err := json.Unmarshal([]byte(a.raw), &a.body); err != nil {
		w.t.Fatalf("%s answered no JSON: %s", r.URL, a.raw)
	}
	return a
}

// asked is what the site of the vendor news asks 402 for.
func (w *world) asked(change ...func(*x402.Requirements)) x402In {
	w.t.Helper()
	q := x402.Requirements{
		Scheme: x402.Exact, Network: networkOf("https://pay.example"), Amount: "250000", Asset: "EUR",
		PayTo: w.must(200, "GET", "/v1/vendor", "").text("id"), Timeout: 60,
		Extra: map[string]any{"authority": "https://pay.example", "decimals": 6.0},
	}
	for _, do := range change {
		do(&q)
	}
	return x402In{Resource: x402.Resource{URL: "https://news.example/rivers"}, Accepted: q}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// authorize shows what was asked.
func (p *program) authorize(in x402In, key string) answer {
	p.w.t.Helper()
	return p.w.do(p.signed("/v1/authorizations", asJSON(p.w.t, authorizationIn{X402: &in}), key))
}

// shown is what the seller sends to the facilitator for a payment.
func shown(in x402In, attestation string) x402.Presented {
	p := x402.Presented{Version: x402.Version, Requirements: in.Accepted}
	p.Payment.Version, p.Payment.Resource, p.Payment.Accepted = x402.Version, in.Resource, in.Accepted
	p.Payment.Payload.Type, p.Payment.Payload.Attestation = x402.Consume, attestation
	return p
}

func (w *world) verify(p x402.Presented, headers ...string) answer {
	w.t.Helper()
	return w.must(200, "POST", "/x402/verify", asJSON(w.t, p), headers...)
}

// settle takes micros.
func (w *world) settle(p x402.Presented, micros int64, headers ...string) answer {
	w.t.Helper()
	p.Requirements.Amount = strconv.FormatInt(micros, 10)
	return w.must(200, "POST", "/x402/settle", asJSON(w.t, p), headers...)
}

// purse is what a wallet has and what waits, in micros.
func (w *world) purse(who view.Caller) (has, waits int64) {
	w.t.Helper()
	o, err := w.svc.Overview(w.t.Context(), who)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range o.Wallets {
		if one.Currency == "EUR" {
			return one.Available.Micros, one.Held.Micros
		}
	}
	return 0, 0
}

const paymentKey = "pay_0123456789abcdef"
