package server

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/store"
)

// BenchmarkBulkCharges measures requests for 1000 durable charges on the links of 1000 wallets, straight into the
// service on the engine that the program runs on, and beside them one caller who sells one at a time: how long that one
// waits. Callers are how many such requests are under way.
//
//	go test -run '^$' -bench BulkCharges -benchtime 3s ./server
func BenchmarkBulkCharges(b *testing.B) {
	for _, callers := range []int{1, 4} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			kv, err := store.Open(b.TempDir(), store.Options{MostlyAbsent: books.MostlyAbsent()})
			if err != nil {
				b.Fatal(err)
			}
			m := marketOn(b, kv, 1)
			all := make([]BulkCharge, MaxBulk)
			for i := range all {
				all[i].ChargeOrder = m.stalls[i].what
			}
			var stop atomic.Bool
			var beside sync.WaitGroup
			var waits []time.Duration
			beside.Go(func() {
				r := rand.New(rand.NewPCG(1, 2))
				for !stop.Load() {
					began := time.Now()
					if err := m.buy(r); err != nil {
						b.Error(err)
						return
					}
					waits = append(waits, time.Since(began))
				}
			})
			var work sync.WaitGroup
			turns := make(chan int)
			used, stored := cpuTime(b), m.stored()
			for range callers {
				work.Go(func() {
					for n := range turns {
						key := "many-" + strconv.Itoa(n)
						results, _, err := m.stalls[0].v.ChargeBulk(m.ctx, asking(key, key), all)
						if err != nil || slices.ContainsFunc(results, func(r BulkResult) bool { return r.Refused != nil }) {
							b.Error("not all were sold: ", err)
							return
						}
					}
				})
			}
			n := 0
			for b.Loop() {
				n++
				turns <- n
			}
			close(turns)
			work.Wait()
			stop.Store(true)
			beside.Wait()
			sold := float64(n*MaxBulk + len(waits))
			slices.Sort(waits)
			b.ReportMetric(float64(n*MaxBulk)/b.Elapsed().Seconds(), "charges/s")
			b.ReportMetric(float64((cpuTime(b)-used).Microseconds())/sold, "cpu-µs/charge")
			b.ReportMetric(float64(m.stored().JournalBytes-stored.JournalBytes)/sold, "journal-B/charge")
			b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "p99-ms-beside")
		})
	}
}
