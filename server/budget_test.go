package server

import (
	"context"
	"errors"
	"iter"
	"sync/atomic"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// reading counts the rows that snapshots are read for, and calls after each of them.
type reading struct {
	store.Store
	rows  atomic.Int64
	after func(rows int64)
}

func (c *reading) row() {
	if n := c.rows.Add(1); c.after != nil {
		c.after(n)
	}
}

func (c *reading) View(ctx context.Context, fn func(store.Reader) error) error {
	return c.Store.View(ctx, func(r store.Reader) error { return fn(readingRows{r, c}) })
}

type readingRows struct {
	store.Reader
	c *reading
}

func (r readingRows) Get(key []byte) ([]byte, error) {
	r.c.row()
	return r.Reader.Get(key)
}

func (r readingRows) Load(key []byte, d store.Decoder) (store.Value, error) {
	r.c.row()
	return r.Reader.Load(key, d)
}

func (r readingRows) Scan(from, to []byte, reverse bool, limit int) iter.Seq2[store.KV, error] {
	return func(yield func(store.KV, error) bool) {
		for kv, err := range r.Reader.Scan(from, to, reverse, limit) {
			r.c.row()
			if !yield(kv, err) {
				return
			}
		}
	}
}

// long is a wallet in two currencies with so many entries that are in no row of a search.
func (f *fixture) long(name string, entries int) view.Caller {
	f.t.Helper()
	who := f.funded(name, eur(1000))
	change := ledger.LimitChange{Currency: "USD", Period: "day", Max: 1e6} // opens the other wallet
	if _, _, err := f.SetLimit(f.ctx, who, change); err != nil {
		f.t.Fatal(err)
	}
	u := f.user(who)
	for done := 0; done < entries; {
		f.write(func(tx books.Tx) error {
			for range min(500, entries-done) {
				c := ledger.Currency("EUR")
				if done++; done%2 == 0 {
					c = "USD"
				}
				_, err := tx.Append(ledger.Entry{
					At: f.clock(), Kind: ledger.KindLimit, User: u.ID, Actor: systemActor,
					Amount: ledger.Amount{Micros: 1, Currency: c},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		f.time.Pass(time.Hour)
	}
	return who
}

// A search looks at a bounded number of rows, says how far it has come, and goes on there: all of it reads each row
// once, in a wallet of two currencies, too.
func TestSearchGoesOnWhereItStopped(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := boundedFixture(t, kv, Bounds{Rows: 1e6, RowsBurst: 1e6})
	const entries = 6000
	ann := f.long("ann", entries)
	q := view.HistoryQuery{Text: "card"}
	kv.rows.Store(0)
	found, pages, last := 0, 0, time.Time{}
	for {
		begun := kv.rows.Load()
		page, err := f.History(f.ctx, ann, q)
		if err != nil {
			t.Fatal(err)
		}
		if n := kv.rows.Load() - begun; n > 3*1000 {
			t.Errorf("page %d reads %d rows", pages, n)
		}
		pages, found = pages+1, found+len(page.Data)
		if q.Before = page.Next; page.Next == "" {
			break
		}
		if page.Searched.IsZero() || !last.IsZero() && page.Searched.After(last) {
			t.Errorf("page %d was searched to %v, the one before to %v", pages, page.Searched, last)
		}
		last = page.Searched.Time
	}
	is(t, "found", found, 1)
	if n := kv.rows.Load(); pages != entries/1000+1 || n > 2*entries {
		t.Errorf("%d pages read %d rows of %d entries", pages, n, entries)
	}
}

// A search ends with the one who asked: not one row is read after.
func TestSearchEndsWithItsContext(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := newFixtureOn(t, kv)
	ann := f.long("ann", 2000)
	ctx, leave := context.WithCancel(f.ctx)
	kv.rows.Store(0)
	kv.after = func(n int64) {
		if n == 100 {
			leave()
		}
	}
	_, err := f.History(ctx, ann, view.HistoryQuery{Text: "zzzz"})
	kv.after = nil
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the end of the context", err)
	}
	is(t, "rows", kv.rows.Load(), 100)
}

// Attack: one key searches again and again. What it can have read is a number of rows a second; another key is served
// as ever, and after the time the first one is again.
func TestReadsOfAKeyAreBounded(t *testing.T) {
	kv := &reading{Store: store.NewMemory()}
	f := boundedFixture(t, kv, Bounds{Rows: 1000, RowsBurst: 4000})
	eve, bob := f.long("eve", 1500), f.funded("bob", eur(1000))
	search := func() error {
		_, err := f.History(f.ctx, eve, view.HistoryQuery{Text: "zzzz"})
		return err
	}
	kv.rows.Store(0)
	var no *ledger.Refusal
	for range 200 {
		if err := search(); err != nil && !errors.As(err, &no) {
			t.Fatal(err)
		}
	}
	if n := kv.rows.Load(); n > 2*4000 {
		t.Errorf("200 searches read %d rows", n)
	}
	if no == nil || !errors.Is(no, ledger.ErrRate) || no.Retry <= 0 {
		t.Fatalf("refused with %+v, want %v and the time", no, ledger.ErrRate)
	}
	kv.rows.Store(0)
	if _, err := f.Overview(f.ctx, bob); err != nil {
		t.Errorf("another key: %v", err)
	}
	if n := kv.rows.Load(); n > 100 {
		t.Errorf("another key's screen reads %d rows", n)
	}
	f.time.Pass(no.Retry)
	if err := search(); err != nil {
		t.Errorf("after %v: %v", no.Retry, err)
	}
}

// A page of a vendor that has sold much costs what it shows: sales, refunds, and the refund of the oldest sale read the
// same number of rows after 400 sales and after 4,000.
func TestListsOfABusyVendorAreBounded(t *testing.T) {
	page := EntriesQuery{Currency: "EUR", Paging: view.Paging{Limit: 100}}
	cost := func(sales int) map[string]int64 {
		kv := &reading{Store: store.NewMemory()}
		counts := &counting{Store: kv}
		s := sellingOn(t, counts)
		oldest, err := s.charges("first", s.offer)
		if err != nil {
			t.Fatal(err)
		}
		no := opened(t, s.seal.OpenCharge, oldest.ID)
		s.entries(sales)
		of := map[string]int64{}
		for name, do := range map[string]func() error{
			"sales":   func() error { _, err := s.v.Sales(s.ctx, SalesQuery{EntriesQuery: page}); return err },
			"refunds": func() error { _, err := s.v.Refunds(s.ctx, RefundsQuery{EntriesQuery: page}); return err },
			"links":   func() error { _, err := s.v.Links(s.ctx, view.Paging{Limit: 100}); return err },
			"refund": func() error {
				_, _, err := s.v.Refund(s.ctx, asking("back", "back"), RefundOrder{Charge: no, Reason: "goodwill"})
				return err
			},
		} {
			kv.rows.Store(0)
			counts.reset()
			if err := do(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			of[name] = kv.rows.Load() + counts.gets.Load() + counts.scanned.Load()
		}
		return of
	}
	few, many := cost(1200), cost(4000)
	for name, n := range many {
		t.Logf("%s: %d rows after 1,200 entries, %d after 4,000", name, few[name], n)
		if n > 1200 || n != few[name] {
			t.Errorf("%s: %d rows after 1,200 entries, %d after 4,000", name, few[name], n)
		}
	}
}

// entries writes entries of the vendor that are neither sales nor refunds.
func (s selling) entries(n int) {
	s.t.Helper()
	for n > 0 {
		some := min(n, 500)
		s.write(func(tx books.Tx) error {
			for range some {
				_, err := tx.Append(ledger.Entry{
					At: s.clock(), Kind: ledger.KindHook, Vendor: s.v.ID, Actor: systemActor,
					Amount: ledger.Amount{Currency: "EUR"}, Change: &ledger.Change{},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		n -= some
	}
}
