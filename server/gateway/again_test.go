package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server/payer"
	"tuppence/server/x402"
)

// pays asks for a path and pays, and tells what was paid. An answer may break off.
func (w *world) pays(method, path, body string) (*http.Response, payer.Paid, string) {
	w.t.Helper()
	answer, paid, said, _, err := w.ask(method, path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer, paid, said
}

// What was paid, and breaks when it is delivered again, is still paid: the buyer is told so, and pays no second time.
func TestDeliveredAgainAndBroken(t *testing.T) {
	for name, breaks := range map[string]http.HandlerFunc{
		"half an answer": func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(rw, "half")
			rw.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"an error": func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusInternalServerError) },
	} {
		t.Run(name, func(t *testing.T) {
			var how atomic.Int64
			w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
				if how.Add(1) == 2 {
					breaks(rw, r)
					return
				}
				page(rw, r)
			})
			w.loseSecond("/rivers")
			if _, _, err := w.get("GET", "/rivers", ""); err == nil {
				t.Fatal("nothing was lost")
			}
			w.gateway.flights = newFlights()
			answer, paid, _ := w.pays("GET", "/rivers", "")
			if answer.StatusCode < 500 || paid.Amount != eur(40_000) || paid.Charge == "" {
				t.Errorf("%d %+v", answer.StatusCode, paid)
			}
			if answer, _, body := w.pays("GET", "/rivers", ""); answer.StatusCode != 200 || body != "GET /rivers " {
				t.Errorf("%d %q", answer.StatusCode, body)
			}
			w.costs(40_000)
		})
	}
}

// An answer that breaks off on its way has not come: the same payment is shown again.
func TestBrokenStreamIsAskedForAgain(t *testing.T) {
	var how atomic.Int64
	w := newWorld(t, func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, "half")
		rw.(http.Flusher).Flush()
		if how.Add(1) == 1 {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(rw, " and half")
	})
	w.pays("GET", "/rivers", "")
	if _, _, body := w.pays("GET", "/rivers", ""); body != "half and half" {
		t.Errorf("%q", body)
	}
	w.costs(40_000)
}

// A wallet that has no time says nothing of an older payment.
func TestBusyWalletForgetsNothing(t *testing.T) {
	w := newWorld(t, page)
	w.loseSecond("/rivers")
	_, _, _ = w.get("GET", "/rivers", "")
	plain, once := w.buyer.Transport, true
	w.buyer.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		if once && r.URL.Path == "/v1/authorizations" {
			once = false
			said := `{"code":"rate_limited","detail":"Too often."}`
			return &http.Response{StatusCode: 429, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(said))}, nil
		}
		return plain.RoundTrip(r)
	})
	if _, _, err := w.get("GET", "/rivers", ""); err == nil {
		t.Fatal("the wallet was not busy")
	}
	if answer, _, err := w.get("GET", "/rivers", ""); err != nil || answer.StatusCode != 200 {
		t.Errorf("%v %v", answer, err)
	}
	w.costs(40_000)
}

// What was paid a while ago, and never came, is bought anew.
func TestOldPaymentsAreLetGo(t *testing.T) {
	w := newWorld(t, page)
	w.loseSecond("/rivers")
	_, _, _ = w.get("GET", "/rivers", "")
	w.time.Pass(20 * time.Minute)
	if answer, _, err := w.get("GET", "/rivers", ""); err != nil || answer.StatusCode != 200 {
		t.Errorf("%v %v", answer, err)
	}
	w.costs(80_000)
}

// Who hangs up has asked for it all the same: it is done, taken, and there when they come again.
func TestHangingUpSavesNothing(t *testing.T) {
	begun, goOn := make(chan struct{}, 1), make(chan struct{})
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		begun <- struct{}{}
		<-goOn
		_, _ = rw.Write(body)
	})
	ctx, hangUp := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, origin+"/rivers", strings.NewReader("send it"))
	ended := make(chan error, 1)
	go func() {
		_, _, err := w.buyer.Do(r, w.most)
		ended <- err
	}()
	<-begun
	hangUp()
	if err := <-ended; err == nil {
		t.Fatal("the client has an answer")
	}
	close(goOn)
	if answer, _, body := w.pays("POST", "/rivers", "send it"); answer.StatusCode != 200 || body != "send it" {
		t.Errorf("%d %q", answer.StatusCode, body)
	}
	if n := w.asked.Load(); n != 1 {
		t.Errorf("the site was asked %d times", n)
	}
	w.costs(40_000)
}

// While the service is away, what the site has answered is kept: it is paid and given when the service is back.
func TestServiceAwayForAWhile(t *testing.T) {
	for _, how := range []string{"refused", "lost"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, page)
			plain, away := w.gateway.o.Service.Client.Transport, true
			w.gateway.o.Service.Client.Transport = tripper(func(r *http.Request) (*http.Response, error) {
				if away && r.URL.Path == "/x402/settle" {
					if how == "lost" {
						if answer, err := plain.RoundTrip(r); err == nil {
							_ = answer.Body.Close()
						}
					}
					return nil, errors.New(how)
				}
				return plain.RoundTrip(r)
			})
			if answer, _, _ := w.pays("POST", "/rivers", "order"); answer.StatusCode != 503 {
				t.Fatalf("%d", answer.StatusCode)
			}
			away = false
			answer, paid, body := w.pays("POST", "/rivers", "order")
			if answer.StatusCode != 200 || body != "POST /rivers order" || paid.Amount != eur(40_000) ||
				answer.Header.Get(ReceiptHeader) == "" {
				t.Errorf("%d %q %+v", answer.StatusCode, body, paid)
			}
			if n := w.asked.Load(); n != 1 {
				t.Errorf("the site was asked %d times", n)
			}
			w.costs(40_000)
		})
	}
}

// A redirect is nothing that was sold, and names the site as buyers know it.
func TestRedirectsCostNothing(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		http.Redirect(rw, r, "http://"+r.Host+"/rivers/", http.StatusMovedPermanently)
	})
	answer, _, _ := w.pays("GET", "/rivers", "")
	if answer.StatusCode != 301 || answer.Header.Get("Location") != origin+"/rivers/" {
		t.Errorf("%d %s", answer.StatusCode, answer.Header.Get("Location"))
	}
	w.costs(0)
}

// What is paid for is whole, and the same when it is given again.
func TestPaidAnswersAreWhole(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) {
		http.ServeContent(rw, r, "a.txt", time.Time{}, strings.NewReader("0123456789"))
	})
	r, _ := http.NewRequest(http.MethodGet, origin+"/rivers", nil)
	r.Header.Set("Range", "bytes=0-3")
	answer, _, err := w.buyer.Do(r, w.most)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if answer.StatusCode != 200 || string(raw) != "0123456789" {
		t.Errorf("%d %q", answer.StatusCode, raw)
	}
}

// The site is asked for what is paid for, to the letter.
func TestTheSiteReadsTheWholeQuery(t *testing.T) {
	w := newWorld(t, func(rw http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(rw, r.URL.RequestURI()) })
	for _, path := range []string{"/rivers?id=7;full=1", "/rivers?z=1&a=100%"} {
		if _, _, body := w.pays("GET", path, ""); body != path {
			t.Errorf("%q was paid for, and %q asked", path, body)
		}
	}
}

// Nothing that some sites read as another request reaches them.
func TestOtherRequestsDoNotPass(t *testing.T) {
	w := newWorld(t, page)
	r, _ := http.NewRequest(http.MethodPost, w.front.URL+"/free", strings.NewReader("x"))
	for _, name := range append([]string{"Tuppence_Wallet"}, otherRequests...) {
		r.Header.Set(name, "h2c")
	}
	r.Header.Set("Connection", "Upgrade")
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	for name := range w.seen {
		if strings.Contains(name, "_") || strings.HasPrefix(name, "X-Original") || strings.HasPrefix(name, "X-Rewrite") ||
			strings.HasPrefix(name, "X-Http") || name == "Upgrade" {
			t.Errorf("the site reads %s", name)
		}
	}
	if answer.StatusCode != 200 {
		t.Errorf("%d", answer.StatusCode)
	}
}

// Nobody is asked to pay for what nobody can.
func TestWhatCannotBePaidIsNotAsked(t *testing.T) {
	w := newWorld(t, page)
	answer, err := http.Get(w.front.URL + "/rivers?q=" + strings.Repeat("a", 2100))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 400 || answer.Header.Get(x402.RequiredHeader) != "" {
		t.Errorf("%d", answer.StatusCode)
	}
}

// While the service hangs, payments are read with the keys that are known: nobody waits but who fetches new ones.
func TestKeysServeWhileTheServiceHangs(t *testing.T) {
	w := newWorld(t, page)
	s := w.gateway.o.Service
	if _, err := s.Keys(t.Context(), w.time.Now()); err != nil {
		t.Fatal(err)
	}
	w.time.Pass(keysFor)
	hangs, goOn := make(chan struct{}), make(chan struct{})
	plain := s.Client.Transport
	s.Client.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		close(hangs)
		<-goOn
		return plain.RoundTrip(r)
	})
	ended := make(chan error, 1)
	go func() {
		_, err := s.Keys(t.Context(), w.time.Now())
		ended <- err
	}()
	<-hangs
	if keys, err := s.Keys(t.Context(), w.time.Now()); err != nil || len(keys.Keys) == 0 { // it would wait for ever
		t.Errorf("%v, %v", keys, err)
	}
	close(goOn)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
