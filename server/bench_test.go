package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
	"tuppence/store/storetest"
)

// BenchmarkPurchase measures durable charges on links, straight into the service: 1000 funded wallets with limits, each
// allowed to one vendor, and callers that each wait for their answer. "journal" is the engine that the program runs on;
// "plain-badger" is the yardstick: the same service on one synced Badger transaction for each purchase.
//
//	go test -run '^$' -bench Purchase -benchtime 5s ./server
func BenchmarkPurchase(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(dir string) (store.Store, error)
	}{
		{"journal", func(dir string) (store.Store, error) {
			return store.Open(dir, store.Options{MostlyAbsent: books.MostlyAbsent()})
		}},
		{"plain-badger", storetest.Naive},
	} {
		for _, vendors := range []int{1, 100} {
			b.Run(fmt.Sprintf("%s/vendors=%d", engine.name, vendors), func(b *testing.B) {
				dir := b.TempDir()
				kv, err := engine.open(dir)
				if err != nil {
					b.Fatal(err)
				}
				m := marketOn(b, kv, vendors)
				for _, callers := range []int{1, 64, 256} {
					b.Run(
						fmt.Sprintf("callers=%d", callers),
						func(b *testing.B) { m.measure(b, callers, filepath.Join(dir, "journal")) },
					)
				}
			})
		}
	}
}

// market is a service with many buyers.
type market struct {
	*fixture
	stalls []stall
	sales  atomic.Uint64
}

// stall is a wallet and the vendor that may charge it.
type stall struct {
	v    *Seller
	what ChargeOrder
}

const marketWallets = 1000

func marketOn(tb testing.TB, kv store.Store, vendors int) *market {
	tb.Helper()
	m := &market{fixture: boundedFixture(tb, kv, Bounds{Joins: 2 * marketWallets}), stalls: make([]stall, marketWallets)}
	for name, value := range map[string]string{
		"limit_purchase": "1", "limit_day": "100000", "limit_week": "100000", "limit_month": "100000", "window": "1d",
		"deposit_max": "100000",
	} {
		if _, err := m.SetPolicy(m.ctx, m.operator, name, value); err != nil {
			tb.Fatal(err)
		}
	}
	sellers, offers := make([]*Seller, vendors), make([]ledger.OfferID, vendors)
	for i := range vendors {
		name := "vendor-" + strconv.Itoa(i)
		_, key := m.vendor(name)
		var err error
		if sellers[i], err = m.Authenticate(m.ctx, key); err != nil {
			tb.Fatal(err)
		}
		offer, _, err := sellers[i].CreateOffer(m.ctx, Request{}, ledger.Offer{
			Title: "How rivers freeze", Kind: ledger.Content, Price: ledger.Amount{Micros: 333, Currency: "EUR"},
			ContentURL: "https://" + name + ".example/rivers", Bounds: ledger.Bounds{Views: 5, Days: 30}, Created: m.time.Now(),
			Royalties: []ledger.Royalty{{Name: "Ann Author", Role: "author", BasisPoints: 3000}},
		})
		if err != nil {
			tb.Fatal(err)
		}
		offers[i] = opened(tb, m.seal.OpenOffer, offer.ID)
	}
	var opening sync.WaitGroup
	for part := range 64 {
		opening.Go(func() {
			for i := part; i < marketWallets; i += 64 {
				who := m.funded("buyer-"+strconv.Itoa(i), ledger.Amount{Micros: 100_000 * ledger.Unit, Currency: "EUR"})
				at := i % vendors
				_, err := m.Link(m.ctx, who, view.LinkRequest{
					Vendor: "vendor-" + strconv.Itoa(at), Currency: "EUR", Total: 50_000 * ledger.Unit,
					Limits: ledger.Limits{
						PerPurchase: ledger.Unit, PerDay: 40_000 * ledger.Unit, PerWeek: 40_000 * ledger.Unit,
						PerMonth: 40_000 * ledger.Unit,
					},
				})
				if err != nil {
					tb.Error(err)
					return
				}
				id := ledger.LinkID{User: m.user(who).ID, Vendor: sellers[at].ID, Currency: "EUR", Generation: 1}
				m.stalls[i] = stall{sellers[at], ChargeOrder{Link: id, Offer: offers[at], ClientRef: "order-1001"}}
			}
		})
	}
	opening.Wait()
	if tb.Failed() {
		tb.FailNow()
	}
	return m
}

// buy makes one durable purchase of a random wallet.
func (m *market) buy(r *rand.Rand) error {
	s := m.stalls[r.IntN(len(m.stalls))]
	key := "order-" + strconv.FormatUint(m.sales.Add(1), 10)
	for {
		_, _, err := s.v.charge(context.Background(), asking(key, key), s.what)
		if !errors.Is(err, ledger.ErrUnavailable) {
			return err
		}
		runtime.Gosched() // the queue is full
	}
}

// measure makes b.N purchases and reports their rate, how long a caller waited, and what the journal took for each.
func (m *market) measure(b *testing.B, callers int, journal string) {
	b.Helper()
	var (
		left  atomic.Int64
		mu    sync.Mutex
		waits []time.Duration
		all   sync.WaitGroup
	)
	left.Store(int64(b.N))
	before := size(b, journal)
	stored, used, allocated := m.stored(), cpuTime(b), mallocs()
	b.ResetTimer()
	for c := range callers {
		all.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), m.sales.Load()))
			var mine []time.Duration
			for left.Add(-1) >= 0 {
				began := time.Now()
				if err := m.buy(r); err != nil {
					b.Error(err)
					return
				}
				mine = append(mine, time.Since(began))
			}
			mu.Lock()
			defer mu.Unlock()
			waits = append(waits, mine...)
		})
	}
	all.Wait()
	b.StopTimer()
	if len(waits) == 0 {
		return
	}
	slices.Sort(waits)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(float64(len(waits))/b.Elapsed().Seconds(), "purchases/s")
	b.ReportMetric(ms(waits[len(waits)/2]), "p50-ms")
	b.ReportMetric(ms(waits[len(waits)*99/100]), "p99-ms")
	b.ReportMetric(0, "ns/op")
	each := func(n float64) float64 { return n / float64(len(waits)) }
	b.ReportMetric(each(float64((cpuTime(b) - used).Microseconds())), "cpu-µs/purchase")
	b.ReportMetric(each(float64(mallocs()-allocated)), "allocs/purchase")
	if before > 0 {
		now := m.stored()
		b.ReportMetric(each(float64(now.JournalBytes-stored.JournalBytes)), "journal-B/purchase")
		b.ReportMetric(each(float64(now.Rows-stored.Rows)), "rows/purchase")
		b.ReportMetric(float64(len(waits))/float64(max(now.Batches-stored.Batches, 1)), "purchases/batch")
	}
}

// stored is what the engine has written so far, nothing for one that does not tell.
func (m *market) stored() (s store.Stats) {
	if e, ok := m.store.(*store.Engine); ok {
		s = e.Stats()
	}
	return s
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

func mallocs() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.Mallocs
}

// size is how many bytes the files of a directory have, 0 if there is none.
func size(b *testing.B, dir string) (n int64) {
	b.Helper()
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil //nolint:nilerr // a file that is rotated away meanwhile, or an engine without a journal
		}
		if info, err := d.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
