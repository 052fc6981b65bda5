package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tuppence/server"
	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
	"tuppence/store"
)

// fairWallets is how many buyers the fair of a benchmark has; each allows one vendor.
const fairWallets = 1000

// BenchmarkHTTP measures durable purchases over the vendor's API: one charge per request on kept connections to the
// program's own routes. The vendors' side runs in the same process and shares the cores.
//
//	go test -run '^$' -bench HTTP -benchtime 5s .
func BenchmarkHTTP(b *testing.B) {
	for _, vendors := range []int{1, 100} {
		b.Run(fmt.Sprintf("vendors=%d", vendors), func(b *testing.B) {
			f := openFair(b, vendors, fairWallets)
			for _, callers := range []int{1, 64, 256} {
				b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { f.measure(b, callers) })
			}
		})
	}
}

// fair is a running service with vendors, and buyers who let them charge.
type fair struct {
	svc    *server.Server
	engine *store.Engine
	seal   *seal.Sealer
	url    string
	client *http.Client
	stalls []sale
	sold   atomic.Uint64
}

// sale is what a vendor sends to sell to one buyer.
type sale struct{ key, link, offer, body string }

func openFair(b testing.TB, vendors, wallets int) *fair {
	b.Helper()
	engine, err := store.Open(b.TempDir(), store.Options{MostlyAbsent: books.MostlyAbsent()})
	if err != nil {
		b.Fatal(err)
	}
	sealer, err := seal.New(make([]byte, seal.MasterSize), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	operator := view.Caller{Fingerprint: "SHA256:operator"}
	svc, err := server.Open(b.Context(), server.Options{
		Store: engine, Seal: sealer, Now: time.Now, Operator: operator.Fingerprint,
		Methods: []funding.Method{&funding.SimulatedCard{}},
		House:   view.House{Name: "fair", Host: "localhost", URL: "http://localhost", Simulated: true},
	})
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	api := routes(
		Config{URL: "http://localhost", Rate: 1e9}, svc, engine, log, newMeters(engine), nil, http.NotFoundHandler(),
	)
	web := webServer(api, log)
	var serving sync.WaitGroup
	serving.Go(func() { _ = web.Serve(l) })
	b.Cleanup(func() {
		if err := errors.Join(web.Close(), engine.Close()); err != nil {
			b.Error(err)
		}
		serving.Wait()
	})
	f := &fair{
		svc: svc, engine: engine, seal: sealer,
		url:    "http://" + l.Addr().String() + "/v1",
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
	if err := f.fill(b.Context(), operator, vendors, wallets); err != nil {
		b.Fatal(err)
	}
	return f
}

// fill opens vendors, wallets and links. Many at a time, because each waits for its sync.
func (f *fair) fill(ctx context.Context, operator view.Caller, vendors, wallets int) error {
	for name, value := range map[string]string{
		"limit_purchase": "1", "limit_day": "100000", "limit_week": "100000", "limit_month": "100000", "window": "1d",
		"deposit_max": "100000",
	} {
		if _, err := f.svc.SetPolicy(ctx, operator, name, value); err != nil {
			return err
		}
	}
	keys, offers := make([]string, vendors), make([]string, vendors)
	for i := range vendors {
		made, err := f.svc.VendorCreate(
			ctx,
			operator,
			view.VendorRequest{Name: fairVendor(i), Title: "Stall", Origin: "https://" + fairVendor(i) + ".example"},
		)
		if err != nil {
			return err
		}
		keys[i] = made.Key
		offers[i], err = f.post(
			"/offers",
			made.Key,
			"",
			`{"title":"How rivers freeze","kind":"content","price":{"amount":"0.000333","currency":"EUR"},
			"content_url":"https://`+fairVendor(i)+`.example/rivers","views":5,"days":30,
			"royalties":[{"payee":"Ann Author","role":"author","percent_bp":3000}]}`,
		)
		if err != nil {
			return err
		}
	}
	f.stalls = make([]sale, wallets)
	faults := make([]error, wallets)
	var opening sync.WaitGroup
	for part := range 64 {
		opening.Go(func() {
			for i := part; i < wallets; i += 64 {
				at := i % vendors
				var link string
				link, faults[i] = openBuyer(ctx, f.svc, i, fairVendor(at))
				f.stalls[i] = sale{
					keys[at], link, offers[at],
					`{"link_id":"` + link + `","offer_id":"` + offers[at] + `","client_reference_id":"order-1001"}`,
				}
			}
		})
	}
	opening.Wait()
	return errors.Join(faults...)
}

func fairVendor(i int) string { return "stall-" + strconv.Itoa(i) }

// openBuyer opens a wallet with money in it that lets a vendor charge; it returns the link's name.
func openBuyer(ctx context.Context, svc *server.Server, n int, vendor string) (link string, err error) {
	who := view.Caller{Fingerprint: "SHA256:buyer" + strconv.Itoa(n)}
	_, err = svc.Join(ctx, who, view.JoinRequest{Accept: true})
	if err == nil {
		_, err = svc.Fund(
			ctx, who, view.FundRequest{Amount: ledger.Amount{Micros: 100_000 * ledger.Unit, Currency: "EUR"}, Method: "card"},
		)
	}
	if err == nil {
		err = svc.Touch(ctx, who)
	}
	if err != nil {
		return "", err
	}
	const most = 40_000 * ledger.Unit
	view, err := svc.Link(ctx, who, view.LinkRequest{
		Vendor: vendor, Currency: "EUR", Total: most,
		Limits: ledger.Limits{PerPurchase: ledger.Unit, PerDay: most, PerWeek: most, PerMonth: most},
	})
	return view.ID, err
}

// post sends one request and returns the id of what it made.
func (f *fair) post(path, key, idempotency, body string) (id string, err error) {
	req, err := http.NewRequest(http.MethodPost, f.url+path, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	if idempotency != "" {
		req.Header.Set("Idempotency-Key", idempotency)
	}
	res, err := f.client.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("%s: %s %w", res.Status, raw, err)
	}
	_, rest, _ := strings.Cut(string(raw), `"id":"`)
	id, _, _ = strings.Cut(rest, `"`)
	return id, nil
}

// measure makes b.N purchases and reports their rate and how long a caller waited.
func (f *fair) measure(b *testing.B, callers int) {
	b.Helper()
	var (
		left  atomic.Int64
		all   sync.WaitGroup
		waits = make([][]time.Duration, callers)
	)
	left.Store(int64(b.N))
	used := cpuTime(b)
	b.ResetTimer()
	for c := range callers {
		all.Go(func() {
			r := mrand.New(mrand.NewPCG(uint64(c), 7))
			for left.Add(-1) >= 0 {
				s := f.stalls[r.IntN(len(f.stalls))]
				began := time.Now()
				if _, err := f.post("/charges", s.key, "order-"+strconv.FormatUint(f.sold.Add(1), 10), s.body); err != nil {
					b.Error(err)
					return
				}
				waits[c] = append(waits[c], time.Since(began))
			}
		})
	}
	all.Wait()
	b.StopTimer()
	flat := slices.Sorted(slices.Values(slices.Concat(waits...)))
	if len(flat) == 0 {
		return
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(float64(len(flat))/b.Elapsed().Seconds(), "purchases/s")
	b.ReportMetric(ms(flat[len(flat)/2]), "p50-ms")
	b.ReportMetric(ms(flat[len(flat)*99/100]), "p99-ms")
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64((cpuTime(b)-used).Microseconds())/float64(len(flat)), "cpu-µs/purchase")
}

// cpuTime is what the process has used of its cores. On a shared machine it means more than a rate.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
