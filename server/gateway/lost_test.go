package gateway

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"tuppence/server/x402"
)

// What the site does not deliver costs nothing, and the next try is another payment.
func TestWhatIsNotDeliveredCostsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		site   http.HandlerFunc
		status int
	}{
		"an error":  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, 502},
		"not there": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, 404},
		"no answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 502},
		"half an answer": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, "half")
			panic(http.ErrAbortHandler)
		}, 502},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.site)
			for range 2 {
				answer, _, err := w.get("GET", "/rivers", "")
				if err != nil || answer.StatusCode != c.status {
					t.Fatalf("%v %v, want %d", err, answer, c.status)
				}
				var s x402.Settled
				if err := x402.Decode(answer.Header.Get(x402.ResponseHeader), &s); err != nil || s.Success ||
					s.Reason != x402.NotDelivered || s.Amount != "0" {
					t.Errorf("%+v, %v", s, err)
				}
				if answer.Header.Get(ReceiptHeader) != "" {
					t.Error("a receipt for nothing")
				}
			}
			w.costs(0)
		})
	}
}

// The answer that was lost is given again for the same payment, whatever was lost: money once, and the site asked once.
func TestLostAnswersArePaidOnce(t *testing.T) {
	for _, c := range []struct{ method, path, how string }{
		{"GET", "/rivers", "lost"},
		{"POST", "/rivers", "lost"},
		{"GET", "/v1/authorizations", "lost"},
		{"GET", "/x402/settle", "lost"},
		{"GET", "/x402/settle", "refused"},
		{"POST", "/x402/settle", "lost"},
		{"POST", "/x402/verify", "lost"},
	} {
		t.Run(c.method+" "+c.path+" "+c.how, func(t *testing.T) {
			w := newWorld(t, page)
			if c.path == "/rivers" { // the paid request, and not the one that asks for the price
				w.loseSecond(c.path)
			} else {
				w.breaks(c.path, c.how)
			}
			body := map[string]string{"POST": "order"}[c.method]
			answer, _, err := w.get(c.method, "/rivers", body)
			if err != nil || answer.StatusCode == 503 {
				answer, _, err = w.get(c.method, "/rivers", body)
			}
			if err != nil || answer.StatusCode != 200 {
				t.Fatalf("%v %v", err, answer)
			}
			if n := w.asked.Load(); n != 1 {
				t.Errorf("the site was asked %d times", n)
			}
			w.costs(40_000)
		})
	}
}

// loseSecond loses the second answer of a path.
func (w *world) loseSecond(path string) {
	first := w.buyer.Transport
	calls := 0
	w.buyer.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == path {
			if calls++; calls == 2 {
				w.breaks(path, "lost")
			}
		}
		return first.RoundTrip(r)
	})
}

type tripper func(*http.Request) (*http.Response, error)

func (t tripper) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// A gateway that was started anew has no answers: what reads is delivered again, what does more is not done again. Both
// are paid once.
func TestStartedAnew(t *testing.T) {
	for method, want := range map[string]int{"GET": 200, "POST": 409} {
		t.Run(method, func(t *testing.T) {
			w := newWorld(t, page)
			w.loseSecond("/rivers")
			body := map[string]string{"POST": "order"}[method]
			if _, _, err := w.get(method, "/rivers", body); err == nil {
				t.Fatal("nothing was lost")
			}
			w.gateway.flights = newFlights()
			answer, said, err := w.get(method, "/rivers", body)
			if err != nil || answer.StatusCode != want {
				t.Fatalf("%v %v %s, want %d", err, answer, said, want)
			}
			w.costs(40_000)
		})
	}
}

// Five requests at once with one payment are one delivery, and five equal answers.
func TestFiveAtOnce(t *testing.T) {
	go1 := make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) { <-go1; page(rw, r) })
	var header string
	plain := w.buyer.Transport
	w.buyer.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		if header = r.Header.Get(x402.PaymentHeader); header != "" {
			return nil, errors.New("kept")
		}
		return plain.RoundTrip(r)
	})
	if _, _, err := w.get("GET", "/rivers", ""); err == nil {
		t.Fatal("it was sent")
	}
	bodies := make(chan string, 5)
	for range 5 {
		go func() {
			r, _ := http.NewRequest(http.MethodGet, w.front.URL+"/rivers", nil)
			r.Header.Set(x402.PaymentHeader, header)
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				bodies <- err.Error()
				return
			}
			defer answer.Body.Close()
			raw, _ := io.ReadAll(answer.Body)
			bodies <- fmt.Sprint(answer.StatusCode, " ", string(raw))
		}()
	}
	close(go1)
	for range 5 {
		if said := <-bodies; said != "200 GET /rivers " {
			t.Error(said)
		}
	}
	if n := w.asked.Load(); n != 1 {
		t.Errorf("the site was asked %d times", n)
	}
	w.costs(40_000)
}
