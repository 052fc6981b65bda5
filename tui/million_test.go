package tui

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// million is a service with a history as long as is wanted, of which no row exists before it is asked for. As the
// server does, it looks at a bounded number of rows for one page.
type million struct {
	*commandtest.Service
	rows         int
	calls, moved int // pages that were asked for, and rows in them; one call runs at a time
}

// lookedAt is how many rows one page of a search looks at.
const lookedAt = 1000

// row is the row with so many above it.
func (f *million) row(i int) view.Row {
	return view.Row{
		ID: fmt.Sprintf("chg_%07d", i), At: view.At(commandtest.Now.Add(-time.Duration(i) * time.Minute)), Kind: "purchase",
		Vendor: "acme-news", Title: fmt.Sprintf("Row %07d", i), State: "paid", Amount: commandtest.EUR(-10_000),
	}
}

func (f *million) History(_ context.Context, _ view.Caller, q view.HistoryQuery) (p view.History, err error) {
	filter := view.ParseFilter(q.Filter, commandtest.Now, time.UTC)
	from, to := 0, f.rows
	switch {
	case q.Before != "":
		from, err = strconv.Atoi(string(q.Before))
	case q.After != "":
		to, err = strconv.Atoi(string(q.After))
		from = max(0, to-q.Rows())
	case q.Oldest:
		from = max(0, f.rows-q.Rows())
	}
	at := from
	for ; at < min(to, from+lookedAt) && len(p.Data) < q.Rows(); at++ {
		if r := f.row(at); filter.Match(r) {
			p.Data = append(p.Data, r)
		}
	}
	f.calls, f.moved = f.calls+1, f.moved+len(p.Data)
	p.Total, p.Above = uint64(f.rows), uint64(from)
	if from > 0 {
		p.Newer = view.Cursor(strconv.Itoa(from))
	}
	if at < f.rows {
		p.Next = view.Cursor(strconv.Itoa(at))
	}
	return p, err
}

// walks are keys that a person presses in a long history.
var walks = map[string][]string{
	"cursor": {"j"}, "page": {"pgdown"}, "end": {"G", "g"}, "filter": {"/", "7", "esc"}, "mark": {"space"},
}

// history is a person who looks at the history of a service.
func (f *million) history(t testing.TB) *terminal {
	return connect(t, f, commandtest.Ada, ScreenOptions{}).press("3")
}

// A key costs the same in a history of a thousand rows and of a million: as many pages are asked for, as many rows come
// and are held, and as much is allocated.
func TestMillionRowsCostWhatAThousandDo(t *testing.T) {
	type cost struct{ calls, moved, held, allocs int }
	measure := func(rows int, keys []string) (c cost) {
		f := &million{Service: commandtest.New(), rows: rows}
		s := f.history(t)
		const runs = 100
		f.calls, f.moved = 0, 0
		c.allocs = int(testing.AllocsPerRun(runs, func() { s.press(keys...).m.View() }))
		p := s.m.top().(*historyPlace)
		c.calls, c.moved, c.held = f.calls, f.moved, len(p.all)
		return c
	}
	for name, keys := range walks {
		if name == "page" { // a thousand rows end before the measuring does
			continue
		}
		short, long := measure(1000, keys), measure(1_000_000, keys)
		t.Logf("%s: %+v at 1,000 rows, %+v at 1,000,000", name, short, long)
		if long.calls != short.calls || long.moved != short.moved || long.held > (windowPages+1)*listPage ||
			long.allocs > short.allocs*21/20+50 {
			t.Errorf("%s: %+v at 1,000 rows, %+v at 1,000,000", name, short, long)
		}
	}
}

// BenchmarkListKeys measures a key in the history, with the frame that follows it, at a thousand rows and a million.
//
//	go test -run '^$' -bench ListKeys -benchmem ./tui
func BenchmarkListKeys(b *testing.B) {
	for _, rows := range []int{1000, 1_000_000} {
		for name, keys := range walks {
			b.Run(fmt.Sprintf("rows=%d/%s", rows, name), func(b *testing.B) {
				f := &million{Service: commandtest.New(), rows: rows}
				s := f.history(b)
				f.calls, f.moved = 0, 0
				b.ReportAllocs()
				for b.Loop() {
					s.press(keys...).m.View()
				}
				b.ReportMetric(float64(f.calls)/float64(b.N), "pages/op")
				b.ReportMetric(float64(f.moved)/float64(b.N), "rows/op")
			})
		}
	}
}
