package gateway

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/servertest"
	"tuppence/store"
)

// BenchmarkPaid is a program's request from the 402 to the answer, with two durable commits at the service, beside the
// same request by way of a bare reverse proxy. All of it is in this process, over the loopback interface: the buyer
// signs, the service keeps its books, the gateway asks the site.
func BenchmarkPaid(b *testing.B) {
	for _, callers := range []int{1, 32} {
		b.Run(fmt.Sprintf("bare/%d", callers), func(b *testing.B) {
			site := httptest.NewServer(http.HandlerFunc(page))
			defer site.Close()
			to, _ := url.Parse(site.URL)
			front := httptest.NewServer(&httputil.ReverseProxy{
				Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, Transport: wires,
			})
			defer front.Close()
			measure(b, callers, func(int64) (*http.Response, error) {
				r, err := http.NewRequest(http.MethodGet, front.URL+"/rivers", nil)
				if err != nil {
					return nil, err
				}
				return wires.RoundTrip(r)
			})
		})
		b.Run(fmt.Sprintf("paid/%d", callers), func(b *testing.B) {
			kv, err := store.Open(b.TempDir(), store.Options{MostlyAbsent: books.MostlyAbsent()})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = kv.Close() })
			w := newWorldOn(b, kv, servertest.NewClock(), page, func(o *Options) {
				o.Routes = []Route{{Prefix: "/", Price: eur(1)}}
				o.Rate, o.Burst, o.Transport = 1e9, 1e9, wires
			})
			measure(b, callers, func(n int64) (*http.Response, error) {
				r, err := http.NewRequest(http.MethodGet, fmt.Sprint(origin, "/rivers?n=", n), nil)
				if err != nil {
					return nil, err
				}
				answer, _, err := w.buyer.Do(r, w.most)
				return answer, err
			})
		})
	}
}

// measure makes b.N requests and reports their rate, and how long a caller waited.
func measure(b *testing.B, callers int, do func(n int64) (*http.Response, error)) {
	b.Helper()
	var (
		left  atomic.Int64
		mu    sync.Mutex
		waits []time.Duration
		all   sync.WaitGroup
	)
	left.Store(int64(b.N))
	b.ResetTimer()
	for range callers {
		all.Go(func() {
			for n := left.Add(-1); n >= 0; n = left.Add(-1) {
				began := time.Now()
				answer, err := do(n)
				if err == nil {
					_, err = io.Copy(io.Discard, answer.Body)
					_ = answer.Body.Close()
				}
				if err == nil && answer.StatusCode != http.StatusOK {
					err = fmt.Errorf("%s", answer.Status)
				}
				if err != nil {
					b.Error(err)
					return
				}
				mu.Lock()
				waits = append(waits, time.Since(began))
				mu.Unlock()
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if len(waits) == 0 {
		return
	}
	slices.Sort(waits)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(float64(len(waits))/b.Elapsed().Seconds(), "requests/s")
	b.ReportMetric(ms(waits[len(waits)/2]), "p50-ms")
	b.ReportMetric(ms(waits[len(waits)*99/100]), "p99-ms")
	b.ReportMetric(0, "ns/op")
}
