package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"tuppence/server/httpsig"
	"tuppence/server/ledger"
	"tuppence/server/payer"
	"tuppence/server/x402"
)

func page(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s %s", r.Method, r.URL, body)
}

// What costs is asked for, paid, and delivered with a receipt that anybody can check.
func TestPaidAndDelivered(t *testing.T) {
	w := newWorld(t, page)
	bare, err := http.Get(w.front.URL + "/rivers?a=1")
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Body.Close()
	var asked x402.Required
	if err := x402.Decode(bare.Header.Get(x402.RequiredHeader), &asked); err != nil || bare.StatusCode != 402 {
		t.Fatalf("%d %v", bare.StatusCode, err)
	}
	if asked.Resource.URL != origin+"/rivers?a=1" || asked.Accepts[0].Amount != "40000" || asked.Error != x402.NotPaid {
		t.Errorf("%+v", asked)
	}
	if w.asked.Load() != 0 {
		t.Error("the site was asked before anything was paid")
	}
	answer, body, err := w.get("POST", "/rivers?a=1", "order")
	if err != nil || answer.StatusCode != 200 || body != "POST /rivers?a=1 order" {
		t.Fatalf("%v %v %q", err, answer, body)
	}
	w.costs(40_000)
	if w.seen.Get(WalletHeader) == "" || w.seen.Get(ChargeHeader) == "" || w.seen.Get(x402.PaymentHeader) != "" {
		t.Errorf("the site is told %v", w.seen)
	}
	keys, err := http.Get(w.front.URL + ReceiptKeys)
	if err != nil {
		t.Fatal(err)
	}
	defer keys.Body.Close()
	var set jose.JSONWebKeySet
	if err := json.NewDecoder(keys.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(answer.Header.Get(ReceiptHeader), []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var receipt Receipt
	if err := parsed.Claims(set, &receipt); err != nil {
		t.Fatal(err)
	}
	if receipt.Issuer != origin || receipt.Charge != w.seen.Get(ChargeHeader) ||
		receipt.Resource != origin+"/rivers?a=1" ||
		receipt.RequestDigest != httpsig.Digest([]byte("order")) || receipt.ResponseDigest != httpsig.Digest([]byte(body)) {
		t.Errorf("the receipt says %+v", receipt)
	}
}

// What is free is free, wherever the path leads the site; what could be read in two ways is not served.
func TestRoutes(t *testing.T) {
	w := newWorld(t, page, func(o *Options) {
		o.Routes = []Route{
			{Prefix: "/free", Free: true}, {Prefix: "/dear", Price: eur(900_000)}, {Prefix: "/dear/free/", Free: true},
		}
	})
	for path, want := range map[string]int{
		"/free": 200, "/free/a": 200, "/freedom": 404, "/": 404, "/dear": 402, "/dear/x": 402, "/dear/free/x": 200,
		"/free/../dear": 400, "/free/%2e%2e/dear": 400, "/free//a": 400, "/free/..%2fdear": 400, "/free/%5c..": 400,
		"/free/..;/dear": 400, "/free/%252e%252e/dear": 400, "/free/%00": 400,
	} {
		r, err := http.NewRequest(http.MethodGet, w.front.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = path // as it is, on the wire
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, answer.StatusCode, want)
		}
	}
	r, _ := http.NewRequest(http.MethodGet, w.front.URL+"/dear", nil)
	r.Header.Set("Connection", "Upgrade")
	r.Header.Set("Upgrade", "websocket")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 501 {
		t.Errorf("a WebSocket: %d", answer.StatusCode)
	}
	w.costs(0)
}

// Headers that are the gateway's to say are taken from nobody else.
func TestNobodySpeaksForTheGateway(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set(x402.ResponseHeader, "forged")
		rw.Header().Set(ReceiptHeader, "forged")
		rw.Header().Set(TakeHeader, "1")
	})
	r, _ := http.NewRequest(http.MethodGet, w.front.URL+"/free", nil)
	r.Header.Set(WalletHeader, "w_forged")
	r.Header.Set(ChargeHeader, "chg_forged")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for _, name := range []string{x402.ResponseHeader, ReceiptHeader, TakeHeader} {
		if answer.Header.Get(name) != "" {
			t.Errorf("the site says %s", name)
		}
	}
	if w.seen.Get(WalletHeader) != "" || w.seen.Get(ChargeHeader) != "" {
		t.Errorf("the client says %v", w.seen)
	}
}

// The site says how much of the most it takes, and more than the most it does not get.
func TestUpTo(t *testing.T) {
	for take, want := range map[string]int64{"12345": 12_345, "": 40_000, "0": 0, "99999999": 40_000} {
		t.Run(take, func(t *testing.T) {
			w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
				if take != "" {
					rw.Header().Set(TakeHeader, take)
				}
				page(rw, r)
			}, func(o *Options) { o.Routes = []Route{{Prefix: "/", Price: eur(40_000), UpTo: true}} })
			answer, _, err := w.get("GET", "/rivers", "")
			if err != nil || answer.StatusCode != 200 || answer.Header.Get(TakeHeader) != "" {
				t.Fatalf("%v %v", err, answer)
			}
			w.costs(want)
		})
	}
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set(TakeHeader, "much") },
		func(o *Options) { o.Routes = []Route{{Prefix: "/", Price: eur(40_000), UpTo: true}} })
	if answer, _, err := w.get("GET", "/rivers", ""); err != nil || answer.StatusCode != 502 {
		t.Errorf("what is no number: %v %v", err, answer)
	}
	w.costs(0)
}

// A body of unknown length is sent on as it comes, and its receipt comes behind it.
func TestStreams(t *testing.T) {
	long := strings.Repeat("river ", 400_000) // more than is kept
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, long[:6])
		rw.(http.Flusher).Flush()
		_, _ = io.WriteString(rw, long[6:])
	})
	answer, body, err := w.get("GET", "/rivers", "")
	if err != nil || body != long {
		t.Fatalf("%v, %d bytes", err, len(body))
	}
	parsed, err := jwt.ParseSigned(answer.Trailer.Get(ReceiptHeader), []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatalf("no receipt: %v", answer.Trailer)
	}
	var receipt Receipt
	err = parsed.UnsafeClaimsWithoutVerification(&receipt)
	if err != nil || receipt.ResponseDigest != httpsig.Digest([]byte(long)) {
		t.Errorf("%+v %v", receipt, err)
	}
	w.costs(40_000)
}

// A payment that is not good for the request is refused with its word, before the site is asked.
func TestWrongPayments(t *testing.T) {
	w := newWorld(t, page)
	good := map[string]x402.Payment{}
	plain := w.buyer.Transport
	w.buyer.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		if header := r.Header.Get(x402.PaymentHeader); header != "" {
			var p x402.Payment
			if err := x402.Decode(header, &p); err != nil {
				return nil, err
			}
			good[r.URL.Path] = p
			return nil, errors.New("kept")
		}
		return plain.RoundTrip(r)
	})
	_, _, _ = w.get("GET", "/rivers", "")
	_, _, _ = w.get("GET", "/lakes", "")
	lie := good["/lakes"]
	lie.Payload = good["/rivers"].Payload
	forged := good["/rivers"]
	forged.Payload.Attestation += "A"
	cheap := good["/rivers"]
	cheap.Accepted.Amount = "1"
	for name, c := range map[string]struct {
		method, path string
		payment      any
		want         string
	}{
		"another page":          {"GET", "/lakes", good["/rivers"], ledger.ProofTermsChanged},
		"another page, a lie":   {"GET", "/lakes", lie, ledger.ProofTermsChanged},
		"another method":        {"PUT", "/rivers", good["/rivers"], ledger.ProofRequestChanged},
		"forged":                {"GET", "/rivers", forged, ledger.ProofInvalid},
		"less":                  {"GET", "/rivers", cheap, ledger.ProofTermsChanged},
		"no document":           {"GET", "/rivers", "x", x402.Malformed},
		"a document of nothing": {"GET", "/rivers", struct{}{}, x402.Malformed},
	} {
		header, err := x402.Encode(c.payment)
		if err != nil {
			t.Fatal(err)
		}
		r, _ := http.NewRequest(c.method, w.front.URL+c.path, nil)
		r.Header.Set(x402.PaymentHeader, header)
		answer, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		var asked x402.Required
		if err := x402.Decode(answer.Header.Get(x402.RequiredHeader), &asked); err != nil || asked.Error != c.want {
			t.Errorf("%s: %d %q, want %s", name, answer.StatusCode, asked.Error, c.want)
		}
	}
	w.time.Pass(2 * time.Minute)
	header, _ := x402.Encode(good["/rivers"])
	r, _ := http.NewRequest(http.MethodGet, w.front.URL+"/rivers", nil)
	r.Header.Set(x402.PaymentHeader, header)
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	var asked x402.Required
	if err := x402.Decode(answer.Header.Get(x402.RequiredHeader), &asked); err != nil || asked.Error != ledger.ProofLate {
		t.Errorf("too late: %d %q", answer.StatusCode, asked.Error)
	}
	if n := w.asked.Load(); n != 0 {
		t.Errorf("the site was asked %d times", n)
	}
	w.time.Pass(time.Hour)
	w.svc.Sweep(t.Context())
	w.costs(0)
}

// The caller's own bound holds, whatever a site asks.
func TestPayersBound(t *testing.T) {
	w := newWorld(t, page)
	w.most = eur(39_999)
	var no *payer.Refused
	if _, _, err := w.get("GET", "/rivers", ""); !errors.As(err, &no) || no.Code != "limit_exceeded" {
		t.Errorf("%v", err)
	}
	w.costs(0)
}
