package books

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"
)

// BenchmarkExport is what an entry costs, and what an export keeps in memory at its end, in books of growing size.
func BenchmarkExport(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		w := sold(b, n)
		for _, f := range ExportFormats {
			b.Run(fmt.Sprintf("%s/%d", f, n), func(b *testing.B) { benchExport(b, w.kv, f) })
		}
	}
}

// sold are books of so many sales, of which each third is held and captured, many in a commit.
func sold(t tester, n int) *world {
	t.Helper()
	w := newWorld(t)
	w.posts(w.vendor, 1)
	for done := 0; done < n; {
		u := w.funded()
		w.do(func(tx Tx) error {
			for range min(n-done, 5000) {
				if err := w.sellsOne(tx, u, done%3 == 0); err != nil {
					return err
				}
				done++
			}
			return nil
		})
	}
	return w
}

func (w *world) sellsOne(tx Tx, u ledger.UserID, hold bool) error {
	no, err := w.sell(tx, u, w.name("key"), hold, false)
	if err != nil || !hold {
		return err
	}
	f, err := w.saleFacts(tx, no)
	if err != nil {
		return err
	}
	out, err := ledger.DecideCapture(ledger.CaptureRequest{}, f, w.now)
	return first(err, appended(tx, out.Entry))
}

// Longer books need no more memory: what an export keeps grows with the accounts that are not zero, and a hold that
// has ended is a bit.
func TestExportKeepsLittle(t *testing.T) {
	kept := func(n int) (all int) {
		sold(t, n).see(func(r Reader) error {
			x, err := newExporter(r.kv, ExportOptions{Format: "hledger"}, io.Discard)
			if err != nil {
				return err
			}
			err = x.write(t.Context())
			all = len(x.balances) + len(x.totals)
			if chunks := len(x.opened); chunks > 8+n/(32*chunkWords) {
				t.Errorf("%d chunks after %d entries", chunks, n)
			}
			return err
		})
		return all
	}
	if few, many := kept(90), kept(3000); few != many {
		t.Errorf("%d rows are kept of 90 entries, %d of 3000", few, many)
	}
}

// weighed counts bytes. When nearly all have come it weighs the heap, once: then the export still has what it keeps.
type weighed struct{ bytes, near, heap uint64 }

func (w *weighed) Write(p []byte) (int, error) {
	w.bytes += uint64(len(p))
	if w.heap == 0 && w.near > 0 && w.bytes >= w.near {
		w.heap = heap()
	}
	return len(p), nil
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func benchExport(b *testing.B, kv store.Store, format string) {
	export := func(w io.Writer) (done Exported) {
		err := kv.View(context.Background(), func(r store.Reader) (err error) {
			done, err = Export(context.Background(), r, ExportOptions{Format: format}, w)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		return done
	}
	var all weighed
	export(&all)
	before := heap()
	scale := weighed{near: all.bytes - min(all.bytes, 128<<10)}
	done := export(&scale)
	var m, n runtime.MemStats
	runtime.ReadMemStats(&m)
	for b.Loop() {
		export(io.Discard)
	}
	runtime.ReadMemStats(&n)
	entries := float64(done.Entries)
	b.ReportMetric(entries*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(n.TotalAlloc-m.TotalAlloc)/entries/float64(b.N), "B/entry")
	b.ReportMetric(float64(all.bytes)/entries, "written/entry")
	b.ReportMetric(float64(int64(scale.heap-before)), "kept-B")
}
