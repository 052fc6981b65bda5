package history

import (
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tuppence/server/view"
	"tuppence/store"
)

// BenchmarkPage measures a page of 50 rows of a wallet in two currencies, at both ends, in the middle, with a filter
// that lets a tenth through, one of long ago, and what is found of half a day in another order; in histories of 100 and
// 10 000 entries, and of as many as TEST_SALES says.
//
//	TEST_SALES=1000000 go test -run '^$' -bench Page -timeout 30m ./server/history
func BenchmarkPage(b *testing.B) {
	sizes := []int{100, 10_000}
	if n, err := strconv.Atoi(os.Getenv("TEST_SALES")); err == nil {
		sizes = append(sizes, n)
	}
	for _, size := range sizes {
		b.Run(fmt.Sprintf("entries=%d", size), func(b *testing.B) {
			s, err := store.Open(b.TempDir(), store.Options{Ballast: -1})
			if err != nil {
				b.Fatal(err)
			}
			j := &journal{t: b, store: s, at: time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)}
			b.Cleanup(func() {
				if err := s.Close(); err != nil {
					b.Error(err)
				}
			})
			j.opens()
			j.lives(size, currencies...)
			for s.Stats().Unapplied > 0 {
				time.Sleep(time.Millisecond)
			}
			first, _ := j.page(view.HistoryQuery{})
			for _, name := range []string{"first", "oldest", "middle", "filtered", "until", "sorted"} {
				b.Run(name, func(b *testing.B) {
					q, read, begun := places(first.Total)[name], 0, cpuTime(b)
					if name == "sorted" { // some hundred rows, by their amounts
						q = view.HistoryQuery{Sort: "amount", Filter: "since:12h"}
					}
					for b.Loop() {
						_, read = j.page(q)
					}
					b.ReportMetric(float64(read), "records/op")
					b.ReportMetric(float64((cpuTime(b)-begun).Microseconds())/float64(b.N), "cpu-µs/op")
				})
			}
		})
	}
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
