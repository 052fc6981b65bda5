package webhook

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/store"
)

// fixture is an outbox over a store, with a clock that only the test moves, and with endpoints that the test plays.
type fixture struct {
	*Outbox
	t   testing.TB
	ctx context.Context

	time  *servertest.Clock
	buyer ledger.UserID // the last one

	mu     sync.Mutex
	errors []error // what steps have returned
}

// newFixture opens an outbox on a store of the test's own, which the fixture closes.
func newFixture(tb testing.TB, kv store.Store) *fixture {
	tb.Helper()
	f := &fixture{t: tb, ctx: tb.Context(), time: servertest.NewClock()}
	names, err := seal.New([]byte("a master secret of 32 bytes ....")[:seal.MasterSize], servertest.NewRandom(7))
	if err != nil {
		tb.Fatal(err)
	}
	f.Outbox = New(Options{
		View: func(ctx context.Context, fn func(books.Reader) error) error {
			return kv.View(ctx, func(r store.Reader) error { return fn(books.Read(r)) })
		},
		Update: func(ctx context.Context, fn func(books.Tx) error) error {
			return kv.Update(ctx, func(tx store.Tx) error { return fn(books.Write(tx)) })
		},
		Seal: names, Now: f.time.Now, Do: f.do,
	})
	tb.Cleanup(func() {
		for _, err := range f.errors {
			tb.Errorf("a step failed: %v", err)
		}
		if err := kv.Close(); err != nil {
			tb.Error(err)
		}
	})
	return f
}

// do runs a step as the service does: a panic is an error of the step.
func (f *fixture) do(ctx context.Context, _ string, do func(context.Context) error) {
	err := func() (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("panic: %v", p)
			}
		}()
		return do(ctx)
	}()
	if err != nil && ctx.Err() == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.errors = append(f.errors, err)
	}
}

func (f *fixture) write(fn func(books.Tx) error) {
	f.t.Helper()
	if err := f.Update(f.ctx, fn); err != nil {
		f.t.Fatal(err)
	}
}

// vendor opens a vendor with some endpoints, and lets some time pass: what was before them is not for them.
func (f *fixture) vendor(name string, urls ...string) Owner {
	f.t.Helper()
	var by Owner
	f.write(func(tx books.Tx) (err error) {
		v := ledger.Vendor{Name: name, Title: name, Status: ledger.VendorActive, Created: f.time.Now()}
		v.ID, err = tx.NextVendor()
		by = Owner{Vendor: v.ID, Actor: ledger.Actor{Role: ledger.RoleVendor, Key: name}}
		if err != nil {
			return err
		}
		return tx.PutVendor(v)
	})
	for _, u := range urls {
		if _, err := f.Create(f.ctx, by, Settings{URL: &u, Events: &[]string{"link.created"}}); err != nil {
			f.t.Fatal(err)
		}
	}
	f.time.Pass(time.Second)
	return by
}

// happens writes n entries that are an event each for the vendor, of as many buyers.
func (f *fixture) happens(by Owner, n int) {
	f.t.Helper()
	f.write(func(tx books.Tx) error {
		for range n {
			f.buyer++
			_, err := tx.Append(ledger.Entry{
				At: f.time.Now(), Kind: ledger.KindLink, Actor: by.Actor, Vendor: by.Vendor, User: f.buyer,
				Change: &ledger.Change{Name: "link", Currency: "EUR"},
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// happened writes an entry of a kind about a buyer.
func (f *fixture) happened(by Owner, k ledger.Kind, u ledger.UserID) (no ledger.EntryNo) {
	f.t.Helper()
	f.write(func(tx books.Tx) error {
		rec, err := tx.Append(ledger.Entry{
			At: f.time.Now(), Kind: k, Actor: by.Actor, Vendor: by.Vendor, User: u, Cause: 1,
			Change: &ledger.Change{Name: "x", Currency: "EUR"},
		})
		no = rec.No
		return err
	})
	return no
}

// number is that of an endpoint as it is shown.
func (f *fixture) number(e view.Endpoint) uint64 {
	f.t.Helper()
	_, n, err := f.Seal.OpenEndpoint(e.ID)
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// endpoint is the only one of a vendor.
func (f *fixture) endpoint(by Owner) view.Endpoint {
	f.t.Helper()
	all, err := f.Endpoints(f.ctx, by)
	if err != nil || len(all) != 1 {
		f.t.Fatalf("%d endpoints, %v", len(all), err)
	}
	return all[0]
}

// waiting is how many deliveries are due from one on.
func (f *fixture) waiting(from books.Delivery) (n int) {
	f.t.Helper()
	err := f.View(f.ctx, func(r books.Reader) error {
		all, err := r.DueDeliveriesFrom(from, f.time.Now(), 0)
		n = len(all)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

// outside plays the endpoints. Those whose address has "dead" in it answer nothing, and those with "tarpit" do so as
// late as they can.
type outside struct {
	mu       sync.Mutex
	got      map[string]int // attempts by address and event
	tries    map[string]int // attempts by address
	inFlight map[string]int // by address; "" is the total
	most     map[string]int
	arrived  chan string
}

func (f *fixture) outside() *outside {
	w := &outside{
		got: map[string]int{}, tries: map[string]int{}, inFlight: map[string]int{}, most: map[string]int{},
		arrived: make(chan string, 10_000),
	}
	f.Send = w.send
	return w
}

func (w *outside) send(ctx context.Context, d Delivery) (int, time.Duration, error) {
	w.count(d, 1)
	defer w.count(d, -1)
	switch {
	case strings.Contains(d.URL, "tarpit"):
		<-ctx.Done()
		return 0, 0, ctx.Err()
	case strings.Contains(d.URL, "dead"):
		return 0, 0, errors.New("no answer")
	}
	w.arrived <- d.URL
	return 204, 0, nil
}

// sendAll is an endpoint that takes everything.
func (w *outside) sendAll(_ context.Context, d Delivery) (int, time.Duration, error) {
	w.count(d, 1)
	defer w.count(d, -1)
	return 204, 0, nil
}

func (w *outside) count(d Delivery, by int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, of := range []string{"", d.URL} {
		w.inFlight[of] += by
		w.most[of] = max(w.most[of], w.inFlight[of])
	}
	if by > 0 {
		w.got[d.URL+" "+d.ID]++
		w.tries[d.URL]++
	}
}

// is wants two values to be equal.
func is[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// carry carries out a step of a vendor, as package server does.
func carry[T any](f *fixture, step Step[T], err error) (out T, _ error) {
	if err != nil {
		return out, err
	}
	err = f.Update(f.ctx, func(tx books.Tx) (err error) {
		out, err = step.Do(tx)
		return err
	})
	if err == nil {
		step.Done()
	}
	return out, err
}

func (f *fixture) Create(ctx context.Context, by Owner, q Settings) (view.Endpoint, error) {
	step, err := f.Adding(ctx, by, q)
	return carry(f, step, err)
}

func (f *fixture) Change(ctx context.Context, by Owner, number uint64, q Settings) (view.Endpoint, error) {
	step, err := f.Changing(ctx, by, number, q)
	return carry(f, step, err)
}

func (f *fixture) Rotate(_ context.Context, by Owner, number uint64, overlap time.Duration) (view.Endpoint, error) {
	step, err := f.Rotating(by, number, overlap)
	return carry(f, step, err)
}

func (f *fixture) Endpoints(ctx context.Context, by Owner) (all []view.Endpoint, err error) {
	err = f.View(ctx, func(r books.Reader) (err error) {
		all, err = f.Outbox.Endpoints(r, by)
		return err
	})
	return all, err
}

func (f *fixture) Events(ctx context.Context, by Owner, q EventQuery) (page view.Page[view.VendorEvent], err error) {
	err = f.View(ctx, func(r books.Reader) (err error) {
		page, err = f.Outbox.Events(r, by, q)
		return err
	})
	return page, err
}

func (f *fixture) Redeliver(_ context.Context, by Owner, event string, endpoint uint64) (view.VendorEvent, error) {
	step, err := f.Redelivering(by, event, endpoint)
	return carry(f, step, err)
}
