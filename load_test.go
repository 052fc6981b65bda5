package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"tuppence/server"
	"tuppence/server/ledger"
)

// loadBuyers and loadCallers are the load: so many wallets, and so many purchases that wait for their answer.
const (
	loadBuyers  = 20_000
	loadVendors = 100
	loadCallers = 256
)

// maxResident is what the service may take of the machine's memory under full load, without files that it maps: those
// the machine takes back when it needs them.
const maxResident = 1 << 30

// TestMemoryUnderLoad sells as fast as the machine can, for as long as TEST_LOAD says, and holds the memory of the
// whole service below 1 GiB. The figures of every five seconds are written as CSV to the file that TEST_LOAD_CSV names.
//
//	TEST_LOAD=10m go test -run MemoryUnderLoad -timeout 20m -v .
func TestMemoryUnderLoad(t *testing.T) {
	lasts, err := time.ParseDuration(os.Getenv("TEST_LOAD"))
	if err != nil {
		t.Skip("set TEST_LOAD to a duration, 10m for example")
	}
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	configFlags(fs, "serve")
	c, err := loadConfig(fs) // the defaults
	if err != nil {
		t.Fatal(err)
	}
	tuneRuntime(c)
	f := openFair(t, loadVendors, loadBuyers)
	charges := f.charges(t)
	ctx, cancel := context.WithTimeout(t.Context(), lasts)
	defer cancel()
	var callers sync.WaitGroup
	for c := range loadCallers {
		callers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(c), 7))
			for ctx.Err() == nil {
				if err := f.charge(t.Context(), charges[r.IntN(len(charges))]); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	most := f.watch(ctx, t)
	callers.Wait()
	if most.anon > maxResident {
		t.Errorf("the service took %d MiB, it may take %d", most.anon>>20, int64(maxResident)>>20)
	}
}

// charge is one purchase that a vendor can make again and again.
type charge struct {
	vendor *server.Seller
	order  server.ChargeOrder
}

// charges are the stalls as the service itself sees them: without HTTP the load is several times as high.
func (f *fair) charges(t *testing.T) []charge {
	t.Helper()
	sellers := map[string]*server.Seller{}
	all := make([]charge, len(f.stalls))
	for i, s := range f.stalls {
		link, badLink := f.seal.OpenLink(s.link)
		offer, badOffer := f.seal.OpenOffer(s.offer)
		seller, err := sellers[s.key], error(nil)
		if seller == nil {
			seller, err = f.svc.Authenticate(t.Context(), s.key)
			sellers[s.key] = seller
		}
		if err := errors.Join(badLink, badOffer, err); err != nil {
			t.Fatal(err)
		}
		all[i] = charge{seller, server.ChargeOrder{Link: link, Offer: offer, ClientRef: "order-1001"}}
	}
	return all
}

// charge makes one durable purchase, and asks again while too many wait.
func (f *fair) charge(ctx context.Context, c charge) error {
	key := "order-" + strconv.FormatUint(f.sold.Add(1), 10)
	for {
		_, _, err := c.vendor.Charge(ctx, server.Request{Key: key, Fingerprint: sha256.Sum256([]byte(key))}, c.order)
		if !errors.Is(err, ledger.ErrUnavailable) {
			return err
		}
	}
}

// loadSample is what the process takes at one moment.
type loadSample struct {
	live uint64 // bytes on the heap that the last collection found in use
	anon uint64 // bytes of memory that no file stands behind
	sold uint64
	cpu  time.Duration
}

// watch takes samples until ctx ends, and returns the greatest.
func (f *fair) watch(ctx context.Context, t *testing.T) (most loadSample) {
	t.Helper()
	out := t.Output()
	if path := os.Getenv("TEST_LOAD_CSV"); path != "" {
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		out = file
	}
	fmt.Fprintln(out, "seconds,live-MiB,anon-MiB,sales/s,cpu-µs/sale,index-B/sale")
	began, last := time.Now(), f.sample(t)
	first, index, at := last, f.engine.Stats().IndexBytes, began
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
		now := f.sample(t)
		most.live, most.anon = max(most.live, now.live), max(most.anon, now.anon)
		if past := time.Since(at); past >= 5*time.Second || ctx.Err() != nil {
			at = time.Now()
			sold := max(now.sold-last.sold, 1)
			fmt.Fprintf(out, "%.0f,%d,%d,%.0f,%.1f,%.0f\n", at.Sub(began).Seconds(), now.live>>20, now.anon>>20,
				float64(sold)/past.Seconds(), float64((now.cpu-last.cpu).Microseconds())/float64(sold),
				float64(f.engine.Stats().IndexBytes-index)/float64(now.sold-first.sold))
			last = now
		}
	}
	sold := last.sold - first.sold
	t.Logf("%d sales, %.0f a second, %.1f µs of processor each; at most %d MiB alive, %d MiB resident", sold,
		float64(sold)/time.Since(began).Seconds(), float64((last.cpu-first.cpu).Microseconds())/float64(sold),
		most.live>>20, most.anon>>20)
	return most
}

func (f *fair) sample(t *testing.T) loadSample {
	t.Helper()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return loadSample{
		live: live[0].Value.Uint64(), anon: residentAnon(t), sold: f.sold.Load(),
		cpu: time.Duration(u.Utime.Nano() + u.Stime.Nano()),
	}
}

// residentAnon reads what proc_pid_status(5) calls RssAnon.
func residentAnon(t *testing.T) uint64 {
	t.Helper()
	file, err := os.Open("/proc/self/status")
	if err != nil {
		t.Skip("no /proc: ", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "RssAnon:"); ok {
			kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("no RssAnon in /proc/self/status")
	return 0
}
