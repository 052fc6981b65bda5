package store_test

import (
	"context"
	"os"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"

	"tuppence/store"
	"tuppence/store/storetest"
)

// BenchmarkMemory measures what the engine takes under the heaviest load: the greatest live heap and resident memory
// without mapped files, and the bytes of Badger's tables for each sale. Only runs of the same number of sales compare:
//
//	GOGC=50 go test -run '^$' -bench Memory -benchtime 1000000x ./store
func BenchmarkMemory(b *testing.B) {
	s, err := store.Open(b.TempDir(), store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	if err := storetest.Seed(b.Context(), s); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(b.Context())
	peak := make(chan [2]uint64)
	go func() { peak <- peakMemory(ctx) }()
	sell(b, s, 256, false, storetest.Sale.Run)
	stop()
	most := <-peak
	b.ReportMetric(float64(most[0]>>20), "live-MiB")
	b.ReportMetric(float64(most[1]>>20), "anon-MiB")
	b.ReportMetric(float64(s.Stats().IndexBytes)/float64(b.N), "index-B/sale")
}

// peakMemory returns the greatest live heap and the greatest anonymous resident memory (proc_pid_status(5), RssAnon; 0
// where there is no /proc) until ctx ends.
func peakMemory(ctx context.Context) (most [2]uint64) {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		metrics.Read(live)
		status, _ := os.ReadFile("/proc/self/status")
		_, rest, _ := strings.Cut(string(status), "RssAnon:")
		kib, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		anon, _ := strconv.ParseUint(kib, 10, 64)
		most = [2]uint64{max(most[0], live[0].Value.Uint64()), max(most[1], anon<<10)}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return most
		}
	}
}
