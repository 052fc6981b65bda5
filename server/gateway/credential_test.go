package gateway

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/paymentauth"
	"tuppence/server/x402"
)

// credentials turns the buyer into one of the scheme Payment: what it shows by x402 goes out as a credential for the
// challenge of the last 402. change may spoil it.
func (w *world) credentials(change func(*paymentauth.Credential)) {
	plain := w.buyer.Transport
	var last paymentauth.Challenge
	w.buyer.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		if header := r.Header.Get(x402.PaymentHeader); header != "" {
			var p x402.Payment
			if err := x402.Decode(header, &p); err != nil {
				return nil, err
			}
			c := paymentauth.Credential{Challenge: last}
			c.Payload.Attestation = p.Payload.Attestation
			change(&c)
			raw, err := json.Marshal(c)
			if err != nil {
				return nil, err
			}
			r.Header.Del(x402.PaymentHeader)
			r.Header.Set("Authorization", "Payment "+base64.RawURLEncoding.EncodeToString(raw))
		}
		answer, err := plain.RoundTrip(r)
		if err == nil && answer.StatusCode == http.StatusPaymentRequired {
			last = challengeOf(w.t, answer.Header.Get("WWW-Authenticate"))
		}
		return answer, err
	})
}

// challengeOf reads a challenge, as another library than ours would.
func challengeOf(t testing.TB, header string) (c paymentauth.Challenge) {
	t.Helper()
	text, is := strings.CutPrefix(header, "Payment ")
	if !is {
		t.Fatalf("no challenge: %q", header)
	}
	for part := range strings.SplitSeq(text, ", ") {
		name, value, _ := strings.Cut(part, "=")
		value = strings.Trim(value, `"`)
		switch name {
		case "id":
			c.ID = value
		case "realm":
			c.Realm = value
		case "method":
			c.Method = value
		case "intent":
			c.Intent = value
		case "request":
			c.Request = value
		case "expires":
			c.Expires = value
		case "digest":
			c.Digest = value
		}
	}
	return c
}

// The scheme Payment is the same act: paid, delivered, with its receipt, and once when the answer is lost.
func TestCredentialsPay(t *testing.T) {
	w := newWorld(t, page)
	w.credentials(func(*paymentauth.Credential) {})
	w.loseSecond("/rivers")
	if _, _, err := w.get("POST", "/rivers", "order"); err == nil {
		t.Fatal("nothing was lost")
	}
	answer, body, err := w.get("POST", "/rivers", "order")
	if err != nil || answer.StatusCode != 200 || body != "POST /rivers order" {
		t.Fatalf("%v %v %q", err, answer, body)
	}
	raw, err := base64.RawURLEncoding.DecodeString(answer.Header.Get(paymentauth.ReceiptHeader))
	var r paymentauth.Receipt
	if err = errors.Join(err, json.Unmarshal(raw, &r)); err != nil || r.Status != "success" || r.Amount != "40000" ||
		r.Reference == "" || answer.Header.Get(x402.ResponseHeader) != "" {
		t.Errorf("%+v %v", r, err)
	}
	if w.seen.Get("Authorization") != "" || w.asked.Load() != 1 {
		t.Errorf("the site was asked %d times, with %q", w.asked.Load(), w.seen.Get("Authorization"))
	}
	w.costs(40_000)
}

// A credential that is not for this request, or not of this site, is refused before the site is asked.
func TestWrongCredentials(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *paymentauth.Credential)
		want   string
	}{
		"another id":    {func(_ *world, c *paymentauth.Credential) { c.Challenge.ID = "x" }, paymentauth.BadMAC},
		"another realm": {func(_ *world, c *paymentauth.Credential) { c.Challenge.Realm = "x" }, paymentauth.BadMAC},
		"another body":  {func(_ *world, c *paymentauth.Credential) { c.Challenge.Digest = "x" }, paymentauth.BadMAC},
		"cash":          {func(_ *world, c *paymentauth.Credential) { c.Challenge.Method = "cash" }, paymentauth.BadMethod},
		"forged":        {func(_ *world, c *paymentauth.Credential) { c.Payload.Attestation += "A" }, ledger.ProofInvalid},
		"late":          {func(w *world, _ *paymentauth.Credential) { w.time.Pass(70 * time.Second) }, ledger.ProofLate},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, page)
			w.credentials(func(p *paymentauth.Credential) { c.change(w, p) })
			answer, body, err := w.get("GET", "/rivers", "")
			if err != nil || answer.StatusCode != 402 || !strings.Contains(body, `"code":"`+c.want+`"`) ||
				!strings.Contains(body, "https://paymentauth.org/problems/") {
				t.Errorf("%v %v %s, want %s", err, answer, body, c.want)
			}
			if n := w.asked.Load(); n != 0 {
				t.Errorf("the site was asked %d times", n)
			}
		})
	}
	w := newWorld(t, page)
	r, _ := http.NewRequest(http.MethodGet, w.front.URL+"/rivers", nil)
	r.Header.Set(x402.PaymentHeader, "e30=")
	r.Header.Set("Authorization", "Payment e30")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 400 {
		t.Errorf("two payments: %d", answer.StatusCode)
	}
}

// What the site wants of Authorization for itself reaches it.
func TestOtherAuthorizationPasses(t *testing.T) {
	w := newWorld(t, page)
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, origin+"/rivers", nil)
	r.Header.Set("Authorization", "Bearer of-the-site")
	answer, _, err := w.buyer.Do(r, w.most)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 200 || w.seen.Get("Authorization") != "Bearer of-the-site" {
		t.Errorf("%d, the site reads %q", answer.StatusCode, w.seen.Get("Authorization"))
	}
}
