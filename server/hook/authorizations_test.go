package hook

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/httpsig"
	"tuppence/server/ledger"
	"tuppence/server/paymentauth"
	"tuppence/server/x402"
)

// A program pays what a site asks 402 for: the money waits, the site takes it, and each step again does nothing more.
func TestProgramPays(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	p := w.program(ann, "reader", 1_000_000, 5_000_000)
	in := w.asked()
	first := p.authorize(in, paymentKey)
	if first.status != 201 || first.text("status") != "held" || first.text("amount", "amount") != "0.25" {
		t.Fatalf("%d %s", first.status, first.raw)
	}
	again := p.authorize(in, paymentKey)
	if again.header.Get("Idempotent-Replayed") != "true" || again.text("attestation") != first.text("attestation") {
		t.Errorf("the answer again: %s", again.raw)
	}
	if has, waits := w.purse(ann); has != 4_750_000 || waits != 250_000 {
		t.Errorf("has %d, waits %d", has, waits)
	}
	c, err := w.svc.Sealer().OpenAttestation(first.text("attestation"))
	if err != nil || c.Resource != "https://news.example/rivers" || c.Amount != "250000" || c.Method != "" ||
		c.Subject == "" {
		t.Errorf("attests %+v, %v", c, err)
	}
	shown := shown(in, first.text("attestation"))
	if v := w.verify(shown); v.body["isValid"] != true || v.text("payer") != c.Subject {
		t.Errorf("verify: %s", v.raw)
	}
	taken := w.settle(shown, 250_000)
	if taken.body["success"] != true || taken.text("transaction") != first.text("id") || taken.text("amount") != "250000" {
		t.Errorf("settle: %s", taken.raw)
	}
	if second := w.settle(shown, 250_000); second.raw != taken.raw {
		t.Errorf("settled again: %s\n%s", taken.raw, second.raw)
	}
	if late := w.settle(shown, 0); late.text("errorReason") != ledger.ProofConflict {
		t.Errorf("given back after it was taken: %s", late.raw)
	}
	if v := w.verify(shown); v.text("invalidReason") != ledger.ProofSettled {
		t.Errorf("used again: %s", v.raw)
	}
	shown.Requirements.Extra = map[string]any{x402.RepeatExtra: true}
	if v := w.verify(shown); v.body["isValid"] != true {
		t.Errorf("what may be delivered again: %s", v.raw)
	}
	if has, waits := w.purse(ann); has != 4_750_000 || waits != 0 {
		t.Errorf("has %d, waits %d", has, waits)
	}
	if said := p.authorize(in, paymentKey); said.text("status") != "captured" {
		t.Errorf("what became of it: %s", said.raw)
	}
	charge := w.must(200, "GET", "/v1/charges/"+first.text("id"), "")
	if charge.text("request") != "GET https://news.example/rivers" || charge.text("txn_id") != c.ID {
		t.Errorf("the charge: %s", charge.raw)
	}
}

// Of a price that is the most, any part is taken, and the rest comes back; what was not delivered costs nothing.
func TestProgramPaysUpTo(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	p := w.program(ann, "reader", 1_000_000, 5_000_000)
	in := w.asked(func(q *x402.Requirements) { q.Scheme = x402.UpTo })
	one := shown(in, p.authorize(in, paymentKey).text("attestation"))
	if a := w.settle(one, 250_001); a.text("errorReason") != ledger.ProofAmount {
		t.Errorf("more than waits: %s", a.raw)
	}
	if a := w.settle(one, 12_345); a.body["success"] != true {
		t.Errorf("a part: %s", a.raw)
	}
	two := shown(in, p.authorize(in, paymentKey+"2").text("attestation"))
	if a := w.settle(two, 0); a.body["success"] != true || w.settle(two, 0).raw != a.raw {
		t.Errorf("given back: %s", a.raw)
	}
	if a := w.settle(two, 1); a.text("errorReason") != ledger.ProofVoided {
		t.Errorf("taken after it was given back: %s", a.raw)
	}
	if has, waits := w.purse(ann); has != 5_000_000-12_345 || waits != 0 {
		t.Errorf("has %d, waits %d", has, waits)
	}
	exact := w.asked()
	three := p.authorize(exact, paymentKey+"3")
	if a := w.settle(shown(exact, three.text("attestation")), 100_000); a.text("errorReason") != ledger.ProofAmount {
		t.Errorf("a part of a price: %s", a.raw)
	}
	half := `{"amount":{"amount":"0.10","currency":"EUR"}}`
	if a := w.call("POST", "/v1/charges/"+three.text("id")+"/capture", half, "Idempotency-Key", "half"); a.status != 400 {
		t.Errorf("a part of a price by the other door: %d %s", a.status, a.raw)
	}
}

// What is not the payment that was agreed to is refused with its word, and the money waits for the right request.
func TestWrongPaymentsAreRefused(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	other := "Bearer " + w.vendor("other")
	p := w.program(ann, "reader", 1_000_000, 5_000_000)
	in := w.asked(func(q *x402.Requirements) {
		q.Extra[x402.MethodExtra], q.Extra[x402.DigestExtra] = "POST", httpsig.Digest([]byte("one"))
	})
	good := shown(in, p.authorize(in, paymentKey).text("attestation"))
	cheap := w.asked(func(q *x402.Requirements) { q.Amount = "1" })
	cheapShown := good
	cheapShown.Payment.Payload.Attestation = p.authorize(cheap, paymentKey+"1").text("attestation")
	for name, c := range map[string]struct {
		change  func(*x402.Presented)
		want    string
		headers []string
	}{
		"forged":               {func(p *x402.Presented) { p.Payment.Payload.Attestation += "A" }, ledger.ProofInvalid, nil},
		"cut":                  {func(p *x402.Presented) { p.Payment.Payload.Attestation = "eyJ" }, ledger.ProofInvalid, nil},
		"none":                 {func(p *x402.Presented) { p.Payment.Payload.Attestation = "" }, ledger.ProofInvalid, nil},
		"another vendor's key": {func(*x402.Presented) {}, ledger.ProofWrongPayee, []string{"Authorization", other}},
		"another payee": {func(p *x402.Presented) {
			p.Requirements.PayTo, p.Payment.Accepted.PayTo = "ven_x", "ven_x"
		}, ledger.ProofWrongPayee, nil},
		"another address": {func(p *x402.Presented) { p.Payment.Resource.URL += "?page=2" }, ledger.ProofTermsChanged, nil},
		"another price": {func(p *x402.Presented) {
			p.Requirements.Amount, p.Payment.Accepted.Amount = "260000", "260000"
		}, ledger.ProofTermsChanged, nil},
		"another currency": {func(p *x402.Presented) {
			p.Requirements.Asset, p.Payment.Accepted.Asset = "USD", "USD"
		}, ledger.ProofTermsChanged, nil},
		"another scheme": {func(p *x402.Presented) {
			p.Requirements.Scheme, p.Payment.Accepted.Scheme = x402.UpTo, x402.UpTo
		}, ledger.ProofTermsChanged, nil},
		"another method": {func(p *x402.Presented) { // the map is shared: both say so
			p.Payment.Accepted.Extra = map[string]any{x402.DigestExtra: httpsig.Digest([]byte("one"))}
			p.Requirements.Extra = p.Payment.Accepted.Extra
		}, ledger.ProofRequestChanged, nil},
		"another body": {func(p *x402.Presented) {
			p.Payment.Accepted.Extra = map[string]any{x402.MethodExtra: "POST", x402.DigestExtra: httpsig.Digest([]byte("two"))}
			p.Requirements.Extra = p.Payment.Accepted.Extra
		}, ledger.ProofRequestChanged, nil},
		"less was authorized": {func(p *x402.Presented) { *p = cheapShown }, ledger.ProofTermsChanged, nil},
		"another network": {func(p *x402.Presented) {
			p.Requirements.Network, p.Payment.Accepted.Network = "tuppence:other", "tuppence:other"
		}, x402.BadRequirements, nil},
		"no amount": {func(p *x402.Presented) {
			p.Requirements.Amount, p.Payment.Accepted.Amount = "1e3", "1e3"
		}, x402.BadRequirements, nil},
	} {
		t.Run(name, func(t *testing.T) {
			bad := good
			c.change(&bad)
			v := w.verify(bad, c.headers...)
			if v.body["isValid"] != false || v.text("invalidReason") != c.want {
				t.Errorf("verify: %s, want %s", v.raw, c.want)
			}
			if c.want == ledger.ProofWrongPayee && c.headers != nil && v.text("payer") != "" {
				t.Errorf("another vendor is told who pays: %s", v.raw)
			}
			s := w.must(200, "POST", "/x402/settle", asJSON(t, bad), c.headers...)
			if s.body["success"] != false || s.text("errorReason") != c.want || s.text("transaction") != "" {
				t.Errorf("settle: %s, want %s", s.raw, c.want)
			}
		})
	}
	if _, waits := w.purse(ann); waits != 250_001 {
		t.Errorf("waits %d", waits)
	}
	if a := w.call("POST", "/x402/settle", asJSON(t, good), "Authorization", "Bearer x"); a.status != 401 {
		t.Errorf("without a key: %d %s", a.status, a.raw)
	}
	if a := w.call("POST", "/x402/settle", "{", "Content-Type", "application/json"); a.status != 400 {
		t.Errorf("no JSON: %d %s", a.status, a.raw)
	}
	w.time.Pass(61 * time.Second)
	if v := w.verify(good); v.text("invalidReason") != ledger.ProofLate {
		t.Errorf("shown too late: %s", v.raw)
	}
	w.time.Pass(ledger.ResourceGrace)
	if a := w.settle(good, 250_000); a.text("errorReason") != ledger.ProofExpired {
		t.Errorf("taken too late: %s", a.raw)
	}
	w.svc.Sweep(t.Context())
	if has, waits := w.purse(ann); has != 5_000_000 || waits != 0 {
		t.Errorf("has %d, waits %d: what nobody took has not come back", has, waits)
	}
}

// Work that takes long is paid: what was shown in time may be taken until the hold ends.
func TestLongWorkIsPaid(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	p := w.program(ann, "reader", 1_000_000, 5_000_000)
	in := w.asked()
	good := shown(in, p.authorize(in, paymentKey).text("attestation"))
	w.time.Pass(5 * time.Minute)
	if a := w.settle(good, 250_000); a.body["success"] != true {
		t.Errorf("settle: %s", a.raw)
	}
}

// A program is told why it may not pay, with the figures that are its person's alone, and the same key decides anew.
func TestPayersAreToldTheirFigures(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(100)
	p := w.program(ann, "reader", 1_000_000, 5_000_000)
	in := w.asked()
	refused := func(name string, a answer, status int, code string) {
		t.Helper()
		if a.status != status || a.text("code") != code || a.text("remedy") == "" {
			t.Errorf("%s: %d %s, want %d %s", name, a.status, a.raw, status, code)
		}
	}
	dear := w.asked(func(q *x402.Requirements) { q.Amount = "1000001" })
	a := p.authorize(dear, paymentKey)
	refused("more than each", a, 402, "limit_exceeded")
	if a.text("spending_limit") == "" {
		t.Errorf("no figure: %s", a.raw)
	}
	if a := p.authorize(in, paymentKey); a.status != 201 {
		t.Errorf("the same key after a refusal: %d %s", a.status, a.raw)
	}
	a = p.authorize(w.asked(func(q *x402.Requirements) { q.Amount = "850000" }), paymentKey+"2")
	refused("not enough", a, 402, "insufficient_tokens")
	if a.text("shortfall", "amount") != "0.10" {
		t.Errorf("what is missing: %s", a.raw)
	}
	refused("the same key with other terms", p.authorize(dear, paymentKey), 422, "idempotency_key_reused")
	spoof := in
	spoof.Resource.URL = "https://bank.example/rivers"
	refused("a site that is not the payee's", p.authorize(spoof, paymentKey+"3"), 403, "origin_not_allowed")
	nobody := w.asked(func(q *x402.Requirements) { q.PayTo = "ven_0000" })
	refused("an unknown payee", p.authorize(nobody, paymentKey+"4"), 404, "not_found")
	for name, change := range map[string]func(*x402.Requirements){
		"scheme":  func(q *x402.Requirements) { q.Scheme = "batch-settlement" },
		"network": func(q *x402.Requirements) { q.Network = "eip155:8453" },
		"amount":  func(q *x402.Requirements) { q.Amount = "0.25" },
		"zero":    func(q *x402.Requirements) { q.Amount = "0" },
		"huge":    func(q *x402.Requirements) { q.Amount = "999999999999999999" },
		"asset":   func(q *x402.Requirements) { q.Asset = "XAU" },
		"method":  func(q *x402.Requirements) { q.Extra = map[string]any{x402.MethodExtra: "get"} },
		"digest":  func(q *x402.Requirements) { q.Extra = map[string]any{x402.DigestExtra: "md5=:AAAA:"} },
		"time":    func(q *x402.Requirements) { q.Timeout = 0 },
	} {
		refused(name, p.authorize(w.asked(change), paymentKey+"5"), 400, "invalid_request")
	}
	refused("a short key", p.authorize(in, "short"), 400, "invalid_request")
	for _, body := range []string{"", "{", "[]", `{"x402":null}`, `{"payment":{}}`, `{"x402":{"accepted":{"amount":5}}}`} {
		refused("the body "+body, w.do(p.signed("/v1/authorizations", body, paymentKey+"6")), 400, "invalid_request")
	}
}

// Only what a live key of an agent has signed is believed, and nothing of the request may differ from it.
func TestOnlyAgentsAuthorize(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	p := w.program(ann, "reader", 1_000_000, 5_000_000)
	in := asJSON(t, authorizationIn{X402: new(w.asked())})
	for name, change := range map[string]func(*http.Request){
		"no signature": func(r *http.Request) { r.Header.Del("Signature") },
		"a vendor's key": func(r *http.Request) {
			r.Header.Del("Signature")
			r.Header.Set("Authorization", "Bearer "+w.key)
		},
		"another key":     func(r *http.Request) { r.Header.Set("Idempotency-Key", paymentKey+"9") },
		"two keys":        func(r *http.Request) { r.Header.Add("Idempotency-Key", paymentKey) },
		"another body":    func(r *http.Request) { r.Body = http.NoBody },
		"another address": func(r *http.Request) { r.URL.RawQuery = "a=1" },
		"an unknown key": func(r *http.Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "SHA256:", "SHA256:x", 1))
		},
	} {
		r := p.signed("/v1/authorizations", in, paymentKey)
		change(r)
		a := w.do(r)
		if a.status != 401 || a.text("code") != "unauthenticated" ||
			!strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Signature") {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	p.at = func() time.Time { return w.time.Now().Add(-400 * time.Second) }
	if a := w.do(p.signed("/v1/authorizations", in, paymentKey)); a.status != 401 {
		t.Errorf("a clock that is 400 seconds off: %d %s", a.status, a.raw)
	}
	p.at = func() time.Time { return w.time.Now().Add(200 * time.Second) }
	if a := w.do(p.signed("/v1/authorizations", in, paymentKey)); a.status != 201 {
		t.Errorf("a clock that is 200 seconds off: %d %s", a.status, a.raw)
	}
	p.at = w.time.Now
	waits := shown(w.asked(), w.do(p.signed("/v1/authorizations", in, paymentKey)).text("attestation"))
	if _, err := w.svc.EndAgent(t.Context(), ann, "reader"); err != nil {
		t.Fatal(err)
	}
	if a := w.do(p.signed("/v1/authorizations", in, paymentKey)); a.status != 401 {
		t.Errorf("a key that was ended: %d %s", a.status, a.raw)
	}
	if a := w.settle(waits, 250_000); a.text("errorReason") != ledger.ProofVoided {
		t.Errorf("what waited when the key was ended: %s", a.raw)
	}
	if has, held := w.purse(ann); has != 5_000_000 || held != 0 {
		t.Errorf("has %d, waits %d", has, held)
	}
}

// Programs that race for the last money of a wallet never spend more than there is, and each yes is a hold.
func TestProgramsRaceForTheLastMoney(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(300)
	var wait sync.WaitGroup
	var mu sync.Mutex
	held := 0
	in := w.asked(func(q *x402.Requirements) { q.Amount = "700000" })
	for i := range 4 {
		p := w.program(ann, fmt.Sprint("racer", i), 1_000_000, 5_000_000)
		wait.Go(func() {
			for n := range 5 {
				key := fmt.Sprintf("%s_%d_%d", paymentKey, i, n)
				r := p.signed("/v1/authorizations", asJSON(t, authorizationIn{X402: &in}), key)
				rec := httptest.NewRecorder()
				w.api.ServeHTTP(rec, r)
				mu.Lock()
				switch {
				case rec.Code == 201:
					held++
				case rec.Code != 402 || !bytes.Contains(rec.Body.Bytes(), []byte("insufficient_tokens")):
					t.Errorf("%d %s", rec.Code, rec.Body)
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if has, waits := w.purse(ann); held != 4 || waits != 2_800_000 || has != 200_000 {
		t.Errorf("%d said yes, %d wait, %d are left", held, waits, has)
	}
}

// A program asks what it may pay, and what is there.
func TestProgramAsksItsPurse(t *testing.T) {
	w := newWorld(t)
	p := w.program(w.ann(500), "reader", 1_000_000, 2_000_000)
	p.authorize(w.asked(), paymentKey)
	r := httptest.NewRequest(http.MethodGet, "/v1/agent", nil)
	params := fmt.Sprintf(`("@method" "@target-uri");created=%d;keyid="%s"`, p.at().Unix(), p.id)
	base := "\"@method\": GET\n\"@target-uri\": https://pay.example/v1/agent\n\"@signature-params\": " + params
	r.Header.Set("Signature-Input", "sig="+params)
	r.Header.Set("Signature", "sig=:"+base64.StdEncoding.EncodeToString(ed25519.Sign(p.key, []byte(base)))+":")
	a := w.do(r)
	if a.status != 200 || a.text("available", "amount") != "4.75" || a.text("spent_today", "amount") != "0.25" ||
		a.text("day", "amount") != "2.00" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	r.Header.Set("Signature", "sig=:"+strings.Repeat("A", 86)+"==:")
	if a := w.do(r); a.status != 401 {
		t.Errorf("another signature: %d %s", a.status, a.raw)
	}
}

// supported tells a library of x402 how to pay here.
func TestSupported(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodGet, "/x402/supported", nil)
	var s x402.Supported
	if err := json.Unmarshal([]byte(w.do(r).raw), &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Kinds) != 2 || s.Kinds[0].Network != "tuppence:pay_example" || s.Kinds[1].Scheme != x402.UpTo {
		t.Errorf("%+v", s)
	}
}

// The scheme Payment asks for the same act.
func TestProgramAnswersAChallenge(t *testing.T) {
	w := newWorld(t)
	ann := w.ann(500)
	p := w.program(ann, "reader", 1_000_000, 5_000_000)
	c, err := paymentauth.New(paymentauth.Terms{
		Realm: "news.example", Authority: "https://pay.example", Recipient: w.asked().Accepted.PayTo,
		Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, Digest: httpsig.Digest([]byte("one")),
	}, []byte("the site's"), w.time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ask := func(c paymentauth.Challenge, url, key string) answer {
		body := asJSON(t, authorizationIn{Payment: &paymentIn{c}, Request: requestIn{URL: url, Method: "POST"}})
		return w.do(p.signed("/v1/authorizations", body, key))
	}
	a := ask(c, "https://news.example/rivers", paymentKey)
	claims, err := w.svc.Sealer().OpenAttestation(a.text("attestation"))
	if a.status != 201 || err != nil || claims.Method != "POST" || claims.Digest != c.Digest ||
		claims.Scheme != x402.Exact {
		t.Errorf("%d %s, %+v %v", a.status, a.raw, claims, err)
	}
	w.time.Pass(2 * time.Second)
	next, err := paymentauth.New(paymentauth.Terms{
		Realm: "news.example", Authority: "https://pay.example", Recipient: w.asked().Accepted.PayTo,
		Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, Digest: httpsig.Digest([]byte("one")),
	}, []byte("the site's"), w.time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if b := ask(next, "https://news.example/rivers", paymentKey); b.text("attestation") != a.text("attestation") {
		t.Errorf("the same terms in a new challenge: %d %s", b.status, b.raw)
	}
	if a := ask(c, "https://bank.example/", paymentKey+"2"); a.status != 403 || a.text("code") != "origin_not_allowed" {
		t.Errorf("another site: %d %s", a.status, a.raw)
	}
	for name, change := range map[string]func(*paymentauth.Challenge){
		"method": func(c *paymentauth.Challenge) { c.Method = "cash" },
		"intent": func(c *paymentauth.Challenge) { c.Intent = "session" },
		"price":  func(c *paymentauth.Challenge) { c.Request = "e30" },
		"digest": func(c *paymentauth.Challenge) { c.Digest = "x" },
	} {
		bad := c
		change(&bad)
		if a := ask(bad, "https://news.example/rivers", paymentKey+"3"); a.status != 400 {
			t.Errorf("%s: %d %s", name, a.status, a.raw)
		}
	}
	if _, waits := w.purse(ann); waits != 250_000 {
		t.Errorf("waits %d", waits)
	}
}
