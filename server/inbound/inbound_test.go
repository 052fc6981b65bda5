package inbound

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/funding"
	"tuppence/server/funding/stripe"
	"tuppence/server/funding/stripe/stripetest"
	"tuppence/server/seal"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/store"
)

const secret = "whsec_DoorDoorDoorDoor"

// door is the door of a demonstration that takes cards by the double of Stripe.
func door(t *testing.T) (site *httptest.Server, now func() time.Time) {
	t.Helper()
	return doorInto(t, io.Discard)
}

// doorInto is a door with its log.
func doorInto(t *testing.T, log io.Writer) (site *httptest.Server, now func() time.Time) {
	t.Helper()
	now = servertest.NewClock().Now
	sealer, err := seal.New(make([]byte, seal.MasterSize), servertest.NewRandom(2))
	if err != nil {
		t.Fatal(err)
	}
	card, err := stripe.New(stripe.Options{
		Key: "sk_test_1", WebhookSecrets: []string{secret}, BaseURL: stripetest.New(t, now).URL,
		ReturnURL: "https://pay.example/paid", Now: now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	svc, err := server.Open(t.Context(), server.Options{
		Store: store.NewMemory(), Seal: sealer, Now: now, Methods: []funding.Method{card, funding.Check{}},
		House: view.House{Name: "tuppence", Host: "pay.example", URL: "https://pay.example", Simulated: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	site = httptest.NewServer(New(svc, slog.New(slog.NewTextHandler(log, nil))))
	t.Cleanup(site.Close)
	return site, now
}

// Each answer tells a processor what to do: nothing more, or to call again.
func TestAnswers(t *testing.T) {
	site, now := door(t)
	with := func(kind string, changes stripetest.Object) (http.Header, []byte) {
		return stripetest.Event(t, now(), secret, kind, stripetest.Object{"id": "cs_test_1"}, changes)
	}
	for _, tt := range []struct {
		name, method, at, kind string
		padding                int
		unsigned               bool
		status                 int
	}{
		{"news", "POST", "/in/card", "checkout.session.completed", 0, false, 200},
		{"the same news", "POST", "/in/card", "checkout.session.completed", 0, false, 200},
		{"long news", "POST", "/in/card", "checkout.session.completed", 2 * short, false, 200},
		{"no end", "POST", "/in/card", "checkout.session.completed", maxBody, false, 413},
		{"not signed", "POST", "/in/card", "checkout.session.completed", 0, true, 400},
		{"not understood yet", "POST", "/in/card", "payout.paid", 0, false, 503}, // the double knows no such payout
		{"a method without calls", "POST", "/in/check", "checkout.session.completed", 0, false, 404},
		{"no method", "POST", "/in/none", "checkout.session.completed", 0, false, 404},
		{"a look", "GET", "/in/card", "checkout.session.completed", 0, false, 405},
	} {
		header, body := with(tt.kind, stripetest.Object{"padding": strings.Repeat("x", tt.padding)})
		if tt.unsigned {
			header = nil
		}
		q, err := http.NewRequestWithContext(t.Context(), tt.method, site.URL+tt.at, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header = header
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != tt.status || (a.Header.Get("Retry-After") != "") != (tt.status == 503) {
			t.Errorf("%s is answered with %d, want %d", tt.name, a.StatusCode, tt.status)
		}
	}
}

// Callers who send slowly keep nobody out: a call that is read takes no place from one that is worked on.
func TestSlowCallers(t *testing.T) {
	site, now := door(t)
	for range 2 * atOnce {
		c, err := net.Dial("tcp", site.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /in/card HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n")
		if line, err := bufio.NewReader(c).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
			t.Fatalf("%q, %v: nobody reads the body", line, err)
		}
	}
	header, body := stripetest.Event(t, now(), secret, "checkout.session.completed", stripetest.Object{"id": "cs_test_1"})
	q, err := http.NewRequestWithContext(t.Context(), http.MethodPost, site.URL+"/in/card", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header = header
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.StatusCode != http.StatusOK {
		t.Errorf("a call of the processor is answered with %d while others send slowly", a.StatusCode)
	}
}

// Whoever calls without a signature, however often, fills no log.
func TestUnsignedCallsFillNoLog(t *testing.T) {
	var log bytes.Buffer
	site, _ := doorInto(t, &log)
	for range 20 {
		a, err := http.Post(site.URL+"/in/card", "application/json", strings.NewReader("{}")) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusBadRequest {
			t.Fatalf("answered with %d", a.StatusCode)
		}
	}
	site.Close()
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines in the log, want 1:\n%s", n, log.String())
	}
}
